"""iCalendar files of the programme or of one session (RFC 5545, with the names and streams of RFC 7986).

The same release in the same language gives the same bytes: no property depends on the time of the download.
"""

import datetime
import unicodedata
from collections.abc import Sequence

from django.utils.encoding import iri_to_uri
from django.utils.translation import get_language, gettext
from icalendar import Calendar, Event, vUri

from conference.core.i18n.text import LocalizedText
from conference.core.ics import EscapedText, add_timezones
from conference.core.markdown import to_plain
from conference.site_data import get_conference_info

from ..labels import KIND_LABELS, ROLE_LABELS, get_label, join_language_names
from ..links import build_absolute_url, session_url, to_absolute
from ..programme import Link, Participation, Programme, Session

PRODUCT_ID = "-//Conference//Programme//EN"
REFRESH_INTERVAL = datetime.timedelta(hours=1)


def sessions_to_ics(sessions: Sequence[Session], programme: Programme) -> bytes:
    """Return sessions as a file to import, in the active language. Times are in the conference's time zone."""
    return serialize_calendar(make_calendar(), sessions, programme)


def programme_to_ics(programme: Programme, name: str = "") -> bytes:
    """Return the whole programme as a calendar to subscribe to, in the active language, under a name."""
    calendar = make_calendar()
    add_subscription_properties(calendar, programme, name)
    return serialize_calendar(calendar, programme.sessions, programme)


def make_calendar() -> Calendar:
    # No METHOD: the file is a copy of published data, not an invitation (RFC 5546 1.4).
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODUCT_ID)
    calendar.add("calscale", "GREGORIAN")
    return calendar


def add_subscription_properties(calendar: Calendar, programme: Programme, name: str) -> None:
    if name:
        calendar.add("name", EscapedText(to_single_line(name)))
        calendar.add("x-wr-calname", EscapedText(to_single_line(name)))
    calendar.add("x-wr-timezone", programme.time_zone.key)
    calendar.add("url", build_absolute_url("programme:agenda"))
    calendar.add("source", vUri(build_absolute_url("programme:calendar")), parameters={"VALUE": "URI"})
    # RFC 7986 5.7 requires the parameter. Outlook reads only the property below.
    calendar.add("refresh-interval", REFRESH_INTERVAL, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")


def serialize_calendar(calendar: Calendar, sessions: Sequence[Session], programme: Programme) -> bytes:
    for session in sessions:
        calendar.add_component(make_event(session, programme))
    if sessions:
        # Only the time zone rules of these days; the rules since 1970 would be much longer.
        first, last = min(s.starts_at for s in sessions), max(s.ends_at for s in sessions)
        add_timezones(calendar, first.date(), last.date())
    return calendar.to_ical()


def make_event(session: Session, programme: Programme) -> Event:
    event, zone = Event(), programme.time_zone
    url = to_absolute(session_url(session, programme))
    # The UID never changes and names no host or person (RFC 7986 5.3).
    event.add("uid", str(session.id))
    event.add("dtstamp", session.revised_at)
    event.add("last-modified", session.revised_at)
    event.add("sequence", session.sequence)
    event.add("status", get_event_status(session))
    event.add("dtstart", session.starts_at.astimezone(zone))
    event.add("dtend", session.ends_at.astimezone(zone))
    event.add("summary", make_localized_text(session.title))
    event.add("location", format_location(session))
    event.add("description", EscapedText(format_description(session, url), params={"LANGUAGE": get_language()}))
    event.add("url", url)
    event.add("categories", list_categories(session))
    for link in session.streams:
        event.add("conference", make_stream_uri(link))
    return event


def get_event_status(session: Session) -> str:
    """Return the STATUS of an event (RFC 5545 3.8.1.11)."""
    if session.is_cancelled:
        return "CANCELLED"
    return "TENTATIVE" if session.is_tentative else "CONFIRMED"


def format_location(session: Session) -> EscapedText:
    """Return the room, venue, city and country, or that the session is online only.

    It is never empty: some clients drop an event without a location.
    """
    is_online = session.format == "online" or (session.room is not None and session.room.online)
    if session.room:
        room = to_single_line(str(session.room.name))
    else:
        room = gettext("Online") if is_online else gettext("Room to be announced")
    address = "" if is_online else to_single_line(get_conference_info().address)
    return EscapedText(", ".join(filter(None, [room, address])), params={"LANGUAGE": get_language()})


def list_categories(session: Session) -> list[str]:
    themes = [str(theme.name) for theme in session.themes]
    return [to_single_line(name) for name in (get_label(KIND_LABELS, session.kind), *themes)]


def make_stream_uri(link: Link) -> vUri:
    label = to_single_line(str(link.label)) or gettext("Stream")
    # A list, because the library would quote "VIDEO,AUDIO" as one value.
    return vUri(iri_to_uri(link.url), params={"VALUE": "URI", "FEATURE": ["VIDEO", "AUDIO"], "LABEL": label})


# Texts


def format_description(session: Session, url: str) -> str:
    """Return the description in paragraphs: status and notice first, the URL of the session last."""
    paragraphs = [
        format_status_notice(session),
        strip_control_characters(str(session.notice)),
        strip_control_characters(str(session.summary)),
        strip_control_characters(to_plain(str(session.description))),
        "\n".join(format_participation(participation) for participation in session.participations),
        "\n".join(format_languages(session)),
        url,
    ]
    return "\n\n".join(filter(None, paragraphs))


def format_status_notice(session: Session) -> str:
    if session.is_cancelled:
        return gettext("Cancelled.")
    return gettext("Tentative: may still change.") if session.is_tentative else ""


def format_participation(participation: Participation) -> str:
    values = {
        "role": get_label(ROLE_LABELS, participation.role),
        "name": to_single_line(format_speaker(participation)),
    }
    if participation.online:
        return gettext("%(role)s: %(name)s (by video)") % values
    return gettext("%(role)s: %(name)s") % values


def format_speaker(participation: Participation) -> str:
    speaker = participation.speaker
    if speaker is None:
        return str(participation.placeholder)
    name = f"{speaker.honorific} {speaker.name}"
    return ", ".join(filter(None, [name, str(speaker.function), str(speaker.organization)]))


def format_languages(session: Session) -> list[str]:
    lines = {
        gettext("Languages: %(languages)s"): session.languages,
        gettext("Interpretation into: %(languages)s"): session.interpretation,
        gettext("Captions: %(languages)s"): session.captions,
        gettext("Sign language: %(languages)s"): session.sign_languages,
    }
    return [line % {"languages": join_language_names(codes)} for line, codes in lines.items() if codes]


def make_localized_text(text: LocalizedText) -> EscapedText:
    """Return a text on one line, with the language that it is in."""
    content, language = text.resolve()
    return EscapedText(to_single_line(content), params={"LANGUAGE": language})


def to_single_line(text: str) -> str:
    return " ".join(strip_control_characters(str(text)).split())


def strip_control_characters(text: str) -> str:
    """Remove control characters; all kinds of line breaks become newlines."""
    lines = "\n".join(text.splitlines())
    return "".join(char for char in lines if char == "\n" or unicodedata.category(char) not in ("Cc", "Cs")).strip()
