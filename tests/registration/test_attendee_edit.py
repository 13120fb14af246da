"""Forms in which attendees change their details and days."""

import datetime
import re

import pytest
import time_machine
from django.test import Client

from conference.registration import workflow
from conference.registration.models import (
    Category,
    Registration,
    RegistrationEvent,
    RegistrationStatus,
    SpecialNeeds,
)

from ..users import make_organizer
from .factories import (
    IN_PERSON,
    MONDAY,
    ONLINE,
    TUESDAY,
    client_for,
    make_attendee,
    make_category,
    make_quota,
    make_registration,
    seat_statuses,
)
from .registration_flow import (
    CANCEL_URL,
    DASHBOARD_URL,
    DAYS_URL,
    DELETE_URL,
    EDIT_URL,
    database_down,
    form_data,
    form_errors,
    page_text,
    sent_codes,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_category")]


@pytest.fixture
def user():
    return make_attendee()


@pytest.fixture
def client(user):
    return client_for(user)


def details_data(**changes):
    """POST data of the form of details."""
    names = "passport_name badge_name country organization function category gender languages access diet"
    data = {name: value for name, value in form_data().items() if name in names.split()}
    return data | {"email_language": "en"} | changes


def days_data(**changes):
    """POST data of the form of days; the arguments are modes."""
    names = {"monday": "day_2020-12-07", "tuesday": "day_2020-12-08", "wednesday": "day_2020-12-09"}
    return {names.get(name, name): value for name, value in changes.items() if value}


def make_closed(user, close):
    registration = make_registration(user)
    if close == "decline":
        workflow.decline_registration(registration, by=make_organizer(), reason="incomplete")
    else:
        workflow.cancel_registration(registration, by=user)
    return registration


# Details


def test_edit_details_shows_the_current_values(client, user):
    make_registration(user, badge_name="Lin", special_needs={"access": "", "diet": "No nuts"})
    page = page_text(client.get(EDIT_URL))
    assert 'value="Lin"' in page
    assert 'value="No nuts"' in page
    assert '<option value="VN" selected>' in page


def test_edit_details_saves_the_changes(client, user):
    make_registration(user)
    response = client.post(EDIT_URL, details_data(badge_name="Lin", email_language="vi", diet="No nuts"), follow=True)
    assert "Your changes were saved." in page_text(response)
    registration = Registration.objects.get()
    assert (registration.badge_name, registration.email_language) == ("Lin", "vi")
    assert SpecialNeeds.objects.get().diet == "No nuts"


def test_edit_details_reviewed_field_requires_new_approval(client, user):
    Category.objects.update(needs_approval=True)
    registration = make_registration(user)
    workflow.approve_registration(registration, by=make_organizer())
    assert "must be approved again" in page_text(client.get(EDIT_URL))
    client.post(EDIT_URL, details_data(organization="Another organization"))
    page = page_text(client.get(DASHBOARD_URL))
    assert "the organizers will review them again. Your seats are kept" in page
    assert seat_statuses(registration) == {(7, "in_person"): "confirmed"}


def test_edit_details_with_errors_keeps_the_entries(client, user):
    make_registration(user)
    response = client.post(EDIT_URL, details_data(passport_name="", badge_name="Lin"))
    assert list(form_errors(response)) == ["passport_name"]
    assert 'value="Lin"' in page_text(response)
    assert "<title>Error: " in page_text(response)


def test_edit_details_closed_category_can_be_kept(client, user):
    category = make_category("Closed", slug="closed")
    make_registration(user, category=category)
    Category.objects.filter(pk=category.pk).update(is_open=False)
    client.post(EDIT_URL, details_data(category="closed", badge_name="Lin"))
    assert Registration.objects.get().badge_name == "Lin"


@pytest.mark.django_db(transaction=True)
def test_edit_details_deleted_category_is_an_error(client, user):
    registration, deleted = make_registration(user), make_category("Closed", slug="closed")
    client.get(EDIT_URL)
    deleted.delete()
    response = client.post(EDIT_URL, details_data(category="closed", badge_name="Lin"))
    assert "This category is no longer available. Choose another one." in page_text(response)
    assert 'value="Lin"' in page_text(response)
    assert Registration.objects.get().category == registration.category


def test_edit_details_fields_outside_the_form_are_ignored(client, user):
    Category.objects.update(needs_approval=True)
    registration = make_registration(user)
    client.post(
        EDIT_URL,
        details_data(status="confirmed", user=make_attendee().pk, consent="", status_changed_by="1", is_staff="1"),
    )
    registration.refresh_from_db()
    assert registration.status == "submitted"
    assert registration.user == user


@pytest.mark.parametrize("status", [RegistrationStatus.DECLINED, RegistrationStatus.CANCELLED])
@pytest.mark.parametrize("page", [DAYS_URL, CANCEL_URL])
def test_edit_closed_registration_redirects_and_changes_nothing(client, user, status, page):
    registration = make_registration(user)
    Registration.objects.update(status=status)
    assert client.post(page, details_data() | days_data(monday="online")).headers["Location"] == DASHBOARD_URL
    assert Registration.objects.get().status == status
    assert Registration.objects.get().badge_name == registration.badge_name


@pytest.mark.parametrize("close", ["decline", "cancel"])
def test_edit_details_of_closed_registration_saves_and_keeps_the_status(client, user, close):
    registration = make_closed(user, close)
    client.post(EDIT_URL, details_data(badge_name="Dr Linh"))
    saved = Registration.objects.get()
    assert (saved.badge_name, saved.status) == ("Dr Linh", registration.status)


def test_edit_details_of_declined_registration_offers_to_send_it_again(client, user):
    make_closed(user, "decline")
    assert 'name="send_again"' in page_text(client.get(EDIT_URL))
    assert EDIT_URL in page_text(client.get(DASHBOARD_URL))


def test_edit_details_send_again_makes_a_declined_registration_pending(client, user):
    make_closed(user, "decline")
    page = page_text(client.post(EDIT_URL, details_data(organization="NUPI", send_again="1"), follow=True))
    assert "Your registration was sent again." in page
    saved = Registration.objects.get()
    assert (saved.organization, saved.status) == ("NUPI", "submitted")


def test_edit_details_send_again_with_errors_keeps_the_entries(client, user):
    make_closed(user, "decline")
    response = client.post(EDIT_URL, details_data(badge_name="", organization="NUPI", send_again="1"))
    assert form_errors(response).keys() == {"badge_name"}
    assert 'value="NUPI"' in page_text(response)
    assert Registration.objects.get().status == "declined"


def test_edit_details_send_again_of_cancelled_registration_is_an_error(client, user):
    make_closed(user, "cancel")
    page = page_text(client.post(EDIT_URL, details_data(send_again="1")))
    assert "This registration is not declined." in page
    assert Registration.objects.get().status == "cancelled"


def test_edit_details_after_the_conference_cannot_be_sent_again(user):
    make_closed(user, "decline")
    with time_machine.travel(datetime.datetime(2020, 12, 20, 3, tzinfo=datetime.UTC)):
        client = client_for(user)
        assert 'name="send_again"' not in page_text(client.get(EDIT_URL))
        client.post(EDIT_URL, details_data(send_again="1"))
        assert "The reason is below." in page_text(client.get(DASHBOARD_URL))
    assert Registration.objects.get().status == "declined"


# Days


def test_edit_days_shows_the_current_days_and_availability(client, user):
    make_quota(TUESDAY, IN_PERSON, 0)
    make_registration(user, {MONDAY: IN_PERSON, TUESDAY: IN_PERSON})
    page = page_text(client.get(DAYS_URL))
    assert re.search(r'name="day_2020-12-07" value="in_person"[^>]* checked', page)
    for text in ("Confirmed.", "On the wait list, number 1.", "Places available"):
        assert text in page


def test_edit_days_full_category_is_shown_for_other_days(client, user):
    media = make_category(seats=1)
    make_registration(make_attendee(), category=media)
    make_registration(user, {MONDAY: IN_PERSON}, category=media)
    assert page_text(client.get(DAYS_URL)).count("Your category is full. You would join the wait list.</p>") == 5


def test_edit_days_interim_seat_is_shown_beside_the_requested_one(client, user):
    make_quota(MONDAY, IN_PERSON, 0)
    make_registration(user, {MONDAY: IN_PERSON}, online_while_waitlisted=True)
    page = page_text(client.get(DAYS_URL))
    assert "Confirmed while you wait." in page
    assert re.search(r'name="day_2020-12-07" value="in_person"[^>]* checked', page)


def test_edit_days_mode_is_changed(client, user):
    registration = make_registration(user, {MONDAY: IN_PERSON, TUESDAY: IN_PERSON})
    client.post(DAYS_URL, days_data(monday="online", tuesday="in_person"))
    assert seat_statuses(registration) == {(7, "online"): "confirmed", (8, "in_person"): "confirmed"}


def test_edit_days_day_is_replaced(client, user):
    registration = make_registration(user, {MONDAY: IN_PERSON})
    client.post(DAYS_URL, days_data(wednesday="online"))
    assert seat_statuses(registration) == {(9, "online"): "confirmed"}


def test_edit_days_full_day_is_waitlisted_and_the_seat_kept(client, user):
    make_quota(MONDAY, IN_PERSON, 0)
    registration = make_registration(user, {MONDAY: ONLINE})
    client.post(DAYS_URL, days_data(monday="in_person", online_while_waitlisted="on"))
    assert seat_statuses(registration) == {(7, "online"): "confirmed", (7, "in_person"): "waitlisted"}


def test_edit_days_without_a_day_is_an_error(client, user):
    registration = make_registration(user)
    response = client.post(DAYS_URL, {})
    assert "day_2020-12-07" in form_errors(response)
    assert seat_statuses(registration) == {(7, "in_person"): "confirmed"}


def test_edit_days_past_days_are_unchanged(client, user):
    registration = make_registration(user)
    with time_machine.travel(datetime.datetime(2020, 12, 8, 3, tzinfo=datetime.UTC)):
        page = page_text(client_for(user).get(DAYS_URL))
        assert "day_2020-12-07" not in page
        client_for(user).post(DAYS_URL, days_data(monday="online", tuesday="online"))
    assert seat_statuses(registration) == {(7, "in_person"): "confirmed", (8, "online"): "confirmed"}


def test_edit_days_after_the_conference_redirects(user):
    make_registration(user)
    with time_machine.travel(datetime.datetime(2020, 12, 20, 3, tzinfo=datetime.UTC)):
        assert client_for(user).get(DAYS_URL).headers["Location"] == DASHBOARD_URL
        assert DAYS_URL not in page_text(client_for(user).get(DASHBOARD_URL))


# Drafts and failures


@pytest.mark.parametrize(
    ("page", "data"), [(EDIT_URL, details_data(badge_name="Lin")), (DAYS_URL, days_data(wednesday="online"))]
)
def test_edit_with_an_expired_session_keeps_the_entries(user, page, data):
    make_registration(user)
    client = client_for(user)
    client.get(page)
    del client.cookies["sessionid"]
    response = client.post(page, data)
    assert response.headers["Location"] == f"/accounts/login/code/?next={page}"
    client.post("/accounts/login/code/", {"email": user.email, "next": page})
    code = {"code": sent_codes()[-1], "next": page}
    response = client.post("/accounts/login/code/confirm/", code, follow=True)
    assert response.redirect_chain[-1][0] == page
    assert "because your session changed" in page_text(response)
    assert Registration.objects.get().badge_name == "Linh"
    if page == EDIT_URL:
        assert 'value="Lin"' in page_text(response)
    else:
        assert re.search(r'name="day_2020-12-09" value="online"[^>]* checked', page_text(response))


@pytest.mark.parametrize(
    ("page", "data"), [(EDIT_URL, details_data(badge_name="Lin")), (DAYS_URL, days_data(wednesday="online"))]
)
def test_edit_change_of_language_keeps_the_entries(client, user, page, data):
    make_registration(user)
    response = client.post(f"/vi{page}", data | {"change_language": "vi"}, follow=True)
    assert response.redirect_chain == [(f"/vi{page}", 302)]
    assert RegistrationEvent.objects.filter(action__in=("edited", "days_changed")).count() == 0
    expected = 'value="Lin"' if page == EDIT_URL else 'name="day_2020-12-09" value="online"'
    assert expected in page_text(response)


@pytest.mark.parametrize(
    ("page", "data"), [(EDIT_URL, details_data(badge_name="Lin")), (DAYS_URL, days_data(wednesday="online"))]
)
def test_edit_without_a_csrf_token_shows_the_form_again(user, page, data):
    make_registration(user)
    response = client_for(user, enforce_csrf_checks=True).post(page, data)
    assert response.status_code == 403
    assert "because your session changed" in page_text(response)
    assert RegistrationEvent.objects.filter(action__in=("edited", "days_changed")).count() == 0


@pytest.mark.parametrize("page", [EDIT_URL, DAYS_URL])
def test_edit_clear_button_deletes_the_draft(client, user, page):
    make_registration(user)
    client.post(page, details_data(badge_name="Lin", change_language="en"))
    client.post(page, {"clear": "1"})
    page = page_text(client.get(page))
    assert "Your entries are below." not in page
    assert 'value="Lin"' not in page


@pytest.mark.parametrize("page", [EDIT_URL, DAYS_URL])
def test_edit_with_the_database_down_returns_the_entries(client, user, page):
    make_registration(user)
    client.get(page)
    with database_down():
        response = client.post(page, details_data(badge_name="Lin"))
    assert response.status_code == 503
    assert '<input type="hidden" name="badge_name" value="Lin">' in page_text(response)


@pytest.mark.parametrize("page", [CANCEL_URL, DELETE_URL])
def test_cancel_or_erase_with_an_expired_session_changes_nothing(user, page):
    make_registration(user)
    Client().post(page, {"confirm": "yes"})
    assert Registration.objects.get().status == "confirmed"
