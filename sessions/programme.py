"""The programme as everyone reads it: frozen, built from one release's document, without a query or a request.

The document is JSON. Its top-level keys are "format" (1), "time_zone" (IANA name), "starts_on", "ends_on" (dates),
"rooms", "themes", "speakers", "sessions" (lists of objects) and "former_slugs" (addresses that redirect). Instants are
ISO 8601 in UTC, identities are UUIDs, texts are objects from language code to text. Objects have exactly the keys named
here: one too many or one too few is an error, so that nothing is lost unnoticed between writing and reading.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID
from zoneinfo import ZoneInfo

from conference.core.images import ImageRendition
from conference.core.text import LocalizedText, normalize_for_search


@dataclass(frozen=True, slots=True)
class Room:
    id: UUID
    slug: str
    name: LocalizedText
    place: LocalizedText
    access: LocalizedText
    online: bool
    capacity: int | None

    def __hash__(self):
        return hash(self.slug)


@dataclass(frozen=True, slots=True)
class Theme:
    id: UUID
    slug: str
    number: int | None
    name: LocalizedText
    description: LocalizedText
    colour: str
    sign: str

    def __hash__(self):
        return hash(self.slug)


@dataclass(frozen=True, slots=True)
class Link:
    """An address outside the site. For a speaker, kind is "website" or the like and label may be empty."""

    kind: str
    label: LocalizedText
    url: str


@dataclass(frozen=True, slots=True)
class Portrait:
    alt: LocalizedText
    renditions: tuple[ImageRendition, ...]


@dataclass(frozen=True, slots=True)
class Speaker:
    id: UUID
    slug: str
    name: LocalizedText
    sort_name: str
    honorific: LocalizedText
    function: LocalizedText
    organization: LocalizedText
    country: str
    biography: LocalizedText
    portrait: Portrait | None
    links: tuple[Link, ...]

    def __hash__(self):
        return hash(self.slug)


@dataclass(frozen=True, slots=True)
class Participation:
    """A speaker's part in a session. Where nobody is named yet, speaker is None and placeholder says who is awaited."""

    role: str
    speaker: Speaker | None
    placeholder: LocalizedText
    online: bool


@dataclass(frozen=True, slots=True)
class Session:
    """One item of the programme. starts_at and ends_at are aware, in UTC."""

    id: UUID
    slug: str
    kind: str
    status: str
    format: str
    title: LocalizedText
    summary: LocalizedText
    description: LocalizedText
    notice: LocalizedText
    starts_at: datetime.datetime
    ends_at: datetime.datetime
    room: Room | None
    themes: tuple[Theme, ...]
    languages: tuple[str, ...]
    interpretation: tuple[str, ...]
    captions: tuple[str, ...]
    sign_languages: tuple[str, ...]
    links: tuple[Link, ...]
    participations: tuple[Participation, ...]
    # How often its time, room or status changed since first published (RFC 5545 3.8.7.4), and when anything last did.
    sequence: int
    revised_at: datetime.datetime
    revised_in: int

    @property
    def is_cancelled(self):
        return self.status == "cancelled"

    @property
    def is_tentative(self):
        return self.status == "tentative"

    @property
    def available_languages(self):
        """The languages in which somebody can follow it, floor languages first."""
        return tuple(dict.fromkeys(self.languages + self.interpretation))


@dataclass(frozen=True)
class Programme:
    """One release, read into memory. Sessions are in order of start, then room, then title."""

    number: int
    published_at: datetime.datetime
    time_zone: ZoneInfo
    starts_on: datetime.date
    ends_on: datetime.date
    rooms: tuple[Room, ...]
    themes: tuple[Theme, ...]
    speakers: tuple[Speaker, ...]
    sessions: tuple[Session, ...]
    former_slugs: Mapping[str, Mapping[str, UUID]]

    @cached_property
    def days(self):
        """Every date of the conference and every date on which a session starts, in the conference's time zone."""
        length = (self.ends_on - self.starts_on).days
        days = {self.starts_on + datetime.timedelta(days=offset) for offset in range(length + 1)}
        return tuple(sorted(days | {self.get_day_of(session) for session in self.sessions}))

    @property
    def first_start(self):
        """When the first session starts, or the first day; aware."""
        if self.sessions:
            return self.sessions[0].starts_at
        return datetime.datetime.combine(self.starts_on, datetime.time(), self.time_zone)

    def get_day_of(self, session):
        return session.starts_at.astimezone(self.time_zone).date()

    def on(self, day):
        return self._by_day.get(day, ())

    def session(self, slug):
        """The session at this address, or None."""
        return self._by_slug["sessions"].get(slug)

    def speaker(self, slug):
        return self._by_slug["speakers"].get(slug)

    def find_by_former_slug(self, kind, slug):
        """What used to be at this address and is elsewhere now, or None; kind is "sessions" or "speakers"."""
        identity = self.former_slugs.get(kind, {}).get(slug)
        return identity and self._by_id[kind].get(identity)

    def get_sessions_of(self, speaker):
        return self._by_speaker.get(speaker.id, ())

    def get_neighbours(self, session):
        """The sessions before and after it on its day, each or None."""
        day = self.on(self.get_day_of(session))
        place = day.index(session)
        return (day[place - 1] if place else None), (day[place + 1] if place + 1 < len(day) else None)

    def get_search_text(self, item):
        """Everything about a session or speaker that a search looks through, folded."""
        return self._searchable[type(item)][item.slug]

    @cached_property
    def languages(self):
        """Every language in which some session can be followed, in order of appearance."""
        return tuple(dict.fromkeys(code for session in self.sessions for code in session.available_languages))

    @cached_property
    def kinds(self):
        return tuple(dict.fromkeys(session.kind for session in self.sessions))

    @cached_property
    def _by_day(self):
        days = {}
        for session in self.sessions:
            days.setdefault(self.get_day_of(session), []).append(session)
        return {day: tuple(sessions) for day, sessions in days.items()}

    @cached_property
    def _by_slug(self):
        return {
            "sessions": {session.slug: session for session in self.sessions},
            "speakers": {speaker.slug: speaker for speaker in self.speakers},
        }

    @cached_property
    def _by_id(self):
        return {
            "sessions": {session.id: session for session in self.sessions},
            "speakers": {speaker.id: speaker for speaker in self.speakers},
        }

    @cached_property
    def _by_speaker(self):
        index = {}
        for session in self.sessions:
            for identity in dict.fromkeys(part.speaker.id for part in session.participations if part.speaker):
                index.setdefault(identity, []).append(session)
        return {key: tuple(sessions) for key, sessions in index.items()}

    @cached_property
    def _searchable(self):
        speakers = {speaker.slug: build_speaker_search_text(speaker) for speaker in self.speakers}
        sessions = {}
        for session in self.sessions:
            people = [
                speakers[part.speaker.slug] if part.speaker else normalize_for_search(join_languages(part.placeholder))
                for part in session.participations
            ]
            texts = [session.title, session.summary, session.description, *(theme.name for theme in session.themes)]
            if session.room:
                texts.append(session.room.name)
            sessions[session.slug] = " ".join([normalize_for_search(" ".join(map(join_languages, texts))), *people])
        return {Session: sessions, Speaker: speakers}


def build_speaker_search_text(speaker):
    texts = (speaker.name, speaker.honorific, speaker.function, speaker.organization)
    return normalize_for_search(" ".join([*map(join_languages, texts), speaker.sort_name]))


def join_languages(text):
    return " ".join(text.by_language.values())


# Reading. Each function takes one JSON object and gives one part; surplus and missing keys are refused, and so is a
# value that stands there as it is and is not of the type that the part declares.
