"""Read model of the programme: immutable objects made of one release document, without database queries.

The document is JSON. Its top-level keys are "format" (1), "time_zone" (IANA name), "starts_on", "ends_on" (dates),
"rooms", "themes", "speakers", "sessions" (lists of objects) and "former_slugs" ({"sessions": {slug: id}, "speakers":
{slug: id}}, which redirect). Times are ISO 8601 in UTC, ids are UUIDs, texts are objects from language code to text.
Objects have exactly the keys of the classes here; a missing or unknown key is an error, so that no data is lost.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID
from zoneinfo import ZoneInfo

from conference.core.i18n.text import LocalizedText, normalize_for_search
from conference.core.images import ImageRendition


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

    sequence counts changes of time, room or status since the first publication (RFC 5545 3.8.7.4). revised_at and
    revised_in are the time and release number of the last change.
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
    time_zone: ZoneInfo
    starts_on: datetime.date
    ends_on: datetime.date
    rooms: tuple[Room, ...]
    themes: tuple[Theme, ...]
    speakers: tuple[Speaker, ...]
    sessions: tuple[Session, ...]
    former_slugs: Mapping[str, Mapping[str, UUID]]

    @cached_property
    def days(self) -> tuple[datetime.date, ...]:
        """The dates of the conference and of all sessions, in the conference's time zone."""
        length = (self.ends_on - self.starts_on).days
        days = {self.starts_on + datetime.timedelta(days=offset) for offset in range(length + 1)}
        return tuple(sorted(days | set(self.sessions_by_day)))

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
        """Return the item that had this slug in an earlier release; collection is "sessions" or "speakers"."""
        item_id = self.former_slugs.get(collection, {}).get(slug)
        return self.items_by_id[collection].get(item_id) if item_id else None

    def get_sessions_of(self, speaker: Speaker) -> tuple[Session, ...]:
        return self.sessions_by_speaker.get(speaker.id, ())

    def get_neighbours(self, session: Session) -> tuple[Session | None, Session | None]:
        """Return the previous and the next session of the same day, without breaks."""
        sessions = [other for other in self.on(self.get_day_of(session)) if not other.is_break]
        index = sessions.index(session)
        return (sessions[index - 1] if index else None), (sessions[index + 1] if index + 1 < len(sessions) else None)

    def get_search_text(self, item: Session | Speaker) -> str:
        """Return the normalized text in which searches look for a session or speaker."""
        return self.search_texts[type(item)][item.slug]

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
    def search_texts(self) -> dict[type, dict[str, str]]:
        speakers = {speaker.slug: build_speaker_search_text(speaker) for speaker in self.speakers}
        sessions = {}
        for session in self.sessions:
            names = [
                speakers[entry.speaker.slug]
                if entry.speaker
                else normalize_for_search(join_languages(entry.placeholder))
                for entry in session.participations
            ]
            texts = [session.title, session.summary, session.description, *(theme.name for theme in session.themes)]
            if session.room:
                texts.append(session.room.name)
            sessions[session.slug] = " ".join([normalize_for_search(" ".join(map(join_languages, texts))), *names])
        return {Session: sessions, Speaker: speakers}


def build_speaker_search_text(speaker: Speaker) -> str:
    texts = (speaker.name, speaker.honorific, speaker.function, speaker.organization)
    return normalize_for_search(" ".join([*map(join_languages, texts), speaker.sort_name]))


def join_languages(text: LocalizedText) -> str:
    return " ".join(text.by_language.values())
