"""iCalendar files (RFC 5545) of the confirmed days of a registration, one event a day with the programme's hours."""

import uuid
from collections.abc import Iterable
from datetime import date, timedelta

from django.utils.translation import get_language, gettext
from icalendar import Calendar, Event

from conference.core.ics import EscapedText, add_timezones
from conference.core.polling import NotLoadedError
from conference.site_data import get_conference_info
from sessions.releases import current

from .formatting import absolute_url, format_mode
from .models import Mode, Registration, Seat

PRODUCT_ID = "-//Conference//Registration//EN"


def attendance_calendar(registration: Registration, seats: Iterable[Seat], *, method: str = "") -> bytes:
    """Return a calendar of the confirmed seats in the active language, or nothing if there are none.

    method, such as "PUBLISH", is for e-mails (RFC 6047 section 2.4: it equals the one of the MIME part).
    """
    days = sorted((seat.day, seat.mode) for seat in seats if seat.status == Seat.Status.CONFIRMED)
    return build_calendar(registration, days, method).to_ical() if days else b""


def build_calendar(registration: Registration, days: list[tuple[date, str]], method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODUCT_ID)
    calendar.add("calscale", "GREGORIAN")
    if method:
        calendar.add("method", method)
    for day, mode in days:
        calendar.add_component(build_event(registration, day, mode))
    add_timezones(calendar, days[0][0], days[-1][0])
    return calendar


def build_event(registration: Registration, day: date, mode: str) -> Event:
    event = Event()
    # A stable UID lets calendars replace the earlier event. It does not reveal the id of the registration.
    event.add("uid", str(uuid.uuid5(registration.pk, day.isoformat())))
    event.add("dtstamp", registration.updated_at)
    event.add("last-modified", registration.updated_at)
    event.add("status", "CONFIRMED")
    for name, time in zip(("dtstart", "dtend"), event_hours(day), strict=True):
        event.add(name, time)
    event.add("summary", escape_text(event_title(mode)))
    event.add("location", escape_text(event_location(mode)))
    event.add("description", escape_text(event_description(day)))
    event.add("url", absolute_url("registration:dashboard"))
    return event


def event_title(mode: str) -> str:
    return gettext("%(conference)s (%(mode)s)") % {
        "conference": get_conference_info().short_name,
        "mode": format_mode(mode),
    }


def event_hours(day: date) -> tuple[date, date]:
    """Return the start of the first and the end of the last session of a day, in the conference's time zone.

    Without sessions return this day and the next as dates, which is an all-day event.
    """
    try:
        programme = current.get_programme()
    except NotLoadedError:
        return day, day + timedelta(days=1)
    sessions = [session for session in programme.on(day) if not session.is_cancelled]
    if not sessions:
        return day, day + timedelta(days=1)
    first, last = min(session.starts_at for session in sessions), max(session.ends_at for session in sessions)
    return first.astimezone(programme.time_zone), last.astimezone(programme.time_zone)


def event_location(mode: str) -> str:
    """Return the venue; never empty, because some clients drop events without a location."""
    if mode == Mode.ONLINE:
        return gettext("Online")
    return get_conference_info().address or gettext("In person")


def event_description(day: date) -> str:
    urls = {"programme": absolute_url("programme:day", day), "my": absolute_url("registration:dashboard")}
    return gettext("Programme of the day: %(programme)s\nYour registration and ticket: %(my)s") % urls


def escape_text(text: str) -> EscapedText:
    return EscapedText(text, params={"LANGUAGE": get_language()})
