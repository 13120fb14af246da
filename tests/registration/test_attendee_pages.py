"""What an attendee has: where it stands, what may be changed, what may be taken along, and the way out."""

import datetime
import json
import re

import pytest
import time_machine
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client

from conference.mail.models import QueuedEmail
from conference.registration import workflow
from conference.registration.models import (
    Category,
    ErasedRegistration,
    Registration,
    RegistrationEvent,
    RegistrationStatus,
    Seat,
    SpecialNeeds,
)

from ..users import admin_client_for, count_queries, make_organizer
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
    NOVEMBER,
    REGISTER_URL,
    database_down,
    form_data,
    form_errors,
    make_open_form,
    open_registration,
    page_text,
    sent_codes,
)

CALENDAR, DATA = "/my/days.ics", "/my/data.json"
PAGES = [DASHBOARD_URL, EDIT_URL, DAYS_URL, CANCEL_URL, DELETE_URL, DATA, CALENDAR]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_november(conference):
    cache.clear()
    with time_machine.travel(NOVEMBER, tick=True):
        make_open_form()
        yield


@pytest.fixture
def user():
    return make_attendee()


@pytest.fixture
def client(user):
    return client_for(user)


def facts(**changes):
    names = "passport_name badge_name country organization function category gender languages access diet"
    sent = {name: value for name, value in form_data().items() if name in names.split()}
    return sent | {"email_language": "en"} | changes


def days(**changes):
    """monday, tuesday, wednesday: a mode or nothing."""
    names = {"monday": "day_2020-12-07", "tuesday": "day_2020-12-08", "wednesday": "day_2020-12-09"}
    return {names.get(name, name): value for name, value in changes.items() if value}


# Whose it is


