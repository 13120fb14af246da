"""Which changes make a ticket void, and how its holder learns it."""

import datetime

import pytest

from conference.mail.models import QueuedEmail
from conference.registration import workflow
from conference.registration.models import RegistrationEvent, RegistrationStatus
from conference.registration.tickets import issuance
from conference.registration.tickets.replacement import TicketFacts, is_void, names_agree

from .. import factories as programme_factories
from ..users import make_organizer
from . import factories
from .factories import IN_PERSON, MONDAY, ONLINE, TUESDAY, WEDNESDAY, make_category, make_quota, make_registration

pytestmark = pytest.mark.usefixtures("conference")

REISSUED = RegistrationEvent.Action.TICKET_REISSUED


@pytest.fixture
def registration():
    """Confirmed in person on Monday and Tuesday, online on Wednesday, with a ticket."""
    registration = make_registration(
        days={MONDAY: IN_PERSON, TUESDAY: IN_PERSON, WEDNESDAY: ONLINE},
        passport_name="Nguyễn Thị Linh",
        badge_name="Linh",
    )
    issuance.get_or_issue_ticket(registration)
    return registration


def is_replaced(registration):
    """Whether the ticket is void, which a confirmed registration's history must say."""
    is_void = not registration.tickets.filter(voided_at=None).exists()
    has_event = registration.events.filter(action=REISSUED).exists()
    assert has_event == (is_void and registration.status == RegistrationStatus.CONFIRMED)
    return is_void


def latest_email(email_type):
    return QueuedEmail.objects.filter(email_type=email_type).latest("created_at")


# The rule

SHOWN = TicketFacts("Nguyễn Thị Linh", "Linh", 1, frozenset({MONDAY, TUESDAY}), False)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, False),
        ({"badge_name": "Nguyen Thi Linh"}, False),
        ({"badge_name": "Thị Linh"}, False),
        ({"badge_name": "Minh"}, True),
        ({"passport_name": "NGUYEN THI LINH"}, False),
        ({"passport_name": "Nguyễn Thị Lin"}, False),
        ({"passport_name": "Trần Văn Minh"}, True),
        ({"passport_name": "Trần Văn Minh", "badge_name": "Minh"}, True),
        ({"category_id": 2}, True),
        ({"days": frozenset({MONDAY, TUESDAY, WEDNESDAY})}, False),
        ({"days": frozenset({MONDAY})}, True),
        ({"days": frozenset({MONDAY, WEDNESDAY})}, True),
        ({"days": frozenset()}, True),
        ({"is_closed": True}, True),
    ],
)
def test_ticket_is_void_if_it_shows_something_false_that_matters(changes, expected):
    assert is_void(SHOWN, TicketFacts(**vars_of(SHOWN) | changes)) is expected


def vars_of(facts):
    return {name: getattr(facts, name) for name in TicketFacts.__dataclass_fields__}


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        ("Anna Smith", "Anna Smyth", True),
        ("Smith, Anna", "Anna SMITH", True),
        ("李娜", "李娜", True),
        ("李娜", "王小明", False),
        ("Anna Smith", "Peter Smith", False),
        ("Anna", "Hanna Peters", False),
        ("", "Anna", False),
        ("💥", "💥", True),
    ],
)
def test_names_agree(one, two, expected):
    assert names_agree(one, two) is names_agree(two, one) is expected


# Details


@pytest.mark.parametrize("by_attendee", [True, False])
def test_change_of_the_person_replaces_the_ticket(registration, by_attendee):
    by = registration.user if by_attendee else make_organizer("Registrars")
    workflow.edit_details(registration, {"badge_name": "Minh", "passport_name": "Trần Văn Minh"}, by=by)
    assert is_replaced(registration)
    assert registration.events.get(action=REISSUED).by == by
    assert registration.events.last().action == RegistrationEvent.Action.EDITED
    assert "Your earlier ticket is no longer valid. Your new ticket is attached" in latest_email("changed").text


@pytest.mark.parametrize(
    "changes",
    [{"organization": "Da Nang Peace"}, {"function": "Judge"}, {"badge_name": "LINH"}, {"country": "LA"}],
)
def test_correction_keeps_the_ticket(registration, changes):
    workflow.edit_details(registration, changes, by=make_organizer("Registrars"))
    assert not is_replaced(registration)
    assert "Copies that you already have stay valid." in latest_email("changed").text


def test_change_of_the_category_replaces_the_ticket(registration):
    workflow.edit_details(registration, {"category": make_category("Media")}, by=make_organizer("Registrars"))
    assert is_replaced(registration)


def test_change_of_the_person_that_needs_approval_voids_the_ticket_at_once():
    registration = make_registration(category=make_category(needs_approval=True), badge_name="Linh")
    workflow.approve_registration(registration, by=None)
    old = issuance.get_or_issue_ticket(registration)
    workflow.edit_details(registration, {"passport_name": "Minh"}, by=registration.user)
    assert is_replaced(registration)
    workflow.approve_registration(registration, by=None)
    assert issuance.get_or_issue_ticket(registration) != old
    assert "Your earlier ticket is no longer valid." in latest_email("confirmed").text


