"""Parsing of a file: from sheets to rows of values by table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from conference.core import spreadsheets
from conference.core.i18n.text import normalize_for_search
from conference.core.spreadsheets import InvalidCell, SheetData, SpreadsheetError
from sessions.releases.draft import get_conference_time_zone

from .cell_types import CellValueError, cell_to_text, normalize_name
from .columns import EXAMPLE_MARKER, INSTRUCTIONS_SHEET, TABLES, Column, Table
from .errors import ImportFailedError, ImportProblem


@dataclass
class ParsedRow:
    """One row of a sheet; values are by column name and lack empty cells."""

    sheet: str
    table: Table
    number: int
    values: dict[str, object]
    # Names of the columns whose problem is already reported.
    error_columns: set[str] = field(default_factory=set)

    def make_problem(self, text: object, column: str = "") -> ImportProblem:
        return ImportProblem(str(text), self.sheet, self.number, self.table.column(column).header if column else "")

    def get(self, name: str):
        return self.values.get(name)


@dataclass
class ParsedTable:
    """One table of the file: its column names, its rows and the problems of its cells."""

    table: Table
    column_names: set[str]
    rows: list[ParsedRow] = field(default_factory=list)
    problems: list[ImportProblem] = field(default_factory=list)


def parse_file(data: bytes) -> dict[Table, ParsedTable]:
    """Return the tables of the file.

    Raises ImportFailedError with all problems that do not depend on the draft, and Conference.DoesNotExist.
    """
    try:
        sheets = spreadsheets.read_spreadsheet(data)
    except SpreadsheetError as error:
        raise ImportFailedError([ImportProblem(str(error))]) from error
    problems, tables, zone = [], {}, get_conference_time_zone()
    for sheet in sheets:
        if sheet.rows and normalize_name(sheet.name).casefold() != INSTRUCTIONS_SHEET.casefold():
            parse_sheet(sheet, tables, problems, zone)
    if not tables and not problems:
        problems.append(ImportProblem(_("This file is empty.")))
    if problems:
        raise ImportFailedError(problems)
    return tables


def parse_sheet(
    sheet: SheetData, tables: dict[Table, ParsedTable], problems: list[ImportProblem], zone: ZoneInfo
) -> None:
    """Add the sheet to tables, or a problem that concerns the whole sheet to problems."""
    (_number, headers), *rows = sheet.rows
    headers = ["" if isinstance(cell, InvalidCell) else normalize_name(cell_to_text(cell)) for cell in headers]
    table = identify_table(sheet.name, headers)
    if table is None:
        problems.append(ImportProblem(format_unknown_table(), sheet.name))
        return
    name = sheet.name or table.name
    if table in tables:
        problems.append(ImportProblem(_("This sheet appears twice in the file."), name))
        return
    columns = [table.find_column(header) for header in headers]
    header_problems = check_headers(name, table, headers, columns)
    problems += header_problems
    if header_problems:
        return
    parsed = ParsedTable(table, {column.name for column in columns if column})
    parsed_rows = (parse_row(name, columns, number, cells, parsed, zone) for number, cells in rows)
    parsed.rows = [row for row in parsed_rows if row]
    tables[table] = parsed


def identify_table(name: str, headers: Sequence[str]) -> Table | None:
    """Return the table with the sheet's name, else the only table that has all headers."""
    wanted = normalize_name(name).casefold()
    if named := next((table for table in TABLES if table.name.casefold() == wanted), None):
        return named
    fitting = [table for table in TABLES if has_headers(table, headers)]
    if fitting or wanted:
        return fitting[0] if len(fitting) == 1 else None
    # A CSV file with a wrong header: the table that has most of the headers, so that the wrong one can be reported.
    scores = sorted(
        ((sum(bool(table.find_column(header)) for header in headers), -index) for index, table in enumerate(TABLES)),
        reverse=True,
    )
    return TABLES[-scores[0][1]] if scores[0][0] > scores[1][0] else None


def has_headers(table: Table, headers: Sequence[str]) -> bool:
    columns = [table.find_column(header) for header in headers]
    is_known = all(column for header, column in zip(headers, columns, strict=True) if header)
    return is_known and not list_missing_headers(table, columns)


def list_missing_headers(table: Table, columns: Iterable[Column | None]) -> list[str]:
    names = {column.name for column in columns if column}
    return [column.header for column in table.columns if column.is_required and column.name not in names]


def format_unknown_table() -> str:
    names = ", ".join(table.name for table in TABLES)
    return _("Unknown sheet. Expected: %(known)s.") % {"known": names}


def check_headers(
    sheet: str, table: Table, headers: Sequence[str], columns: Sequence[Column | None]
) -> list[ImportProblem]:
    """Return a problem for unknown, else for missing, else for duplicate headers."""
    unknown = [header for header, column in zip(headers, columns, strict=True) if header and not column]
    names = [column.name for column in columns if column]
    duplicate = sorted({table.column(name).header for name in names if names.count(name) > 1})
    for wrong, message in (
        (unknown, _("Unknown columns: %(columns)s. Columns of this sheet: %(known)s.")),
        (list_missing_headers(table, columns), _("Missing columns: %(columns)s.")),
        (duplicate, _("Duplicate columns: %(columns)s.")),
    ):
        if wrong:
            known = ", ".join(column.header for column in table.columns)
            return [ImportProblem(message % {"columns": ", ".join(wrong), "known": known}, sheet, 1)]
    return []


def parse_row(
    sheet: str,
    columns: Sequence[Column | None],
    number: int,
    cells: Sequence[object],
    parsed: ParsedTable,
    zone: ZoneInfo,
) -> ParsedRow | None:
    """Return the row, or None for an example row. An invalid cell adds a problem and counts as empty."""
    if is_example(columns, cells):
        return None
    row = ParsedRow(sheet, parsed.table, number, {})
    for index, cell in enumerate(cells):
        column = columns[index] if index < len(columns) else None
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            continue
        if column is None:
            parsed.problems.append(ImportProblem(_("A column without a header contains data."), sheet, number))
            continue
        try:
            row.values[column.name] = parse_cell(column, cell, zone)
        except CellValueError as error:
            row.error_columns.add(column.name)
            parsed.problems.append(row.make_problem(error, column.name))
    return row


def is_example(columns: Sequence[Column | None], cells: Sequence[object]) -> bool:
    return any(
        isinstance(cell, str) and normalize_for_search(cell.strip()) == EXAMPLE_MARKER
        for column, cell in zip(columns, cells, strict=False)
        if column and column.name == "id"
    )


def parse_cell(column: Column, cell: object, zone: ZoneInfo) -> object:
    if isinstance(cell, InvalidCell):
        raise CellValueError(cell.reason)
    return column.cell_type.read(cell, zone)
