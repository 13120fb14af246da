"""iCalendar files (RFC 5545) of the confirmed days of a registration, one event a day with the programme's hours.

The events that were given out are stored as CalendarEntry, so that a later file can change and cancel them.
"""

import datetime
from collections.abc import Iterable
from email.utils import parseaddr
from operator import attrgetter
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import translation
from django.utils.encoding import iri_to_uri
from django.utils.translation import get_language, gettext
from icalendar import Calendar, Event, vCalAddress

from conference.core.ics import EscapedText, add_timezones
from conference.core.polling import NotLoadedError
from conference.site_data import get_conference_info, get_site_data
from sessions.releases import current

from .days import ONE_DAY, is_conference_day, sessions_on
from .formatting import absolute_url, format_mode
from .models import CalendarEntry, Mode, Registration, Seat

Entries = list[CalendarEntry]

PRODUCT_ID = "-//Conference//Registration//EN"


def attendance_calendar(registration: Registration) -> bytes:
    """Return a calendar to download, in the active language: the confirmed days, and those that were given back.

    It is empty if no day was ever confirmed.
    """
    entries, revised = revise_entries(registration, registration.seats.all())
    if revised:
        with transaction.atomic():
            Registration.objects.select_for_update().get(pk=registration.pk)
            entries = save_entries(registration, Seat.objects.filter(registration=registration))
    return build_calendar(entries).to_ical() if entries else b""


def calendars_for_email(registration: Registration, seats: Iterable[Seat], *, with_all_days: bool, to: str) -> str:
    """Return the files to attach to an e-mail, in the active language, one after the other (RFC 5545 3.4).

    They are requests and cancellations (RFC 5546) of the events that have changed since the last e-mail, or of all
    events. The caller is in a transaction and sends the files, because they are recorded as sent.
    """
    entries = [
        entry
        for entry in save_entries(registration, seats)
        if entry.is_outdated_in_emails or (with_all_days and not entry.is_cancelled)
    ]
    if any(entry.emailed_sequence != entry.sequence for entry in entries):
        sent = CalendarEntry.objects.filter(pk__in=[entry.pk for entry in entries])
        sent.update(emailed_sequence=F("sequence"))
    return "".join(build_invitation(entry, to).to_ical().decode() for entry in entries)


def build_invitation(entry: CalendarEntry, to: str) -> Calendar:
    """Return a calendar of one event, because all events of a request or cancellation have the same UID (RFC 5546 3.2).

    Some calendars accept a cancellation only if the event came as a request from the same organizer.
    """
    calendar = build_calendar([entry], method="CANCEL" if entry.is_cancelled else "REQUEST")
    [event] = calendar.events
    event.add("organizer", organizer_address())
    event.add("attendee", vCalAddress(iri_to_uri(f"mailto:{to}"), params={"PARTSTAT": "ACCEPTED", "RSVP": "FALSE"}))
    return calendar


def organizer_address() -> vCalAddress:
    conference = get_conference_info()
    email = conference.contact or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return vCalAddress(iri_to_uri(f"mailto:{email}"), params={"CN": conference.short_name})


# Entries


def revise_entries(registration: Registration, seats: Iterable[Seat]) -> tuple[Entries, Entries]:
    """Return the entries as they should be now, by day, and those of them that are not saved."""
    modes = {seat.day: seat.mode for seat in seats if seat.status == Seat.Status.CONFIRMED}
    stored = CalendarEntry.objects.filter(registration=registration)
    entries = {entry.day: entry for entry in stored if entry.day}
    # Days that the event no longer has; without content they were never given out in this form.
    removed = [entry for entry in stored if entry.day is None and entry.content]
    changed_at, revised = latest_change(registration), []
    for day in sorted(entries.keys() | {day for day in modes if is_conference_day(day)}):
        entry = entries.setdefault(day, CalendarEntry(registration=registration, day=day))
        is_cancelled = day not in modes or not is_conference_day(day)
        # Entries from before this table existed have no content yet.
        keeps_content = is_cancelled and entry.content
        content = entry.content if keeps_content else describe_day(day, modes.get(day, Mode.IN_PERSON))
        if entry.revise(content, is_cancelled=is_cancelled, at=changed_at):
            revised.append(entry)
    revised += [entry for entry in removed if entry.revise(entry.content, is_cancelled=True, at=changed_at)]
    return [*sorted(entries.values(), key=attrgetter("day")), *removed], revised


