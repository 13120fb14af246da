"""The programme, or one session of it, as an iCalendar file (RFC 5545, with names and streams as of RFC 7986).

The same release in the same language gives the same bytes: nothing says when it was downloaded.
"""

import datetime
import unicodedata
from urllib.parse import urljoin

from django.conf import settings
from django.urls import reverse
from django.utils.encoding import iri_to_uri
from django.utils.translation import get_language, gettext
from icalendar import Calendar, Event, vUri

from conference.core.ics import EscapedText, add_timezones
from conference.core.languages import LANGUAGE_NAMES
from conference.core.markdown import to_plain

from .models import Participation, Session

PRODUCT_ID = "-//Conference//Programme//EN"
REFRESH_INTERVAL = datetime.timedelta(hours=1)
ROLE_LABELS, KIND_LABELS = dict(Participation.Role.choices), dict(Session.Kind.choices)


def sessions_to_ics(sessions, programme) -> bytes:
    """Some sessions as a file to import, in the active language; times are in the conference's zone."""
    return serialize_calendar(make_calendar(), sessions, programme)


def programme_to_ics(programme, name="") -> bytes:
    """The whole programme as a calendar to subscribe to; name is what it is called in a list of calendars."""
    return serialize_calendar(
        add_subscription_properties(make_calendar(), programme, name), programme.sessions, programme
    )


def make_calendar():
    # No METHOD: this is a copy of what is published, not an invitation (RFC 5546 1.4).
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODUCT_ID)
    calendar.add("calscale", "GREGORIAN")
    return calendar


def add_subscription_properties(calendar, programme, name):
    if name:
        calendar.add("name", EscapedText(to_single_line(name)))
        calendar.add("x-wr-calname", EscapedText(to_single_line(name)))
    calendar.add("x-wr-timezone", programme.time_zone.key)
    calendar.add("url", build_absolute_url("programme"))
    calendar.add("source", vUri(build_absolute_url("programme_calendar")), parameters={"VALUE": "URI"})
    # RFC 7986 5.7 asks for the parameter; Outlook reads only the property below.
    calendar.add("refresh-interval", REFRESH_INTERVAL, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    return calendar


def serialize_calendar(calendar, sessions, programme):
    for session in sessions:
        calendar.add_component(make_event(session, programme.time_zone))
    if sessions:
        # The zone's rules for the days that matter, rather than its history since 1970.
        first, last = min(s.starts_at for s in sessions), max(s.ends_at for s in sessions)
        add_timezones(calendar, first.date(), last.date())
    return calendar.to_ical()


def make_event(session, zone):
    event = Event()
    # RFC 7986 5.3: nothing in it that says who or where; the same for as long as the session exists.
    event.add("uid", str(session.id))
    event.add("dtstamp", session.revised_at)
    event.add("last-modified", session.revised_at)
    event.add("sequence", session.sequence)
    event.add("status", get_event_status(session))
    event.add("dtstart", session.starts_at.astimezone(zone))
    event.add("dtend", session.ends_at.astimezone(zone))
    event.add("summary", make_localized_text(session.title))
    event.add("location", format_location(session))
    event.add("description", EscapedText(format_description(session), params={"LANGUAGE": get_language()}))
    event.add("url", build_absolute_url("session", session.slug))
    event.add(
        "categories",
        [to_single_line(name) for name in (KIND_LABELS.get(session.kind, session.kind), *list_theme_names(session))],
    )
    for link in session.links:
        if link.kind == "stream":
            event.add("conference", make_stream_uri(link))
    return event


def get_event_status(session):
    if session.is_cancelled:
        return "CANCELLED"
    return "TENTATIVE" if session.is_tentative else "CONFIRMED"


def format_location(session):
    """Never empty: some clients drop an event that has no place."""
    if session.room:
        return make_localized_text(session.room.name)
    where = gettext("Online") if session.format == "online" else gettext("Room to be announced")
    return EscapedText(where, params={"LANGUAGE": get_language()})


def list_theme_names(session):
    return [str(theme.name) for theme in session.themes]


def make_stream_uri(link):
    label = to_single_line(str(link.label)) or gettext("Stream")
    # Two features are a list of two: the library's own class for this quotes them into one.
    return vUri(iri_to_uri(link.url), params={"VALUE": "URI", "FEATURE": ["VIDEO", "AUDIO"], "LABEL": label})


def build_absolute_url(name, *args):
    """Absolute, in the active language."""
    return urljoin(settings.SITE_URL, reverse(name, args=args))


# Texts


def format_description(session):
    """What a calendar shows of a session, in paragraphs: what is wrong with it first, its page last."""
    paragraphs = [
        format_status_notice(session),
        strip_control_characters(str(session.notice)),
        strip_control_characters(str(session.summary)),
        strip_control_characters(to_plain(str(session.description))),
        "\n".join(format_participation(part) for part in session.participations),
        "\n".join(format_languages(session)),
        build_absolute_url("session", session.slug),
    ]
    return "\n\n".join(filter(None, paragraphs))


def format_status_notice(session):
    if session.is_cancelled:
        return gettext("Cancelled.")
    return gettext("Tentative: may still change.") if session.is_tentative else ""


def format_participation(part):
    words = {"role": ROLE_LABELS.get(part.role, part.role), "name": to_single_line(format_speaker(part))}
    if part.online:
        return gettext("%(role)s: %(name)s (by video)") % words
    return gettext("%(role)s: %(name)s") % words


def format_speaker(part):
    if part.speaker is None:
        return str(part.placeholder)
    called = f"{part.speaker.honorific} {part.speaker.name}"
    return ", ".join(filter(None, [called, str(part.speaker.function), str(part.speaker.organization)]))


def format_languages(session):
    said = {
        gettext("Languages: %(languages)s"): session.languages,
        gettext("Interpretation into: %(languages)s"): session.interpretation,
        gettext("Captions: %(languages)s"): session.captions,
        gettext("Sign language: %(languages)s"): session.sign_languages,
    }
    return [line % {"languages": join_language_names(codes)} for line, codes in said.items() if codes]


def join_language_names(codes):
    return ", ".join(str(LANGUAGE_NAMES.get(code, code)) for code in codes)


def make_localized_text(text):
    """A Text on one line, with the language it is really in."""
    words, language = text.resolve()
    return EscapedText(to_single_line(words), params={"LANGUAGE": language})


def to_single_line(text):
    return " ".join(strip_control_characters(str(text)).split())


def strip_control_characters(text):
    """Without control characters: whatever breaks a line somewhere becomes a plain newline, the rest goes."""
    lines = "\n".join(text.splitlines())
    for letter in set(lines) - {"\n"}:
        if unicodedata.category(letter) in ("Cc", "Cs"):
            lines = lines.replace(letter, "")
    return lines.strip()
