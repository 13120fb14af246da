"""Names of countries and territories, sorted by the alphabet of the active language."""

import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any

from django import forms
from django.conf import settings
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django_countries import countries

from conference.core.i18n.country_aliases import COMMON_NAMES
from conference.core.i18n.names import make_loose_key
from conference.core.i18n.regions import MEMBER_AND_OBSERVER_STATES
from conference.core.i18n.text import normalize_for_search

# A code that ISO 3166-1 leaves to users. Speakers of such organizations represent no country.
INTERNATIONAL_ORGANIZATION = "XO"

# Additional characters of the Vietnamese alphabet. Each sorts after all words with the base character, because "~"
# sorts after "z". Tone marks do not count.
VIETNAMESE_LETTERS = {"ă": "a~", "â": "a~~", "đ": "d~", "ê": "e~", "ô": "o~", "ơ": "o~~", "ư": "u~"}
TONE_MARKS = dict.fromkeys(map(ord, "\u0300\u0301\u0303\u0309\u0323"))


def country_choices() -> list[tuple[str, str]]:
    """Return pairs of a code (ISO 3166-1) and a name in the active language: Member and observer States first."""
    return [choice for _label, choices in grouped_choices(get_language()) for choice in choices]


@cache
def grouped_choices(language: str | None) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the groups of choices in a language, which must be the active one. Each group is sorted by name."""
    sort_key = vietnamese_sort_key if language == "vi" else normalize_for_search
    choices = sorted(
        ((code, str(name)) for code, name in countries if code != INTERNATIONAL_ORGANIZATION),
        key=lambda choice: sort_key(choice[1]),
    )
    states = set(MEMBER_AND_OBSERVER_STATES)
    return [
        (_("Member and observer States of the United Nations"), [each for each in choices if each[0] in states]),
        (_("Other countries and territories"), [each for each in choices if each[0] not in states]),
    ]


def vietnamese_sort_key(name: str) -> str:
    toneless = unicodedata.normalize("NFC", unicodedata.normalize("NFD", name.casefold()).translate(TONE_MARKS))
    return "".join(VIETNAMESE_LETTERS.get(character, normalize_for_search(character)) for character in toneless)


class CountrySelect(forms.Select):
    """Select with the options sorted by name.

    The options are rendered once for each language: Django renders a template for each of 250 options, which takes
    fifty times as long and is most of the time for a registration form.
    """

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        options: str = render_options(get_language())
        if value in dict(country_choices()):
            options = options.replace(f'<option value="{value}">', f'<option value="{value}" selected>')
        attributes = flatatt(self.build_attrs(self.attrs, {"name": name} | (attrs or {})))
        return format_html("<select{}>{}</select>", attributes, mark_safe(options))  # noqa: S308 - escaped below


@cache
def render_options(language: str | None) -> SafeString:
    """Render the options in a language, which must be the active one."""
    groups = [
        (label, format_html_join("", '<option value="{}">{}</option>', choices))
        for label, choices in grouped_choices(language)
    ]
    empty = format_html('<option value="">{}</option>', _("Choose"))
    return empty + format_html_join("", '<optgroup label="{}">{}</optgroup>', groups)


def get_country_name(code: str) -> str:
    """Return the name of a country or territory in the active language; the code if it is no longer in the list."""
    return str(countries.name(code) or code) if code else _("No country")


def find_country_code(text: str) -> str:
    """Return the code of a country or territory by code or by a name in any language of the site, or nothing."""
    code = text.strip().upper()
    return code if code in countries.countries else index_countries_by_name().get(make_loose_key(text), "")


@cache
def index_countries_by_name() -> dict[str, str]:
    """Return the codes by the keys of all names: official ones in all languages, three-letter codes, common ones."""
    index: dict[str, str] = {}
    for name, code in iterate_country_names():
        index.setdefault(make_loose_key(name), code)
    return index


def iterate_country_names() -> Iterator[tuple[str, str]]:
    for language, _name in settings.LANGUAGES:
        with override(language):
            yield from ((str(name), code) for code, name in countries)
    yield from ((countries.alpha3(code), code) for code in countries.countries)
    yield from ((name, code) for code, names in COMMON_NAMES.items() for name in names)
