"""Recording of check-ins: first entry, repeated entry, exit, override and undo."""

import uuid

import pytest
import time_machine

from conference.registration.check_in.recording import CheckInRequest, Operator, record_check_in, undo_check_in
from conference.registration.models import CheckIn, Entrance, Verdict
from conference.registration.states import InvalidTransitionError

from ...factories import december, make_session
from ...users import make_organizer
from ..factories import IN_PERSON, MONDAY, TUESDAY, make_registration

pytestmark = pytest.mark.usefixtures("conference")
IN, OUT = CheckIn.Direction


@pytest.fixture
def scan():
    """Record one check-in on Monday at a given time."""
    gate, operator = Entrance.objects.create(name_en="Gate A"), Operator(user=make_organizer())

    def scan(registration, hour=18, minute=0, **values):
        with time_machine.travel(december(7, hour, minute), tick=False):
            request = {"id": uuid.uuid4(), "entrance": gate, "operator": operator} | values
            return record_check_in(CheckInRequest(registration=registration, **request))

    return scan


def test_second_entry_is_refused_with_the_time_of_the_first(scan):
    registration = make_registration(days={MONDAY: IN_PERSON})
    first, second = scan(registration, 17, 42), scan(registration, 18, 30)
    assert (first.verdict, second.verdict) == (Verdict.ADMIT, Verdict.ALREADY_IN)
    assert (second.earlier, second.earlier.entrance.name_en) == (first.check_in, "Gate A")
    assert registration.check_ins.count() == 1


def test_person_who_left_may_come_back(scan):
    registration = make_registration(days={MONDAY: IN_PERSON})
    verdicts = [
        scan(registration, hour, direction=direction).verdict for hour, direction in ((17, IN), (18, OUT), (19, IN))
    ]
    assert verdicts == [Verdict.ADMIT] * 3


def test_repeated_upload_of_one_check_in_changes_nothing(scan):
    registration, key = make_registration(days={MONDAY: IN_PERSON}), uuid.uuid4()
    first, again = scan(registration, id=key), scan(registration, 19, id=key)
    assert (again.verdict, again.check_in) == (first.verdict, first.check_in)


def test_refused_person_enters_only_with_a_reason(scan):
    registration = make_registration(days={TUESDAY: IN_PERSON})
    refused, overridden = scan(registration), scan(registration, override_reason="Speaker of today")
    assert (refused.verdict, refused.check_in) == (Verdict.NOT_TODAY, None)
    assert (overridden.check_in.verdict, overridden.check_in.day) == (Verdict.NOT_TODAY, MONDAY)


def test_entry_without_network_after_another_one_is_recorded_as_repeated(scan):
    registration = make_registration(days={MONDAY: IN_PERSON})
    first, second = scan(registration), scan(registration, 17, 50, was_offline=True)
    assert (second.check_in.is_repeated, second.check_in.earlier) == (True, first.check_in)


def test_undone_entry_is_forgotten(scan):
    registration = make_registration(days={MONDAY: IN_PERSON})
    undo_check_in(scan(registration).check_in, Operator(user=make_organizer()))
    assert scan(registration, 19).verdict == Verdict.ADMIT


def test_undo_of_an_earlier_check_in_is_refused(scan):
    registration = make_registration(days={MONDAY: IN_PERSON})
    first = scan(registration, 17).check_in
    scan(registration, 18, direction=OUT)
    with pytest.raises(InvalidTransitionError, match="latest"):
        undo_check_in(first, Operator(user=make_organizer()))


def test_room_with_two_entrances_has_one_capacity(scan):
    session = make_session()
    limited = Entrance.objects.create(name_en="Front", session=session, capacity=1)
    other = Entrance.objects.create(name_en="Back", session=session)
    first, second = (make_registration(days={MONDAY: IN_PERSON}) for _ in range(2))
    assert scan(first, entrance=limited).verdict == Verdict.ADMIT
    assert scan(second, entrance=other).verdict == Verdict.ROOM_FULL


def test_full_room_admits_nobody_until_somebody_leaves(scan):
    room = Entrance.objects.create(name_en="Side room", capacity=1)
    first, second = (make_registration(days={MONDAY: IN_PERSON}) for _ in range(2))
    assert scan(first, entrance=room).verdict == Verdict.ADMIT
    assert scan(second, entrance=room).verdict == Verdict.ROOM_FULL
    scan(first, 19, entrance=room, direction=OUT)
    assert scan(second, 19, entrance=room).verdict == Verdict.ADMIT
