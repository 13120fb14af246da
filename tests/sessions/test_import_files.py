"""Tests of uploaded files that are not accepted, and of unusual workbooks."""

import io
import zipfile

import pytest

from conference.core.spreadsheets import MAX_BYTES
from sessions.imports import preview_import, run_import
from sessions.models import Room, Session

from ..spreadsheet_files import (
    HEADERS,
    OPENING,
    get_notes,
    get_problems,
    make_sheet_xml,
    make_workbook,
    merge_cells,
    replace_member,
)

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
        (b"\x89PNG\r\n\x1a\n\0\0", "This is a PNG picture, not a spreadsheet."),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "This is a JPEG picture, not a spreadsheet."),
        (b"\0\0\0\x18ftypheic\0\0", "This is a HEIC picture, not a spreadsheet."),
        (b"RIFF\0\0\0\0WEBPVP8 ", "This is a WebP picture, not a spreadsheet."),
        (b"%PDF-1.7\n", "This is a document (PDF), not a spreadsheet."),
        (b"<!DOCTYPE html><table></table>", "This is a document (HTML)"),
        (b'a,"b\n', "damaged or not a spreadsheet"),
        (b"", "This file is empty."),
        (b"one,two\n1,2\n", "Unknown sheet."),
    ],
)
def test_preview_import_of_unreadable_file_reports_reason(conference, data, message):
    assert message in get_problems(data)


@pytest.mark.parametrize(
    ("member", "content", "message"),
    [
        ("hello.txt", "hello", "This is an archive (ZIP), not a spreadsheet. Unpack it and choose one of its files."),
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet", "another format (OpenDocument, .ods)."),
        ("mimetype", "application/vnd.oasis.opendocument.text", "This is a document (OpenDocument)"),
        ("word/document.xml", "<w/>", "This is a document (Word)"),
        ("xl/workbook.bin", "", "This spreadsheet has another format (.xlsb)."),
        ("Index/Document.iwa", "", "This spreadsheet has another format (Numbers)."),
    ],
)
def test_preview_import_of_zip_without_workbook_names_its_type(conference, member, content, message):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(member, content)
    assert message in get_problems(file.getvalue())


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


# What is read although it is no part of a table


def test_run_import_ignores_extra_columns_with_note(conference):
    data = make_workbook(Sessions=[[*HEADERS, "Catering", "Sumary (English)"], [*OPENING, "tea", "Welcome"]])
    assert get_notes(data) == [
        "Sessions: The column “Catering” was ignored.",
        "Sessions: The column “Sumary (English)” was ignored. Did you mean “Summary (English)”?",
    ]
    run_import(data)
    assert Session.objects.get().title_en == "Opening"


def test_run_import_ignores_other_sheets_with_note(conference):
    data = make_workbook(Sessions=[HEADERS, OPENING], Notes=[["To do"], ["Call the hotel"]])
    assert get_notes(data) == ["Notes: This sheet was ignored: it is none of the tables of the programme."]


def test_preview_import_of_workbook_without_table_is_refused(conference):
    assert "Notes: Unknown sheet." in get_problems(make_workbook(Notes=[["To do"], ["Call the hotel"]]))


def test_run_import_finds_headers_below_title_rows(conference):
    data = make_workbook(Sessions=[["Programme of the conference"], [None, "as of 1 December"], [], HEADERS, OPENING])
    assert get_notes(data) == ["Sessions, rows 1–2: Rows above the headers were ignored."]
    run_import(data)
    assert Session.objects.get().title_en == "Opening"


@pytest.mark.parametrize("headers", [
    ["title", "KIND", "start ", "end"],
    ["Title (EN)", "Type", "Start time", "End time"],
    ["title_en", "kind", "starts_at", "ends_at"],
    ["Ｔｉｔｌｅ", "Session type", "From", "To"],
])  # fmt: skip
def test_run_import_recognizes_other_spellings_of_headers(conference, headers):
    run_import(make_workbook(Sheet1=[headers, OPENING]))
    assert Session.objects.get().title_en == "Opening"


