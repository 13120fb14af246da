"""Template tag for the links that browsers may prefetch: those to published pages, which are identical for everyone."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from django import template
from django.conf import settings
from django.urls import LocalePrefixPattern, URLPattern, URLResolver, get_resolver

from conference.core.page_cache import is_published

register = template.Library()

# A first visit to the home page may be redirected, and few visitors need the registration form.
EXCLUDED_NAMES = {"home", "register"}
# URLPattern expressions for the arguments of a route, by path converter.
ARGUMENT_PATTERNS = {"slug": ":{name}", "typed_slug": ":{name}", "date": r"(\d+-\d+-\d+)", "int": r"(\d+)"}
ARGUMENT = re.compile(r"<(\w+):(\w+)>")
SINGLE_SEGMENT = re.compile(r"[\w-]+/")


class PageRoute(NamedTuple):
    """A route without the language prefix, and whether its pages may be prefetched."""

    route: str
    is_prefetchable: bool


@register.simple_tag
@cache
def prefetch_rules() -> str:
    """Return as JSON which paths site.js may prefetch, without language prefix and query string.

    "languages" are the prefixes; "paths" are URLPattern expressions; "reserved" are the names of other pages that the
    expression of content pages matches.
    """
    pages = list(find_pages(get_resolver().url_patterns))
    rules = {
        "languages": [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE],
        "paths": [to_url_pattern(page.route) for page in pages if page.is_prefetchable],
        "reserved": [
            page.route.rstrip("/")
            for page in pages
            if not page.is_prefetchable and SINGLE_SEGMENT.fullmatch(page.route)
        ],
    }
    return json.dumps(rules, separators=(",", ":"))


def find_pages(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[PageRoute]:
    """Yield the pages with a trailing slash. Files, such as calendars, are never prefetched."""
    for pattern in patterns:
        is_language = isinstance(pattern.pattern, LocalePrefixPattern)
        route = prefix if is_language else prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from find_pages(pattern.url_patterns, route)
        elif route.endswith("/") or not route:
            yield PageRoute(route, is_published(pattern.callback) and pattern.name not in EXCLUDED_NAMES)


def to_url_pattern(route: str) -> str:
    """Return the URLPattern expression of a route: "/sessions/:slug/" for "sessions/<slug:slug>/"."""
    return "/" + ARGUMENT.sub(lambda match: ARGUMENT_PATTERNS[match[1]].format(name=match[2]), route)
