"""Admin of entrances, devices and check-ins, and what the group Door staff sees of the admin."""

import re
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from conference.registration.check_in import devices
from conference.registration.models import CheckIn, CheckInDevice, Entrance
from conference.registration.tickets import issuance

from ...factories import make_session
from ...spreadsheet_files import HEADERS, OPENING, get_problems, make_csv
from ...users import admin_client_for, count_queries, make_organizer, make_superuser
from ..factories import IN_PERSON, MONDAY, make_category, make_registration

pytestmark = pytest.mark.usefixtures("monday")
DEVICES = "/admin/registration/checkindevice/"
CHECK_INS = "/admin/registration/checkin/"
PAGE = "/admin/check-in/"


@pytest.fixture
def registrar_client(conference):
    return admin_client_for(make_organizer("Registrars"))


@pytest.fixture
def superuser_client(conference):
    return admin_client_for(make_superuser())


def make_check_in(gate, registration=None, **values):
    registration = registration or make_registration(days={MONDAY: IN_PERSON})
    values = {"day": MONDAY, "at": registration.submitted_at, "registration": registration} | values
    return CheckIn.objects.create(entrance=gate, **values)


# Group


def test_start_page_of_door_staff_is_check_in(operator_client):
    response = operator_client.get("/admin/")
    assert (response.status_code, response.headers["Location"]) == (302, PAGE)
    assert operator_client.get("/vi/admin/").headers["Location"] == "/vi" + PAGE


def test_dashboard_of_a_registrar_links_to_check_in_and_shows_the_counters(registrar_client, gate):
    make_check_in(gate)
    page = registrar_client.get("/admin/").text
    assert f'href="{PAGE}"' in page
    assert re.search(r'data-counter="inside">1<.*?data-counter="expected">1<', page, re.DOTALL)


def test_dashboard_takes_the_same_number_of_queries_for_any_number_of_entrances(registrar_client, gate):
    before = count_queries(registrar_client, "/admin/")
    make_check_in(Entrance.objects.create(name_en="Gate B"))
    assert count_queries(registrar_client, "/admin/") == before


def test_organizer_without_the_permission_has_no_link(conference):
    assert PAGE not in admin_client_for(make_organizer("Hospitality")).get("/admin/").text


# Entrances


def test_entrance_without_check_ins_is_deleted_with_its_devices(registrar_client, gate):
    CheckInDevice.objects.create(name="Tablet", entrance=gate)
    url = f"/admin/registration/entrance/{gate.pk}/delete/"
    assert "Tablet" in registrar_client.get(url).text
    registrar_client.post(url, {"post": "yes"})
    assert not Entrance.objects.exists()
    assert not CheckInDevice.objects.exists()


@pytest.mark.parametrize("is_by_its_device", [False, True])
def test_entrance_with_check_ins_is_not_deleted_and_the_page_says_why(registrar_client, gate, is_by_its_device):
    if is_by_its_device:
        # The device has been moved to another entrance since.
        device = CheckInDevice.objects.create(name="Tablet", entrance=Entrance.objects.create(name_en="Gate B"))
        make_check_in(gate, device=device)
        gate = device.entrance
    else:
        make_check_in(gate)
    page = registrar_client.post(f"/admin/registration/entrance/{gate.pk}/delete/", {"post": "yes"}).text
    assert "deselect “In use” instead of deleting" in page
    assert Entrance.objects.filter(pk=gate.pk).exists()


def test_category_is_not_deleted_if_an_entrance_would_then_admit_all(superuser_client, gate):
    one, other = make_category("Media"), make_category("Delegation")
    gate.categories.set([one, other])
    url = "/admin/registration/category/"
    both = {"action": "delete_selected", "_selected_action": [one.pk, other.pk], "post": "yes"}
    assert "it would admit all others" in superuser_client.post(url, both).text
    superuser_client.post(f"{url}{one.pk}/delete/", {"post": "yes"})
    assert "it would admit all others" in superuser_client.post(f"{url}{other.pk}/delete/", {"post": "yes"}).text
    assert list(gate.categories.all()) == [other]


def test_import_without_a_session_whose_entrance_has_check_ins_names_the_session(gate):
    session = make_session("Workshop")
    make_check_in(Entrance.objects.create(name_en="Room 2", session=session))
    make_session("Other workshop")
    problems = get_problems(make_csv(HEADERS, OPENING), delete_missing=True)
    assert "“Workshop” is not in this sheet but cannot be deleted because of its check-ins." in str(problems)
    assert "Other workshop" not in str(problems)


def test_registrar_adds_an_entrance(registrar_client):
    media = make_category("Media")
    data = {"name_en": "Gate B", "name_vi": "Cổng B", "is_open": "on", "categories": [media.pk]}
    assert registrar_client.post("/admin/registration/entrance/add/", data).status_code == 302
    entrance = Entrance.objects.get()
    assert (str(entrance), list(entrance.categories.all())) == ("Gate B", [media])


