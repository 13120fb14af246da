"""Parser of release documents: JSON to the read model in sessions.programme.

It refuses missing and unknown keys, and values of a wrong type. Each parse function takes one JSON value.
"""

import datetime
from collections.abc import Iterable
from dataclasses import fields
from functools import cache
from uuid import UUID
from zoneinfo import ZoneInfo

from conference.core.i18n.text import LocalizedText, normalize_for_search
from conference.core.images import ImageRendition
from conference.facts import FACT_TEXTS, ConferenceFacts

from ..programme import Link, Participation, Portrait, Programme, Room, Session, Speaker, Theme
from .exceptions import InvalidDocumentError, UnsupportedFormatError

FORMAT_VERSION = 2
SCALAR_TYPES = (str, bool, int, int | None)
DOCUMENT_KEYS = ("format", "conference", "rooms", "themes", "speakers", "sessions", "former_slugs")


def load_programme(document: dict, *, number: int = 0, published_at: datetime.datetime | None = None) -> Programme:
    """Return the programme of a release document.

    Raises UnsupportedFormatError for another format version, InvalidDocumentError for a malformed document.
    """
    if not isinstance(document, dict) or not isinstance(document.get("format"), int):
        raise InvalidDocumentError("This is not a programme: it has no format number.")
    if document["format"] != FORMAT_VERSION:
        remedy = "Update the software" if document["format"] > FORMAT_VERSION else "Run “manage.py migrate”"
        raise UnsupportedFormatError(
            f"This programme is written in format {document['format']}; this software reads format {FORMAT_VERSION}. "
            f"{remedy} to read it."
        )
    try:
        return Programme(**parse_programme(document), number=number, published_at=published_at)
    except (LookupError, TypeError, AttributeError, ValueError, OverflowError, OSError) as error:
        raise InvalidDocumentError(f"This programme cannot be read: {error!r}.") from error


def check_keys(data: dict, names: Iterable[str]) -> dict:
    if set(data) != set(names):
        raise InvalidDocumentError(f"expected {sorted(names)}, found {sorted(data)}")
    return data


def check_object(data: dict, model: type) -> dict:
    """Return a copy of an object that has the keys and scalar types of a dataclass."""
    data = dict(check_keys(data, get_field_names(model)))
    for name, scalar_type in get_scalar_fields(model):
        if not isinstance(data[name], scalar_type):
            raise InvalidDocumentError(f"{model.__name__}: {name} cannot be {data[name]!r}")
    return data


@cache
def get_field_names(model: type) -> frozenset[str]:
    return frozenset(field.name for field in fields(model))


@cache
def get_scalar_fields(model: type) -> list[tuple]:
    return [(field.name, field.type) for field in fields(model) if field.type in SCALAR_TYPES]


def parse_programme(data: dict) -> dict:
    """Return the keyword arguments of a Programme other than number and time."""
    data = check_keys(data, DOCUMENT_KEYS)
    rooms = [parse_room(room) for room in data["rooms"]]
    themes = [parse_theme(theme) for theme in data["themes"]]
    speakers = [parse_speaker(speaker) for speaker in data["speakers"]]
    by_id = [{str(item.id): item for item in items} for items in (rooms, themes, speakers)]
    positions = {room.id: position for position, room in enumerate(rooms)}
    sessions = [parse_session(session, *by_id) for session in data["sessions"]]
    sessions.sort(key=lambda s: (s.starts_at, positions[s.room.id] if s.room else len(positions), s.slug))
    return {
        "conference": parse_facts(data["conference"]),
        "rooms": tuple(rooms),
        "themes": tuple(themes),
        "speakers": tuple(
            sorted(speakers, key=lambda speaker: (normalize_for_search(speaker.sort_name), speaker.slug))
        ),
        "sessions": tuple(sessions),
        "former_slugs": {
            collection: {slug: UUID(item_id) for slug, item_id in slugs.items()}
            for collection, slugs in check_keys(data["former_slugs"], ["sessions", "speakers"]).items()
        },
    }


def parse_facts(data: dict) -> ConferenceFacts:
    data = check_object(data, ConferenceFacts)
    texts = {name: parse_text(data[name]) for name in FACT_TEXTS}
    days = {name: datetime.date.fromisoformat(data[name]) for name in ("starts_on", "ends_on")}
    return ConferenceFacts(**data | texts | days | {"time_zone": ZoneInfo(data["time_zone"])})


def parse_text(data: dict) -> LocalizedText:
    if not all(isinstance(text, str) for text in data.values()):
        raise InvalidDocumentError(f"not a text: {data!r}")
    return LocalizedText(dict(data))


def parse_codes(data: list) -> tuple[str, ...]:
    if not isinstance(data, list) or not all(isinstance(code, str) for code in data):
        raise InvalidDocumentError(f"not a list of codes: {data!r}")
    return tuple(data)


def parse_datetime(data: str) -> datetime.datetime:
    time = datetime.datetime.fromisoformat(data)
    if time.tzinfo is None:
        raise InvalidDocumentError(f"a time without an offset: {data!r}")
    return time.astimezone(datetime.UTC)


def parse_room(data: dict) -> Room:
    data = check_object(data, Room)
    texts = {name: parse_text(data[name]) for name in ("name", "place", "access")}
    return Room(**data | texts | {"id": UUID(data["id"])})


def parse_theme(data: dict) -> Theme:
    data = check_object(data, Theme)
    texts = {name: parse_text(data[name]) for name in ("name", "description")}
    return Theme(**data | texts | {"id": UUID(data["id"])})


def parse_link(data: dict) -> Link:
    data = check_object(data, Link)
    return Link(**data | {"label": parse_text(data["label"])})


def parse_portrait(data: dict) -> Portrait:
    data = check_object(data, Portrait)
    renditions = tuple(ImageRendition(**check_object(rendition, ImageRendition)) for rendition in data["renditions"])
    return Portrait(alt=parse_text(data["alt"]), renditions=renditions)


def parse_speaker(data: dict) -> Speaker:
    data = check_object(data, Speaker)
    texts = {name: parse_text(data[name]) for name in ("name", "honorific", "function", "organization", "biography")}
    others = {
        "id": UUID(data["id"]),
        "portrait": None if data["portrait"] is None else parse_portrait(data["portrait"]),
        "links": tuple(map(parse_link, data["links"])),
    }
    return Speaker(**data | texts | others)


def parse_participation(data: dict, speakers: dict) -> Participation:
    data = check_object(data, Participation)
    speaker = speakers[data["speaker"]] if data["speaker"] else None
    return Participation(**data | {"speaker": speaker, "placeholder": parse_text(data["placeholder"])})


def parse_session(data: dict, rooms: dict, themes: dict, speakers: dict) -> Session:
    data = check_object(data, Session)
    texts = {name: parse_text(data[name]) for name in ("title", "summary", "description", "notice")}
    times = {name: parse_datetime(data[name]) for name in ("starts_at", "ends_at", "revised_at")}
    lists = {name: parse_codes(data[name]) for name in ("languages", "interpretation", "captions", "sign_languages")}
    others = {
        "id": UUID(data["id"]),
        "room": rooms[data["room"]] if data["room"] else None,
        "themes": tuple(themes[theme] for theme in data["themes"]),
        "links": tuple(map(parse_link, data["links"])),
        "participations": tuple(parse_participation(entry, speakers) for entry in data["participations"]),
    }
    return Session(**data | texts | times | lists | others)
