"""The ticket check at the entrance: for which days and mode a ticket is, and whether that is today."""

import re

import pytest
import time_machine
from django.test import Client

from conference import site_data
from conference.registration import workflow
from conference.registration.formatting import format_days
from conference.registration.models import RegistrationStatus, Seat
from conference.registration.tickets import issuance
from conference.registration.tickets.admission import Verdict, check_ticket

from ..factories import december, make_session, publish_release, update
from .factories import (
    IN_PERSON,
    MONDAY,
    ONLINE,
    TUESDAY,
    WEDNESDAY,
    client_for,
    make_category,
    make_quota,
    make_registration,
)

pytestmark = pytest.mark.usefixtures("conference")


def at(*time):
    return time_machine.travel(december(*time), tick=True)


def make_ticket(days, **changes):
    """The ticket of a registration, whatever its status."""
    return make_registration(days=days, **changes).tickets.create()


def check(ticket):
    """Check the ticket as it is in the database."""
    return check_ticket(issuance.find_ticket(issuance.encode_ticket(ticket)))


def get_page(ticket, prefix=""):
    return Client().get(f"{prefix}/ticket/{issuance.encode_ticket(ticket)}/").text


@pytest.fixture
def ticket():
    """A ticket for Monday online, Tuesday and Wednesday in person."""
    return make_ticket({MONDAY: ONLINE, TUESDAY: IN_PERSON, WEDNESDAY: IN_PERSON})


# Result


@pytest.mark.parametrize(
    ("day", "heading"),
    [
        (6, "Not today: in person on 8 and 9 December"),
        (7, "Not today: in person on 8 and 9 December"),
        (8, "Admit today in person"),
        (9, "Admit today in person"),
        (10, "Not today: was in person on 8 and 9 December"),
    ],
)
def test_check_depends_on_today(ticket, day, heading):
    with at(day, 12):
        assert check(ticket).heading == heading


def test_check_uses_the_date_of_the_conference(ticket):
    with at(8, 0, 1):
        assert check(ticket).verdict is Verdict.ADMIT


def test_check_admits_until_the_last_session_ends_after_midnight(ticket):
    make_session(starts_at=december(9, 23), ends_at=december(10, 1))
    publish_release()
    with at(10, 0, 30):
        assert check(ticket).verdict is Verdict.ADMIT
    with at(10, 1):
        assert check(ticket).verdict is Verdict.OVER


def test_check_of_an_online_ticket_does_not_admit():
    ticket = make_ticket({MONDAY: ONLINE})
    with at(7, 12):
        assert check(ticket).heading == "Online only: do not admit"


def test_check_of_a_waitlisted_person_who_is_confirmed_online_does_not_admit():
    make_quota(MONDAY, IN_PERSON, 0)
    ticket = make_ticket({MONDAY: IN_PERSON}, online_while_waitlisted=True)
    with at(7, 12):
        assert check(ticket).heading == "Online only: do not admit"
        assert "On the wait list (in person)" in get_page(ticket)


def test_check_of_an_interim_in_person_seat_admits():
    make_quota(MONDAY, ONLINE, 0)
    ticket = make_ticket({MONDAY: IN_PERSON})
    workflow.change_days(ticket.registration, {MONDAY: ONLINE}, by=None)
    with at(7, 12):
        assert check(ticket).verdict is Verdict.ADMIT


def test_check_of_a_wait_list_does_not_admit():
    quota = make_quota(MONDAY, IN_PERSON, 0)
    ticket = make_ticket({MONDAY: IN_PERSON})
    assert check(ticket).heading == "Wait list only: do not admit"
    update(quota, seats=1)
    workflow.offer_available_seats()
    assert check(ticket).heading == "Seat offered but not accepted: do not admit"


def test_check_of_a_registration_without_days_does_not_admit(ticket):
    Seat.objects.update(status="released")
    assert check(ticket).heading == "No days: do not admit"


@pytest.mark.parametrize("status", [RegistrationStatus.CANCELLED, RegistrationStatus.DECLINED])
def test_check_of_a_closed_registration_does_not_admit(ticket, status):
    ticket.registration.status = status
    ticket.registration.save()
    with at(8, 12):
        assert check(ticket).heading == "Cancelled: do not admit"
        assert "Days of this ticket" not in get_page(ticket)


def test_check_during_a_review_does_not_admit():
    registration = make_registration(category=make_category(needs_approval=True))
    workflow.approve_registration(registration, by=None)
    ticket = issuance.get_or_issue_ticket(registration)
    workflow.edit_details(registration, {"function": "Judge"}, by=registration.user)
    with at(7, 12):
        assert check(ticket).heading == "Under review: do not admit"


def test_check_of_days_that_moved_does_not_admit(ticket, conference):
    update(conference, starts_on=december(14, 0).date(), ends_on=december(16, 0).date())
    site_data.refresh_site_data()
    with at(8, 12):
        assert check(ticket).heading == "The days have changed: do not admit"
        assert get_page(ticket).count("No longer a day of the conference") == 3
        page = client_for(ticket.registration.user).get("/my/ticket/").text
        assert page.count("No longer a day of the conference") == 3


def test_check_of_a_replaced_ticket_is_that_of_an_unknown_one(ticket):
    issuance.reissue_ticket(ticket.registration, None)
    with at(8, 12):
        assert check(ticket) == check_ticket(None)


# Page


def test_page_shows_the_result_first_in_both_languages(ticket):
    with at(8, 12):
        page = get_page(ticket)
        assert re.search(r"<title>Admit today in person", page)
        main = page.partition('<main id="main"')[2]
        assert re.search(r'✓</p>\s+<h1 lang="en">Admit today in person</h1>\s+<p [^>]*lang="vi">Được vào', main)
        assert "<header" not in page.partition("<h1")[0]
        vietnamese = get_page(ticket, "/vi")
        assert re.search(r'✓</p>\s+<h1 lang="vi">Được vào[^<]*</h1>\s+<p [^>]*lang="en">Admit today', vietnamese)


def test_page_shows_a_refusal_with_another_sign_and_class(ticket):
    with at(7, 12):
        page = get_page(ticket)
    assert "ticket-result is-refused" in page
    assert "✗</p>" in page
    assert "is-admitted" not in page


def test_page_shows_days_modes_and_the_time_of_the_check(ticket):
    with at(7, 12):
        page = get_page(ticket)
    for text in (
        "Monday, 7 December 2020",
        "<dd>Online</dd>",
        "<dd>In person</dd>",
        "7 December 2020, 12:00 (Ha Noi time)",
    ):
        assert text in page


def test_page_shows_nothing_about_the_person(ticket):
    page = get_page(ticket)
    registration = ticket.registration
    for text in (registration.badge_name, registration.passport_name, registration.organization, registration.email):
        assert text not in page


# Days


@pytest.mark.parametrize(
    ("days", "text"),
    [
        ([MONDAY], "7 December"),
        ([WEDNESDAY, MONDAY, TUESDAY], "7, 8 and 9 December"),
        ([MONDAY.replace(month=11, day=30), MONDAY], "30 November, 7 December"),
    ],
)
def test_format_days_groups_by_month(days, text):
    assert format_days(days) == text
