"""Names of the days in a list."""

import datetime
from collections.abc import Iterable

from django.utils.formats import date_format


def format_days(days: Iterable[datetime.date]) -> list[tuple[datetime.date, str]]:
    """Return pairs of a day and its name, with the year if the days are of more than one year."""
    days = list(days)
    name = "DATE_FORMAT" if len({day.year for day in days}) > 1 else "MONTH_DAY_FORMAT"
    return [(day, date_format(day, name)) for day in days]
