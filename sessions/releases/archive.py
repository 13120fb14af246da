"""Pages of past editions: the public pages of the programme, made of the last release of an edition."""

import datetime
from collections.abc import Callable
from functools import lru_cache, wraps

from django.http import Http404, HttpRequest, HttpResponse

from conference.core.page_cache import published

from ..links import make_archive_namespace
from ..models import Release
from .current import (
    PublishedProgramme,
    call_with_snapshot,
    get_editions_before,
    get_published_programme,
    get_releases_until,
)
from .document import load_programme

# The programmes of more editions than these are not kept in memory.
MAX_EDITIONS = 8


def archived_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Show the last programme of a past edition in a view, whose pages PageCacheMiddleware stores."""

    @published
    @wraps(view)
    def serve(request: HttpRequest, number: int, *args, **kwargs) -> HttpResponse:
        return call_with_snapshot(view, request, get_archived_programme(number), *args, **kwargs)

    return serve


def get_archived_programme(number: int) -> PublishedProgramme:
    """Return the programme of the past edition whose last release has this number.

    Raises Http404 if there is no such edition, and NotLoadedError as get_published_programme does.
    """
    snapshot = get_published_programme()
    if all(edition.number != number for edition in snapshot.past_editions):
        raise Http404
    published_at = next(release.published_at for release in snapshot.releases if release.number == number)
    return load_archived_programme(number, published_at)


@lru_cache(maxsize=MAX_EDITIONS)
def load_archived_programme(number: int, published_at: datetime.datetime) -> PublishedProgramme:
    """Read the programme of an edition from the database.

    published_at tells releases of the same number apart, which may occur after a backup is restored.
    """
    editions = get_editions_before(number + 1)
    document = Release.objects.values_list("document", flat=True).get(number=number)
    return PublishedProgramme(
        load_programme(document, number=number, published_at=published_at),
        get_releases_until(number),
        make_archive_namespace(number),
        past_editions=editions[1:],
        edition=editions[0],
    )
