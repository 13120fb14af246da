"""The programme as files that others open."""

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


def sheet(data, name):
    rows = list(openpyxl.load_workbook(io.BytesIO(data))[name].values)
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def workbook():
    return exports.to_xlsx(exports.build_draft_records(), factories.HA_NOI)


def test_workbook_has_a_sheet_for_each_table(published):
    assert openpyxl.load_workbook(io.BytesIO(workbook())).sheetnames == [table.name for table in TABLES]


def test_drafts_are_exported_with_their_status(published):
    rows = {row["Title (English)"]: row["Status"] for row in sheet(workbook(), "Sessions")}
    assert rows["Secret talks"] == "draft"


def test_times_are_on_the_conferences_clock(published):
    opening = next(row for row in sheet(workbook(), "Sessions") if row["Slug"] == "opening")
    assert opening["Start"] == factories.december(7, 18).replace(tzinfo=None)


def test_vietnamese_is_whole(published):
    data = exports.to_csv(exports.build_draft_records(), factories.HA_NOI, "Rooms")
    assert data.startswith(b"\xef\xbb\xbf")
    assert "Hội trường lớn" in data.decode("utf-8-sig")


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
def test_no_cell_of_a_csv_begins_a_formula(first):
    [[cell]] = csv.reader(io.StringIO(write_csv([[f"{first}1+1"]]).decode("utf-8-sig"), newline=""))
    assert cell == f"'{first}1+1"


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "＝", "#REF!", "=HYPERLINK(1)", "'="])
def test_no_cell_of_a_workbook_is_a_formula(conference, first):
    factories.make_room(f"{first}1+1", slug="live")
    book = openpyxl.load_workbook(io.BytesIO(workbook()))
    assert {cell.data_type for row in book["Rooms"].iter_rows() for cell in row if isinstance(cell.value, str)} == {"s"}


def test_every_table_is_in_the_zip(published):
    archive = zipfile.ZipFile(io.BytesIO(exports.to_csv_zip(exports.build_draft_records(), factories.HA_NOI)))
    assert archive.namelist() == [f"{table.name.lower()}.csv" for table in TABLES]


def test_the_same_programme_is_the_same_zip(published):
    one, other = (exports.to_csv_zip(exports.build_draft_records(), factories.HA_NOI) for _ in range(2))
    assert one == other


def test_release_as_json_is_its_document(published):
    desk = admin_client_for(make_organizer("Viewers"))
    response = desk.get(f"{EXPORT}release-1.json")
    assert json.loads(response.content) == Release.objects.get().document


def test_release_is_exported_as_it_was(published):
    Session.objects.filter(slug="opening").update(title_en="Renamed since")
    data = exports.to_xlsx(exports.build_release_records(Release.objects.get().document), factories.HA_NOI)
    titles = [row["Title (English)"] for row in sheet(data, "Sessions")]
    assert "Opening" in titles
    assert "Secret talks" not in titles


def test_importing_a_release_changes_nothing_that_it_published(published):
    data = exports.to_xlsx(exports.build_release_records(Release.objects.get().document), factories.HA_NOI)
    assert imports.preview_import(data).is_empty


def test_template_is_read_as_empty_tables(conference):
    assert imports.preview_import(exports.build_import_template()).is_empty


@pytest.mark.parametrize("form", ["xlsx", "csv", "json", "sessions", "links"])
def test_those_who_see_the_programme_may_export_it(published, form):
    response = admin_client_for(make_organizer("Viewers")).get(f"{EXPORT}edited.{form}")
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith("attachment")
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("page", ["", "edited.xlsx", "release-1.json"])
def test_others_may_not(published, page):
    assert admin_client_for(make_organizer("Registrars")).get(EXPORT + page).status_code == 403


@pytest.mark.parametrize("page", ["edited.pdf", "release-9.json"])
def test_what_does_not_exist_is_not_found(published, page):
    assert admin_client_for(make_organizer("Viewers")).get(EXPORT + page).status_code == 404


def test_page_lists_the_releases(published):
    response = admin_client_for(make_organizer("Viewers")).get(EXPORT)
    assert "release-1.xlsx" in response.content.decode()
