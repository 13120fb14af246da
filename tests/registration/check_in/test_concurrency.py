"""Check-ins of the same people at two entrances at the same time, and a server that is killed during an upload."""

import os
import uuid
from collections import Counter

import pytest

from conference.registration.check_in.recording import CheckInRequest, Operator, record_check_in
from conference.registration.models import CheckIn, CheckInDevice, Entrance, Verdict

from ...factories import december
from ...threads import run_in_threads
from ..factories import IN_PERSON, MONDAY, make_registration

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("monday"), pytest.mark.slow]

# People whom both devices scan. The same test has run with 500.
PEOPLE = int(os.environ.get("CHECK_IN_PEOPLE", "30"))


def make_device(name, **values):
    entrance = Entrance.objects.create(name_en=name, **values)
    return CheckInDevice.objects.create(name=name, entrance=entrance, token_hash=name)


def check_in_all(device, people, **values):
    """Return a job that checks everybody in, one after the other, and returns the verdicts."""

    def job():
        return [
            record_check_in(
                CheckInRequest(uuid.uuid4(), person, device.entrance, Operator(device=device), **values)
            ).verdict
            for person in people
        ]

    return job


def test_two_devices_that_scan_the_same_people_admit_each_once():
    first, second = make_device("Gate A"), make_device("Gate B")
    people = [make_registration(days={MONDAY: IN_PERSON}) for _ in range(PEOPLE)]
    results = run_in_threads(check_in_all(first, people), check_in_all(second, people))
    assert Counter(results[0] + results[1]) == {Verdict.ADMIT: PEOPLE, Verdict.ALREADY_IN: PEOPLE}
    assert CheckIn.objects.count() == PEOPLE
    assert CheckIn.objects.values("registration").distinct().count() == PEOPLE


def test_two_devices_without_a_network_count_each_person_once():
    first, second = make_device("Gate A"), make_device("Gate B")
    people = [make_registration(days={MONDAY: IN_PERSON}) for _ in range(PEOPLE)]
    values = {"was_offline": True, "moment": december(7, 17)}
    run_in_threads(check_in_all(first, people, **values), check_in_all(second, people, **values))
    assert (CheckIn.objects.count(), CheckIn.objects.effective().count()) == (2 * PEOPLE, PEOPLE)


def test_repeated_uploads_at_the_same_time_record_each_check_in_once():
    device = make_device("Gate A")
    requests = [
        CheckInRequest(uuid.uuid4(), person, device.entrance, Operator(device=device), was_offline=True)
        for person in [make_registration(days={MONDAY: IN_PERSON}) for _ in range(PEOPLE // 2)]
    ]

    def upload():
        return [record_check_in(request).check_in.pk for request in requests]

    results = run_in_threads(upload, upload)
    assert results[0] == results[1] == [request.id for request in requests]
    assert CheckIn.objects.count() == len(requests)


def test_room_with_two_entrances_is_never_fuller_than_its_capacity():
    capacity = PEOPLE // 2
    first, second = (make_device(name, capacity=capacity) for name in ("Left", "Right"))
    people = [make_registration(days={MONDAY: IN_PERSON}) for _ in range(PEOPLE)]
    results = run_in_threads(check_in_all(first, people[::2]), check_in_all(second, people[1::2]))
    assert Counter(results[0] + results[1]) == {Verdict.ADMIT: capacity, Verdict.ROOM_FULL: PEOPLE - capacity}
