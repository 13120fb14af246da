"""Registrations taken out as a file: what the list shows, safe to open, and written down."""

import csv
import datetime
import io
import zipfile

import openpyxl
import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conference.core import spreadsheets
from conference.registration import exports, workflow
from conference.registration.models import ExportLog, Mode, NeedsAccessLog, Registration, Seat

from ..users import admin_client_for, make_organizer
from . import factories

EXPORT = "/admin/registration/registration/export/"
FORMULAS = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", '=HYPERLINK("https://evil")']

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk_with_needs(registrar):
    registrar.user_permissions.set(Permission.objects.filter(codename="view_needs"))
    return admin_client_for(registrar)


def as_csv(desk, query="", **typed):
    response = desk.post(EXPORT + query, {"format": "csv"} | typed)
    assert response.status_code == 200
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"), newline="")))


def as_xlsx(desk, query="", **typed):
    response = desk.post(EXPORT + query, {"format": "xlsx"} | typed)
    assert response.status_code == 200
    head, *rows = openpyxl.load_workbook(io.BytesIO(response.content)).active.iter_rows()
    return [{title.value: cell for title, cell in zip(head, row, strict=True)} for row in rows]


def names(rows):
    return sorted(row["Name on badge"] for row in rows)


def test_a_row_tells_the_facts_the_state_and_each_day(desk):
    user = factories.make_attendee("linh@example.org")
    factories.make_quota(seats=0)
    days = {factories.MONDAY: Mode.IN_PERSON, factories.TUESDAY: Mode.ONLINE}
    with time_machine.travel("2020-11-30T10:11:12Z", tick=False):
        linh = factories.make_registration(user, days, gender="female", category=factories.make_category("Media"))
    (row,) = as_csv(desk)
    assert row == {
        "Number": str(linh.pk),
        "Status": "Confirmed",
        "Status since": "2020-11-30 17:11:12",
        "Submitted": "2020-11-30 17:11:12",
        "Name as in passport": "Nguyen Thi Linh",
        "Name on badge": "Linh",
        "E-mail": "linh@example.org",
        "Country code": "VN",
        "Country or territory": "Viet Nam",
        "Organization": "Da Nang Peace House",
        "Job title": "Mediator",
        "Category": "Media",
        "Gender": "Female",
        "Languages": "English, Vietnamese",
        "E-mail language": "en",
        "Consent text": "1",
        "2020-12-07 in person": "On the wait list",
        "2020-12-07 online": "",
        "2020-12-08 in person": "",
        "2020-12-08 online": "Confirmed",
        "2020-12-09 in person": "",
        "2020-12-09 online": "",
    }


def test_both_formats_say_the_same(desk):
    factories.make_registration(days={factories.MONDAY: Mode.IN_PERSON, factories.TUESDAY: Mode.ONLINE})
    (text,), (cells,) = as_csv(desk), as_xlsx(desk)
    assert list(text) == list(cells)
    moments = {"Status since", "Submitted"}
    assert {k: v for k, v in text.items() if k not in moments} == {
        name: "" if cell.value is None else str(cell.value) for name, cell in cells.items() if name not in moments
    }
    assert all(isinstance(cells[name].value, datetime.datetime) for name in moments)


def test_only_what_the_list_shows_is_taken_out(desk):
    media = factories.make_category("Media", needs_approval=True)
    factories.make_registration(badge_name="Asked", category=media)
    factories.make_registration(badge_name="In", category=factories.make_category(), country="NO")
    assert names(as_csv(desk, "?state__exact=submitted")) == ["Asked"]
    assert names(as_csv(desk, "?country=NO&o=1&p=7&all=")) == ["In"]
    assert names(as_csv(desk, "?q=linh")) == ["Asked", "In"]
    assert names(as_csv(desk, "?day=2020-12-08")) == []
    assert names(as_csv(desk)) == ["Asked", "In"]


