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

from .text import fold

# Days since 1900: what a spreadsheet keeps for a date whose cell is not marked as one. 1954 to 2119.
SERIAL_DATES = range(20_000, 80_000)
LIST = re.compile(r"[,;\n]")
YEAR_FIRST = re.compile(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})")
DAY_FIRST = re.compile(r"(?P<day>\d{1,2})[-/.](?P<month>\d{1,2})[-/.](?P<year>\d{4})")
TIME = re.compile(
    r"(?P<hour>\d{1,2})(?:[:h.](?P<minute>\d{2})?(?::(?P<second>\d{2}))?)?\s*(?P<half>[ap]\.?m\.?)?", re.IGNORECASE
)
DURATION = re.compile(
    r"(?:(?P<hours>\d{1,2})\s*(?::|h(?:ours?)?)\s*)?(?:(?P<minutes>\d{1,4})\s*(?:m(?:in)?(?:utes?)?)?)?", re.IGNORECASE
)


class Unreadable(ValueError):
    """What is typed in a cell cannot be understood; says what to type instead."""


def words(cell):
    """A cell as text, as a person would read it: 300.0 is “300”."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).replace("\r\n", "\n").replace("\r", "\n").strip()


def plain(text):
    """A name for comparison: one way to write its marks, single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())


# How a value is read from a cell and written into one. An empty cell never comes here.


@dataclass(frozen=True, eq=False)
class Words:
    def read(self, cell, zone):
        if isinstance(cell, bool | datetime.datetime | datetime.date | datetime.time):
            raise Unreadable(_("Write a text here."))
        return words(cell)

    def write(self, value, zone):
        return value


class Identity(Words):
    def read(self, cell, zone):
        try:
            return uuid.UUID(words(cell))
        except ValueError:
            raise Unreadable(_("This is not an id of this site. Leave it empty for a new row.")) from None

    def write(self, value, zone):
        return str(value)


class Whole(Words):
    def read(self, cell, zone):
        text = words(cell)
        if isinstance(cell, bool) or not re.fullmatch(r"[0-9]{1,9}", text):
            raise Unreadable(_("Write a whole number here."))
        return int(text)


class YesNo(Words):
    ANSWERS = {
        **dict.fromkeys(["yes", "y", "true", "1", "x", "co"], True),
        **dict.fromkeys(["no", "n", "false", "0", "khong"], False),
    }

    def read(self, cell, zone):
        try:
            return self.ANSWERS[fold(words(cell))]
        except KeyError:
            raise Unreadable(_("Write yes or no here.")) from None

    def write(self, value, zone):
        return "yes" if value else "no"


@dataclass(frozen=True, eq=False)
class Choice(Words):
    """One of some words, by itself or by its name in the active language."""

    choices: list

    @property
    def names(self):
        return self.choices

    def read(self, cell, zone):
        if (value := _called(self, get_language()).get(fold(words(cell)))) is not None:
            return value
        known = ", ".join(str(value) for value, _label in self.choices)
        raise Unreadable(_("Write one of these here: %(known)s.") % {"known": known})


@cache
def _called(kind, language):
    """Values by what they are called in a language; where two are called the same, the first."""
    return {fold(str(called)): str(value) for value, name in reversed(kind.names) for called in (value, name)}


class Country(Words):
    def read(self, cell, zone):
        text = words(cell)
        code = text.upper() if text.upper() in countries.countries else countries.by_name(text)
        if not code:
            raise Unreadable(_("Write the country’s code of two letters, such as VN."))
        return code


@dataclass(frozen=True, eq=False)
class Codes(Words):
    """Languages by code or name, separated by commas."""

    languages: dict

    @property
    def names(self):
        return self.languages.items()

    def read(self, cell, zone):
        return list(dict.fromkeys(self._code(item) for item in LIST.split(words(cell)) if item.strip()))

    def _code(self, item):
        if code := _called(self, get_language()).get(fold(item.strip())):
            return code
        known = ", ".join(self.languages)
        raise Unreadable(_("Write languages by their codes, with commas between: %(known)s.") % {"known": known})

    def write(self, value, zone):
        return ", ".join(value)


class Address(Words):
    """The address or the name of another row; finding it is the importer's work."""


