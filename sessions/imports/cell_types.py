"""Cell types: conversion between the cells of a spreadsheet and the values of model fields.

A cell is a text, a number, a date, a time or None. Datetimes of the model are aware; cells hold local times of a zone.
The readers are not called for empty cells. They raise CellValueError.
"""

import datetime
import re
import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django_countries import countries
from openpyxl.utils.datetime import from_excel

from conference.core.i18n.text import normalize_for_search

# Numbers of days since 1900 that are read as dates: 1954 to 2119. Spreadsheets store dates in this way.
SERIAL_DATES = range(20_000, 80_000)
LIST_SEPARATOR = re.compile(r"[,;\n]")
YEAR_FIRST_DATE = re.compile(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})")
DAY_FIRST_DATE = re.compile(r"(?P<day>\d{1,2})[-/.](?P<month>\d{1,2})[-/.](?P<year>\d{4})")
TIME_PATTERN = re.compile(
    r"(?P<hour>\d{1,2})(?:[:h.](?P<minute>\d{2})?(?::(?P<second>\d{2}))?)?\s*(?P<half>[ap]\.?m\.?)?", re.IGNORECASE
)
DURATION_PATTERN = re.compile(
    r"(?:(?P<hours>\d{1,2})\s*(?::|h(?:ours?)?)\s*)?(?:(?P<minutes>\d{1,4})\s*(?:m(?:in)?(?:utes?)?)?)?", re.IGNORECASE
)


class CellValueError(ValueError):
    """The content of a cell is not valid; the message says what to enter instead."""


