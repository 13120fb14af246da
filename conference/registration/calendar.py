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


def days_ics(registration, *, method=""):
    """The confirmed days in the active language, empty where there is none. method, such as "PUBLISH", is for letters
    (RFC 6047 asks that it says the same as the part's type)."""
    seats = list(Seat.objects.filter(registration=registration, state=Seat.State.CONFIRMED).order_by("day"))
    if not seats:
        return b""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODUCT)
    calendar.add("calscale", "GREGORIAN")
    if method:
        calendar.add("method", method)
    for seat in seats:
        calendar.add_component(_event(seat, registration))
    add_zones(calendar, seats[0].day, seats[-1].day)
    return calendar.to_ical()


def _event(seat, registration):
    event = Event()
    # The same however often it is sent, so that calendars replace the earlier one; it tells nothing of the person.
    event.add("uid", str(uuid.uuid5(registration.pk, seat.day.isoformat())))
    event.add("dtstamp", registration.updated_at)
    event.add("last-modified", registration.updated_at)
    event.add("status", "CONFIRMED")
    for name, moment in zip(("dtstart", "dtend"), _hours(seat.day), strict=True):
        event.add(name, moment)
    event.add("summary", _words(_title(seat)))
    event.add("location", _words(_place(seat)))
    event.add("description", _words(_description(seat)))
    event.add("url", address("my"))
    return event


def _title(seat):
    return gettext("%(conference)s (%(mode)s)") % {"conference": facts().short_name, "mode": mode_in_words(seat.mode)}


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


def _place(seat):
    """Never empty: some clients drop an event that has no place."""
    if seat.mode == Mode.ONLINE:
        return gettext("Online")
    return ", ".join(filter(None, [facts().venue, facts().city])) or gettext("In person")


def _description(seat):
    """Where the day's programme and the person's own page are."""
    words = {"programme": address("day", seat.day), "my": address("my")}
    return gettext("The programme of the day: %(programme)s\nYour registration and ticket: %(my)s") % words


def _words(text):
    return Words(text, params={"LANGUAGE": get_language()})
