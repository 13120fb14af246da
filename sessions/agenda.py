"""Agenda layout: sessions grouped by day and start time; the sessions that are on now and next."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from .programme import Programme, Session

# Exhibitions are open for the whole evening, so they are shown apart from the sessions that start with them.
PARALLEL_KIND = "exhibition"


@dataclass(frozen=True, slots=True)
class TimeSlot:
    """Sessions that start at the same time, in the order of their rooms; parallel ones last much longer."""

    starts_at: datetime.datetime
    sessions: tuple[Session, ...]
    parallel_sessions: tuple[Session, ...]

    @property
    def first_session(self) -> Session:
        return (self.sessions or self.parallel_sessions)[0]


@dataclass(frozen=True, slots=True)
class AgendaDay:
    """The time slots of one day."""

    date: datetime.date
    slots: tuple[TimeSlot, ...]


@dataclass(frozen=True, slots=True)
class NowAndNext:
    """The sessions that are on at a time, exhibitions last, and those of the next start time, today or later."""

    current: list[Session]
    next: list[Session]
    is_next_today: bool


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
    return AgendaDay(date, tuple(map(build_slot, groups)))


def build_slot(group: tuple[Session, ...]) -> TimeSlot:
    sessions = tuple(session for session in group if session.kind != PARALLEL_KIND)
    parallel_sessions = tuple(session for session in group if session.kind == PARALLEL_KIND)
    return TimeSlot(group[0].starts_at, sessions, parallel_sessions)


def is_on(session: Session, now: datetime.datetime) -> bool:
    """Return whether a session takes place at this time; a cancelled one never does."""
    return session.starts_at <= now < session.ends_at and not session.is_cancelled


def get_now_and_next(programme: Programme, now: datetime.datetime) -> NowAndNext:
    following = get_next_sessions(programme, now)
    today = now.astimezone(programme.time_zone).date()
    is_next_today = bool(following) and programme.get_day_of(following[0]) == today
    return NowAndNext(get_current_sessions(programme, now), following, is_next_today)


def get_current_sessions(programme: Programme, now: datetime.datetime) -> list[Session]:
    """Return the sessions that take place at this time, exhibitions last, without cancelled ones and breaks."""
    sessions = [session for session in programme.sessions if is_on(session, now) and not session.is_break]
    return sorted(sessions, key=lambda session: session.kind == PARALLEL_KIND)


def get_next_sessions(programme: Programme, now: datetime.datetime) -> list[Session]:
    """Return the sessions of the next start time, without cancelled ones, breaks and exhibitions."""
    future = [session for session in programme.sessions if session.starts_at > now and is_attended(session)]
    return [session for session in future if session.starts_at == future[0].starts_at]


def is_attended(session: Session) -> bool:
    """Return whether people come for the start of a session."""
    return not session.is_cancelled and not session.is_break and session.kind != PARALLEL_KIND
