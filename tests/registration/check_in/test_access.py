"""Who may check people in: the group Door staff, supervisors, and devices on their days at their entrance."""

import json
import uuid

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from conference.registration.check_in import devices
from conference.registration.models import CheckIn, CheckInDevice, Entrance
from conference.registration.tickets import issuance

from ...admin_urls import admin_urls_for, make_one_of_each_model
from ...factories import december
from ...users import admin_client_for, client_without_mfa, make_organizer
from ..factories import IN_PERSON, MONDAY, TUESDAY, client_for, make_attendee, make_registration

pytestmark = pytest.mark.usefixtures("monday")
PAGE = "/admin/check-in/"
JSON = {"Accept": "application/json"}
ACTIONS = ["scan", "people", "undo", "note", "sync"]
READS = ["", "list/", "counters/"]


def at(*time):
    return time_machine.travel(december(*time), tick=False)


@pytest.fixture
def device(gate):
    """A device for Monday, with the token of its link."""
    device = CheckInDevice(name="Tablet 1", entrance=gate, days=["2020-12-07"])
    device.token = devices.issue_link(device).rstrip("/").rpartition("/")[2]
    return device


@pytest.fixture
def device_client(device):
    client = Client()
    client.post(f"{PAGE}device/{device.token}/")
    return client


def scan(client, registration, **data):
    data = {"registration": registration.pk, "direction": "in"} | data
    return client.post(f"{PAGE}scan/", data, headers=JSON)


# Links


def test_opening_a_link_changes_nothing(device):
    client = Client()
    page = client.get(f"{PAGE}device/{device.token}/")
    assert (page.status_code, page.cookies.keys() & {devices.COOKIE_NAME}) == (200, set())
    assert "Use this browser as “Tablet 1”" in page.text
    assert page.headers["Referrer-Policy"] == "strict-origin"
    device.refresh_from_db()
    assert device.last_seen_at is None


def test_activating_a_link_sets_a_cookie_that_scripts_cannot_read(device):
    response = Client().post(f"{PAGE}device/{device.token}/")
    cookie = response.cookies[devices.COOKIE_NAME]
    assert response.headers["Location"] == PAGE
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")


def test_link_works_in_one_browser(device):
    first, second = Client(), Client()
    assert first.post(f"{PAGE}device/{device.token}/").status_code == 302
    assert second.post(f"{PAGE}device/{device.token}/").status_code == 404
    assert (first.get(PAGE).status_code, second.get(PAGE).status_code) == (200, 302)


def test_device_at_an_entrance_that_is_not_in_use_is_refused_and_keeps_its_list(device_client, gate):
    Entrance.objects.filter(pk=gate.pk).update(is_open=False)
    response = device_client.get(f"{PAGE}list/", headers=JSON)
    assert (response.status_code, response.json()) == (403, {"error": "The entrance of this device is not in use."})


def test_cookie_is_secure_on_https(device, settings):
    settings.IS_HTTPS = True
    assert Client().post(f"{PAGE}device/{device.token}/").cookies[devices.COOKIE_NAME]["secure"] is True


@pytest.mark.parametrize("token", ["x", "a" * 43, "%22", "a" * 1000])
def test_unknown_link_is_not_valid(device, token):
    for response in (Client().get(f"{PAGE}device/{token}/"), Client().post(f"{PAGE}device/{token}/")):
        assert response.status_code == 404
        assert not response.cookies


def test_links_of_revoked_and_past_devices_are_not_valid(device):
    with at(9, 12):
        assert Client().post(f"{PAGE}device/{device.token}/").status_code == 404
    devices.revoke_device(device, make_organizer())
    assert Client().post(f"{PAGE}device/{device.token}/").status_code == 404


def test_form_without_csrf_token_does_not_activate(device):
    client = Client(enforce_csrf_checks=True)
    response = client.post(f"{PAGE}device/{device.token}/", follow=True)
    assert (response.status_code, devices.COOKIE_NAME in client.cookies) == (403, False)


# Devices


def test_device_checks_people_in_at_its_entrance(device_client, device, gate):
    registration = make_registration(days={MONDAY: IN_PERSON})
    assert "Tablet 1" in device_client.get(PAGE).text
    assert scan(device_client, registration).json()["verdict"] == "admit"
    check_in = CheckIn.objects.get()
    assert (check_in.device, check_in.by, check_in.entrance) == (device, None, gate)


