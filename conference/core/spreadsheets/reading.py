"""Reading of CSV and XLSX files with limits."""

import csv
import io
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

import openpyxl
from django.utils.translation import gettext as _

from .archives import ArchiveFeatures, inspect_archive
from .file_types import ZIP_SIGNATURE, check_file_type
from .limits import (
    MAX_BYTES,
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_ROWS,
    SpreadsheetError,
    damaged,
    make_too_large_error,
    too_many_rows,
)
from .writing import ESCAPED_FORMULA_PREFIX

# The escape sequence, except for NUL and surrogates, which PostgreSQL cannot store.
XML_ESCAPE = re.compile(r"_x((?!0000|[Dd][89A-Fa-f])[0-9A-Fa-f]{4})_")
# A first line that names the delimiter; spreadsheet programs write and read it, and do not count it as a row.
DELIMITER_LINE = re.compile(r"\A\"?sep=(?P<delimiter>[^\r\n\"])\"?[ \t]*(\r\n|\r|\n|\Z)", re.IGNORECASE)


@dataclass(frozen=True)
class InvalidCell:
    """A cell whose content is not accepted."""

    reason: str


@dataclass(frozen=True)
class CellNote:
    """A remark about how a cell was read; column is the index of the cell in its row."""

    row: int
    column: int
    text: str


@dataclass(frozen=True)
class SheetData:
    """The content of a sheet.

    rows are pairs of the row number shown by spreadsheet programs and the cells; empty rows are left out.
    heading_rows are the numbers of rows whose only content is one cell merged across columns.
    """

    name: str
    rows: list
    notes: list[CellNote] = field(default_factory=list)
    heading_rows: set[int] = field(default_factory=set)


def read_spreadsheet(data: bytes) -> list[SheetData]:
    """Return the sheets of a workbook, or a CSV file as one sheet without a name. Raises SpreadsheetError."""
    if len(data) > MAX_BYTES:
        raise make_too_large_error()
    check_file_type(data)
    if data.startswith(ZIP_SIGNATURE):
        return read_xlsx(data)
    return [SheetData("", nonempty_rows(enumerate(read_csv(decode(data)), 1)))]


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
    if named := DELIMITER_LINE.match(text):
        delimiter, text = named["delimiter"], text[named.end() :]
    else:
        first_line = text.lstrip("\r\n").partition("\n")[0]
        delimiter = max(",;\t", key=first_line.count)
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            yield [unescape_formula(cell) or None for cell in record]
    # A delimiter that csv rejects, such as a space at the end of a line, is a TypeError or ValueError.
    except (csv.Error, TypeError, ValueError):
        raise damaged() from None


def unescape_formula(text: str) -> str:
    return text[1:] if ESCAPED_FORMULA_PREFIX.match(text) else text


def nonempty_rows(numbered_rows: Iterable[tuple[int, list]]) -> list[tuple[int, list]]:
    """Return the rows that have content. Raises SpreadsheetError for more than MAX_ROWS of them or MAX_CELLS cells."""
    rows: list[tuple[int, list]] = []
    cells = 0
    for number, row in numbered_rows:
        if not any(has_content(cell) for cell in row):
            continue
        cells += len(row)
        if len(rows) >= MAX_ROWS or cells > MAX_CELLS:
            raise too_many_rows()
        rows.append((number, row))
    return rows


def has_content(cell: object) -> bool:
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))


def read_xlsx(data: bytes) -> list[SheetData]:
    features = inspect_archive(data)
    try:
        workbook = load_workbook(data, features)
        cached = load_workbook(data, features, cached_values=True) if features.has_formulas else None
        return [
            read_sheet(sheet, cached.worksheets[index] if cached else None)
            for index, sheet in enumerate(workbook.worksheets)
        ]
    except SpreadsheetError:
        raise
    # openpyxl raises nearly anything for a malformed file: KeyError, ValueError, ParseError, BadZipFile.
    except Exception as error:
        raise damaged() from error


