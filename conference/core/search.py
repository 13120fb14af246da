"""Search in which case, diacritics, punctuation and spaces do not decide.

"hoa binh" finds "Hòa bình", "womens" finds "women’s", "Hanoi" finds "Ha Noi", and "peacebuilding" finds
"peace-building".
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

from django.db.models import QuerySet

from conference.core.email_addresses import unicode_email
from conference.core.i18n.text import join_words, normalize_for_search, separate_words


@dataclass(frozen=True, slots=True)
class SearchText:
    """A text prepared for search. str.find() on a prepared string is what makes the search of many texts fast."""

    # "womens peacebuilding in ha noi", "women s peace building in ha noi", "womenspeacebuildinginhanoi".
    joined: str
    separated: str
    compact: str

    @classmethod
    def of(cls, text: str) -> Self:
        folded = normalize_for_search(text)
        joined, separated = join_words(folded), separate_words(folded)
        return cls(joined, joined if joined == separated else separated, separated.replace(" ", ""))

    def contains(self, words: Iterable[str]) -> bool:
        """Return whether every word of split_search() occurs: within a word, or as several whole words."""
        return all(
            word in self.joined or (word in self.compact and spaced_pattern(word).search(self.separated))
            for word in words
        )


def split_search(term: str) -> list[str]:
    """Return the words of what somebody searches for."""
    return list(dict.fromkeys(join_words(normalize_for_search(term)).split()))


@lru_cache(maxsize=1000)
def spaced_pattern(word: str) -> re.Pattern[str]:
    """Return a pattern for a word that may be written as several whole words."""
    return re.compile(rf"(?<!\w){' ?'.join(map(re.escape, word))}(?!\w)")


def accent_insensitive_search(queryset: QuerySet, fields: Iterable[str], term: str) -> QuerySet:
    """Return the rows in whose fields every word of the term occurs. Fields may be those of related rows.

    This takes one query for the texts of all rows, which are searched in Python.
    """
    words = split_search(term)
    if not words:
        return queryset
    texts: dict[Any, set[str]] = {}
    for key, *values in queryset.order_by().prefetch_related(None).values_list("pk", *fields):
        texts.setdefault(key, set()).update(filter(None, values))
    found = [key for key, values in texts.items() if SearchText.of(" ".join(spellings(values))).contains(words)]
    return queryset.filter(pk__in=found)


def spellings(values: Iterable[str]) -> Iterator[str]:
    """Yield the values, and an e-mail address also with its domain in Unicode."""
    for value in values:
        yield value
        if "xn--" in value:
            yield unicode_email(value)
