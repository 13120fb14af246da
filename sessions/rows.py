"""Rows of the editing tables as objects of a document (see sessions.programme), without what only publishing gives."""

import datetime

from django.apps import apps
from django.db import models

from .models import Participation, Session, SessionLink
from .text import Text


def sessions():
    """Sessions with all that is told of them, in as many queries however many they are."""
    return Session.objects.prefetch_related(
        "themes",
        models.Prefetch("links", SessionLink.objects.order_by("order", "pk")),
        models.Prefetch("participations", Participation.objects.order_by("order", "pk")),
    )


def speakers():
    return apps.get_model("speakers.Speaker").objects.select_related("portrait").prefetch_related("links")


def text(row, name):
    return dict(Text.of(row, name).by_language)


def texts(row, *names):
    return {name: text(row, name) for name in names}


def instant(moment):
    return moment.astimezone(datetime.UTC).isoformat()


def room(row):
    return {
        "id": str(row.pk),
        "slug": row.slug,
        **texts(row, "name", "place", "access"),
        "online": row.online,
        "capacity": row.capacity,
    }


def theme(row):
    return {
        "id": str(row.pk),
        "slug": row.slug,
        "number": row.number,
        **texts(row, "name", "description"),
        "colour": row.colour,
        "sign": row.sign,
    }


def link(row):
    return {"kind": row.kind, "label": text(row, "label"), "url": row.url}


def speaker(row):
    return {
        "id": str(row.pk),
        "slug": row.slug,
        **texts(row, "name", "honorific", "function", "organization", "biography"),
        "sort_name": row.sort_name,
        "country": row.country.code or "",
        "portrait": row.portrait and {"alt": text(row, "portrait_alt"), "renditions": row.portrait.files},
        "links": list(map(link, row.links.all())),
    }


def part(row):
    return {
        "role": row.role,
        "speaker": row.speaker_id and str(row.speaker_id),
        "placeholder": text(row, "placeholder"),
        "online": row.online,
    }


def session(row):
    return {
        "id": str(row.pk),
        "slug": row.slug,
        "kind": row.kind,
        "status": row.status,
        "format": row.format,
        **texts(row, "title", "summary", "description", "notice"),
        "starts_at": instant(row.starts_at),
        "ends_at": instant(row.ends_at),
        "room": row.room_id and str(row.room_id),
        "themes": [str(theme.pk) for theme in row.themes.all()],
        "languages": row.languages,
        "interpretation": row.interpretation,
        "captions": row.captions,
        "sign_languages": row.sign_languages,
        "links": list(map(link, row.links.all())),
        "parts": list(map(part, row.participations.all())),
    }
