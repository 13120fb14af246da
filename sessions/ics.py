"""The programme, or one session of it, as an iCalendar file (RFC 5545, with names and streams as of RFC 7986).

The same release in the same language gives the same bytes: nothing says when it was downloaded.
"""

import datetime
import unicodedata
from functools import lru_cache
from urllib.parse import urljoin

from django.conf import settings
from django.urls import reverse
from django.utils.encoding import iri_to_uri
from django.utils.translation import get_language, gettext
from icalendar import Calendar, Event, Timezone, vText, vUri

from .languages import NAMES
from .markdown import to_plain
from .models import Participation, Session

PRODUCT = "-//Conference//Programme//EN"
REFRESH = datetime.timedelta(hours=1)
# No zone is further than a day from UTC; and the library's last day is not part of what it covers.
MARGIN = datetime.timedelta(days=2)
ROLES, KINDS = dict(Participation.Role.choices), dict(Session.Kind.choices)


def calendar(sessions, programme) -> bytes:
    """Some sessions as a file to import, in the active language; times are in the conference's zone."""
    return _written(_calendar(), sessions, programme)


def feed(programme, name="") -> bytes:
    """The whole programme as a calendar to subscribe to; name is what it is called in a list of calendars."""
    return _written(_subscribed(_calendar(), programme, name), programme.sessions, programme)


def _calendar():
    # No METHOD: this is a copy of what is published, not an invitation (RFC 5546 1.4).
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODUCT)
    calendar.add("calscale", "GREGORIAN")
    return calendar


def _subscribed(calendar, programme, name):
    if name:
        calendar.add("name", Words(_line(name)))
        calendar.add("x-wr-calname", Words(_line(name)))
    calendar.add("x-wr-timezone", programme.time_zone.key)
    calendar.add("url", _address("programme"))
    calendar.add("source", vUri(_address("programme_calendar")), parameters={"VALUE": "URI"})
    # RFC 7986 5.7 asks for the parameter; Outlook reads only the property below.
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    return calendar


def _written(calendar, sessions, programme):
    for session in sessions:
        calendar.add_component(_event(session, programme.time_zone))
    if sessions:
        # The zone's rules for the days that matter, rather than its history since 1970.
        first, last = min(s.starts_at for s in sessions), max(s.ends_at for s in sessions)
        add_zones(calendar, first.date(), last.date())
    return calendar.to_ical()


def add_zones(calendar, first, last):
    """Put in front what the zones named in a calendar mean from one date to another."""
    for place, name in enumerate(sorted(calendar.get_missing_tzids())):
        calendar.subcomponents.insert(place, _zone(name, first, last))


@lru_cache(maxsize=200)
def _zone(name, first, last):
    """Finding out when clocks change takes longer than writing the rest of a calendar."""
    return Timezone.from_tzid(name, first_date=first - MARGIN, last_date=last + MARGIN)


def _event(session, zone):
    event = Event()
    # RFC 7986 5.3: nothing in it that says who or where; the same for as long as the session exists.
    event.add("uid", str(session.id))
    event.add("dtstamp", session.revised_at)
    event.add("last-modified", session.revised_at)
    event.add("sequence", session.sequence)
    event.add("status", _status(session))
    event.add("dtstart", session.starts_at.astimezone(zone))
    event.add("dtend", session.ends_at.astimezone(zone))
    event.add("summary", _text(session.title))
    event.add("location", _location(session))
    event.add("description", Words(_description(session), params={"LANGUAGE": get_language()}))
    event.add("url", _address("session", session.slug))
    event.add("categories", [_line(name) for name in (KINDS.get(session.kind, session.kind), *_themes(session))])
    for link in session.links:
        if link.kind == "stream":
            event.add("conference", _stream(link))
    return event


def _status(session):
    if session.is_cancelled:
        return "CANCELLED"
    return "TENTATIVE" if session.is_tentative else "CONFIRMED"


def _location(session):
    """Never empty: some clients drop an event that has no place."""
    if session.room:
        return _text(session.room.name)
    where = gettext("Online") if session.format == "online" else gettext("Room to be announced")
    return Words(where, params={"LANGUAGE": get_language()})


def _themes(session):
    return [str(theme.name) for theme in session.themes]


def _stream(link):
    label = _line(str(link.label)) or gettext("Stream")
    # Two features are a list of two: the library's own class for this quotes them into one.
    return vUri(iri_to_uri(link.url), params={"VALUE": "URI", "FEATURE": ["VIDEO", "AUDIO"], "LABEL": label})


def _address(name, *args):
    """Absolute, in the active language."""
    return urljoin(settings.SITE_URL, reverse(name, args=args))


# Texts


class Words(vText):
    """A text, escaped as RFC 5545 3.3.11 says; the library would take a backslash before an N for a line break."""

    ESCAPES = str.maketrans({"\\": r"\\", ";": r"\;", ",": r"\,", "\n": r"\n"})

    def to_ical(self):
        return self.translate(self.ESCAPES).encode()


def _description(session):
    """What a calendar shows of a session, in paragraphs: what is wrong with it first, its page last."""
    paragraphs = [
        _warning(session),
        _clean(str(session.notice)),
        _clean(str(session.summary)),
        _clean(to_plain(str(session.description))),
        "\n".join(_person(part) for part in session.parts),
        "\n".join(_spoken(session)),
        _address("session", session.slug),
    ]
    return "\n\n".join(filter(None, paragraphs))


def _warning(session):
    if session.is_cancelled:
        return gettext("Cancelled.")
    return gettext("Tentative: this may still change.") if session.is_tentative else ""


def _person(part):
    words = {"role": ROLES.get(part.role, part.role), "name": _line(_name(part))}
    if part.online:
        return gettext("%(role)s: %(name)s (by video)") % words
    return gettext("%(role)s: %(name)s") % words


def _name(part):
    if part.speaker is None:
        return str(part.placeholder)
    called = f"{part.speaker.honorific} {part.speaker.name}"
    return ", ".join(filter(None, [called, str(part.speaker.function), str(part.speaker.organization)]))


def _spoken(session):
    said = {
        gettext("Languages: %(languages)s"): session.languages,
        gettext("Interpretation into: %(languages)s"): session.interpretation,
        gettext("Captions: %(languages)s"): session.captions,
        gettext("Sign language: %(languages)s"): session.sign_languages,
    }
    return [line % {"languages": _listed(codes)} for line, codes in said.items() if codes]


def _listed(codes):
    return ", ".join(str(NAMES.get(code, code)) for code in codes)


def _text(text):
    """A Text on one line, with the language it is really in."""
    words, language = text.pick()
    return Words(_line(words), params={"LANGUAGE": language})


def _line(text):
    return " ".join(_clean(str(text)).split())


def _clean(text):
    """Without control characters: whatever breaks a line somewhere becomes a plain newline, the rest goes."""
    lines = "\n".join(text.splitlines())
    for letter in set(lines) - {"\n"}:
        if unicodedata.category(letter) in ("Cc", "Cs"):
            lines = lines.replace(letter, "")
    return lines.strip()
