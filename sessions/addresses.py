"""Addresses of published pages, with the part of the query string that travels along."""

from functools import lru_cache
from urllib.parse import urlencode

from django.urls import get_script_prefix, reverse
from django.utils.translation import get_language

CARRIED = ("theme", "kind", "room", "language", "q", "tz")
# The pages that exist for any programme; what else is named is about the published one.
PAGES = ("programme", "day", "now", "session", "speakers", "speaker")
# In no path.
SLUG = "-slug-"


def address(name, *args, query=None, within=""):
    """The address of a named page, in a namespace if it has the page; of the query only what pages here understand is
    kept, in one order."""
    path = _path(f"{within}:{name}" if within and name in PAGES else name, args)
    kept = [(key, query[key]) for key in CARRIED if query.get(key)] if query else None
    return f"{path}?{urlencode(kept)}" if kept else path


def _path(name, args):
    """Finding one takes Django a while, and a page has those of hundreds of sessions and speakers."""
    here = get_language(), get_script_prefix()
    match args:
        case [str(slug)]:
            before, after = _path_found(name, (SLUG,), *here).split(SLUG)
            return f"{before}{slug}{after}"
    return _path_found(name, args, *here)


@lru_cache(maxsize=500)
def _path_found(name, args, _language, _prefix):
    return reverse(name, args=args)