def test_device_cannot_choose_another_entrance(device_client):
    other = Entrance.objects.create(name_en="Gate B")
    assert scan(device_client, make_registration(), entrance=other.pk).status_code == 400
    assert "Gate B" not in device_client.get(PAGE).text


def test_device_cannot_override(device_client):
    response = scan(device_client, make_registration(days={TUESDAY: IN_PERSON}), override_reason="Please")
    assert (response.status_code, CheckIn.objects.count()) == (403, 0)


@pytest.mark.slow
def test_device_opens_no_other_page(device_client):
    urls = admin_urls_for(make_one_of_each_model()).values()
    assert len(urls) > 150
    for url in (*urls, "/admin/", "/my/"):
        response = device_client.get(url)
        assert (response.status_code, "login" in response.headers["Location"]) == (302, True), url


@pytest.mark.parametrize("path", READS)
def test_device_on_another_day_is_refused_and_keeps_its_list(device_client, path):
    with at(6, 12):
        response = device_client.get(f"{PAGE}{path}", headers=JSON)
        assert (response.status_code, response.json()) == (403, {"error": "This device may not check people in today."})
        assert "“Tablet 1” may be used on 7 December" in device_client.get(PAGE).text


@pytest.mark.parametrize("path", READS)
def test_device_after_its_last_day_is_refused_and_erases_its_list(device_client, path):
    with at(8, 0, 1):
        response = device_client.get(f"{PAGE}{path}", headers=JSON)
        assert (response.status_code, response.json()["erase"]) == (401, True)


def test_revoked_device_is_refused_and_erases_its_list(device_client, device):
    devices.revoke_device(device, make_organizer())
    for action in ACTIONS:
        response = device_client.post(f"{PAGE}{action}/", headers=JSON)
        assert (response.status_code, response.json()["erase"]) == (401, True)
    page = device_client.get(PAGE)
    assert (page.status_code, page.cookies[devices.COOKIE_NAME].value) == (403, "")
    assert page.headers["Clear-Site-Data"] == '"storage"'


def test_device_may_send_its_queue_after_its_last_day_and_gets_nothing_else(device_client):
    registration = make_registration(days={MONDAY: IN_PERSON})
    event = {"id": str(uuid.uuid4()), "registration": str(registration.pk), "direction": "in"}
    others = [event | {"id": str(uuid.uuid4()), "at": december(8, 9).isoformat()}]
    with at(8, 10):
        data = {"check_ins": [event | {"at": december(7, 19).isoformat()}, *others]}
        answer = device_client.post(f"{PAGE}sync/", json.dumps(data), "application/json", headers=JSON).json()
    assert (answer["erase"], answer["changes"]) == (True, [])
    assert [result.get("error", "") for result in answer["results"]] == [
        "",
        "This is not one of the days of the device. It was not recorded.",
    ]
    assert CheckIn.objects.get().day == MONDAY
    with at(11, 0, 1):
        response = device_client.post(f"{PAGE}sync/", json.dumps(data), "application/json", headers=JSON)
        assert response.status_code == 401


def test_device_without_days_works_on_all_days_of_the_conference(device_client, device):
    CheckInDevice.objects.update(days=[])
    for day, status in ((6, 200), (9, 200), (10, 403)):
        with at(day, 12):
            assert device_client.get(PAGE).status_code == status


def test_last_use_is_written_once_in_a_minute(device_client, device):
    def last_use(*time):
        with at(*time):
            device_client.get(PAGE)
        device.refresh_from_db()
        return device.last_seen_at

    assert last_use(7, 18, 0) == december(7, 18, 0)
    assert last_use(7, 18, 1) == december(7, 18, 0)
    assert last_use(7, 18, 2) == december(7, 18, 2)


def test_sign_out_ends_the_device_and_deletes_what_it_stored(device_client):
    response = device_client.post(f"{PAGE}sign-out/")
    assert response.headers["Clear-Site-Data"] == '"storage"'
    assert "login" in device_client.get(PAGE).headers["Location"]


# Users


def test_sign_out_of_a_user_ends_the_session(operator_client, gate):
    assert operator_client.post(f"{PAGE}sign-out/").status_code == 200
    assert "login" in operator_client.get(PAGE).headers["Location"]


@pytest.mark.slow
@pytest.mark.parametrize("method", ["get", "post"])
def test_door_staff_open_no_page_of_the_admin(operator_client, method):
    urls = admin_urls_for(make_one_of_each_model()).values()
    statuses = {url: getattr(operator_client, method)(url, {"post": "yes"}).status_code for url in urls}
    assert {url: status for url, status in statuses.items() if status not in (403, 405)} == {}


