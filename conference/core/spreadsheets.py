"""CSV and XLSX files: read with limits, and written so that no cell is taken for a formula.

An uploaded file is untrusted. Before openpyxl opens it, its size, its unpacked size and the number of its rows, cells
and XML elements are checked, and document types and entities are rejected.
"""

import csv
import datetime
import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from xml.parsers import expat

import openpyxl
from django.utils.translation import gettext as _
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

MAX_BYTES, MAX_UNPACKED_BYTES, MAX_MEMBERS = 5_000_000, 60_000_000, 1000
MAX_ROWS, MAX_COLUMNS, MAX_CELLS, MAX_ELEMENTS = 20_000, 100, 400_000, 3_000_000
OLE_SIGNATURE, ZIP_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"
# An encrypted workbook is an OLE file, too, with a stream of this name in UTF-16.
ENCRYPTED_STREAM_NAME = "EncryptedPackage".encode("utf-16-le")

# Characters that start a formula in spreadsheet programs; some convert full-width characters first.
FORMULA_PREFIX = re.compile(r"'*[=+\-@\t\r＝＋－＠]")
ESCAPED_FORMULA_PREFIX = re.compile(r"'+[=+\-@\t\r＝＋－＠]")
# Characters that XML cannot contain, and text that looks like their escape sequence (ECMA-376 22.9.2.19).
XML_ILLEGAL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
# The escape sequence, except for NUL and surrogates, which PostgreSQL cannot store.
XML_ESCAPE = re.compile(r"_x((?!0000|[Dd][89A-Fa-f])[0-9A-Fa-f]{4})_")
NUMBER_FORMATS = {
    str: "@",
    datetime.datetime: "yyyy-mm-dd hh:mm",
    datetime.date: "yyyy-mm-dd",
    datetime.time: "hh:mm",
}
HEADER_FONT, GREYED_FONT = Font(bold=True), Font(italic=True, color="FF6B6B6B")


class SpreadsheetError(Exception):
    """The file cannot be read. The message is shown to the user."""


@dataclass(frozen=True)
class InvalidCell:
    """A cell whose content is not accepted."""

    reason: str


@dataclass(frozen=True)
class SheetData:
    """rows are pairs of the row number shown by spreadsheet programs and the cells; empty rows are left out."""

    name: str
    rows: list


# Reading


def read_spreadsheet(data: bytes) -> list[SheetData]:
    """Return the sheets of a workbook, or a CSV file as one sheet without a name. Raises SpreadsheetError."""
    if len(data) > MAX_BYTES:
        raise make_too_large_error()
    if data.startswith(OLE_SIGNATURE):
        raise (
            encrypted()
            if ENCRYPTED_STREAM_NAME in data
            else SpreadsheetError(
                _("This is an old Excel workbook (.xls). Save it as “Excel Workbook (.xlsx)” and try again.")
            )
        )
    if data.startswith(ZIP_SIGNATURE):
        return read_xlsx(data)
    return [SheetData("", nonempty_rows(enumerate(read_csv(decode(data)), 1)))]


def make_too_large_error() -> SpreadsheetError:
    return SpreadsheetError(
        _("This file is larger than %(size)d MB. Remove pictures and other content, and try again.")
        % {"size": MAX_BYTES // 1_000_000}
    )


def encrypted() -> SpreadsheetError:
    return SpreadsheetError(_("This workbook is protected by a password. Save it without a password and try again."))


def damaged() -> SpreadsheetError:
    return SpreadsheetError(_("This file is damaged or not a spreadsheet. Save it as .xlsx or CSV and try again."))


def too_many_rows() -> SpreadsheetError:
    return SpreadsheetError(
        _("This file has more than %(rows)d rows or %(cells)d cells. Select the empty rows "
"below the last entry as whole rows, delete them, save, and try again.")
        % {"rows": MAX_ROWS, "cells": MAX_CELLS}
    )  # fmt: skip


def decode(data: bytes) -> str:
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        raise SpreadsheetError(
            _("Unsupported text encoding. Save the file as “CSV UTF-8” (or as .xlsx) and try again.")
        ) from None
    if "\0" in text:
        raise damaged()
    return text


def read_csv(text: str) -> Iterator[list]:
    first_line = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",;\t", key=first_line.count)
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            yield [unescape_formula(cell) or None for cell in record]
    except csv.Error:
        raise damaged() from None


