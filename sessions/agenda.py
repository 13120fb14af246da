"""Laying sessions out by day, time and room: pure arithmetic on a programme."""

import datetime
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from .programme import Programme, Session

# What is open for the whole evening stands beside the timetable, not in its first slot.
PARALLEL_KIND = "exhibition"


@dataclass(frozen=True, slots=True)
class TimeSlot:
    """Sessions that start at the same time, in the order of their rooms."""

    starts_at: datetime.datetime
    sessions: tuple[Session, ...]


@dataclass(frozen=True, slots=True)
class AgendaDay:
    date: datetime.date
    slots: tuple[TimeSlot, ...]
    all_along: tuple[Session, ...]


def build_agenda(programme: Programme, sessions, today=None):
    """The days on which any of the sessions is, which come in the programme's order; today and what follows it first,
    while the event is on."""
    starts = [tuple(same) for _start, same in groupby(sessions, attrgetter("starts_at"))]
    days = [build_day(date, same) for date, same in groupby(starts, lambda at_once: programme.get_day_of(at_once[0]))]
    if today is None or not programme.starts_on <= today <= programme.ends_on:
        return days
    return [day for day in days if day.date >= today] + [day for day in days if day.date < today]


def build_day(date, starts):
    """starts are the sessions of a day, those that start at the same time together."""
    slots, all_along = [], []
    for at_once in starts:
        timed = tuple(session for session in at_once if session.kind != PARALLEL_KIND)
        all_along += [session for session in at_once if session.kind == PARALLEL_KIND]
        if timed:
            slots.append(TimeSlot(timed[0].starts_at, timed))
    return AgendaDay(date, tuple(slots), tuple(all_along))


def get_current_sessions(programme: Programme, now):
    """The sessions that are on at this instant, cancelled ones aside."""
    return [s for s in programme.sessions if s.starts_at <= now < s.ends_at and not s.is_cancelled]


def get_next_sessions(programme: Programme, now):
    """The sessions that start next, all at the same time."""
    ahead = [s for s in programme.sessions if s.starts_at > now and not s.is_cancelled and s.kind != PARALLEL_KIND]
    return [s for s in ahead if s.starts_at == ahead[0].starts_at]
