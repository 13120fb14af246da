"""The current release, as every page reads it."""

import datetime
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from django.utils import timezone

from conference.core.page_cache import register_version
from conference.core.polling import NotLoadedError, PolledValue
from conference.core.text import LocalizedText
from sessions.releases.document import load_programme

from ..models import Release
from ..programme import Programme
from .changelog import cancels_session
from .diff import is_empty_diff


@dataclass(frozen=True, slots=True)
class ReleaseSummary:
    """What the public may know of a release without its programme; changes are as in sessions.differences."""

    number: int
    published_at: datetime.datetime
    note: LocalizedText
    changes: dict


@dataclass(frozen=True, slots=True)
class ChangeMarker:
    """The release that cancelled a session or was the last to change it; of a new session nothing has changed."""

    number: int
    is_cancelled: bool


@dataclass(frozen=True)
class PublishedProgramme:
    """What the pages of the programme are made of: a programme, and the releases up to it, the newest first.

    within is the namespace of the addresses of these pages, empty for those that everybody reads.
    """

    programme: Programme
    releases: tuple[ReleaseSummary, ...]
    url_namespace: str = ""

    @property
    def is_unchanged(self):
        """Whether its newest release changes nothing: of a draft, that it is published as it stands."""
        return is_empty_diff(self.releases[0].changes)

    @cached_property
    def change_markers(self):
        """The Mark of each session that has one, by identity as text."""
        marks = {}
        for note in reversed(self.releases):
            sessions = note.changes["sessions"]
            for part in (*sessions["added"], *sessions["removed"]):
                marks.pop(part["id"], None)
            for part in sessions["changed"]:
                marks[part["id"]] = make_change_marker(note.number, part, marks.get(part["id"]))
        return marks

    @cached_property
    def scheduled_changes(self):
        """The instants at which pages change by themselves because a session starts or ends, in order."""
        sessions = self.programme.sessions
        return sorted({moment for session in sessions for moment in (session.starts_at, session.ends_at)})


def make_change_marker(number, part, before):
    """A cancellation is what counts for as long as it lasts, whatever is written about it later."""
    if cancels_session(part):
        return ChangeMarker(number, is_cancelled=True)
    still = before and before.is_cancelled and "status" not in part["fields"]
    return before if still else ChangeMarker(number, is_cancelled=False)


def get_release_version():
    """The latest release's number, and when: after a backup was restored, a number may come a second time."""
    return Release.objects.order_by("number").values_list("number", "published_at").last()


def load_published_programme():
    latest = Release.objects.order_by("number").last()
    if latest is None:
        raise NotLoadedError("Nothing has been published yet.")
    return PublishedProgramme(
        load_programme(latest.document, number=latest.number, published_at=latest.published_at),
        get_releases_until(latest.number),
    )


def get_releases_until(number):
    """The releases up to this number, as the database has them now."""
    releases = Release.objects.filter(number__lte=number).order_by("-number").defer("document", "private_note")
    return tuple(
        ReleaseSummary(release.number, release.published_at, LocalizedText.of(release, "note"), release.changes)
        for release in releases
    )


polled_programme = PolledValue(get_release_version, load_published_programme)


def get_published_programme() -> PublishedProgramme:
    """What everybody reads. Raises NotReady where nothing was published yet or the database never answered."""
    return polled_programme.get()


@register_version
def page_version():
    """Return what changes with each release, when a session starts or ends, and at local midnight."""
    try:
        current = get_published_programme()
    except NotLoadedError:
        return None
    now = timezone.now()
    passed = bisect_right(current.scheduled_changes, now)
    return polled_programme.generation, passed, now.astimezone(current.programme.time_zone).date()


def get_programme() -> Programme:
    """The current release. Raises NotReady as edition does."""
    return get_published_programme().programme


def get_releases() -> tuple[ReleaseSummary, ...]:
    """Every release, the newest first."""
    return get_published_programme().releases


def refresh():
    polled_programme.refresh()
