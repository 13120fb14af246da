"""The current release, as every page reads it."""

import datetime
from dataclasses import dataclass

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
class Published:
    programme: Programme
    notes: tuple[Note, ...]


def _stamp():
    """The latest release's number, and when: after a backup was restored, a number may come a second time."""
    return Release.objects.order_by("number").values_list("number", "published_at").last()


def _load():
    latest = Release.objects.order_by("number").last()
    if latest is None:
        raise NotReady("Nothing has been published yet.")
    notes = Release.objects.filter(number__lte=latest.number).order_by("-number").defer("document")
    return Published(
        Programme.from_document(latest.document, number=latest.number, published_at=latest.published_at),
        tuple(Note(note.number, note.published_at, Text.of(note, "note"), note.changes) for note in notes),
    )


published = Live(_stamp, _load)


def programme() -> Programme:
    """The current release. Raises NotReady where nothing was published yet or the database never answered."""
    return published.get().programme


def notes() -> tuple[Note, ...]:
    """Every release, the newest first."""
    return published.get().notes


def renew():
    published.renew()
