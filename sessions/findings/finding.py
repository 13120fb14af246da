"""What a check says: how serious it is, in a sentence, and about which rows."""

from dataclasses import dataclass
from enum import IntEnum

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

CHANGE_FORMS = {
    "session": "admin:programme_session_change",
    "room": "admin:programme_room_change",
    "theme": "admin:programme_theme_change",
    "speaker": "admin:speakers_speaker_change",
    "conference": "admin:conference_conference_change",
}


class Level(IntEnum):
    """The worst first, as lists are sorted. label and sign say the same in words and at a glance."""

    BLOCKS = 1
    WARNS = 2
    INFORMS = 3

    @property
    def label(self):
        return LABELS[self]

    @property
    def sign(self):
        return SIGNS[self]

    @property
    def slug(self):
        return self.name.lower()

    def eased(self):
        """One level milder; the mildest stays."""
        return Level(min(self + 1, Level.INFORMS))


LABELS = {
    Level.BLOCKS: _("Prevents publishing"),
    Level.WARNS: _("Look at this"),
    Level.INFORMS: _("Good to know"),
}
SIGNS = {Level.BLOCKS: "✕", Level.WARNS: "!", Level.INFORMS: "i"}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the editing tables; kind is a key of CHANGE_FORMS, id its primary key as text."""

    kind: str
    id: str
    label: str

    @property
    def url(self):
        """Where the admin edits it."""
        return reverse(CHANGE_FORMS[self.kind], args=[self.id])


@dataclass(frozen=True, slots=True)
class Finding:
    """rule is the name of the function that found it; text is a sentence in the language of the request."""

    level: Level
    rule: str
    text: str
    rows: tuple[Row, ...]


def finding(level, rule, text, *about):
    """A finding about parts of the draft. What is only drafted is not published: it never blocks, and one session among
    them that is a draft makes the finding one level milder."""
    if any(getattr(part, "is_draft", False) for part in about):
        level = level.eased()
    return Finding(level, rule, text, tuple(part.row for part in about))
