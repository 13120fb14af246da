"""Addresses of published pages, with the part of the query string that travels along."""

from urllib.parse import urlencode

from django.urls import reverse

CARRIED = ("theme", "kind", "room", "language", "q", "tz")


def address(name, *args, query=None):
    """The address of a named page; of the query only what pages here understand is kept, in one order."""
    kept = [(key, query[key]) for key in CARRIED if query and query.get(key)]
    path = reverse(name, args=args)
    return f"{path}?{urlencode(kept)}" if kept else path
