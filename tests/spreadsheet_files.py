"""Spreadsheet files for tests of imports."""

import io
import zipfile

import openpyxl
import pytest

from conference.core.spreadsheets import write_csv
from sessions.imports import ImportFailedError, preview_import

HEADERS = ["Title (English)", "Kind", "Start", "End"]
OPENING = ["Opening", "ceremony", "2020-12-07 18:00", "2020-12-07 19:30"]
# The session "opening" of the full programme with another title.
RENAMED_OPENING = write_csv([["Slug", *HEADERS], ["opening", "Grand opening", *OPENING[1:]]])


def make_csv(headers, *rows):
    """Return a CSV file."""
    return write_csv([headers, *rows])


def make_workbook(**sheets):
    """Return a workbook: sheet=[headers, row, row]."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def merge_cells(data, area):
    """Return the workbook with merged cells in its first sheet."""
    workbook = openpyxl.load_workbook(io.BytesIO(data))
    workbook.worksheets[0].merge_cells(area)
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def replace_member(data, name, content):
    """Return the workbook with other content of one archive member."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            new.writestr(member, content if member == name else old.read(member))
    return file.getvalue()


def make_sheet_xml(rows):
    space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return b'<worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>' % (space, rows)


def get_problems(data, *, run=preview_import, **options):
    """Return the problems of a file that cannot be imported, one for each line."""
    with pytest.raises(ImportFailedError) as error:
        run(data, **options)
    return str(error.value)


def get_notes(data, **options):
    """Return the notes on a file that can be imported."""
    return [str(note) for note in preview_import(data, **options).notes]