@pytest.mark.parametrize("path", READS)
def test_others_are_refused(conference, gate, path):
    page = f"{PAGE}{path}"
    clients = {
        "anonymous": (Client(), 302, 401),
        "attendee": (client_for(make_attendee()), 403, 401),
        "other group": (admin_client_for(make_organizer("Hospitality")), 403, 403),
        "no second factor": (client_without_mfa(make_organizer("Door staff")), 302, 401),
    }
    for name, (client, status, json_status) in clients.items():
        assert client.get(page).status_code == status, name
        response = client.get(page, headers=JSON)
        assert (response.status_code, list(response.json())) == (json_status, ["error"]), name


@pytest.mark.parametrize("action", ACTIONS)
def test_others_cannot_post(gate, action):
    registration = make_registration(days={MONDAY: IN_PERSON})
    data = {"registration": registration.pk, "entrance": gate.pk, "q": "Linh"}
    for client in (Client(), client_for(make_attendee()), admin_client_for(make_organizer("Viewers"))):
        assert client.post(f"{PAGE}{action}/", data).status_code in (302, 403)
        assert "Linh" not in client.post(f"{PAGE}{action}/", data, headers=JSON).text
    assert not CheckIn.objects.exists()


@pytest.mark.parametrize("action", [*ACTIONS, "main-entrance", "sign-out"])
def test_actions_refuse_get(operator_client, gate, action):
    assert operator_client.get(f"{PAGE}{action}/").status_code == 405


def test_supervisor_overrides_with_a_reason(supervisor_client, gate):
    registration = make_registration(days={TUESDAY: IN_PERSON})
    assert scan(supervisor_client, registration, entrance=gate.pk).json()["can_override"] is True
    answer = scan(supervisor_client, registration, entrance=gate.pk, override_reason="Speaker").json()
    assert (answer["heading"], answer["detail"]) == ("Let in", "Not today: Tuesday. Reason: Speaker")
    assert CheckIn.objects.get().override_reason == "Speaker"


def test_operator_without_the_permission_cannot_override(operator_client, gate):
    registration = make_registration(days={TUESDAY: IN_PERSON})
    assert scan(operator_client, registration, entrance=gate.pk).json()["can_override"] is False
    assert scan(operator_client, registration, entrance=gate.pk, override_reason="x").status_code == 403
    data = {"registration": registration.pk, "entrance": gate.pk, "override_reason": "x"}
    assert operator_client.post(f"{PAGE}scan/", data).status_code == 403


def test_undo_of_another_operators_check_in_needs_a_supervisor(operator_client, supervisor_client, gate):
    registration = make_registration(days={MONDAY: IN_PERSON})
    other = admin_client_for(make_organizer("Door staff"))
    key = scan(other, registration, entrance=gate.pk).json()["check_in"]
    assert operator_client.post(f"{PAGE}undo/", {"check_in": key}, headers=JSON).status_code == 403
    answer = supervisor_client.post(f"{PAGE}undo/", {"check_in": key}, headers=JSON).json()
    assert (answer["undone"], answer["heading"]) == (True, "Undone")
    assert scan(other, registration, entrance=gate.pk).json()["verdict"] == "admit"


def test_files_of_the_app_need_no_access(conference):
    for prefix in ("", "/vi"):
        manifest = Client().get(f"{prefix}{PAGE}app.webmanifest").json()
        assert manifest["scope"] == f"{prefix}{PAGE}"
    assert Client().get(f"{PAGE}sw.js").headers["Content-Type"].startswith("text/javascript")


def test_code_of_the_ticket_is_not_the_secret_of_a_device(conference, gate):
    registration = make_registration(days={MONDAY: IN_PERSON})
    code = issuance.encode_ticket(issuance.get_or_issue_ticket(registration))
    assert Client().get(reverse("check_in:device", args=[code])).status_code == 404


def test_page_of_a_revoked_device_clears_its_storage(device_client, device):
    devices.revoke_device(device, make_organizer())
    response = device_client.get(PAGE)
    assert response.headers["Clear-Site-Data"] == '"storage"'
    assert "data-upload" not in response.text


def test_page_of_a_device_after_its_last_day_sends_the_queue_first(device_client):
    with at(8, 0, 1):
        response = device_client.get(PAGE)
    assert (response.status_code, "Clear-Site-Data" in response.headers) == (403, False)
    assert devices.COOKIE_NAME not in response.cookies
    assert f'data-upload="{PAGE}sync/"' in response.text
