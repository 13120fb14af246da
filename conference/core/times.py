"""Times of day as people type them: 18:00, 9:15 pm, 20.30, 8h30, 0915; names of days in a list; moved local times."""

import datetime
import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime, AdminTimeWidget
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

# Between hour and minute: a colon, a full stop, "h" or the Vietnamese "giờ" or "g". Four digits need nothing.
TIME_PATTERN = re.compile(
    r"""
    (?P<hour>\d{1,2}) \s* (?:
        (?P<separator>[:.]|h|giờ|g) \s* (?P<minute>\d{2})? (?: : (?P<second>\d{2}) (?:\.\d+)? )?
        | (?P<digits>(?<=\d\d)\d{2})
    )? \s* (?P<half>[ap]\.?\s?m\.?)?
    """,
    re.VERBOSE,
)
INVALID_TIME = _("This is not a time. Enter hours and minutes, for example 18:00 or 6:00 pm.")


def parse_time_of_day(text: str) -> datetime.time | None:
    """Return the time that a person has typed; None if it is not one."""
    text = unicodedata.normalize("NFKC", text).strip().lower()
    match = TIME_PATTERN.fullmatch(text)
    if not match or (match["separator"] in (":", ".") and not match["minute"]):
        return None
    # A number alone may be anything.
    if not (match["separator"] or match["digits"] or match["half"]):
        return None
    hour, half = int(match["hour"]), (match["half"] or "")[:1]
    if half and not 1 <= hour <= 12:
        # "18:00 pm" is clear; "0:30 pm" is not.
        if half == "a" or hour == 0:
            return None
    elif half:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return datetime.time(hour, int(match["minute"] or match["digits"] or 0), int(match["second"] or 0))
    except ValueError:
        return None


class TimeOfDayField(forms.TimeField):
    """Time field that reads times as people type them, and shows an example in its error."""

    widget = AdminTimeWidget
    default_error_messages = {"invalid": INVALID_TIME}

    def to_python(self, value: Any) -> datetime.time | None:
        return (parse_time_of_day(value) if isinstance(value, str) else None) or super().to_python(value)


class SplitDateTimeField(forms.SplitDateTimeField):
    """Date and time in two inputs; the time as people type it."""

    widget = AdminSplitDateTime
    default_error_messages = forms.SplitDateTimeField.default_error_messages | {"invalid_time": INVALID_TIME}

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        time = TimeOfDayField(required=False, error_messages={"invalid": self.error_messages["invalid_time"]})
        time.error_messages.setdefault("incomplete", self.error_messages["incomplete"])
        self.fields = (self.fields[0], time)


class DateTimeOfDayField(forms.DateTimeField):
    """Date and time in one input, such as “2020-12-07 18:00”; the time as people type it."""

    default_error_messages = {"invalid": _("Enter date and time, for example 2020-12-07 18:00.")}

    def to_python(self, value: Any) -> datetime.datetime | None:
        if isinstance(value, str):
            date, _space, time = value.strip().partition(" ")
            if parsed := parse_time_of_day(time):
                value = f"{date} {parsed.isoformat()}"
        return super().to_python(value)


def format_days(days: Iterable[datetime.date]) -> list[tuple[datetime.date, str]]:
    """Return pairs of a day and its name, with the year if the days are of more than one year."""
    days = list(days)
    name = "DATE_FORMAT" if len({day.year for day in days}) > 1 else "MONTH_DAY_FORMAT"
    return [(day, date_format(day, name)) for day in days]


def move_time(time: datetime.datetime, shift: datetime.timedelta, zone: ZoneInfo) -> datetime.datetime:
    """Return the time that is so much later on the clock of the zone, also across the start or end of summer time.

    A local time that does not exist on the new day becomes the one after the clocks change.
    """
    return (time.astimezone(zone) + shift).astimezone(datetime.UTC)


def convert_period(
    start: datetime.datetime, end: datetime.datetime, convert: Callable[[datetime.datetime], datetime.datetime]
) -> tuple[datetime.datetime, datetime.datetime]:
    """Convert start and end. The duration is kept if summer time would put the end before the start."""
    new_start, new_end = convert(start), convert(end)
    return new_start, new_end if new_end > new_start else new_start + (end - start)
