"""The rule of admission: a table over status, day, mode, time, version of the ticket, and entrance."""

import datetime

import pytest
import time_machine

from conference import site_data
from conference.registration import workflow
from conference.registration.formatting import format_days
from conference.registration.models import (
    ADMITTED_STATUSES,
    CLOSED_STATUSES,
    Entrance,
    Registration,
    RegistrationStatus,
    Seat,
    Verdict,
)
from conference.registration.tickets import issuance

from ..factories import december, make_session, publish_release, update
from .factories import (
    IN_PERSON,
    MONDAY,
    ONLINE,
    TUESDAY,
    WEDNESDAY,
    make_category,
    make_quota,
    make_registration,
)

pytestmark = pytest.mark.usefixtures("conference")

CONFIRMED, WAITLISTED, OFFERED, REQUESTED, RELEASED = "confirmed", "waitlisted", "offered", "requested", "released"
ADMIT, NOT_TODAY, OVER, ONLINE_ONLY = Verdict.ADMIT, Verdict.NOT_TODAY, Verdict.OVER, Verdict.ONLINE


def at(*time):
    return time_machine.travel(december(*time), tick=False)


def make_with_seats(*seats, status="confirmed", **values):
    """A registration with these seats, triples of a day, a mode and a status, whatever the workflow would do."""
    registration = make_registration(days={MONDAY: IN_PERSON}, **values)
    registration.seats.all().delete()
    now = december(1, 12)
    Seat.objects.bulk_create(
        Seat(
            registration=registration,
            day=day,
            mode=mode,
            status=seat_status,
            queued_since=now,
            offered_until=december(30, 12) if seat_status == OFFERED else None,
        )
        for day, mode, seat_status in seats
    )
    update(registration, status=status)
    return registration


def check(registration, **values):
    return Registration.objects.get(pk=registration.pk).check_admission(**values)


# Seats, at a time: (day, hour) of December 2020; the conference is from 7 to 9.
SEAT_TABLE = [
    # One confirmed seat in person
    ([(MONDAY, IN_PERSON, CONFIRMED)], (6, 23), NOT_TODAY),
    ([(MONDAY, IN_PERSON, CONFIRMED)], (7, 0), ADMIT),
    ([(MONDAY, IN_PERSON, CONFIRMED)], (7, 23), ADMIT),
    ([(MONDAY, IN_PERSON, CONFIRMED)], (8, 0), OVER),
    ([(TUESDAY, IN_PERSON, CONFIRMED)], (7, 12), NOT_TODAY),
    # Two days in person, with a day between
    ([(MONDAY, IN_PERSON, CONFIRMED), (WEDNESDAY, IN_PERSON, CONFIRMED)], (8, 12), NOT_TODAY),
    ([(MONDAY, IN_PERSON, CONFIRMED), (WEDNESDAY, IN_PERSON, CONFIRMED)], (9, 12), ADMIT),
    # Online
    ([(MONDAY, ONLINE, CONFIRMED)], (7, 12), ONLINE_ONLY),
    ([(MONDAY, ONLINE, CONFIRMED), (TUESDAY, IN_PERSON, CONFIRMED)], (7, 12), ONLINE_ONLY),
    ([(MONDAY, ONLINE, CONFIRMED), (TUESDAY, IN_PERSON, CONFIRMED)], (8, 12), ADMIT),
    ([(TUESDAY, ONLINE, CONFIRMED)], (7, 12), ONLINE_ONLY),
    # On the wait list for today, also if confirmed for another day or online meanwhile
    ([(MONDAY, IN_PERSON, WAITLISTED)], (7, 12), Verdict.WAITLISTED),
    ([(MONDAY, IN_PERSON, WAITLISTED), (MONDAY, ONLINE, CONFIRMED)], (7, 12), Verdict.WAITLISTED),
    ([(MONDAY, IN_PERSON, WAITLISTED), (TUESDAY, IN_PERSON, CONFIRMED)], (7, 12), Verdict.WAITLISTED),
    ([(MONDAY, IN_PERSON, WAITLISTED), (TUESDAY, IN_PERSON, CONFIRMED)], (8, 12), ADMIT),
    ([(MONDAY, IN_PERSON, REQUESTED)], (7, 12), Verdict.WAITLISTED),
    # Offered, not accepted
    ([(MONDAY, IN_PERSON, OFFERED)], (7, 12), Verdict.OFFERED),
    ([(MONDAY, IN_PERSON, OFFERED), (MONDAY, ONLINE, CONFIRMED)], (7, 12), Verdict.OFFERED),
    # An in-person seat that is held until one online is free
    ([(MONDAY, IN_PERSON, CONFIRMED), (MONDAY, ONLINE, WAITLISTED)], (7, 12), ADMIT),
    # Nothing
    ([], (7, 12), Verdict.NO_DAYS),
    ([(MONDAY, IN_PERSON, RELEASED)], (7, 12), Verdict.NO_DAYS),
    ([(MONDAY, IN_PERSON, RELEASED), (TUESDAY, IN_PERSON, CONFIRMED)], (7, 12), NOT_TODAY),
    # A day that is none of the conference any more
    ([(datetime.date(2020, 12, 14), IN_PERSON, CONFIRMED)], (14, 12), Verdict.MOVED),
]


@pytest.mark.parametrize(("seats", "time", "verdict"), SEAT_TABLE)
def test_rule_by_seats_and_time(seats, time, verdict):
    registration = make_with_seats(*seats)
    assert check(registration, moment=december(*time)).verdict is verdict
    with at(*time):
        assert check(registration).verdict is verdict


