"""Comparison of names, slugs, headers and choices as people type them."""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from conference.core.i18n.text import make_slug, normalize_for_search, normalize_key

# Unicode categories: letters, numbers and marks.
WORD_CATEGORIES = "LNM"


@lru_cache(maxsize=20_000)
def make_name_key(name: str) -> str:
    """Return the name without letter case, punctuation and spaces; diacritics stay."""
    key = normalize_key(name)
    return keep_words(key) or key


@lru_cache(maxsize=20_000)
def make_loose_key(name: str) -> str:
    """Return the name without letter case, punctuation, spaces and diacritics."""
    return keep_words(normalize_for_search(name)) or normalize_key(name)


def keep_words(text: str) -> str:
    return "".join(character for character in text if unicodedata.category(character)[0] in WORD_CATEGORIES)


def is_same_name(first: str, second: str) -> bool:
    """Return whether two names are the same, or the same but for the diacritics that one of them lacks altogether."""
    if make_name_key(first) == make_name_key(second):
        return True
    plain = make_loose_key(first)
    return plain == make_loose_key(second) and plain in (make_name_key(first), make_name_key(second))


class NameIndex:
    """Objects by slug and by their names. An object may have several names."""

    def __init__(self) -> None:
        self.by_slug: dict[str, Any] = {}
        self.by_slug_key: dict[str, list] = {}
        self.by_key: dict[str, list[tuple[str, Any]]] = {}

    def add(self, item: Any, slug: str, names: Iterable[str]) -> None:
        self.by_slug.setdefault(slug, item)
        self.by_slug_key.setdefault(make_slug(slug), []).append(item)
        for name in filter(None, names):
            self.by_key.setdefault(make_loose_key(name), []).append((name, item))

    def find(self, text: str) -> list:
        """Return the objects that a text names: by exact slug, by name, else by a slug in another spelling."""
        if text in self.by_slug:
            return [self.by_slug[text]]
        return self.find_by_name(text) or self.find_by_slug(text)

    def find_by_slug(self, text: str) -> list:
        exact = self.by_slug.get(text)
        return [exact] if exact is not None else self.by_slug_key.get(make_slug(text), [])

    def find_exact(self, text: str) -> list:
        """Return the objects with this name, regardless of letter case and Unicode composition only."""
        named = self.by_key.get(make_loose_key(text), [])
        return [item for name, item in named if normalize_key(name) == normalize_key(text)]

    def find_by_name(self, text: str) -> list:
        """Return the objects with this name; those with the very same spelling if there are any."""
        named = self.by_key.get(make_loose_key(text), [])
        wanted = unicodedata.normalize("NFC", " ".join(text.split()))
        for is_match in (
            lambda name: unicodedata.normalize("NFC", " ".join(name.split())) == wanted,
            lambda name: make_name_key(name) == make_name_key(text),
            lambda name: is_same_name(name, text),
        ):
            matches = {id(item): item for name, item in named if is_match(name)}
            if matches:
                return list(matches.values())
        return []