def test_run_import_repeats_value_of_merged_cells(conference):
    rows = [["Title", "Kind", "Date", "Start", "End"], ["A", "break", "2020-12-07", "10:00", "11:00"]]
    rows += [["B", "break", None, "12:00", "13:00"], [None] * 5, ["C", "break", "2020-12-08", "10:00", "11:00"]]
    data = merge_cells(make_workbook(Sessions=rows), "C2:C4")
    assert get_notes(data) == [
        "Sessions, row 3, column “Date”: The value of merged cells was read for each of their rows."
    ]
    run_import(data)
    assert [str(session.starts_at.date()) for session in Session.objects.order_by("title_en")] == [
        "2020-12-07", "2020-12-07", "2020-12-08",
    ]  # fmt: skip


def test_run_import_ignores_headings_in_merged_cells(conference):
    data = merge_cells(make_workbook(Sessions=[HEADERS, ["Day 1"], OPENING]), "A2:D2")
    assert get_notes(data) == ["Sessions, row 2: A heading in merged cells was ignored."]
    assert [row.name for row in preview_import(data).summaries[0].new] == ["Opening"]


def test_preview_import_of_huge_merged_area_is_refused(conference):
    data = make_workbook(Sessions=[HEADERS, OPENING])
    sheet = b'<row r="1"><c r="A1" t="inlineStr"><is><t>Title</t></is></c></row>'
    xml = make_sheet_xml(sheet).replace(
        b"</worksheet>", b'<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells></worksheet>'
    )
    assert "Unmerge the cells" in get_problems(replace_member(data, "xl/worksheets/sheet1.xml", xml))


def test_run_import_reads_last_value_of_formula(conference):
    cells = b"".join(
        b'<c r="%s1" t="inlineStr"><is><t>%s</t></is></c>' % pair
        for pair in [(b"A", b"Title"), (b"B", b"Kind"), (b"C", b"Start"), (b"D", b"End")]
    )
    values = b'<c r="A2" t="str"><f>"Open"&amp;"ing"</f><v>Opening</v></c>'
    values += b'<c r="B2" t="inlineStr"><is><t>break</t></is></c>'
    values += b'<c r="C2"><f>DATE(2020,12,7)+0.75</f><v>44172.75</v></c><c r="D2"><v>44172.8125</v></c>'
    rows = b'<row r="1">%s</row><row r="2">%s</row>' % (cells, values)
    data = replace_member(make_workbook(Sessions=[HEADERS]), "xl/worksheets/sheet1.xml", make_sheet_xml(rows))
    assert get_notes(data) == [
        "Sessions, row 2, column “Title (English)”: Formulas were read as the values that they last had.",
        "Sessions, row 2, column “Start”: Formulas were read as the values that they last had.",
    ]
    run_import(data)
    assert Session.objects.get().title_en == "Opening"


def test_preview_import_with_formula_without_value_reports_location(conference):
    message = get_problems(make_workbook(Sessions=[HEADERS, ["=1+1", *OPENING[1:]]]))
    assert message.startswith("Sessions, row 2, column “Title (English)”: This cell contains a formula without")


def test_run_import_of_csv_with_delimiter_line_uses_its_delimiter(conference):
    lines = ["sep=;", ";".join(HEADERS), ";".join(["Peace, security", *OPENING[1:]])]
    run_import("\r\n".join(lines).encode())
    assert Session.objects.get().title_en == "Peace, security"


def test_preview_import_of_csv_with_delimiter_line_counts_rows_as_spreadsheet_programs(conference):
    lines = ["sep=;", ";".join(HEADERS), ";".join(["Opening", "party", *OPENING[2:]])]
    assert "row 2, column “Kind”" in get_problems("\n".join(lines).encode())


def test_preview_import_with_same_problem_in_many_rows_reports_it_once(conference):
    rows = [[f"Session {number}", "party", *OPENING[2:]] for number in range(60)]
    message = get_problems(make_workbook(Sessions=[HEADERS, *rows]))
    assert message.startswith("Sessions, rows 2–61, column “Kind”: Enter one of")
    assert "\n" not in message


def test_preview_import_with_unknown_names_groups_them(conference):
    rows = [[f"A{n}", *OPENING[1:], "Cellar" if n % 2 else "Attic"] for n in range(4)]
    message = get_problems(make_workbook(Sessions=[[*HEADERS, "Room"], *rows]))
    assert message == (
        "Sessions, column “Room”:\n  rows 2, 4: “Attic” does not exist.\n  rows 3, 5: “Cellar” does not exist."
    )


def test_preview_import_with_row_twice_reports_it(conference):
    message = get_problems(make_workbook(Sessions=[HEADERS, OPENING, OPENING]))
    assert message == "Sessions, row 3: This is a duplicate of row 2."
