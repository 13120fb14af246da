"""Tests of exports as workbook, CSV and JSON."""

import csv
import io
import json
import zipfile

import openpyxl
import pytest

from conference.core.spreadsheets import write_csv
from sessions import exports, imports
from sessions.imports.columns import TABLES
from sessions.models import Release, Session

from .. import factories
from ..users import admin_client_for, make_organizer

EXPORT = "/admin/programme/session/export/"

pytestmark = pytest.mark.django_db


def read_sheet(data, name):
    rows = list(openpyxl.load_workbook(io.BytesIO(data))[name].values)
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def export_draft():
    return exports.to_xlsx(exports.build_draft_records(), factories.HA_NOI)


def test_to_xlsx_has_sheet_for_each_table(published):
    assert openpyxl.load_workbook(io.BytesIO(export_draft())).sheetnames == [table.name for table in TABLES]


def test_to_xlsx_contains_draft_sessions_with_status(published):
    rows = {row["Title (English)"]: row["Status"] for row in read_sheet(export_draft(), "Sessions")}
    assert rows["Secret talks"] == "draft"


def test_to_xlsx_writes_times_in_conference_time_zone(published):
    opening = next(row for row in read_sheet(export_draft(), "Sessions") if row["Slug"] == "opening")
    assert opening["Start"] == factories.december(7, 18).replace(tzinfo=None)


def test_to_csv_is_utf8_with_byte_order_mark(published):
    data = exports.to_csv(exports.build_draft_records(), factories.HA_NOI, "Rooms")
    assert data.startswith(b"\xef\xbb\xbf")
    assert "Hội trường lớn" in data.decode("utf-8-sig")


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "＝"])
def test_write_csv_escapes_formula(first):
    [[cell]] = csv.reader(io.StringIO(write_csv([[f"{first}1+1"]]).decode("utf-8-sig"), newline=""))
    assert cell == f"'{first}1+1"


@pytest.mark.parametrize("first", ["=", "@", "#REF!", "'="])
def test_to_xlsx_writes_formula_as_text(conference, first):
    factories.make_room(f"{first}1+1", slug="room")
    book = openpyxl.load_workbook(io.BytesIO(export_draft()))
    assert {cell.data_type for row in book["Rooms"].iter_rows() for cell in row if isinstance(cell.value, str)} == {"s"}


def test_to_csv_zip_contains_all_tables(published):
    archive = zipfile.ZipFile(io.BytesIO(exports.to_csv_zip(exports.build_draft_records(), factories.HA_NOI)))
    assert archive.namelist() == [f"{table.name.lower()}.csv" for table in TABLES]


def test_to_csv_zip_of_same_programme_is_equal(published):
    one, other = (exports.to_csv_zip(exports.build_draft_records(), factories.HA_NOI) for _ in range(2))
    assert one == other


def test_release_export_as_json_is_document(published):
    client = admin_client_for(make_organizer("Viewers"))
    response = client.get(f"{EXPORT}release-1.json")
    assert json.loads(response.content) == Release.objects.get().document


def test_build_release_records_ignores_later_edits(published):
    Session.objects.filter(slug="opening").update(title_en="Renamed since")
    data = exports.to_xlsx(exports.build_release_records(Release.objects.get().document), factories.HA_NOI)
    titles = [row["Title (English)"] for row in read_sheet(data, "Sessions")]
    assert "Opening" in titles
    assert "Secret talks" not in titles


def test_import_of_exported_release_changes_nothing(published):
    data = exports.to_xlsx(exports.build_release_records(Release.objects.get().document), factories.HA_NOI)
    assert imports.preview_import(data).is_empty


def test_import_of_template_changes_nothing(conference):
    assert imports.preview_import(exports.build_import_template()).is_empty


@pytest.mark.parametrize("file_format", ["xlsx", "csv", "json", "sessions", "links"])
def test_draft_export_by_viewer_is_uncached_attachment(published, file_format):
    response = admin_client_for(make_organizer("Viewers")).get(f"{EXPORT}edited.{file_format}")
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith("attachment")
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("page", ["", "edited.xlsx", "release-1.json"])
def test_export_without_permission_is_forbidden(published, page):
    assert admin_client_for(make_organizer("Registrars")).get(EXPORT + page).status_code == 403


@pytest.mark.parametrize("page", ["edited.pdf", "release-9.json"])
def test_export_of_unknown_format_or_release_is_not_found(published, page):
    assert admin_client_for(make_organizer("Viewers")).get(EXPORT + page).status_code == 404


def test_export_page_lists_releases(published):
    response = admin_client_for(make_organizer("Viewers")).get(EXPORT)
    assert "release-1.xlsx" in response.content.decode()
