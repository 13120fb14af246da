"""Tests of uploaded files that are not accepted, and of unusual workbooks."""

import io
import zipfile

import pytest

from conference.core.spreadsheets import MAX_BYTES
from sessions.imports import run_import
from sessions.models import Room

from ..spreadsheet_files import HEADERS, OPENING, get_problems, make_sheet_xml, make_workbook, replace_member

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("name", "encoding"), [("xl/worksheets/sheet1.xml", "utf-8"), ("xl/styles.xml", "utf-16")])
def test_preview_import_with_xml_entities_is_refused(conference, name, encoding):
    bomb = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>'.encode(encoding)
    assert "document type" in get_problems(replace_member(make_workbook(Sessions=[HEADERS, OPENING]), name, bomb))


@pytest.mark.slow
def test_preview_import_with_too_many_rows_is_refused(conference):
    rows = b"".join(b'<row r="%d"/>' % number for number in range(1, 1_000_001))
    data = replace_member(make_workbook(Sessions=[HEADERS]), "xl/worksheets/sheet1.xml", make_sheet_xml(rows))
    assert "Select the empty rows below the last entry" in get_problems(data)


@pytest.mark.slow
def test_run_import_of_empty_csv_lines_changes_nothing(conference):
    assert run_import(",".join(HEADERS).encode() + b"\n" + b",,,\n" * 1_000_000).is_empty


@pytest.mark.slow
def test_preview_import_of_decompression_bomb_is_refused(conference):
    bomb = replace_member(make_workbook(Sessions=[HEADERS]), "xl/worksheets/sheet1.xml", b" " * 61_000_000)
    assert len(bomb) < MAX_BYTES
    assert "The unpacked workbook is larger than 60 MB" in get_problems(bomb)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"x" * (MAX_BYTES + 1), "larger than 5 MB"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "an old Excel workbook (.xls)"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        (b"H\xf4i ngh\xee", "Save the file as “CSV UTF-8”"),
        ("Ten;Ngay".encode("utf-16-le"), "damaged or not a spreadsheet"),
        (b"PK\x03\x04 and no archive", "damaged or not a spreadsheet"),
        (b"\x89PNG\r\n\x1a\n\0\0", "Save the file as “CSV UTF-8”"),
        (b'a,"b\n', "damaged or not a spreadsheet"),
        (b"", "This file is empty."),
        (b"one,two\n1,2\n", "Unknown sheet."),
    ],
)
def test_preview_import_of_unreadable_file_reports_reason(conference, data, message):
    assert message in get_problems(data)


def test_preview_import_of_zip_without_workbook_is_refused(conference):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert "damaged or not a spreadsheet" in get_problems(file.getvalue())


def test_preview_import_with_infinite_number_reports_problem(conference):
    cells = b'<row r="1"><c t="inlineStr"><is><t>Title_en</t></is></c><c t="inlineStr"><is><t>Kind</t></is></c>'
    cells += b'<c t="inlineStr"><is><t>Start</t></is></c></row>'
    cells += b'<row r="2"><c t="inlineStr"><is><t>A</t></is></c><c t="inlineStr"><is><t>break</t></is></c>'
    data = replace_member(
        make_workbook(Sessions=[HEADERS]),
        "xl/worksheets/sheet1.xml",
        make_sheet_xml(cells + b"<c><v>1e999</v></c></row>"),
    )
    assert "row 2, column “Start”: Enter the time as 18:00" in get_problems(data)


def test_run_import_joins_rich_text_without_phonetic_hints(conference):
    text = b'<is><r><t>Main </t></r><r><t>Hall</t></r><rPh sb="0" eb="1"><t>main</t></rPh></is>'
    cells = b'<row r="1"><c t="inlineStr"><is><t>Room name (English)</t></is></c></row>'
    cells += b'<row r="3"><c r="A3" t="inlineStr">' + text + b"</c></row>"
    run_import(
        replace_member(
            make_workbook(Rooms=[["Room name (English)"]]), "xl/worksheets/sheet1.xml", make_sheet_xml(cells)
        )
    )
    assert Room.objects.get().name_en == "Main Hall"