def test_more_than_a_page_of_the_list_is_taken_out(desk, monkeypatch):
    monkeypatch.setattr("conference.registration.admin.registrations.RegistrationAdmin.list_per_page", 2)
    for _ in range(5):
        factories.make_registration()
    assert len(as_csv(desk)) == 5


def test_the_list_leads_to_the_export_of_what_it_shows(desk):
    factories.make_registration()
    page = desk.get("/admin/registration/registration/?state__exact=confirmed&q=linh&o=2&p=0").text
    assert f'href="{EXPORT}?state__exact=confirmed&amp;q=linh"' in page


@pytest.mark.parametrize("query", ["?day=x", "?category=x", "?p=x", "?country=%27", "?needs__isnull=0", "?e=1"])
def test_whatever_stands_in_the_address_an_export_is_answered(desk, query):
    factories.make_registration()
    assert desk.get(EXPORT + query).status_code == 200
    assert desk.post(EXPORT + query, {"format": "csv"}).status_code == 200


@pytest.mark.parametrize("typed", [{}, {"format": "pdf"}, {"format": ""}])
def test_a_format_that_is_none_is_told_and_nothing_is_taken_out(desk, typed):
    factories.make_registration()
    response = desk.post(EXPORT, typed)
    assert (response.status_code, "Please correct the marked fields below." in response.text) == (200, True)
    assert not ExportLog.objects.exists()


# Safe to open


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_is_a_formula(desk, formula):
    factories.make_registration(badge_name=formula, organization=formula, function=formula, passport_name=formula)
    (text,), (cells,) = as_csv(desk), as_xlsx(desk)
    for column in ("Name on badge", "Organization", "Job title", "Name as in passport"):
        assert text[column] == f"'{formula}"
        assert cells[column].data_type == "s"
        assert cells[column].number_format == "@"


@pytest.mark.parametrize("name", ["</t></is></c><c><f>1+1</f></c>", "a & b", "_x000D_", "\x0b\x1f", "Đặng 阮 محمد 😀"])
def test_no_name_breaks_the_workbook(desk, name):
    factories.make_registration(badge_name=name)
    (sheet,) = spreadsheets.read_spreadsheet(desk.post(EXPORT, {"format": "xlsx"}).content)
    (_, head), (_, row) = sheet.rows
    assert row[head.index("Name on badge")] == name


def test_the_workbook_has_no_formula_and_no_link_in_it():
    data = exports.render_file("xlsx", [["Name"], *([formula] for formula in FORMULAS)])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        assert "<f" not in sheet
        assert not [name for name in archive.namelist() if "external" in name.lower()]


def test_write_xlsx_datetime_is_a_date_cell():
    rows = [["Name", "When"], ["Linh", datetime.datetime(2020, 12, 7, 18, 30)]]
    cell = openpyxl.load_workbook(io.BytesIO(exports.render_file("xlsx", rows))).active["B2"]
    assert (cell.value, cell.is_date) == (datetime.datetime(2020, 12, 7, 18, 30), True)


# Written down


def test_each_export_is_written_down(desk, registrar):
    factories.make_registration()
    as_csv(desk, "?state__exact=confirmed&country=VN")
    as_xlsx(desk)
    last, first = ExportLog.objects.all()
    assert (first.by, first.rows, first.format, first.query) == (
        registrar,
        1,
        "csv",
        "country=VN&state__exact=confirmed",
    )
    assert (last.rows, last.format, last.query, last.with_needs) == (1, "xlsx", "", False)


def test_whom_somebody_searched_for_is_not_kept(desk):
    factories.make_registration()
    as_csv(desk, "?q=linh@example.org")
    assert ExportLog.objects.get().query == "q=*"


def test_looking_at_the_page_takes_nothing_out(desk):
    factories.make_registration()
    assert "1 registration, as shown in the list." in desk.get(EXPORT).text
    assert not ExportLog.objects.exists()