def test_first_entrance_is_added_with_one_button(registrar_client):
    assert "Add a main entrance" in registrar_client.get(PAGE).text
    for _ in range(2):
        assert registrar_client.post(f"{PAGE}main-entrance/").status_code == 302
    assert [entrance.name_en for entrance in Entrance.objects.all()] == ["Main entrance"]


def test_operator_without_entrances_is_sent_to_an_organizer(operator_client):
    page = operator_client.get(PAGE).text
    assert "Ask an organizer to add an entrance." in page
    assert operator_client.post(f"{PAGE}main-entrance/").status_code == 403


# Devices


def add_device(client, gate, **values):
    return client.post(f"{DEVICES}add/", {"name": "Tablet 1", "entrance": gate.pk, "days": ["2020-12-07"]} | values)


def test_link_of_a_new_device_is_shown_once_with_a_qr_code(registrar_client, gate):
    response = add_device(registrar_client, gate)
    link = re.search(r'value="(http[^"]+/admin/check-in/device/[\w-]+/)"', response.text)[1]
    assert "<svg" in response.text
    token = link.rstrip("/").rpartition("/")[2]
    device = CheckInDevice.objects.get()
    assert (device.token_hash, device.days) == (devices.hash_token(token), ["2020-12-07"])
    assert device.token_hash != token
    assert len(token) >= 43
    assert token not in registrar_client.get(f"{DEVICES}{device.pk}/change/").text
    assert "no-store" in response.headers["Cache-Control"]


def test_new_link_ends_the_former_one(registrar_client, gate):
    add_device(registrar_client, gate)
    before = CheckInDevice.objects.get().token_hash
    page = reverse("admin:registration_checkindevice_link", args=[CheckInDevice.objects.get().pk])
    assert "Create a new link" in registrar_client.get(page).text
    assert CheckInDevice.objects.get().token_hash == before
    assert "/admin/check-in/device/" in registrar_client.post(page).text
    assert CheckInDevice.objects.get().token_hash != before


def test_revoked_device_has_no_access_and_stays_in_the_list(registrar_client, gate):
    add_device(registrar_client, gate)
    device = CheckInDevice.objects.get()
    page = reverse("admin:registration_checkindevice_revoke", args=[device.pk])
    assert registrar_client.get(page).status_code == 200
    assert CheckInDevice.objects.active().exists()
    assert registrar_client.post(page).status_code == 302
    device.refresh_from_db()
    assert (devices.get_status(device), device.revoked_by is not None) == (devices.DeviceStatus.REVOKED, True)
    assert "Revoked" in registrar_client.get(DEVICES).text
    assert registrar_client.post(page).status_code == 404


def test_device_with_unknown_days_is_refused(registrar_client, gate):
    assert "Select a valid choice" in add_device(registrar_client, gate, days=["2021-01-01"]).text
    assert not CheckInDevice.objects.exists()


# Check-ins


def test_list_of_check_ins_is_filtered_and_searched(gate):
    client = admin_client_for(make_superuser())
    other = Entrance.objects.create(name_en="Gate B")
    make_check_in(gate, make_registration(badge_name="Hòa"))
    found = make_check_in(other, make_registration(badge_name="Linh"), was_offline=True, verdict="online")
    for query in ("q=linh", f"entrance__id__exact={other.pk}", "was_offline__exact=1", "verdict__exact=online"):
        page = client.get(f"{CHECK_INS}?{query}").text
        assert (str(found.pk) in page, ">Hòa<" in page) == (True, False), query
    number = issuance.short_code(issuance.get_or_issue_ticket(found.registration))
    assert ">Hòa<" not in client.get(CHECK_INS, {"q": number}).text
    assert client.get(f"{CHECK_INS}?day=2020-12-07&undone=no&direction__exact=in").context["cl"].result_count == 2


def test_check_in_is_read_only(gate):
    client, check_in = admin_client_for(make_superuser()), make_check_in(gate)
    assert client.get(f"{CHECK_INS}{check_in.pk}/change/").status_code == 200
    assert client.post(f"{CHECK_INS}{check_in.pk}/change/", {"note": "x"}).status_code == 403
    assert client.post(f"{CHECK_INS}{check_in.pk}/delete/", {"post": "yes"}).status_code == 403


def test_list_of_check_ins_takes_the_same_number_of_queries_for_any_number(gate):
    client = admin_client_for(make_superuser())
    make_check_in(gate)
    before = count_queries(client, CHECK_INS)
    make_check_in(gate)
    assert count_queries(client, CHECK_INS) == before


def test_check_in_of_an_unknown_key_leads_to_the_start_page(gate):
    response = admin_client_for(make_superuser()).get(f"{CHECK_INS}{uuid.uuid4()}/change/")
    assert (response.status_code, response.headers["Location"]) == (302, "/admin/")


def test_anonymous_visitor_is_sent_to_sign_in(conference):
    assert "/login/" in Client().get(PAGE).headers["Location"]
