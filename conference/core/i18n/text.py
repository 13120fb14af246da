"""Texts in several languages, and normalization of texts that people type."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Self

from anyascii import anyascii
from django.conf import settings
from django.utils.text import slugify
from django.utils.translation import get_language

LANGUAGES = tuple(code for code, _ in settings.LANGUAGES)


def order_languages() -> list[str]:
    """Return the codes of all languages, the active one first."""
    return sorted(LANGUAGES, key=lambda code: code != get_language())


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


# Characters without a width of their own: format characters (zero-width spaces, joiners, direction marks, soft hyphens,
# byte order marks), fillers and variation selectors.
INVISIBLE_CHARACTERS = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
WORD = re.compile(r"\S+")
# Punctuation that does not end a word: quotation marks, apostrophes, hyphens, full stops and "@".
JOINING_PUNCTUATION = re.compile("['\"`.@_-]")
SEPARATORS = re.compile(r"[\W_]+")
DASHES = re.compile("[\u2010-\u2015\u2212\ufe58]")


def remove_invisible_characters(text: str) -> str:
    return INVISIBLE_CHARACTERS.sub("", text)


def normalize_for_search(text: str) -> str:
    """Return a text transliterated to lower-case ASCII, for search, sorting, slugs and comparison.

    "Hòa bình" gives "hoa binh", and "Łucja Wałęsa" gives "lucja walesa". Spaces and punctuation stay, and so does a
    word that has no transliteration.
    """
    if text.isascii():
        return text.lower()
    # Some transliterations of decomposed characters differ, for example of Korean and Japanese.
    return WORD.sub(lambda match: transliterate_word(match[0]), unicodedata.normalize("NFKC", text))


@lru_cache(maxsize=20_000)
def transliterate_word(word: str) -> str:
    return anyascii(word).lower() or remove_invisible_characters(word.casefold())


def join_words(folded: str) -> str:
    """Return the words of a text from normalize_for_search(): "women's peace-building" gives "womens peacebuilding"."""
    return SEPARATORS.sub(" ", JOINING_PUNCTUATION.sub("", folded)).strip()


def separate_words(folded: str) -> str:
    """Return all parts of words as words: "women's peace-building" gives "women s peace building"."""
    return SEPARATORS.sub(" ", folded).strip()


def make_sort_key(name: str) -> str:
    """Return the text by which names are sorted: without case, diacritics and punctuation."""
    return join_words(normalize_for_search(name))


def make_slug(text: str) -> str:
    """Return lower-case ASCII letters, digits and single hyphens; an empty string if no letter or digit is left."""
    return slugify(normalize_for_search(text)).strip("-_")


def normalize_key(text: str) -> str:
    """Return the form in which keys that people type are compared: slugs, names of rooms, headers, choices.

    Letter case, Unicode composition and width, invisible characters, and the kind and number of spaces do not count.
    Diacritics do: "Hoa" and "Hòa" are two names.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(remove_invisible_characters(folded).split())


def normalize_code(text: str) -> str:
    """Return a code as typed or pasted without spaces and invisible characters, with plain letters, digits and hyphens.

    Letter case stays, because the codes in links distinguish it.
    """
    plain = remove_invisible_characters(unicodedata.normalize("NFKC", text))
    return "".join(to_ascii_digit(character) for character in DASHES.sub("-", plain) if not character.isspace())


def extract_digits(text: str) -> str:
    """Return the decimal digits of a text, in any script, as ASCII digits: "١٢٣-４５" gives "12345"."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(str(unicodedata.decimal(character)) for character in plain if character.isdecimal())


def to_ascii_digit(character: str) -> str:
    return str(unicodedata.decimal(character)) if character.isdecimal() else character
