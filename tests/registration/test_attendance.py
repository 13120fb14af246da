"""Attendance of a day: lists, export, statistics, and what remains after erasure."""

import csv
import io
import re
import uuid

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conference.registration import workflow
from conference.registration.attendance.statistics import compute_attendance
from conference.registration.check_in.recording import CheckInRequest, Operator, record_check_in, undo_check_in
from conference.registration.models import (
    CheckIn,
    Entrance,
    ErasedRegistration,
    ExportLog,
    Registration,
    RegistrationStatus,
)

from ..factories import december, make_session
from ..users import admin_client_for, make_organizer
from . import factories
from .factories import IN_PERSON, MONDAY, ONLINE, TUESDAY, make_registration

ATTENDANCE_URL = "/admin/registration/attendance/"
STATISTICS_URL = "/admin/registration/registration/statistics/"
IN, OUT = CheckIn.Direction

pytestmark = pytest.mark.usefixtures("november")


@pytest.fixture
def gate(conference):
    return Entrance.objects.create(name_en="Gate A")


@pytest.fixture
def operator(conference):
    return Operator(user=make_organizer())


@pytest.fixture
def scan(gate, operator):
    """Record an entry or exit on Monday at an hour."""

    def scan(registration, hour=18, direction=IN, entrance=gate, **values):
        with time_machine.travel(december(7, hour), tick=False):
            return record_check_in(
                CheckInRequest(uuid.uuid4(), registration, entrance, operator, direction=direction, **values)
            )

    return scan


@pytest.fixture
def people(scan):
    """People by what they did on Monday."""
    names = ["inside", "left", "absent", "online", "override"]
    days = {"online": {MONDAY: ONLINE}, "override": {TUESDAY: IN_PERSON}}
    people = {name: make_registration(badge_name=name, days=days.get(name)) for name in names}
    scan(people["inside"], 17)
    scan(people["left"], 17)
    scan(people["left"], 19, OUT)
    scan(people["override"], 18, override_reason="Speaker")
    return people


def names(client, **query):
    response = client.get(ATTENDANCE_URL, {"day": "2020-12-07"} | query)
    assert response.status_code == 200
    return [row.registration.badge_name for row in response.context["rows"]]


@pytest.mark.usefixtures("people")
def test_attendance_lists_who_came_is_inside_and_has_not_come(registrar_client):
    assert names(registrar_client) == ["inside", "left", "override"]
    assert names(registrar_client, group="inside") == ["inside", "override"]
    assert names(registrar_client, group="absent") == ["absent"]
    assert names(registrar_client, day="2020-12-08", group="absent") == ["override"]


def test_former_day_on_which_people_came_can_be_chosen(registrar_client, people):
    CheckIn.objects.update(day="2020-11-09")
    assert "inside" in names(registrar_client, day="2020-11-09")


@pytest.mark.usefixtures("gate")
def test_person_whose_changes_are_under_review_is_not_expected(registrar_client):
    registration = make_registration(days={MONDAY: IN_PERSON})
    assert len(names(registrar_client, group="absent")) == 1
    Registration.objects.filter(pk=registration.pk).update(status=RegistrationStatus.SUBMITTED)
    assert names(registrar_client, group="absent") == []


@pytest.mark.usefixtures("people")
def test_attendance_shows_times_and_entrance(registrar_client):
    row = registrar_client.get(ATTENDANCE_URL, {"day": "2020-12-07"}).context["rows"][1]
    assert (row.first_in.at, row.last_out.at, row.first_in.entrance.name_en) == (
        december(7, 17),
        december(7, 19),
        "Gate A",
    )
    assert (row.is_inside, row.is_expected) == (False, True)


def test_attendance_leaves_out_undone_entries_and_counts_those_to_a_side_room(registrar_client, scan, operator):
    undone, side_room = (make_registration(badge_name=name) for name in ("undone", "side room"))
    undo_check_in(scan(undone).check_in, operator)
    scan(side_room, entrance=Entrance.objects.create(name_en="Room", session=make_session()))
    assert names(registrar_client) == ["side room"]
    assert names(registrar_client, group="inside") == []
    assert names(registrar_client, group="absent") == ["undone"]
    assert "has left" not in registrar_client.get(ATTENDANCE_URL, {"day": "2020-12-07"}).text


@pytest.mark.usefixtures("people")
def test_attendance_filters_by_category_and_search(registrar_client, scan):
    media = factories.make_category("Media")
    linh = make_registration(badge_name="Đặng Linh", category=media)
    scan(linh)
    number = str(linh.tickets.create().pk)[:8]
    assert names(registrar_client, category=media.pk) == ["Đặng Linh"]
    assert names(registrar_client, q="dang") == ["Đặng Linh"]
    assert names(registrar_client, q=number) == ["Đặng Linh"]
    assert names(registrar_client, q="dang", group="absent") == []


@pytest.mark.parametrize(
    "query",
    [
        *({"day": day} for day in ("x", "2020-02-31", "2030-01-01")),
        *({"category": category} for category in ("x", "9" * 30)),
        *({"page": page} for page in ("x", "99")),
        {"group": "x"},
    ],
)
@pytest.mark.usefixtures("people")
def test_attendance_with_bad_parameter_shows_the_default(registrar_client, query):
    assert registrar_client.get(ATTENDANCE_URL, query).status_code == 200


def test_attendance_without_entries_says_so(registrar_client):
    assert "This list is empty." in registrar_client.get(ATTENDANCE_URL).text


