"""The current release, as every page reads it."""

import datetime
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from django.utils import timezone

from conference.core.page_cache import register_version

from .changes import is_cancelled_by
from .differences import is_empty
from .live import Live, NotReady
from .models import Release
from .programme import Programme
from .text import Text


@dataclass(frozen=True, slots=True)
class Note:
    """What the public may know of a release without its programme; changes are as in sessions.differences."""

    number: int
    published_at: datetime.datetime
    note: Text
    changes: dict


@dataclass(frozen=True, slots=True)
class Mark:
    """The release that cancelled a session or was the last to change it; of a new session nothing has changed."""

    number: int
    cancelled: bool


@dataclass(frozen=True)
class Edition:
    """What the pages of the programme are made of: a programme, and the releases up to it, the newest first.

    within is the namespace of the addresses of these pages, empty for those that everybody reads.
    """

    programme: Programme
    notes: tuple[Note, ...]
    within: str = ""

    @property
    def is_unchanged(self):
        """Whether its newest release changes nothing: of a draft, that it is published as it stands."""
        return is_empty(self.notes[0].changes)

    @cached_property
    def marks(self):
        """The Mark of each session that has one, by identity as text."""
        marks = {}
        for note in reversed(self.notes):
            sessions = note.changes["sessions"]
            for part in (*sessions["added"], *sessions["removed"]):
                marks.pop(part["id"], None)
            for part in sessions["changed"]:
                marks[part["id"]] = _mark(note.number, part, marks.get(part["id"]))
        return marks

    @cached_property
    def scheduled_changes(self):
        """The instants at which pages change by themselves because a session starts or ends, in order."""
        sessions = self.programme.sessions
        return sorted({moment for session in sessions for moment in (session.starts_at, session.ends_at)})


def _mark(number, part, before):
    """A cancellation is what counts for as long as it lasts, whatever is written about it later."""
    if is_cancelled_by(part):
        return Mark(number, cancelled=True)
    still = before and before.cancelled and "status" not in part["fields"]
    return before if still else Mark(number, cancelled=False)


def _stamp():
    """The latest release's number, and when: after a backup was restored, a number may come a second time."""
    return Release.objects.order_by("number").values_list("number", "published_at").last()


def _load():
    latest = Release.objects.order_by("number").last()
    if latest is None:
        raise NotReady("Nothing has been published yet.")
    return Edition(
        Programme.from_document(latest.document, number=latest.number, published_at=latest.published_at),
        notes_until(latest.number),
    )


def notes_until(number):
    """The releases up to this number, as the database has them now."""
    releases = Release.objects.filter(number__lte=number).order_by("-number").defer("document", "private_note")
    return tuple(
        Note(release.number, release.published_at, Text.of(release, "note"), release.changes) for release in releases
    )


published = Live(_stamp, _load)


def edition() -> Edition:
    """What everybody reads. Raises NotReady where nothing was published yet or the database never answered."""
    return published.get()


@register_version
def page_version():
    """Return what changes with each release, when a session starts or ends, and at local midnight."""
    try:
        current = edition()
    except NotReady:
        return None
    now = timezone.now()
    passed = bisect_right(current.scheduled_changes, now)
    return published.generation, passed, now.astimezone(current.programme.time_zone).date()


def programme() -> Programme:
    """The current release. Raises NotReady as edition does."""
    return edition().programme


def notes() -> tuple[Note, ...]:
    """Every release, the newest first."""
    return edition().notes


def renew():
    published.renew()
