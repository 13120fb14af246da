"""Which state of a registration may follow which. The verbs that move it from one to another are in admission."""

from django.utils.translation import gettext as _

from .models import RegistrationStatus

Status = RegistrationStatus
# What an admitted registration becomes by its seats: see settled.
ADMITTED_STATUSES = frozenset({Status.APPROVED, Status.WAITLISTED, Status.OFFERED, Status.CONFIRMED})
# In which nothing is held and nothing can be changed, until it is submitted again.
CLOSED_STATUSES = frozenset({Status.DECLINED, Status.CANCELLED})

TRANSITIONS = {
    None: {Status.SUBMITTED},
    Status.SUBMITTED: {Status.APPROVED, Status.DECLINED, Status.CANCELLED},
    **{state: ADMITTED_STATUSES | CLOSED_STATUSES | {Status.SUBMITTED} for state in ADMITTED_STATUSES},
    Status.DECLINED: {Status.SUBMITTED},
    Status.CANCELLED: {Status.SUBMITTED},
}


class InvalidTransitionError(Exception):
    """What was asked for does not go with how things stand. Its text is for people."""


def can_transition(before, after):
    """Whether a registration can go from one state to another; before is None for a new one."""
    return after in TRANSITIONS[before]


def check_transition(before, after):
    """Raises NotPossible."""
    if not can_transition(before, after):
        words = {"before": RegistrationStatus(before).label, "after": RegistrationStatus(after).label}
        raise InvalidTransitionError(_("The status cannot change from “%(before)s” to “%(after)s”.") % words)


def status_from_seats(seat_states):
    """What an admitted registration is, by the states of its seats."""
    for state in (Status.CONFIRMED, Status.OFFERED, Status.WAITLISTED):
        if state.value in seat_states:
            return state
    return Status.APPROVED
