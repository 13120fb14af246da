"""Checks of times and rooms: overlapping sessions, dates and opening hours."""

import datetime
from collections.abc import Callable, Iterator

from django.utils.translation import gettext as _

from ..models import Session
from .base import Severity, check
from .draft import DraftProgramme, DraftRoom, DraftSession

MINUTES_PER_DAY = 24 * 60
DROP_IN_KINDS = {Session.Kind.EXHIBITION, Session.Kind.BREAK}


@check
def end_before_start(draft: DraftProgramme) -> Iterator[tuple]:
    for session in draft.sessions:
        if session.ends_at <= session.starts_at:
            text = _("“%(session)s” ends before it starts (%(when)s).")
            yield Severity.ERROR, text % {"session": session, "when": draft.format_time(session)}, session


@check
def room_double_booked(draft: DraftProgramme) -> Iterator[tuple]:
    """Report overlapping sessions in one room: an error if both are attended, otherwise a warning.

    A break in an exhibition is normal and not reported.
    """
    for room, sessions in draft.sessions_by_room:
        for first, second in find_overlaps(sessions, get_overlap_group):
            if {first.kind, second.kind} == DROP_IN_KINDS:
                continue
            severity = Severity.ERROR if first.is_attended and second.is_attended else Severity.WARNING
            text = _("“%(first)s” (%(first_time)s) and “%(second)s” (%(second_time)s) are both in %(room)s.")
            yield severity, text % ({"room": room} | build_pair_params(draft, first, second)), first, second, room


@check
def outside_conference_dates(draft: DraftProgramme) -> Iterator[tuple]:
    first = draft.starts_on.toordinal() * MINUTES_PER_DAY
    last = (draft.ends_on.toordinal() + 1) * MINUTES_PER_DAY
    for session in draft.active_sessions:
        start, end = (to_absolute_minute(time) for time in draft.get_local_times(session))
        if start < first or end > last:
            text = _("“%(session)s” (%(when)s) is outside the dates of the conference.")
            yield Severity.WARNING, text % {"session": session, "when": draft.format_time(session)}, session, draft


@check
def outside_room_hours(draft: DraftProgramme) -> Iterator[tuple]:
    for session in draft.active_sessions:
        if session.room and not is_room_open(session.room, *draft.get_local_times(session)):
            params = {"session": session, "when": draft.format_time(session), "room": session.room}
            text = _("“%(session)s” (%(when)s) is outside the opening hours of %(room)s.")
            yield Severity.WARNING, text % params, session, session.room


@check
def no_room(draft: DraftProgramme) -> Iterator[tuple]:
    for session in draft.active_sessions:
        needs_room = session.kind != Session.Kind.BREAK and session.format != Session.Format.ONLINE
        if needs_room and session.room is None:
            text = _("“%(session)s” (%(when)s) has no room yet.")
            yield Severity.WARNING, text % {"session": session, "when": draft.format_time(session)}, session


def get_overlap_group(session: DraftSession) -> str:
    """Return "attended" or the kind of session, so that an attended session is compared with each kind."""
    return "attended" if session.is_attended else session.kind


def build_pair_params(draft: DraftProgramme, first: DraftSession, second: DraftSession) -> dict:
    return {
        "first": first,
        "first_time": draft.format_time(first),
        "second": second,
        "second_time": draft.format_time(second),
    }


def is_room_open(room: DraftRoom, start: datetime.datetime, end: datetime.datetime) -> bool:
    """Return whether the room is open for the whole time; its hours may end after midnight."""
    if room.opens_at is None and room.closes_at is None:
        return True
    opens = to_minute_of_day(room.opens_at) if room.opens_at else 0
    closes = to_minute_of_day(room.closes_at) if room.closes_at else MINUTES_PER_DAY
    if closes <= opens:
        closes += MINUTES_PER_DAY
    today = start.toordinal() * MINUTES_PER_DAY
    days = (today, today - MINUTES_PER_DAY)
    return any(day + opens <= to_absolute_minute(start) and to_absolute_minute(end) <= day + closes for day in days)


def to_absolute_minute(time: datetime.datetime) -> int:
    """Return the local time as minutes since the year 1, which neither overflows nor jumps with summer time."""
    return time.toordinal() * MINUTES_PER_DAY + to_minute_of_day(time)


def to_minute_of_day(time: datetime.datetime | datetime.time) -> int:
    return time.hour * 60 + time.minute


def find_overlaps(sessions, get_group: Callable = lambda session: None) -> Iterator[tuple]:
    """Yield pairs of an earlier and a later session that overlap; sessions are sorted by start.

    Each session is compared only with the longest-running earlier session of each group. So there are at most as many
    pairs as sessions times groups, and each session that overlaps another one of its group is in at least one pair.
    """
    running: dict = {}
    for session in sessions:
        for other in running.values():
            if other.ends_at > session.starts_at:
                yield other, session
        longest = running.get(get_group(session))
        if longest is None or session.ends_at > longest.ends_at:
            running[get_group(session)] = session
