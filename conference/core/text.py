"""Text in several languages, and text reduced to what a search compares."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.translation import get_language

LANGUAGES = tuple(code for code, _ in settings.LANGUAGES)


@dataclass(frozen=True, slots=True)
class LocalizedText:
    """One text in the languages it exists in; the order of settings.LANGUAGES decides what stands in for what."""

    by_language: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, row, name):
        """The text that a row keeps in columns called name_en, name_vi and so on."""
        columns = {language: getattr(row, f"{name}_{language}").strip() for language in LANGUAGES}
        return cls({language: text for language, text in columns.items() if text})

    def resolve(self, language=None):
        """The text and the language it is in: the one asked for (or the active one), else the first there is."""
        language = language or get_language() or LANGUAGES[0]
        if text := self.by_language.get(language):
            return text, language
        for other in LANGUAGES:
            if text := self.by_language.get(other):
                return text, other
        return "", language

    def __str__(self):
        return self.resolve()[0]

    def __bool__(self):
        return bool(self.by_language)

    def __hash__(self):
        return hash(tuple(sorted(self.by_language.items())))


def normalize_for_search(text):
    """Lower case without marks, so that "hoa binh" finds "Hòa bình" and "oslo" finds "Ósló"."""
    decomposed = unicodedata.normalize("NFKD", text).casefold().replace("đ", "d").replace("ø", "o")
    for mark in filter(unicodedata.combining, set(decomposed)):
        decomposed = decomposed.replace(mark, "")
    return decomposed
