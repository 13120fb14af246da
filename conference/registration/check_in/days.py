"""The day for which people are checked in now."""

import datetime

from ..days import conference_time_zone, days_in_progress, end_of_day, is_conference_day


def current_day() -> datetime.date:
    """Return the day of the conference that is in progress, the earlier one after midnight, or else today."""
    days = days_in_progress()
    return next(filter(is_conference_day, days), days[-1])


def get_day_end(day: datetime.date) -> datetime.datetime:
    """Return the time until which a day's check-ins go on: midnight, or later if its last session ends later."""
    midnight = datetime.datetime.combine(day + datetime.timedelta(days=1), datetime.time(), conference_time_zone())
    return max(end_of_day(day), midnight)
