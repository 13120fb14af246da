"""What a file holds: from sheets to rows of values, by table."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from conference.core import spreadsheets
from conference.core.spreadsheets import InvalidCell, SpreadsheetError

from ..cells import Unreadable, plain, words
from ..exporting import zone_of_the_conference
from ..tables import EXAMPLE, READ_ME, TABLES
from ..text import fold
from .problems import Problem, Refused


@dataclass
class Row:
    """One row of a sheet: {column's name: value}, an empty cell being None."""

    sheet: str
    table: object
    number: int
    values: dict
    # The columns in which something is wrong that has been said already.
    wrong: set = field(default_factory=set)

    def problem(self, text, name=""):
        return Problem(str(text), self.sheet, self.number, self.table.column(name).header if name else "")

    def get(self, name):
        return self.values.get(name)


@dataclass
class Content:
    """One table of the file: its columns' names, its rows, and what of them cannot be read."""

    table: object
    names: set
    rows: list = field(default_factory=list)
    problems: list = field(default_factory=list)


def read(data):
    """What the file holds, by table. Raises Refused with everything that can be seen without the editing tables, and
    Conference.DoesNotExist."""
    try:
        sheets = spreadsheets.read(data)
    except SpreadsheetError as reason:
        raise Refused([Problem(str(reason))]) from reason
    problems, contents, zone = [], {}, zone_of_the_conference()
    for sheet in sheets:
        if sheet.rows and plain(sheet.name).casefold() != READ_ME.casefold():
            _take(sheet, contents, problems, zone)
    if not contents and not problems:
        problems.append(Problem(_("There is nothing in this file.")))
    if problems:
        raise Refused(problems)
    return contents


def _take(sheet, contents, problems, zone):
    """Add the sheet to the contents, or what is wrong with it as a whole to the problems."""
    (_number, headers), *rows = sheet.rows
    headers = ["" if isinstance(cell, InvalidCell) else plain(words(cell)) for cell in headers]
    table = _table(sheet.name, headers)
    if table is None:
        problems.append(Problem(_unknown_table(), sheet.name))
        return
    name = sheet.name or table.name
    if table in contents:
        problems.append(Problem(_("This table is in the file twice."), name))
        return
    columns = [table.called(header) for header in headers]
    found = _header_problems(name, table, headers, columns)
    problems += found
    if not found:
        content = Content(table, {column.name for column in columns if column})
        read = (_read(name, columns, number, cells, content, zone) for number, cells in rows)
        content.rows = [row for row in read if row]
        contents[table] = content


def _table(name, headers):
    """By the sheet's name, else the one table that all of the headers fit."""
    wanted = plain(name).casefold()
    if called := next((table for table in TABLES if table.name.casefold() == wanted), None):
        return called
    fitting = [t for t in TABLES if all(t.called(h) for h in headers if h) and not _missing(t, map(t.called, headers))]
    if fitting or wanted:
        return fitting[0] if len(fitting) == 1 else None
    # A CSV file with a mistake in its header: the table that most of it fits, so that the mistake can be named.
    scores = sorted(((sum(bool(t.called(h)) for h in headers), -n) for n, t in enumerate(TABLES)), reverse=True)
    return TABLES[-scores[0][1]] if scores[0][0] > scores[1][0] else None


def _missing(table, columns):
    there = {column.name for column in columns if column}
    return [column.header for column in table.columns if column.required and column.name not in there]


def _unknown_table():
    known = ", ".join(table.name for table in TABLES)
    return _("This is none of the tables %(known)s, by its name or by the headers in its first row.") % {"known": known}


def _header_problems(name, table, headers, columns):
    unknown = [header for header, column in zip(headers, columns, strict=True) if header and not column]
    there = [column.name for column in columns if column]
    twice = sorted({table.column(name).header for name in there if there.count(name) > 1})
    for headers, sentence in (
        (unknown, _("Unknown columns: %(columns)s. The columns of this table are: %(known)s.")),
        (_missing(table, columns), _("Missing columns: %(columns)s.")),
        (twice, _("Columns that are there twice: %(columns)s.")),
    ):
        if headers:
            known = ", ".join(column.header for column in table.columns)
            return [Problem(sentence % {"columns": ", ".join(headers), "known": known}, name, 1)]
    return []


def _read(sheet, columns, number, cells, content, zone):
    """The row, or None for an example; what cannot be read is a problem and as good as empty."""
    row, problems = Row(sheet, content.table, number, {}), content.problems
    if any(isinstance(cell, str) and fold(cell.strip()) == EXAMPLE for cell in _cells(columns, cells, "id")):
        return None
    for place, cell in enumerate(cells):
        column = columns[place] if place < len(columns) else None
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            continue
        if column is None:
            problems.append(Problem(_("There is something in a column without a header."), sheet, number))
            continue
        try:
            row.values[column.name] = _value(column, cell, zone)
        except Unreadable as reason:
            row.wrong.add(column.name)
            problems.append(row.problem(reason, column.name))
    return row


def _cells(columns, cells, name):
    return [cell for column, cell in zip(columns, cells, strict=False) if column and column.name == name]


def _value(column, cell, zone):
    if isinstance(cell, InvalidCell):
        raise Unreadable(cell.reason)
    return column.kind.read(cell, zone)
