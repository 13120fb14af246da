"""When and where: two sessions in one room, and sessions at hours or in places that cannot be meant."""

from django.utils.translation import gettext as _

from ..models import Session
from .finding import Level, finding
from .overlaps import overlaps
from .registry import rule

MINUTES_OF_A_DAY = 24 * 60
OPEN_TO_ALL = {Session.Kind.EXHIBITION, Session.Kind.BREAK}


@rule
def end_before_start(draft):
    for session in draft.sessions:
        if session.ends_at <= session.starts_at:
            words = {"session": session, "when": draft.when(session)}
            text = _("“%(session)s” ends before it starts (%(when)s).") % words
            yield finding(Level.BLOCKS, "end_before_start", text, session)


@rule
def room_double_booked(draft):
    """Only sessions that are held need a room to themselves. An exhibition or a break in the same room may be meant and
    is asked about; a break in an exhibition is how exhibitions are visited."""
    for room, sessions in draft.by_room:
        for first, second in overlaps(sessions, lambda session: session.kind if not session.is_held else "held"):
            if {first.kind, second.kind} == OPEN_TO_ALL:
                continue
            level = Level.BLOCKS if first.is_held and second.is_held else Level.WARNS
            words = {"room": room} | _both(draft, first, second)
            text = _("“%(first)s” (%(first_time)s) and “%(second)s” (%(second_time)s) are both in %(room)s.") % words
            yield finding(level, "room_double_booked", text, first, second, room)


@rule
def outside_the_dates(draft):
    first, last = draft.starts_on.toordinal() * MINUTES_OF_A_DAY, (draft.ends_on.toordinal() + 1) * MINUTES_OF_A_DAY
    for session in draft.taking_place:
        if _minute(draft.local(session.starts_at)) < first or _minute(draft.local(session.ends_at)) > last:
            words = {"session": session, "when": draft.when(session)}
            text = _("“%(session)s” (%(when)s) is outside the dates of the conference.") % words
            yield finding(Level.WARNS, "outside_the_dates", text, session, draft)


@rule
def outside_the_rooms_hours(draft):
    for session in draft.taking_place:
        if session.room and not _is_open(session.room, draft.local(session.starts_at), draft.local(session.ends_at)):
            words = {"session": session, "when": draft.when(session), "room": session.room}
            text = _("“%(session)s” (%(when)s) is at an hour when %(room)s is closed.") % words
            yield finding(Level.WARNS, "outside_the_rooms_hours", text, session, session.room)


@rule
def no_room(draft):
    for session in draft.taking_place:
        if session.kind != Session.Kind.BREAK and session.format != Session.Format.ONLINE and session.room is None:
            words = {"session": session, "when": draft.when(session)}
            yield finding(Level.WARNS, "no_room", _("“%(session)s” (%(when)s) has no room yet.") % words, session)


def _both(draft, first, second):
    return {
        "first": first,
        "first_time": draft.when(first),
        "second": second,
        "second_time": draft.when(second),
    }


def _is_open(room, start, end):
    """Whether a room's hours, those of the day or of the evening before, hold all of the time."""
    if room.opens_at is None and room.closes_at is None:
        return True
    opens = _of_day(room.opens_at) if room.opens_at else 0
    closes = _of_day(room.closes_at) if room.closes_at else MINUTES_OF_A_DAY
    if closes <= opens:
        closes += MINUTES_OF_A_DAY
    today = start.toordinal() * MINUTES_OF_A_DAY
    days = (today, today - MINUTES_OF_A_DAY)
    return any(day + opens <= _minute(start) and _minute(end) <= day + closes for day in days)


# Moments as minutes on the wall clock: no calendar ends too early for them, and no clock changes.


def _minute(moment):
    return moment.toordinal() * MINUTES_OF_A_DAY + _of_day(moment)


def _of_day(time):
    return time.hour * 60 + time.minute
