"""Publishing: the draft, or an earlier release, as the next release.

The format of a document is described in sessions.programme.
"""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.models.fields.json import KeyTransform
from django.utils import timezone

from conference.core.database import extend_timeouts
from conference.models import Conference

from ..models import Release
from . import current, draft
from .diff import collect_names, diff_documents, is_empty_diff, resolve_names
from .document import load_programme
from .exceptions import ConcurrentChangeError, NothingToPublishError

# A change of these fields raises the SEQUENCE of calendar events: RFC 5545 3.8.7.4 asks for it when the time or status
# changes; the room, or its name, matters as much to attendees.
RESCHEDULE_FIELDS = ("starts_at", "ends_at", "status", "room", "place")
# What pages and calendar events of sessions say that is not theirs: the place of the conference, how to find the room,
# and the fields of speakers besides the name. The list of changes names them as changes of the room or speaker.
PLACE_FIELDS = ("time_zone", "venue", "city")
SHARED_FIELDS = frozenset({"place", "directions", "speakers"})
SPEAKER_FIELDS = ("honorific", "function", "organization")
REVISION_FIELDS = ("sequence", "revised_at", "revised_in")
MAX_READS = 6


@transaction.atomic
def publish_draft(*, by=None, note_en: str = "", note_vi: str = "", private_note: str = "") -> Release:
    """Publish the draft and return the release.

    Raises NothingToPublishError, ConcurrentChangeError, InvalidDocumentError or Conference.DoesNotExist.
    """
    lock_publishing()
    document = read_consistent_draft()
    return create_release_if_changed(document, by=by, note_en=note_en, note_vi=note_vi, private_note=private_note)


@transaction.atomic
def republish_release(number: int, *, by=None, note_en: str = "", note_vi: str = "", private_note: str = "") -> Release:
    """Publish the programme of an earlier release and return the new release. The draft stays unchanged.

    Raises NothingToPublishError, Release.DoesNotExist, InvalidDocumentError or UnsupportedFormatError.
    """
    lock_publishing()
    document = strip_revision_fields(Release.objects.get(pk=number).document)
    return create_release_if_changed(document, by=by, note_en=note_en, note_vi=note_vi, private_note=private_note)


def build_release(document: dict | None = None) -> tuple[dict, dict]:
    """Return the document and changes of the next release, made of this document or of the draft.

    Raises InvalidDocumentError or UnsupportedFormatError if the document cannot be read.
    """
    document, changes = diff_with_current_release(document)
    load_programme(document)
    return document, changes


def diff_with_current_release(document: dict | None = None) -> tuple[dict, dict]:
    """Return the same as build_release, without testing whether the document can be read."""
    current_release = Release.objects.current()
    number = current_release.number + 1 if current_release else 1
    before = current_release.document if current_release else None
    document = add_revision_fields(
        document or read_draft_document(), before, number, timezone.now(), get_withdrawn_sequences()
    )
    return document, diff_documents(before, document)


def lock_publishing() -> None:
    """Lock out other publishing, restoring and importing until the transaction ends, and extend its timeouts.

    On SQLite every write transaction locks the whole database anyway.
    """
    extend_timeouts()
    Conference.objects.select_for_update().get()


def read_consistent_draft() -> dict:
    """Read the draft until two consecutive reads agree, so that no concurrent edit is half included.

    On SQLite, where a transaction locks out all other writers, one read is enough. Raises ConcurrentChangeError.
    """
    document = read_draft_document()
    if not connection.features.has_select_for_update:
        return document
    for _attempt in range(MAX_READS):
        again = read_draft_document()
        if document == again:
            return document
        document = again
    raise ConcurrentChangeError


@contextmanager
def repeatable_read() -> Iterator[None]:
    """Open a transaction whose reads all see the same snapshot; inside another transaction, do nothing."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost and connection.vendor == "postgresql":
            # SQLite’s transactions are like this already.
            connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def strip_revision_fields(document: dict) -> dict:
    """Return a release's document as a draft has it: without revision fields and former slugs."""
    sessions = [
        {name: session[name] for name in session if name not in REVISION_FIELDS} for session in document["sessions"]
    ]
    return document | {"sessions": sessions, "former_slugs": {"sessions": {}, "speakers": {}}}


