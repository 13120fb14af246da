"""Many people at the last seats, all at the same moment: each seat is given once. The control takes the lock away and
shows what would become of it."""

import datetime
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.db import OperationalError, connection, connections

from conference.registration import capacity, workflow
from conference.registration.models import Registration, Seat

from .factories import (
    IN_PERSON,
    MONDAY,
    ONLINE,
    TUESDAY,
    make_attendee,
    make_category,
    make_quota,
    make_registration,
    make_registration_settings,
    registration_data,
    seat_statuses,
)

pytestmark = pytest.mark.django_db(transaction=True)

SQLITE = connection.vendor == "sqlite"
PEOPLE, SEATS = 64, 10
# Seconds after which a test fails instead of waiting for ever.
PATIENCE = 30
SEATS_ARE_HELD = "BEGIN IMMEDIATE" if SQLITE else " FOR UPDATE"
SEATS_ARE_COUNTED = "COUNT(DISTINCT registration_id)"


@pytest.fixture(autouse=True)
def _in_november(conference):
    with time_machine.travel(datetime.datetime(2020, 11, 10, 3, tzinfo=datetime.UTC), tick=True):
        yield


def all_at_once(jobs, *wrappers):
    """What each job returned or raised; they begin together, each with a connection of its own."""
    begin = threading.Barrier(len(jobs), timeout=PATIENCE)

    def do(job):
        try:
            begin.wait()
            return wrapped(job, wrappers)
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(do, jobs))


def wrapped(job, wrappers):
    if not wrappers:
        return job()
    with connection.execute_wrapper(wrappers[0]):
        return wrapped(job, wrappers[1:])


def without_locks(execute, sql, *rest):
    """For the control. On SQLite this is a transaction as it begins by default, which locks at its first writing."""
    return execute(sql.replace(SEATS_ARE_HELD, "BEGIN" if SQLITE else ""), *rest)


def submitting(people, days, **told):
    told = registration_data(**told)
    return [lambda user=user: workflow.submit(user, dict(told), days, language="en") for user in people]


def taken(day=MONDAY, mode=IN_PERSON):
    return Seat.objects.filter(day=day, mode=mode, status__in=capacity.TAKEN_STATUSES).count()


def test_of_sixty_four_at_the_last_ten_seats_exactly_ten_get_one():
    make_quota(MONDAY, IN_PERSON, SEATS)
    results = all_at_once(submitting([make_attendee() for _ in range(PEOPLE)], {MONDAY: IN_PERSON}))
    assert [result for result in results if isinstance(result, Exception)] == []
    assert (Registration.objects.count(), taken()) == (PEOPLE, SEATS)
    assert Seat.objects.filter(status="waitlisted").count() == PEOPLE - SEATS


def test_the_last_places_of_a_category_are_given_once():
    category = make_category(seats=SEATS)
    people = [make_attendee() for _ in range(2 * SEATS)]
    all_at_once(submitting(people, {MONDAY: IN_PERSON, TUESDAY: ONLINE}, category=category))
    assert capacity.count_seats().for_category(category.pk).taken == SEATS
    assert (taken(), taken(TUESDAY, ONLINE)) == (SEATS, SEATS)


def test_the_last_places_in_the_house_are_given_once():
    make_registration_settings(seats=SEATS)
    make_category()
    jobs = submitting([make_attendee() for _ in range(SEATS)], {MONDAY: IN_PERSON})
    jobs += submitting([make_attendee() for _ in range(SEATS)], {TUESDAY: IN_PERSON})
    all_at_once(jobs)
    assert (capacity.count_seats().in_person.taken, taken() + taken(TUESDAY)) == (SEATS, SEATS)


def test_without_the_lock_a_seat_is_given_twice_or_somebody_is_turned_away():
    """SQLite refuses the second writer of two that have read the same; PostgreSQL lets both write."""
    make_registration_settings()
    make_quota(MONDAY, IN_PERSON, 1)
    everybody_has_counted = threading.Barrier(2, timeout=PATIENCE)

    def wait_for_the_other(execute, sql, *rest):
        found = execute(sql, *rest)
        if SEATS_ARE_COUNTED in sql:
            everybody_has_counted.wait()
        return found

    people = [make_attendee(), make_attendee()]
    # Registered already, so that on SQLite nothing is written before the seats are counted.
    waiting = [make_registration(user, category=make_category(needs_approval=True)) for user in people]
    jobs = [lambda one=one: workflow.approve_registration(one, by=None) for one in waiting]
    results = all_at_once(jobs, without_locks, wait_for_the_other)
    refused = [result for result in results if isinstance(result, OperationalError | threading.BrokenBarrierError)]
    assert (len(refused), taken()) == ((1, 1) if SQLITE else (0, 2))


