"""Concurrent requests for the last seats. A control without the lock shows that the tests can fail."""

import datetime
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import OperationalError, connection, connections

from conference.core.database import extend_timeouts
from conference.registration import capacity, workflow
from conference.registration.models import Registration, Seat

from ..users import make_organizer
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

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("november"), pytest.mark.slow]

SQLITE = connection.vendor == "sqlite"
PEOPLE, SEATS = 64, 10
# Seconds after which a test fails.
TIMEOUT = 120
LOCK_SQL = "BEGIN IMMEDIATE" if SQLITE else " FOR UPDATE"
COUNT_SQL = 'COUNT(DISTINCT "registration_seat"."registration_id")'


def run_concurrently(jobs, *wrappers):
    """Run jobs at the same time, each with its own connection, and return their results or exceptions."""
    barrier = threading.Barrier(len(jobs), timeout=TIMEOUT)

    def run(job):
        try:
            extend_timeouts()
            barrier.wait()
            return run_with_wrappers(job, wrappers)
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def run_with_wrappers(job, wrappers):
    if not wrappers:
        return job()
    with connection.execute_wrapper(wrappers[0]):
        return run_with_wrappers(job, wrappers[1:])


def without_locks(execute, sql, *rest):
    """Remove the lock, for the control. On SQLite a default transaction locks only at its first write."""
    return execute(sql.replace(LOCK_SQL, "BEGIN" if SQLITE else ""), *rest)


def submit_jobs(people, days, **data):
    data = registration_data(**data)
    return [lambda user=user: workflow.submit(user, dict(data), days, language="en") for user in people]


def count_taken(day=MONDAY, mode=IN_PERSON):
    return Seat.objects.taken().filter(day=day, mode=mode).count()


def test_submit_concurrently_confirms_exactly_the_free_seats():
    make_quota(MONDAY, IN_PERSON, SEATS)
    results = run_concurrently(submit_jobs([make_attendee() for _ in range(PEOPLE)], {MONDAY: IN_PERSON}))
    assert [result for result in results if isinstance(result, Exception)] == []
    assert (Registration.objects.count(), count_taken()) == (PEOPLE, SEATS)
    assert Seat.objects.filter(status="waitlisted").count() == PEOPLE - SEATS


def test_submit_concurrently_respects_category_limit():
    category = make_category(seats=SEATS)
    people = [make_attendee() for _ in range(2 * SEATS)]
    run_concurrently(submit_jobs(people, {MONDAY: IN_PERSON, TUESDAY: ONLINE}, category=category))
    assert capacity.count_seats().for_category(category.pk).taken == SEATS
    assert (count_taken(), count_taken(TUESDAY, ONLINE)) == (SEATS, SEATS)


def test_submit_concurrently_respects_venue_limit():
    make_registration_settings(seats=SEATS)
    make_category()
    jobs = submit_jobs([make_attendee() for _ in range(SEATS)], {MONDAY: IN_PERSON})
    jobs += submit_jobs([make_attendee() for _ in range(SEATS)], {TUESDAY: IN_PERSON})
    run_concurrently(jobs)
    assert (capacity.count_seats().in_person.taken, count_taken() + count_taken(TUESDAY)) == (SEATS, SEATS)


def on_site_jobs(number, *, key=None, **values):
    """Jobs that register people for Monday, all with the same key if there is one."""
    data, by = registration_data(), make_organizer()
    requests = [
        workflow.OnSiteRequest(key or uuid.uuid4(), dict(data), {MONDAY: IN_PERSON}, **values) for _ in range(number)
    ]
    return [lambda request=request: workflow.register_on_site(request, by=by) for request in requests]


def test_register_on_site_concurrently_fills_the_limit_and_no_more():
    make_quota(MONDAY, IN_PERSON, SEATS)
    results = run_concurrently(on_site_jobs(2 * SEATS))
    refused = [result for result in results if isinstance(result, workflow.CapacityError)]
    assert (len(refused), count_taken(), Registration.objects.count()) == (SEATS, SEATS, SEATS)


def test_register_on_site_concurrently_with_a_reason_counts_everybody():
    make_quota(MONDAY, IN_PERSON, SEATS)
    jobs = on_site_jobs(SEATS, override_reason="Guests") + on_site_jobs(SEATS)
    results = run_concurrently(jobs + submit_jobs([make_attendee() for _ in range(SEATS)], {MONDAY: IN_PERSON}))
    unexpected = [
        result for result in results if isinstance(result, Exception) and not isinstance(result, workflow.CapacityError)
    ]
    assert unexpected == []
    confirmed = Registration.objects.filter(status="confirmed").count()
    assert count_taken() == confirmed == capacity.count_seats().for_day(MONDAY, IN_PERSON).taken
    assert SEATS <= confirmed <= 2 * SEATS
    assert Registration.objects.filter(is_registered_by_organizer=True, status="confirmed").count() >= SEATS


def test_register_on_site_the_same_form_concurrently_makes_one_registration():
    results = run_concurrently(on_site_jobs(8, key=uuid.uuid4()))
    assert sorted(created for _registration, created in results) == [False] * 7 + [True]
    assert (Registration.objects.count(), User.objects.filter(is_staff=False).count()) == (1, 1)


def test_register_on_site_the_same_address_concurrently_makes_one_registration():
    results = run_concurrently(on_site_jobs(8, email="linh@people.example"))
    refused = [result for result in results if isinstance(result, workflow.AddressRegisteredError)]
    assert (len(refused), Registration.objects.count()) == (7, 1)


