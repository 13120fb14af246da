"""What a check says: how serious it is, in a sentence, and about which rows."""

from dataclasses import dataclass
from enum import IntEnum

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

CHANGE_URL_NAMES = {
    "session": "admin:programme_session_change",
    "room": "admin:programme_room_change",
    "theme": "admin:programme_theme_change",
    "speaker": "admin:speakers_speaker_change",
    "conference": "admin:conference_conference_change",
}


class Severity(IntEnum):
    """The worst first, as lists are sorted. label and sign say the same in words and at a glance."""

    ERROR = 1
    WARNING = 2
    INFO = 3

    @property
    def label(self):
        return SEVERITY_LABELS[self]

    @property
    def symbol(self):
        return SEVERITY_SYMBOLS[self]

    @property
    def slug(self):
        return self.name.lower()

    def lowered(self):
        """One level milder; the mildest stays."""
        return Severity(min(self + 1, Severity.INFO))


SEVERITY_LABELS = {
    Severity.ERROR: _("Blocks publishing"),
    Severity.WARNING: _("Warning"),
    Severity.INFO: _("Note"),
}
SEVERITY_SYMBOLS = {Severity.ERROR: "✕", Severity.WARNING: "!", Severity.INFO: "i"}


@dataclass(frozen=True, slots=True)
class RowReference:
    """A row of the editing tables; kind is a key of CHANGE_FORMS, id its primary key as text."""

    kind: str
    id: str
    label: str

    @property
    def url(self):
        """Where the admin edits it."""
        return reverse(CHANGE_URL_NAMES[self.kind], args=[self.id])


@dataclass(frozen=True, slots=True)
class Issue:
    """rule is the name of the function that found it; text is a sentence in the language of the request."""

    severity: Severity
    check: str
    text: str
    rows: tuple[RowReference, ...]


def make_issue(level, rule, text, *about):
    """A finding about parts of the draft. What is only drafted is not published: it never blocks, and one session among
    them that is a draft makes the finding one level milder."""
    if any(getattr(part, "is_draft", False) for part in about):
        level = level.lowered()
    return Issue(level, rule, text, tuple(part.row for part in about))


CHECKS = []


def check(function):
    """Register a generator function that takes a Draft and yields findings."""
    CHECKS.append(function)
    return function


MAX_NAMES = 5


def join_names(names, separator=", "):
    """“Ann, Binh, Chi, Dao, Em and 3 more”."""
    names = [str(name) for name in names]
    if len(names) <= MAX_NAMES:
        return separator.join(names)
    words = {"names": separator.join(names[:MAX_NAMES]), "n": len(names) - MAX_NAMES}
    return ngettext("%(names)s and %(n)s more", "%(names)s and %(n)s more", words["n"]) % words
