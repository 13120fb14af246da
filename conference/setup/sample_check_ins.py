"""Fictional check-ins of fictional registrations, if the conference is in progress."""

import datetime
import uuid
from collections.abc import Iterable
from itertools import cycle

from django.utils import timezone

from conference.registration.check_in.recording import CheckInRequest, Operator, record_check_in
from conference.registration.days import conference_time_zone, current_day, is_conference_day, sessions_on
from conference.registration.models import CheckIn, Entrance, Registration, Seat

# The first people come this long before the first session of the day.
OPENING = datetime.timedelta(minutes=45)


def add_sample_check_ins(registrations: Iterable[Registration]) -> int:
    """Check in half of the people who are expected today, at all entrances, and return how many.

    Some leave again, one entry is repeated at another entrance that had no network, and some enter the side rooms.
    """
    day, gates = current_day(), list(Entrance.objects.filter(session=None, is_open=True))
    if not is_conference_day(day) or not gates:
        return 0
    seats = Seat.objects.confirmed_in_person().filter(registration__in=registrations, day=day)
    people = [seat.registration for seat in seats.select_related("registration").order_by("pk")][::2]
    entries = list(zip(people, spread_times(day, len(people)), strict=True))
    for (person, moment), gate in zip(entries, cycle(gates), strict=False):
        record(person, gate, moment)
    now = timezone.now()
    for person, moment in entries[3::7]:
        record(person, gates[0], moment + (now - moment) / 2, direction=CheckIn.Direction.OUT)
    for person, moment in entries[:1]:
        record(person, gates[-1], moment + (now - moment) / 3, was_offline=True)
    for room in Entrance.objects.exclude(session=None).filter(is_open=True):
        for person, moment in entries[1::4]:
            record(person, room, moment + (now - moment) * 2 / 3)
    return len(people)


def spread_times(day: datetime.date, number: int) -> list[datetime.datetime]:
    """Return this many times, from the opening of the venue on a day to now."""
    now, midnight = timezone.now(), datetime.datetime.combine(day, datetime.time(), conference_time_zone())
    first = min((session.starts_at for session in sessions_on(day)), default=now)
    opening = min(max(first - OPENING, midnight), now)
    return [opening + (now - opening) * position / (number + 1) for position in range(1, number + 1)]


def record(person: Registration, entrance: Entrance, moment: datetime.datetime, **values: object) -> None:
    record_check_in(CheckInRequest(uuid.uuid4(), person, entrance, Operator(), moment=moment, **values))
