"""Rows of the editing tables as objects of a document (see sessions.programme), without what only publishing gives.

A row is a dictionary from column to value, as vars() of a model's instance gives it, too; that of a speaker has
"portrait__files" as well, the renditions of the portrait.
"""

import datetime
from dataclasses import dataclass

from django.apps import apps

from .models import Participation, Room, Session, SessionLink, Theme
from .programme import FORMAT
from .text import LANGUAGES

FIRST = "order", "id"


@dataclass
class Rows:
    """All that the programme is made of: as many queries however much there is, and no instance of a model for each.

    Rooms and themes are in the order in which they stand side by side. What belongs to a session or to a speaker is a
    list in order, by the key of its owner; themes are only their keys.
    """

    rooms: list
    themes: list
    speakers: list
    sessions: list
    themes_of: dict
    parts_of: dict
    links_of: dict
    links_of_speakers: dict

    def theme_keys(self, session):
        return self.themes_of.get(session["id"], [])

    def parts(self, session):
        return self.parts_of.get(session["id"], [])

    def links(self, session):
        return self.links_of.get(session["id"], [])

    def speaker_links(self, speaker):
        return self.links_of_speakers.get(speaker["id"], [])


def read():
    """What points to other rows is read before them, so that none of it points to nothing where others only add."""
    speakers, speaker_links = (apps.get_model(f"speakers.{name}") for name in ("Speaker", "SpeakerLink"))
    columns = [field.attname for field in speakers._meta.concrete_fields]
    parts_of = by_owner(Participation.objects.order_by(*FIRST).values(), "session_id")
    ties = list(Session.themes.through.objects.values_list("session_id", "theme_id"))
    sessions = list(Session.objects.order_by("starts_at", "pk").values())
    themes = list(Theme.objects.values())
    return Rows(
        rooms=list(Room.objects.values()),
        themes=themes,
        speakers=list(speakers.objects.order_by("pk").values(*columns, "portrait__files")),
        sessions=sessions,
        themes_of=_themes_of(ties, themes),
        parts_of=parts_of,
        links_of=by_owner(SessionLink.objects.order_by(*FIRST).values(), "session_id"),
        links_of_speakers=by_owner(speaker_links.objects.order_by(*FIRST).values(), "speaker_id"),
    )


def by_owner(parts, column):
    owned = {}
    for part in parts:
        owned.setdefault(part[column], []).append(part)
    return owned


def _themes_of(ties, themes):
    """Of each session the keys of its themes, in the order of the themes; ties are pairs of their keys."""
    tied, found = {}, {}
    for session, theme in ties:
        tied.setdefault(theme, []).append(session)
    for theme in themes:
        for session in tied.get(theme["id"], ()):
            found.setdefault(session, []).append(theme["id"])
    return found


def document(found, conference):
    """What publishing would show of these rows: sessions that are no drafts and who has a part in them."""
    sessions = [row for row in found.sessions if row["status"] != Session.Status.DRAFT]
    on_stage = {part["speaker_id"] for row in sessions for part in found.parts(row)}
    return {
        "format": FORMAT,
        "time_zone": conference.time_zone,
        "starts_on": conference.starts_on.isoformat(),
        "ends_on": conference.ends_on.isoformat(),
        "rooms": list(map(room, found.rooms)),
        "themes": list(map(theme, found.themes)),
        "speakers": [speaker(row, found.speaker_links(row)) for row in found.speakers if row["id"] in on_stage],
        "sessions": [session(row, found.theme_keys(row), found.links(row), found.parts(row)) for row in sessions],
        "former_slugs": {"sessions": {}, "speakers": {}},
    }


def text(row, name):
    columns = ((language, row[f"{name}_{language}"].strip()) for language in LANGUAGES)
    return {language: text for language, text in columns if text}


def texts(row, *names):
    return {name: text(row, name) for name in names}


def instant(moment):
    return moment.astimezone(datetime.UTC).isoformat()


def room(row):
    return {
        "id": str(row["id"]),
        "slug": row["slug"],
        **texts(row, "name", "place", "access"),
        "online": row["online"],
        "capacity": row["capacity"],
    }


def theme(row):
    return {
        "id": str(row["id"]),
        "slug": row["slug"],
        "number": row["number"],
        **texts(row, "name", "description"),
        "colour": row["colour"],
        "sign": row["sign"],
    }


def link(row):
    return {"kind": row["kind"], "label": text(row, "label"), "url": row["url"]}


def speaker(row, links):
    return {
        "id": str(row["id"]),
        "slug": row["slug"],
        **texts(row, "name", "honorific", "function", "organization", "biography"),
        "sort_name": row["sort_name"],
        "country": row["country"] or "",
        "portrait": row["portrait_id"] and {"alt": text(row, "portrait_alt"), "renditions": row["portrait__files"]},
        "links": list(map(link, links)),
    }


def part(row):
    return {
        "role": row["role"],
        "speaker": row["speaker_id"] and str(row["speaker_id"]),
        "placeholder": text(row, "placeholder"),
        "online": row["online"],
    }


def session(row, themes, links, parts):
    return {
        "id": str(row["id"]),
        "slug": row["slug"],
        "kind": row["kind"],
        "status": row["status"],
        "format": row["format"],
        **texts(row, "title", "summary", "description", "notice"),
        "starts_at": instant(row["starts_at"]),
        "ends_at": instant(row["ends_at"]),
        "room": row["room_id"] and str(row["room_id"]),
        "themes": list(map(str, themes)),
        "languages": row["languages"],
        "interpretation": row["interpretation"],
        "captions": row["captions"],
        "sign_languages": row["sign_languages"],
        "links": list(map(link, links)),
        "parts": list(map(part, parts)),
    }