def read_draft_document() -> dict:
    """Return the draft as a document without revision fields.

    Raises Conference.DoesNotExist.
    """
    return draft.build_document(draft.read_draft(), Conference.objects.get())


def add_revision_fields(
    document: dict, before: dict | None, number: int, now: datetime.datetime, withdrawn: dict | None = None
) -> dict:
    """Add the revision fields of sessions and the former slugs to a document, and return it.

    before is the document of the previous release, withdrawn the sequence by id of sessions that releases removed.
    """
    before = before or {"sessions": [], "speakers": [], "former_slugs": {"sessions": {}, "speakers": {}}}
    withdrawn = withdrawn or {}
    old_sessions, new_sessions = resolve_sessions(before), resolve_sessions(document)
    for session in document["sessions"]:
        old, sequence = old_sessions.get(session["id"]), withdrawn.get(session["id"])
        session.update(compute_revision_fields(new_sessions[session["id"]], old, sequence, number, now))
    for collection in ("sessions", "speakers"):
        slugs = {item["slug"] for item in document[collection]}
        former = before["former_slugs"][collection] | {item["slug"]: item["id"] for item in before[collection]}
        document["former_slugs"][collection] = {slug: former[slug] for slug in sorted(former) if slug not in slugs}
    return document


def resolve_sessions(document: dict) -> dict[str, dict]:
    """Return the sessions by id, with everything else that their pages and calendar events say.

    SHARED_FIELDS are added to the fields of diff.resolve_names.
    """
    names = collect_names(document)
    rooms = {room["id"]: room["place"] for room in document.get("rooms", [])}
    speakers = {speaker["id"]: [speaker[name] for name in SPEAKER_FIELDS] for speaker in document.get("speakers", [])}
    conference = document.get("conference", document)
    place = {name: conference[name] for name in PLACE_FIELDS if name in conference}
    return {
        session["id"]: resolve_names(session, names)
        | {
            "place": place,
            "directions": rooms.get(session["room"]),
            "speakers": [speakers.get(entry["speaker"]) for entry in session["participations"]],
        }
        for session in document["sessions"]
    }


def compute_revision_fields(
    session: dict, old: dict | None, withdrawn_sequence: int | None, number: int, now: datetime.datetime
) -> dict:
    """Return the revision fields of a session, compared with the previous release.

    A session that returns after a removal continues its sequence, because calendars ignore a lower SEQUENCE.
    """
    if old is None:
        sequence = 0 if withdrawn_sequence is None else withdrawn_sequence + 1
        return {"sequence": sequence, "revised_at": draft.to_utc_iso(now), "revised_in": number}
    # Earlier releases did not contain the whole place.
    session = session | {"place": {name: session["place"][name] for name in old["place"]}}
    changed = [name for name, value in session.items() if value != old[name]]
    if not changed:
        return {name: old[name] for name in REVISION_FIELDS}
    return {
        "sequence": old["sequence"] + any(name in RESCHEDULE_FIELDS for name in changed),
        "revised_at": draft.to_utc_iso(now),
        "revised_in": old["revised_in"] if SHARED_FIELDS.issuperset(changed) else number,
    }


def get_withdrawn_sequences() -> dict[str, int]:
    """Return the last sequence by id of all sessions that any release removed.

    It reads the lists of changes, which are short, instead of the documents.
    """
    removed = KeyTransform("removed", KeyTransform("sessions", "changes"))
    lists = Release.objects.order_by("number").values_list(removed, flat=True)
    return {item["id"]: item.get("sequence", 0) for items in lists for item in items or ()}


def create_release_if_changed(document: dict, *, by, **notes: str) -> Release:
    document, changes = build_release(document)
    if is_empty_diff(changes):
        raise NothingToPublishError
    release = Release.objects.create(
        number=Release.objects.current_number() + 1,
        published_at=timezone.now(),
        published_by=by,
        changes=changes,
        document=document,
        **notes,
    )
    # An error while this process reads the new release must not look like a failure to publish.
    transaction.on_commit(current.refresh, robust=True)
    return release
