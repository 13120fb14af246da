"""Who is on stage: nobody in two places, nobody missing, nobody taken for granted."""

import datetime
from itertools import pairwise

from django.utils.translation import gettext as _

from conference.core.regions import get_region

from ..models import Participation, Session
from .base import Severity, check, join_names, make_issue
from .schedule import find_overlaps

CHAIRING_ROLES = frozenset([Participation.Role.CHAIR, Participation.Role.MODERATOR])
# Who gives a speech may leave after it, or come for it.
SPEECH_ROLES = frozenset([Participation.Role.KEYNOTE, Participation.Role.REMARKS])
MIN_TRANSFER_TIME = datetime.timedelta(minutes=10)


@check
def chair_double_booked(draft):
    for speaker, first, second in find_speaker_overlaps(draft):
        if is_chairing(speaker, first) or is_chairing(speaker, second):
            words = build_overlap_params(draft, speaker, first, second)
            text = _(
                "%(speaker)s chairs or moderates two sessions at the same time: “%(first)s” "
                "(%(first_time)s) and “%(second)s” (%(second_time)s)."
            )
            yield make_issue(Severity.ERROR, "chair_in_two_places", text % words, first, second, speaker)


@check
def speaker_double_booked(draft):
    for speaker, first, second in find_speaker_overlaps(draft):
        if is_chairing(speaker, first) or is_chairing(speaker, second):
            continue
        level = (
            Severity.WARNING
            if is_only_giving_speech(speaker, first) or is_only_giving_speech(speaker, second)
            else Severity.ERROR
        )
        words = build_overlap_params(draft, speaker, first, second)
        text = _(
            "%(speaker)s is in two sessions at the same time: “%(first)s” (%(first_time)s) and "
            "“%(second)s” (%(second_time)s)."
        )
        yield make_issue(level, "speaker_in_two_places", text % words, first, second, speaker)


@check
def insufficient_transfer_time(draft):
    for speaker, sessions in draft.sessions_by_speaker:
        for first, second in pairwise(sessions):
            gap = second.starts_at - first.ends_at
            if datetime.timedelta(0) <= gap < MIN_TRANSFER_TIME and is_room_change(speaker, first, second):
                words = build_overlap_params(draft, speaker, first, second) | {
                    "minutes": MIN_TRANSFER_TIME.seconds // 60
                }
                words |= {"from_room": first.room, "to_room": second.room}
                text = _(
                    "%(speaker)s has less than %(minutes)s minutes between “%(first)s” (%(first_time)s, "
                    "%(from_room)s) and “%(second)s” (%(second_time)s, %(to_room)s)."
                )
                yield make_issue(Severity.WARNING, "no_time_to_move", text % words, first, second, speaker)


@check
def no_speakers(draft):
    for session in draft.attended_sessions:
        if not session.participations:
            words = {"session": session, "when": draft.format_time(session)}
            text = _("“%(session)s” (%(when)s) has no speakers yet.") % words
            yield make_issue(Severity.WARNING, "no_speakers", text, session)


@check
def unconfirmed_speakers(draft):
    """A tentative session says itself that it may change."""
    for session in draft.attended_sessions:
        unsure = [speaker for speaker in session.speakers if not has_confirmed(speaker, session)]
        if unsure:
            level = Severity.INFO if session.status == Session.Status.TENTATIVE else Severity.WARNING
            words = {"session": session, "speakers": join_names(unsure)}
            text = _("Speakers not confirmed for “%(session)s”: %(speakers)s.") % words
            yield make_issue(level, "unconfirmed_speakers", text, session, *unsure)


@check
def unnamed_speakers(draft):
    for session in draft.attended_sessions:
        awaited = [part.placeholder for part in session.participations if part.speaker is None]
        if awaited:
            words = {"session": session, "awaited": join_names(awaited, "; ")}
            text = _("Placeholders without a speaker in “%(session)s”: %(awaited)s.") % words
            yield make_issue(Severity.INFO, "awaited_speakers", text, session)


