"""Admin page that changes the days of a registration."""

import datetime
import re

import pytest
import time_machine

from conference.mail.models import QueuedEmail
from conference.registration import workflow
from conference.registration.models import Registration

from ..users import admin_client_for, count_queries, get_message_texts, make_organizer
from . import factories
from .factories import IN_PERSON, MONDAY, ONLINE, TUESDAY, WEDNESDAY

AFTER_CONFERENCE = datetime.datetime(2020, 12, 11, 3, tzinfo=datetime.UTC)

pytestmark = pytest.mark.usefixtures("november")


@pytest.fixture
def linh(conference):
    return factories.make_registration(days={MONDAY: IN_PERSON})


def page_url(registration, page="days"):
    return f"/admin/registration/registration/{registration.pk}/{page}/"


def days_data(**days):
    names = {"monday": MONDAY, "tuesday": TUESDAY, "wednesday": WEDNESDAY}
    return {f"day_{names[name].isoformat()}": mode for name, mode in days.items()}


def version_data(page):
    return {"version": re.search(r'name="version" value="([0-9a-f]+)"', page)[1]}


def edit_days(client, registration, **days):
    """Open the page, choose days and save."""
    return client.post(
        page_url(registration), version_data(client.get(page_url(registration)).text) | days_data(**days)
    )


def test_edit_days_saves_the_days_and_records_the_registrar(registrar_client, registrar, linh):
    response = edit_days(registrar_client, linh, monday="", tuesday="in_person", wednesday="online")
    assert response.headers["Location"] == page_url(linh, "review")
    assert get_message_texts(response) == ["The days of “Linh” were saved."]
    assert factories.seat_statuses(linh) == {(8, IN_PERSON): "confirmed", (9, ONLINE): "confirmed"}
    assert linh.events.get(action="days_changed").by == registrar


def test_edit_days_queues_an_email(registrar_client, linh):
    edit_days(registrar_client, linh, monday="online")
    email = QueuedEmail.objects.order_by("created_at").last()
    assert (email.to, email.email_type) == (linh.email, "changed")


def test_edit_days_of_pending_registration_changes_requests_without_email(registrar_client, conference):
    pending = factories.make_registration(category=factories.make_category("Media", needs_approval=True))
    before = QueuedEmail.objects.count()
    edit_days(registrar_client, pending, monday="", tuesday="online")
    assert factories.seat_statuses(pending) == {(8, ONLINE): "requested"}
    assert QueuedEmail.objects.count() == before


def test_edit_days_to_full_mode_waitlists_and_keeps_the_current_seat(registrar_client, conference):
    factories.make_quota(TUESDAY, seats=0)
    linh = factories.make_registration(days={TUESDAY: ONLINE})
    edit_days(registrar_client, linh, tuesday="in_person")
    assert factories.seat_statuses(linh) == {(8, ONLINE): "confirmed", (8, IN_PERSON): "waitlisted"}


def test_edit_days_saves_online_while_waitlisted(registrar_client, linh):
    page = registrar_client.get(page_url(linh)).text
    registrar_client.post(
        page_url(linh), version_data(page) | days_data(monday="in_person") | {"online_while_waitlisted": "on"}
    )
    linh.refresh_from_db()
    assert linh.online_while_waitlisted


def test_edit_days_without_online_option_releases_the_interim_seat(registrar_client, conference):
    factories.make_quota(seats=0)
    linh = factories.make_registration(days={MONDAY: IN_PERSON}, online_while_waitlisted=True)
    edit_days(registrar_client, linh, monday="in_person")
    linh.refresh_from_db()
    assert not linh.online_while_waitlisted
    assert factories.seat_statuses(linh) == {(7, IN_PERSON): "waitlisted"}


def test_edit_days_without_change_saves_nothing(registrar_client, linh):
    emails = QueuedEmail.objects.count()
    assert get_message_texts(edit_days(registrar_client, linh, monday="in_person")) == ["Nothing was changed."]
    assert (linh.events.filter(action="days_changed").count(), QueuedEmail.objects.count()) == (0, emails)


@pytest.mark.parametrize(
    ("needs_approval", "text"),
    [
        (False, "The participant is informed by e-mail."),
        (True, "Seats are assigned when the registration is approved."),
    ],
)
def test_edit_days_page_explains_the_effect(registrar_client, conference, needs_approval, text):
    other = factories.make_registration(category=factories.make_category(needs_approval=needs_approval))
    assert text in registrar_client.get(page_url(other)).text


def test_edit_days_page_shows_current_seats_and_availability(registrar_client, conference):
    factories.make_quota(TUESDAY, seats=0)
    page = registrar_client.get(page_url(factories.make_registration(days={MONDAY: IN_PERSON, WEDNESDAY: ONLINE}))).text
    fieldsets = {
        day: page.partition(f"{day} December 2020</legend>")[2].partition("</fieldset>")[0] for day in (7, 8, 9)
    }
    assert [re.findall(r'value="(\w*)" id="[^"]+"[^>]* checked', fieldset) for fieldset in fieldsets.values()] == [
        ["in_person"],
        [""],
        ["online"],
    ]
    assert "Confirmed</p>" in fieldsets[7]
    assert "Full. The wait list is empty.</p>" in fieldsets[8]
    assert "Places available</p>" in fieldsets[9]


def test_edit_days_page_of_full_category_says_so_for_both_modes(registrar_client, conference):
    factories.make_registration(category=(media := factories.make_category("Media", seats=1)))
    page = registrar_client.get(page_url(factories.make_registration(category=media))).text
    assert page.count("The category is full. The participant would join the wait list.</p>") == 5


