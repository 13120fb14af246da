"""The day for which people are checked in now."""

import datetime

from ..days import conference_time_zone, days_in_progress, end_of_day, is_conference_day


def current_day(moment: datetime.datetime | None = None) -> datetime.date:
    """Return the day of the conference in progress at a moment, by default now, or else the date of the moment.

    After midnight it is the day before until its last session ends.
    """
    days = days_in_progress(moment)
    return next(filter(is_conference_day, days), days[-1])


def get_day_end(day: datetime.date) -> datetime.datetime:
    """Return the time until which a day's check-ins go on: midnight, or later if its last session ends later."""
    midnight = datetime.datetime.combine(day + datetime.timedelta(days=1), datetime.time(), conference_time_zone())
    return max(end_of_day(day), midnight)
