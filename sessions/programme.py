"""The programme as everyone reads it: frozen, built from one release's document, without a query or a request.

The document is JSON. Its top-level keys are "format" (1), "time_zone" (IANA name), "starts_on", "ends_on" (dates),
"rooms", "themes", "speakers", "sessions" (lists of objects) and "former_slugs" (addresses that redirect). Instants are
ISO 8601 in UTC, identities are UUIDs, texts are objects from language code to text. Objects have exactly the keys named
here: one too many or one too few is an error, so that nothing is lost unnoticed between writing and reading.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache, cached_property
from uuid import UUID
from zoneinfo import ZoneInfo

from .text import Text, fold

FORMAT = 1


class UnknownFormat(ValueError):
    """The document is of a format that this software does not know, most likely a newer one."""


class BrokenDocument(ValueError):
    """The document does not have the shape that its format promises."""


@dataclass(frozen=True, slots=True)
class Room:
    id: UUID
    slug: str
    name: Text
    place: Text
    access: Text
    online: bool
    capacity: int | None

    def __hash__(self):
        return hash(self.slug)


@dataclass(frozen=True, slots=True)
class Theme:
    id: UUID
    slug: str
    number: int | None
    name: Text
    description: Text
    colour: str
    sign: str

    def __hash__(self):
        return hash(self.slug)


@dataclass(frozen=True, slots=True)
class Link:
    """An address outside the site. For a speaker, kind is "website" or the like and label may be empty."""

    kind: str
    label: Text
    url: str


@dataclass(frozen=True, slots=True)
class Rendition:
    """One file of a picture; path is relative to the media root, width and height are in pixels."""

    path: str
    type: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Portrait:
    alt: Text
    renditions: tuple[Rendition, ...]


@dataclass(frozen=True, slots=True)
class Speaker:
    id: UUID
    slug: str
    name: Text
    sort_name: str
    honorific: Text
    function: Text
    organization: Text
    country: str
    biography: Text
    portrait: Portrait | None
    links: tuple[Link, ...]

    def __hash__(self):
        return hash(self.slug)


@dataclass(frozen=True, slots=True)
class Part:
    """A speaker's part in a session. Where nobody is named yet, speaker is None and placeholder says who is awaited."""

    role: str
    speaker: Speaker | None
    placeholder: Text
    online: bool


@dataclass(frozen=True, slots=True)
class Session:
    """One item of the programme. starts_at and ends_at are aware, in UTC."""

    id: UUID
    slug: str
    kind: str
    status: str
    format: str
    title: Text
    summary: Text
    description: Text
    notice: Text
    starts_at: datetime.datetime
    ends_at: datetime.datetime
    room: Room | None
    themes: tuple[Theme, ...]
    languages: tuple[str, ...]
    interpretation: tuple[str, ...]
    captions: tuple[str, ...]
    sign_languages: tuple[str, ...]
    links: tuple[Link, ...]
    parts: tuple[Part, ...]
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
    def followed_in(self):
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

    @classmethod
    def from_document(cls, document, *, number=0, published_at=None):
        """Read a release's document. Raises UnknownFormat or BrokenDocument."""
        if not isinstance(document, dict) or not isinstance(document.get("format"), int):
            raise BrokenDocument("This is not a programme: it has no format number.")
        if document["format"] != FORMAT:
            raise UnknownFormat(
                f"This programme is written in format {document['format']}; this software reads format {FORMAT}. "
                "Update the software to read it."
            )
        try:
            return cls(**_programme(document), number=number, published_at=published_at)
        except (LookupError, TypeError, AttributeError, ValueError, OverflowError, OSError) as error:
            raise BrokenDocument(f"This programme cannot be read: {error!r}.") from error

    @cached_property
    def days(self):
        """Every date of the conference and every date on which a session starts, in the conference's time zone."""
        length = (self.ends_on - self.starts_on).days
        days = {self.starts_on + datetime.timedelta(days=offset) for offset in range(length + 1)}
        return tuple(sorted(days | {self.day_of(session) for session in self.sessions}))

    @property
    def opens_at(self):
        """When the first session starts, or the first day; aware."""
        if self.sessions:
            return self.sessions[0].starts_at
        return datetime.datetime.combine(self.starts_on, datetime.time(), self.time_zone)

    def day_of(self, session):
        return session.starts_at.astimezone(self.time_zone).date()

    def on(self, day):
        return self._by_day.get(day, ())

    def session(self, slug):
        """The session at this address, or None."""
        return self._by_slug["sessions"].get(slug)

    def speaker(self, slug):
        return self._by_slug["speakers"].get(slug)

    def moved_to(self, kind, slug):
        """What used to be at this address and is elsewhere now, or None; kind is "sessions" or "speakers"."""
        identity = self.former_slugs.get(kind, {}).get(slug)
        return identity and self._by_id[kind].get(identity)

    def sessions_of(self, speaker):
        return self._by_speaker.get(speaker.id, ())

    def neighbours(self, session):
        """The sessions before and after it on its day, each or None."""
        day = self.on(self.day_of(session))
        place = day.index(session)
        return (day[place - 1] if place else None), (day[place + 1] if place + 1 < len(day) else None)

    def searchable(self, item):
        """Everything about a session or speaker that a search looks through, folded."""
        return self._searchable[type(item)][item.slug]

    @cached_property
    def languages(self):
        """Every language in which some session can be followed, in order of appearance."""
        return tuple(dict.fromkeys(code for session in self.sessions for code in session.followed_in))

    @cached_property
    def kinds(self):
        return tuple(dict.fromkeys(session.kind for session in self.sessions))

    @cached_property
    def _by_day(self):
        days = {}
        for session in self.sessions:
            days.setdefault(self.day_of(session), []).append(session)
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
            for identity in dict.fromkeys(part.speaker.id for part in session.parts if part.speaker):
                index.setdefault(identity, []).append(session)
        return {key: tuple(sessions) for key, sessions in index.items()}

    @cached_property
    def _searchable(self):
        speakers = {speaker.slug: _words(speaker) for speaker in self.speakers}
        sessions = {}
        for session in self.sessions:
            people = [
                speakers[part.speaker.slug] if part.speaker else fold(_joined(part.placeholder))
                for part in session.parts
            ]
            texts = [session.title, session.summary, session.description, *(theme.name for theme in session.themes)]
            if session.room:
                texts.append(session.room.name)
            sessions[session.slug] = " ".join([fold(" ".join(map(_joined, texts))), *people])
        return {Session: sessions, Speaker: speakers}


