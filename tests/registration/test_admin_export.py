"""Export of registrations: its rows, protection against formulas, log and permissions."""

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

EXPORT_URL = "/admin/registration/registration/export/"
FORMULAS = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", '=HYPERLINK("https://evil")']

pytestmark = pytest.mark.django_db


@pytest.fixture
def needs_registrar_client(registrar):
    registrar.user_permissions.set(Permission.objects.filter(codename="view_specialneeds"))
    return admin_client_for(registrar)


def export_csv(client, query="", **fields):
    response = client.post(EXPORT_URL + query, {"format": "csv"} | fields)
    assert response.status_code == 200
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"), newline="")))


def export_xlsx(client, query="", **fields):
    response = client.post(EXPORT_URL + query, {"format": "xlsx"} | fields)
    assert response.status_code == 200
    header, *rows = openpyxl.load_workbook(io.BytesIO(response.content)).active.iter_rows()
    return [{title.value: cell for title, cell in zip(header, row, strict=True)} for row in rows]


def names(rows):
    return sorted(row["Name on badge"] for row in rows)


def test_export_row_contains_details_status_and_days(registrar_client):
    user = factories.make_attendee("linh@example.org")
    factories.make_quota(seats=0)
    days = {factories.MONDAY: Mode.IN_PERSON, factories.TUESDAY: Mode.ONLINE}
    with time_machine.travel("2020-11-30T10:11:12Z", tick=False):
        linh = factories.make_registration(user, days, gender="female", category=factories.make_category("Media"))
    (row,) = export_csv(registrar_client)
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


def test_export_formats_have_the_same_values(registrar_client):
    factories.make_registration(days={factories.MONDAY: Mode.IN_PERSON, factories.TUESDAY: Mode.ONLINE})
    (text,), (cells,) = export_csv(registrar_client), export_xlsx(registrar_client)
    assert list(text) == list(cells)
    date_columns = {"Status since", "Submitted"}
    assert {k: v for k, v in text.items() if k not in date_columns} == {
        name: "" if cell.value is None else str(cell.value) for name, cell in cells.items() if name not in date_columns
    }
    assert all(isinstance(cells[name].value, datetime.datetime) for name in date_columns)


def test_export_contains_only_the_filtered_registrations(registrar_client):
    media = factories.make_category("Media", needs_approval=True)
    factories.make_registration(badge_name="Asked", category=media)
    factories.make_registration(badge_name="In", category=factories.make_category(), country="NO")
    assert names(export_csv(registrar_client, "?status__exact=submitted")) == ["Asked"]
    assert names(export_csv(registrar_client, "?country=NO&o=1&p=7&all=")) == ["In"]
    assert names(export_csv(registrar_client, "?q=linh")) == ["Asked", "In"]
    assert names(export_csv(registrar_client, "?day=2020-12-08")) == []
    assert names(export_csv(registrar_client)) == ["Asked", "In"]


def test_export_contains_all_pages_of_the_list(registrar_client, monkeypatch):
    monkeypatch.setattr("conference.registration.admin.registrations.RegistrationAdmin.list_per_page", 2)
    for _ in range(5):
        factories.make_registration()
    assert len(export_csv(registrar_client)) == 5


def test_list_links_to_export_with_its_filters(registrar_client):
    factories.make_registration()
    page = registrar_client.get("/admin/registration/registration/?status__exact=confirmed&q=linh&o=2&p=0").text
    assert f'href="{EXPORT_URL}?status__exact=confirmed&amp;q=linh"' in page


@pytest.mark.parametrize("query", ["?day=x", "?category=x", "?p=x", "?country=%27", "?needs__isnull=0", "?e=1"])
def test_export_with_malformed_filters_succeeds(registrar_client, query):
    factories.make_registration()
    assert registrar_client.get(EXPORT_URL + query).status_code == 200
    assert registrar_client.post(EXPORT_URL + query, {"format": "csv"}).status_code == 200


