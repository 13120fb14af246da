"""Which state may follow which: every pair is tried."""

from itertools import product

import pytest

from conference.registration.models import RegistrationStatus
from conference.registration.states import InvalidTransitionError, can_transition, check_transition, status_from_seats

S = RegistrationStatus
ADMITTED = [S.APPROVED, S.WAITLISTED, S.OFFERED, S.CONFIRMED]
ALLOWED = (
    {(S.SUBMITTED, after) for after in (S.APPROVED, S.DECLINED, S.CANCELLED)}
    | set(product(ADMITTED, [*ADMITTED, S.SUBMITTED, S.DECLINED, S.CANCELLED]))
    | {(S.DECLINED, S.SUBMITTED), (S.CANCELLED, S.SUBMITTED)}
)


@pytest.mark.parametrize(("before", "after"), sorted(ALLOWED))
def test_a_transition_that_exists_is_made(before, after):
    assert can_transition(before, after)


@pytest.mark.parametrize(("before", "after"), sorted(set(product(S, S)) - ALLOWED))
def test_what_is_not_a_transition_is_refused_in_words(before, after):
    with pytest.raises(InvalidTransitionError, match=f"from “{before.label}” to “{after.label}”"):
        check_transition(before, after)


@pytest.mark.parametrize("after", sorted(set(S) - {S.SUBMITTED}))
def test_a_new_registration_begins_as_submitted(after):
    assert can_transition(None, S.SUBMITTED)
    assert not can_transition(None, after)


@pytest.mark.parametrize(
    ("seats", "state"),
    [
        (set(), S.APPROVED),
        ({"released"}, S.APPROVED),
        ({"waitlisted", "released"}, S.WAITLISTED),
        ({"offered", "waitlisted"}, S.OFFERED),
        ({"confirmed", "offered", "waitlisted"}, S.CONFIRMED),
    ],
)
def test_an_admitted_registration_is_what_its_best_seat_is(seats, state):
    assert status_from_seats(seats) == state
