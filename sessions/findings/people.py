"""Who is on stage: nobody in two places, nobody missing, nobody taken for granted."""

import datetime
from itertools import pairwise

from django.utils.translation import gettext as _

from ..models import Participation, Session
from .finding import Level, finding
from .overlaps import overlaps
from .registry import rule
from .words import listed

LEADING = frozenset([Participation.Role.CHAIR, Participation.Role.MODERATOR])
# Who gives a speech may leave after it, or come for it.
SPEAKING = frozenset([Participation.Role.KEYNOTE, Participation.Role.REMARKS])
TO_MOVE = datetime.timedelta(minutes=10)


@rule
def chair_in_two_places(draft):
    for speaker, first, second in _at_once(draft):
        if _leads(speaker, first) or _leads(speaker, second):
            words = _words(draft, speaker, first, second)
            text = _(
                "%(speaker)s chairs or moderates in two places at once: “%(first)s” (%(first_time)s) and “%(second)s” "
                "(%(second_time)s)."
            )
            yield finding(Level.BLOCKS, "chair_in_two_places", text % words, first, second, speaker)


@rule
def speaker_in_two_places(draft):
    for speaker, first, second in _at_once(draft):
        if _leads(speaker, first) or _leads(speaker, second):
            continue
        level = Level.WARNS if _only_speaks(speaker, first) or _only_speaks(speaker, second) else Level.BLOCKS
        words = _words(draft, speaker, first, second)
        text = _(
            "%(speaker)s is in two places at once: “%(first)s” (%(first_time)s) and “%(second)s” (%(second_time)s)."
        )
        yield finding(level, "speaker_in_two_places", text % words, first, second, speaker)


@rule
def no_time_to_move(draft):
    for speaker, sessions in draft.by_speaker:
        for first, second in pairwise(sessions):
            gap = second.starts_at - first.ends_at
            if datetime.timedelta(0) <= gap < TO_MOVE and _moves(speaker, first, second):
                words = _words(draft, speaker, first, second) | {"minutes": TO_MOVE.seconds // 60}
                words |= {"from_room": first.room, "to_room": second.room}
                text = _(
                    "%(speaker)s has less than %(minutes)s minutes to go from “%(first)s” (%(first_time)s, "
                    "%(from_room)s) to “%(second)s” (%(second_time)s, %(to_room)s)."
                )
                yield finding(Level.WARNS, "no_time_to_move", text % words, first, second, speaker)


@rule
def no_speakers(draft):
    for session in draft.held:
        if not session.parts:
            words = {"session": session, "when": draft.when(session)}
            text = _("Nobody is on stage yet in “%(session)s” (%(when)s).") % words
            yield finding(Level.WARNS, "no_speakers", text, session)


@rule
def unconfirmed_speakers(draft):
    """A tentative session says itself that it may change."""
    for session in draft.held:
        unsure = [speaker for speaker in session.speakers if not _has_agreed(speaker, session)]
        if unsure:
            level = Level.INFORMS if session.status == Session.Status.TENTATIVE else Level.WARNS
            words = {"session": session, "speakers": listed(unsure)}
            text = _("Not confirmed yet for “%(session)s”: %(speakers)s.") % words
            yield finding(level, "unconfirmed_speakers", text, session, *unsure)


@rule
def awaited_speakers(draft):
    for session in draft.held:
        awaited = [part.awaited for part in session.parts if part.speaker is None]
        if awaited:
            words = {"session": session, "awaited": listed(awaited, "; ")}
            text = _("Nobody is named yet in “%(session)s” for: %(awaited)s.") % words
            yield finding(Level.INFORMS, "awaited_speakers", text, session)


@rule
def no_chair(draft):
    for session in draft.held:
        leaderless = session.parts and not any(part.role in LEADING for part in session.parts)
        if leaderless and session.kind != Session.Kind.CEREMONY:
            words = {"session": session, "when": draft.when(session)}
            text = _("“%(session)s” (%(when)s) has neither a chair nor a moderator.") % words
            yield finding(Level.INFORMS, "no_chair", text, session)


@rule
def no_portrait(draft):
    for speaker in draft.speakers:
        if speaker.row.id in draft.in_sessions and not speaker.has_portrait:
            text = _("%(speaker)s has no portrait.") % {"speaker": speaker}
            yield finding(Level.INFORMS, "no_portrait", text, speaker)


@rule
def portrait_without_words(draft):
    for speaker in draft.speakers:
        if speaker.row.id in draft.in_sessions and speaker.has_portrait and not speaker.texts["portrait_alt"]:
            text = _("The portrait of %(speaker)s is not described for those who do not see it.")
            yield finding(Level.WARNS, "portrait_without_words", text % {"speaker": speaker}, speaker)


@rule
def no_biography(draft):
    for speaker in draft.speakers:
        if speaker.row.id in draft.in_sessions and not speaker.texts["biography"]:
            text = _("%(speaker)s has no biography.") % {"speaker": speaker}
            yield finding(Level.INFORMS, "no_biography", text, speaker)


def _at_once(draft):
    for speaker, sessions in draft.by_speaker:
        for first, second in overlaps(sessions):
            yield speaker, first, second


def _leads(speaker, session):
    return any(part.role in LEADING for part in session.parts_of(speaker))


def _only_speaks(speaker, session):
    return all(part.role in SPEAKING for part in session.parts_of(speaker))


def _has_agreed(speaker, session):
    return all(part.confirmed for part in session.parts_of(speaker))


def _moves(speaker, first, second):
    """Whether somebody has to walk: in person, from one room to another."""
    if first.room is None or second.room is None or first.room.row.id == second.room.row.id:
        return False
    by_video = any(part.online for session in (first, second) for part in session.parts_of(speaker))
    return not (by_video or first.room.online or second.room.online)


def _words(draft, speaker, first, second):
    return {
        "speaker": speaker,
        "first": first,
        "first_time": draft.when(first),
        "second": second,
        "second_time": draft.when(second),
    }
