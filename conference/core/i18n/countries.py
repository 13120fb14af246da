"""The list of countries and territories, sorted by the alphabet of the active language.

The built-in list has the official short names of the United Nations. Organizers change it and add entries to it: the
app `conference` registers where the changed list comes from.
"""

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import chain

from django.db import models
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _
from django_countries import countries

from conference.core.i18n.country_aliases import COMMON_NAMES
from conference.core.i18n.names import make_loose_key
from conference.core.i18n.regions import MEMBER_AND_OBSERVER_STATES, get_region
from conference.core.i18n.text import LANGUAGES, LocalizedText, normalize_for_search

# A code that ISO 3166-1 leaves to users: any international organization. It is hidden unless organizers show it.
INTERNATIONAL_ORGANIZATION = "XO"
# Key in the statistics by region of people whose country is not known.
UNKNOWN_REGION = "unknown"

# Additional characters of the Vietnamese alphabet. Each sorts after all words with the base character, because "~"
# sorts after "z". Tone marks do not count.
VIETNAMESE_LETTERS = {"ă": "a~", "â": "a~~", "đ": "d~", "ê": "e~", "ô": "o~", "ơ": "o~~", "ư": "u~"}
TONE_MARKS = dict.fromkeys(map(ord, "\u0300\u0301\u0303\u0309\u0323"))

Choices = list[tuple[str, str]]


class CountryGroup(models.TextChoices):
    """Groups of the list, in the order of the choices."""

    STATE = "state", gettext_lazy("Member or observer State")
    TERRITORY = "territory", gettext_lazy("Other country or territory")
    ORGANIZATION = "organization", gettext_lazy("International organization")


GROUP_HEADINGS = {
    CountryGroup.STATE: gettext_lazy("Member and observer States of the United Nations"),
    CountryGroup.TERRITORY: gettext_lazy("Other countries and territories"),
    CountryGroup.ORGANIZATION: gettext_lazy("International organizations"),
}


