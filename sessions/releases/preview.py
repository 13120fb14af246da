"""Previews of publishing, republishing and restoring, and doing exactly what was previewed.

A preview has a version token. The action takes that token and raises OutdatedPreviewError if the content is different
by then. Blocking issues, which prevent publishing, are handled here too.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.core.exceptions import ObjectDoesNotExist
from django.db import models, transaction
from django.utils.translation import gettext as _

from conference.models import Conference
from speakers.models import Speaker, SpeakerLink

from ..checks import Issue, can_override, filter_blocking_issues, find_issues
from ..checks.base import join_names
from ..models import Participation, Release, Room, Session, SessionLink, Theme
from .diff import count_changes, diff_documents
from .exceptions import (
    ConcurrentChangeError,
    InvalidDocumentError,
    InvalidDraftError,
    OutdatedPreviewError,
    PublishBlockedError,
    UnsupportedFormatError,
)
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

# Changes that leave no history record, made directly in the database, are counted after this many seconds.
CACHE_SECONDS = 60
# Models whose history shows whether the draft has changed.
DRAFT_MODELS: tuple[Any, ...] = (Session, SessionLink, Participation, Room, Theme, Conference, Speaker, SpeakerLink)


@dataclass(frozen=True)
class ReleasePreview:
    """The changes (as in sessions.releases.diff) against release `number`; 0 if there is no release."""

    number: int
    changes: dict
    version_token: str

    @property
    def count(self) -> int:
        return count_changes(self.changes)


@repeatable_read()
def preview_release() -> ReleasePreview:
    """Return the changes that publishing the draft would make.

    Raises InvalidDraftError.
    """
    key = get_cache_key()
    try:
        preview = make_preview(*build_release())
    except (ObjectDoesNotExist, InvalidDocumentError) as error:
        raise InvalidDraftError from error
    # The page of this preview shows the number of unpublished changes too.
    cache.set(key, preview.count, CACHE_SECONDS)
    return preview


@repeatable_read()
def preview_republish(number: int) -> ReleasePreview:
    """Return the changes that republishing a release would make.

    Raises Release.DoesNotExist or InvalidDraftError.
    """
    document = strip_revision_fields(Release.objects.get(pk=number).document)
    try:
        return make_preview(*build_release(document))
    except (InvalidDocumentError, UnsupportedFormatError) as error:
        raise InvalidDraftError from error


@repeatable_read()
def preview_restore(number: int) -> ReleasePreview:
    """Return the changes to the draft that restoring a release would make.

    Raises Release.DoesNotExist or InvalidDraftError.
    """
    try:
        document, drafted = load_release_as_draft(number), read_draft_document()
    except (InvalidDocumentError, UnsupportedFormatError) as error:
        raise InvalidDraftError from error
    return ReleasePreview(number, diff_documents(drafted, document), make_version_token(number, drafted))


def publish_if_valid(*, override_reason: str = "", private_note: str = "", **by_and_notes) -> Release:
    """Publish the draft and return the release.

    Raises PublishBlockedError if there are blocking issues, or the errors of publish_draft. A reason overrides issues
    that can be overridden; it is kept with them in the internal note.
    """
    with transaction.atomic():
        overridden = filter_blocking_issues(find_issues()) if override_reason else []
        if overridden:
            private_note = format_override(overridden, override_reason, private_note)
        release = publish_draft(private_note=private_note, **by_and_notes)
        issues = filter_blocking_issues(find_issues())
        if issues and not (override_reason and can_override(issues)):
            raise PublishBlockedError(issues)
        if override_reason and issues != overridden:
            raise ConcurrentChangeError
        if strip_revision_fields(release.document) != read_draft_document():
            # The checks ran on other rows than those that were published.
            raise ConcurrentChangeError
    return release


def format_override(issues: list[Issue], reason: str, private_note: str) -> str:
    """Return the internal note of a release that was published in spite of blocking issues."""
    heading = _("Published in spite of blocking checks. Reason: %(reason)s") % {"reason": reason}
    return "\n".join([heading, join_names((issue.text for issue in issues), "\n"), private_note]).strip()


@transaction.atomic
def publish_previewed(version_token: str, **by_and_notes) -> Release:
    """Publish the previewed draft and return the release.

    Raises OutdatedPreviewError, InvalidDraftError, or the errors of publish_if_valid; then nothing is published.
    """
    try:
        return require_unchanged(publish_if_valid(**by_and_notes), version_token)
    except (ObjectDoesNotExist, InvalidDocumentError) as error:
        raise InvalidDraftError from error


@transaction.atomic
def republish_previewed(number: int, version_token: str, **by_and_notes) -> Release:
    """Republish the previewed release and return the new one.

    Raises OutdatedPreviewError, InvalidDraftError, or the errors of republish_release.
    """
    try:
        return require_unchanged(republish_release(number, **by_and_notes), version_token)
    except (InvalidDocumentError, UnsupportedFormatError) as error:
        raise InvalidDraftError from error


@transaction.atomic
def restore_previewed(number: int, version_token: str, *, by) -> list[str]:
    """Restore the previewed release as the draft, and return what could not be restored.

    Raises OutdatedPreviewError, InvalidDraftError, or the errors of restore_release; then nothing is restored.
    """
    lock_draft()
    if make_version_token(number, read_consistent_draft()) != version_token:
        raise OutdatedPreviewError
    try:
        return restore_release(number, by=by)
    except (InvalidDocumentError, UnsupportedFormatError) as error:
        raise InvalidDraftError from error


def require_unchanged(release: Release, version_token: str) -> Release:
    if make_version_token(release.number - 1, release.document) != version_token:
        raise OutdatedPreviewError
    return release


def make_preview(document: dict, changes: dict) -> ReleasePreview:
    number = Release.objects.current_number()
    return ReleasePreview(number, changes, make_version_token(number, document))


def make_version_token(number: int, document: dict) -> str:
    """Return a hash of the content without revision fields, which depend on the time of publishing."""
    sessions = [
        {name: session[name] for name in session if name not in REVISION_FIELDS} for session in document["sessions"]
    ]
    # Sessions that start at the same time have no fixed order.
    content = document | {"sessions": sorted(sessions, key=lambda session: session["id"])}
    return hashlib.sha256(json.dumps([number, content], sort_keys=True).encode()).hexdigest()


def count_unpublished_changes(user) -> int | None:
    """Return the number of unpublished changes, or None if the user may not see releases or nothing is publishable.

    The number is cached until the history of the draft or the list of releases grows.
    """
    if not user.has_perm("programme.view_release"):
        return None
    key = get_cache_key()
    count = cache.get(key)
    if count is None:
        count = count_changes_of_draft()
        cache.set(key, count, CACHE_SECONDS)
    return None if count < 0 else count


def get_cache_key() -> str:
    return f"unpublished-{hashlib.sha256(repr(get_draft_version()).encode()).hexdigest()}"


def count_changes_of_draft() -> int:
    """Return the number of changes; -1 if there is no valid draft, because a cache cannot tell None from a miss."""
    try:
        return preview_release().count
    except InvalidDraftError:
        return -1


def get_draft_version() -> list[tuple]:
    """Return the last number, row count and last time of each history table and of releases, in one query.

    The last number alone would miss a transaction that began earlier and committed later.
    """
    versions = [
        build_version_query(model.history.model.objects, position, "history_id", "history_date")
        for position, model in enumerate(DRAFT_MODELS)
    ]
    return sorted(build_version_query(Release.objects, -1, "number", "published_at").union(*versions, all=True))


def build_version_query(rows: models.Manager, table: int, key: str, time: str) -> models.QuerySet:
    aggregates = {"newest": models.Max(key), "rows": models.Count("*"), "at": models.Max(time)}
    groups = rows.order_by().annotate(table=models.Value(table)).values("table")
    return groups.annotate(**aggregates).values_list("table", *aggregates)
