"""Cell types: conversion between the cells of a spreadsheet and the values of model fields.

A cell is a text, a number, a date, a time or None. Datetimes of the model are aware; cells hold local times of a zone.
The readers are not called for empty cells. They raise CellValueError.
"""

import datetime
import re
import unicodedata
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.utils import translation
from django.utils.translation import gettext_lazy as _
from openpyxl.utils.datetime import from_excel

from conference.core.i18n.countries import find_country_code
from conference.core.i18n.names import make_loose_key
from conference.core.i18n.text import LANGUAGES

from .dates import (
    ISO_DATETIME,
    DateOrder,
    is_serial_date,
    local_to_utc,
    parse_date,
    parse_iso_datetime,
    parse_time,
    split_date,
    time_from_day_fraction,
)
from .errors import CellValueError

LIST_SEPARATOR = re.compile(r"[,;\n]")
DURATION_PATTERN = re.compile(
    r"(?:(?P<hours>\d{1,2})\s*(?::|h(?:ours?)?)\s*)?(?:(?P<minutes>\d{1,4})\s*(?:m(?:in)?(?:utes?)?)?)?", re.IGNORECASE
)


@dataclass(frozen=True)
class CellContext:
    """What the cells of a file are read by: the zone of local times, and the order of day and month."""

    zone: datetime.tzinfo
    date_order: DateOrder = DateOrder.DAY_FIRST


def cell_to_text(cell: object) -> str:
    """Return the cell as text, for example “300” for 300.0."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return clean_text(str(cell))


def clean_text(text: str) -> str:
    """Return the text in Unicode normalization form C, with one kind of line breaks and no spaces around it."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def normalize_name(text: str) -> str:
    """Return the name in Unicode normalization form C with single spaces, for comparison."""
    return " ".join(unicodedata.normalize("NFC", text).split())


@dataclass(frozen=True, eq=False)
class TextCell:
    """Plain text, and the base of all cell types."""

    def read(self, cell: Any, context: CellContext) -> Any:
        if isinstance(cell, bool | datetime.datetime | datetime.date | datetime.time):
            raise CellValueError(_("Enter a text."))
        return cell_to_text(cell)

    def write(self, value: Any, zone: datetime.tzinfo) -> Any:
        return value


class UUIDCell(TextCell):
    def read(self, cell: Any, context: CellContext) -> uuid.UUID:
        try:
            return uuid.UUID(cell_to_text(cell))
        except ValueError:
            raise CellValueError(_("This ID does not exist on this site. Leave it empty for a new row.")) from None

    def write(self, value: Any, zone: datetime.tzinfo) -> str:
        return str(value)


class IntegerCell(TextCell):
    def read(self, cell: Any, context: CellContext) -> int:
        text = cell_to_text(cell)
        if isinstance(cell, bool) or not re.fullmatch(r"[0-9]{1,9}", text):
            raise CellValueError(_("Enter a whole number."))
        return int(text)


class BooleanCell(TextCell):
    VALUES = {
        **dict.fromkeys(["yes", "y", "true", "1", "x", "co", "dung", "✓", "✔"], True),
        **dict.fromkeys(["no", "n", "false", "0", "khong", "sai"], False),
    }

    def read(self, cell: Any, context: CellContext) -> bool:
        try:
            return self.VALUES[make_loose_key(cell_to_text(cell))]
        except KeyError:
            raise CellValueError(_("Enter yes or no.")) from None

    def write(self, value: Any, zone: datetime.tzinfo) -> str:
        return "yes" if value else "no"


@dataclass(frozen=True, eq=False)
class ChoiceCell(TextCell):
    """One of several choices, by its value, by its label in any language, or by another name.

    other_names are lists by value.
    """

    choices: Sequence[tuple]
    other_names: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def labels_by_value(self) -> Sequence[tuple]:
        return self.choices

    def read(self, cell: Any, context: CellContext) -> str:
        value = index_choices_by_name(self).get(make_loose_key(cell_to_text(cell)))
        if value is None:
            known = ", ".join(str(value) for value, _label in self.choices)
            raise CellValueError(_("Enter one of: %(known)s.") % {"known": known})
        return value


@cache
def index_choices_by_name(cell_type: "ChoiceCell | LanguageListCell") -> dict[str, str]:
    """Return the values by the keys of all their names; the first of several values wins."""
    index: dict[str, str] = {}
    for name, value in iterate_choice_names(cell_type):
        index.setdefault(make_loose_key(name), value)
    return index


