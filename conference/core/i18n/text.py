"""Texts in several languages, and normalization of text for search."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from django.conf import settings
from django.utils.translation import get_language

LANGUAGES = tuple(code for code, _ in settings.LANGUAGES)


@dataclass(frozen=True, slots=True)
class LocalizedText:
    """A text in one or more languages. str() gives the active language, or else the first one that has a text."""

    by_language: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, instance: Any, name: str) -> Self:
        """Build from the attributes name_en, name_vi and so on of a model instance."""
        values = {language: getattr(instance, f"{name}_{language}").strip() for language in LANGUAGES}
        return cls({language: text for language, text in values.items() if text})

    def resolve(self, language: str | None = None) -> tuple[str, str]:
        """Return the text and its language: the one given (by default the active one), or else the first available.

        settings.LANGUAGES decides the order.
        """
        language = language or get_language() or LANGUAGES[0]
        for candidate in (language, *LANGUAGES):
            if text := self.by_language.get(candidate):
                return text, candidate
        return "", language

    def __str__(self) -> str:
        return self.resolve()[0]

    def __bool__(self) -> bool:
        return bool(self.by_language)

    def __hash__(self) -> int:
        return hash(tuple(sorted(self.by_language.items())))


def normalize_for_search(text: str) -> str:
    """Return a text in lower case and without diacritics, so that "hoa binh" finds "Hòa bình"."""
    decomposed = unicodedata.normalize("NFKD", text).casefold().replace("đ", "d").replace("ø", "o")
    for mark in filter(unicodedata.combining, set(decomposed)):
        decomposed = decomposed.replace(mark, "")
    return decomposed
