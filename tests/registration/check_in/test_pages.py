"""The check-in page without scripts, and the answers to scripts."""

import uuid

import pytest

from conference.registration.models import CheckIn, Entrance
from conference.registration.tickets import issuance

from ..factories import IN_PERSON, MONDAY, TUESDAY, make_category, make_registration

pytestmark = pytest.mark.usefixtures("monday", "gate")
PAGE = "/admin/check-in/"
JSON = {"Accept": "application/json"}


def ticket_url(registration):
    return issuance.validation_url(issuance.get_or_issue_ticket(registration))


def post(client, gate, code="", prefix="", **data):
    return client.post(f"{prefix}{PAGE}scan/", {"entrance": gate.pk, "direction": "in", "code": code} | data)


def scan(client, gate, code="", action="scan", **data):
    data = {"entrance": gate.pk, "direction": "in", "code": code} | data
    return client.post(f"{PAGE}{action}/", data, headers=JSON)


def test_page_shows_a_form_with_the_entrances(operator_client):
    Entrance.objects.create(name_en="Gate B")
    page = operator_client.get(PAGE).text
    assert "Gate A" in page
    assert "Gate B" in page
    assert 'id="check-in-config"' in page


def test_scan_of_a_ticket_checks_the_person_in_and_names_what_to_hand_out(operator_client, gate):
    category = make_category("Media", color="#123456", handout_en="Blue lanyard")
    registration = make_registration(days={MONDAY: IN_PERSON}, category=category)
    page = post(operator_client, gate, ticket_url(registration)).text
    for text in ("Welcome", "Linh", "Media", "#123456", "Blue lanyard", "✓", "is-good"):
        assert text in page
    assert registration.check_ins.get().entrance == gate


def test_scan_with_json_returns_the_answer(operator_client, gate):
    registration, key = make_registration(days={MONDAY: IN_PERSON}), uuid.uuid4()
    answer = scan(operator_client, gate, ticket_url(registration), id=key).json()
    assert (answer["verdict"], answer["heading"], answer["name"]) == ("admit", "Welcome", "Linh")
    assert (answer["check_in"], answer["registration"]) == (str(key), str(registration.pk))


def test_second_scan_names_time_and_entrance_of_the_first(operator_client, gate):
    code = ticket_url(make_registration(days={MONDAY: IN_PERSON}))
    scan(operator_client, gate, code)
    answer = scan(operator_client, gate, code).json()
    assert (answer["verdict"], answer["heading"]) == ("already_in", "Already in since 17:42 at Gate A")
    assert (answer["tone"], answer["check_in"]) == ("warning", None)


def test_scan_for_another_day_names_the_days(operator_client, gate):
    code = ticket_url(make_registration(days={TUESDAY: IN_PERSON}))
    answer = scan(operator_client, gate, code).json()
    assert (answer["heading"], answer["detail"]) == ("Not today: Tuesday", "In person on 8 December")
    assert not CheckIn.objects.exists()


def test_scan_of_a_name_shows_a_list_with_a_button_for_each_person(operator_client, gate):
    make_registration(days={MONDAY: IN_PERSON}, badge_name="Nguyễn Thị Linh")
    page = post(operator_client, gate, "nguyen linh").text
    assert "Nguyễn Thị Linh" in page
    assert "1 person found" in page
    assert not CheckIn.objects.exists()


def test_page_in_vietnamese_answers_in_vietnamese(operator_client, gate):
    code = ticket_url(make_registration(days={MONDAY: IN_PERSON}))
    assert "Cổng A" in post(operator_client, gate, code, prefix="/vi").text