def _words(speaker):
    texts = (speaker.name, speaker.honorific, speaker.function, speaker.organization)
    return fold(" ".join([*map(_joined, texts), speaker.sort_name]))


def _joined(text):
    return " ".join(text.by_language.values())


# Reading. Each function takes one JSON object and gives one part; surplus and missing keys are refused, and so is a
# value that stands there as it is and is not of the type that the part declares.

PLAIN = (str, bool, int, int | None)


def _exactly(data, names):
    if set(data) != set(names):
        raise BrokenDocument(f"expected {sorted(names)}, found {sorted(data)}")
    return data


def _object(data, kind):
    data = dict(_exactly(data, kind.__dataclass_fields__))
    for name, plain in _plain(kind):
        if not isinstance(data[name], plain):
            raise BrokenDocument(f"{kind.__name__}: {name} cannot be {data[name]!r}")
    return data


@cache
def _plain(kind):
    return [(field.name, field.type) for field in fields(kind) if field.type in PLAIN]


def _programme(data):
    data = _exactly(
        data, ["format", "time_zone", "starts_on", "ends_on", "rooms", "themes", "speakers", "sessions", "former_slugs"]
    )
    rooms = [_room(room) for room in data["rooms"]]
    themes = [_theme(theme) for theme in data["themes"]]
    speakers = [_speaker(speaker) for speaker in data["speakers"]]
    known = [{str(part.id): part for part in parts} for parts in (rooms, themes, speakers)]
    places = {room.id: place for place, room in enumerate(rooms)}
    sessions = [_session(session, *known) for session in data["sessions"]]
    sessions.sort(key=lambda s: (s.starts_at, places.get(s.room.id, -1) if s.room else len(places), s.slug))
    return {
        "time_zone": ZoneInfo(data["time_zone"]),
        "starts_on": datetime.date.fromisoformat(data["starts_on"]),
        "ends_on": datetime.date.fromisoformat(data["ends_on"]),
        "rooms": tuple(rooms),
        "themes": tuple(themes),
        "speakers": tuple(sorted(speakers, key=lambda speaker: (fold(speaker.sort_name), speaker.slug))),
        "sessions": tuple(sessions),
        "former_slugs": {
            kind: {slug: UUID(identity) for slug, identity in slugs.items()}
            for kind, slugs in _exactly(data["former_slugs"], ["sessions", "speakers"]).items()
        },
    }


def _text(data):
    if not all(isinstance(text, str) for text in data.values()):
        raise BrokenDocument(f"not a text: {data!r}")
    return Text(dict(data))


def _codes(data):
    if not isinstance(data, list) or not all(isinstance(code, str) for code in data):
        raise BrokenDocument(f"not a list of codes: {data!r}")
    return tuple(data)


def _instant(data):
    instant = datetime.datetime.fromisoformat(data)
    if instant.tzinfo is None:
        raise BrokenDocument(f"not an instant, it has no offset: {data!r}")
    return instant.astimezone(datetime.UTC)


def _room(data):
    data = _object(data, Room)
    texts = {name: _text(data[name]) for name in ("name", "place", "access")}
    return Room(**data | texts | {"id": UUID(data["id"])})


def _theme(data):
    data = _object(data, Theme)
    texts = {name: _text(data[name]) for name in ("name", "description")}
    return Theme(**data | texts | {"id": UUID(data["id"])})


def _link(data):
    data = _object(data, Link)
    return Link(**data | {"label": _text(data["label"])})


def _portrait(data):
    data = _object(data, Portrait)
    renditions = tuple(Rendition(**_object(rendition, Rendition)) for rendition in data["renditions"])
    return Portrait(alt=_text(data["alt"]), renditions=renditions)


def _speaker(data):
    data = _object(data, Speaker)
    texts = {name: _text(data[name]) for name in ("name", "honorific", "function", "organization", "biography")}
    others = {
        "id": UUID(data["id"]),
        "portrait": None if data["portrait"] is None else _portrait(data["portrait"]),
        "links": tuple(map(_link, data["links"])),
    }
    return Speaker(**data | texts | others)


def _part(data, speakers):
    data = _object(data, Part)
    speaker = speakers[data["speaker"]] if data["speaker"] else None
    return Part(**data | {"speaker": speaker, "placeholder": _text(data["placeholder"])})


def _session(data, rooms, themes, speakers):
    data = _object(data, Session)
    texts = {name: _text(data[name]) for name in ("title", "summary", "description", "notice")}
    instants = {name: _instant(data[name]) for name in ("starts_at", "ends_at", "revised_at")}
    lists = {name: _codes(data[name]) for name in ("languages", "interpretation", "captions", "sign_languages")}
    others = {
        "id": UUID(data["id"]),
        "room": rooms[data["room"]] if data["room"] else None,
        "themes": tuple(themes[theme] for theme in data["themes"]),
        "links": tuple(map(_link, data["links"])),
        "parts": tuple(_part(part, speakers) for part in data["parts"]),
    }
    return Session(**data | texts | instants | lists | others)
