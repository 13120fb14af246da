"""Many attempts at the last seats, 64 at the same moment, again and again, without the web server: what the database
alone holds to."""

import datetime
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

from django.db import OperationalError, connection, connections

from conference.registration import workflow
from conference.registration.capacity import TAKEN_STATUSES
from conference.registration.models import Registration, Seat
from tests.registration.factories import (
    IN_PERSON,
    make_attendee,
    make_category,
    make_quota,
    make_registration_settings,
    registration_data,
)
from tests.registration.test_seat_concurrency import without_locks

from .results import CheckResult, expect_equal, expect_none, summarize_times

CONCURRENCY = 64
DAY = datetime.date.today() + datetime.timedelta(days=40)


def run_contention_rounds(attempts, capacity, locked=True):
    """Findings of so many attempts, in rounds that each begin with all seats free."""
    make_registration_settings()
    told = registration_data(category=make_category("Observers"))
    make_quota(DAY, IN_PERSON, capacity)
    people = [make_attendee() for _ in range(CONCURRENCY)]
    rounds, begun = -(-attempts // CONCURRENCY), time.monotonic()
    begin, seconds, refused, taken = threading.Barrier(CONCURRENCY), [], [], []
    states = {"confirmed": 0, "waitlisted": 0}
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        for _round in range(rounds):
            results = list(pool.map(lambda user: try_registration(user, told, begin, locked), people))
            seconds += [result[0] for result in results]
            refused += [result[1] for result in results if result[1]]
            taken.append(Seat.objects.filter(day=DAY, mode=IN_PERSON, status__in=TAKEN_STATUSES).count())
            for state in states:
                states[state] += Registration.objects.filter(status=state).count()
            Registration.objects.all().delete()
        list(pool.map(lambda _user: wait_at_barrier(begin), people))
    length = time.monotonic() - begun
    return [
        CheckResult("attempts", f"{rounds * CONCURRENCY}, {CONCURRENCY} at once, at {capacity} seats, {rounds} times"),
        expect_none("oversold", [number for number in taken if number > capacity]),
        expect_none("undersold", [number for number in taken if number < capacity]),
        expect_none("refused", refused),
        expect_equal("confirmed", states["confirmed"], rounds * capacity),
        expect_equal("waitlisted", states["waitlisted"], rounds * (CONCURRENCY - capacity)),
        summarize_times("an attempt", seconds),
        CheckResult("attempts a second", f"{rounds * CONCURRENCY / length:.0f}"),
    ]


def try_registration(user, told, begin, locked):
    """Seconds, and what went wrong or nothing."""
    connection.ensure_connection()
    begin.wait()
    began = time.monotonic()
    try:
        with nullcontext() if locked else connection.execute_wrapper(without_locks):
            workflow.submit(user, dict(told), {DAY: IN_PERSON}, language="en")
    except OperationalError as error:
        return time.monotonic() - began, str(error).strip()
    return time.monotonic() - began, ""


def wait_at_barrier(begin):
    begin.wait()
    connections.close_all()