def save_entries(registration: Registration, seats: Iterable[Seat]) -> list[CalendarEntry]:
    """Bring the entries up to date and return them by day. The caller is in a transaction."""
    entries, revised = revise_entries(registration, seats)
    for entry in revised:
        entry.save()
    return entries


def latest_change(registration: Registration) -> datetime.datetime:
    """Return the time of the latest change of what the events are made of."""
    times = [registration.updated_at]
    try:
        times.append(get_site_data().updated_at)
        times.append(current.get_published_programme().releases[0].published_at)
    except NotLoadedError:
        pass
    return max(times)


def describe_day(day: datetime.date, mode: str) -> dict:
    """Return the content of an entry: what the event says in every language."""
    start, end = event_hours(day)
    content: dict = {
        "mode": str(mode),
        "start": start.isoformat(),
        "end": end.isoformat(),
        "time_zone": str(getattr(start, "tzinfo", None) or ""),
        "summary": {},
        "location": {},
    }
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            content["summary"][language], content["location"][language] = event_title(mode), event_location(mode)
    return content


def event_hours(day: datetime.date) -> tuple[datetime.date, datetime.date]:
    """Return the start of the first and the end of the last session of a day, in the conference's time zone.

    Without sessions return this day and the next as dates, which is an all-day event.
    """
    sessions = sessions_on(day)
    if not sessions:
        return day, day + ONE_DAY
    zone = current.get_programme().time_zone
    first, last = min(session.starts_at for session in sessions), max(session.ends_at for session in sessions)
    return first.astimezone(zone), last.astimezone(zone)


def event_title(mode: str) -> str:
    return gettext("%(conference)s (%(mode)s)") % {
        "conference": get_conference_info().short_name,
        "mode": format_mode(mode),
    }


def event_location(mode: str) -> str:
    """Return the venue; never empty, because some clients drop events without a location."""
    if mode == Mode.ONLINE:
        return gettext("Online")
    return get_conference_info().address or gettext("In person")


# Files


def build_calendar(entries: list[CalendarEntry], method: str = "") -> Calendar:
    """Return a calendar of entries. method is for e-mails (RFC 6047 2.4: it equals the one of the MIME part)."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODUCT_ID)
    calendar.add("calscale", "GREGORIAN")
    if method:
        calendar.add("method", method)
    for entry in entries:
        calendar.add_component(build_event(entry))
    days = [datetime.datetime.fromisoformat(entry.content["start"]).date() for entry in entries]
    add_timezones(calendar, min(days), max(days))
    return calendar


def build_event(entry: CalendarEntry) -> Event:
    event, language = Event(), get_language()
    # A stable UID lets calendars replace the earlier event. It does not reveal the id of the registration.
    event.add("uid", str(entry.uid))
    event.add("dtstamp", entry.revised_at)
    event.add("last-modified", entry.revised_at)
    event.add("sequence", entry.sequence)
    event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    event.add("dtstart", parse_time(entry.content["start"], entry.content["time_zone"]))
    event.add("dtend", parse_time(entry.content["end"], entry.content["time_zone"]))
    event.add("summary", escape_text(entry.content["summary"][language]))
    event.add("location", escape_text(entry.content["location"][language]))
    event.add("description", escape_text(event_description(entry)))
    event.add("url", absolute_url("registration:dashboard"))
    return event


def parse_time(text: str, time_zone: str) -> datetime.date:
    """Return a local time from ISO 8601 and the name of its time zone, or a date if that is empty."""
    if not time_zone:
        return datetime.date.fromisoformat(text)
    return datetime.datetime.fromisoformat(text).astimezone(ZoneInfo(time_zone))


def event_description(entry: CalendarEntry) -> str:
    programme = absolute_url("programme:day", entry.day) if entry.day else absolute_url("programme:agenda")
    urls = {"programme": programme, "my": absolute_url("registration:dashboard")}
    description = gettext("Programme of the day: %(programme)s\nYour registration and ticket: %(my)s") % urls
    return "\n\n".join([gettext("Cancelled."), description]) if entry.is_cancelled else description


def escape_text(text: str) -> EscapedText:
    return EscapedText(text, params={"LANGUAGE": get_language()})
