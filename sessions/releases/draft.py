"""Rows of the editing tables as objects of a document (see sessions.programme), without what only publishing gives.

A row is a dictionary from column to value, as vars() of a model's instance gives it, too; that of a speaker has
"portrait__files" as well, the renditions of the portrait.
"""

import datetime
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.apps import apps

from conference.core.text import LANGUAGES

from ..models import Participation, Room, Session, SessionLink, Theme
from .document import FORMAT_VERSION

DEFAULT_ORDER = "order", "id"


@dataclass
class DraftRows:
    """All that the programme is made of: as many queries however much there is, and no instance of a model for each.

    Rooms and themes are in the order in which they stand side by side. What belongs to a session or to a speaker is a
    list in order, by the key of its owner; themes are only their keys.
    """

    rooms: list
    themes: list
    speakers: list
    sessions: list
    theme_ids_by_session: dict
    participations_by_session: dict
    links_by_session: dict
    links_by_speaker: dict

    def theme_ids(self, session):
        return self.theme_ids_by_session.get(session["id"], [])

    def participations(self, session):
        return self.participations_by_session.get(session["id"], [])

    def links(self, session):
        return self.links_by_session.get(session["id"], [])

    def speaker_links(self, speaker):
        return self.links_by_speaker.get(speaker["id"], [])


def read_draft():
    """What points to other rows is read before them, so that none of it points to nothing where others only add."""
    speakers, speaker_links = (apps.get_model(f"speakers.{name}") for name in ("Speaker", "SpeakerLink"))
    columns = [field.attname for field in speakers._meta.concrete_fields]
    parts_of = group_by(Participation.objects.order_by(*DEFAULT_ORDER).values(), "session_id")
    ties = list(Session.themes.through.objects.values_list("session_id", "theme_id"))
    sessions = list(Session.objects.order_by("starts_at", "pk").values())
    themes = list(Theme.objects.values())
    return DraftRows(
        rooms=list(Room.objects.values()),
        themes=themes,
        speakers=list(speakers.objects.order_by("pk").values(*columns, "portrait__files")),
        sessions=sessions,
        theme_ids_by_session=group_theme_ids(ties, themes),
        participations_by_session=parts_of,
        links_by_session=group_by(SessionLink.objects.order_by(*DEFAULT_ORDER).values(), "session_id"),
        links_by_speaker=group_by(speaker_links.objects.order_by(*DEFAULT_ORDER).values(), "speaker_id"),
    )


def group_by(parts, column):
    owned = {}
    for part in parts:
        owned.setdefault(part[column], []).append(part)
    return owned


def group_theme_ids(ties, themes):
    """Of each session the keys of its themes, in the order of the themes; ties are pairs of their keys."""
    tied, found = {}, {}
    for session, theme in ties:
        tied.setdefault(theme, []).append(session)
    for theme in themes:
        for session in tied.get(theme["id"], ()):
            found.setdefault(session, []).append(theme["id"])
    return found


def build_document(found, conference):
    """What publishing would show of these rows: sessions that are no drafts and who has a part in them."""
    sessions = [row for row in found.sessions if row["status"] != Session.Status.DRAFT]
    on_stage = {part["speaker_id"] for row in sessions for part in found.participations(row)}
    return {
        "format": FORMAT_VERSION,
        "time_zone": conference.time_zone,
        "starts_on": conference.starts_on.isoformat(),
        "ends_on": conference.ends_on.isoformat(),
        "rooms": list(map(serialize_room, found.rooms)),
        "themes": list(map(serialize_theme, found.themes)),
        "speakers": [
            serialize_speaker(row, found.speaker_links(row)) for row in found.speakers if row["id"] in on_stage
        ],
        "sessions": [
            serialize_session(row, found.theme_ids(row), found.links(row), found.participations(row))
            for row in sessions
        ],
        "former_slugs": {"sessions": {}, "speakers": {}},
    }


def serialize_text(row, name):
    columns = ((language, row[f"{name}_{language}"].strip()) for language in LANGUAGES)
    return {language: text for language, text in columns if text}


def serialize_texts(row, *names):
    return {name: serialize_text(row, name) for name in names}


def to_utc_iso(moment):
    return moment.astimezone(datetime.UTC).isoformat()


def serialize_room(row):
    return {
        "id": str(row["id"]),
        "slug": row["slug"],
        **serialize_texts(row, "name", "place", "access"),
        "online": row["online"],
        "capacity": row["capacity"],
    }


def serialize_theme(row):
    return {
        "id": str(row["id"]),
        "slug": row["slug"],
        "number": row["number"],
        **serialize_texts(row, "name", "description"),
        "colour": row["colour"],
        "sign": row["sign"],
    }


def serialize_link(row):
    return {"kind": row["kind"], "label": serialize_text(row, "label"), "url": row["url"]}


def serialize_speaker(row, links):
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


def serialize_participation(row):
    return {
        "role": row["role"],
        "speaker": row["speaker_id"] and str(row["speaker_id"]),
        "placeholder": serialize_text(row, "placeholder"),
        "online": row["online"],
    }


def serialize_session(row, themes, links, parts):
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
        "themes": list(map(str, themes)),
        "languages": row["languages"],
        "interpretation": row["interpretation"],
        "captions": row["captions"],
        "sign_languages": row["sign_languages"],
        "links": list(map(serialize_link, links)),
        "participations": list(map(serialize_participation, parts)),
    }


def get_conference_time_zone():
    """Raises Conference.DoesNotExist."""
    return ZoneInfo(apps.get_model("conference.Conference").objects.values_list("time_zone", flat=True).get())