def cell_to_text(cell: object) -> str:
    """Return the cell as text, for example “300” for 300.0."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).replace("\r\n", "\n").replace("\r", "\n").strip()


def normalize_name(text: str) -> str:
    """Return the name in Unicode normalization form C with single spaces, for comparison."""
    return " ".join(unicodedata.normalize("NFC", text).split())


@dataclass(frozen=True, eq=False)
class TextCell:
    """Plain text, and the base of all cell types."""

    def read(self, cell: Any, zone: datetime.tzinfo) -> Any:
        if isinstance(cell, bool | datetime.datetime | datetime.date | datetime.time):
            raise CellValueError(_("Enter a text."))
        return cell_to_text(cell)

    def write(self, value: Any, zone: datetime.tzinfo) -> Any:
        return value


class UUIDCell(TextCell):
    def read(self, cell: Any, zone: datetime.tzinfo) -> uuid.UUID:
        try:
            return uuid.UUID(cell_to_text(cell))
        except ValueError:
            raise CellValueError(_("This ID does not exist on this site. Leave it empty for a new row.")) from None

    def write(self, value: Any, zone: datetime.tzinfo) -> str:
        return str(value)


class IntegerCell(TextCell):
    def read(self, cell: Any, zone: datetime.tzinfo) -> int:
        text = cell_to_text(cell)
        if isinstance(cell, bool) or not re.fullmatch(r"[0-9]{1,9}", text):
            raise CellValueError(_("Enter a whole number."))
        return int(text)


class BooleanCell(TextCell):
    VALUES = {
        **dict.fromkeys(["yes", "y", "true", "1", "x", "co"], True),
        **dict.fromkeys(["no", "n", "false", "0", "khong"], False),
    }

    def read(self, cell: Any, zone: datetime.tzinfo) -> bool:
        try:
            return self.VALUES[normalize_for_search(cell_to_text(cell))]
        except KeyError:
            raise CellValueError(_("Enter yes or no.")) from None

    def write(self, value: Any, zone: datetime.tzinfo) -> str:
        return "yes" if value else "no"


@dataclass(frozen=True, eq=False)
class ChoiceCell(TextCell):
    """One of several choices, by its value or by its label in the active language."""

    choices: Sequence[tuple]

    @property
    def labels_by_value(self) -> Sequence[tuple]:
        return self.choices

    def read(self, cell: Any, zone: datetime.tzinfo) -> str:
        value = index_choices_by_name(self, get_language()).get(normalize_for_search(cell_to_text(cell)))
        if value is None:
            known = ", ".join(str(value) for value, _label in self.choices)
            raise CellValueError(_("Enter one of: %(known)s.") % {"known": known})
        return value


@cache
def index_choices_by_name(cell_type: "ChoiceCell | LanguageListCell", language: str) -> dict[str, str]:
    """Return the values by their own name and by their label in a language; the first of several wins."""
    return {
        normalize_for_search(str(name)): str(value)
        for value, label in reversed(cell_type.labels_by_value)
        for name in (value, label)
    }


class CountryCell(TextCell):
    def read(self, cell: Any, zone: datetime.tzinfo) -> str:
        text = cell_to_text(cell)
        code = text.upper() if text.upper() in countries.countries else countries.by_name(text)
        if not code:
            raise CellValueError(_("Enter the two-letter country code, such as VN."))
        return code


@dataclass(frozen=True, eq=False)
class LanguageListCell(TextCell):
    """Languages by code or name, separated by commas."""

    languages: Mapping[str, object]

    @property
    def labels_by_value(self) -> Sequence[tuple]:
        return list(self.languages.items())

    def read(self, cell: Any, zone: datetime.tzinfo) -> list[str]:
        return list(
            dict.fromkeys(self.parse_code(item) for item in LIST_SEPARATOR.split(cell_to_text(cell)) if item.strip())
        )

    def parse_code(self, item: str) -> str:
        if code := index_choices_by_name(self, get_language()).get(normalize_for_search(item.strip())):
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
    def read(self, cell: Any, zone: datetime.tzinfo) -> datetime.date:
        if isinstance(cell, datetime.datetime):
            return cell.date()
        if isinstance(cell, datetime.date):
            return cell
        if is_serial_date(cell):
            return from_excel(cell).date()
        return parse_date(cell_to_text(cell))


class TimeCell(TextCell):
    def read(self, cell: Any, zone: datetime.tzinfo) -> datetime.time:
        if isinstance(cell, datetime.time):
            return cell
        if isinstance(cell, int | float) and not isinstance(cell, bool) and 0 <= cell < 1:
            return time_from_day_fraction(cell)
        return parse_time(cell_to_text(cell))

    def write(self, value: Any, zone: datetime.tzinfo) -> str:
        return value.isoformat("auto" if value.second or value.microsecond else "minutes")


class DateTimeCell(TextCell):
    """A date with a time; or only a time, if the date has its own column."""

    def read(self, cell: Any, zone: datetime.tzinfo) -> datetime.datetime | datetime.time:
        if isinstance(cell, datetime.datetime):
            return local_to_utc(cell, zone)
        if is_serial_date(cell):
            return local_to_utc(from_excel(cell), zone)
        if isinstance(cell, datetime.time | float):
            return TimeCell().read(cell, zone)
        return self.parse_text(cell_to_text(cell), zone)

    def parse_text(self, text: str, zone: datetime.tzinfo) -> datetime.datetime | datetime.time:
        if re.fullmatch(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?", text):
            return parse_iso_datetime(text, zone)
        day, _space, time = text.replace(",", " ").replace("T", " ").partition(" ")
        if not (YEAR_FIRST_DATE.fullmatch(day) or DAY_FIRST_DATE.fullmatch(day)):
            return parse_time(text)
        if not time.strip():
            raise CellValueError(_("Enter the time as well, for example 2020-12-07 18:00."))
        return local_to_utc(datetime.datetime.combine(parse_date(day), parse_time(time.strip())), zone)

    def write(self, value: Any, zone: datetime.tzinfo) -> datetime.datetime | str:
        """Return the local time; as text with its UTC offset if it is ambiguous because clocks are set back."""
        local = value.astimezone(zone)
        if local.microsecond or local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
            return local.isoformat(" ")
        return local.replace(tzinfo=None, fold=0)


class DurationCell(TextCell):
    """A duration in minutes, or in hours and minutes."""

    def read(self, cell: Any, zone: datetime.tzinfo) -> datetime.timedelta:
        if isinstance(cell, datetime.time):
            return datetime.timedelta(hours=cell.hour, minutes=cell.minute)
        if isinstance(cell, datetime.timedelta):
            return cell
        match = DURATION_PATTERN.fullmatch(cell_to_text(cell))
        if not match or not any(match.groups()):
            raise CellValueError(_("Enter the duration in minutes or as h:mm, for example 1:30."))
        return datetime.timedelta(hours=int(match["hours"] or 0), minutes=int(match["minutes"] or 0))


def is_serial_date(cell: object) -> bool:
    return isinstance(cell, int | float) and SERIAL_DATES.start <= cell < SERIAL_DATES.stop


def time_from_day_fraction(fraction: float) -> datetime.time:
    return (datetime.datetime.min + datetime.timedelta(seconds=round(fraction * 86_400))).time()


def parse_iso_datetime(text: str, zone: datetime.tzinfo) -> datetime.datetime:
    try:
        parsed = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise CellValueError(_("This date or time does not exist.")) from None
    return parsed.astimezone(datetime.UTC) if parsed.tzinfo else local_to_utc(parsed, zone)


def local_to_utc(local: datetime.datetime, zone: datetime.tzinfo) -> datetime.datetime:
    """Convert a naive local time to UTC. Raises CellValueError for a time that the zone skips."""
    try:
        utc = local.replace(tzinfo=zone).astimezone(datetime.UTC)
        round_trip = utc.astimezone(zone).replace(tzinfo=None)
    except (OverflowError, ValueError):
        raise CellValueError(_("This date or time does not exist.")) from None
    if round_trip != local:
        raise CellValueError(_("This time does not exist on this day because the clocks change."))
    return utc


def parse_date(text: str) -> datetime.date:
    match = YEAR_FIRST_DATE.fullmatch(text) or DAY_FIRST_DATE.fullmatch(text)
    if not match:
        raise CellValueError(_("Enter the date as 2020-12-07 or 7/12/2020 (day first)."))
    try:
        return datetime.date(*(int(match[part]) for part in ("year", "month", "day")))
    except ValueError:
        raise CellValueError(_("This date or time does not exist.")) from None


def parse_time(text: str) -> datetime.time:
    match = TIME_PATTERN.fullmatch(text)
    if not match:
        raise CellValueError(_("Enter the time as 18:00, with the date before it or in its own column."))
    hour, half = int(match["hour"]), (match["half"] or "").lower()[:1]
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return datetime.time(hour, int(match["minute"] or 0), int(match["second"] or 0))
    except ValueError:
        raise CellValueError(_("This date or time does not exist.")) from None
