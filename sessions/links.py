"""URLs of programme pages, with the query parameters that are kept from page to page."""

from collections.abc import Mapping
from urllib.parse import urlencode, urljoin

from django.conf import settings
from django.urls import reverse

from .programme import Programme, Session

PRESERVED_PARAMS = ("theme", "kind", "room", "language", "q", "tz")
# The pages that also exist in a preview. All other pages show the published programme only.
PREVIEW_PAGES = (
    "home",
    "programme:agenda",
    "programme:day",
    "programme:now",
    "programme:release",
    "programme:session",
    "speakers:list",
    "speakers:detail",
)


def programme_url(name: str, *args, query: Mapping[str, str] | None = None, namespace: str = "") -> str:
    """Return the URL of a named page with the preserved parameters of a query, in one order.

    A namespace is that of the preview; it applies to the pages that exist there.
    """
    url = reverse(f"{namespace}:{name}" if namespace and name in PREVIEW_PAGES else name, args=args)
    params = [(key, query[key]) for key in PRESERVED_PARAMS if query.get(key)] if query else []
    return f"{url}?{urlencode(params)}" if params else url


def agenda_url(
    session: Session, programme: Programme, *, query: Mapping[str, str] | None = None, namespace: str = ""
) -> str:
    """Return the URL of a session's place on the agenda of its day, with the time zone of a query."""
    time_zone = {"tz": query["tz"]} if query and query.get("tz") else None
    day = programme.get_day_of(session)
    return f"{programme_url('programme:day', day, query=time_zone, namespace=namespace)}#{session.slug}"


def session_url(
    session: Session, programme: Programme, *, query: Mapping[str, str] | None = None, namespace: str = ""
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
