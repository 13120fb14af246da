"""When and where: two sessions in one room, and sessions at hours or in places that cannot be meant."""

from django.utils.translation import gettext as _

from ..models import Session
from .base import Severity, check, make_issue

MINUTES_PER_DAY = 24 * 60
DROP_IN_KINDS = {Session.Kind.EXHIBITION, Session.Kind.BREAK}


@check
def end_before_start(draft):
    for session in draft.sessions:
        if session.ends_at <= session.starts_at:
            words = {"session": session, "when": draft.format_time(session)}
            text = _("“%(session)s” ends before it starts (%(when)s).") % words
            yield make_issue(Severity.ERROR, "end_before_start", text, session)


@check
def room_double_booked(draft):
    """Only sessions that are held need a room to themselves. An exhibition or a break in the same room may be meant and
    is asked about; a break in an exhibition is how exhibitions are visited."""
    for room, sessions in draft.sessions_by_room:
        for first, second in find_overlaps(
            sessions, lambda session: session.kind if not session.is_attended else "held"
        ):
            if {first.kind, second.kind} == DROP_IN_KINDS:
                continue
            level = Severity.ERROR if first.is_attended and second.is_attended else Severity.WARNING
            words = {"room": room} | build_pair_params(draft, first, second)
            text = _("“%(first)s” (%(first_time)s) and “%(second)s” (%(second_time)s) are both in %(room)s.") % words
            yield make_issue(level, "room_double_booked", text, first, second, room)


@check
def outside_conference_dates(draft):
    first, last = draft.starts_on.toordinal() * MINUTES_PER_DAY, (draft.ends_on.toordinal() + 1) * MINUTES_PER_DAY
    for session in draft.active_sessions:
        if (
            to_absolute_minute(draft.to_local_time(session.starts_at)) < first
            or to_absolute_minute(draft.to_local_time(session.ends_at)) > last
        ):
            words = {"session": session, "when": draft.format_time(session)}
            text = _("“%(session)s” (%(when)s) is outside the dates of the conference.") % words
            yield make_issue(Severity.WARNING, "outside_the_dates", text, session, draft)


@check
def outside_room_hours(draft):
    for session in draft.active_sessions:
        if session.room and not is_room_open(
            session.room, draft.to_local_time(session.starts_at), draft.to_local_time(session.ends_at)
        ):
            words = {"session": session, "when": draft.format_time(session), "room": session.room}
            text = _("“%(session)s” (%(when)s) is outside the opening hours of %(room)s.") % words
            yield make_issue(Severity.WARNING, "outside_the_rooms_hours", text, session, session.room)


@check
def no_room(draft):
    for session in draft.active_sessions:
        if session.kind != Session.Kind.BREAK and session.format != Session.Format.ONLINE and session.room is None:
            words = {"session": session, "when": draft.format_time(session)}
            yield make_issue(
                Severity.WARNING, "no_room", _("“%(session)s” (%(when)s) has no room yet.") % words, session
            )


def build_pair_params(draft, first, second):
    return {
        "first": first,
        "first_time": draft.format_time(first),
        "second": second,
        "second_time": draft.format_time(second),
    }


def is_room_open(room, start, end):
    """Whether a room's hours, those of the day or of the evening before, hold all of the time."""
    if room.opens_at is None and room.closes_at is None:
        return True
    opens = to_minute_of_day(room.opens_at) if room.opens_at else 0
    closes = to_minute_of_day(room.closes_at) if room.closes_at else MINUTES_PER_DAY
    if closes <= opens:
        closes += MINUTES_PER_DAY
    today = start.toordinal() * MINUTES_PER_DAY
    days = (today, today - MINUTES_PER_DAY)
    return any(day + opens <= to_absolute_minute(start) and to_absolute_minute(end) <= day + closes for day in days)


# Moments as minutes on the wall clock: no calendar ends too early for them, and no clock changes.


def to_absolute_minute(moment):
    return moment.toordinal() * MINUTES_PER_DAY + to_minute_of_day(moment)


def to_minute_of_day(time):
    return time.hour * 60 + time.minute


def find_overlaps(sessions, group=lambda session: None):
    """Pairs of an earlier and a later session; sessions are in order of start.

    Each session is set against the one that runs longest among those begun before it, one of each group. So there are
    never more pairs than sessions times groups, however many meet at one hour, and yet each session that overlaps
    another one of its group is in some pair.
    """
    running = {}
    for session in sessions:
        for other in running.values():
            if other.ends_at > session.starts_at:
                yield other, session
        longest = running.get(group(session))
        if longest is None or session.ends_at > longest.ends_at:
            running[group(session)] = session
