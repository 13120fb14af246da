"""The current release, kept in memory and read by all public pages."""

import datetime
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from conference.core.i18n.text import LANGUAGES, LocalizedText
from conference.core.page_cache import register_version
from conference.core.polling import NotLoadedError, PolledValue
from conference.facts import ConferenceFacts

from ..models import Release
from ..programme import Programme
from .change_markers import ChangeMarker, build_change_markers
from .diff import is_empty_diff
from .document import load_programme


@dataclass(frozen=True, slots=True)
class ReleaseSummary:
    """The public data of a release without its programme; changes are as in sessions.releases.diff."""

    number: int
    published_at: datetime.datetime
    note: LocalizedText
    changes: dict


@dataclass(frozen=True)
class PublishedProgramme:
    """A programme and the summaries of releases up to it, newest first: the data of the public pages.

    url_namespace is "preview" for the preview of the draft, otherwise empty.
    """

    programme: Programme
    releases: tuple[ReleaseSummary, ...]
    url_namespace: str = ""

    @property
    def is_unchanged(self) -> bool:
        """True if the newest release changes nothing; for a preview, if the draft is published already."""
        return is_empty_diff(self.releases[0].changes)

    @cached_property
    def change_markers(self) -> dict[str, dict[str, ChangeMarker]]:
        """The change markers by language and session id."""
        return {language: build_change_markers(self.releases, language) for language in LANGUAGES}

    @cached_property
    def scheduled_changes(self) -> list[datetime.datetime]:
        """The sorted times at which pages change because a session starts or ends."""
        sessions = self.programme.sessions
        return sorted({time for session in sessions for time in (session.starts_at, session.ends_at)})


def get_release_version() -> tuple | None:
    """Return the number and time of the latest release; after restoring a backup a number may occur again."""
    return Release.objects.order_by("number").values_list("number", "published_at").last()


def load_published_programme() -> PublishedProgramme | None:
    """Read the latest release from the database; None if nothing has been published."""
    release = Release.objects.current()
    if release is None:
        return None
    return PublishedProgramme(
        load_programme(release.document, number=release.number, published_at=release.published_at),
        get_releases_until(release.number),
    )


def get_releases_until(number: int) -> tuple[ReleaseSummary, ...]:
    """Read the summaries of releases up to this number from the database, newest first."""
    releases = Release.objects.filter(number__lte=number).order_by("-number").defer("document", "private_note")
    return tuple(
        ReleaseSummary(release.number, release.published_at, LocalizedText.of(release, "note"), release.changes)
        for release in releases
    )


polled_programme = PolledValue(get_release_version, load_published_programme)


def get_published_programme() -> PublishedProgramme:
    """Return the current release.

    Raises NotLoadedError if nothing has been published or the database has not answered yet.
    """
    published = polled_programme.get()
    if published is None:
        raise NotLoadedError("Nothing has been published yet.")
    return published


def get_published_facts() -> ConferenceFacts | None:
    """Return the facts of the conference in the current release; None if nothing has been published.

    Raises NotLoadedError if the database has not answered yet.
    """
    published = polled_programme.get()
    return published.programme.conference if published else None


@register_version
def page_version() -> tuple | None:
    """Return a value that changes with each release, when a session starts or ends, and at local midnight."""
    try:
        current = get_published_programme()
    except NotLoadedError:
        return None
    now = timezone.now()
    passed = bisect_right(current.scheduled_changes, now)
    return polled_programme.generation, passed, now.astimezone(current.programme.time_zone).date()


def call_with_snapshot(
    view: Callable[..., HttpResponse], request: HttpRequest, snapshot: PublishedProgramme, *args, **kwargs
) -> HttpResponse:
    """Call a view with a snapshot. The whole page, its header included, shows the facts of that snapshot."""
    request.conference_facts = snapshot.programme.conference  # type: ignore[attr-defined]
    return view(request, snapshot, *args, **kwargs)


def get_programme() -> Programme:
    """Return the programme of the current release; raises as get_published_programme does."""
    return get_published_programme().programme


def get_releases() -> tuple[ReleaseSummary, ...]:
    """Return the summaries of all releases, newest first."""
    return get_published_programme().releases


def refresh() -> None:
    polled_programme.refresh()
