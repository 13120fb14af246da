"""The days of the conference as deadlines: when a day is over, and which days are not over yet."""

import datetime

from django.utils import timezone

from conference.core.polling import NotLoadedError
from conference.site_data import get_site_data
from sessions.programme import Session
from sessions.releases import current

ONE_DAY = datetime.timedelta(days=1)


def conference_time_zone() -> datetime.tzinfo:
    """Return the time zone of the conference, or the site's default one while there is no conference."""
    try:
        return get_site_data().time_zone
    except NotLoadedError:
        return timezone.get_default_timezone()


def conference_date(moment: datetime.datetime) -> datetime.date:
    """Return the date of a moment in the conference's time zone."""
    return moment.astimezone(conference_time_zone()).date()


def conference_today() -> datetime.date:
    """Return today's date in the conference's time zone."""
    return conference_date(timezone.now())


def sessions_on(day: datetime.date) -> list[Session]:
    """Return the published sessions that start on a day and are not cancelled."""
    try:
        return [session for session in current.get_programme().on(day) if not session.is_cancelled]
    except NotLoadedError:
        return []


def is_conference_day(day: datetime.date) -> bool:
    """Return whether a date is a day of the conference, whose days can move after seats were confirmed."""
    try:
        return get_site_data().starts_on <= day <= get_site_data().ends_on
    except NotLoadedError:
        return True


def end_of_day(day: datetime.date) -> datetime.datetime:
    """Return the time when a day is over: the end of its last session, or midnight if it has no sessions."""
    if sessions := sessions_on(day):
        return max(session.ends_at for session in sessions)
    return datetime.datetime.combine(day + ONE_DAY, datetime.time(), conference_time_zone())


def first_open_day() -> datetime.date:
    """Return the earliest date that is not over. Yesterday is not over if its last session ends after midnight."""
    now, today = timezone.now(), conference_today()
    return next((day for day in (today - ONE_DAY, today) if end_of_day(day) > now), today + ONE_DAY)


def days_in_progress(moment: datetime.datetime | None = None) -> list[datetime.date]:
    """Return the date of a moment, by default now, and before it the previous date if that is not over yet."""
    now = moment or timezone.now()
    today = conference_date(now)
    return [day for day in (today - ONE_DAY, today) if day == today or end_of_day(day) > now]


def is_day_over(day: datetime.date) -> bool:
    """Return whether nothing can be requested, offered or accepted for this day any more."""
    return day < first_open_day()


def current_day(moment: datetime.datetime | None = None) -> datetime.date:
    """Return the day of the conference in progress at a moment, by default now, or else the date of the moment.

    After midnight it is the day before until its last session ends.
    """
    days = days_in_progress(moment)
    return next(filter(is_conference_day, days), days[-1])


def get_day_end(day: datetime.date) -> datetime.datetime:
    """Return the time until which a day's check-ins go on: midnight, or later if its last session ends later."""
    midnight = datetime.datetime.combine(day + ONE_DAY, datetime.time(), conference_time_zone())
    return max(end_of_day(day), midnight)
