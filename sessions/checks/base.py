"""Issues that checks report, their severity, and the registry of checks."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import wraps

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

CHANGE_URL_NAMES = {
    "session": "admin:programme_session_change",
    "room": "admin:programme_room_change",
    "theme": "admin:programme_theme_change",
    "speaker": "admin:speakers_speaker_change",
    "conference": "admin:conference_conference_change",
}
MAX_NAMES = 5


class Severity(IntEnum):
    """The seriousness of an issue; errors have the lowest number, so that they are sorted first."""

    ERROR = 1
    WARNING = 2
    INFO = 3

    @property
    def label(self) -> Promise:
        return SEVERITY_LABELS[self]

    @property
    def symbol(self) -> str:
        return SEVERITY_SYMBOLS[self]

    @property
    def slug(self) -> str:
        return self.name.lower()

    def lowered(self) -> "Severity":
        """Return the next less serious level, or INFO."""
        return Severity(min(self + 1, Severity.INFO))


SEVERITY_LABELS = {
    Severity.ERROR: _("Blocks publishing"),
    Severity.WARNING: _("Warning"),
    Severity.INFO: _("Note"),
}
SEVERITY_SYMBOLS = {Severity.ERROR: "✕", Severity.WARNING: "!", Severity.INFO: "i"}


@dataclass(frozen=True, slots=True)
class RowReference:
    """A reference to a database row: a key of CHANGE_URL_NAMES, its primary key as text, and its name."""

    kind: str
    id: str
    label: str

    @property
    def url(self) -> str:
        """Return the URL of the row's change form in the admin."""
        return reverse(CHANGE_URL_NAMES[self.kind], args=[self.id])

    def is_visible_to(self, user) -> bool:
        """Return whether the user may open the change form."""
        app_label, model_name = CHANGE_URL_NAMES[self.kind].partition(":")[2].split("_")[:2]
        return any(user.has_perm(f"{app_label}.{action}_{model_name}") for action in ("view", "change"))


@dataclass(frozen=True, slots=True)
class Issue:
    """A problem in the draft: the name of the check, a sentence in the active language, and the rows concerned.

    can_override says whether the programme may be published with it, although it blocks publishing.
    """

    severity: Severity
    check: str
    text: str
    rows: tuple[RowReference, ...]
    can_override: bool = True


CHECKS: list[Callable] = []
# Checks of what makes a published programme wrong for every reader, so that no reason justifies it.
REQUIRED_CHECKS = frozenset({"end_before_start"})


def check(function: Callable) -> Callable:
    """Register a generator function that takes a DraftProgramme and yields (severity, text, *objects).

    The objects are parts of the draft. The registered check yields an Issue for each of these tuples. Its severity is
    one level lower if one of the objects is a draft session, because drafts are not published.
    """
    can_override = function.__name__ not in REQUIRED_CHECKS

    @wraps(function)
    def run_check(draft) -> Iterator[Issue]:
        for severity, text, *objects in function(draft):
            if any(getattr(item, "is_draft", False) for item in objects):
                severity = severity.lowered()
            yield Issue(severity, function.__name__, text, tuple(item.row for item in objects), can_override)

    CHECKS.append(run_check)
    return run_check


def join_names(names: Iterable, separator: str = ", ") -> str:
    """Return the first five names and the number of the others: “Ann, Binh, Chi, Dao, Em and 3 more”."""
    names = [str(name) for name in names]
    if len(names) <= MAX_NAMES:
        return separator.join(names)
    others = len(names) - MAX_NAMES
    text = ngettext("%(names)s and %(n)s more", "%(names)s and %(n)s more", others)
    return text % {"names": separator.join(names[:MAX_NAMES]), "n": others}
