"""Publishing what somebody has looked at, and nothing else. Both have a digest, which must be the same.

Three things are looked at and then done: publishing the draft, publishing an earlier release again, and setting the
editing tables back to one. Here, too, stands what keeps a draft from being published.
"""

import hashlib
import json
from dataclasses import dataclass

from django.apps import apps
from django.core.cache import cache
from django.core.exceptions import ObjectDoesNotExist
from django.db import models, transaction

from sessions.releases.exceptions import InvalidDraftError, OutdatedPreviewError, PublishBlockedError

from ..checks import filter_blocking_issues, find_issues
from ..models import Participation, Release, Room, Session, SessionLink, Theme
from .diff import count_changes, diff_documents
from .exceptions import ConcurrentChangeError, InvalidDocumentError, UnsupportedFormatError
from .publish import (
    REVISION_FIELDS,
    build_release,
    publish_draft,
    read_consistent_draft,
    read_draft_document,
    repeatable_read,
    republish_release,
    strip_revision_fields,
)
from .restore import load_release_as_draft, lock_draft, restore_release

# How long a count may be believed of tables that somebody changed without leaving a history, in seconds.
CACHE_SECONDS = 60


@dataclass(frozen=True)
class ReleasePreview:
    """What would change (see sessions.differences), against release number (0: there is none)."""

    number: int
    changes: dict
    version_token: str

    @property
    def count(self):
        return count_changes(self.changes)


@repeatable_read()
def preview_release():
    """What publishing the draft would change for everybody. Raises NotPublishable."""
    key = get_cache_key()
    try:
        found = make_preview(*build_release())
    except (ObjectDoesNotExist, InvalidDocumentError) as error:
        raise InvalidDraftError from error
    # The bar above the very page that shows this asks for it.
    cache.set(key, found.count, CACHE_SECONDS)
    return found


@repeatable_read()
def preview_republish(number):
    """What publishing release number again would change for everybody. Raises Release.DoesNotExist, NotPublishable."""
    document = strip_revision_fields(Release.objects.get(pk=number).document)
    try:
        return make_preview(*build_release(document))
    except (InvalidDocumentError, UnsupportedFormatError) as error:
        raise InvalidDraftError from error


@repeatable_read()
def preview_restore(number):
    """What setting the editing tables back to release number would change in them. Raises Release.DoesNotExist,
    NotPublishable."""
    try:
        document, drafted = load_release_as_draft(number), read_draft_document()
    except (InvalidDocumentError, UnsupportedFormatError) as error:
        raise InvalidDraftError from error
    return ReleasePreview(number, diff_documents(drafted, document), make_version_token(number, drafted))


def publish_if_valid(**by_and_notes):
    """Publish the draft unless findings forbid it, and return the release. Raises Blocked, or what publish raises."""
    with transaction.atomic():
        release = publish_draft(**by_and_notes)
        if found := filter_blocking_issues(find_issues()):
            raise PublishBlockedError(found)
        if strip_revision_fields(release.document) != read_draft_document():
            # What was found is of other rows than what was published.
            raise ConcurrentChangeError
    return release


@transaction.atomic
def publish_previewed(digest, **by_and_notes):
    """Publish what was reviewed and return the release. Raises ChangedMeanwhile, Blocked, NotPublishable, or what
    publish raises; then nothing is published."""
    try:
        return check_unchanged(publish_if_valid(**by_and_notes), digest)
    except (ObjectDoesNotExist, InvalidDocumentError) as error:
        raise InvalidDraftError from error


@transaction.atomic
def republish_previewed(number, digest, **by_and_notes):
    """Publish again what review_again showed, and return the release. Raises as that and publish_again do."""
    try:
        return check_unchanged(republish_release(number, **by_and_notes), digest)
    except (InvalidDocumentError, UnsupportedFormatError) as error:
        raise InvalidDraftError from error


@transaction.atomic
def restore_previewed(number, digest, *, by):
    """Set the tables back as review_restoring showed. Raises ChangedMeanwhile where they are not as they were then, or
    what restore raises; then nothing is set back."""
    lock_draft()
    if make_version_token(number, read_consistent_draft()) != digest:
        raise OutdatedPreviewError
    try:
        restore_release(number, by=by)
    except (InvalidDocumentError, UnsupportedFormatError) as error:
        raise InvalidDraftError from error


def check_unchanged(release, digest):
    if make_version_token(release.number - 1, release.document) != digest:
        raise OutdatedPreviewError
    return release


def make_preview(document, changes):
    number = Release.objects.aggregate(number=models.Max("number"))["number"] or 0
    return ReleasePreview(number, changes, make_version_token(number, document))


def make_version_token(number, document):
    """Of the content alone: stamps say when it is published, and sessions that start together have no order."""
    sessions = [
        {name: session[name] for name in session if name not in REVISION_FIELDS} for session in document["sessions"]
    ]
    content = document | {"sessions": sorted(sessions, key=lambda session: session["id"])}
    return hashlib.sha256(json.dumps([number, content], sort_keys=True).encode()).hexdigest()


# How much waits


def count_unpublished_changes(user):
    """How many changes wait to be published, for somebody whom it concerns; None for everybody else.

    Cheap enough for every page: counted anew only when the history of the editing tables or the releases went on.
    """
    if not user.has_perm("programme.view_release"):
        return None
    key = get_cache_key()
    waiting = cache.get(key)
    if waiting is None:
        waiting = count_pending_changes()
        cache.set(key, waiting, CACHE_SECONDS)
    return None if waiting < 0 else waiting


def get_cache_key():
    return f"unpublished-{hashlib.sha256(repr(get_draft_version()).encode()).hexdigest()}"


def count_pending_changes():
    """The number of changes; -1 where there is nothing that could be published."""
    try:
        return preview_release().count
    except InvalidDraftError:
        return -1


def get_draft_version():
    """How far the history of each editing table goes, and the releases, in one query.

    The last number alone would miss what was begun earlier and committed later; so rows are counted as well.
    """
    stamps = [
        build_version_query(model.history.model.objects, place, "history_id", "history_date")
        for place, model in enumerate(list_edited_models())
    ]
    return sorted(build_version_query(Release.objects, -1, "number", "published_at").union(*stamps, all=True))


def build_version_query(rows, table, key, moment):
    last = {"newest": models.Max(key), "rows": models.Count("*"), "at": models.Max(moment)}
    return (
        rows.order_by().annotate(table=models.Value(table)).values("table").annotate(**last).values_list("table", *last)
    )


def list_edited_models():
    others = ("conference.Conference", "speakers.Speaker", "speakers.SpeakerLink")
    return (Session, SessionLink, Participation, Room, Theme, *map(apps.get_model, others))
