"""How a value is typed into a cell, and read from one.

A cell is what a spreadsheet holds: a text, a number, a date, a time or None. Moments are aware; each kind of value is
read and written on the clock of a zone.
"""

import datetime
import re
import unicodedata
import uuid
from dataclasses import dataclass
from functools import cache

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django_countries import countries
from openpyxl.utils.datetime import from_excel

from conference.core.text import normalize_for_search

# Days since 1900: what a spreadsheet keeps for a date whose cell is not marked as one. 1954 to 2119.
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
    """What is typed in a cell cannot be understood; says what to type instead."""


def cell_to_text(cell):
    """A cell as text, as a person would read it: 300.0 is “300”."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).replace("\r\n", "\n").replace("\r", "\n").strip()


def normalize_name(text):
    """A name for comparison: one way to write its marks, single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())


# How a value is read from a cell and written into one. An empty cell never comes here.


@dataclass(frozen=True, eq=False)
class TextCell:
    def read(self, cell, zone):
        if isinstance(cell, bool | datetime.datetime | datetime.date | datetime.time):
            raise CellValueError(_("Enter a text."))
        return cell_to_text(cell)

    def write(self, value, zone):
        return value


class UUIDCell(TextCell):
    def read(self, cell, zone):
        try:
            return uuid.UUID(cell_to_text(cell))
        except ValueError:
            raise CellValueError(_("This ID does not exist on this site. Leave it empty for a new row.")) from None

    def write(self, value, zone):
        return str(value)


class IntegerCell(TextCell):
    def read(self, cell, zone):
        text = cell_to_text(cell)
        if isinstance(cell, bool) or not re.fullmatch(r"[0-9]{1,9}", text):
            raise CellValueError(_("Enter a whole number."))
        return int(text)


class BooleanCell(TextCell):
    VALUES = {
        **dict.fromkeys(["yes", "y", "true", "1", "x", "co"], True),
        **dict.fromkeys(["no", "n", "false", "0", "khong"], False),
    }

    def read(self, cell, zone):
        try:
            return self.VALUES[normalize_for_search(cell_to_text(cell))]
        except KeyError:
            raise CellValueError(_("Enter yes or no.")) from None

    def write(self, value, zone):
        return "yes" if value else "no"


@dataclass(frozen=True, eq=False)
class ChoiceCell(TextCell):
    """One of some words, by itself or by its name in the active language."""

    choices: list

    @property
    def labels_by_value(self):
        return self.choices

    def read(self, cell, zone):
        if (
            value := index_choices_by_name(self, get_language()).get(normalize_for_search(cell_to_text(cell)))
        ) is not None:
            return value
        known = ", ".join(str(value) for value, _label in self.choices)
        raise CellValueError(_("Enter one of: %(known)s.") % {"known": known})


@cache
def index_choices_by_name(kind, language):
    """Values by what they are called in a language; where two are called the same, the first."""
    return {
        normalize_for_search(str(called)): str(value)
        for value, name in reversed(kind.labels_by_value)
        for called in (value, name)
    }


class CountryCell(TextCell):
    def read(self, cell, zone):
        text = cell_to_text(cell)
        code = text.upper() if text.upper() in countries.countries else countries.by_name(text)
        if not code:
            raise CellValueError(_("Enter the two-letter country code, such as VN."))
        return code


@dataclass(frozen=True, eq=False)
class LanguageListCell(TextCell):
    """Languages by code or name, separated by commas."""

    languages: dict

    @property
    def labels_by_value(self):
        return self.languages.items()

    def read(self, cell, zone):
        return list(
            dict.fromkeys(self.parse_code(item) for item in LIST_SEPARATOR.split(cell_to_text(cell)) if item.strip())
        )

    def parse_code(self, item):
        if code := index_choices_by_name(self, get_language()).get(normalize_for_search(item.strip())):
            return code
        known = ", ".join(self.languages)
        raise CellValueError(_("Enter language codes separated by commas: %(known)s.") % {"known": known})

    def write(self, value, zone):
        return ", ".join(value)


class ReferenceCell(TextCell):
    """The address or the name of another row; finding it is the importer's work."""


class ReferenceListCell(TextCell):
    def write(self, value, zone):
        return ", ".join(value)


