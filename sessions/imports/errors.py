"""Problems found in an imported file, their grouping, and the exceptions that stop an import."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

# Texts of a group that are listed; the others are counted.
MAX_LISTED_TEXTS = 20
MAX_LISTED_VALUES = 8


class CellValueError(ValueError):
    """The content of a cell is not valid; the message says what to enter instead."""


@dataclass(frozen=True)
class ImportProblem:
    """One problem or note, and its location; sheet, row and column are empty where they do not apply.

    kind is the same for problems of one kind whose texts differ, for example by the name that they quote. value is the
    content of the cell, if the text does not quote it.
    """

    text: str
    sheet: str = ""
    row: int | None = None
    column: str = ""
    kind: str = ""
    value: str = ""


@dataclass
class ProblemGroup:
    """All problems of one kind in one column: {text: numbers of the rows}, and {value: numbers of the rows}."""

    sheet: str
    column: str
    rows_by_text: dict[str, list[int]] = field(default_factory=dict)
    rows_by_value: dict[str, list[int]] = field(default_factory=dict)

    def add(self, problem: ImportProblem) -> None:
        rows = self.rows_by_text.setdefault(problem.text, [])
        if problem.row is not None and problem.row not in rows[-1:]:
            rows.append(problem.row)
        if problem.row is not None and problem.value:
            self.rows_by_value.setdefault(problem.value, []).append(problem.row)

    def __str__(self) -> str:
        if self.is_single:
            return join_location(self.location, self.text)
        details = "\n".join(f"  {join_location(rows, text)}" for rows, text in self.details)
        return f"{join_location(self.location, '')}\n{details}"

    @property
    def is_single(self) -> bool:
        return len(self.rows_by_text) == 1

    @property
    def text(self) -> str:
        """The text of a group with one text, with the values found."""
        text = next(iter(self.rows_by_text))
        return _("%(text)s Found: %(values)s.") % {"text": text, "values": self.values} if self.values else text

    @property
    def values(self) -> str:
        """The first values found, each with its rows if there are several."""
        if len(self.rows_by_value) == 1:
            return quote(next(iter(self.rows_by_value)))
        found = [f"{quote(value)} ({format_rows(rows)})" for value, rows in self.rows_by_value.items()]
        return ", ".join(found[:MAX_LISTED_VALUES]) + (", …" if len(found) > MAX_LISTED_VALUES else "")

    @property
    def location(self) -> str:
        """The sheet and the column, and the rows if the group has one text."""
        rows = format_rows(next(iter(self.rows_by_text.values()))) if self.is_single else ""
        column = _("column “%(column)s”") % {"column": self.column} if self.column else ""
        return ", ".join(filter(None, [self.sheet, rows, column]))

    @property
    def details(self) -> list[tuple[str, str]]:
        """The first texts of a group with several, after their rows."""
        return [(format_rows(rows), text) for text, rows in list(self.rows_by_text.items())[:MAX_LISTED_TEXTS]]

    @property
    def unlisted(self) -> int:
        return max(0, len(self.rows_by_text) - MAX_LISTED_TEXTS)


def group_problems(problems: Iterable[ImportProblem]) -> list[ProblemGroup]:
    """Return one group for each kind of problem of a column, in the order of the first problem."""
    groups: dict[tuple[str, str, str], ProblemGroup] = {}
    for problem in problems:
        key = (problem.sheet, problem.column, problem.kind or problem.text)
        groups.setdefault(key, ProblemGroup(problem.sheet, problem.column)).add(problem)
    return list(groups.values())


def format_rows(numbers: Iterable[int]) -> str:
    """Return “rows 2, 5–9 and so on” without repeated numbers, or nothing if there are no numbers."""
    ordered = sorted(set(numbers))
    if not ordered:
        return ""
    starts = [ordered[0]] + [after for before, after in pairwise(ordered) if after - before > 1]
    ends = [before for before, after in pairwise(ordered) if after - before > 1] + [ordered[-1]]
    ranges = [str(start) if start == end else f"{start}–{end}" for start, end in zip(starts, ends, strict=True)]
    return ngettext("row %(rows)s", "rows %(rows)s", len(ordered)) % {"rows": ", ".join(ranges)}


def quote(value: str) -> str:
    return _("“%(text)s”") % {"text": value}


def join_location(location: str, text: str) -> str:
    return (_("%(where)s: %(text)s") % {"where": location, "text": text}).strip() if location else text


class ImportFailedError(Exception):
    """The file contains problems; nothing was imported."""

    def __init__(self, problems: Sequence[ImportProblem]):
        self.problems = problems
        self.groups = group_problems(problems)
        super().__init__("\n".join(map(str, self.groups)))


class ImportConflictError(Exception):
    """The file or the draft changed after the preview; nothing was imported."""

    def __str__(self) -> str:
        return _(
            "Nothing was imported: the programme has changed since this page was shown. Please check the changes again."
        )