@pytest.mark.parametrize("status", RegistrationStatus)
@pytest.mark.parametrize("with_ticket", [False, True])
def test_rule_by_status(status, with_ticket):
    registration = make_with_seats((MONDAY, IN_PERSON, CONFIRMED), status=status)
    ticket = registration.tickets.create() if with_ticket else None
    verdict = check(registration, ticket=ticket, moment=december(7, 12)).verdict
    if status in CLOSED_STATUSES:
        assert verdict is Verdict.CANCELLED
    else:
        assert verdict is (ADMIT if status in ADMITTED_STATUSES else Verdict.UNDER_REVIEW)


@pytest.mark.parametrize(
    ("replaced_at", "moment", "verdict"),
    [
        (None, (7, 12), ADMIT),
        ((6, 12), (7, 12), Verdict.REPLACED),
        ((7, 12), (7, 12), Verdict.REPLACED),
        # A device without a network let the person in before the ticket was replaced.
        ((7, 18), (7, 12), ADMIT),
    ],
)
def test_rule_by_version_of_the_ticket(replaced_at, moment, verdict):
    registration = make_with_seats((MONDAY, IN_PERSON, CONFIRMED))
    ticket = registration.tickets.create(voided_at=replaced_at and december(*replaced_at))
    assert check(registration, ticket=ticket, moment=december(*moment)).verdict is verdict


def test_replaced_ticket_is_refused_whatever_the_status():
    registration = make_with_seats((MONDAY, IN_PERSON, CONFIRMED))
    old = issuance.get_or_issue_ticket(registration)
    new = issuance.reissue_ticket(registration, None)
    workflow.cancel_registration(registration, by=None)
    old.refresh_from_db()
    with at(7, 12):
        assert check(registration, ticket=old).verdict is Verdict.REPLACED
        assert check(registration, ticket=new).verdict is Verdict.CANCELLED


@pytest.mark.parametrize(
    ("allowed", "time", "verdict"),
    [
        ([], (7, 12), ADMIT),
        (["own"], (7, 12), ADMIT),
        (["own", "other"], (7, 12), ADMIT),
        (["other"], (7, 12), Verdict.WRONG_ENTRANCE),
        # The day matters more than the entrance.
        (["other"], (6, 12), NOT_TODAY),
    ],
)
def test_rule_by_entrance(allowed, time, verdict):
    categories = {"own": make_category("Media"), "other": make_category("Delegation")}
    entrance = Entrance.objects.create(name_en="Gate A")
    entrance.categories.set(categories[name] for name in allowed)
    registration = make_with_seats((MONDAY, IN_PERSON, CONFIRMED), category=categories["own"])
    assert check(registration, entrance=entrance, moment=december(*time)).verdict is verdict


def test_rule_admits_until_the_last_session_ends_after_midnight():
    registration = make_with_seats((WEDNESDAY, IN_PERSON, CONFIRMED))
    make_session(starts_at=december(9, 23), ends_at=december(10, 1))
    publish_release()
    admission = check(registration, moment=december(10, 0, 30))
    assert (admission.verdict, admission.day) == (ADMIT, WEDNESDAY)
    assert check(registration, moment=december(10, 1)).verdict is OVER


def test_rule_uses_the_time_zone_of_the_conference(conference):
    registration = make_with_seats((TUESDAY, IN_PERSON, CONFIRMED))
    # One minute after midnight in Ha Noi it is still Monday in UTC.
    assert check(registration, moment=datetime.datetime(2020, 12, 7, 17, 1, tzinfo=datetime.UTC)).is_allowed


def test_rule_after_the_days_have_moved(conference):
    registration = make_with_seats((MONDAY, IN_PERSON, CONFIRMED))
    update(conference, starts_on=december(14, 0).date(), ends_on=december(16, 0).date())
    site_data.refresh_site_data()
    assert check(registration, moment=december(7, 12)).verdict is Verdict.MOVED


def test_result_names_the_day_and_all_days_in_person():
    seats = [(MONDAY, ONLINE, CONFIRMED), (WEDNESDAY, IN_PERSON, CONFIRMED), (TUESDAY, IN_PERSON, CONFIRMED)]
    admission = check(make_with_seats(*seats), moment=december(8, 12))
    assert (admission.day, admission.days) == (TUESDAY, (TUESDAY, WEDNESDAY))


def test_waitlisted_person_with_an_interim_seat_online_is_not_admitted():
    make_quota(MONDAY, IN_PERSON, 0)
    registration = make_registration(days={MONDAY: IN_PERSON}, online_while_waitlisted=True)
    assert check(registration, moment=december(7, 12)).verdict is Verdict.WAITLISTED


def test_accepted_change_to_online_keeps_the_seat_in_person_until_one_is_free():
    make_quota(MONDAY, ONLINE, 0)
    registration = make_registration(days={MONDAY: IN_PERSON})
    workflow.change_days(registration, {MONDAY: ONLINE}, by=None)
    assert check(registration, moment=december(7, 12)).is_allowed


@pytest.mark.parametrize(
    ("days", "text"),
    [
        ([MONDAY], "7 December"),
        ([WEDNESDAY, MONDAY, TUESDAY], "7, 8 and 9 December"),
        ([MONDAY.replace(month=11, day=30), MONDAY], "30 November and 7 December"),
    ],
)
def test_format_days_groups_by_month(days, text):
    assert format_days(days) == text
