"""Search that ignores case and diacritics: "hoa binh" finds "Hòa bình"."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from conference.core.i18n.text import normalize_for_search


def accent_insensitive_search(queryset: QuerySet, fields: Iterable[str], term: str) -> QuerySet:
    """Return the rows in whose fields every word of the term occurs. Fields may be those of related rows."""
    words = normalize_for_search(term).split()
    if not words:
        return queryset
    texts: dict[Any, set[str]] = {}
    for key, *values in queryset.order_by().prefetch_related(None).values_list("pk", *fields):
        texts.setdefault(key, set()).update(filter(None, values))
    normalized = ((key, normalize_for_search(" ".join(values))) for key, values in texts.items())
    return queryset.filter(pk__in=[key for key, text in normalized if all(word in text for word in words)])
