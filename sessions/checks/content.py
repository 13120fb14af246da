"""Checks of texts and languages: translations, titles, notices and interpretation."""

from collections.abc import Iterable, Iterator

from django.db.models import Model
from django.utils.translation import gettext as _

from conference.core.i18n.languages import LANGUAGE_NAMES
from conference.core.i18n.text import LANGUAGES, normalize_for_search
from conference.core.i18n.translations import TARGET_LANGUAGES
from speakers.models import Speaker

from ..models import Participation, Room, Session, Theme
from .base import Severity, check, join_names
from .draft import DraftProgramme


@check
def missing_translation(draft: DraftProgramme) -> Iterator[tuple]:
    for item, model, is_public in iterate_translated_objects(draft):
        missing = list_missing_columns(item.texts, model)
        if missing:
            severity = Severity.WARNING if is_public else Severity.INFO
            text = _("The translation of “%(name)s” is incomplete. Missing: %(texts)s.")
            yield severity, text % {"name": item, "texts": join_names(missing)}, item


@check
def missing_placeholder_translation(draft: DraftProgramme) -> Iterator[tuple]:
    for session in draft.sessions:
        texts = [{"placeholder": entry.placeholder} for entry in session.participations if entry.placeholder]
        missing = {name for text in texts for name in list_missing_columns(text, Participation)}
        if missing:
            text = _("The placeholder in “%(session)s” is not translated. Missing: %(texts)s.")
            yield Severity.WARNING, text % {"session": session, "texts": join_names(sorted(missing))}, session


@check
def stale_translation(draft: DraftProgramme) -> Iterator[tuple]:
    for item, model, is_public in iterate_translated_objects(draft):
        stale = list_stale_columns(item, model)
        if stale:
            severity = Severity.WARNING if is_public else Severity.INFO
            text = _("“%(name)s” was changed after it was translated. Check: %(texts)s.")
            yield severity, text % {"name": item, "texts": join_names(stale)}, item


@check
def duplicate_title(draft: DraftProgramme) -> Iterator[tuple]:
    """Report attended sessions with the same title; breaks and exhibitions may repeat theirs."""
    groups: dict[str, list] = {}
    for session in draft.attended_sessions:
        for title in {normalize_for_search(title).strip() for title in session.title.by_language.values()}:
            groups.setdefault(title, []).append(session)
    # Sessions that share their titles in both languages make one issue, not one per language.
    duplicates = {tuple(session.row.id for session in group): group for group in groups.values() if len(group) > 1}
    for group in duplicates.values():
        times = join_names(draft.format_time(session) for session in group)
        text = _("Several sessions have the title “%(title)s”: %(times)s.")
        yield Severity.WARNING, text % {"title": group[0], "times": times}, *group


@check
def cancelled_without_notice(draft: DraftProgramme) -> Iterator[tuple]:
    for session in draft.sessions:
        if session.is_cancelled and not session.texts["notice"]:
            text = _("“%(session)s” (%(when)s) is cancelled but has no notice.")
            yield Severity.WARNING, text % {"session": session, "when": draft.format_time(session)}, session


@check
def no_interpretation(draft: DraftProgramme) -> Iterator[tuple]:
    for session in draft.attended_sessions:
        missing = [code for code in draft.languages if code not in session.languages + session.interpretation]
        if session.languages and missing:
            text = _("“%(session)s” is held in %(floor)s. No interpretation into: %(missing)s.") % {
                "session": session,
                "floor": format_language_names(session.languages),
                "missing": format_language_names(missing),
            }
            yield Severity.WARNING, text, session


@check
def no_floor_language(draft: DraftProgramme) -> Iterator[tuple]:
    for session in draft.attended_sessions:
        if not session.languages:
            yield Severity.WARNING, _("“%(session)s” has no language.") % {"session": session}, session


@check
def audience_languages_unset(draft: DraftProgramme) -> Iterator[tuple]:
    if draft.attended_sessions and not draft.languages:
        text = _("Enter the audience languages. Interpretation cannot be checked without them.")
        yield Severity.INFO, text, draft


def iterate_translated_objects(draft: DraftProgramme) -> Iterator[tuple]:
    """Yield (object, its model, whether publishing would show it) for each object of the draft that has texts."""
    yield from ((session, Session, True) for session in draft.sessions)
    yield from ((speaker, Speaker, speaker.row.id in draft.listed_speaker_ids) for speaker in draft.speakers)
    yield from ((room, Room, True) for room in draft.rooms)
    yield from ((theme, Theme, True) for theme in draft.themes)


def list_missing_columns(texts, model: type[Model]) -> list[str]:
    """Return the labels of columns that are empty in one language and filled in another."""
    optional = getattr(model, "optional_translations", ())
    return [
        get_column_label(model, name, language)
        for name, text in texts.items()
        if text and name not in optional
        for language in LANGUAGES
        if language not in text.by_language
    ]


def list_stale_columns(item, model: type[Model]) -> list[str]:
    """Return the labels of translated columns whose source text changed after the translation."""
    return [
        get_column_label(model, name, language)
        for name, text in item.texts.items()
        if name in item.stale_translations
        for language in TARGET_LANGUAGES
        if language in text.by_language
    ]


def get_column_label(model: type[Model], name: str, language: str) -> str:
    return str(model._meta.get_field(f"{name}_{language}").verbose_name)


def format_language_names(codes: Iterable[str]) -> str:
    return join_names(LANGUAGE_NAMES.get(code, code) for code in codes)