class DateCell(TextCell):
    def read(self, cell, zone):
        if isinstance(cell, datetime.datetime):
            return cell.date()
        if isinstance(cell, datetime.date):
            return cell
        if is_serial_date(cell):
            return from_excel(cell).date()
        return parse_date(cell_to_text(cell))


class TimeCell(TextCell):
    def read(self, cell, zone):
        if isinstance(cell, datetime.time):
            return cell
        if isinstance(cell, int | float) and not isinstance(cell, bool) and 0 <= cell < 1:
            return time_from_day_fraction(cell)
        return parse_time(cell_to_text(cell))

    def write(self, value, zone):
        return value.isoformat("auto" if value.second or value.microsecond else "minutes")


class DateTimeCell(TextCell):
    """A date with a time, or a time alone where the date has a column of its own."""

    def read(self, cell, zone):
        if isinstance(cell, datetime.datetime):
            return local_to_utc(cell, zone)
        if is_serial_date(cell):
            return local_to_utc(from_excel(cell), zone)
        if isinstance(cell, datetime.time | float):
            return TimeCell().read(cell, zone)
        return self.parse_text(cell_to_text(cell), zone)

    def parse_text(self, text, zone):
        if re.fullmatch(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?", text):
            return parse_iso_datetime(text, zone)
        day, _space, time = text.replace(",", " ").replace("T", " ").partition(" ")
        if not (YEAR_FIRST_DATE.fullmatch(day) or DAY_FIRST_DATE.fullmatch(day)):
            return parse_time(text)
        if not time.strip():
            raise CellValueError(_("Enter the time as well, for example 2020-12-07 18:00."))
        return local_to_utc(datetime.datetime.combine(parse_date(day), parse_time(time.strip())), zone)

    def write(self, value, zone):
        """As a spreadsheet's own date and time; with the offset where a clock shows the same time twice."""
        local = value.astimezone(zone)
        if local.microsecond or local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
            return local.isoformat(" ")
        return local.replace(tzinfo=None, fold=0)


class DurationCell(TextCell):
    """How long something lasts: minutes, or hours and minutes."""

    def read(self, cell, zone):
        if isinstance(cell, datetime.time):
            return datetime.timedelta(hours=cell.hour, minutes=cell.minute)
        if isinstance(cell, datetime.timedelta):
            return cell
        found = DURATION_PATTERN.fullmatch(cell_to_text(cell))
        if not found or not any(found.groups()):
            raise CellValueError(_("Enter the duration in minutes or as h:mm, for example 1:30."))
        return datetime.timedelta(hours=int(found["hours"] or 0), minutes=int(found["minutes"] or 0))


def is_serial_date(cell):
    return isinstance(cell, int | float) and SERIAL_DATES.start <= cell < SERIAL_DATES.stop


def time_from_day_fraction(fraction):
    return (datetime.datetime.min + datetime.timedelta(seconds=round(fraction * 86_400))).time()


def parse_iso_datetime(text, zone):
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise CellValueError(_("This date or time does not exist.")) from None
    return moment.astimezone(datetime.UTC) if moment.tzinfo else local_to_utc(moment, zone)


def local_to_utc(local, zone):
    """The moment at which the zone's clock shows this."""
    try:
        moment = local.replace(tzinfo=zone).astimezone(datetime.UTC)
        shown = moment.astimezone(zone).replace(tzinfo=None)
    except (OverflowError, ValueError):
        raise CellValueError(_("This date or time does not exist.")) from None
    if shown != local:
        raise CellValueError(_("This time does not exist on this day because the clocks change."))
    return moment


def parse_date(text):
    found = YEAR_FIRST_DATE.fullmatch(text) or DAY_FIRST_DATE.fullmatch(text)
    if not found:
        raise CellValueError(_("Enter the date as 2020-12-07 or 7/12/2020 (day first)."))
    try:
        return datetime.date(*(int(found[part]) for part in ("year", "month", "day")))
    except ValueError:
        raise CellValueError(_("This date or time does not exist.")) from None


def parse_time(text):
    found = TIME_PATTERN.fullmatch(text)
    if not found:
        raise CellValueError(_("Enter the time as 18:00, with the date before it or in its own column."))
    hour, half = int(found["hour"]), (found["half"] or "").lower()[:1]
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return datetime.time(hour, int(found["minute"] or 0), int(found["second"] or 0))
    except ValueError:
        raise CellValueError(_("This date or time does not exist.")) from None
