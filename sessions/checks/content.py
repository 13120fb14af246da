"""What is written: translations that are missing or behind, titles that stand twice, silence about a cancellation."""

from django.apps import apps
from django.utils.translation import gettext as _

from conference.core.languages import LANGUAGE_NAMES
from conference.core.text import LANGUAGES, normalize_for_search
from conference.core.translations import TARGET_LANGUAGES

from ..models import Participation, Room, Session, Theme
from .base import Severity, check, join_names, make_issue


@check
def missing_translation(draft):
    for part, model, is_public in iterate_translated_objects(draft):
        missing = list_missing_columns(part.texts, model)
        if missing:
            level = Severity.WARNING if is_public else Severity.INFO
            words = {"name": part, "texts": join_names(missing)}
            text = _("The translation of “%(name)s” is incomplete. Missing: %(texts)s.") % words
            yield make_issue(level, "missing_translation", text, part)


@check
def missing_placeholder_translation(draft):
    for session in draft.sessions:
        texts = [{"placeholder": part.placeholder} for part in session.participations if part.placeholder]
        missing = {name for text in texts for name in list_missing_columns(text, Participation)}
        if missing:
            words = {"session": session, "texts": join_names(sorted(missing))}
            text = _("The placeholder in “%(session)s” is not translated. Missing: %(texts)s.") % words
            yield make_issue(Severity.WARNING, "missing_translation_of_who_is_awaited", text, session)


@check
def stale_translation(draft):
    for part, model, is_public in iterate_translated_objects(draft):
        stale = list_stale_columns(part, model)
        if stale:
            level = Severity.WARNING if is_public else Severity.INFO
            words = {"name": part, "texts": join_names(stale)}
            text = _("“%(name)s” was changed after it was translated. Check: %(texts)s.") % words
            yield make_issue(level, "stale_translation", text, part)


@check
def duplicate_title(draft):
    """Breaks are all called the same, and an exhibition may open every day."""
    groups = {}
    for session in draft.attended_sessions:
        for title in {normalize_for_search(title).strip() for title in session.title.by_language.values()}:
            groups.setdefault(title, []).append(session)
    # Two sessions that share both their titles are one finding, not one in each language.
    twice = {tuple(session.row.id for session in group): group for group in groups.values() if len(group) > 1}
    for group in twice.values():
        words = {"title": group[0], "times": join_names(draft.format_time(session) for session in group)}
        text = _("Several sessions have the title “%(title)s”: %(times)s.") % words
        yield make_issue(Severity.WARNING, "same_title_twice", text, *group)


@check
def cancelled_without_notice(draft):
    for session in draft.sessions:
        if session.is_cancelled and not session.texts["notice"]:
            words = {"session": session, "when": draft.format_time(session)}
            text = _("“%(session)s” (%(when)s) is cancelled but has no notice.") % words
            yield make_issue(Severity.WARNING, "cancelled_without_a_notice", text, session)


def iterate_translated_objects(draft):
    """Each part of the draft that has texts, with its model and whether publishing would show it."""
    speaker = apps.get_model("speakers.Speaker")
    yield from ((session, Session, True) for session in draft.sessions)
    yield from ((person, speaker, person.row.id in draft.listed_speaker_ids) for person in draft.speakers)
    yield from ((room, Room, True) for room in draft.rooms)
    yield from ((theme, Theme, True) for theme in draft.themes)


def list_missing_columns(texts, model):
    """The columns that are empty in one language while another one has the text, as the forms name them."""
    optional = getattr(model, "optional_translations", ())
    return [
        get_column_label(model, name, language)
        for name, text in texts.items()
        if text and name not in optional
        for language in LANGUAGES
        if language not in text.by_language
    ]


def list_stale_columns(part, model):
    """The columns whose source has changed since; what is not translated at all cannot be behind."""
    return [
        get_column_label(model, name, language)
        for name, text in part.texts.items()
        if name in part.stale_translations
        for language in TARGET_LANGUAGES
        if language in text.by_language
    ]


def get_column_label(model, name, language):
    return str(model._meta.get_field(f"{name}_{language}").verbose_name)


@check
def no_interpretation(draft):
    for session in draft.attended_sessions:
        missing = [code for code in draft.languages if code not in session.languages + session.interpretation]
        if session.languages and missing:
            words = {
                "session": session,
                "floor": format_language_names(session.languages),
                "missing": format_language_names(missing),
            }
            text = _("“%(session)s” is held in %(floor)s. No interpretation into: %(missing)s.") % words
            yield make_issue(Severity.WARNING, "no_interpretation", text, session)


@check
def no_floor_language(draft):
    for session in draft.attended_sessions:
        if not session.languages:
            text = _("“%(session)s” has no language.") % {"session": session}
            yield make_issue(Severity.WARNING, "no_floor_language", text, session)


@check
def audience_languages_unset(draft):
    if draft.attended_sessions and not draft.languages:
        text = _("Enter the audience languages. Interpretation cannot be checked without them.")
        yield make_issue(Severity.INFO, "audience_unknown", text, draft)


def format_language_names(codes):
    return join_names(LANGUAGE_NAMES.get(code, code) for code in codes)
