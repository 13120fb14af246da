"""Cache keys and versions: what a stored page depends on."""

from collections.abc import Callable, Hashable
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, QueryDict

from .compression import preferred_encoding

MAX_QUERY_LENGTH = 300

registered_versions: list[Callable[[], Hashable]] = []
registered_parameters: dict[str, Callable[[str], bool]] = {}


class PageKey(NamedTuple):
    """Cache key of a page. Its path includes the language."""

    scheme: str
    path: str
    query: tuple[tuple[str, str], ...]
    encoding: str


def register_version(version: Callable[[], Hashable]) -> Callable[[], Hashable]:
    """Register a function that returns the version of some content; stored pages of an older version are not served.

    It runs on every cache hit, so it reads memory only. A page that changes at a certain time has that in its version.
    """
    registered_versions.append(version)
    return version


def register_parameters(**parameters: Callable[[str], bool]) -> None:
    """Register query parameters in their canonical order.

    Each has a function that returns whether pages with this value are stored. It must be true for a limited number of
    values. Unregistered parameters are ignored by every published page.
    """
    registered_parameters.update(parameters)


def current_version() -> Hashable:
    return tuple(version() for version in registered_versions)


def page_key(request: HttpRequest) -> PageKey | None:
    """Return the key of the requested page; None if it must be neither stored nor served from the store."""
    query = get_known_query(request)
    if request.method not in ("GET", "HEAD") or query is None or not has_allowed_host(request):
        return None
    if not all(registered_parameters[name](value) for name, value in query):
        return None
    return PageKey(
        str(request.scheme), request.path, query, preferred_encoding(request.META.get("HTTP_ACCEPT_ENCODING", ""))
    )


def normalize_query(request: HttpRequest) -> None:
    """Reduce the query string to the known parameters, so that no other appears in the links of a page."""
    query = get_known_query(request)
    if query is not None:
        request.META["QUERY_STRING"] = urlencode(query, safe="/")
        request.GET = QueryDict(request.META["QUERY_STRING"])


def has_allowed_host(request: HttpRequest) -> bool:
    """Return whether Django will accept the Host header. If not, it answers 400 itself."""
    try:
        request.get_host()
    except DisallowedHost:
        return False
    return True


def get_known_query(request: HttpRequest) -> tuple[tuple[str, str], ...] | None:
    """Return the known parameters in canonical order; None for a query that is too long or repeats one."""
    text = request.META.get("QUERY_STRING", "")
    if not text:
        return ()
    if len(text) > MAX_QUERY_LENGTH:
        return None
    pairs = [(name, value) for name, value in parse_qsl(text) if name in registered_parameters]
    by_name = dict(pairs)
    if len(by_name) != len(pairs):
        return None
    return tuple((name, by_name[name]) for name in registered_parameters if name in by_name)
