"""Names of kinds, formats, roles and languages, and sentences on the state of a session, in the active language."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from conference.core.i18n.languages import LANGUAGE_NAMES

from .models import Participation, Session, SessionLink

KIND_LABELS = dict(Session.Kind.choices)
FORMAT_LABELS = dict(Session.Format.choices)
ROLE_LABELS = dict(Participation.Role.choices)
LINK_LABELS = dict(SessionLink.Kind.choices)

# Shown on the page of a session that has no notice of its own, by status.
DEFAULT_NOTICES = {
    Session.Status.CANCELLED: _("This session will not take place."),
    Session.Status.TENTATIVE: _("Time, room and speakers of this session may still change."),
}

# By whether the change is published and whether it cancels the session.
CHANGE_LABELS = {
    (True, True): _("Cancelled in release %(number)s"),
    (True, False): _("Changed in release %(number)s"),
    (False, True): _("Cancelled, not published yet"),
    (False, False): _("Changed, not published yet"),
}


def get_label(labels: dict, code: str) -> str:
    """Return the label of a code; the code itself where a release of another version has one without a label."""
    return str(labels.get(code, code))


def join_language_names(codes: Iterable[str]) -> str:
    return ", ".join(get_label(LANGUAGE_NAMES, code) for code in codes)