def test_the_log_of_exports_can_be_read_and_not_changed(desk):
    factories.make_registration()
    as_csv(desk)
    row = ExportLog.objects.get()
    assert desk.get("/admin/registration/exportlog/").status_code == 200
    assert desk.post(f"/admin/registration/exportlog/{row.pk}/change/", {"rows": "0"}).status_code == 403
    assert desk.post(f"/admin/registration/exportlog/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert ExportLog.objects.get().rows == 1


# Needs


def test_needs_are_taken_out_only_when_asked_for_and_each_is_written_down_as_opened(desk_with_needs, registrar):
    linh = factories.make_registration(special_needs={"access": "A ramp", "diet": "No pork"})
    factories.make_registration(badge_name="Minh")
    assert "Dietary needs" not in as_csv(desk_with_needs)[0]
    assert not NeedsAccessLog.objects.exists()
    rows = {row["Name on badge"]: row for row in as_csv(desk_with_needs, with_needs="on")}
    assert (rows["Linh"]["Accessibility needs"], rows["Linh"]["Dietary needs"], rows["Minh"]["Dietary needs"]) == (
        "A ramp",
        "No pork",
        "",
    )
    assert [(opening.needs_id, opening.by) for opening in NeedsAccessLog.objects.all()] == [(linh.pk, registrar)]
    assert ExportLog.objects.first().with_needs


def test_who_may_not_see_needs_takes_none_out(desk):
    factories.make_registration(special_needs={"access": "A ramp", "diet": ""})
    assert "with_needs" not in desk.get(EXPORT).text
    assert desk.post(EXPORT, {"format": "csv", "with_needs": "on"}).status_code == 403
    assert "A ramp" not in str(as_csv(desk))
    assert not NeedsAccessLog.objects.exists()


# Who may


@pytest.mark.parametrize("group", ["Hospitality", "Viewers", "Communications", "Programme editors"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_else_takes_registrations_out(conference, group, method):
    factories.make_registration_settings()
    factories.make_registration()
    response = getattr(admin_client_for(make_organizer(group)), method)(EXPORT, {"format": "csv"})
    assert response.status_code == 403
    assert not ExportLog.objects.exists()


# How long


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_thirty_rows_take_as_many_queries_as_one(desk, form):
    asked = []
    for number in (1, 29):
        for _ in range(number):
            factories.make_registration(days={factories.MONDAY: Mode.IN_PERSON, factories.TUESDAY: Mode.ONLINE})
        with CaptureQueriesContext(connection) as captured:
            desk.post(EXPORT, {"format": form})
        asked.append(len(captured))
    assert asked[0] == asked[1]


def many(number):
    """So many registrations with two days each, in few queries."""
    template = factories.make_registration()
    users = User.objects.bulk_create([User(username=f"many{n}", email=f"many{n}@example.org") for n in range(number)])
    rows = [copy_of(template, user) for user in users]
    Registration.objects.bulk_create(rows)
    days = [(factories.MONDAY, Mode.IN_PERSON), (factories.TUESDAY, Mode.ONLINE)]
    now = timezone.now()
    seats = [
        Seat(registration=row, day=d, mode=m, status="confirmed", queued_since=now) for row in rows for d, m in days
    ]
    Seat.objects.bulk_create(seats)


def copy_of(template, user):
    kept = ("pk", "id", "user")
    facts = {f.attname: getattr(template, f.attname) for f in Registration._meta.concrete_fields if f.name not in kept}
    return Registration(**facts, user=user)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_export_of_two_thousand_rows_has_them_all(desk, form):
    many(2000)
    assert desk.post(EXPORT, {"format": form}).status_code == 200
    assert ExportLog.objects.get().rows == 2001


def test_who_is_erased_is_not_in_the_next_export(desk):
    linh = factories.make_registration()
    workflow.erase_user(linh.user)
    assert as_csv(desk) == []