def test_edit_days_page_shows_interim_online_seats(registrar_client, conference):
    factories.make_quota(seats=0)
    page = registrar_client.get(
        page_url(factories.make_registration(days={MONDAY: IN_PERSON}, online_while_waitlisted=True))
    ).text
    monday = page.partition("</fieldset>")[0]
    assert ("On the wait list</p>" in monday, "Online (interim)</p>" in monday) == (True, True)
    assert re.findall(r'value="(\w*)" id="[^"]+"[^>]* checked', monday) == ["in_person"]


def test_edit_days_page_shows_interim_in_person_seats(registrar_client, linh):
    factories.make_quota(MONDAY, ONLINE, seats=0)
    edit_days(registrar_client, linh, monday="online")
    assert factories.seat_statuses(linh) == {(7, IN_PERSON): "confirmed", (7, ONLINE): "waitlisted"}
    assert "In person (interim)</p>" in registrar_client.get(page_url(linh)).text
    review = registrar_client.get(page_url(linh, "review")).text
    assert ("in person (interim)" in review, "online (interim)" in review) == (True, False)


def test_edit_days_without_any_day_shows_an_error(registrar_client, linh):
    response = edit_days(registrar_client, linh, monday="", tuesday="", wednesday="")
    assert response.status_code == 200
    assert "Choose at least one day, in person or online." in response.text
    assert factories.seat_statuses(linh) == {(7, IN_PERSON): "confirmed"}


def test_edit_days_after_concurrent_change_conflicts_and_keeps_the_choice(registrar_client, linh):
    before = version_data(registrar_client.get(page_url(linh)).text)
    workflow.change_days(linh, {MONDAY: ONLINE}, by=linh.user)
    response = registrar_client.post(page_url(linh), before | days_data(monday="in_person", tuesday="online"))
    assert response.status_code == 409
    assert "Not saved: this registration has changed" in response.text
    assert re.search(r'name="day_2020-12-08" value="online"[^>]* checked', response.text)
    assert factories.seat_statuses(linh) == {(7, ONLINE): "confirmed"}
    registrar_client.post(page_url(linh), version_data(response.text) | days_data(monday="in_person", tuesday="online"))
    assert factories.seat_statuses(linh) == {(7, IN_PERSON): "confirmed", (8, ONLINE): "confirmed"}


def test_edit_days_after_cancellation_redirects_with_an_error(registrar_client, linh):
    before = version_data(registrar_client.get(page_url(linh)).text)
    workflow.cancel_registration(linh, by=linh.user)
    response = registrar_client.post(page_url(linh), before | days_data(monday="online"))
    assert response.headers["Location"] == page_url(linh, "review")
    assert get_message_texts(response) == ["The days of “Linh” can no longer be changed."]
    linh.refresh_from_db()
    assert linh.status == "cancelled"


def test_edit_days_sent_twice_saves_once(registrar_client, linh):
    data = version_data(registrar_client.get(page_url(linh)).text) | days_data(monday="online")
    assert [get_message_texts(registrar_client.post(page_url(linh), data))[-1] for _time in range(2)] == [
        "The days of “Linh” were saved.",
        "Nothing was changed.",
    ]
    assert linh.events.filter(action="days_changed").count() == 1


def test_review_links_to_edit_days(registrar_client, linh):
    assert f'href="{page_url(linh)}"' in registrar_client.get(page_url(linh, "review")).text


def test_edit_days_after_the_conference_redirects(registrar, linh):
    with time_machine.travel(AFTER_CONFERENCE, tick=True):
        client = admin_client_for(registrar)
        assert page_url(linh) not in client.get(page_url(linh, "review")).text
        assert client.get(page_url(linh)).headers["Location"] == page_url(linh, "review")


def test_edit_days_of_declined_registration_redirects(registrar_client, registrar, conference):
    pending = factories.make_registration(category=factories.make_category("Media", needs_approval=True))
    workflow.decline_registration(pending, by=registrar, reason="other")
    assert page_url(pending) not in registrar_client.get(page_url(pending, "review")).text
    assert registrar_client.post(page_url(pending), days_data(monday="online")).headers["Location"] == page_url(
        pending, "review"
    )


@pytest.mark.parametrize("method", ["get", "post"])
def test_edit_days_without_permission_is_forbidden(linh, method):
    client = admin_client_for(make_organizer("Hospitality"))
    response = getattr(client, method)(page_url(linh), days_data(monday="online"))
    assert response.status_code == 403
    assert factories.seat_statuses(linh) == {(7, IN_PERSON): "confirmed"}


def test_edit_days_of_unknown_registration_returns_404(registrar_client):
    assert registrar_client.get(page_url(Registration())).status_code == 404


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({}, 200),
        ({"version": "x"}, 200),
        ({"day_2020-12-07": "by ship"}, 200),
        ({"day_2021-01-01": "online"}, 200),
        ({"day_2020-12-07": "online"}, 409),
        ({"day_2020-12-07": "online", "version": "x"}, 409),
    ],
)
def test_edit_days_with_malformed_input_changes_nothing(registrar_client, linh, data, status):
    assert registrar_client.post(page_url(linh), data).status_code == status
    assert factories.seat_statuses(linh) == {(7, IN_PERSON): "confirmed"}


def test_review_without_permission_has_no_link_to_edit_days(linh):
    page = admin_client_for(make_organizer("Hospitality")).get(page_url(linh, "review"))
    assert (page.status_code, page_url(linh) in page.text) == (200, False)


def test_edit_days_query_count_is_independent_of_registrations(registrar_client, linh):
    for_one = count_queries(registrar_client, page_url(linh))
    for _time in range(5):
        factories.make_registration(days={MONDAY: IN_PERSON, TUESDAY: ONLINE})
    assert count_queries(registrar_client, page_url(linh)) == for_one
