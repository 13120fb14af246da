"""Selections of sessions: the version token of what a page shows of them, and the lock of those that are unchanged."""

import hashlib
from collections.abc import Collection, Iterable
from uuid import UUID

from conference.core.versioning.edit_conflicts import lock_rows

from ..models import Session
from .timetable_grid import make_placement_token


class SessionsChangedError(Exception):
    """One of the sessions was changed or deleted after the page was shown."""


def make_selection_token(sessions: Iterable[Session]) -> str:
    """Return a version token of what pages show of these sessions."""
    lines = sorted(
        f"{session.pk} {make_placement_token(session)} {session.notice_en} {session.notice_vi}" for session in sessions
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def lock_selection(keys: Collection[UUID], version: str) -> list[Session]:
    """Lock and return these sessions within a transaction. Raises SessionsChangedError."""
    lock_rows(Session, *keys)
    sessions = list(Session.objects.filter(pk__in=keys))
    if make_selection_token(sessions) != version:
        raise SessionsChangedError
    return sessions
