"""Many attempts at the last seats, 64 at the same moment, again and again, without the web server: what the database
alone holds to."""

import datetime
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

from django.db import OperationalError, connection, connections

from conference.registration import admission
from conference.registration.models import Registration, Seat
from conference.registration.seats import TAKEN
from tests.registration.cast import IN_PERSON, a_category, a_house, a_quota, an_attendee, facts
from tests.registration.test_seats_at_once import without_locks

from .findings import Finding, equal, none, times

AT_ONCE = 64
DAY = datetime.date.today() + datetime.timedelta(days=40)


def contend(attempts, capacity, locked=True):
    """Findings of so many attempts, in rounds that each begin with all seats free."""
    a_house()
    told = facts(category=a_category("Observers"))
    a_quota(DAY, IN_PERSON, capacity)
    people = [an_attendee() for _ in range(AT_ONCE)]
    rounds, begun = -(-attempts // AT_ONCE), time.monotonic()
    begin, seconds, refused, taken = threading.Barrier(AT_ONCE), [], [], []
    states = {"confirmed": 0, "waiting": 0}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for _round in range(rounds):
            results = list(pool.map(lambda user: attempt(user, told, begin, locked), people))
            seconds += [result[0] for result in results]
            refused += [result[1] for result in results if result[1]]
            taken.append(Seat.objects.filter(day=DAY, mode=IN_PERSON, state__in=TAKEN).count())
            for state in states:
                states[state] += Registration.objects.filter(state=state).count()
            Registration.objects.all().delete()
        list(pool.map(lambda _user: leave(begin), people))
    length = time.monotonic() - begun
    return [
        Finding("attempts", f"{rounds * AT_ONCE}, {AT_ONCE} at once, at {capacity} seats, {rounds} times"),
        none("oversold", [number for number in taken if number > capacity]),
        none("undersold", [number for number in taken if number < capacity]),
        none("refused", refused),
        equal("confirmed", states["confirmed"], rounds * capacity),
        equal("waiting", states["waiting"], rounds * (AT_ONCE - capacity)),
        times("an attempt", seconds),
        Finding("attempts a second", f"{rounds * AT_ONCE / length:.0f}"),
    ]


def attempt(user, told, begin, locked):
    """Seconds, and what went wrong or nothing."""
    connection.ensure_connection()
    begin.wait()
    began = time.monotonic()
    try:
        with nullcontext() if locked else connection.execute_wrapper(without_locks):
            admission.submit(user, dict(told), {DAY: IN_PERSON}, language="en")
    except OperationalError as error:
        return time.monotonic() - began, str(error).strip()
    return time.monotonic() - began, ""


def leave(begin):
    begin.wait()
    connections.close_all()
