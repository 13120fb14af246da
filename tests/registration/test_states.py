"""Transitions between statuses; every pair is tested."""

from itertools import product

import pytest

from conference.registration.models import RegistrationStatus
from conference.registration.states import InvalidTransitionError, can_transition, check_transition, status_from_seats

Status = RegistrationStatus
ADMITTED = [Status.APPROVED, Status.WAITLISTED, Status.OFFERED, Status.CONFIRMED]
ALLOWED = (
    {(Status.SUBMITTED, after) for after in (Status.APPROVED, Status.DECLINED, Status.CANCELLED)}
    | set(product(ADMITTED, [*ADMITTED, Status.SUBMITTED, Status.DECLINED, Status.CANCELLED]))
    | {(Status.DECLINED, Status.SUBMITTED), (Status.CANCELLED, Status.SUBMITTED)}
)


@pytest.mark.parametrize(("before", "after"), sorted(ALLOWED))
def test_can_transition_allowed_pair_is_true(before, after):
    assert can_transition(before, after)


@pytest.mark.parametrize(("before", "after"), sorted(set(product(Status, Status)) - ALLOWED))
def test_check_transition_other_pair_raises_error(before, after):
    with pytest.raises(InvalidTransitionError, match=f"from “{before.label}” to “{after.label}”"):
        check_transition(before, after)


@pytest.mark.parametrize("after", sorted(set(Status) - {Status.SUBMITTED}))
def test_can_transition_new_registration_only_to_submitted(after):
    assert can_transition(None, Status.SUBMITTED)
    assert not can_transition(None, after)


@pytest.mark.parametrize(
    ("seat_statuses", "status"),
    [
        (set(), Status.APPROVED),
        ({"released"}, Status.APPROVED),
        ({"waitlisted", "released"}, Status.WAITLISTED),
        ({"offered", "waitlisted"}, Status.OFFERED),
        ({"confirmed", "offered", "waitlisted"}, Status.CONFIRMED),
    ],
)
def test_status_from_seats_returns_best_status(seat_statuses, status):
    assert status_from_seats(seat_statuses) == status