def test_with_the_lock_the_same_two_get_one_seat():
    make_registration_settings()
    make_quota(MONDAY, IN_PERSON, 1)
    category = make_category(needs_approval=True)
    asked = [make_registration(category=category) for _ in range(2)]
    results = all_at_once([lambda one=one: workflow.approve_registration(one, by=None) for one in asked])
    assert (results, taken()) == ([None, None], 1)


def test_who_comes_when_all_is_taken_is_told_once_that_they_wait():
    make_quota(MONDAY, IN_PERSON, 1)
    make_registration()
    second = make_registration()
    assert (second.status, seat_statuses(second)) == ("waitlisted", {(7, "in_person"): "waitlisted"})
    assert [letter.email_type for letter in second.queued_emails.all()] == ["waitlisted"]
    assert [step.action for step in second.events.all()] == ["submit", "approve", "seat"]


def test_who_comes_while_others_wait_for_the_seat_that_is_free_does_not_get_it():
    make_quota(MONDAY, IN_PERSON, 1)
    first, second = make_registration(), make_registration()
    Seat.objects.filter(registration=first).update(status="released")
    third = make_registration()
    assert (seat_statuses(second), seat_statuses(third)) == (
        {(7, "in_person"): "offered"},
        {(7, "in_person"): "waitlisted"},
    )


def test_eight_clicks_make_one_registration_and_one_letter():
    user = make_attendee()
    results = all_at_once(submitting([user] * 8, {MONDAY: IN_PERSON}))
    assert sorted(made for _registration, made in results) == [False] * 7 + [True]
    assert (Registration.objects.count(), Registration.objects.get().queued_emails.count(), taken()) == (1, 1, 1)


def test_one_who_cancels_thrice_frees_one_seat():
    make_quota(MONDAY, IN_PERSON, 1)
    first, second, third = make_registration(), make_registration(), make_registration()
    copies = [Registration.objects.get(pk=first.pk) for _ in range(3)]
    all_at_once([lambda one=one: workflow.cancel_registration(one, by=one.user) for one in copies])
    assert (seat_statuses(first), seat_statuses(second)) == ({}, {(7, "in_person"): "offered"})
    assert seat_statuses(third) == {(7, "in_person"): "waitlisted"}


def test_people_who_come_and_go_leave_no_seat_empty_and_none_taken_twice():
    make_quota(MONDAY, IN_PERSON, SEATS)
    make_category()
    leaving = [make_registration() for _ in range(SEATS)]
    waiting = [make_registration() for _ in range(SEATS // 2)]
    coming = submitting([make_attendee() for _ in range(2 * SEATS)], {MONDAY: IN_PERSON})
    all_at_once([lambda one=one: workflow.cancel_registration(one, by=one.user) for one in leaving] + coming)
    assert taken() == SEATS
    assert {state for one in waiting for state in seat_statuses(one).values()} == {"offered"}


def test_an_offer_that_is_accepted_while_it_lapses_is_one_or_the_other():
    make_quota(MONDAY, IN_PERSON, 1)
    first, second = make_registration(), make_registration()
    workflow.cancel_registration(first, by=first.user)
    seat = second.seats.get(status="offered")
    Seat.objects.filter(pk=seat.pk).update(offered_until=seat.queued_since + datetime.timedelta(seconds=1))
    with time_machine.travel(seat.queued_since + datetime.timedelta(minutes=1), tick=True):
        all_at_once([lambda: workflow.accept_offer(seat, by=second.user), workflow.expire_offers])
    assert seat_statuses(second) == {(7, "in_person"): "offered"}
    assert second.events.filter(action="lapse").count() == 1


def test_what_fails_halfway_takes_no_seat():
    make_quota(MONDAY, IN_PERSON, 1)
    told, user = registration_data(), make_attendee()
    failing = FailsOnce('INSERT INTO "registration_letter"')
    with connection.execute_wrapper(failing), pytest.raises(FailsOnce.Failed):
        workflow.submit(user, told, {MONDAY: IN_PERSON}, language="en")
    assert (Registration.objects.exists(), taken()) == (False, 0)
    assert make_registration(user).status == "confirmed"


class FailsOnce:
    """A database that goes away at the first statement that holds these words."""

    class Failed(Exception):
        pass

    def __init__(self, words):
        self.words, self.failed = words, False

    def __call__(self, execute, sql, *rest):
        if self.words in sql and not self.failed:
            self.failed = True
            raise self.Failed
        return execute(sql, *rest)
