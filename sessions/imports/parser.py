"""Parsing of a file: from sheets to rows of values by table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from conference.core import spreadsheets
from conference.core.i18n.names import make_loose_key
from conference.core.spreadsheets import InvalidCell, SheetData, SpreadsheetError
from conference.models import Conference

from .cell_types import CellContext, DateCell, DateTimeCell, cell_to_text
from .columns import EXAMPLE_MARKER, INSTRUCTIONS_SHEET, TABLES, Column, Table
from .dates import DateOrder, DateOrderChoice, choose_date_order
from .errors import CellValueError, ImportFailedError, ImportProblem
from .layout import SheetLayout, check_headers, find_layout, is_repeated_header, list_header_notes

# The length of values that problems quote.
MAX_VALUE_LENGTH = 40


@dataclass
class ParsedRow:
    """One row of a sheet; values are by column name and lack empty cells."""

    sheet: str
    table: Table
    number: int
    values: dict[str, object]
    # Names of the columns whose problem is already reported.
    error_columns: set[str] = field(default_factory=set)

    def make_problem(self, text: object, column: str = "", kind: str = "", value: str = "") -> ImportProblem:
        header = self.table.column(column).header if column else ""
        return ImportProblem(str(text), self.sheet, self.number, header, kind, value)

    def get(self, name: str):
        return self.values.get(name)


@dataclass
class ParsedTable:
    """One table of the file: its column names, its rows and the problems of its cells."""

    table: Table
    column_names: set[str]
    rows: list[ParsedRow] = field(default_factory=list)
    problems: list[ImportProblem] = field(default_factory=list)


@dataclass
class ParsedFile:
    """The tables of a file, notes on what was ignored or interpreted, and the order of day and month."""

    tables: dict[Table, ParsedTable]
    notes: list[ImportProblem]
    dates: DateOrderChoice
    context: CellContext


def parse_file(data: bytes, date_order: DateOrder | None = None) -> ParsedFile:
    """Return the content of the file; date_order is what the user chose, if anything.

    Raises ImportFailedError with all problems that do not depend on the draft, and Conference.DoesNotExist.
    """
    try:
        sheets = spreadsheets.read_spreadsheet(data)
    except SpreadsheetError as error:
        raise ImportFailedError([ImportProblem(str(error))]) from error
    conference, notes = Conference.objects.get(), []
    layouts = find_layouts(sheets, notes)
    dates = choose_date_order(iterate_date_texts(layouts), conference.starts_on, conference.ends_on, date_order)
    context = CellContext(ZoneInfo(conference.time_zone), dates.order or DateOrder.DAY_FIRST)
    tables = {layout.table: parse_table(layout, context, notes) for layout in layouts}
    return ParsedFile(tables, notes, dates, context)


def find_layouts(sheets: Sequence[SheetData], notes: list[ImportProblem]) -> list[SheetLayout]:
    """Return the layouts of the sheets that contain a table. Raises ImportFailedError."""
    sheets = [sheet for sheet in sheets if sheet.rows and not is_instructions(sheet)]
    if not sheets:
        raise ImportFailedError([ImportProblem(_("This file is empty."))])
    found = [(sheet, find_layout(sheet)) for sheet in sheets]
    own_names = {make_loose_key(table.name) for table in TABLES}
    layouts = [
        layout for sheet, layout in found if layout and (layout.is_complete or make_loose_key(sheet.name) in own_names)
    ]
    # In a file without a complete table, the most similar one is reported for its missing columns.
    layouts = layouts or sorted((layout for _sheet, layout in found if layout), key=lambda layout: layout.score)[-1:]
    if not layouts:
        raise ImportFailedError([ImportProblem(format_unknown_sheet(), sheet.name) for sheet in sheets])
    used = [layout.sheet for layout in layouts]
    notes += [
        ImportProblem(_("This sheet was ignored: it is none of the tables of the programme."), sheet.name)
        for sheet in sheets
        if sheet not in used
    ]
    if problems := [*list_repeated_tables(layouts), *(problem for each in layouts for problem in check_headers(each))]:
        raise ImportFailedError(problems)
    return layouts


def is_instructions(sheet: SheetData) -> bool:
    return make_loose_key(sheet.name) == make_loose_key(INSTRUCTIONS_SHEET)


def format_unknown_sheet() -> str:
    names = ", ".join(table.name for table in TABLES)
    return _("Unknown sheet. Expected: %(known)s.") % {"known": names}


def list_repeated_tables(layouts: Sequence[SheetLayout]) -> Iterator[ImportProblem]:
    first_layouts: dict[Table, SheetLayout] = {}
    for layout in layouts:
        first = first_layouts.setdefault(layout.table, layout)
        if first is not layout:
            text = _("This sheet has the same table as the sheet “%(name)s”. Keep one of them.")
            yield ImportProblem(text % {"name": first.name}, layout.name)


def iterate_date_texts(layouts: Sequence[SheetLayout]) -> Iterator[str]:
    """Yield the texts in the columns of dates, without those of example rows."""
    for layout in layouts:
        for _number, cells in layout.sheet.rows[layout.header_index + 1 :]:
            if not is_example(layout.columns, cells):
                for column, cell in zip(layout.columns, cells, strict=False):
                    if column and isinstance(column.cell_type, DateCell | DateTimeCell) and isinstance(cell, str):
                        yield cell


def parse_table(layout: SheetLayout, context: CellContext, notes: list[ImportProblem]) -> ParsedTable:
    parsed = ParsedTable(layout.table, {column.name for column in layout.columns if column})
    notes += list_header_notes(layout)
    notes += list_cell_notes(layout)
    first_rows: dict[str, int] = {}
    for number, cells in layout.sheet.rows[layout.header_index + 1 :]:
        if is_example(layout.columns, cells):
            continue
        if reason := find_reason_to_skip(layout, number, cells):
            notes.append(ImportProblem(reason, layout.name, number))
            continue
        row = parse_row(layout, number, cells, parsed, context, notes)
        if row.values and not row.get("placeholder_en"):
            first = first_rows.setdefault(repr(sorted(row.values.items())), number)
            if first != number:
                parsed.problems.append(make_duplicate_problem(row, first))
                continue
        parsed.rows.append(row)
    return parsed


def make_duplicate_problem(row: ParsedRow, first: int) -> ImportProblem:
    message = _("This is a duplicate of row %(row)d.")
    return row.make_problem(message % {"row": first}, kind=message)


def list_cell_notes(layout: SheetLayout) -> Iterator[ImportProblem]:
    for note in layout.sheet.notes:
        column = layout.columns[note.column] if note.column < len(layout.columns) else None
        if column and note.row > layout.header_row:
            yield ImportProblem(note.text, layout.name, note.row, column.header)


def find_reason_to_skip(layout: SheetLayout, number: int, cells: Sequence[object]) -> str:
    """Return why a row is no entry of the table, or an empty string."""
    if is_repeated_header(layout, cells):
        return _("Repeated headers were ignored.")
    required = [index for index, column in enumerate(layout.columns) if column and column.is_required]
    is_incomplete = any(index >= len(cells) or cells[index] is None for index in required)
    if number in layout.sheet.heading_rows and is_incomplete:
        return _("A heading in merged cells was ignored.")
    return ""


def parse_row(
    layout: SheetLayout,
    number: int,
    cells: Sequence[object],
    parsed: ParsedTable,
    context: CellContext,
    notes: list[ImportProblem],
) -> ParsedRow:
    """Return the row. An invalid cell adds a problem and counts as empty."""
    row = ParsedRow(layout.name, layout.table, number, {})
    for index, cell in enumerate(cells):
        column = layout.columns[index] if index < len(layout.columns) else None
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            continue
        if column is None:
            if index >= len(layout.headers) or not layout.headers[index]:
                notes.append(row.make_problem(_("A column without a header was ignored.")))
            continue
        try:
            row.values[column.name] = parse_cell(column, cell, context)
        except CellValueError as error:
            row.error_columns.add(column.name)
            value = "" if isinstance(cell, InvalidCell) else truncate(cell_to_text(cell))
            parsed.problems.append(row.make_problem(error, column.name, value=value))
    return row


def truncate(text: str) -> str:
    return text if len(text) <= MAX_VALUE_LENGTH else f"{text[:MAX_VALUE_LENGTH]}…"


def is_example(columns: Sequence[Column | None], cells: Sequence[object]) -> bool:
    return any(
        isinstance(cell, str) and make_loose_key(cell) == EXAMPLE_MARKER
        for column, cell in zip(columns, cells, strict=False)
        if column and column.name == "id"
    )


def parse_cell(column: Column, cell: object, context: CellContext) -> object:
    if isinstance(cell, InvalidCell):
        raise CellValueError(cell.reason)
    return column.cell_type.read(cell, context)