def test_approve_concurrently_without_lock_oversells_or_fails():
    """On SQLite the second writer fails; on PostgreSQL both get the last seat."""
    make_registration_settings()
    make_quota(MONDAY, IN_PERSON, 1)
    both_have_counted = threading.Barrier(2, timeout=TIMEOUT)

    def wait_for_other(execute, sql, *rest):
        result = execute(sql, *rest)
        if COUNT_SQL in sql:
            both_have_counted.wait()
        return result

    people = [make_attendee(), make_attendee()]
    # Pending, so that on SQLite nothing is written before the seats are counted.
    pending = [make_registration(user, category=make_category(needs_approval=True)) for user in people]
    jobs = [lambda one=one: workflow.approve_registration(one, by=None) for one in pending]
    results = run_concurrently(jobs, without_locks, wait_for_other)
    refused = [result for result in results if isinstance(result, OperationalError | threading.BrokenBarrierError)]
    assert (len(refused), count_taken()) == ((1, 1) if SQLITE else (0, 2))


def test_approve_concurrently_with_lock_confirms_one_seat():
    make_registration_settings()
    make_quota(MONDAY, IN_PERSON, 1)
    category = make_category(needs_approval=True)
    pending = [make_registration(category=category) for _ in range(2)]
    results = run_concurrently([lambda one=one: workflow.approve_registration(one, by=None) for one in pending])
    assert (results, count_taken()) == ([None, None], 1)


def test_submit_full_day_sends_one_waitlist_email():
    make_quota(MONDAY, IN_PERSON, 1)
    make_registration()
    second = make_registration()
    assert (second.status, seat_statuses(second)) == ("waitlisted", {(7, "in_person"): "waitlisted"})
    assert [email.email_type for email in second.queued_emails.all()] == ["waitlisted"]
    assert [event.action for event in second.events.all()] == ["submitted", "approved", "seats_assigned"]


def test_submit_free_seat_is_offered_to_wait_list_first():
    make_quota(MONDAY, IN_PERSON, 1)
    first, second = make_registration(), make_registration()
    Seat.objects.filter(registration=first).update(status="released")
    third = make_registration()
    assert (seat_statuses(second), seat_statuses(third)) == (
        {(7, "in_person"): "offered"},
        {(7, "in_person"): "waitlisted"},
    )


def test_submit_concurrently_by_one_user_creates_one_registration_and_email():
    user = make_attendee()
    results = run_concurrently(submit_jobs([user] * 8, {MONDAY: IN_PERSON}))
    assert sorted(created for _registration, created in results) == [False] * 7 + [True]
    assert (Registration.objects.count(), Registration.objects.get().queued_emails.count(), count_taken()) == (1, 1, 1)


def test_cancel_concurrently_releases_one_seat():
    make_quota(MONDAY, IN_PERSON, 1)
    first, second, third = make_registration(), make_registration(), make_registration()
    copies = [Registration.objects.get(pk=first.pk) for _ in range(3)]
    run_concurrently([lambda one=one: workflow.cancel_registration(one, by=one.user) for one in copies])
    assert (seat_statuses(first), seat_statuses(second)) == ({}, {(7, "in_person"): "offered"})
    assert seat_statuses(third) == {(7, "in_person"): "waitlisted"}


def test_cancel_and_submit_concurrently_fill_exactly_all_seats():
    make_quota(MONDAY, IN_PERSON, SEATS)
    make_category()
    leaving = [make_registration() for _ in range(SEATS)]
    queue = [make_registration() for _ in range(SEATS // 2)]
    coming = submit_jobs([make_attendee() for _ in range(2 * SEATS)], {MONDAY: IN_PERSON})
    run_concurrently([lambda one=one: workflow.cancel_registration(one, by=one.user) for one in leaving] + coming)
    assert count_taken() == SEATS
    assert {status for one in queue for status in seat_statuses(one).values()} == {"offered"}


def test_accept_and_expire_offer_concurrently_has_one_result():
    make_quota(MONDAY, IN_PERSON, 1)
    first, second = make_registration(), make_registration()
    workflow.cancel_registration(first, by=first.user)
    seat = second.seats.get(status="offered")
    Seat.objects.filter(pk=seat.pk).update(offered_until=seat.queued_since + datetime.timedelta(seconds=1))
    with time_machine.travel(seat.queued_since + datetime.timedelta(minutes=1), tick=True):
        run_concurrently([lambda: workflow.accept_offer(seat, by=second.user), workflow.expire_offers])
    assert seat_statuses(second) == {(7, "in_person"): "offered"}
    assert second.events.filter(action="offer_expired").count() == 1


def test_submit_with_database_error_takes_no_seat():
    make_quota(MONDAY, IN_PERSON, 1)
    data, user = registration_data(), make_attendee()
    failing = FailsOnce('INSERT INTO "mail_queuedemail"')
    with connection.execute_wrapper(failing), pytest.raises(FailsOnce.FailedError):
        workflow.submit(user, data, {MONDAY: IN_PERSON}, language="en")
    assert (Registration.objects.exists(), count_taken()) == (False, 0)
    assert make_registration(user).status == "confirmed"


class FailsOnce:
    """Wrapper that raises FailedError at the first statement with this part."""

    class FailedError(Exception):
        pass

    def __init__(self, sql_part):
        self.sql_part, self.failed = sql_part, False

    def __call__(self, execute, sql, *rest):
        if self.sql_part in sql and not self.failed:
            self.failed = True
            raise self.FailedError
        return execute(sql, *rest)
