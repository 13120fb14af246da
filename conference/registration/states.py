"""Allowed transitions between the statuses of a registration. The package workflow makes the transitions."""

from collections.abc import Collection

from django.utils.translation import gettext as _

from .models import ADMITTED_STATUSES, CLOSED_STATUSES, RegistrationStatus

Status = RegistrationStatus

TRANSITIONS = {
    None: {Status.SUBMITTED},
    Status.SUBMITTED: {Status.APPROVED, Status.DECLINED, Status.CANCELLED},
    **{status: ADMITTED_STATUSES | CLOSED_STATUSES | {Status.SUBMITTED} for status in ADMITTED_STATUSES},
    Status.DECLINED: {Status.SUBMITTED},
    Status.CANCELLED: {Status.SUBMITTED},
}


class InvalidTransitionError(Exception):
    """The action is not possible in the present state. The text is shown to users."""


def can_transition(before: str | None, after: str) -> bool:
    """Return whether a registration can go from one status to another. None stands for a new registration."""
    return after in TRANSITIONS[before]


def check_transition(before: str, after: str) -> None:
    """Raise InvalidTransitionError unless the transition is allowed."""
    if not can_transition(before, after):
        labels = {"before": RegistrationStatus(before).label, "after": RegistrationStatus(after).label}
        raise InvalidTransitionError(_("The status cannot change from “%(before)s” to “%(after)s”.") % labels)


def status_from_seats(seat_statuses: Collection[str]) -> RegistrationStatus:
    """Return the status of an admitted registration whose seats have these statuses."""
    for status in (Status.CONFIRMED, Status.OFFERED, Status.WAITLISTED):
        if status.value in seat_statuses:
            return status
    return Status.APPROVED
