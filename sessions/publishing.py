"""From the editing tables to a release: read the draft as a document, compare, number, keep.

A document's format is described in sessions.programme.
"""

import datetime

from django.apps import apps
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from . import current
from .differences import differences, is_empty, names, readable
from .models import Participation, Release, Room, Session, SessionLink, Theme
from .programme import FORMAT, Programme
from .text import Text

# What a calendar must be told of: RFC 5545 3.8.7.4 asks for a higher SEQUENCE when the time or status changes, and
# people who wait in the wrong room would like it for the room as well, be it another one or the same by another name.
RESCHEDULED = ("starts_at", "ends_at", "status", "room")
STAMPS = ("sequence", "revised_at", "revised_in")


class NothingToPublish(Exception):
    """The draft is the same as the current release."""

    def __str__(self):
        return str(_("Nothing has changed since the current release."))


@transaction.atomic
def publish(*, by=None, note_en="", note_vi=""):
    """Make the draft the next release and return it. Raises NothingToPublish. After any error all is as before."""
    _take_turns()
    document, changes = prepare(_settled())
    if is_empty(changes):
        raise NothingToPublish
    return _keep(document, changes, by=by, note_en=note_en, note_vi=note_vi)


def prepare(drafted=None):
    """The document that publishing the draft (or one reading of it) would keep, and its differences from the current
    release."""
    latest = Release.objects.order_by("number").last()
    number = latest.number + 1 if latest else 1
    before = latest.document if latest else None
    document = stamped(drafted or draft(), before, number, timezone.now())
    # What cannot be read must not be kept.
    Programme.from_document(document)
    return document, differences(before, document)


def _settled():
    """The draft, read until two readings agree: else half of what somebody saves meanwhile might be in it."""
    document, again = draft(), draft()
    while document != again:
        document, again = again, draft()
    return document


def draft():
    """The editing tables as a document, without the stamps that only publishing gives."""
    conference = _conference().objects.get()
    sessions = list(
        Session.objects.exclude(status=Session.Status.DRAFT)
        .order_by("starts_at", "pk")
        .prefetch_related(
            "themes",
            models.Prefetch("links", SessionLink.objects.order_by("order", "pk")),
            models.Prefetch("participations", Participation.objects.order_by("order", "pk")),
        )
    )
    speakers = (
        apps.get_model("speakers.Speaker")
        .objects.filter(sessions__in=[session.pk for session in sessions])
        .distinct()
        .select_related("portrait")
        .prefetch_related("links")
        .order_by("pk")
    )
    return {
        "format": FORMAT,
        "time_zone": conference.time_zone,
        "starts_on": conference.starts_on.isoformat(),
        "ends_on": conference.ends_on.isoformat(),
        "rooms": [_room(room) for room in Room.objects.all()],
        "themes": [_theme(theme) for theme in Theme.objects.all()],
        "speakers": [_speaker(speaker) for speaker in speakers],
        "sessions": [_session(session) for session in sessions],
        "former_slugs": {"sessions": {}, "speakers": {}},
    }


def stamped(document, before, number, now):
    """The document with revision stamps and redirects, carried over from the document before it or made now."""
    before = before or {"sessions": [], "speakers": [], "former_slugs": {"sessions": {}, "speakers": {}}}
    then, called = names(before), names(document)
    earlier = {session["id"]: readable(session, then) for session in before["sessions"]}
    for session in document["sessions"]:
        session.update(_stamps(readable(session, called), earlier.get(session["id"]), number, now))
    for kind in ("sessions", "speakers"):
        taken = {part["slug"]: part["id"] for part in document[kind]}
        former = dict(before["former_slugs"][kind]) | {part["slug"]: part["id"] for part in before[kind]}
        document["former_slugs"][kind] = {slug: former[slug] for slug in sorted(former) if slug not in taken}
    return document


def _stamps(session, earlier, number, now):
    """The stamps of a session, from what can be read of it now and before."""
    if earlier is None:
        return {"sequence": 0, "revised_at": _instant(now), "revised_in": number}
    changed = [name for name, value in session.items() if value != earlier[name]]
    if not changed:
        return {name: earlier[name] for name in STAMPS}
    moved = any(name in RESCHEDULED for name in changed)
    return {"sequence": earlier["sequence"] + moved, "revised_at": _instant(now), "revised_in": number}


def _keep(document, changes, *, by, note_en, note_vi):
    latest = Release.objects.aggregate(number=models.Max("number"))["number"] or 0
    release = Release.objects.create(
        number=latest + 1,
        published_at=timezone.now(),
        published_by=by,
        note_en=note_en,
        note_vi=note_vi,
        changes=changes,
        document=document,
    )
    # What is published stays published, whether or not this process can read it back.
    transaction.on_commit(current.renew, robust=True)
    return release


def _take_turns():
    """Hold back anybody else who publishes until this transaction ends; SQLite's transactions do so by themselves."""
    _conference().objects.select_for_update().get()


def _conference():
    return apps.get_model("conference.Conference")


# Rows to objects of the document. A draft's former_slugs and stamps are empty until it is stamped.


def _text(row, name):
    return dict(Text.of(row, name).by_language)


def _texts(row, *names):
    return {name: _text(row, name) for name in names}


def _instant(moment):
    return moment.astimezone(datetime.UTC).isoformat()


def _room(room):
    return {
        "id": str(room.pk),
        "slug": room.slug,
        **_texts(room, "name", "place", "access"),
        "online": room.online,
        "capacity": room.capacity,
    }


def _theme(theme):
    return {
        "id": str(theme.pk),
        "slug": theme.slug,
        "number": theme.number,
        **_texts(theme, "name", "description"),
        "colour": theme.colour,
        "sign": theme.sign,
    }


def _link(link):
    return {"kind": link.kind, "label": _text(link, "label"), "url": link.url}


def _speaker(speaker):
    return {
        "id": str(speaker.pk),
        "slug": speaker.slug,
        **_texts(speaker, "name", "honorific", "function", "organization", "biography"),
        "sort_name": speaker.sort_name,
        "country": speaker.country.code or "",
        "portrait": speaker.portrait and {"alt": _text(speaker, "portrait_alt"), "renditions": speaker.portrait.files},
        "links": [_link(link) for link in speaker.links.all()],
    }


def _part(part):
    return {
        "role": part.role,
        "speaker": part.speaker_id and str(part.speaker_id),
        "placeholder": _text(part, "placeholder"),
        "online": part.online,
    }


def _session(session):
    return {
        "id": str(session.pk),
        "slug": session.slug,
        "kind": session.kind,
        "status": session.status,
        "format": session.format,
        **_texts(session, "title", "summary", "description", "notice"),
        "starts_at": _instant(session.starts_at),
        "ends_at": _instant(session.ends_at),
        "room": session.room_id and str(session.room_id),
        "themes": [str(theme.pk) for theme in session.themes.all()],
        "languages": session.languages,
        "interpretation": session.interpretation,
        "captions": session.captions,
        "sign_languages": session.sign_languages,
        "links": [_link(link) for link in session.links.all()],
        "parts": [_part(part) for part in session.participations.all()],
    }
