"""Layout of a sheet: which table it contains, in which row the headers are, and which column each of them names."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from django.utils.translation import gettext as _

from conference.core.i18n.names import make_loose_key
from conference.core.spreadsheets import InvalidCell, SheetData

from . import aliases
from .cell_types import cell_to_text, normalize_name
from .columns import TABLES, Column, Table
from .errors import ImportProblem

# Rows in which headers are looked for: titles, dates and logos may stand above them.
MAX_HEADER_ROW = 15


@dataclass(frozen=True)
class SheetLayout:
    """A table in a sheet; header_index is the index of the headers in sheet.rows, columns has None for unknown ones."""

    sheet: SheetData
    table: Table
    header_index: int
    headers: list[str]
    columns: list[Column | None]

    @property
    def name(self) -> str:
        return self.sheet.name or self.table.name

    @property
    def header_row(self) -> int:
        return self.sheet.rows[self.header_index][0]

    @property
    def missing_headers(self) -> list[str]:
        names = {column.name for column in self.columns if column}
        return [column.header for column in self.table.columns if column.is_required and column.name not in names]

    @property
    def score(self) -> tuple[bool, bool, int, int]:
        """How well the table fits: all required headers, the sheet's name, the number of headers, the first row."""
        known = {column.name for column in self.columns if column}
        return not self.missing_headers, is_named(self.sheet.name, self.table), len(known), -self.header_index

    @property
    def is_complete(self) -> bool:
        return not self.missing_headers


def find_layout(sheet: SheetData) -> SheetLayout | None:
    """Return the layout that fits the sheet best; None if no table fits, or several fit equally well."""
    own_table = next((table for table in TABLES if make_loose_key(table.name) == make_loose_key(sheet.name)), None)
    layouts = sorted(
        (
            make_layout(sheet, table, index)
            for table in ([own_table] if own_table else TABLES)
            for index in range(min(len(sheet.rows), MAX_HEADER_ROW))
        ),
        key=lambda layout: layout.score,
        reverse=True,
    )
    best = layouts[0]
    if own_table:
        return best
    rival = next((layout for layout in layouts if layout.table is not best.table), best)
    return best if best.score[2] and best.score[:3] > rival.score[:3] else None


def make_layout(sheet: SheetData, table: Table, index: int) -> SheetLayout:
    headers = [
        "" if isinstance(cell, InvalidCell) else normalize_name(cell_to_text(cell)) for cell in sheet.rows[index][1]
    ]
    return SheetLayout(sheet, table, index, headers, [table.find_column(header) for header in headers])


def is_named(name: str, table: Table) -> bool:
    """Return whether a sheet has a name that people give to the sheet of a table."""
    names = (table.name, table.name.removesuffix("s"), *aliases.SHEETS[table.name])
    return bool(name) and make_loose_key(name) in map(make_loose_key, names)


def check_headers(layout: SheetLayout) -> list[ImportProblem]:
    """Return a problem for missing and for duplicate headers."""
    problems = []
    if layout.missing_headers:
        known = ", ".join(header for header in layout.headers if header)
        message = _("Missing columns: %(columns)s. Columns found: %(known)s.")
        values = {"columns": ", ".join(layout.missing_headers), "known": known}
        problems.append(ImportProblem(message % values, layout.name, layout.header_row))
    names = [column.name for column in layout.columns if column]
    duplicate = sorted({layout.table.column(name).header for name in names if names.count(name) > 1})
    if duplicate:
        text = _("Duplicate columns: %(columns)s.") % {"columns": ", ".join(duplicate)}
        problems.append(ImportProblem(text, layout.name, layout.header_row))
    return problems


def list_header_notes(layout: SheetLayout) -> list[ImportProblem]:
    """Return a note on each column that is ignored, and one on rows above the headers."""
    skipped = [number for number, _cells in layout.sheet.rows[: layout.header_index]]
    notes = [ImportProblem(_("Rows above the headers were ignored."), layout.name, number) for number in skipped]
    for header, column in zip(layout.headers, layout.columns, strict=True):
        if header and not column:
            notes.append(ImportProblem(describe_unknown_header(layout, header), layout.name))
    return notes


def describe_unknown_header(layout: SheetLayout, header: str) -> str:
    """Return a sentence with the most similar header that the sheet lacks, if there is one."""
    found = {column.name for column in layout.columns if column}
    unused = {column.header.casefold(): column.header for column in layout.table.columns if column.name not in found}
    similar = get_close_matches(header.casefold(), unused, n=1, cutoff=0.75)
    if similar:
        message = _("The column “%(header)s” was ignored. Did you mean “%(known)s”?")
        return message % {"header": header, "known": unused[similar[0]]}
    return _("The column “%(header)s” was ignored.") % {"header": header}


def is_repeated_header(layout: SheetLayout, cells: Sequence[object]) -> bool:
    keys = list_keys("" if isinstance(cell, InvalidCell) else cell_to_text(cell) for cell in cells)
    return keys == list_keys(layout.headers)


def list_keys(texts: Iterable[str]) -> list[str]:
    keys = [make_loose_key(text) if text else "" for text in texts]
    while keys and not keys[-1]:
        keys.pop()
    return keys
