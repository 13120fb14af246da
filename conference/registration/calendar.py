"""The days on which somebody attends, as an iCalendar file (RFC 5545): an event for each, with the hours of the
programme on that day."""

import datetime
import uuid

from django.utils.translation import get_language, gettext
from icalendar import Calendar, Event

from sessions import current, live
from sessions.ics import Words, add_zones
from sessions.live import NotReady
from sessions.shelf import Shelf

from .in_words import address, facts, mode_in_words
from .models import Mode, Seat

PRODUCT = "-//Conference//Registration//EN"
# What stands in a file that is made once for all who come on the same days, until it is somebody's.
NOBODY, NEVER = uuid.UUID(int=0), datetime.datetime(9999, 12, 31, 23, 59, 59, tzinfo=datetime.UTC)

files = Shelf(1_000_000)
live.changed.append(files.clear)


def days_ics(registration, seats, *, method=""):
    """The confirmed ones of somebody's seats in the active language, empty where there are none. method, such as
    "PUBLISH", is for letters (RFC 6047 asks that it says the same as the part's type)."""
    days = tuple(sorted((seat.day, str(seat.mode)) for seat in seats if seat.state == Seat.State.CONFIRMED))
    return _of(registration, days, _file(days, method)) if days else b""


def _of(registration, days, content):
    content = content.replace(_written(NEVER), _written(registration.updated_at))
    for day, _mode in days:
        content = content.replace(_identity(NOBODY, day), _identity(registration.pk, day))
    return content


def _written(moment):
    return f"{moment.astimezone(datetime.UTC):%Y%m%dT%H%M%SZ}".encode()


def _identity(number, day):
    """The same however often it is sent, so that calendars replace the earlier one; it tells nothing of the person."""
    return str(uuid.uuid5(number, day.isoformat())).encode()


class File(bytes):
    size = property(len)


def _file(days, method):
    """Pairs of a date and a mode, as nobody's days: writing a calendar takes longer than all the rest of a letter."""
    address = (get_language(), days, method)
    return files.keep(address, lambda: File(_made(days, method)))


def _made(days, method):
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODUCT)
    calendar.add("calscale", "GREGORIAN")
    if method:
        calendar.add("method", method)
    for day, mode in days:
        calendar.add_component(_event(day, mode))
    add_zones(calendar, days[0][0], days[-1][0])
    return calendar.to_ical()


def _event(day, mode):
    event = Event()
    event.add("uid", _identity(NOBODY, day).decode())
    event.add("dtstamp", NEVER)
    event.add("last-modified", NEVER)
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
