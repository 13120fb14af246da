"""Which state of a registration may follow which. The verbs that move it from one to another are in admission."""

from django.utils.translation import gettext as _

from .models import State

S = State
# What an admitted registration becomes by its seats: see settled.
ADMITTED = frozenset({S.APPROVED, S.WAITING, S.OFFERED, S.CONFIRMED})
# In which nothing is held and nothing can be changed, until it is submitted again.
CLOSED = frozenset({S.DECLINED, S.CANCELLED})

TRANSITIONS = {
    None: {S.SUBMITTED},
    S.SUBMITTED: {S.APPROVED, S.DECLINED, S.CANCELLED},
    **{state: ADMITTED | CLOSED | {S.SUBMITTED} for state in ADMITTED},
    S.DECLINED: {S.SUBMITTED},
    S.CANCELLED: {S.SUBMITTED},
}


class NotPossible(Exception):
    """What was asked for does not go with how things stand. Its text is for people."""


def may(before, after):
    """Whether a registration can go from one state to another; before is None for a new one."""
    return after in TRANSITIONS[before]


def require(before, after):
    """Raises NotPossible."""
    if not may(before, after):
        words = {"before": State(before).label, "after": State(after).label}
        raise NotPossible(_("This registration is “%(before)s” and cannot become “%(after)s”.") % words)


def settled(seat_states):
    """What an admitted registration is, by the states of its seats."""
    for state in (S.CONFIRMED, S.OFFERED, S.WAITING):
        if state.value in seat_states:
            return state
    return S.APPROVED
