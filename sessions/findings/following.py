"""Whether everybody can follow: the languages of the floor and of the audience."""

from django.utils.translation import gettext as _

from ..languages import NAMES
from .finding import Level, finding
from .registry import rule
from .words import listed


@rule
def no_interpretation(draft):
    for session in draft.held:
        missing = [code for code in draft.languages if code not in session.languages + session.interpretation]
        if session.languages and missing:
            words = {
                "session": session,
                "floor": _named(session.languages),
                "missing": _named(missing),
            }
            text = _("“%(session)s” is held in %(floor)s and has no interpretation into: %(missing)s.") % words
            yield finding(Level.WARNS, "no_interpretation", text, session)


@rule
def no_floor_language(draft):
    for session in draft.held:
        if not session.languages:
            text = _("It is not said in which language “%(session)s” is held.") % {"session": session}
            yield finding(Level.WARNS, "no_floor_language", text, session)


@rule
def audience_unknown(draft):
    if draft.held and not draft.languages:
        text = _("Say which languages the audience understands; interpretation can be checked only then.")
        yield finding(Level.INFORMS, "audience_unknown", text, draft)


def _named(codes):
    return listed(NAMES.get(code, code) for code in codes)
