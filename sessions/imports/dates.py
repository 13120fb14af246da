"""Dates and times as people and spreadsheet programs write them, and the order of day and month in a file."""

import datetime
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .errors import CellValueError

# Numbers of days since 1900 that are read as dates: 1954 to 2119. Spreadsheets store dates in this way.
SERIAL_DATES = range(20_000, 80_000)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
YEAR = r"(?P<year>\d{4}|\d{2})"
ISO_DATETIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?")
YEAR_FIRST_DATE = re.compile(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)")
NUMERIC_DATE = re.compile(rf"(?P<first>\d{{1,2}})(?P<separator>[-/.])(?P<second>\d{{1,2}})[-/.]{YEAR}(?!\d)")
# “7 December 2020”, “7-Dec-20”, “December 7, 2020” and “7 tháng 12 năm 2020”.
NAMED_DATES = (
    re.compile(rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[ -](?P<name>[a-z]{{3,9}})\.?,?[ -]{YEAR}(?!\d)", re.IGNORECASE),
    re.compile(rf"(?P<name>[a-z]{{3,9}})\.? (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? {YEAR}(?!\d)", re.IGNORECASE),
    re.compile(rf"(?:ngày )?(?P<day>\d{{1,2}}) tháng (?P<month>\d{{1,2}}),? (?:năm )?{YEAR}(?!\d)", re.IGNORECASE),
)
WEEKDAY = re.compile(r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?|thứ (?:\w+)|chủ nhật)(?:, ?| )", re.IGNORECASE)
TIME_PATTERN = re.compile(
    r"(?P<hour>\d{1,2})(?:[:h.](?P<minute>\d{2})?(?::(?P<second>\d{2}))?)?\s*(?P<half>[ap]\.?m\.?)?", re.IGNORECASE
)
# Sessions this many days before or after the conference still belong to it.
MARGIN = datetime.timedelta(days=7)

DATE_DOES_NOT_EXIST = _("This date or time does not exist.")


class DateOrder(StrEnum):
    """The order of day and month in dates such as 1/8/2027."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"

    @property
    def label(self) -> Promise:
        return ORDER_LABELS[self]


ORDER_LABELS = {
    DateOrder.DAY_FIRST: _("day/month/year"),
    DateOrder.MONTH_FIRST: _("month/day/year"),
}


@dataclass(frozen=True)
class DateOrderChoice:
    """The order of day and month in a file; None if neither the dates nor the conference's days decide it.

    example is a date that can be read in both orders, and readings are its two meanings; both are empty if there is
    no such date.
    """

    order: DateOrder | None
    example: str
    readings: dict[DateOrder, datetime.date]

    @property
    def options(self) -> list[tuple[DateOrder, datetime.date]]:
        return list(self.readings.items())


def choose_date_order(
    texts: Iterable[str], first_day: datetime.date, last_day: datetime.date, chosen: DateOrder | None = None
) -> DateOrderChoice:
    """Return the one order that fits the dates of a file and the days of the conference, unless one was chosen."""
    found: set[DateOrder] = set()
    example, example_readings = "", {}
    for text in texts:
        readings = read_both_orders(text)
        if len(set(readings.values())) == 2:
            # Of several ambiguous dates, the first is shown.
            example, example_readings = (example, example_readings) if example else (text, readings)
            readings = {order: day for order, day in readings.items() if first_day - MARGIN <= day <= last_day + MARGIN}
        if len(readings) == 1:
            found |= set(readings)
    if chosen or len(found) == 1:
        return DateOrderChoice(chosen or found.pop(), example, example_readings)
    return DateOrderChoice(None if example else DateOrder.DAY_FIRST, example, example_readings)


def read_both_orders(text: str) -> dict[DateOrder, datetime.date]:
    """Return the dates that a text can mean in each order; nothing if it has only one order."""
    match = NUMERIC_DATE.match(normalize_date_text(text))
    if not match or match["separator"] == ".":
        return {}
    readings = {}
    for order in DateOrder:
        try:
            readings[order] = read_numeric_date(match, order)
        except ValueError:
            continue
    return readings


def normalize_date_text(text: str) -> str:
    """Return the text without a weekday in front, with ordinary spaces and digits."""
    return WEEKDAY.sub("", " ".join(unicodedata.normalize("NFKC", text).split()), count=1)


def read_numeric_date(match: re.Match[str], order: DateOrder) -> datetime.date:
    day, month = int(match["first"]), int(match["second"])
    if order is DateOrder.MONTH_FIRST and match["separator"] != ".":
        day, month = month, day
    return datetime.date(read_year(match["year"]), month, day)


def read_year(digits: str) -> int:
    return int(digits) + (2000 if len(digits) == 2 else 0)


def parse_date(text: str, order: DateOrder) -> datetime.date:
    """Return the date that is the whole text. Raises CellValueError."""
    day, rest = split_date(text, order)
    if day is None or rest:
        raise CellValueError(_("Enter the date as 2020-12-07 or 7/12/2020 (day first)."))
    return day


def split_date(text: str, order: DateOrder) -> tuple[datetime.date | None, str]:
    """Return the date at the beginning of a text, if any, and the rest. Raises CellValueError."""
    text = normalize_date_text(text)
    for match, read in match_date_patterns(text, order):
        rest = text[match.end() :]
        if match and (not rest or rest[0] in " ,T"):
            try:
                return read(match), rest.lstrip(" ,T")
            except ValueError:
                raise CellValueError(DATE_DOES_NOT_EXIST) from None
    return None, text


def match_date_patterns(text: str, order: DateOrder) -> Iterator[tuple]:
    """Yield each pattern's match at the beginning of a text and the function that reads it."""
    if match := YEAR_FIRST_DATE.match(text):
        yield match, lambda match: datetime.date(*(int(match[part]) for part in ("year", "month", "day")))
    if match := NUMERIC_DATE.match(text):
        yield match, lambda match: read_numeric_date(match, order)
    for pattern in NAMED_DATES:
        if match := pattern.match(text):
            yield match, read_named_date


def read_named_date(match: re.Match[str]) -> datetime.date:
    values = match.groupdict()
    month = int(values["month"]) if values.get("month") else MONTHS.index(values["name"][:3].lower()) + 1
    return datetime.date(read_year(values["year"]), month, int(values["day"]))


def parse_time(text: str) -> datetime.time:
    match = TIME_PATTERN.fullmatch(" ".join(unicodedata.normalize("NFKC", text).split()))
    if not match:
        raise CellValueError(_("Enter the time as 18:00, with the date before it or in its own column."))
    hour, half = int(match["hour"]), (match["half"] or "").lower()[:1]
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return datetime.time(hour, int(match["minute"] or 0), int(match["second"] or 0))
    except ValueError:
        raise CellValueError(DATE_DOES_NOT_EXIST) from None


def parse_iso_datetime(text: str, zone: datetime.tzinfo) -> datetime.datetime:
    try:
        parsed = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise CellValueError(DATE_DOES_NOT_EXIST) from None
    return parsed.astimezone(datetime.UTC) if parsed.tzinfo else local_to_utc(parsed, zone)


def local_to_utc(local: datetime.datetime, zone: datetime.tzinfo) -> datetime.datetime:
    """Convert a naive local time to UTC. Raises CellValueError for a time that the zone skips."""
    try:
        utc = local.replace(tzinfo=zone).astimezone(datetime.UTC)
        round_trip = utc.astimezone(zone).replace(tzinfo=None)
    except (OverflowError, ValueError):
        raise CellValueError(DATE_DOES_NOT_EXIST) from None
    if round_trip != local:
        raise CellValueError(_("This time does not exist on this day because the clocks change."))
    return utc


def is_serial_date(cell: object) -> bool:
    return isinstance(cell, int | float) and SERIAL_DATES.start <= cell < SERIAL_DATES.stop


def time_from_day_fraction(fraction: float) -> datetime.time:
    return (datetime.datetime.min + datetime.timedelta(seconds=round(fraction * 86_400))).time()