@dataclass(frozen=True, slots=True)
class CountryEntry:
    """An entry of the list. Its code is one of ISO 3166-1 (alpha-2), or one that the standard leaves to users.

    Hidden entries are not offered in the registration form. Imports recognize the aliases beside the name.
    """

    code: str
    name: LocalizedText
    group: CountryGroup
    is_hidden: bool = False
    aliases: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The name in each language, then the aliases."""
        return (*self.name.by_language.values(), *self.aliases)


class CountryList:
    """The built-in entries, with those that organizers have changed or added. Do not modify it."""

    def __init__(self, changes: Iterable[CountryEntry] = ()):
        self.entries = get_builtin_entries() | {entry.code: entry for entry in changes}

    def list_by_group(self, language: str | None) -> dict[CountryGroup, list[CountryEntry]]:
        """Return the entries of each group, sorted by their names in the language."""
        fold = vietnamese_sort_key if language == "vi" else normalize_for_search
        ordered = sorted(self.entries.values(), key=lambda entry: fold(entry.name.resolve(language)[0]))
        return {group: [entry for entry in ordered if entry.group == group] for group in CountryGroup}

    @cached_property
    def codes_by_name(self) -> dict[str, str]:
        """The codes by the loose keys of all names, and of codes of three letters that are no names."""
        index: dict[str, str] = {}
        alpha3_codes = ((countries.alpha3(code), code) for code in countries.countries if countries.alpha3(code))
        for name, code in chain(self.iterate_names(), alpha3_codes):
            index.setdefault(make_loose_key(name), code)
        return index

    def iterate_names(self) -> Iterator[tuple[str, str]]:
        """Yield pairs of a name and a code: the names in use, then replaced built-in ones.

        The names of INTERNATIONAL_ORGANIZATION come last, as they include organizations that may have their own entry.
        """
        general = self.entries[INTERNATIONAL_ORGANIZATION]
        for entries in (self.entries, get_builtin_entries()):
            yield from ((name, code) for code, entry in entries.items() if code != general.code for name in entry.names)
        yield from ((name, general.code) for name in general.names)

    def map_reserved_names(self) -> dict[str, str]:
        """Return the codes by the loose keys of all names and codes that no other entry may have as a name.

        The built-in aliases of INTERNATIONAL_ORGANIZATION are free, as "EU" is for an entry of the European Union.
        """
        free = set(map(make_loose_key, COMMON_NAMES[INTERNATIONAL_ORGANIZATION]))
        names = [*self.iterate_names(), *((code, code) for code in self.entries)]
        return {
            make_loose_key(name): code
            for name, code in names
            if code != INTERNATIONAL_ORGANIZATION or make_loose_key(name) not in free
        }


@cache
def get_builtin_entries() -> dict[str, CountryEntry]:
    """Return the entries of the built-in list by code, with their official names in all languages of the site."""
    names: dict[str, dict[str, str]] = {code: {} for code in countries.countries}
    for language in LANGUAGES:
        with override(language):
            for code, name in countries:
                names[code][language] = str(name)
    return {
        code: CountryEntry(
            code,
            LocalizedText(by_language),
            get_builtin_group(code),
            code == INTERNATIONAL_ORGANIZATION,
            COMMON_NAMES.get(code, ()),
        )
        for code, by_language in names.items()
    }


def get_builtin_group(code: str) -> CountryGroup:
    if code == INTERNATIONAL_ORGANIZATION:
        return CountryGroup.ORGANIZATION
    return CountryGroup.STATE if code in MEMBER_AND_OBSERVER_STATES else CountryGroup.TERRITORY


# The current list


@cache
def get_builtin_list() -> CountryList:
    return CountryList()


CountryListProvider = Callable[[], CountryList]
_providers: list[CountryListProvider] = []


def register_country_list_provider(provider: CountryListProvider) -> None:
    """Register the function that returns the current list. It reads memory only and raises no error."""
    _providers[:] = [provider]


def get_country_list() -> CountryList:
    """Return the list as organizers have changed it."""
    return _providers[0]() if _providers else get_builtin_list()


def get_country_name(code: str) -> str:
    """Return the name of a country or territory in the active language; the code if it is not in the list."""
    if not code:
        return _("No country")
    entry = get_country_list().entries.get(code)
    return str(entry.name) if entry else code


def is_organization(code: str) -> bool:
    """Return whether a code is that of an international organization, not of a country."""
    entry = get_country_list().entries.get(code)
    return entry is not None and entry.group == CountryGroup.ORGANIZATION


def get_region_key(code: str) -> str:
    """Return the key of a country for statistics by region.

    It is the value of the regional group of a State, "organization", UNKNOWN_REGION without a country, or nothing for
    all others.
    """
    if not code:
        return UNKNOWN_REGION
    if is_organization(code):
        return CountryGroup.ORGANIZATION.value
    region = get_region(code)
    return region.value if region else ""


def find_country_code(text: str) -> str:
    """Return the code of a country or territory by code or by a name in any language of the site, or nothing.

    Three capital letters are a code of ISO 3166-1 first: NGA is Nigeria, but Nga is the Vietnamese name of Russia.
    """
    name, country_list = text.strip(), get_country_list()
    if name.upper() in country_list.entries:
        return name.upper()
    code = countries.alpha2(name) if len(name) == 3 and name.isupper() else ""
    return code or country_list.codes_by_name.get(make_loose_key(name), "")


# Choices


def country_choices(besides: str = "") -> Choices:
    """Return pairs of a code and a name in the active language, in the order of the groups, without hidden entries.

    besides is a code that was chosen before; it is a choice even if it is hidden by now.
    """
    groups = grouped_choices(get_country_list(), get_language())
    choices = [choice for _heading, choices in groups for choice in choices]
    entry = get_country_list().entries.get(besides)
    return [*choices, (entry.code, str(entry.name))] if entry and entry.is_hidden else choices


def all_country_choices() -> Choices:
    """Return the choices for organizers, who may choose hidden entries too."""
    groups = grouped_choices(get_country_list(), get_language(), with_hidden=True)
    return [choice for _heading, choices in groups for choice in choices]


@lru_cache(maxsize=16)
def grouped_choices(
    country_list: CountryList, language: str | None, with_hidden: bool = False
) -> list[tuple[str, Choices]]:
    """Return the headings and choices of the groups that are not empty, in a language, which must be the active one."""
    groups = [
        (
            str(GROUP_HEADINGS[group]),
            [(entry.code, str(entry.name)) for entry in entries if with_hidden or not entry.is_hidden],
        )
        for group, entries in country_list.list_by_group(language).items()
    ]
    return [(heading, choices) for heading, choices in groups if choices]


def vietnamese_sort_key(name: str) -> str:
    toneless = unicodedata.normalize("NFC", unicodedata.normalize("NFD", name.casefold()).translate(TONE_MARKS))
    return "".join(VIETNAMESE_LETTERS.get(character, normalize_for_search(character)) for character in toneless)