@check
def no_chair(draft):
    for session in draft.attended_sessions:
        leaderless = session.participations and not any(part.role in CHAIRING_ROLES for part in session.participations)
        if leaderless and session.kind != Session.Kind.CEREMONY:
            words = {"session": session, "when": draft.format_time(session)}
            text = _("“%(session)s” (%(when)s) has no chair or moderator.") % words
            yield make_issue(Severity.INFO, "no_chair", text, session)


@check
def no_portrait(draft):
    for speaker in draft.speakers:
        if speaker.row.id in draft.participating_speaker_ids and not speaker.has_portrait:
            text = _("%(speaker)s has no portrait.") % {"speaker": speaker}
            yield make_issue(Severity.INFO, "no_portrait", text, speaker)


@check
def portrait_without_alt_text(draft):
    for speaker in draft.speakers:
        if (
            speaker.row.id in draft.participating_speaker_ids
            and speaker.has_portrait
            and not speaker.texts["portrait_alt"]
        ):
            text = _("The portrait of %(speaker)s has no image description (alt text).")
            yield make_issue(Severity.WARNING, "portrait_without_words", text % {"speaker": speaker}, speaker)


@check
def no_biography(draft):
    for speaker in draft.speakers:
        if speaker.row.id in draft.participating_speaker_ids and not speaker.texts["biography"]:
            text = _("%(speaker)s has no biography.") % {"speaker": speaker}
            yield make_issue(Severity.INFO, "no_biography", text, speaker)


def find_speaker_overlaps(draft):
    for speaker, sessions in draft.sessions_by_speaker:
        for first, second in find_overlaps(sessions):
            yield speaker, first, second


def is_chairing(speaker, session):
    return any(part.role in CHAIRING_ROLES for part in session.get_participations_of(speaker))


def is_only_giving_speech(speaker, session):
    return all(part.role in SPEECH_ROLES for part in session.get_participations_of(speaker))


def has_confirmed(speaker, session):
    return all(part.confirmed for part in session.get_participations_of(speaker))


def is_room_change(speaker, first, second):
    """Whether somebody has to walk: in person, from one room to another."""
    if first.room is None or second.room is None or first.room.row.id == second.room.row.id:
        return False
    by_video = any(part.online for session in (first, second) for part in session.get_participations_of(speaker))
    return not (by_video or first.room.online or second.room.online)


def build_overlap_params(draft, speaker, first, second):
    return {
        "speaker": speaker,
        "first": first,
        "first_time": draft.format_time(first),
        "second": second,
        "second_time": draft.format_time(second),
    }


# Below this many, a panel says nothing about balance.
MIN_PANEL_SIZE = 3


@check
def one_gender(draft):
    """Only where half of the panel or more have stated a gender."""
    for session in draft.attended_sessions:
        stated = [speaker.gender for speaker in session.speakers if speaker.gender]
        if has_enough_data(stated, session) and len(set(stated)) == 1:
            text = _("All people in “%(session)s” with a stated gender have the same gender.")
            yield make_issue(Severity.INFO, "one_gender", text % {"session": session}, session)


@check
def one_region(draft):
    """Only where the country of half of the panel or more is known."""
    for session in draft.attended_sessions:
        known = [found for speaker in session.speakers if (found := get_region(speaker.country))]
        if has_enough_data(known, session) and len(set(known)) == 1:
            words = {"session": session, "region": known[0].label}
            text = _("All speakers in “%(session)s” with a known country are from the same regional group: %(region)s.")
            yield make_issue(Severity.INFO, "one_region", text % words, session)


def has_enough_data(known, session):
    awaited = sum(part.speaker is None for part in session.participations)
    return len(known) >= MIN_PANEL_SIZE and 2 * len(known) >= len(session.speakers) + awaited