@pytest.mark.parametrize("page", PAGES)
def test_who_is_not_signed_in_is_asked_to(page):
    response = Client().get(page)
    assert response.headers["Location"] == f"/accounts/login/code/?next={page}"
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_kept_by_nobody(client, user, page):
    make_registration(user)
    response = client.get(page)
    assert response.status_code == 200
    for rule in ("no-store", "private"):
        assert rule in response.headers["Cache-Control"]
    assert "Cookie" in response.headers["Vary"]
    assert response.headers["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize("page", PAGES)
def test_after_signing_out_nothing_is_shown(client, user, page):
    make_registration(user)
    client.get(page)
    client.post("/accounts/logout/")
    assert client.get(page).status_code == 302


@pytest.mark.parametrize("page", [DASHBOARD_URL, EDIT_URL, DATA])
def test_a_page_shows_ones_own_registration_whatever_is_asked_for(client, user, page):
    make_registration(user, badge_name="Linh")
    other = make_registration(badge_name="Secret Guest")
    for name in ("id", "user", "registration", "pk"):
        text = page_text(client.get(page, {name: other.pk}))
        assert "Secret Guest" not in text
        assert "Linh" in text


@pytest.mark.parametrize(
    ("page", "most"), [(DASHBOARD_URL, 6), (EDIT_URL, 6), (DAYS_URL, 6), (CANCEL_URL, 6), (DELETE_URL, 6)]
)
def test_pages_cost_at_most_six_queries(client, user, page, most):
    make_quota(MONDAY, IN_PERSON, 1)
    make_registration()
    registration = make_registration(
        user, {MONDAY: IN_PERSON, TUESDAY: ONLINE}, special_needs={"access": "a", "diet": "b"}
    )
    workflow.change_days(registration, {TUESDAY: IN_PERSON}, by=user)
    assert count_queries(client, page) <= most


def test_page_costs_the_same_however_many_wait(client, user):
    make_quota(MONDAY, IN_PERSON, 1)
    make_registration()
    make_registration(user)
    before = count_queries(client, DASHBOARD_URL)
    for _ in range(3):
        make_registration()
    assert count_queries(client, DASHBOARD_URL) == before


# Without a registration


@pytest.mark.parametrize("page", [EDIT_URL, DAYS_URL, CANCEL_URL])
@pytest.mark.parametrize("method", ["get", "post"])
def test_without_a_registration_there_is_nothing_to_change(client, page, method):
    assert getattr(client, method)(page).headers["Location"] == DASHBOARD_URL


def test_who_has_not_registered_is_shown_a_way_on(client):
    page = page_text(client.get(DASHBOARD_URL))
    assert "You are not registered" in page
    assert f'href="{REGISTER_URL}"' in page.partition("<main")[2]


def test_an_organizer_without_a_registration_is_shown_a_way_on():
    page = page_text(admin_client_for(make_organizer()).get(DASHBOARD_URL))
    assert "You are not registered" in page
    assert 'href="/admin/"' in page


def test_without_a_registration_there_is_no_calendar(client):
    assert client.get(CALENDAR).status_code == 404


# Where it stands


@pytest.mark.parametrize(
    ("status", "heading"),
    [
        (RegistrationStatus.SUBMITTED, "Under review"),
        (RegistrationStatus.APPROVED, "You are approved but have no days selected"),
        (RegistrationStatus.WAITLISTED, "You are on the wait list"),
        (RegistrationStatus.OFFERED, "A seat is offered to you"),
        (RegistrationStatus.CONFIRMED, "You are registered"),
        (RegistrationStatus.DECLINED, "Your registration was declined"),
        (RegistrationStatus.CANCELLED, "Your registration was cancelled"),
    ],
)
def test_every_state_is_told_in_plain_words(client, user, status, heading):
    make_registration(user)
    Registration.objects.update(status=status)
    page = page_text(client.get(DASHBOARD_URL))
    assert f"<h1>{heading}</h1>" in page
    assert re.search(r'<p class="lead">\s*\w+', page)


def test_each_day_is_told(client, user):
    make_quota(TUESDAY, IN_PERSON, 0)
    make_registration(user, {MONDAY: IN_PERSON, TUESDAY: IN_PERSON}, online_while_waitlisted=True)
    page = page_text(client.get(DASHBOARD_URL))
    for words in (
        "In person: confirmed",
        "In person: on the wait list, number 1",
        "Online (interim): confirmed",
        "Not attending",
    ):
        assert words in page


def test_place_on_the_wait_list_is_told(client, user):
    make_quota(MONDAY, IN_PERSON, 0)
    for _ in range(3):
        make_registration()
    make_registration(user)
    assert "number 4" in page_text(client.get(DASHBOARD_URL))


def test_an_offer_is_told_with_its_end_and_its_link(client, user):
    quota = make_quota(MONDAY, IN_PERSON, 0)
    make_registration(user)
    quota.seats = 1
    quota.save()
    workflow.offer_available_seats()
    page = page_text(client.get(DASHBOARD_URL))
    assert "A seat is offered to you" in page
    assert "offered to you until 12 November 2020, 10:00 (Ha Noi time)" in page
    assert re.search(r'href="/offers/[^"]+/"', page)


def test_only_a_confirmed_registration_has_its_ticket_and_calendar(client, user):
    make_registration(user)
    assert "/my/ticket/" in page_text(client.get(DASHBOARD_URL))
    assert CALENDAR in page_text(client.get(DASHBOARD_URL))
    workflow.cancel_registration(user.registration, by=user)
    assert "/my/ticket/" not in page_text(client.get(DASHBOARD_URL))
    assert CALENDAR not in page_text(client.get(DASHBOARD_URL))


def test_what_has_happened_is_told_in_words_without_names_of_organizers(client, user):
    registrar = make_organizer("Registrars")
    Category.objects.update(needs_approval=True)
    registration = make_registration(user)
    workflow.decline_registration(
        registration, by=registrar, reason=RegistrationEvent.Reason.INCOMPLETE, note="Send a <copy>."
    )
    page = page_text(client.get(DASHBOARD_URL))
    assert "You registered." in page
    assert "The organizers declined your registration." in page
    assert "Send a &lt;copy&gt;." in page
    assert registrar.email not in page


@pytest.mark.parametrize("action", RegistrationEvent.Action.values)
def test_every_step_has_words(client, user, action):
    make_registration(user)
    RegistrationEvent.objects.update(action=action)
    steps = re.findall(r"</time> <span>(.*?)</span>", page_text(client.get(DASHBOARD_URL)), re.DOTALL)
    assert steps
    assert all(step.strip() for step in steps)


def test_what_somebody_typed_is_shown_as_text(client, user):
    make_registration(
        user, badge_name='"><img src=x onerror=1>', special_needs={"access": "<b>x</b>", "diet": "{{ 7|add:1 }}"}
    )
    page = page_text(client.get(DASHBOARD_URL))
    assert "<img" not in page.partition("<main")[2]
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "{{ 7|add:1 }}" in page


# Changing what was told


def test_what_was_told_stands_in_the_form(client, user):
    make_registration(user, badge_name="Lin", special_needs={"access": "", "diet": "No nuts"})
    page = page_text(client.get(EDIT_URL))
    assert 'value="Lin"' in page
    assert 'value="No nuts"' in page
    assert '<option value="VN" selected>' in page


def test_what_was_told_is_changed(client, user):
    make_registration(user)
    response = client.post(EDIT_URL, facts(badge_name="Lin", email_language="vi", diet="No nuts"), follow=True)
    assert "Your changes were saved." in page_text(response)
    registration = Registration.objects.get()
    assert (registration.badge_name, registration.email_language) == ("Lin", "vi")
    assert SpecialNeeds.objects.get().diet == "No nuts"


def test_changing_an_approved_fact_asks_for_approval_again(client, user):
    Category.objects.update(needs_approval=True)
    registration = make_registration(user)
    workflow.approve_registration(registration, by=make_organizer())
    assert "must be approved again" in page_text(client.get(EDIT_URL))
    client.post(EDIT_URL, facts(organization="Another house"))
    page = page_text(client.get(DASHBOARD_URL))
    assert "the organizers will review them again. Your seats are kept" in page
    assert seat_statuses(registration) == {(7, "in_person"): "confirmed"}


def test_errors_are_said_and_what_was_typed_stays(client, user):
    make_registration(user)
    response = client.post(EDIT_URL, facts(passport_name="", badge_name="Lin"))
    assert list(form_errors(response)) == ["passport_name"]
    assert 'value="Lin"' in page_text(response)
    assert "<title>Error: " in page_text(response)


def test_the_category_one_has_can_be_kept_when_it_is_closed(client, user):
    category = make_category("Closed", slug="closed")
    make_registration(user, category=category)
    Category.objects.filter(pk=category.pk).update(is_open=False)
    client.post(EDIT_URL, facts(category="closed", badge_name="Lin"))
    assert Registration.objects.get().badge_name == "Lin"


@pytest.mark.django_db(transaction=True)
def test_a_category_that_was_deleted_a_moment_ago_cannot_be_changed_to(client, user):
    registration, gone = make_registration(user), make_category("Closed", slug="closed")
    client.get(EDIT_URL)
    gone.delete()
    response = client.post(EDIT_URL, facts(category="closed", badge_name="Lin"))
    assert "This category is no longer available. Choose another one." in page_text(response)
    assert 'value="Lin"' in page_text(response)
    assert Registration.objects.get().category == registration.category


def test_fields_that_nobody_is_asked_change_nothing(client, user):
    Category.objects.update(needs_approval=True)
    registration = make_registration(user)
    client.post(
        EDIT_URL, facts(status="confirmed", user=make_attendee().pk, consent="", status_changed_by="1", is_staff="1")
    )
    registration.refresh_from_db()
    assert registration.status == "submitted"
    assert registration.user == user


@pytest.mark.parametrize("status", [RegistrationStatus.DECLINED, RegistrationStatus.CANCELLED])
@pytest.mark.parametrize("page", [EDIT_URL, DAYS_URL, CANCEL_URL])
def test_what_is_closed_cannot_be_changed(client, user, status, page):
    registration = make_registration(user)
    Registration.objects.update(status=status)
    assert client.post(page, facts() | days(monday="online")).headers["Location"] == DASHBOARD_URL
    assert Registration.objects.get().status == status
    assert Registration.objects.get().badge_name == registration.badge_name


# Changing days


def test_form_shows_the_days_one_has_and_how_it_stands(client, user):
    make_quota(TUESDAY, IN_PERSON, 0)
    make_registration(user, {MONDAY: IN_PERSON, TUESDAY: IN_PERSON})
    page = page_text(client.get(DAYS_URL))
    assert re.search(r'name="day_2020-12-07" value="in_person"[^>]* checked', page)
    for words in ("Confirmed.", "On the wait list, number 1.", "Places available"):
        assert words in page


def test_form_tells_where_ones_category_is_full_in_the_house_and_online(client, user):
    media = make_category(seats=1)
    make_registration(make_attendee(), category=media)
    make_registration(user, {MONDAY: IN_PERSON}, category=media)
    assert page_text(client.get(DAYS_URL)).count("Your category is full. You would join the wait list.</p>") == 5


def test_form_tells_a_seat_that_is_held_meanwhile_from_one_that_was_asked_for(client, user):
    make_quota(MONDAY, IN_PERSON, 0)
    make_registration(user, {MONDAY: IN_PERSON}, online_while_waitlisted=True)
    page = page_text(client.get(DAYS_URL))
    assert "Confirmed while you wait." in page
    assert re.search(r'name="day_2020-12-07" value="in_person"[^>]* checked', page)


def test_a_day_is_switched_to_online(client, user):
    registration = make_registration(user, {MONDAY: IN_PERSON, TUESDAY: IN_PERSON})
    client.post(DAYS_URL, days(monday="online", tuesday="in_person"))
    assert seat_statuses(registration) == {(7, "online"): "confirmed", (8, "in_person"): "confirmed"}


def test_a_day_is_dropped_and_another_added(client, user):
    registration = make_registration(user, {MONDAY: IN_PERSON})
    client.post(DAYS_URL, days(wednesday="online"))
    assert seat_statuses(registration) == {(9, "online"): "confirmed"}


def test_a_full_day_is_waited_for_and_the_seat_one_has_is_kept(client, user):
    make_quota(MONDAY, IN_PERSON, 0)
    registration = make_registration(user, {MONDAY: ONLINE})
    client.post(DAYS_URL, days(monday="in_person", online_while_waitlisted="on"))
    assert seat_statuses(registration) == {(7, "online"): "confirmed", (7, "in_person"): "waitlisted"}


def test_dropping_every_day_is_said_to_be_wrong(client, user):
    registration = make_registration(user)
    response = client.post(DAYS_URL, {})
    assert "day_2020-12-07" in form_errors(response)
    assert seat_statuses(registration) == {(7, "in_person"): "confirmed"}


def test_days_that_are_over_are_not_changed(client, user):
    registration = make_registration(user)
    with time_machine.travel(datetime.datetime(2020, 12, 8, 3, tzinfo=datetime.UTC)):
        page = page_text(client_for(user).get(DAYS_URL))
        assert "day_2020-12-07" not in page
        client_for(user).post(DAYS_URL, days(monday="online", tuesday="online"))
    assert seat_statuses(registration) == {(7, "in_person"): "confirmed", (8, "online"): "confirmed"}


def test_after_the_conference_no_day_can_be_changed(user):
    make_registration(user)
    with time_machine.travel(datetime.datetime(2020, 12, 20, 3, tzinfo=datetime.UTC)):
        assert client_for(user).get(DAYS_URL).headers["Location"] == DASHBOARD_URL
        assert DAYS_URL not in page_text(client_for(user).get(DASHBOARD_URL))


# Cancelling


def test_cancelling_asks_first(client, user):
    registration = make_registration(user)
    assert "Cancel registration" in page_text(client.get(CANCEL_URL))
    registration.refresh_from_db()
    assert registration.status == "confirmed"


def test_cancelling_gives_everything_back(client, user):
    registration = make_registration(user)
    page = page_text(client.post(CANCEL_URL, follow=True))
    assert "Your registration was cancelled" in page
    assert "Register again" in page
    assert seat_statuses(registration) == {}


def test_cancelling_twice_changes_nothing(client, user):
    make_registration(user)
    for _ in range(2):
        client.post(CANCEL_URL)
    assert RegistrationEvent.objects.filter(action="cancelled").count() == 1


def test_after_the_window_nobody_is_invited_to_register_again(client, user):
    make_registration(user)
    client.post(CANCEL_URL)
    open_registration(-30, -1)
    assert "Register again" not in page_text(client.get(DASHBOARD_URL))


# Nothing typed is lost


@pytest.mark.parametrize(("page", "sent"), [(EDIT_URL, facts(badge_name="Lin")), (DAYS_URL, days(wednesday="online"))])
def test_a_session_that_ended_keeps_what_was_typed(user, page, sent):
    make_registration(user)
    client = Client()
    response = client.post(page, sent)
    assert response.headers["Location"] == f"/accounts/login/code/?next={page}"
    client.post("/accounts/login/code/", {"email": user.email, "next": page})
    code = {"code": sent_codes()[-1], "next": page}
    response = client.post("/accounts/login/code/confirm/", code, follow=True)
    assert response.redirect_chain[-1][0] == page
    assert "Your entries are below. The form has not been sent yet." in page_text(response)
    assert Registration.objects.get().badge_name == "Linh"
    if page == EDIT_URL:
        assert 'value="Lin"' in page_text(response)
    else:
        assert re.search(r'name="day_2020-12-09" value="online"[^>]* checked', page_text(response))


@pytest.mark.parametrize(("page", "sent"), [(EDIT_URL, facts(badge_name="Lin")), (DAYS_URL, days(wednesday="online"))])
def test_another_language_keeps_what_was_typed(client, user, page, sent):
    make_registration(user)
    response = client.post(f"/vi{page}", sent | {"change_language": "vi"}, follow=True)
    assert response.redirect_chain == [(f"/vi{page}", 302)]
    assert RegistrationEvent.objects.filter(action__in=("edited", "days_changed")).count() == 0
    kept = 'value="Lin"' if page == EDIT_URL else 'name="day_2020-12-09" value="online"'
    assert kept in page_text(response)


@pytest.mark.parametrize(("page", "sent"), [(EDIT_URL, facts(badge_name="Lin")), (DAYS_URL, days(wednesday="online"))])
def test_a_form_without_its_mark_is_shown_again_and_nothing_is_done(user, page, sent):
    make_registration(user)
    response = client_for(user, enforce_csrf_checks=True).post(page, sent)
    assert response.status_code == 403
    assert "because your session changed" in page_text(response)
    assert RegistrationEvent.objects.filter(action__in=("edited", "days_changed")).count() == 0


@pytest.mark.parametrize("page", [EDIT_URL, DAYS_URL])
def test_what_was_kept_can_be_let_go(client, user, page):
    make_registration(user)
    client.post(page, facts(badge_name="Lin", change_language="en"))
    client.post(page, {"clear": "1"})
    page = page_text(client.get(page))
    assert "This is what you typed" not in page
    assert 'value="Lin"' not in page


@pytest.mark.parametrize("page", [EDIT_URL, DAYS_URL])
def test_while_the_database_is_down_what_was_typed_is_given_back(client, user, page):
    make_registration(user)
    client.get(page)
    with database_down():
        response = client.post(page, facts(badge_name="Lin"))
    assert response.status_code == 503
    assert '<input type="hidden" name="badge_name" value="Lin">' in page_text(response)


@pytest.mark.parametrize("page", [CANCEL_URL, DELETE_URL])
def test_a_session_that_ended_neither_cancels_nor_erases(user, page):
    make_registration(user)
    Client().post(page, {"confirm": "yes"})
    assert Registration.objects.get().status == "confirmed"


# Taking it along


def test_calendar_has_just_ones_own_days(client, user):
    make_registration(user, {TUESDAY: ONLINE})
    response = client.get(CALENDAR)
    assert response.headers["Content-Type"].startswith("text/calendar")
    assert page_text(response).count("BEGIN:VEVENT") == 1


def test_data_is_everything_and_no_secret(client, user):
    registration = make_registration(user, special_needs={"access": "A wheelchair place", "diet": "No nuts"})
    QueuedEmail.objects.create(
        user=user, email_type="code", to=user.email, language="en", subject="Code", text="1234-5678", is_secret=True
    )
    told = json.loads(page_text(client.get(DATA)))
    assert told["account"]["email_addresses"] == [{"email": user.email, "verified": True, "primary": True}]
    assert told["registration"]["passport_name"] == registration.passport_name
    assert told["registration"]["special_needs"]["diet"] == "No nuts"
    assert told["registration"]["seats"][0]["day"] == "2020-12-07"
    assert told["registration"]["events"][0] | {"at": ""} == told["registration"]["events"][0] | {"by": "you", "at": ""}
    assert told["registration"]["consent"]["text"] == "You may keep what I tell you."
    assert len(told["emails"]) == QueuedEmail.objects.count()
    assert "1234-5678" not in str(told)


def test_data_does_not_name_organizers(client, user):
    registrar = make_organizer()
    Category.objects.update(needs_approval=True)
    workflow.approve_registration(make_registration(user), by=registrar)
    assert registrar.email not in page_text(client.get(DATA))
    assert '"by": "organizers"' in page_text(client.get(DATA))


def test_data_is_there_without_a_registration(client, user):
    assert json.loads(page_text(client.get(DATA)))["registration"] is None


# The way out


def test_erasing_asks_first(client, user):
    make_registration(user)
    assert "Erase your data?" in page_text(client.get(DELETE_URL))
    response = client.post(DELETE_URL)
    assert "Tick the box" in page_text(response)
    assert Registration.objects.exists()


def test_erasing_leaves_a_number_and_nothing_else(client, user):
    make_registration(user)
    response = client.post(DELETE_URL, {"confirm": "yes"})
    assert "Your data was erased" in page_text(response)
    assert user.email not in page_text(response)
    assert not Registration.objects.exists()
    assert not User.objects.filter(pk=user.pk).exists()
    assert not QueuedEmail.objects.exists()
    assert not Seat.objects.exists()
    assert ErasedRegistration.objects.count() == 1


def test_after_erasing_nobody_is_signed_in(client, user):
    make_registration(user)
    client.post(DELETE_URL, {"confirm": "yes"})
    assert client.get(DASHBOARD_URL).status_code == 302
    assert not any("_auth_user_id" in session.get_decoded() for session in Session.objects.all())


def test_erasing_leaves_an_organizers_account():
    organizer = make_organizer()
    make_registration(organizer)
    response = admin_client_for(organizer).post(DELETE_URL, {"confirm": "yes"})
    assert "Your organizer account is kept." in page_text(response)
    assert User.objects.filter(pk=organizer.pk).exists()
    assert not Registration.objects.exists()