def nonempty_rows(numbered_rows: Iterable[tuple[int, list]]) -> list[tuple[int, list]]:
    """Return the rows that have content. Raises SpreadsheetError for more than MAX_ROWS of them or MAX_CELLS cells."""
    rows: list[tuple[int, list]] = []
    cells = 0
    for number, row in numbered_rows:
        if not any(cell is not None and (not isinstance(cell, str) or cell.strip()) for cell in row):
            continue
        cells += len(row)
        if len(rows) >= MAX_ROWS or cells > MAX_CELLS:
            raise too_many_rows()
        rows.append((number, row))
    return rows


def read_xlsx(data: bytes) -> list[SheetData]:
    inspect_archive(data)
    try:
        with warnings.catch_warnings():
            # openpyxl warns about what it does not keep: drop-down lists, colours.
            warnings.simplefilter("ignore")
            workbook = openpyxl.load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
            return [SheetData(sheet.title, nonempty_rows(sheet_rows(sheet))) for sheet in workbook.worksheets]
    except SpreadsheetError:
        raise
    # openpyxl raises nearly anything for a malformed file: KeyError, ValueError, ParseError, BadZipFile.
    except Exception as error:
        raise damaged() from error


def sheet_rows(sheet) -> Iterator[tuple[int, list]]:
    """Yield the number and the cells of each row, up to its last cell with content."""
    # The dimensions that the file states may be wrong.
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS), 1):
        cells = [cell_value(cell) for cell in row]
        while cells and cells[-1] is None:
            cells.pop()
        yield number, cells


def cell_value(cell):
    if cell.data_type == "f":
        return InvalidCell(_("This cell contains a formula. Copy the cells and paste them as values."))
    if cell.data_type == "e":
        return InvalidCell(_("This cell contains an error (%(error)s).") % {"error": cell.value})
    if isinstance(cell.value, str):
        return unescape_formula(XML_ESCAPE.sub(lambda found: chr(int(found[1], 16)), cell.value)) or None
    return cell.value


