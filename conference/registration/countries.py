"""Countries and territories in the order of the reader's alphabet."""

import unicodedata
from functools import cache

from django.utils.translation import get_language
from django_countries import countries

from sessions.text import fold

# The letters that Vietnamese has besides those of Latin: each comes after all words with the one it is made from, for
# "~" comes after "z". Tones do not count.
OF_THEIR_OWN = {"ă": "a~", "â": "a~~", "đ": "d~", "ê": "e~", "ô": "o~", "ơ": "o~~", "ư": "u~"}
TONES = dict.fromkeys(map(ord, "\u0300\u0301\u0303\u0309\u0323"))


def choices():
    """Pairs of a code (ISO 3166-1) and a name, by name, in the active language."""
    return _choices(get_language())


@cache
def _choices(language):
    alphabet = _vietnamese if language == "vi" else fold
    return sorted(((code, str(name)) for code, name in countries), key=lambda pair: alphabet(pair[1]))


def _vietnamese(name):
    toneless = unicodedata.normalize("NFC", unicodedata.normalize("NFD", name.casefold()).translate(TONES))
    return "".join(OF_THEIR_OWN.get(letter, fold(letter)) for letter in toneless)