@pytest.mark.parametrize("data", [{}, {"format": "pdf"}, {"format": ""}])
def test_export_with_invalid_format_shows_an_error(registrar_client, data):
    factories.make_registration()
    response = registrar_client.post(EXPORT_URL, data)
    assert (response.status_code, "Please correct the marked fields below." in response.text) == (200, True)
    assert not ExportLog.objects.exists()


# Protection against formulas


@pytest.mark.parametrize("formula", FORMULAS)
def test_export_escapes_formulas(registrar_client, formula):
    factories.make_registration(badge_name=formula, organization=formula, function=formula, passport_name=formula)
    (text,), (cells,) = export_csv(registrar_client), export_xlsx(registrar_client)
    for column in ("Name on badge", "Organization", "Job title", "Name as in passport"):
        assert text[column] == f"'{formula}"
        assert cells[column].data_type == "s"
        assert cells[column].number_format == "@"


@pytest.mark.parametrize("name", ["</t></is></c><c><f>1+1</f></c>", "a & b", "_x000D_", "\x0b\x1f", "Đặng 阮 محمد 😀"])
def test_export_workbook_keeps_special_characters(registrar_client, name):
    factories.make_registration(badge_name=name)
    (sheet,) = spreadsheets.read_spreadsheet(registrar_client.post(EXPORT_URL, {"format": "xlsx"}).content)
    (_, head), (_, row) = sheet.rows
    assert row[head.index("Name on badge")] == name


def test_render_file_xlsx_contains_no_formula_or_external_link():
    data = exports.render_file("xlsx", [["Name"], *([formula] for formula in FORMULAS)])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        assert "<f" not in sheet
        assert not [name for name in archive.namelist() if "external" in name.lower()]


def test_render_file_xlsx_datetime_is_a_date_cell():
    rows = [["Name", "When"], ["Linh", datetime.datetime(2020, 12, 7, 18, 30)]]
    cell = openpyxl.load_workbook(io.BytesIO(exports.render_file("xlsx", rows))).active["B2"]
    assert (cell.value, cell.is_date) == (datetime.datetime(2020, 12, 7, 18, 30), True)


# Log


def test_export_is_logged_with_its_filters(registrar_client, registrar):
    factories.make_registration()
    export_csv(registrar_client, "?status__exact=confirmed&country=VN")
    export_xlsx(registrar_client)
    last, first = ExportLog.objects.all()
    assert (first.by, first.rows, first.format, first.query) == (
        registrar,
        1,
        "csv",
        "country=VN&status__exact=confirmed",
    )
    assert (last.rows, last.format, last.query, last.with_needs) == (1, "xlsx", "", False)


def test_export_log_omits_the_search_text(registrar_client):
    factories.make_registration()
    export_csv(registrar_client, "?q=linh@example.org")
    assert ExportLog.objects.get().query == "q=*"


def test_export_page_shows_the_number_and_logs_nothing(registrar_client):
    factories.make_registration()
    assert "1 registration, as shown in the list." in registrar_client.get(EXPORT_URL).text
    assert not ExportLog.objects.exists()


