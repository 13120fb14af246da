"""Checks of speakers: overlapping commitments, confirmations, profiles and the balance of panels."""

import datetime
from collections.abc import Iterator
from itertools import pairwise

from django.utils.translation import gettext as _

from conference.core.i18n.regions import get_region

from ..models import Participation, Session
from .base import Severity, check, join_names
from .draft import DraftProgramme, DraftSession, DraftSpeaker
from .schedule import build_pair_params, find_overlaps

CHAIRING_ROLES = frozenset([Participation.Role.CHAIR, Participation.Role.MODERATOR])
# People who only give a speech often attend only for a short time.
SPEECH_ROLES = frozenset([Participation.Role.KEYNOTE, Participation.Role.REMARKS])
MIN_TRANSFER_TIME = datetime.timedelta(minutes=10)
# Balance is not checked for smaller panels.
MIN_PANEL_SIZE = 3


@check
def chair_double_booked(draft: DraftProgramme) -> Iterator[tuple]:
    for speaker, first, second in find_speaker_overlaps(draft):
        if is_chairing(speaker, first) and is_chairing(speaker, second):
            text = _(
                "%(speaker)s chairs or moderates two sessions at the same time: “%(first)s” "
                "(%(first_time)s) and “%(second)s” (%(second_time)s)."
            )
            params = build_pair_params(draft, first, second) | {"speaker": speaker}
            yield Severity.ERROR, text % params, first, second, speaker


@check
def speaker_double_booked(draft: DraftProgramme) -> Iterator[tuple]:
    for speaker, first, second in find_speaker_overlaps(draft):
        if is_chairing(speaker, first) and is_chairing(speaker, second):
            continue
        gives_speech = is_only_giving_speech(speaker, first) or is_only_giving_speech(speaker, second)
        text = _(
            "%(speaker)s is in two sessions at the same time: “%(first)s” (%(first_time)s) and "
            "“%(second)s” (%(second_time)s)."
        )
        params = build_pair_params(draft, first, second) | {"speaker": speaker}
        yield Severity.WARNING if gives_speech else Severity.ERROR, text % params, first, second, speaker


@check
def insufficient_transfer_time(draft: DraftProgramme) -> Iterator[tuple]:
    for speaker, sessions in draft.sessions_by_speaker:
        for first, second in pairwise(sessions):
            gap = second.starts_at - first.ends_at
            if not datetime.timedelta(0) <= gap < MIN_TRANSFER_TIME or not is_room_change(speaker, first, second):
                continue
            text = _(
                "%(speaker)s has less than %(minutes)s minutes between “%(first)s” (%(first_time)s, "
                "%(from_room)s) and “%(second)s” (%(second_time)s, %(to_room)s)."
            )
            params = build_pair_params(draft, first, second) | {
                "speaker": speaker,
                "minutes": MIN_TRANSFER_TIME.seconds // 60,
                "from_room": first.room,
                "to_room": second.room,
            }
            yield Severity.WARNING, text % params, first, second, speaker


@check
def no_speakers(draft: DraftProgramme) -> Iterator[tuple]:
    for session in draft.attended_sessions:
        if not session.participations:
            text = _("“%(session)s” (%(when)s) has no speakers yet.")
            yield Severity.WARNING, text % {"session": session, "when": draft.format_time(session)}, session


@check
def unconfirmed_speakers(draft: DraftProgramme) -> Iterator[tuple]:
    """Report speakers who have not confirmed: a warning, but only a note for a tentative session."""
    for session in draft.attended_sessions:
        unconfirmed = [speaker for speaker in session.speakers if not has_confirmed(speaker, session)]
        if unconfirmed:
            severity = Severity.INFO if session.is_tentative else Severity.WARNING
            text = _("Speakers not confirmed for “%(session)s”: %(speakers)s.")
            yield severity, text % {"session": session, "speakers": join_names(unconfirmed)}, session, *unconfirmed


