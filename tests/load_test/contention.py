"""Concurrent attempts to get the last seats, without the web server."""

import datetime
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

from django.contrib.auth.models import User
from django.db import OperationalError, connection, connections

from conference.registration import workflow
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


def run_contention_rounds(attempts: int, capacity: int, locked: bool = True) -> list[CheckResult]:
    """Return the results of rounds of concurrent attempts. All seats are free at the start of each round."""
    make_registration_settings()
    data = registration_data(category=make_category("Observers"))
    make_quota(DAY, IN_PERSON, capacity)
    users = [make_attendee() for _ in range(CONCURRENCY)]
    rounds, started = -(-attempts // CONCURRENCY), time.monotonic()
    barrier, seconds, errors, taken = threading.Barrier(CONCURRENCY), [], [], []
    statuses = {"confirmed": 0, "waitlisted": 0}
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        for _round in range(rounds):
            results = list(pool.map(lambda user: try_registration(user, data, barrier, locked), users))
            seconds += [result[0] for result in results]
            errors += [result[1] for result in results if result[1]]
            taken.append(Seat.objects.taken().filter(day=DAY, mode=IN_PERSON).count())
            for status in statuses:
                statuses[status] += Registration.objects.filter(status=status).count()
            Registration.objects.all().delete()
        list(pool.map(lambda _user: close_connections(barrier), users))
    duration, total = time.monotonic() - started, rounds * CONCURRENCY
    return [
        CheckResult("attempts", f"{total}, in {rounds} rounds of {CONCURRENCY} for {capacity} seats"),
        expect_none("oversold", [number for number in taken if number > capacity]),
        expect_none("undersold", [number for number in taken if number < capacity]),
        expect_none("errors", errors),
        expect_equal("confirmed", statuses["confirmed"], rounds * capacity),
        expect_equal("waitlisted", statuses["waitlisted"], rounds * (CONCURRENCY - capacity)),
        summarize_times("attempt", seconds),
        CheckResult("attempts per second", f"{total / duration:.0f}"),
    ]


def try_registration(user: User, data: Mapping, barrier: threading.Barrier, locked: bool) -> tuple[float, str]:
    """Submit a registration and return the seconds and the error, or an empty text."""
    connection.ensure_connection()
    barrier.wait()
    started = time.monotonic()
    try:
        with nullcontext() if locked else connection.execute_wrapper(without_locks):
            workflow.submit(user, dict(data), {DAY: IN_PERSON}, language="en")
    except OperationalError as error:
        return time.monotonic() - started, str(error).strip()
    return time.monotonic() - started, ""


def close_connections(barrier: threading.Barrier) -> None:
    """Close the connections of one thread. The barrier makes each thread of the pool run this once."""
    barrier.wait()
    connections.close_all()
