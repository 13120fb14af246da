"""URLs of programme pages, with the query parameters that are kept from page to page."""

from collections.abc import Mapping
from urllib.parse import urlencode, urljoin

from django.conf import settings
from django.urls import reverse

PRESERVED_PARAMS = ("theme", "kind", "room", "language", "q", "tz")
# The pages that also exist in a preview. All other pages show the published programme only.
PREVIEW_PAGES = (
    "home",
    "programme:agenda",
    "programme:day",
    "programme:now",
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


def build_absolute_url(name: str, *args) -> str:
    """Return the absolute URL of a named page on SITE_URL, in the active language."""
    return urljoin(settings.SITE_URL, reverse(name, args=args))
