"""Publishing what somebody has looked at, and nothing else. Both have a digest, which must be the same."""

import hashlib
import json
from dataclasses import dataclass

from django.core.exceptions import ObjectDoesNotExist
from django.db import models, transaction

from .differences import NAME
from .models import Release
from .programme import BrokenDocument
from .publishing import STAMPS, prepare, publish


class ChangedMeanwhile(Exception):
    """The draft or the current release is not what was looked at."""


class NotPublishable(Exception):
    """There is no conference, or the draft cannot be read as a programme."""


@dataclass(frozen=True)
class Review:
    """What publishing now would change (see sessions.differences), against release number (0: there is none)."""

    number: int
    changes: dict
    digest: str

    @property
    def count(self):
        parts = sum(len(parts) for kind in NAME for parts in self.changes[kind].values())
        return parts + len(self.changes["others"])


@transaction.atomic
def review():
    """Raises NotPublishable."""
    number = Release.objects.aggregate(number=models.Max("number"))["number"] or 0
    try:
        document, changes = prepare()
    except (ObjectDoesNotExist, BrokenDocument) as error:
        raise NotPublishable from error
    return Review(number, changes, _digest(number, document))


@transaction.atomic
def publish_reviewed(digest, **by_and_notes):
    """Publish what was reviewed and return the release. Raises ChangedMeanwhile, or what publish raises; then nothing
    is published."""
    try:
        release = publish(**by_and_notes)
    except (ObjectDoesNotExist, BrokenDocument) as error:
        raise NotPublishable from error
    if _digest(release.number - 1, release.document) != digest:
        raise ChangedMeanwhile
    return release


def unpublished(user):
    """How many changes wait to be published, for somebody whom it concerns; None for everybody else."""
    if not user.has_perm("programme.view_release"):
        return None
    try:
        return review().count
    except NotPublishable:
        return None


def _digest(number, document):
    """Of the content alone: stamps say when it is published, and sessions that start together have no order."""
    sessions = [{name: session[name] for name in session if name not in STAMPS} for session in document["sessions"]]
    content = document | {"sessions": sorted(sessions, key=lambda session: session["id"])}
    return hashlib.sha256(json.dumps([number, content], sort_keys=True).encode()).hexdigest()
