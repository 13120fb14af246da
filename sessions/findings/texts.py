"""What is written: translations that are missing or behind, titles that stand twice, silence about a cancellation."""

from django.apps import apps
from django.utils.translation import gettext as _

from ..models import Participation, Room, Session, Theme
from ..text import LANGUAGES, fold
from ..translations import OPTIONAL, OTHERS
from .finding import Level, finding
from .registry import rule
from .words import listed


@rule
def missing_translation(draft):
    for part, model, is_public in _written(draft):
        missing = _missing(part.texts, model)
        if missing:
            level = Level.WARNS if is_public else Level.INFORMS
            words = {"name": part, "texts": listed(missing)}
            text = _("“%(name)s” is not translated in full. Missing: %(texts)s.") % words
            yield finding(level, "missing_translation", text, part)


@rule
def missing_translation_of_who_is_awaited(draft):
    for session in draft.sessions:
        texts = [{"placeholder": part.awaited} for part in session.parts if part.awaited]
        missing = {name for text in texts for name in _missing(text, Participation)}
        if missing:
            words = {"session": session, "texts": listed(sorted(missing))}
            text = _("Who is awaited in “%(session)s” is not translated. Missing: %(texts)s.") % words
            yield finding(Level.WARNS, "missing_translation_of_who_is_awaited", text, session)


@rule
def stale_translation(draft):
    for part, model, is_public in _written(draft):
        stale = _stale(part, model)
        if stale:
            level = Level.WARNS if is_public else Level.INFORMS
            words = {"name": part, "texts": listed(stale)}
            text = _("“%(name)s” was changed after it was translated. Look at: %(texts)s.") % words
            yield finding(level, "stale_translation", text, part)


@rule
def same_title_twice(draft):
    """Breaks are all called the same, and an exhibition may open every day."""
    groups = {}
    for session in draft.held:
        for title in {fold(title).strip() for title in session.title.by_language.values()}:
            groups.setdefault(title, []).append(session)
    # Two sessions that share both their titles are one finding, not one in each language.
    twice = {tuple(session.row.id for session in group): group for group in groups.values() if len(group) > 1}
    for group in twice.values():
        words = {"title": group[0], "times": listed(draft.when(session) for session in group)}
        text = _("More than one session is called “%(title)s”: %(times)s.") % words
        yield finding(Level.WARNS, "same_title_twice", text, *group)


@rule
def cancelled_without_a_notice(draft):
    for session in draft.sessions:
        if session.is_cancelled and not session.texts["notice"]:
            words = {"session": session, "when": draft.when(session)}
            text = _("“%(session)s” (%(when)s) is cancelled and no notice says why or what comes instead.") % words
            yield finding(Level.WARNS, "cancelled_without_a_notice", text, session)


def _written(draft):
    """Each part of the draft that has texts, with its model and whether publishing would show it."""
    speaker = apps.get_model("speakers.Speaker")
    yield from ((session, Session, True) for session in draft.sessions)
    yield from ((person, speaker, person.row.id in draft.on_stage) for person in draft.speakers)
    yield from ((room, Room, True) for room in draft.rooms)
    yield from ((theme, Theme, True) for theme in draft.themes)


def _missing(texts, model):
    """The columns that are empty in one language while another one has the text, as the forms name them."""
    optional = OPTIONAL.get(model._meta.label_lower, ())
    return [
        _column(model, name, language)
        for name, text in texts.items()
        if text and name not in optional
        for language in LANGUAGES
        if language not in text.by_language
    ]


def _stale(part, model):
    """The columns whose source has changed since; what is not translated at all cannot be behind."""
    return [
        _column(model, name, language)
        for name, text in part.texts.items()
        if name in part.stale
        for language in OTHERS
        if language in text.by_language
    ]


def _column(model, name, language):
    return str(model._meta.get_field(f"{name}_{language}").verbose_name)
