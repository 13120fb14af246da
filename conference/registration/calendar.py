"""The days on which somebody attends, as an iCalendar file (RFC 5545): an event for each, with the hours of the
programme on that day."""

import datetime
import uuid

from django.utils.translation import get_language, gettext
from icalendar import Calendar, Event

from sessions import current
from sessions.ics import Words, add_zones
from sessions.live import NotReady

from .in_words import address, facts, mode_in_words
from .models import Mode, Seat

PRODUCT = "-//Conference//Registration//EN"


def days_ics(registration, seats, *, method=""):
    """Return the confirmed ones of a registration's seats in the active language; empty if there is none.

    method, such as "PUBLISH", is for e-mails (RFC 6047 requires that it equals the one of the MIME part).
    """
    days = sorted((seat.day, seat.mode) for seat in seats if seat.state == Seat.State.CONFIRMED)
    return _calendar(registration, days, method).to_ical() if days else b""


def _calendar(registration, days, method):
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODUCT)
    calendar.add("calscale", "GREGORIAN")
    if method:
        calendar.add("method", method)
    for day, mode in days:
        calendar.add_component(_event(registration, day, mode))
    add_zones(calendar, days[0][0], days[-1][0])
    return calendar


def _event(registration, day, mode):
    event = Event()
    # The same in each file, so that a calendar replaces the earlier event. It does not identify the registration.
    event.add("uid", str(uuid.uuid5(registration.pk, day.isoformat())))
    event.add("dtstamp", registration.updated_at)
    event.add("last-modified", registration.updated_at)
    event.add("status", "CONFIRMED")
    for name, moment in zip(("dtstart", "dtend"), _hours(day), strict=True):
        event.add(name, moment)
    event.add("summary", _words(_title(mode)))
    event.add("location", _words(_place(mode)))
    event.add("description", _words(_description(day)))
    event.add("url", address("my"))
    return event


def _title(mode):
    return gettext("%(conference)s (%(mode)s)") % {"conference": facts().short_name, "mode": mode_in_words(mode)}


def _hours(day):
    """From the first to the last session of a day on the conference's clock; the whole day where there is none."""
    try:
        programme = current.programme()
    except NotReady:
        return day, day + datetime.timedelta(days=1)
    held = [session for session in programme.on(day) if not session.is_cancelled]
    if not held:
        return day, day + datetime.timedelta(days=1)
    first, last = min(session.starts_at for session in held), max(session.ends_at for session in held)
    return first.astimezone(programme.time_zone), last.astimezone(programme.time_zone)


def _place(mode):
    """Never empty: some clients drop an event that has no place."""
    if mode == Mode.ONLINE:
        return gettext("Online")
    return ", ".join(filter(None, [facts().venue, facts().city])) or gettext("In person")


def _description(day):
    """Where the day's programme and the person's own page are."""
    words = {"programme": address("day", day), "my": address("my")}
    return gettext("The programme of the day: %(programme)s\nYour registration and ticket: %(my)s") % words


def _words(text):
    return Words(text, params={"LANGUAGE": get_language()})
