"""Use without a network: the list of people, the upload of check-ins, and notices about those let in twice."""

import base64
import hashlib
import json
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conference.registration.check_in import devices
from conference.registration.models import CheckIn, CheckInDevice, Entrance, Ticket
from conference.registration.tickets import issuance

from ...factories import december
from ..factories import IN_PERSON, MONDAY, ONLINE, TUESDAY, make_registration

pytestmark = pytest.mark.usefixtures("monday", "gate")
PAGE = "/admin/check-in/"
JSON = {"Accept": "application/json"}


def make_device_client(name, entrance, **values):
    device = CheckInDevice(name=name, entrance=entrance, **values)
    token = devices.issue_link(device).rstrip("/").rpartition("/")[2]
    client = Client()
    client.cookies[devices.COOKIE_NAME] = token
    client.device = device
    return client


def hash_of(registration):
    """The hash as the contract with the scripts defines it."""
    code = issuance.encode_ticket(issuance.get_or_issue_ticket(registration))
    return base64.urlsafe_b64encode(hashlib.sha256(code.encode()).digest()).decode()[:16]


def make_event(registration=None, at=None, **values):
    event = {"id": str(uuid.uuid4()), "direction": "in", "at": (at or december(7, 17, 30)).isoformat()}
    if registration:
        event["hash"] = hash_of(registration)
    return event | values


def sync(client, *events, status=200, **values):
    data = {"entrance": Entrance.objects.first().pk, "since": "", "check_ins": list(events)} | values
    response = client.post(f"{PAGE}sync/", json.dumps(data), content_type="application/json", headers=JSON)
    assert response.status_code == status, response.text
    return response.json()


@pytest.fixture
def first(gate):
    return make_device_client("Tablet 1", gate)


@pytest.fixture
def second(gate):
    return make_device_client("Tablet 2", Entrance.objects.create(name_en="Gate B"))


# List


def get_list(client, **headers):
    return client.get(f"{PAGE}list/", headers=JSON | headers)


def test_list_holds_a_row_for_each_ticket_and_issues_missing_ones(first):
    registration = make_registration(days={MONDAY: IN_PERSON, TUESDAY: IN_PERSON})
    content = get_list(first).json()
    ticket = Ticket.objects.get(registration=registration)
    row = [hash_of(registration), ticket.pk.hex[:8], "Linh", 0, "admit", 0b011]
    assert (content["rows"], content["days"]) == ([row], ["2020-12-07", "2020-12-08", "2020-12-09"])
    assert (content["day"], content["ends_at"]) == ("2020-12-07", "2020-12-08T00:00:00+07:00")


def test_list_names_nobody_whose_ticket_was_replaced_or_cancelled(first):
    registration = make_registration(days={MONDAY: IN_PERSON})
    old = hash_of(registration)
    issuance.reissue_ticket(registration, None)
    rows = {row[0]: row for row in get_list(first).json()["rows"]}
    assert rows[old][2:5] == ["", 0, "replaced"]
    assert rows[hash_of(registration)][2:5] == ["Linh", 0, "admit"]


def test_list_is_not_sent_again_until_it_changes(first):
    registration = make_registration(days={MONDAY: IN_PERSON})
    etag = get_list(first).headers["ETag"]
    assert get_list(first, **{"If-None-Match": etag}).status_code == 304
    registration.badge_name = "Linh N."
    registration.save()
    assert get_list(first, **{"If-None-Match": etag}).json()["rows"][0][2] == "Linh N."


def test_list_takes_the_same_number_of_queries_for_any_number_of_people(first):
    def count():
        make_registration(days={MONDAY: IN_PERSON})
        with CaptureQueriesContext(connection) as captured:
            assert get_list(first).status_code == 200
        return len(captured)

    count()
    assert count() == count()


# Upload


def test_upload_records_each_check_in_with_its_time(first):
    event = make_event(make_registration(days={MONDAY: IN_PERSON}), note="Lost badge")
    result = sync(first, event)["results"][0]
    check_in = CheckIn.objects.get()
    assert (result["id"], result["verdict"], result["name"]) == (event["id"], "admit", "Linh")
    assert (str(check_in.pk), check_in.at, check_in.was_offline) == (event["id"], december(7, 17, 30), True)
    assert (check_in.device, check_in.note) == (first.device, "Lost badge")


def test_upload_sent_twice_records_nothing_twice(first):
    event = make_event(make_registration(days={MONDAY: IN_PERSON}))
    answers = [sync(first, event)["results"][0]["verdict"] for _ in range(2)]
    assert (answers, CheckIn.objects.count()) == (["admit", "admit"], 1)


def test_ticket_let_in_at_two_entrances_is_reported_to_both(first, second):
    registration = make_registration(days={MONDAY: IN_PERSON})
    sync(first, make_event(registration, december(7, 17, 30)))
    result = sync(second, make_event(registration, december(7, 17, 35)))["results"][0]
    assert result["heading"] == "Already in since 17:30 at Gate A"
    (notice,) = sync(first)["notices"]
    assert notice["text"].startswith("Linh (")
    assert "was also let in at 17:35 at Gate B" in notice["text"]
    assert sync(second)["notices"] == []


def test_upload_of_an_earlier_entry_is_repeated_too(first, second):
    registration = make_registration(days={MONDAY: IN_PERSON})
    sync(first, make_event(registration, december(7, 17, 35)))
    result = sync(second, make_event(registration, december(7, 17, 30)))["results"][0]
    assert result["heading"] == "Already in since 17:35 at Gate A"
    assert CheckIn.objects.effective().count() == 1


