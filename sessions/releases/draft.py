"""The draft as a document: database rows to the JSON that sessions.programme describes, without revision fields.

A row is a dictionary from column to value, as in QuerySet.values() or vars(instance); the row of a speaker has
"portrait__files" too, the renditions of the portrait.
"""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from conference.core.i18n.text import LANGUAGES
from conference.facts import FACT_TEXTS
from conference.models import Conference
from speakers.models import Speaker, SpeakerLink

from ..models import Participation, Room, Session, SessionLink, Theme
from .document import FORMAT_VERSION

DEFAULT_ORDER = "order", "id"


@dataclass
class DraftRows:
    """The rows of the draft. Rooms and themes are in display order.

    Participations and links are sorted lists by the key of their session or speaker, themes lists of keys.
    """

    rooms: list[dict]
    themes: list[dict]
    speakers: list[dict]
    sessions: list[dict]
    theme_ids_by_session: dict
    participations_by_session: dict
    links_by_session: dict
    links_by_speaker: dict

    def theme_ids(self, session: dict) -> list:
        return self.theme_ids_by_session.get(session["id"], [])

    def participations(self, session: dict) -> list[dict]:
        return self.participations_by_session.get(session["id"], [])

    def links(self, session: dict) -> list[dict]:
        return self.links_by_session.get(session["id"], [])

    def speaker_links(self, speaker: dict) -> list[dict]:
        return self.links_by_speaker.get(speaker["id"], [])


def read_draft() -> DraftRows:
    """Read all rows with a fixed number of queries."""
    # Rows with foreign keys are read before the rows they refer to, so that a row added between two
    # queries never leaves a reference without its target.
    participations = read_rows(Participation.objects.order_by(*DEFAULT_ORDER))
    theme_relations = list(Session.themes.through.objects.values_list("session_id", "theme_id"))
    sessions = read_rows(Session.objects.order_by("starts_at", "pk"))
    themes = read_rows(Theme.objects.all())
    speaker_columns = [field.attname for field in Speaker._meta.concrete_fields]
    return DraftRows(
        rooms=read_rows(Room.objects.all()),
        themes=themes,
        speakers=list(Speaker.objects.order_by("pk").values(*speaker_columns, "portrait__files")),
        sessions=sessions,
        theme_ids_by_session=group_theme_ids(theme_relations, themes),
        participations_by_session=group_by(participations, "session_id"),
        links_by_session=group_by(read_rows(SessionLink.objects.order_by(*DEFAULT_ORDER)), "session_id"),
        links_by_speaker=group_by(read_rows(SpeakerLink.objects.order_by(*DEFAULT_ORDER)), "speaker_id"),
    )


def read_rows(queryset: QuerySet[Any]) -> list[dict]:
    return list(queryset.values())


def group_by(rows: Iterable[dict], column: str) -> dict[object, list[dict]]:
    groups: dict[object, list[dict]] = {}
    for row in rows:
        groups.setdefault(row[column], []).append(row)
    return groups


def group_theme_ids(relations: Iterable[tuple], themes: Iterable[dict]) -> dict[object, list]:
    """Return the theme keys of each session in the order of themes, from pairs of session key and theme key."""
    sessions_by_theme: dict[object, list] = {}
    groups: dict[object, list] = {}
    for session, theme in relations:
        sessions_by_theme.setdefault(theme, []).append(session)
    for theme in themes:
        for session in sessions_by_theme.get(theme["id"], ()):
            groups.setdefault(session, []).append(theme["id"])
    return groups


def build_document(rows: DraftRows, conference: Conference) -> dict:
    """Return the document that publishing would show: without draft sessions and without speakers of no session."""
    sessions = [row for row in rows.sessions if row["status"] != Session.Status.DRAFT]
    speaker_ids = {entry["speaker_id"] for row in sessions for entry in rows.participations(row)}
    return {
        "format": FORMAT_VERSION,
        "conference": serialize_facts(conference),
        "rooms": list(map(serialize_room, rows.rooms)),
        "themes": list(map(serialize_theme, rows.themes)),
        "speakers": [
            serialize_speaker(row, rows.speaker_links(row)) for row in rows.speakers if row["id"] in speaker_ids
        ],
        "sessions": sort_sessions(
            (
                serialize_session(row, rows.theme_ids(row), rows.links(row), rows.participations(row))
                for row in sessions
            ),
            [str(row["id"]) for row in rows.rooms],
        ),
        "former_slugs": {"sessions": {}, "speakers": {}},
    }


