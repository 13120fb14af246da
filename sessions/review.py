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
from django.utils.translation import gettext as _

from .differences import count, differences
from .findings import blocking, findings
from .models import Participation, Release, Room, Session, SessionLink, Theme
from .programme import BrokenDocument, UnknownFormat
from .publishing import STAMPS, StillChanging, draft, of_one_moment, prepare, publish, publish_again, settled, unstamped
from .restoring import hold_rows, restore, told_by

# How long a count may be believed of tables that somebody changed without leaving a history, in seconds.
BELIEVED = 60


class ChangedMeanwhile(Exception):
    """The draft or the current release is not what was looked at."""


class NotPublishable(Exception):
    """There is no conference, or the draft (or the release) cannot be read as a programme."""


class Blocked(Exception):
    """Findings keep the draft from being published: these."""

    def __init__(self, findings):
        super().__init__(findings)
        self.findings = findings

    def __str__(self):
        return "\n".join([_("Nothing was published. This has to be put right first:"), *self.sentences])

    @property
    def sentences(self):
        return [str(finding.text) for finding in self.findings]


@dataclass(frozen=True)
class Review:
    """What would change (see sessions.differences), against release number (0: there is none)."""

    number: int
    changes: dict
    digest: str

    @property
    def count(self):
        return count(self.changes)


@of_one_moment()
def review():
    """What publishing the draft would change for everybody. Raises NotPublishable."""
    key = _key()
    try:
        found = _reviewed(*prepare())
    except (ObjectDoesNotExist, BrokenDocument) as error:
        raise NotPublishable from error
    # The bar above the very page that shows this asks for it.
    cache.set(key, found.count, BELIEVED)
    return found


@of_one_moment()
def review_again(number):
    """What publishing release number again would change for everybody. Raises Release.DoesNotExist, NotPublishable."""
    document = unstamped(Release.objects.get(pk=number).document)
    try:
        return _reviewed(*prepare(document))
    except (BrokenDocument, UnknownFormat) as error:
        raise NotPublishable from error


@of_one_moment()
def review_restoring(number):
    """What setting the editing tables back to release number would change in them. Raises Release.DoesNotExist,
    NotPublishable."""
    try:
        document, drafted = told_by(number), draft()
    except (BrokenDocument, UnknownFormat) as error:
        raise NotPublishable from error
    return Review(number, differences(drafted, document), _digest(number, drafted))


def publish_checked(**by_and_notes):
    """Publish the draft unless findings forbid it, and return the release. Raises Blocked, or what publish raises."""
    with transaction.atomic():
        release = publish(**by_and_notes)
        if found := blocking(findings()):
            raise Blocked(found)
        if unstamped(release.document) != draft():
            # What was found is of other rows than what was published.
            raise StillChanging
    return release


@transaction.atomic
def publish_reviewed(digest, **by_and_notes):
    """Publish what was reviewed and return the release. Raises ChangedMeanwhile, Blocked, NotPublishable, or what
    publish raises; then nothing is published."""
    try:
        return _unchanged(publish_checked(**by_and_notes), digest)
    except (ObjectDoesNotExist, BrokenDocument) as error:
        raise NotPublishable from error


@transaction.atomic
def publish_again_reviewed(number, digest, **by_and_notes):
    """Publish again what review_again showed, and return the release. Raises as that and publish_again do."""
    try:
        return _unchanged(publish_again(number, **by_and_notes), digest)
    except (BrokenDocument, UnknownFormat) as error:
        raise NotPublishable from error


@transaction.atomic
def restore_reviewed(number, digest, *, by):
    """Set the tables back as review_restoring showed. Raises ChangedMeanwhile where they are not as they were then, or
    what restore raises; then nothing is set back."""
    hold_rows()
    if _digest(number, settled()) != digest:
        raise ChangedMeanwhile
    try:
        restore(number, by=by)
    except (BrokenDocument, UnknownFormat) as error:
        raise NotPublishable from error


def _unchanged(release, digest):
    if _digest(release.number - 1, release.document) != digest:
        raise ChangedMeanwhile
    return release


def _reviewed(document, changes):
    number = Release.objects.aggregate(number=models.Max("number"))["number"] or 0
    return Review(number, changes, _digest(number, document))


def _digest(number, document):
    """Of the content alone: stamps say when it is published, and sessions that start together have no order."""
    sessions = [{name: session[name] for name in session if name not in STAMPS} for session in document["sessions"]]
    content = document | {"sessions": sorted(sessions, key=lambda session: session["id"])}
    return hashlib.sha256(json.dumps([number, content], sort_keys=True).encode()).hexdigest()


# How much waits


def unpublished(user):
    """How many changes wait to be published, for somebody whom it concerns; None for everybody else.

    Cheap enough for every page: counted anew only when the history of the editing tables or the releases went on.
    """
    if not user.has_perm("programme.view_release"):
        return None
    key = _key()
    waiting = cache.get(key)
    if waiting is None:
        waiting = _waiting()
        cache.set(key, waiting, BELIEVED)
    return None if waiting < 0 else waiting


def _key():
    return f"unpublished-{hashlib.sha256(repr(_stamp()).encode()).hexdigest()}"


def _waiting():
    """The number of changes; -1 where there is nothing that could be published."""
    try:
        return review().count
    except NotPublishable:
        return -1


def _stamp():
    """How far the history of each editing table goes, and the releases, in one query.

    The last number alone would miss what was begun earlier and committed later; so rows are counted as well.
    """
    stamps = [
        _stamp_of(model.history.model.objects, place, "history_id", "history_date")
        for place, model in enumerate(_edited())
    ]
    return sorted(_stamp_of(Release.objects, -1, "number", "published_at").union(*stamps, all=True))


def _stamp_of(rows, table, key, moment):
    last = {"newest": models.Max(key), "rows": models.Count("*"), "at": models.Max(moment)}
    return (
        rows.order_by().annotate(table=models.Value(table)).values("table").annotate(**last).values_list("table", *last)
    )


def _edited():
    others = ("conference.Conference", "speakers.Speaker", "speakers.SpeakerLink")
    return (Session, SessionLink, Participation, Room, Theme, *map(apps.get_model, others))
