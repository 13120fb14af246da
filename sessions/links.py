"""URLs of programme pages, with the query parameters that are kept from page to page."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode, urljoin

from django.conf import settings
from django.urls import reverse

from .programme import Programme, Session

PRESERVED_PARAMS = ("theme", "kind", "room", "language", "q", "tz")
PROGRAMME_PAGES = ("programme:agenda", "programme:day", "programme:session", "speakers:list", "speakers:detail")


class UrlNamespace(NamedTuple):
    """The namespace of pages that show another programme than the published one.

    Its URLs begin with these arguments. Pages that are not in it exist for the published programme only.
    """

    name: str
    pages: tuple[str, ...]
    args: tuple[Any, ...] = ()


PREVIEW = UrlNamespace("preview", (*PROGRAMME_PAGES, "home", "programme:now", "programme:release"))


def make_archive_namespace(number: int) -> UrlNamespace:
    """Return the namespace of the pages of a past edition, whose last release has this number."""
    return UrlNamespace("archive", PROGRAMME_PAGES, (number,))


def programme_url(
    name: str, *args, query: Mapping[str, str] | None = None, namespace: UrlNamespace | None = None
) -> str:
    """Return the URL of a named page with the preserved parameters of a query, in one order."""
    if namespace and name in namespace.pages:
        url = reverse(f"{namespace.name}:{name}", args=(*namespace.args, *args))
    else:
        url = reverse(name, args=args)
    params = [(key, query[key]) for key in PRESERVED_PARAMS if query.get(key)] if query else []
    return f"{url}?{urlencode(params)}" if params else url


def agenda_url(
    session: Session,
    programme: Programme,
    *,
    query: Mapping[str, str] | None = None,
    namespace: UrlNamespace | None = None,
) -> str:
    """Return the URL of a session's place on the agenda of its day, with the time zone of a query."""
    time_zone = {"tz": query["tz"]} if query and query.get("tz") else None
    day = programme.get_day_of(session)
    return f"{programme_url('programme:day', day, query=time_zone, namespace=namespace)}#{session.slug}"


def session_url(
    session: Session,
    programme: Programme,
    *,
    query: Mapping[str, str] | None = None,
    namespace: UrlNamespace | None = None,
) -> str:
    """Return the URL of a session's page; of its place on the agenda for a break, which has no page."""
    if session.is_break:
        return agenda_url(session, programme, query=query, namespace=namespace)
    return programme_url("programme:session", session.slug, query=query, namespace=namespace)


def to_absolute(path: str) -> str:
    """Return the absolute URL of a path on SITE_URL."""
    return urljoin(settings.SITE_URL, path)


def build_absolute_url(name: str, *args) -> str:
    """Return the absolute URL of a named page on SITE_URL, in the active language."""
    return to_absolute(reverse(name, args=args))