def serialize_facts(conference: Conference) -> dict:
    return {
        **serialize_texts(vars(conference), *FACT_TEXTS),
        "country": str(vars(conference)["country"] or ""),
        "starts_on": conference.starts_on.isoformat(),
        "ends_on": conference.ends_on.isoformat(),
        "time_zone": conference.time_zone,
    }


def sort_sessions(sessions: Iterable[dict], room_ids: Sequence[str]) -> list[dict]:
    """Return the sessions of a document by start, room in this order, English title and id; no room comes last."""
    positions = {room_id: position for position, room_id in enumerate(room_ids)}
    last = len(positions)

    def get_key(session: dict) -> tuple:
        room = positions.get(session["room"], last)
        return session["starts_at"], room, session["title"].get("en", ""), session["id"]

    return sorted(sessions, key=get_key)


def serialize_text(row: dict, name: str) -> dict:
    columns = ((language, row[f"{name}_{language}"].strip()) for language in LANGUAGES)
    return {language: text for language, text in columns if text}


def serialize_texts(row: dict, *names: str) -> dict:
    return {name: serialize_text(row, name) for name in names}


def to_utc_iso(time: datetime.datetime) -> str:
    return time.astimezone(datetime.UTC).isoformat()


def serialize_room(row: dict) -> dict:
    return {
        "id": str(row["id"]),
        "slug": row["slug"],
        **serialize_texts(row, "name", "place", "access"),
        "online": row["online"],
        "capacity": row["capacity"],
    }


def serialize_theme(row: dict) -> dict:
    return {
        "id": str(row["id"]),
        "slug": row["slug"],
        "number": row["number"],
        **serialize_texts(row, "name", "description"),
        "colour": row["colour"],
        "sign": row["sign"],
    }


def serialize_link(row: dict) -> dict:
    return {"kind": row["kind"], "label": serialize_text(row, "label"), "url": row["url"]}


def serialize_speaker(row: dict, links: Iterable[dict]) -> dict:
    return {
        "id": str(row["id"]),
        "slug": row["slug"],
        **serialize_texts(row, "name", "honorific", "function", "organization", "biography"),
        "sort_name": row["sort_name"],
        "country": row["country"] or "",
        "portrait": row["portrait_id"]
        and {"alt": serialize_text(row, "portrait_alt"), "renditions": row["portrait__files"]},
        "links": list(map(serialize_link, links)),
    }


def serialize_participation(row: dict) -> dict:
    return {
        "role": row["role"],
        "speaker": row["speaker_id"] and str(row["speaker_id"]),
        "placeholder": serialize_text(row, "placeholder"),
        "online": row["online"],
    }


def serialize_session(row: dict, theme_ids: Iterable, links: Iterable[dict], participations: Iterable[dict]) -> dict:
    return {
        "id": str(row["id"]),
        "slug": row["slug"],
        "kind": row["kind"],
        "status": row["status"],
        "format": row["format"],
        **serialize_texts(row, "title", "summary", "description", "notice"),
        "starts_at": to_utc_iso(row["starts_at"]),
        "ends_at": to_utc_iso(row["ends_at"]),
        "room": row["room_id"] and str(row["room_id"]),
        "themes": list(map(str, theme_ids)),
        "languages": row["languages"],
        "interpretation": row["interpretation"],
        "captions": row["captions"],
        "sign_languages": row["sign_languages"],
        "links": list(map(serialize_link, links)),
        "participations": list(map(serialize_participation, participations)),
    }


def get_conference_time_zone() -> ZoneInfo:
    """Return the time zone of the conference.

    Raises Conference.DoesNotExist.
    """
    return ZoneInfo(Conference.objects.values_list("time_zone", flat=True).get())
