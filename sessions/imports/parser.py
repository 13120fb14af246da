"""What a file holds: from sheets to rows of values, by table."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from conference.core import spreadsheets
from conference.core.spreadsheets import InvalidCell, SpreadsheetError
from conference.core.text import normalize_for_search
from sessions.releases.draft import get_conference_time_zone

from .cell_types import CellValueError, cell_to_text, normalize_name
from .columns import EXAMPLE_MARKER, INSTRUCTIONS_SHEET, TABLES
from .errors import ImportFailedError, ImportProblem


@dataclass
class ParsedRow:
    """One row of a sheet: {column's name: value}, an empty cell being None."""

    sheet: str
    table: object
    number: int
    values: dict
    # The columns in which something is wrong that has been said already.
    error_columns: set = field(default_factory=set)

    def make_problem(self, text, name=""):
        return ImportProblem(str(text), self.sheet, self.number, self.table.column(name).header if name else "")

    def get(self, name):
        return self.values.get(name)


@dataclass
class ParsedTable:
    """One table of the file: its columns' names, its rows, and what of them cannot be read."""

    table: object
    column_names: set
    rows: list = field(default_factory=list)
    problems: list = field(default_factory=list)


def parse_file(data):
    """What the file holds, by table. Raises Refused with everything that can be seen without the editing tables, and
    Conference.DoesNotExist."""
    try:
        sheets = spreadsheets.read_spreadsheet(data)
    except SpreadsheetError as reason:
        raise ImportFailedError([ImportProblem(str(reason))]) from reason
    problems, contents, zone = [], {}, get_conference_time_zone()
    for sheet in sheets:
        if sheet.rows and normalize_name(sheet.name).casefold() != INSTRUCTIONS_SHEET.casefold():
            parse_sheet(sheet, contents, problems, zone)
    if not contents and not problems:
        problems.append(ImportProblem(_("This file is empty.")))
    if problems:
        raise ImportFailedError(problems)
    return contents


def parse_sheet(sheet, contents, problems, zone):
    """Add the sheet to the contents, or what is wrong with it as a whole to the problems."""
    (_number, headers), *rows = sheet.rows
    headers = ["" if isinstance(cell, InvalidCell) else normalize_name(cell_to_text(cell)) for cell in headers]
    table = identify_table(sheet.name, headers)
    if table is None:
        problems.append(ImportProblem(format_unknown_table(), sheet.name))
        return
    name = sheet.name or table.name
    if table in contents:
        problems.append(ImportProblem(_("This sheet appears twice in the file."), name))
        return
    columns = [table.find_column(header) for header in headers]
    found = check_headers(name, table, headers, columns)
    problems += found
    if not found:
        content = ParsedTable(table, {column.name for column in columns if column})
        read = (parse_row(name, columns, number, cells, content, zone) for number, cells in rows)
        content.rows = [row for row in read if row]
        contents[table] = content


def identify_table(name, headers):
    """By the sheet's name, else the one table that all of the headers fit."""
    wanted = normalize_name(name).casefold()
    if called := next((table for table in TABLES if table.name.casefold() == wanted), None):
        return called
    fitting = [
        t
        for t in TABLES
        if all(t.find_column(h) for h in headers if h) and not list_missing_headers(t, map(t.find_column, headers))
    ]
    if fitting or wanted:
        return fitting[0] if len(fitting) == 1 else None
    # A CSV file with a mistake in its header: the table that most of it fits, so that the mistake can be named.
    scores = sorted(((sum(bool(t.find_column(h)) for h in headers), -n) for n, t in enumerate(TABLES)), reverse=True)
    return TABLES[-scores[0][1]] if scores[0][0] > scores[1][0] else None


def list_missing_headers(table, columns):
    there = {column.name for column in columns if column}
    return [column.header for column in table.columns if column.is_required and column.name not in there]


def format_unknown_table():
    known = ", ".join(table.name for table in TABLES)
    return _("Unknown sheet. Expected: %(known)s.") % {"known": known}


def check_headers(name, table, headers, columns):
    unknown = [header for header, column in zip(headers, columns, strict=True) if header and not column]
    there = [column.name for column in columns if column]
    twice = sorted({table.column(name).header for name in there if there.count(name) > 1})
    for headers, sentence in (
        (unknown, _("Unknown columns: %(columns)s. Columns of this sheet: %(known)s.")),
        (list_missing_headers(table, columns), _("Missing columns: %(columns)s.")),
        (twice, _("Duplicate columns: %(columns)s.")),
    ):
        if headers:
            known = ", ".join(column.header for column in table.columns)
            return [ImportProblem(sentence % {"columns": ", ".join(headers), "known": known}, name, 1)]
    return []


def parse_row(sheet, columns, number, cells, content, zone):
    """The row, or None for an example; what cannot be read is a problem and as good as empty."""
    row, problems = ParsedRow(sheet, content.table, number, {}), content.problems
    if any(
        isinstance(cell, str) and normalize_for_search(cell.strip()) == EXAMPLE_MARKER
        for cell in select_cells(columns, cells, "id")
    ):
        return None
    for place, cell in enumerate(cells):
        column = columns[place] if place < len(columns) else None
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            continue
        if column is None:
            problems.append(ImportProblem(_("A column without a header contains data."), sheet, number))
            continue
        try:
            row.values[column.name] = parse_cell(column, cell, zone)
        except CellValueError as reason:
            row.error_columns.add(column.name)
            problems.append(row.make_problem(reason, column.name))
    return row


def select_cells(columns, cells, name):
    return [cell for column, cell in zip(columns, cells, strict=False) if column and column.name == name]


def parse_cell(column, cell, zone):
    if isinstance(cell, InvalidCell):
        raise CellValueError(cell.reason)
    return column.cell_type.read(cell, zone)