def inspect_archive(data: bytes) -> None:
    """Raise SpreadsheetError if the workbook is too large, encrypted, damaged or declares entities."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > MAX_UNPACKED_BYTES or len(members) > MAX_MEMBERS:
                raise SpreadsheetError(
                    _(
                        "The unpacked workbook is larger than %(size)d MB. Copy the data that you need into "
                        "a new workbook."
                    )
                    % {"size": MAX_UNPACKED_BYTES // 1_000_000}
                )
            if any(member.flag_bits & 1 for member in members):
                raise encrypted()
            for member in members:
                MemberInspector(member.filename).inspect(archive.read(member))
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, OSError, zlib.error):
        raise damaged() from None


class MemberInspector:
    """Counts rows, cells and elements of one archive member without building a tree."""

    def __init__(self, name: str):
        self.is_xml = name.lower().endswith((".xml", ".rels"))
        self.rows = self.cells = self.elements = 0

    def inspect(self, data: bytes) -> None:
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = self.reject_declaration
        parser.StartElementHandler = self.count_element
        try:
            parser.Parse(data, True)
        except (expat.ExpatError, LookupError, ValueError):
            if self.is_xml:
                raise damaged() from None

    def reject_declaration(self, *declaration):
        raise SpreadsheetError(
            _("This workbook contains XML entities or a document type declaration and was rejected.")
        )

    def count_element(self, name, attributes):
        self.elements += 1
        local_name = name.rpartition(":")[2]
        if local_name == "row":
            self.rows += 1
            digits = attributes.get("r", "1")[:9]
            if not digits.isdecimal():
                raise damaged()
            if int(digits) > MAX_ROWS:
                raise too_many_rows()
        self.cells += local_name == "c"
        if self.rows > MAX_ROWS or self.cells > MAX_CELLS or self.elements > MAX_ELEMENTS:
            raise too_many_rows()


# Writing. A text that would be a formula gets an apostrophe in front; reading removes it.


def unescape_formula(text: str) -> str:
    return text[1:] if ESCAPED_FORMULA_PREFIX.match(text) else text


def write_csv(rows: Iterable[Iterable]) -> bytes:
    """Return CSV in UTF-8 with the byte order mark that Excel expects; every cell is quoted."""
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows([csv_text(cell) for cell in row] for row in rows)
    return file.getvalue().encode("utf-8-sig")


def csv_text(cell) -> str:
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(" ", "seconds" if cell.second else "minutes")
    text = "" if cell is None else str(cell)
    return f"'{text}" if FORMULA_PREFIX.match(text) else text


@dataclass(frozen=True)
class HeaderCell:
    """The header of a column, with an optional note and the values to choose from."""

    header: str
    note: str = ""
    choices: tuple[str, ...] = ()


def write_xlsx(
    sheets: Iterable[tuple[str, Iterable]], *, notes: Iterable[str] = (), greyed_rows: Collection[int] = ()
) -> bytes:
    """Return a workbook of pairs of a name and rows; the first row of each consists of HeaderCells.

    notes are the title and the lines of a first sheet; greyed_rows are row numbers.
    """
    workbook = openpyxl.Workbook(write_only=True)
    if notes:
        title, *lines = notes
        sheet = workbook.create_sheet(title)
        sheet.column_dimensions["A"].width = 120
        write_rows(sheet, [[line] for line in lines])
    for name, (headers, *rows) in sheets:
        sheet = workbook.create_sheet(name)
        sheet.freeze_panes = "A2"
        sheet.append([header_cell(sheet, number, header) for number, header in enumerate(headers, 1)])
        write_rows(sheet, rows, [row - 2 for row in greyed_rows])
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def header_cell(sheet, number: int, header: HeaderCell) -> WriteOnlyCell:
    letter = get_column_letter(number)
    sheet.column_dimensions[letter].width = max(12, len(header.header) + 2)
    if header.choices:
        choice = DataValidation(type="list", formula1=f'"{",".join(header.choices)}"', allow_blank=True)
        choice.add(f"{letter}2:{letter}{MAX_ROWS}")
        sheet.data_validations.append(choice)
    cell = new_cell(sheet, str, HEADER_FONT)
    set_text(cell, header.header)
    if header.note:
        cell.comment = Comment(header.note, "", width=280, height=110)
    return cell


def write_rows(sheet, rows: Iterable[Iterable], greyed: Collection[int] = ()) -> None:
    """Append rows to a sheet; greyed are indexes into rows."""
    # openpyxl writes each cell before it takes the next one. One cell for each look is reused, because to style a cell
    # takes longer than to write it.
    cells = {kind: new_cell(sheet, kind) for kind in NUMBER_FORMATS}
    greyed_cells = {kind: new_cell(sheet, kind, GREYED_FONT) for kind in NUMBER_FORMATS}
    for index, row in enumerate(rows):
        sheet.append(fill_cells(greyed_cells if index in greyed else cells, row))


def new_cell(sheet, kind: type, font: Font | None = None) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet)
    cell.number_format = NUMBER_FORMATS[kind]
    if font:
        cell.font = font
    return cell


def fill_cells(cells: dict[type, WriteOnlyCell], row: Iterable) -> Iterator:
    for value in row:
        cell = cells.get(type(value))
        if value is None or value == "":
            yield None
        elif isinstance(value, str):
            yield set_text(cells[str], value)
        elif cell:
            cell.value = value
            yield cell
        else:
            yield value


def set_text(cell: WriteOnlyCell, value: str) -> WriteOnlyCell:
    text = f"'{value}" if ESCAPED_FORMULA_PREFIX.match(value) else value
    cell.value = XML_ILLEGAL.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
    # openpyxl takes text that begins with "=" for a formula.
    cell.data_type = "s"
    return cell