@check
def unnamed_speakers(draft: DraftProgramme) -> Iterator[tuple]:
    for session in draft.attended_sessions:
        placeholders = [entry.placeholder for entry in session.participations if entry.speaker is None]
        if placeholders:
            text = _("Placeholders without a speaker in “%(session)s”: %(placeholders)s.")
            yield Severity.INFO, text % {"session": session, "placeholders": join_names(placeholders, "; ")}, session


@check
def no_chair(draft: DraftProgramme) -> Iterator[tuple]:
    for session in draft.attended_sessions:
        roles = {entry.role for entry in session.participations}
        if roles and not roles & CHAIRING_ROLES and session.kind != Session.Kind.CEREMONY:
            text = _("“%(session)s” (%(when)s) has no chair or moderator.")
            yield Severity.INFO, text % {"session": session, "when": draft.format_time(session)}, session


@check
def no_portrait(draft: DraftProgramme) -> Iterator[tuple]:
    for speaker in draft.participating_speakers:
        if not speaker.has_portrait:
            yield Severity.INFO, _("%(speaker)s has no portrait.") % {"speaker": speaker}, speaker


@check
def portrait_without_alt_text(draft: DraftProgramme) -> Iterator[tuple]:
    for speaker in draft.participating_speakers:
        if speaker.has_portrait and not speaker.texts["portrait_alt"]:
            text = _("The portrait of %(speaker)s has no image description (alt text).")
            yield Severity.WARNING, text % {"speaker": speaker}, speaker


@check
def no_biography(draft: DraftProgramme) -> Iterator[tuple]:
    for speaker in draft.participating_speakers:
        if not speaker.texts["biography"]:
            yield Severity.INFO, _("%(speaker)s has no biography.") % {"speaker": speaker}, speaker


@check
def one_gender(draft: DraftProgramme) -> Iterator[tuple]:
    """Report panels of one gender if at least half of the panel have stated theirs."""
    for session in draft.attended_sessions:
        genders = [speaker.gender for speaker in session.speakers if speaker.gender]
        if has_enough_data(genders, session) and len(set(genders)) == 1:
            text = _("All people in “%(session)s” with a stated gender have the same gender.")
            yield Severity.INFO, text % {"session": session}, session


@check
def one_region(draft: DraftProgramme) -> Iterator[tuple]:
    """Report panels of one regional group if the country of at least half of the panel is known."""
    for session in draft.attended_sessions:
        regions = [region for speaker in session.speakers if (region := get_region(speaker.country))]
        if has_enough_data(regions, session) and len(set(regions)) == 1:
            text = _("All speakers in “%(session)s” with a known country are from the same regional group: %(region)s.")
            yield Severity.INFO, text % {"session": session, "region": regions[0].label}, session


def find_speaker_overlaps(draft: DraftProgramme) -> Iterator[tuple]:
    """Yield a speaker and two overlapping attended sessions of this speaker."""
    for speaker, sessions in draft.sessions_by_speaker:
        for first, second in find_overlaps(sessions):
            yield speaker, first, second


def is_chairing(speaker: DraftSpeaker, session: DraftSession) -> bool:
    return any(entry.role in CHAIRING_ROLES for entry in session.get_participations_of(speaker))


def is_only_giving_speech(speaker: DraftSpeaker, session: DraftSession) -> bool:
    return all(entry.role in SPEECH_ROLES for entry in session.get_participations_of(speaker))


def has_confirmed(speaker: DraftSpeaker, session: DraftSession) -> bool:
    return all(entry.confirmed for entry in session.get_participations_of(speaker))


def is_room_change(speaker: DraftSpeaker, first: DraftSession, second: DraftSession) -> bool:
    """Return whether the speaker attends both sessions in person, in different rooms."""
    if first.room is None or second.room is None or first.room.row.id == second.room.row.id:
        return False
    is_remote = any(entry.online for session in (first, second) for entry in session.get_participations_of(speaker))
    return not (is_remote or first.room.online or second.room.online)


def has_enough_data(values: list, session: DraftSession) -> bool:
    """Return whether values are known for three people and for half of the panel, placeholders included."""
    placeholders = sum(entry.speaker is None for entry in session.participations)
    return len(values) >= MIN_PANEL_SIZE and 2 * len(values) >= len(session.speakers) + placeholders
