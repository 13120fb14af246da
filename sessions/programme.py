"""Read model of the programme: immutable objects made of one release document, without database queries.

The document is JSON. Its top-level keys are "format" (2), "conference" (an object), "rooms", "themes", "speakers",
"sessions" (lists of objects) and "former_slugs" ({"sessions": {slug: id}, "speakers": {slug: id}}, which redirect).
Dates and times are ISO 8601, times in UTC, time zones IANA names, ids UUIDs, texts objects from language code to text.
Objects have exactly the keys of the classes here; a missing or unknown key is an error, so that no data is lost.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID
from zoneinfo import ZoneInfo

from conference.core.i18n.text import LocalizedText
from conference.core.images import ImageRendition
from conference.core.search import SearchText, find_matches
from conference.core.slugs import find_by_typed_slug
from conference.facts import ConferenceFacts


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
    """An external link. For a speaker, kind is for example "website", and label may be empty."""

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
    """A speaker's role in a session; speaker is None while there is only a placeholder."""

    role: str
    speaker: Speaker | None
    placeholder: LocalizedText
    online: bool


@dataclass(frozen=True, slots=True)
class Session:
    """One item of the programme; times are in UTC.

    sequence counts changes of time, place or status since the first publication (RFC 5545 3.8.7.4). revised_at and
    revised_in are the time and release number of the last change; revised_at also of the place, the room and speakers.
    """

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
    sequence: int
    revised_at: datetime.datetime
    revised_in: int

    @property
    def is_cancelled(self) -> bool:
        return self.status == "cancelled"

    @property
    def is_tentative(self) -> bool:
        return self.status == "tentative"

    @property
    def is_break(self) -> bool:
        """Breaks are part of the agenda, but have no page and do not count as sessions."""
        return self.kind == "break"

    @property
    def streams(self) -> list[Link]:
        return [link for link in self.links if link.kind == "stream"]

    @property
    def recordings(self) -> list[Link]:
        return [link for link in self.links if link.kind == "recording"]

    @property
    def available_languages(self) -> tuple[str, ...]:
        """The floor languages, then the languages of interpretation."""
        return tuple(dict.fromkeys(self.languages + self.interpretation))