# Days


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ({TUESDAY: None}, True),
        ({TUESDAY: ONLINE}, True),
        ({WEDNESDAY: IN_PERSON}, False),
        ({WEDNESDAY: None}, False),
        ({MONDAY: None, TUESDAY: None}, True),
    ],
)
def test_change_of_days_replaces_the_ticket_only_if_it_takes_a_day_in_person(registration, days, expected):
    workflow.change_days(registration, days, by=registration.user)
    assert is_replaced(registration) is expected


def test_change_to_online_says_that_the_ticket_is_void(registration):
    workflow.change_days(registration, {MONDAY: ONLINE, TUESDAY: ONLINE}, by=registration.user)
    text = latest_email("changed").text
    assert "Your earlier ticket is no longer valid." in text
    assert "attached to this e-mail" not in text


def test_wait_for_another_mode_keeps_the_ticket_until_the_seat_is_exchanged(registration):
    quota = make_quota(TUESDAY, ONLINE, 0)
    workflow.change_days(registration, {TUESDAY: ONLINE}, by=registration.user)
    assert not is_replaced(registration)
    quota.seats = 1
    quota.save()
    workflow.offer_available_seats()
    workflow.accept_offer(registration.seats.offered().get(), by=registration.user)
    registration.refresh_from_db()
    assert is_replaced(registration)


@pytest.mark.parametrize("accepts", [True, False])
def test_offer_of_a_further_day_keeps_the_ticket(accepts):
    quota = make_quota(TUESDAY, IN_PERSON, 0)
    registration = make_registration(days={MONDAY: IN_PERSON, TUESDAY: IN_PERSON}, online_while_waitlisted=True)
    issuance.get_or_issue_ticket(registration)
    quota.seats = 1
    quota.save()
    workflow.offer_available_seats()
    answer = workflow.accept_offer if accepts else workflow.decline_offer
    answer(registration.seats.offered().get(), by=registration.user)
    registration.refresh_from_db()
    assert not is_replaced(registration)


def test_change_of_the_days_takes_no_query_for_the_ticket_if_it_stays_valid(registration, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert not is_void(*[TicketFacts.of(registration, [])] * 2)


# Status


@pytest.mark.parametrize("close", ["cancel", "decline"])
def test_closed_registration_gets_a_new_ticket_when_it_is_confirmed_again(registration, close):
    old = registration.tickets.get()
    if close == "cancel":
        workflow.cancel_registration(registration, by=registration.user)
    else:
        workflow.decline_registration(registration, by=None, reason="other")
    assert is_replaced(registration)
    workflow.reopen_registration(registration, by=None)
    workflow.approve_registration(registration, by=None)
    assert issuance.get_or_issue_ticket(registration) != old
    assert "Your earlier ticket is no longer valid. Your new ticket is attached" in latest_email("confirmed").text


def test_first_confirmation_says_that_the_ticket_is_attached():
    make_registration()
    text = latest_email("confirmed").text
    assert "Your ticket is attached to this e-mail. Please bring it with you" in text
    assert "no longer valid" not in text


# Move of the event


def test_move_of_the_event_replaces_tickets_of_moved_days():
    programme = MONDAY + datetime.timedelta(days=7)
    factories.make_registration_settings()
    people = [make_registration(days=days) for days in ({MONDAY: IN_PERSON}, {MONDAY: ONLINE})]
    for person in people:
        issuance.get_or_issue_ticket(person)
    move_to(programme)
    assert [is_replaced(person) for person in people] == [True, False]


def test_longer_event_keeps_tickets():
    factories.make_registration_settings()
    registration = make_registration()
    issuance.get_or_issue_ticket(registration)
    move_to(MONDAY, WEDNESDAY + datetime.timedelta(days=2))
    assert not is_replaced(registration)


def test_shorter_event_replaces_tickets_of_the_lost_day():
    factories.make_registration_settings()
    people = [make_registration(days=days) for days in ({MONDAY: IN_PERSON, WEDNESDAY: IN_PERSON}, {MONDAY: IN_PERSON})]
    for person in people:
        issuance.get_or_issue_ticket(person)
    move_to(MONDAY, TUESDAY, {WEDNESDAY: None})
    assert [is_replaced(person) for person in people] == [True, False]


def test_email_about_the_move_says_that_the_ticket_is_void_although_the_new_one_exists():
    factories.make_registration_settings()
    registration = make_registration()
    issuance.get_or_issue_ticket(registration)
    result = move_to(MONDAY + datetime.timedelta(days=7))
    registration.refresh_from_db()
    issuance.get_or_issue_ticket(registration)
    workflow.notify_attendees(result.move, by=None)
    assert "Your earlier ticket is no longer valid. Your new ticket is attached" in latest_email("moved").text


def move_to(first_day, last_day=None, targets=None):
    last_day = last_day or first_day + datetime.timedelta(days=2)
    result = workflow.move_event(workflow.MoveRequest(first_day, last_day, targets or {}), by=None)
    programme_factories.reload_site()
    return result
