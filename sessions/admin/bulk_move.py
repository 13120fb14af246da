"""Moving several sessions to another day or time: a whole day, the sessions of a room, or any selection.

All move by the same distance on the local clock. So they keep their hours, or their distance from each other, also
across midnight and the start or end of summer time. Opening hours of rooms and the days of the conference stay as they
are.
"""

import datetime
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import partial
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from conference.core.times import convert_period, move_time
from conference.core.versioning import bulk_history

from ..checks import Issue, run_checks
from ..checks.draft import format_local_times, load_draft, sort_sessions
from ..models import Session
from .selection import lock_selection, make_selection_token
from .timetable_grid import is_plausible_date


@dataclass(frozen=True)
class MoveTarget:
    """Where a selection moves: its first day becomes day, if given; then all move by offset on the local clock."""

    day: datetime.date | None
    offset: datetime.timedelta

    def get_shift(self, first_day: datetime.date) -> datetime.timedelta:
        return (self.day - first_day if self.day else datetime.timedelta()) + self.offset


@dataclass(frozen=True)
class PlannedMove:
    """One session with its old and new times, local to the conference."""

    session: Session
    starts_at: datetime.datetime
    ends_at: datetime.datetime
    new_starts_at: datetime.datetime
    new_ends_at: datetime.datetime

    @property
    def time_before(self) -> str:
        return format_local_times(self.starts_at, self.ends_at)

    @property
    def time_after(self) -> str:
        return format_local_times(self.new_starts_at, self.new_ends_at)

    def has_clock_change(self, shift: datetime.timedelta) -> bool:
        """Return whether a new local time is not the shifted one, which does not exist on that day."""
        return (self.starts_at + shift).replace(tzinfo=None) != self.new_starts_at.replace(tzinfo=None) or (
            self.ends_at + shift
        ).replace(tzinfo=None) != self.new_ends_at.replace(tzinfo=None)


@dataclass(frozen=True)
class BulkMove:
    """The new times of a selection, in its order."""

    moves: list[PlannedMove]
    shift: datetime.timedelta
    zone: ZoneInfo

    @property
    def fingerprint(self) -> str:
        """What decides about the new times, besides the sessions."""
        return f"{self.zone.key} {self.shift}"

    @property
    def new_first_day(self) -> datetime.date:
        return min(move.new_starts_at for move in self.moves).date()

    @property
    def clock_changes(self) -> list[PlannedMove]:
        return [move for move in self.moves if move.has_clock_change(self.shift)]


def plan_move(sessions: Collection[Session], target: MoveTarget, zone: ZoneInfo) -> BulkMove:
    """Return the new times of these sessions. Raises ValidationError if none would move, or too far."""
    try:
        first_day = min(session.starts_at for session in sessions).astimezone(zone).date()
        shift = target.get_shift(first_day)
        moves = [plan_session(session, shift, zone) for session in sessions]
    except OverflowError:
        moves = []
    if not moves or not all(is_plausible(move) for move in moves):
        raise ValidationError(_("Choose a target between the years 1901 and 2199."))
    if not shift:
        raise ValidationError(_("The sessions are there already. Choose another day or time."))
    return BulkMove(moves, shift, zone)


def plan_session(session: Session, shift: datetime.timedelta, zone: ZoneInfo) -> PlannedMove:
    times = (session.starts_at, session.ends_at)
    new_times = convert_period(*times, partial(move_time, shift=shift, zone=zone))
    return PlannedMove(session, *(time.astimezone(zone) for time in (*times, *new_times)))


def is_plausible(move: PlannedMove) -> bool:
    return is_plausible_date(move.new_starts_at.date()) and is_plausible_date(move.new_ends_at.date())


@transaction.atomic
def move_sessions(plan: BulkMove, *, by: AbstractBaseUser | AnonymousUser | None) -> None:
    """Move all sessions of a plan. Raises SessionsChangedError before any move if one has changed since it was made."""
    moves = {move.session.pk: move for move in plan.moves}
    sessions = lock_selection(list(moves), make_selection_token(move.session for move in plan.moves))
    for session in sessions:
        session.starts_at, session.ends_at = moves[session.pk].new_starts_at, moves[session.pk].new_ends_at
    bulk_history.bulk_update(sessions, by=by, reason=_("Moved to another day or time."))


def find_new_issues(plan: BulkMove) -> list[Issue]:
    """Return what the checks would find after the move and do not find now, most serious first.

    An issue that only names other times is not a new one.
    """
    draft = load_draft()
    if draft is None:
        return []
    moves = {str(move.session.pk): move for move in plan.moves}
    moved = (
        replace(session, starts_at=moves[session.row.id].new_starts_at, ends_at=moves[session.row.id].new_ends_at)
        if session.row.id in moves
        else session
        for session in draft.sessions
    )
    present = {get_issue_identity(issue) for issue in run_checks(draft)}
    result = run_checks(replace(draft, sessions=sort_sessions(moved)))
    return [issue for issue in result if get_issue_identity(issue) not in present]


def get_issue_identity(issue: Issue) -> tuple:
    """Return what does not depend on times; the order of the sessions of a pair does."""
    return issue.severity, issue.check, frozenset(issue.rows)