@dataclass(frozen=True)
class Programme:
    """One release in memory; sessions are sorted by start, room and slug.

    A document without a release has number 0 and no time of publication.
    """

    number: int
    published_at: datetime.datetime | None
    conference: ConferenceFacts
    rooms: tuple[Room, ...]
    themes: tuple[Theme, ...]
    speakers: tuple[Speaker, ...]
    sessions: tuple[Session, ...]
    former_slugs: Mapping[str, Mapping[str, UUID]]

    @property
    def time_zone(self) -> ZoneInfo:
        return self.conference.time_zone

    @property
    def starts_on(self) -> datetime.date:
        return self.conference.starts_on

    @property
    def ends_on(self) -> datetime.date:
        return self.conference.ends_on

    @cached_property
    def days(self) -> tuple[datetime.date, ...]:
        """The dates of the conference and of all sessions, in the conference's time zone."""
        return tuple(sorted({*self.conference.days, *self.sessions_by_day}))

    @property
    def first_start(self) -> datetime.datetime:
        """The start of the first session, or of the first day if there are no sessions."""
        if self.sessions:
            return self.sessions[0].starts_at
        return datetime.datetime.combine(self.starts_on, datetime.time(), self.time_zone)

    def is_during(self, now: datetime.datetime) -> bool:
        """Return whether the local date is one of the conference's, or the last session is still on."""
        today = now.astimezone(self.time_zone).date()
        return self.starts_on <= today and (today <= self.ends_on or any(now < s.ends_at for s in self.sessions))

    def get_day_of(self, session: Session) -> datetime.date:
        return session.starts_at.astimezone(self.time_zone).date()

    def on(self, day: datetime.date) -> tuple[Session, ...]:
        """Return the sessions that start on a day."""
        return self.sessions_by_day.get(day, ())

    def session(self, slug: str) -> Session | None:
        return self.items_by_slug["sessions"].get(slug)

    def speaker(self, slug: str) -> Speaker | None:
        return self.items_by_slug["speakers"].get(slug)

    def find_by_former_slug(self, collection: str, slug: str) -> Session | Speaker | None:
        """Return the item that had this slug in an earlier release, or else has it in another spelling.

        collection is "sessions" or "speakers". People type "Acting-Early" or "khai-mạc".
        """
        if slug in self.items_by_slug[collection]:
            return None
        if item_id := self.former_slugs.get(collection, {}).get(slug):
            return self.items_by_id[collection].get(item_id)
        return find_by_typed_slug(self.items_by_slug[collection].values(), slug)

    def get_sessions_of(self, speaker: Speaker) -> tuple[Session, ...]:
        return self.sessions_by_speaker.get(speaker.id, ())

    def get_neighbours(self, session: Session) -> tuple[Session | None, Session | None]:
        """Return the previous and the next session of the same day, without breaks."""
        sessions = [other for other in self.on(self.get_day_of(session)) if not other.is_break]
        index = sessions.index(session)
        return (sessions[index - 1] if index else None), (sessions[index + 1] if index + 1 < len(sessions) else None)

    def search(self, kind: type, term: str) -> set[str]:
        """Return the slugs of the sessions or speakers, kind being Session or Speaker, that match a search."""
        return set(find_matches(self.search_texts[kind], term))

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages of all sessions, floor or interpretation, in order of appearance."""
        return tuple(dict.fromkeys(code for session in self.sessions for code in session.available_languages))

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of all sessions without breaks, in order of appearance."""
        return tuple(dict.fromkeys(session.kind for session in self.sessions if not session.is_break))

    @cached_property
    def sessions_by_day(self) -> dict[datetime.date, tuple[Session, ...]]:
        days: dict[datetime.date, list[Session]] = {}
        for session in self.sessions:
            days.setdefault(self.get_day_of(session), []).append(session)
        return {day: tuple(sessions) for day, sessions in days.items()}

    @cached_property
    def items_by_slug(self) -> dict[str, dict]:
        return {
            "sessions": {session.slug: session for session in self.sessions},
            "speakers": {speaker.slug: speaker for speaker in self.speakers},
        }

    @cached_property
    def items_by_id(self) -> dict[str, dict]:
        return {
            "sessions": {session.id: session for session in self.sessions},
            "speakers": {speaker.id: speaker for speaker in self.speakers},
        }

    @cached_property
    def sessions_by_speaker(self) -> dict[UUID, tuple[Session, ...]]:
        groups: dict[UUID, list[Session]] = {}
        for session in self.sessions:
            for speaker_id in dict.fromkeys(entry.speaker.id for entry in session.participations if entry.speaker):
                groups.setdefault(speaker_id, []).append(session)
        return {speaker_id: tuple(sessions) for speaker_id, sessions in groups.items()}

    @cached_property
    def search_texts(self) -> dict[type, dict[str, SearchText]]:
        """The texts in which searches look, by class and slug."""
        speakers = {speaker.slug: build_speaker_text(speaker) for speaker in self.speakers}
        sessions = {session.slug: build_session_text(session, speakers) for session in self.sessions}
        return {Session: sessions, Speaker: speakers}


def build_session_text(session: Session, speaker_texts: Mapping[str, SearchText]) -> SearchText:
    texts = [session.title, session.summary, session.description, *(theme.name for theme in session.themes)]
    texts += [entry.placeholder for entry in session.participations if not entry.speaker]
    if session.room:
        texts.append(session.room.name)
    people = (speaker_texts[entry.speaker.slug] for entry in session.participations if entry.speaker)
    return SearchText.of("\n".join(map(join_languages, texts)), *people)


def build_speaker_text(speaker: Speaker) -> SearchText:
    texts = (speaker.name, speaker.honorific, speaker.function, speaker.organization)
    return SearchText.of("\n".join([*map(join_languages, texts), speaker.sort_name]))


def join_languages(text: LocalizedText) -> str:
    return "\n".join(text.by_language.values())
