"""Model field and select of the countries and territories, whose choices follow the current list."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django_countries import Countries, CountryTuple, fields

from conference.core.i18n.countries import (
    CountryList,
    all_country_choices,
    country_choices,
    get_country_list,
    get_country_name,
    grouped_choices,
)

CODE_LENGTH = 2


class CurrentCountries(Countries):
    """The current list for django-countries, which keeps its own list for the life of the process."""

    @property
    def countries(self) -> dict[str, Any]:
        return {code: entry.name for code, entry in get_country_list().entries.items()}

    def alpha2(self, code: Any) -> str:
        """Return a code of two letters unchanged: it is read with each row, and may be in the list no longer."""
        return str(code) if len(str(code)) == CODE_LENGTH else str(super().alpha2(code))

    def name(self, code: Any) -> str:
        return get_country_name(str(code)) if code else ""

    def __iter__(self) -> Iterator[CountryTuple]:
        yield from (CountryTuple(*choice) for choice in all_country_choices())

    def __len__(self) -> int:
        return len(get_country_list().entries)


class CountryField(fields.CountryField):
    """Code of an entry of the current list, hidden ones included."""

    def __init__(self, *args: Any, **kwargs: Any):
        # Without a length, django-countries reads all names, which are not translated before all apps are loaded.
        kwargs.setdefault("max_length", CODE_LENGTH)
        super().__init__(*args, countries=CurrentCountries, **kwargs)

    def deconstruct(self) -> Any:
        """Leave out the list, which is no part of the database schema."""
        name, _path, args, kwargs = super().deconstruct()
        kwargs.pop("countries")
        return name, "django_countries.fields.CountryField", args, kwargs

    def _check_choices(self) -> list:
        """Skip Django's check of the choices, because system checks must not need the database."""
        return []


class CountrySelect(forms.Select):
    """Select with the options in groups, sorted by name.

    The options are rendered once for each language: Django renders a template for each of 250 options, which takes
    fifty times as long and is most of the time for a registration form.
    """

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        options: str = render_options(get_country_list(), get_language())
        if value in dict(country_choices()):
            options = options.replace(f'<option value="{value}">', f'<option value="{value}" selected>')
        elif value in dict(self.choices):
            # A hidden entry that the field accepts, because it was chosen before.
            options += format_html('<option value="{}" selected>{}</option>', value, get_country_name(value))
        attributes = flatatt(self.build_attrs(self.attrs, {"name": name} | (attrs or {})))
        return format_html("<select{}>{}</select>", attributes, mark_safe(options))  # noqa: S308 - escaped below


@lru_cache(maxsize=8)
def render_options(country_list: CountryList, language: str | None) -> SafeString:
    """Render the options in a language, which must be the active one."""
    groups = [
        (label, format_html_join("", '<option value="{}">{}</option>', choices))
        for label, choices in grouped_choices(country_list, language)
    ]
    empty = format_html('<option value="">{}</option>', _("Choose"))
    return empty + format_html_join("", '<optgroup label="{}">{}</optgroup>', groups)
