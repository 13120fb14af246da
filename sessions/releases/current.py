"""The current release, kept in memory and read by all public pages."""

import datetime
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Subquery
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from conference.core.i18n.text import LANGUAGES, LocalizedText
from conference.core.page_cache import register_version
from conference.core.polling import NotLoadedError, PolledValue
from conference.facts import ConferenceFacts
from conference.site_data import format_date_range

from ..links import PREVIEW, UrlNamespace
from ..models import Edition, Release
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


@dataclass(frozen=True, slots=True)
class EditionSummary:
    """A past edition of the conference: its name, its days, and the number of its last release."""

    number: int
    name: LocalizedText
    first_day: datetime.date
    last_day: datetime.date

    @property
    def date_range(self) -> str:
        return format_date_range(self.first_day, self.last_day)


@dataclass(frozen=True)
class PublishedProgramme:
    """A programme and the summaries of releases up to it, newest first: the data of the public pages.

    url_namespace is that of the preview or of a past edition, which is also in edition; None for the published
    programme. past_editions are those before this programme, newest first.
    """

    programme: Programme
    releases: tuple[ReleaseSummary, ...]
    url_namespace: UrlNamespace | None = None
    past_editions: tuple[EditionSummary, ...] = ()
    edition: EditionSummary | None = None

    @property
    def is_preview(self) -> bool:
        return self.url_namespace == PREVIEW

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
    """Return the number and time of the latest release, and the key of the latest past edition.

    After restoring a backup a number may occur again.
    """
    latest_edition = Subquery(Edition.objects.order_by("-pk").values("pk")[:1])
    releases = Release.objects.order_by("number").annotate(latest_edition=latest_edition)
    return releases.values_list("number", "published_at", "latest_edition").last()


def load_published_programme() -> PublishedProgramme | None:
    """Read the latest release from the database; None if nothing has been published."""
    release = Release.objects.current()
    if release is None:
        return None
    return PublishedProgramme(
        load_programme(release.document, number=release.number, published_at=release.published_at),
        get_releases_until(release.number),
        past_editions=get_editions_before(release.number),
    )


def get_releases_until(number: int) -> tuple[ReleaseSummary, ...]:
    """Read the summaries of releases up to this number from the database, newest first."""
    releases = Release.objects.filter(number__lte=number).order_by("-number").defer("document", "private_note")
    return tuple(
        ReleaseSummary(release.number, release.published_at, LocalizedText.of(release, "note"), release.changes)
        for release in releases
    )


def get_editions_before(number: int) -> tuple[EditionSummary, ...]:
    """Read the past editions whose last release came before this one, newest first."""
    editions = Edition.objects.filter(release__number__lt=number)
    return tuple(
        EditionSummary(edition.release_id, LocalizedText.of(edition, "name"), edition.first_day, edition.last_day)
        for edition in editions
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
    # The context processor reads it.
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