def load_workbook(data: bytes, features: ArchiveFeatures, *, cached_values: bool = False) -> Any:
    with warnings.catch_warnings():
        # openpyxl warns about what it does not keep: drop-down lists, colours.
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(
            io.BytesIO(data),
            # The streaming mode does not give merged cells.
            read_only=not features.merged_cells,
            data_only=cached_values,
            keep_links=False,
        )


def read_sheet(sheet: Any, cached: Any) -> SheetData:
    """Return the content of a sheet; cached is the same sheet with the last values of its formulas, if it has any."""
    notes: list[CellNote] = []
    pairs = iterate_rows(sheet, cached)
    rows = [(number, read_cells(number, row, cached_row, notes)) for number, (row, cached_row) in pairs]
    headings = spread_merged_cells(rows, getattr(sheet, "merged_cells", None), notes)
    return SheetData(sheet.title, nonempty_rows(rows), notes, headings)


def iterate_rows(sheet: Any, cached: Any) -> Iterator[tuple[int, tuple]]:
    """Yield the number of each row, and a pair of its cells and its cached cells."""
    cached_rows = list_rows(cached) if cached else ()
    return enumerate(zip_longest(list_rows(sheet), cached_rows, fillvalue=()), 1)


def list_rows(sheet: Any) -> Iterable[tuple]:
    # In streaming mode the dimensions are those that the file states, which may be wrong.
    if hasattr(sheet, "reset_dimensions"):
        sheet.reset_dimensions()
        return sheet.iter_rows(max_col=MAX_COLUMNS)
    return sheet.iter_rows(max_col=min(MAX_COLUMNS, sheet.max_column))


def read_cells(number: int, row: Iterable, cached_row: Iterable, notes: list[CellNote]) -> list:
    """Return the cells of a row up to the last one with content."""
    cells: list = []
    for index, (cell, cached) in enumerate(zip_longest(row, cached_row)):
        if cell is not None and cell.data_type == "f":
            cells.append(read_formula(cached))
            if not isinstance(cells[-1], InvalidCell):
                notes.append(CellNote(number, index, _("Formulas were read as the values that they last had.")))
        else:
            cells.append(None if cell is None else cell_value(cell))
    while cells and cells[-1] is None:
        cells.pop()
    return cells


def read_formula(cached: Any) -> object:
    value = None if cached is None else cell_value(cached)
    if value is None:
        return InvalidCell(
            _("This cell contains a formula without a calculated value. Copy the cells and paste them as values.")
        )
    return value


def cell_value(cell: Any) -> object:
    if cell.data_type == "e":
        return InvalidCell(_("This cell contains an error (%(error)s).") % {"error": cell.value})
    if isinstance(cell.value, str):
        return unescape_formula(XML_ESCAPE.sub(lambda found: chr(int(found[1], 16)), cell.value)) or None
    return cell.value


def spread_merged_cells(rows: list[tuple[int, list]], merged: Any, notes: list[CellNote]) -> set[int]:
    """Repeat the value of cells merged over several rows in each row with other content, in their first column.

    Return the numbers of the rows whose only content is one cell merged across columns.
    """
    headings = set()
    filled = {number for number, cells in rows if any(map(has_content, cells))}
    for area in merged.ranges if merged else ():
        left, top, right, bottom = area.bounds
        if top > len(rows) or left > len(rows[top - 1][1]):
            continue
        value = rows[top - 1][1][left - 1]
        if right > left and top == bottom and sum(map(has_content, rows[top - 1][1])) == 1:
            headings.add(top)
        for number, cells in rows[top:bottom]:
            if number not in filled:
                continue
            cells.extend([None] * (left - len(cells)))
            cells[left - 1] = value
            notes.append(CellNote(number, left - 1, _("The value of merged cells was read for each of their rows.")))
    return headings
