"""Writing of CSV and XLSX files, so that no cell is taken for a formula.

A text that would be a formula gets an apostrophe in front; reading removes it.
"""

import csv
import datetime
import io
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from .limits import MAX_ROWS

# Characters that start a formula in spreadsheet programs; some convert full-width characters first.
FORMULA_PREFIX = re.compile(r"'*[=+\-@\t\r＝＋－＠]")
ESCAPED_FORMULA_PREFIX = re.compile(r"'+[=+\-@\t\r＝＋－＠]")
# Characters that XML cannot contain, and text that looks like their escape sequence (ECMA-376 22.9.2.19).
XML_ILLEGAL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
NUMBER_FORMATS = {
    str: "@",
    datetime.datetime: "yyyy-mm-dd hh:mm",
    datetime.date: "yyyy-mm-dd",
    datetime.time: "hh:mm",
}
HEADER_FONT, GREYED_FONT = Font(bold=True), Font(italic=True, color="FF6B6B6B")


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
