"""Agenda layout: sessions grouped by day and start time."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from .programme import Programme, Session

# Exhibitions are open for the whole evening, so they are listed beside the time slots.
PARALLEL_KIND = "exhibition"


@dataclass(frozen=True, slots=True)
class TimeSlot:
    """Sessions that start at the same time, in the order of their rooms."""

    starts_at: datetime.datetime
    sessions: tuple[Session, ...]


@dataclass(frozen=True, slots=True)
class AgendaDay:
    """The time slots of one day, and the sessions in parallel to them."""

    date: datetime.date
    slots: tuple[TimeSlot, ...]
    parallel_sessions: tuple[Session, ...]


def build_agenda(
    programme: Programme, sessions: Iterable[Session], today: datetime.date | None = None
) -> list[AgendaDay]:
    """Return the days of the sessions, which are in the programme's order.

    During the conference today comes first, then the following days, then the days before.
    """
    groups = [tuple(group) for _start, group in groupby(sessions, attrgetter("starts_at"))]
    days = [
        build_day(date, same_day) for date, same_day in groupby(groups, lambda group: programme.get_day_of(group[0]))
    ]
    if today is None or not programme.starts_on <= today <= programme.ends_on:
        return days
    return [day for day in days if day.date >= today] + [day for day in days if day.date < today]


def build_day(date: datetime.date, groups: Iterable[tuple[Session, ...]]) -> AgendaDay:
    """Return one day; each group is the sessions of one start time."""
    slots, parallel = [], []
    for group in groups:
        timed = tuple(session for session in group if session.kind != PARALLEL_KIND)
        parallel += [session for session in group if session.kind == PARALLEL_KIND]
        if timed:
            slots.append(TimeSlot(timed[0].starts_at, timed))
    return AgendaDay(date, tuple(slots), tuple(parallel))


def get_current_sessions(programme: Programme, now: datetime.datetime) -> list[Session]:
    """Return the sessions that take place at this time, without cancelled ones."""
    return [s for s in programme.sessions if s.starts_at <= now < s.ends_at and not s.is_cancelled]


def get_next_sessions(programme: Programme, now: datetime.datetime) -> list[Session]:
    """Return the sessions of the next start time, without cancelled ones and exhibitions."""
    future = [s for s in programme.sessions if s.starts_at > now and not s.is_cancelled and s.kind != PARALLEL_KIND]
    return [s for s in future if s.starts_at == future[0].starts_at]
