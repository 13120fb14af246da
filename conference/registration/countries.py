"""Countries and territories in the order of the reader's alphabet."""

import unicodedata
from functools import cache

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
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


class CountrySelect(forms.Select):
    """Select with the options sorted by name.

    The options are rendered once for each language: Django renders a template for each of 250 options, which takes
    fifty times as long and is most of the time for a registration form.
    """

    def render(self, name, value, attrs=None, renderer=None):
        options = _options(get_language())
        if value in dict(choices()):
            options = options.replace(f'<option value="{value}">', f'<option value="{value}" selected>')
        attrs = flatatt(self.build_attrs(self.attrs, {"name": name} | (attrs or {})))
        return format_html("<select{}>{}</select>", attrs, mark_safe(options))  # noqa: S308 - escaped below


@cache
def _options(language):
    return format_html_join("", '<option value="{}">{}</option>', [("", _("Choose")), *_choices(language)])
