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

# The note under a session whose last change is of one kind.
CHANGE_SENTENCES = {
    ("cancelled",): _("Cancelled on %(date)s"),
    ("reinstated",): _("No longer cancelled since %(date)s"),
    ("confirmed",): _("Confirmed on %(date)s"),
    ("tentative",): _("Tentative since %(date)s"),
    ("time",): _("Time changed on %(date)s"),
    ("room",): _("Room changed on %(date)s"),
    ("time", "room"): _("Time and room changed on %(date)s"),
    ("title",): _("Title changed on %(date)s"),
    ("speakers",): _("Speakers changed on %(date)s"),
    ("languages",): _("Languages changed on %(date)s"),
    ("description",): _("Description changed on %(date)s"),
}
OTHER_CHANGES = _("Changed on %(date)s: %(aspects)s")
UNPUBLISHED_CANCELLATION = _("Cancelled, not published yet")
UNPUBLISHED_CHANGES = _("Changed, not published yet: %(aspects)s")
# The names of what changed, within a sentence.
ASPECT_NAMES = {
    "time": _("time"),
    "room": _("room"),
    "title": _("title"),
    "kind": _("kind"),
    "format": _("format"),
    "speakers": _("speakers"),
    "languages": _("languages"),
    "description": _("description"),
    "notice": _("notice"),
    "themes": _("themes"),
    "links": _("links"),
} | dict.fromkeys(("reinstated", "confirmed", "tentative"), _("status"))


def describe_change(aspects: tuple[str, ...], date: str) -> str:
    """Return the note under a session: "Time changed on 6 December"; aspects are those of a ChangeMarker."""
    return str(CHANGE_SENTENCES.get(aspects, OTHER_CHANGES)) % {"date": date, "aspects": join_aspects(aspects)}


def describe_unpublished_change(aspects: tuple[str, ...]) -> str:
    if aspects == ("cancelled",):
        return str(UNPUBLISHED_CANCELLATION)
    return str(UNPUBLISHED_CHANGES) % {"aspects": join_aspects(aspects)}


def join_aspects(aspects: Iterable[str]) -> str:
    return ", ".join(get_label(ASPECT_NAMES, aspect) for aspect in aspects)


def get_label(labels: dict, code: str) -> str:
    """Return the label of a code; the code itself where a release of another version has one without a label."""
    return str(labels.get(code, code))


def join_language_names(codes: Iterable[str]) -> str:
    return ", ".join(get_label(LANGUAGE_NAMES, code) for code in codes)
