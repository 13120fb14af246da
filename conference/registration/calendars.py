"""The days on which somebody attends, as an iCalendar file (RFC 5545): an event for each, with the hours of the
programme on that day."""

import datetime
import uuid

from django.utils.translation import get_language, gettext
from icalendar import Calendar, Event

from conference.core.ics import EscapedText, add_timezones
from conference.core.polling import NotLoadedError
from conference.site_data import get_conference_info
from sessions.releases import current

from .formatting import absolute_url, format_mode
from .models import Mode, Seat

PRODUCT_ID = "-//Conference//Registration//EN"


def attendance_calendar(registration, seats, *, method=""):
    """Return the confirmed ones of a registration's seats in the active language; empty if there is none.

    method, such as "PUBLISH", is for e-mails (RFC 6047 requires that it equals the one of the MIME part).
    """
    days = sorted((seat.day, seat.mode) for seat in seats if seat.status == Seat.Status.CONFIRMED)
    return _calendar(registration, days, method).to_ical() if days else b""


def _calendar(registration, days, method):
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


def build_event(registration, day, mode):
    event = Event()
    # The same in each file, so that a calendar replaces the earlier event. It does not identify the registration.
    event.add("uid", str(uuid.uuid5(registration.pk, day.isoformat())))
    event.add("dtstamp", registration.updated_at)
    event.add("last-modified", registration.updated_at)
    event.add("status", "CONFIRMED")
    for name, moment in zip(("dtstart", "dtend"), event_hours(day), strict=True):
        event.add(name, moment)
    event.add("summary", escape_text(event_title(mode)))
    event.add("location", escape_text(event_location(mode)))
    event.add("description", escape_text(event_description(day)))
    event.add("url", absolute_url("registration:dashboard"))
    return event


def event_title(mode):
    return gettext("%(conference)s (%(mode)s)") % {
        "conference": get_conference_info().short_name,
        "mode": format_mode(mode),
    }


def event_hours(day):
    """From the first to the last session of a day on the conference's clock; the whole day where there is none."""
    try:
        programme = current.get_programme()
    except NotLoadedError:
        return day, day + datetime.timedelta(days=1)
    held = [session for session in programme.on(day) if not session.is_cancelled]
    if not held:
        return day, day + datetime.timedelta(days=1)
    first, last = min(session.starts_at for session in held), max(session.ends_at for session in held)
    return first.astimezone(programme.time_zone), last.astimezone(programme.time_zone)


def event_location(mode):
    """Never empty: some clients drop an event that has no place."""
    if mode == Mode.ONLINE:
        return gettext("Online")
    return ", ".join(filter(None, [get_conference_info().venue, get_conference_info().city])) or gettext("In person")


def event_description(day):
    """Where the day's programme and the person's own page are."""
    words = {"programme": absolute_url("programme:day", day), "my": absolute_url("registration:dashboard")}
    return gettext("Programme of the day: %(programme)s\nYour registration and ticket: %(my)s") % words


def escape_text(text):
    return EscapedText(text, params={"LANGUAGE": get_language()})
