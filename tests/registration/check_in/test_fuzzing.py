"""Malformed scans, searches, forms and uploads: an answer that says what is wrong, never a server error."""

import itertools
import json
import random
import uuid

import pytest
from django.test import Client

from conference.registration.check_in import devices
from conference.registration.check_in.codes import read_text
from conference.registration.models import CheckIn, CheckInDevice, Verdict
from conference.registration.tickets import issuance

from ...factories import MALICIOUS_TEXT, december
from ..factories import IN_PERSON, MONDAY, make_registration

pytestmark = pytest.mark.usefixtures("monday")
PAGE = "/admin/check-in/"
JSON = {"Accept": "application/json"}
VALUES = ["", " ", "0", "-1", "9" * 30, "x" * 600, "٣", "\u200b", "null", "[]", MALICIOUS_TEXT, "\ud7ff", "😀" * 200]
VALUES += [str(uuid.uuid4()), "http://[", "https://", "http://a/ticket/", "http://a/ticket/%00/", "ticket/..", "%", "'"]
JSON_VALUES = [
    None,
    True,
    -1,
    1e308,
    10**40,
    "",
    "9" * 5000,
    "x",
    MALICIOUS_TEXT,
    [],
    [[]],
    {},
    {"id": {}},
    "\u0000",
    "\ud800",
]


@pytest.fixture
def code():
    registration = make_registration(days={MONDAY: IN_PERSON})
    return issuance.encode_ticket(issuance.get_or_issue_ticket(registration))


# Codes


@pytest.mark.parametrize(
    "form",
    [
        "{code}",
        " {code}\n",
        "\ufeff{code}",
        "{site}/ticket/{code}/",
        "{site}/ticket/{code}",
        "{site}/vi/ticket/{code}/",
        "HTTP{rest}/ticket/{code}/?utm=1#x",
        # A site that has moved: the signature is right.
        "https://former.example/ticket/{code}/",
    ],
)
def test_code_is_read_in_every_form(code, settings, form):
    text = form.format(code=code, site=settings.SITE_URL, rest=settings.SITE_URL.removeprefix("http"))
    assert read_text(text).ticket == issuance.find_ticket(code)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("https://other.example/ticket/{wrong}/", Verdict.OTHER_EVENT),
        ("https://other.example/vi/ticket/abc", Verdict.OTHER_EVENT),
        ("{site}/ticket/{wrong}/", Verdict.UNKNOWN),
        ("{wrong}", Verdict.UNKNOWN),
        ("https://other.example/", Verdict.UNKNOWN),
        ("http://[", Verdict.UNKNOWN),
    ],
)
def test_code_without_a_right_signature_is_refused(code, settings, text, verdict):
    wrong = code[:-1] + ("A" if code[-1] != "A" else "B")
    read = read_text(text.format(wrong=wrong, site=settings.SITE_URL))
    assert (read.ticket, read.refusal) == (None, verdict)


def test_number_of_a_ticket_is_read_in_every_spacing(code):
    ticket = issuance.find_ticket(code)
    number = issuance.short_code(ticket)
    for text in (number, number.replace(" ", ""), number.lower(), number.replace(" ", "-"), f"  {number} "):
        assert read_text(text).ticket == ticket


@pytest.mark.parametrize("text", ["Linh", "linh@example.org", "12345678", "Nguyễn Thị", "7 8 9"])
def test_other_text_is_a_search(code, text):
    assert read_text(text).is_search


# Requests


@pytest.mark.slow
def test_malformed_fields_are_refused(operator_client, gate):
    operator_client.raise_request_exception = False
    names = ["entrance", "direction", "code", "registration", "id", "note", "override_reason", "q", "check_in"]
    generator = random.Random(1)
    for action, name, value in itertools.product(["scan", "people", "undo", "note"], names, VALUES):
        if generator.random() < 0.7:
            continue
        data = {"entrance": gate.pk, "code": "Linh", "q": "Linh", name: value}
        for headers in ({}, JSON):
            response = operator_client.post(f"{PAGE}{action}/", data, headers=headers)
            assert response.status_code < 500, (action, name, value)
            assert "<script>alert" not in response.text
    assert not CheckIn.objects.exists()


@pytest.mark.slow
def test_malformed_uploads_are_refused(operator_client, gate):
    operator_client.raise_request_exception = False
    client = Client(raise_request_exception=False)
    device = CheckInDevice(name="Tablet 1", entrance=gate)
    client.cookies[devices.COOKIE_NAME] = devices.issue_link(device).rstrip("/").rpartition("/")[2]
    valid = {
        "id": str(uuid.uuid4()),
        "hash": "x" * 16,
        "direction": "in",
        "at": december(7, 17).isoformat(),
        "note": "",
    }
    events = [valid | {name: value} for name, value in itertools.product(valid, JSON_VALUES)]
    bodies = [{"check_ins": [event]} for event in [*events, *JSON_VALUES]]
    bodies += [{"check_ins": [], name: value} for name, value in itertools.product(["since", "entrance"], JSON_VALUES)]
    bodies += [*JSON_VALUES, *({"check_ins": value} for value in JSON_VALUES)]
    for body in bodies:
        for uploader in (client, operator_client):
            response = uploader.post(f"{PAGE}sync/", json.dumps(body), content_type="application/json", headers=JSON)
            assert response.status_code < 500, body


@pytest.mark.parametrize("cookie", ["x", "a" * 4000, "%00", "é", '"\\""'])
def test_malformed_cookie_of_a_device_is_refused(gate, cookie):
    client = Client(raise_request_exception=False)
    client.cookies[devices.COOKIE_NAME] = cookie
    assert client.get(PAGE).status_code in (302, 400)