def iterate_choice_names(cell_type: "ChoiceCell | LanguageListCell") -> Iterator[tuple[str, str]]:
    """Yield (name, value): the values themselves, then their labels in all languages, then their other names."""
    yield from ((str(value), str(value)) for value, _label in cell_type.labels_by_value)
    for language in LANGUAGES:
        with translation.override(language):
            yield from ((str(label), str(value)) for value, label in cell_type.labels_by_value)
    yield from ((name, value) for value, names in cell_type.other_names.items() for name in names)


class CountryCell(TextCell):
    def read(self, cell: Any, context: CellContext) -> str:
        code = find_country_code(cell_to_text(cell))
        if not code:
            raise CellValueError(_("This country is not known. Enter its two-letter code, such as VN."))
        return code


@dataclass(frozen=True, eq=False)
class LanguageListCell(TextCell):
    """Languages by code or name, separated by commas."""

    languages: Mapping[str, object]
    other_names: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def labels_by_value(self) -> Sequence[tuple]:
        return list(self.languages.items())

    def read(self, cell: Any, context: CellContext) -> list[str]:
        return list(
            dict.fromkeys(self.parse_code(item) for item in LIST_SEPARATOR.split(cell_to_text(cell)) if item.strip())
        )

    def parse_code(self, item: str) -> str:
        if code := index_choices_by_name(self).get(make_loose_key(item)):
            return code
        known = ", ".join(self.languages)
        raise CellValueError(_("Enter language codes separated by commas: %(known)s.") % {"known": known})

    def write(self, value: Any, zone: datetime.tzinfo) -> str:
        return ", ".join(value)


class ReferenceCell(TextCell):
    """The slug or the name of another row, which the import plan resolves."""


class ReferenceListCell(TextCell):
    """Slugs or names of other rows, separated by commas."""

    def write(self, value: Any, zone: datetime.tzinfo) -> str:
        return ", ".join(value)


class DateCell(TextCell):
    def read(self, cell: Any, context: CellContext) -> datetime.date:
        if isinstance(cell, datetime.datetime):
            return cell.date()
        if isinstance(cell, datetime.date):
            return cell
        if is_serial_date(cell):
            return from_excel(cell).date()
        return parse_date(cell_to_text(cell), context.date_order)


class TimeCell(TextCell):
    def read(self, cell: Any, context: CellContext) -> datetime.time:
        if isinstance(cell, datetime.time):
            return cell
        if isinstance(cell, int | float) and not isinstance(cell, bool) and 0 <= cell < 1:
            return time_from_day_fraction(cell)
        return parse_time(cell_to_text(cell))

    def write(self, value: Any, zone: datetime.tzinfo) -> str:
        return value.isoformat("auto" if value.second or value.microsecond else "minutes")


class DateTimeCell(TextCell):
    """A date with a time; or only a time, if the date has its own column."""

    def read(self, cell: Any, context: CellContext) -> datetime.datetime | datetime.time:
        if isinstance(cell, datetime.datetime):
            return local_to_utc(cell, context.zone)
        if is_serial_date(cell):
            return local_to_utc(from_excel(cell), context.zone)
        if isinstance(cell, datetime.time | float):
            return TimeCell().read(cell, context)
        return self.parse_text(cell_to_text(cell), context)

    def parse_text(self, text: str, context: CellContext) -> datetime.datetime | datetime.time:
        if ISO_DATETIME.fullmatch(text):
            return parse_iso_datetime(text, context.zone)
        day, time = split_date(text, context.date_order)
        if day is None:
            return parse_time(text)
        if not time:
            raise CellValueError(_("Enter the time as well, for example 2020-12-07 18:00."))
        return local_to_utc(datetime.datetime.combine(day, parse_time(time)), context.zone)

    def write(self, value: Any, zone: datetime.tzinfo) -> datetime.datetime | str:
        """Return the local time; as text with its UTC offset if it is ambiguous because clocks are set back."""
        local = value.astimezone(zone)
        if local.microsecond or local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
            return local.isoformat(" ")
        return local.replace(tzinfo=None, fold=0)


class DurationCell(TextCell):
    """A duration in minutes, or in hours and minutes."""

    def read(self, cell: Any, context: CellContext) -> datetime.timedelta:
        if isinstance(cell, datetime.time):
            return datetime.timedelta(hours=cell.hour, minutes=cell.minute)
        if isinstance(cell, datetime.timedelta):
            return cell
        match = DURATION_PATTERN.fullmatch(cell_to_text(cell))
        if not match or not any(match.groups()):
            raise CellValueError(_("Enter the duration in minutes or as h:mm, for example 1:30."))
        return datetime.timedelta(hours=int(match["hours"] or 0), minutes=int(match["minutes"] or 0))