def test_entry_uploaded_after_a_later_exit_leaves_the_person_outside(first, second):
    registration = make_registration(days={MONDAY: IN_PERSON})
    entry, leave = december(7, 17, 0), december(7, 17, 20)
    sync(first, make_event(registration, entry), make_event(registration, leave, direction="out"))
    sync(second, make_event(registration, december(7, 17, 10)))
    assert sync(first)["counters"] == {"inside": 0, "entered": 1, "here": 1, "expected": 1, "free": None}


def test_events_of_one_upload_are_recorded_in_the_order_of_their_times(first):
    registration = make_registration(days={MONDAY: IN_PERSON})
    leave = make_event(registration, december(7, 17, 20), direction="out")
    results = sync(first, leave, make_event(registration, december(7, 17, 10)))["results"]
    assert [result["verdict"] for result in results] == ["admit", "admit"]
    assert [result["direction"] for result in results] == ["out", "in"]


def test_refused_person_who_was_let_in_is_recorded_with_the_verdict(first):
    result = sync(first, make_event(make_registration(days={MONDAY: ONLINE})))["results"][0]
    assert (result["verdict"], CheckIn.objects.get().verdict) == ("online", "online")


def test_time_in_the_future_becomes_now(first):
    sync(first, make_event(make_registration(days={MONDAY: IN_PERSON}), december(9, 12)))
    assert CheckIn.objects.get().at < december(7, 17, 43)


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (7, "not a check-in"),
        ({}, "no number"),
        ({"id": "x"}, "no number"),
        ({"id": str(uuid.uuid4())}, "neither a ticket"),
        ({"id": str(uuid.uuid4()), "hash": ["x"]}, "neither a ticket"),
        ({"id": str(uuid.uuid4()), "hash": "x", "direction": "up"}, "direction"),
        ({"id": str(uuid.uuid4()), "hash": "x", "at": "2020-12-07T17:00"}, "no time zone"),
        ({"id": str(uuid.uuid4()), "hash": "x", "at": "0001-01-01T00:00+14:00"}, "no time zone"),
        ({"id": str(uuid.uuid4()), "hash": "x", "at": "2020-12-01T17:00+07:00"}, "older than three days"),
        ({"id": str(uuid.uuid4()), "hash": "x", "at": "2020-12-07T17:00+07:00"}, "No registration"),
        ({"id": str(uuid.uuid4()), "registration": str(uuid.uuid4()), "at": "2020-12-07T17:00Z"}, "No registration"),
    ],
)
def test_malformed_event_gets_an_error_and_the_others_are_recorded(first, event, message):
    results = sync(first, event, make_event(make_registration(days={MONDAY: IN_PERSON})))["results"]
    assert message in results[0]["error"]
    assert (results[1]["verdict"], CheckIn.objects.count()) == ("admit", 1)


def test_number_of_another_persons_check_in_is_refused(first):
    event = make_event(make_registration(days={MONDAY: IN_PERSON}))
    other = make_event(make_registration(days={MONDAY: IN_PERSON}), id=event["id"])
    results = sync(first, event, other)["results"]
    assert (results[0]["verdict"], results[1]["error"]) == ("admit", "This number belongs to another check-in.")


@pytest.mark.parametrize("body", ["", "[", "[]", '"x"', '{"check_ins": 7}', "[" * 5000, "\udc00", "\0"])
def test_malformed_upload_is_refused(first, body):
    data = body.encode(errors="surrogatepass")
    assert first.post(f"{PAGE}sync/", data, content_type="application/json", headers=JSON).status_code == 400


def test_upload_of_too_many_check_ins_is_refused(first):
    assert "at most 500" in sync(first, *[7] * 501, status=413)["error"]


def test_changes_since_the_cursor_are_those_of_all_entrances_of_the_place(first, second):
    registration = make_registration(days={MONDAY: IN_PERSON})
    event = make_event(registration)
    sync(second, event)
    answer = sync(first)
    row = [hash_of(registration), "in", "2020-12-07T17:30:00+07:00", "Gate B", event["id"], False]
    assert answer["changes"] == [row]
    first.post(f"{PAGE}undo/", {"check_in": event["id"]}, headers=JSON)
    second.post(f"{PAGE}undo/", {"check_in": event["id"]}, headers=JSON)
    assert sync(first, since=answer["cursor"])["changes"] == [[*row[:5], True]]


def test_sync_takes_the_same_number_of_queries_for_any_number_of_changes(first, second):
    def count():
        sync(second, make_event(make_registration(days={MONDAY: IN_PERSON})))
        with CaptureQueriesContext(connection) as captured:
            sync(first)
        return len(captured)

    count()
    assert count() == count()


@pytest.mark.parametrize(("may_override", "reason"), [(True, "Guest of a speaker"), (False, "")])
def test_upload_keeps_the_reason_of_an_override_by_a_supervisor(
    supervisor_client, operator_client, may_override, reason
):
    registration = make_registration(days={TUESDAY: IN_PERSON})
    client = supervisor_client if may_override else operator_client
    [result] = sync(client, make_event(registration, override_reason="Guest of a speaker"))["results"]
    assert result["verdict"] == "not_today"
    assert registration.check_ins.get().override_reason == reason