def test_attendance_is_paginated(registrar_client, monkeypatch):
    monkeypatch.setattr("conference.registration.admin.attendance.views.PAGE_SIZE", 2)
    for name in "abc":
        make_registration(badge_name=name)
    assert names(registrar_client, group="absent", page=2) == ["c"]
    page = registrar_client.get(ATTENDANCE_URL, {"day": "2020-12-07", "group": "absent"}).text
    assert "1 to 2 of 3" in page


def test_attendance_number_of_queries_does_not_depend_on_people(registrar_client, scan):
    def count():
        with CaptureQueriesContext(connection) as captured:
            assert registrar_client.get(ATTENDANCE_URL, {"day": "2020-12-07"}).status_code == 200
        return len(captured)

    scan(make_registration())
    registrar_client.get(ATTENDANCE_URL)
    before = count()
    for _ in range(3):
        scan(make_registration())
    assert count() == before


@pytest.mark.parametrize(("group", "status"), [("Door supervisors", 200), ("Door staff", 403), ("Hospitality", 403)])
def test_attendance_is_for_who_may_view_check_ins(group, status):
    assert admin_client_for(make_organizer(group)).get(ATTENDANCE_URL).status_code == status


# Export


@pytest.mark.usefixtures("people")
def test_export_attendance_is_logged_without_the_search_text(registrar_client, registrar):
    response = registrar_client.post(f"{ATTENDANCE_URL}export/?day=2020-12-07&group=came&q=left", {"format": "csv"})
    _header, row = csv.reader(io.StringIO(response.content.decode("utf-8-sig")))
    assert (row[0], row[7], row[9], row[10]) == ("left", "2020-12-07 17:00", "2020-12-07 19:00", "no")
    log = ExportLog.objects.get()
    assert (log.by, log.rows, log.format, log.query) == (
        registrar,
        1,
        "csv",
        "attendance&day=2020-12-07&group=came&q=*",
    )


@pytest.mark.usefixtures("people")
def test_export_attendance_as_workbook(registrar_client):
    response = registrar_client.post(f"{ATTENDANCE_URL}export/", {"format": "xlsx"})
    assert response.headers["Content-Disposition"].startswith('attachment; filename="attendance-2020-12-')


def test_export_attendance_without_permission_is_refused():
    client = admin_client_for(make_organizer("Door supervisors"))
    assert client.post(f"{ATTENDANCE_URL}export/", {"format": "csv"}).status_code == 403
    assert not ExportLog.objects.exists()


# Statistics


def numbers(edition=None):
    """{day of the month: (expected, came, others)}."""
    return {
        item.day.day: (item.total.expected, item.total.came, item.total.others) for item in compute_attendance(edition)
    }


@pytest.mark.usefixtures("people")
def test_statistics_of_attendance_count_expected_and_other_people():
    with time_machine.travel(december(7, 22)):
        assert numbers() == {7: (3, 2, 1)}
        (count,) = compute_attendance()[0].categories
    assert (count.percentage, count.absent) == (67, 1)


@pytest.mark.usefixtures("people")
def test_statistics_of_attendance_survive_erasure(people):
    with time_machine.travel(december(9, 22)):
        before = numbers()
        for registration in people.values():
            workflow.erase_user(registration.user)
        assert numbers() == before == {7: (3, 2, 1)}
    assert sorted(record.attended_days for record in ErasedRegistration.objects.all()) == [
        [],
        [],
        *([["2020-12-07"]] * 3),
    ]


@pytest.mark.usefixtures("people")
def test_statistics_page_shows_the_attendance(registrar):
    with time_machine.travel(december(7, 22)):
        page = admin_client_for(registrar).get(STATISTICS_URL).text
    assert "2 of 3 expected people came, and 1 others" in page
    assert "67 %" in page


# Counters on the dashboard


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("group", ["Door supervisors", "Registrars"])
def test_dashboard_shows_the_counters_of_the_venue_and_of_rooms(group, scan):
    room = Entrance.objects.create(name_en="Room", session=make_session("Talk"), capacity=2)
    scan(make_registration(), entrance=room)
    with time_machine.travel(december(7, 20)):
        page = admin_client_for(make_organizer(group)).get("/admin/").text
    cells = re.findall(r'data-counter="\w+">([^<]+)<', page)
    assert cells == ["2", "3", "4", "–", "3", "1", "1", "–", "1", "1"]
    assert "Room: Talk" in page


@pytest.mark.usefixtures("people")
def test_dashboard_counters_and_the_page_that_refreshes_them_agree(registrar):
    with time_machine.travel(december(7, 20)):
        client = admin_client_for(registrar)
        entrances = client.get("/admin/").context["check_in_entrances"]
        refreshed = client.get("/admin/check-in/counters/", headers={"Accept": "application/json"}).json()
    counters = {entrance["id"]: entrance for entrance in refreshed["entrances"]}
    for item in entrances:
        assert item.counters.as_json().items() <= counters[item.entrance.pk].items()


def test_dashboard_without_permission_has_no_counters(gate):
    with time_machine.travel(december(7, 20)):
        assert "data-counters-url" not in admin_client_for(make_organizer("Viewers")).get("/admin/").text


def test_dashboard_before_the_conference_has_no_numbers(gate, registrar_client):
    page = registrar_client.get("/admin/").text
    assert "data-counter=" not in page
    assert "On the days of the conference" in page
