"""The check-in page without scripts, and the answers to scripts."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conference.registration import workflow
from conference.registration.models import CheckIn, Entrance
from conference.registration.privacy import export_personal_data
from conference.registration.tickets import issuance

from ...factories import make_session
from ...users import admin_client_for, make_organizer
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


def test_refusal_names_nothing_to_hand_out_until_the_person_is_let_in(supervisor_client, gate):
    category = make_category("Media", handout_en="Blue lanyard")
    code = ticket_url(make_registration(days={TUESDAY: IN_PERSON}, category=category))
    assert scan(supervisor_client, gate, code).json()["handout"] == ""
    assert scan(supervisor_client, gate, code, override_reason="Minister").json()["handout"] == "Blue lanyard"
    assert scan(supervisor_client, gate, code, direction="out").json()["handout"] == ""


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


def test_note_of_a_check_in_by_another_operator_is_changed_by_supervisors_only(
    operator_client, supervisor_client, gate
):
    code = ticket_url(make_registration(days={MONDAY: IN_PERSON}))
    key = scan(operator_client, gate, code).json()["check_in"]
    data = {"check_in": key, "note": "Lost badge"}
    colleague = admin_client_for(make_organizer("Door staff"))
    assert colleague.post(f"{PAGE}note/", data, headers=JSON).status_code == 403
    assert CheckIn.objects.get().note == ""
    assert supervisor_client.post(f"{PAGE}note/", data, headers=JSON).status_code == 200
    assert CheckIn.objects.get().note == "Lost badge"


def test_note_is_saved_and_shown(operator_client, gate):
    code = ticket_url(make_registration(days={MONDAY: IN_PERSON}))
    key = scan(operator_client, gate, code).json()["check_in"]
    answer = operator_client.post(f"{PAGE}note/", {"check_in": key, "note": "Lost badge"}, headers=JSON).json()
    assert (answer["note"], CheckIn.objects.get().note) == ("Lost badge", "Lost badge")
    assert operator_client.post(f"{PAGE}note/", {"check_in": key, "note": "x" * 301}).status_code == 400
    assert operator_client.post(f"{PAGE}note/", {"check_in": uuid.uuid4()}).status_code == 404


def test_undo_of_an_earlier_check_in_explains_why_not(operator_client, gate):
    code = ticket_url(make_registration(days={MONDAY: IN_PERSON}))
    key = scan(operator_client, gate, code).json()["check_in"]
    scan(operator_client, gate, code, direction="out")
    response = operator_client.post(f"{PAGE}undo/", {"check_in": key}, headers=JSON)
    assert (response.status_code, list(response.json())) == (409, ["error"])
    assert operator_client.post(f"{PAGE}undo/", {"check_in": key}).status_code == 409


def test_page_sent_twice_checks_in_once_and_another_code_on_it_is_another_person(operator_client, gate):
    first, second = (make_registration(days={MONDAY: IN_PERSON}, badge_name=name) for name in ("Linh", "Hoa"))
    number = uuid.uuid4()
    for _ in range(2):
        assert "Welcome" in post(operator_client, gate, ticket_url(first), id=number).text
    page = post(operator_client, gate, ticket_url(second), id=number).text
    assert ("Welcome" in page, "Hoa" in page) == (True, True)
    assert [registration.check_ins.count() for registration in (first, second)] == [1, 1]


def test_number_of_another_check_in_is_refused(operator_client, gate):
    key = uuid.uuid4()
    scan(operator_client, gate, ticket_url(make_registration(days={MONDAY: IN_PERSON})), id=key)
    response = scan(operator_client, gate, ticket_url(make_registration(days={MONDAY: IN_PERSON})), id=key)
    assert response.status_code == 409


def test_empty_form_is_shown_again_with_an_error(operator_client, gate):
    response = post(operator_client, gate, "  ")
    assert (response.status_code, "Scan or type something." in response.text) == (400, True)
    assert scan(operator_client, gate).json()["errors"] == {"code": ["Scan or type something."]}


def test_search_finds_people_by_name_email_number_and_organization(operator_client, gate):
    registration = make_registration(
        days={MONDAY: IN_PERSON}, badge_name="Nguyễn Thị Hòa", organization="Viện Hòa bình"
    )
    make_registration(days={TUESDAY: IN_PERSON}, badge_name="Ingrid", organization="Peace Institute")
    number = issuance.short_code(issuance.get_or_issue_ticket(registration))
    for term in ("nguyen hoa", registration.email, number, "vien hoa binh"):
        people = operator_client.post(f"{PAGE}people/", {"q": term, "entrance": gate.pk}, headers=JSON).json()["people"]
        assert [person["name"] for person in people] == ["Nguyễn Thị Hòa"], term
        assert (people[0]["verdict"], people[0]["inside"]) == ("admit", False)
    assert operator_client.post(f"{PAGE}people/", {"q": " ", "entrance": gate.pk}, headers=JSON).json()["people"] == []


def test_search_takes_the_same_number_of_queries_for_any_number_of_people(operator_client, gate):
    def count():
        make_registration(days={MONDAY: IN_PERSON})
        with CaptureQueriesContext(connection) as captured:
            operator_client.post(f"{PAGE}people/", {"q": "linh", "entrance": gate.pk}, headers=JSON)
        return len(captured)

    count()
    assert count() == count()


def test_search_takes_the_same_number_of_queries_for_any_number_of_people_of_another_entrance(operator_client, gate):
    vip = make_category(slug="vip")
    gate.categories.add(make_category(slug="press"))
    Entrance.objects.create(name_en="Gate B").categories.add(vip)

    def search():
        make_registration(days={MONDAY: IN_PERSON}, category=vip)
        with CaptureQueriesContext(connection) as captured:
            response = operator_client.post(f"{PAGE}people/", {"q": "linh", "entrance": gate.pk}, headers=JSON)
        assert {person["detail"] for person in response.json()["people"]} == {"Entrance for this category: Gate B"}
        return len(captured)

    search()
    assert search() == search()


def test_counters_are_those_of_each_place(operator_client, gate):
    room = Entrance.objects.create(name_en="Room", session=make_session(), capacity=5)
    code = ticket_url(make_registration(days={MONDAY: IN_PERSON}))
    for entrance in (gate, room):
        scan(operator_client, entrance, code)
    venue, side_room = operator_client.get(f"{PAGE}counters/", headers=JSON).json()["entrances"]
    assert [venue[name] for name in ("inside", "entered", "expected", "free")] == [1, 1, 1, None]
    assert [side_room[name] for name in ("inside", "entered", "expected", "free")] == [1, 1, None, 4]


def test_data_of_a_person_contain_the_check_ins(operator_client, gate):
    registration = make_registration(days={MONDAY: IN_PERSON})
    scan(operator_client, gate, ticket_url(registration))
    (check_in,) = export_personal_data(registration.user, registration)["registration"]["check_ins"]
    assert (check_in["day"], check_in["entrance"], check_in["direction"]) == (MONDAY, "Gate A", "in")


def test_erasure_of_a_person_deletes_the_check_ins(operator_client, gate):
    registration = make_registration(days={MONDAY: IN_PERSON})
    scan(operator_client, gate, ticket_url(registration))
    workflow.erase_user(registration.user)
    assert not CheckIn.objects.exists()
