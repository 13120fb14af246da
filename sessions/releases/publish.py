"""From the editing tables to a release: read the draft as a document, compare, number, keep.

A document's format is described in sessions.programme.
"""

from contextlib import contextmanager

from django.apps import apps
from django.db import connection, models, transaction
from django.db.models.fields.json import KeyTransform
from django.utils import timezone

from conference.core.database import extend_timeouts
from sessions.releases.document import load_programme
from sessions.releases.exceptions import ConcurrentChangeError, NothingToPublishError

from ..models import Release
from . import current, draft
from .diff import collect_names, diff_documents, is_empty_diff, resolve_names

# What a calendar must be told of: RFC 5545 3.8.7.4 asks for a higher SEQUENCE when the time or status changes, and
# people who wait in the wrong room would like it for the room as well, be it another one or the same by another name.
RESCHEDULE_FIELDS = ("starts_at", "ends_at", "status", "room")
REVISION_FIELDS = ("sequence", "revised_at", "revised_in")
# So often the draft is read while others go on saving.
MAX_READS = 6


@transaction.atomic
def publish_draft(*, by=None, note_en="", note_vi="", private_note=""):
    """Make the draft the next release and return it. Raises NothingToPublish or StillChanging. After any error all is
    as before."""
    lock_publishing()
    return create_release_if_changed(
        read_consistent_draft(), by=by, note_en=note_en, note_vi=note_vi, private_note=private_note
    )


@transaction.atomic
def republish_release(number, *, by=None, note_en="", note_vi="", private_note=""):
    """Make the programme of an earlier release the next release and return it; the editing tables stay as they are.
    Raises Release.DoesNotExist, NothingToPublish, or what reading a document raises."""
    lock_publishing()
    document = strip_revision_fields(Release.objects.get(pk=number).document)
    return create_release_if_changed(document, by=by, note_en=note_en, note_vi=note_vi, private_note=private_note)


def build_release(document=None):
    """The document that publishing this one (or the draft, read once) would keep, and its differences from the current
    release."""
    document, changes = diff_with_current_release(document)
    # What cannot be read must not be kept.
    load_programme(document)
    return document, changes


def diff_with_current_release(document=None):
    """The same for somebody who reads the document anyhow: nothing says yet whether it can be read."""
    latest = Release.objects.order_by("number").last()
    number = latest.number + 1 if latest else 1
    before = latest.document if latest else None
    document = add_revision_fields(
        document or read_draft_document(), before, number, timezone.now(), get_withdrawn_sequences()
    )
    return document, diff_documents(before, document)


def lock_publishing():
    """Lock out other publishing, restoring and importing until this transaction ends, and give it longer time limits.

    On SQLite every transaction does so by itself."""
    extend_timeouts()
    get_conference_model().objects.select_for_update().get()


def read_consistent_draft():
    """The draft, read until two readings agree: else half of what somebody saves meanwhile might be in it. Where a
    transaction holds back all other writers, as SQLite's do, once is enough. Raises StillChanging."""
    document = read_draft_document()
    if not connection.features.has_select_for_update:
        return document
    for _reading in range(MAX_READS):
        again = read_draft_document()
        if document == again:
            return document
        document = again
    raise ConcurrentChangeError


@contextmanager
def repeatable_read():
    """A transaction in which all that is read is of one moment, for who only reads. One that is under way already stays
    as it is."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost and connection.vendor == "postgresql":
            # SQLite’s are so by themselves.
            connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def strip_revision_fields(document):
    """What a draft would say: the document of a release without what only publishing gives."""
    sessions = [
        {name: session[name] for name in session if name not in REVISION_FIELDS} for session in document["sessions"]
    ]
    return document | {"sessions": sessions, "former_slugs": {"sessions": {}, "speakers": {}}}


def read_draft_document():
    """The editing tables as a document, without the stamps that only publishing gives. Raises
    Conference.DoesNotExist."""
    return draft.build_document(draft.read_draft(), get_conference_model().objects.get())


def add_revision_fields(document, before, number, now, withdrawn=None):
    """The document with revision stamps and redirects, carried over from the document before it or made now; withdrawn
    is {identity: sequence} of sessions that earlier releases took out."""
    before = before or {"sessions": [], "speakers": [], "former_slugs": {"sessions": {}, "speakers": {}}}
    then, called = collect_names(before), collect_names(document)
    earlier = {session["id"]: resolve_names(session, then) for session in before["sessions"]}
    back = withdrawn or {}
    for session in document["sessions"]:
        identity = session["id"]
        session.update(
            compute_revision_fields(
                resolve_names(session, called), earlier.get(identity), back.get(identity), number, now
            )
        )
    for kind in ("sessions", "speakers"):
        taken = {part["slug"]: part["id"] for part in document[kind]}
        former = dict(before["former_slugs"][kind]) | {part["slug"]: part["id"] for part in before[kind]}
        document["former_slugs"][kind] = {slug: former[slug] for slug in sorted(former) if slug not in taken}
    return document


def compute_revision_fields(session, earlier, withdrawn, number, now):
    """The stamps of a session, from what can be read of it now and before. One that comes back goes on counting:
    calendars that still have it would take a lower SEQUENCE for older news."""
    if earlier is None:
        sequence = 0 if withdrawn is None else withdrawn + 1
        return {"sequence": sequence, "revised_at": draft.to_utc_iso(now), "revised_in": number}
    changed = [name for name, value in session.items() if value != earlier[name]]
    if not changed:
        return {name: earlier[name] for name in REVISION_FIELDS}
    moved = any(name in RESCHEDULE_FIELDS for name in changed)
    return {"sequence": earlier["sequence"] + moved, "revised_at": draft.to_utc_iso(now), "revised_in": number}


def get_withdrawn_sequences():
    """{identity: sequence} of what was ever taken out, by the last release that did: the changes' own lists are short,
    so that no document but the current one has to be read."""
    removed = KeyTransform("removed", KeyTransform("sessions", "changes"))
    lists = Release.objects.order_by("number").values_list(removed, flat=True)
    return {part["id"]: part.get("sequence", 0) for parts in lists for part in parts or ()}


def create_release_if_changed(document, **by_and_notes):
    document, changes = build_release(document)
    if is_empty_diff(changes):
        raise NothingToPublishError
    return create_release(document, changes, **by_and_notes)


def create_release(document, changes, *, by, note_en, note_vi, private_note):
    latest = Release.objects.aggregate(number=models.Max("number"))["number"] or 0
    release = Release.objects.create(
        number=latest + 1,
        published_at=timezone.now(),
        published_by=by,
        note_en=note_en,
        note_vi=note_vi,
        private_note=private_note,
        changes=changes,
        document=document,
    )
    # What is published stays published, whether or not this process can read it back.
    transaction.on_commit(current.refresh, robust=True)
    return release


def get_conference_model():
    return apps.get_model("conference.Conference")
