"""Addresses of published pages, with the part of the query string that travels along."""

from urllib.parse import urlencode

from django.urls import reverse

PRESERVED_PARAMS = ("theme", "kind", "room", "language", "q", "tz")
# The pages that exist for any programme; what else is named is about the published one.
PREVIEW_PAGES = (
    "programme:agenda",
    "programme:day",
    "programme:now",
    "programme:session",
    "speakers:list",
    "speakers:detail",
)


def programme_url(name, *args, query=None, namespace=""):
    """The address of a named page, in a namespace if it has the page; of the query only what pages here understand is
    kept, in one order."""
    path = reverse(f"{namespace}:{name}" if namespace and name in PREVIEW_PAGES else name, args=args)
    kept = [(key, query[key]) for key in PRESERVED_PARAMS if query.get(key)] if query else None
    return f"{path}?{urlencode(kept)}" if kept else path
