"""Many people at the last seats, all at the same moment: each seat is given once. The control takes the lock away and
shows what would become of it."""

import datetime
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.db import OperationalError, connection, connections

from conference.registration import admission, seats
from conference.registration.models import Registration, Seat

from .cast import (
    IN_PERSON,
    MONDAY,
    ONLINE,
    TUESDAY,
    a_category,
    a_house,
    a_quota,
    a_registration,
    an_attendee,
    facts,
    seat_states,
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
    told = facts(**told)
    return [lambda user=user: admission.submit(user, dict(told), days, language="en") for user in people]


def taken(day=MONDAY, mode=IN_PERSON):
    return Seat.objects.filter(day=day, mode=mode, state__in=seats.TAKEN).count()


def test_of_sixty_four_at_the_last_ten_seats_exactly_ten_get_one():
    a_quota(MONDAY, IN_PERSON, SEATS)
    results = all_at_once(submitting([an_attendee() for _ in range(PEOPLE)], {MONDAY: IN_PERSON}))
    assert [result for result in results if isinstance(result, Exception)] == []
    assert (Registration.objects.count(), taken()) == (PEOPLE, SEATS)
    assert Seat.objects.filter(state="waiting").count() == PEOPLE - SEATS


def test_the_last_places_of_a_category_are_given_once():
    category = a_category(seats=SEATS)
    people = [an_attendee() for _ in range(2 * SEATS)]
    all_at_once(submitting(people, {MONDAY: IN_PERSON, TUESDAY: ONLINE}, category=category))
    assert seats.counts().of_category(category.pk).taken == SEATS
    assert (taken(), taken(TUESDAY, ONLINE)) == (SEATS, SEATS)


def test_the_last_places_in_the_house_are_given_once():
    a_house(seats=SEATS)
    a_category()
    jobs = submitting([an_attendee() for _ in range(SEATS)], {MONDAY: IN_PERSON})
    jobs += submitting([an_attendee() for _ in range(SEATS)], {TUESDAY: IN_PERSON})
    all_at_once(jobs)
    assert (seats.counts().house.taken, taken() + taken(TUESDAY)) == (SEATS, SEATS)


def test_without_the_lock_a_seat_is_given_twice_or_somebody_is_turned_away():
    """SQLite refuses the second writer of two that have read the same; PostgreSQL lets both write."""
    a_house()
    a_quota(MONDAY, IN_PERSON, 1)
    everybody_has_counted = threading.Barrier(2, timeout=PATIENCE)

    def wait_for_the_other(execute, sql, *rest):
        found = execute(sql, *rest)
        if SEATS_ARE_COUNTED in sql:
            everybody_has_counted.wait()
        return found

    people = [an_attendee(), an_attendee()]
    # Registered already, so that on SQLite nothing is written before the seats are counted.
    waiting = [a_registration(user, category=a_category(needs_approval=True)) for user in people]
    jobs = [lambda one=one: admission.approve(one, by=None) for one in waiting]
    results = all_at_once(jobs, without_locks, wait_for_the_other)
    refused = [result for result in results if isinstance(result, OperationalError | threading.BrokenBarrierError)]
    assert (len(refused), taken()) == ((1, 1) if SQLITE else (0, 2))


def test_with_the_lock_the_same_two_get_one_seat():
    a_house()
    a_quota(MONDAY, IN_PERSON, 1)
    category = a_category(needs_approval=True)
    asked = [a_registration(category=category) for _ in range(2)]
    results = all_at_once([lambda one=one: admission.approve(one, by=None) for one in asked])
    assert (results, taken()) == ([None, None], 1)


def test_who_comes_when_all_is_taken_is_told_once_that_they_wait():
    a_quota(MONDAY, IN_PERSON, 1)
    a_registration()
    second = a_registration()
    assert (second.state, seat_states(second)) == ("waiting", {(7, "in_person"): "waiting"})
    assert [letter.kind for letter in second.letters.all()] == ["waiting"]
    assert [step.action for step in second.steps.all()] == ["submit", "approve", "seat"]


def test_who_comes_while_others_wait_for_the_seat_that_is_free_does_not_get_it():
    a_quota(MONDAY, IN_PERSON, 1)
    first, second = a_registration(), a_registration()
    Seat.objects.filter(registration=first).update(state="released")
    third = a_registration()
    assert (seat_states(second), seat_states(third)) == ({(7, "in_person"): "offered"}, {(7, "in_person"): "waiting"})


def test_eight_clicks_make_one_registration_and_one_letter():
    user = an_attendee()
    results = all_at_once(submitting([user] * 8, {MONDAY: IN_PERSON}))
    assert sorted(made for _registration, made in results) == [False] * 7 + [True]
    assert (Registration.objects.count(), Registration.objects.get().letters.count(), taken()) == (1, 1, 1)


def test_one_who_cancels_thrice_frees_one_seat():
    a_quota(MONDAY, IN_PERSON, 1)
    first, second, third = a_registration(), a_registration(), a_registration()
    copies = [Registration.objects.get(pk=first.pk) for _ in range(3)]
    all_at_once([lambda one=one: admission.cancel(one, by=one.user) for one in copies])
    assert (seat_states(first), seat_states(second)) == ({}, {(7, "in_person"): "offered"})
    assert seat_states(third) == {(7, "in_person"): "waiting"}


def test_people_who_come_and_go_leave_no_seat_empty_and_none_taken_twice():
    a_quota(MONDAY, IN_PERSON, SEATS)
    a_category()
    leaving = [a_registration() for _ in range(SEATS)]
    waiting = [a_registration() for _ in range(SEATS // 2)]
    coming = submitting([an_attendee() for _ in range(2 * SEATS)], {MONDAY: IN_PERSON})
    all_at_once([lambda one=one: admission.cancel(one, by=one.user) for one in leaving] + coming)
    assert taken() == SEATS
    assert {state for one in waiting for state in seat_states(one).values()} == {"offered"}


def test_an_offer_that_is_accepted_while_it_lapses_is_one_or_the_other():
    a_quota(MONDAY, IN_PERSON, 1)
    first, second = a_registration(), a_registration()
    admission.cancel(first, by=first.user)
    seat = second.seats.get(state="offered")
    Seat.objects.filter(pk=seat.pk).update(offered_until=seat.since + datetime.timedelta(seconds=1))
    with time_machine.travel(seat.since + datetime.timedelta(minutes=1), tick=True):
        all_at_once([lambda: admission.accept(seat, by=second.user), admission.lapse_offers])
    assert seat_states(second) == {(7, "in_person"): "offered"}
    assert second.steps.filter(action="lapse").count() == 1


def test_what_fails_halfway_takes_no_seat():
    a_quota(MONDAY, IN_PERSON, 1)
    told, user = facts(), an_attendee()
    failing = FailsOnce('INSERT INTO "registration_letter"')
    with connection.execute_wrapper(failing), pytest.raises(FailsOnce.Failed):
        admission.submit(user, told, {MONDAY: IN_PERSON}, language="en")
    assert (Registration.objects.exists(), taken()) == (False, 0)
    assert a_registration(user).state == "confirmed"


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
