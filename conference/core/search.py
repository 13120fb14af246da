"""Search in which case, diacritics, punctuation and spaces do not decide.

"hoa binh" finds "Hòa bình", "womens" finds "women’s", "Hanoi" finds "Ha Noi", and "peacebuilding" finds
"peace-building".
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self, TypeVar

from django.db.models import QuerySet

from conference.core.email_addresses import unicode_email
from conference.core.i18n.text import join_words, normalize_for_search, separate_words

# Words of up to this many letters are often a syllable of a name, as in "Ha Noi" and "Viet Nam".
SHORT_WORD = 3
# In longer searches, spaces separate words; looking for compounds takes as long as searching once more for each word.
MAX_WORDS_IN_COMPOUNDS = 8
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class SearchText:
    """A text prepared for search: plain searches of strings make the search of many texts fast."""

    # " womens peacebuilding in ha noi ", "women s peace building in ha noi", "womenspeacebuildinginhanoi".
    joined: str
    separated: str
    compact: str

    @classmethod
    def of(cls, text: str, *parts: Self) -> Self:
        """Prepare a text, and append texts that are prepared already."""
        folded = normalize_for_search(text)
        separated = " ".join([separate_words(folded), *(part.separated for part in parts)])
        joined = f" {join_words(folded)} {''.join(part.joined for part in parts)}"
        return cls(joined, separated, separated.replace(" ", ""))

    def contains(self, word: str) -> bool:
        """Return whether a word of split_search() occurs: within a word, or as several whole words."""
        return word in self.joined or self.has_apart(word)

    def has_apart(self, word: str) -> bool:
        return word in self.compact and bool(spaced_pattern(word).search(self.separated))


def find_matches(texts: Mapping[Key, SearchText], term: str) -> list[Key]:
    """Return the keys of the texts that contain every word of the term; all keys if it has no words."""
    words = join_compounds(split_search(term), list(texts.values()))
    return [key for key, text in texts.items() if all(map(text.contains, words))]


def split_search(term: str) -> list[str]:
    """Return the words of what somebody searches for."""
    return list(dict.fromkeys(join_words(normalize_for_search(term)).split()))


def join_compounds(words: list[str], texts: Collection[SearchText]) -> list[str]:
    """Join words that one of the texts writes as one: "peace building" finds what "peacebuilding" finds.

    If the term is a short word and another one, it is enough that a text has them next to each other: "Ha Noi".
    """
    if len(words) == 2 and min(map(len, words)) <= SHORT_WORD:
        whole = "".join(words)
        if any(text.has_apart(whole) for text in texts):
            return [whole]
    if len(words) > MAX_WORDS_IN_COMPOUNDS:
        return words
    joined: list[str] = []
    for word in words:
        compound = f" {joined[-1]}{word} " if joined else ""
        if compound and any(compound in text.joined for text in texts):
            joined[-1] += word
        else:
            joined.append(word)
    return joined


@lru_cache(maxsize=1000)
def spaced_pattern(word: str) -> re.Pattern[str]:
    """Return a pattern for a word that may be written as several whole words."""
    return re.compile(rf"(?<!\w){' ?'.join(map(re.escape, word))}(?!\w)")


def accent_insensitive_search(queryset: QuerySet, fields: Iterable[str], term: str) -> QuerySet:
    """Return the rows in whose fields every word of the term occurs. Fields may be those of related rows.

    This takes one query for the texts of all rows, which are searched in Python.
    """
    if not split_search(term):
        return queryset
    values: dict[Any, set[str]] = {}
    for key, *row in queryset.order_by().prefetch_related(None).values_list("pk", *fields):
        values.setdefault(key, set()).update(filter(None, row))
    texts = {key: SearchText.of("\n".join(spellings(sorted(found)))) for key, found in values.items()}
    return queryset.filter(pk__in=find_matches(texts, term))


def spellings(values: Iterable[str]) -> Iterator[str]:
    """Yield the values, and an e-mail address also with its domain in Unicode."""
    for value in values:
        yield value
        if "xn--" in value:
            yield unicode_email(value)