class Addresses(Words):
    def write(self, value, zone):
        return ", ".join(value)


class Day(Words):
    def read(self, cell, zone):
        if isinstance(cell, datetime.datetime):
            return cell.date()
        if isinstance(cell, datetime.date):
            return cell
        if _is_serial(cell):
            return from_excel(cell).date()
        return _day(words(cell))


class TimeOfDay(Words):
    def read(self, cell, zone):
        if isinstance(cell, datetime.time):
            return cell
        if isinstance(cell, int | float) and not isinstance(cell, bool) and 0 <= cell < 1:
            return _clock(cell)
        return _time(words(cell))

    def write(self, value, zone):
        return value.isoformat("auto" if value.second or value.microsecond else "minutes")


class Moment(Words):
    """A date with a time, or a time alone where the date has a column of its own."""

    def read(self, cell, zone):
        if isinstance(cell, datetime.datetime):
            return _in_zone(cell, zone)
        if _is_serial(cell):
            return _in_zone(from_excel(cell), zone)
        if isinstance(cell, datetime.time | float):
            return TimeOfDay().read(cell, zone)
        return self._written(words(cell), zone)

    def _written(self, text, zone):
        if re.fullmatch(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?", text):
            return _iso(text, zone)
        day, _space, time = text.replace(",", " ").replace("T", " ").partition(" ")
        if not (YEAR_FIRST.fullmatch(day) or DAY_FIRST.fullmatch(day)):
            return _time(text)
        if not time.strip():
            raise Unreadable(_("Write the time as well, as in 2020-12-07 18:00."))
        return _in_zone(datetime.datetime.combine(_day(day), _time(time.strip())), zone)

    def write(self, value, zone):
        """As a spreadsheet's own date and time; with the offset where a clock shows the same time twice."""
        local = value.astimezone(zone)
        if local.microsecond or local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
            return local.isoformat(" ")
        return local.replace(tzinfo=None, fold=0)


class Length(Words):
    """How long something lasts: minutes, or hours and minutes."""

    def read(self, cell, zone):
        if isinstance(cell, datetime.time):
            return datetime.timedelta(hours=cell.hour, minutes=cell.minute)
        if isinstance(cell, datetime.timedelta):
            return cell
        found = DURATION.fullmatch(words(cell))
        if not found or not any(found.groups()):
            raise Unreadable(_("Write the duration in minutes, or as 1:30."))
        return datetime.timedelta(hours=int(found["hours"] or 0), minutes=int(found["minutes"] or 0))


def _is_serial(cell):
    return isinstance(cell, int | float) and SERIAL_DATES.start <= cell < SERIAL_DATES.stop


def _clock(fraction):
    return (datetime.datetime.min + datetime.timedelta(seconds=round(fraction * 86_400))).time()


def _iso(text, zone):
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise Unreadable(_("There is no such date or time.")) from None
    return moment.astimezone(datetime.UTC) if moment.tzinfo else _in_zone(moment, zone)


def _in_zone(local, zone):
    """The moment at which the zone's clock shows this."""
    try:
        moment = local.replace(tzinfo=zone).astimezone(datetime.UTC)
        shown = moment.astimezone(zone).replace(tzinfo=None)
    except (OverflowError, ValueError):
        raise Unreadable(_("There is no such date or time.")) from None
    if shown != local:
        raise Unreadable(_("There is no such time on this day: the clocks are put forward."))
    return moment


def _day(text):
    found = YEAR_FIRST.fullmatch(text) or DAY_FIRST.fullmatch(text)
    if not found:
        raise Unreadable(_("Write the date as 2020-12-07 or 7/12/2020, the day first."))
    try:
        return datetime.date(*(int(found[part]) for part in ("year", "month", "day")))
    except ValueError:
        raise Unreadable(_("There is no such date or time.")) from None


def _time(text):
    found = TIME.fullmatch(text)
    if not found:
        raise Unreadable(_("Write the time as 18:00, with the date in front or in a column of its own."))
    hour, half = int(found["hour"]), (found["half"] or "").lower()[:1]
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return datetime.time(hour, int(found["minute"] or 0), int(found["second"] or 0))
    except ValueError:
        raise Unreadable(_("There is no such date or time.")) from None
