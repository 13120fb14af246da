"""Laying sessions out by day, time and room: pure arithmetic on a programme."""

import datetime
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from .programme import Programme, Session

# What is open for the whole evening stands beside the timetable, not in its first slot.
ALL_ALONG = "exhibition"


@dataclass(frozen=True, slots=True)
class Slot:
    """Sessions that start at the same time, in the order of their rooms."""

    starts_at: datetime.datetime
    sessions: tuple[Session, ...]


@dataclass(frozen=True, slots=True)
class Day:
    date: datetime.date
    slots: tuple[Slot, ...]
    all_along: tuple[Session, ...]


def timetable(programme: Programme, sessions, today=None):
    """The days on which any of the sessions is, which come in the programme's order; today and what follows it first,
    while the event is on."""
    starts = [tuple(same) for _start, same in groupby(sessions, attrgetter("starts_at"))]
    days = [_day(date, same) for date, same in groupby(starts, lambda at_once: programme.day_of(at_once[0]))]
    if today is None or not programme.starts_on <= today <= programme.ends_on:
        return days
    return [day for day in days if day.date >= today] + [day for day in days if day.date < today]


def _day(date, starts):
    """starts are the sessions of a day, those that start at the same time together."""
    slots, all_along = [], []
    for at_once in starts:
        timed = tuple(session for session in at_once if session.kind != ALL_ALONG)
        all_along += [session for session in at_once if session.kind == ALL_ALONG]
        if timed:
            slots.append(Slot(timed[0].starts_at, timed))
    return Day(date, tuple(slots), tuple(all_along))


def going_on(programme: Programme, now):
    """The sessions that are on at this instant, cancelled ones aside."""
    return [s for s in programme.sessions if s.starts_at <= now < s.ends_at and not s.is_cancelled]


def coming_up(programme: Programme, now):
    """The sessions that start next, all at the same time."""
    ahead = [s for s in programme.sessions if s.starts_at > now and not s.is_cancelled and s.kind != ALL_ALONG]
    return [s for s in ahead if s.starts_at == ahead[0].starts_at]