def test_export_log_is_read_only(registrar_client):
    factories.make_registration()
    export_csv(registrar_client)
    row = ExportLog.objects.get()
    assert registrar_client.get("/admin/registration/exportlog/").status_code == 200
    assert registrar_client.post(f"/admin/registration/exportlog/{row.pk}/change/", {"rows": "0"}).status_code == 403
    assert registrar_client.post(f"/admin/registration/exportlog/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert ExportLog.objects.get().rows == 1


# Special needs


def test_export_with_needs_includes_and_logs_them(needs_registrar_client, registrar):
    linh = factories.make_registration(special_needs={"access": "A ramp", "diet": "No pork"})
    factories.make_registration(badge_name="Minh")
    assert "Dietary needs" not in export_csv(needs_registrar_client)[0]
    assert not NeedsAccessLog.objects.exists()
    rows = {row["Name on badge"]: row for row in export_csv(needs_registrar_client, with_needs="on")}
    assert (rows["Linh"]["Accessibility needs"], rows["Linh"]["Dietary needs"], rows["Minh"]["Dietary needs"]) == (
        "A ramp",
        "No pork",
        "",
    )
    assert [(entry.special_needs_id, entry.by) for entry in NeedsAccessLog.objects.all()] == [(linh.pk, registrar)]
    assert ExportLog.objects.first().with_needs


def test_export_with_needs_without_permission_is_forbidden(registrar_client):
    factories.make_registration(special_needs={"access": "A ramp", "diet": ""})
    assert "with_needs" not in registrar_client.get(EXPORT_URL).text
    assert registrar_client.post(EXPORT_URL, {"format": "csv", "with_needs": "on"}).status_code == 403
    assert "A ramp" not in str(export_csv(registrar_client))
    assert not NeedsAccessLog.objects.exists()


# Permissions


@pytest.mark.parametrize("group", ["Viewers", "Communications"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_export_by_other_groups_is_forbidden(conference, group, method):
    factories.make_registration_settings()
    factories.make_registration()
    response = getattr(admin_client_for(make_organizer(group)), method)(EXPORT_URL, {"format": "csv"})
    assert response.status_code == 403
    assert not ExportLog.objects.exists()


# Large exports


@pytest.mark.slow
@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_export_query_count_is_independent_of_rows(registrar_client, file_format):
    query_counts = []
    for number in (1, 29):
        for _ in range(number):
            factories.make_registration(days={factories.MONDAY: Mode.IN_PERSON, factories.TUESDAY: Mode.ONLINE})
        with CaptureQueriesContext(connection) as captured:
            registrar_client.post(EXPORT_URL, {"format": file_format})
        query_counts.append(len(captured))
    assert query_counts[0] == query_counts[1]


def make_many_registrations(number):
    """Create registrations with two days each, in few queries."""
    template = factories.make_registration()
    users = User.objects.bulk_create([User(username=f"many{n}", email=f"many{n}@example.org") for n in range(number)])
    rows = [copy_registration(template, user) for user in users]
    Registration.objects.bulk_create(rows)
    days = [(factories.MONDAY, Mode.IN_PERSON), (factories.TUESDAY, Mode.ONLINE)]
    now = timezone.now()
    seats = [
        Seat(registration=row, day=d, mode=m, status="confirmed", queued_since=now) for row in rows for d, m in days
    ]
    Seat.objects.bulk_create(seats)


def copy_registration(template, user):
    excluded = ("pk", "id", "user")
    values = {
        f.attname: getattr(template, f.attname) for f in Registration._meta.concrete_fields if f.name not in excluded
    }
    return Registration(**values, user=user)


@pytest.mark.slow
@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_export_of_two_thousand_registrations_contains_all(registrar_client, file_format):
    make_many_registrations(2000)
    assert registrar_client.post(EXPORT_URL, {"format": file_format}).status_code == 200
    assert ExportLog.objects.get().rows == 2001


def test_export_omits_erased_registrations(registrar_client):
    linh = factories.make_registration()
    workflow.erase_user(linh.user)
    assert export_csv(registrar_client) == []


def test_export_for_hospitality_has_the_basic_fields_and_days_only(hospitality_client):
    factories.make_registration(special_needs={"access": "A ramp", "diet": ""}, passport_name="Nguyen Thi Hidden")
    (row,) = export_csv(hospitality_client)
    assert list(row) == [
        *("Number", "Status", "Name on badge", "Country code", "Country or territory", "Organization", "Job title"),
        *("Category", "Languages"),
        *(f"2020-12-0{day} {mode}" for day in (7, 8, 9) for mode in ("in person", "online")),
    ]
    assert "Hidden" not in "".join(row.values())


def test_export_for_hospitality_may_include_needs_and_is_logged(hospitality_client):
    factories.make_registration(special_needs={"access": "A ramp", "diet": ""})
    (row,) = export_csv(hospitality_client, with_needs="on")
    assert row["Accessibility needs"] == "A ramp"
    assert NeedsAccessLog.objects.count() == ExportLog.objects.count() == 1
