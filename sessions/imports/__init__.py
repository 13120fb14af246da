"""Import of spreadsheets into the draft programme: parse, match, assign, validate, preview and save.

A row of a file is matched to a row of the database by its id, else by its slug, else by its title (see `matching`).
Columns that a file does not have keep their values. An import is all or nothing, in one transaction.

Parsing and checking work in memory on one consistent read of the draft and hold no lock. The result is saved only if
the draft is still the same.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils.translation import gettext as _

from sessions.checks import Issue, run_checks
from sessions.releases.diff import diff_documents

from .assignment import assign_values
from .child_rows import PARENT_COLUMNS, match_child_rows
from .columns import TABLES, Table
from .database import DatabaseState, build_draft_of_tables, build_resulting_document, load_state
from .dates import DateOrder, DateOrderChoice
from .errors import ImportConflictError, ImportFailedError, ImportProblem, ProblemGroup, group_problems
from .matching import match_rows
from .parser import ParsedFile, parse_file
from .plan import UNIQUE_COLUMNS, ImportPlan
from .save import save_plan
from .summary import TableSummary, get_resulting_rows, summarize_table
from .validation import validate_plan

__all__ = [
    "DateOrder",
    "ImportConflictError",
    "ImportFailedError",
    "ImportProblem",
    "ImportResult",
    "TableSummary",
    "preview_import",
    "run_import",
]


@dataclass(frozen=True)
class ImportOptions:
    """What the user chose."""

    delete_missing: bool = False
    date_order: DateOrder | None = None


@dataclass(frozen=True)
class ImportResult:
    """The effect of an import. version_token identifies the file, the options and the state of the database."""

    summaries: list[TableSummary]
    version_token: str
    state: DatabaseState
    plan: ImportPlan
    notes: list[ProblemGroup]
    dates: DateOrderChoice

    @property
    def is_empty(self) -> bool:
        return not any(summary.new or summary.changed or summary.deleted for summary in self.summaries)

    @cached_property
    def changes(self) -> dict:
        """The difference of the draft before and after, as diff_documents() returns it."""
        return diff_documents(
            self.state.build_draft_document(),
            build_resulting_document(self.state.conference, *self.resulting_rows),
        )

    @cached_property
    def resulting_rows(self) -> tuple[dict[Table, list[dict]], dict]:
        return get_resulting_rows(self.plan)

    @cached_property
    def new_issues(self) -> list[Issue]:
        """What the checks find in the resulting draft and do not find in the present one."""
        present = set(run_checks(self.state.build_draft()))
        result = run_checks(build_draft_of_tables(self.state.conference, self.resulting_rows[0]))
        return [issue for issue in result if issue not in present]


def preview_import(data: bytes, *, delete_missing: bool = False, date_order: DateOrder | None = None) -> ImportResult:
    """Return the effect of importing this file without writing anything.

    date_order is needed only if the file and the conference's days do not tell the order of day and month. Raises
    ImportFailedError and Conference.DoesNotExist.
    """
    options = ImportOptions(delete_missing, date_order)
    return build_result(data, parse_file(data, date_order), load_state(), options)


def run_import(
    data: bytes,
    *,
    delete_missing: bool = False,
    date_order: DateOrder | None = None,
    version_token: str | None = None,
) -> ImportResult:
    """Import this file.

    With the version_token of a preview nothing is imported unless the effect is the one that the preview described.
    Raises ImportFailedError, ImportConflictError and Conference.DoesNotExist.
    """
    options = ImportOptions(delete_missing, date_order)
    file, state = parse_file(data, date_order), load_state()
    check_date_order(file)
    if version_token is not None and version_token != make_version_token(data, options, state):
        raise ImportConflictError
    result = build_result(data, file, state, options)
    with transaction.atomic():
        if not state.is_unchanged():
            if version_token is not None:
                raise ImportConflictError
            result = build_result(data, parse_file(data, date_order), load_state(), options)
        save_in_transaction(result.plan)
    return result


def check_date_order(file: ParsedFile) -> None:
    """Raise ImportFailedError if the order of day and month must be chosen first."""
    if file.dates.order is None:
        message = _("Dates such as %(date)s can be read in two ways. Choose the order of day and month.")
        raise ImportFailedError([ImportProblem(message % {"date": file.dates.example})])


def build_result(data: bytes, file: ParsedFile, state: DatabaseState, options: ImportOptions) -> ImportResult:
    plan = ImportPlan(file, state, options.delete_missing)
    for table in UNIQUE_COLUMNS:
        match_rows(plan, table)
    for table in UNIQUE_COLUMNS:
        assign_values(plan, table)
    for table in PARENT_COLUMNS:
        match_child_rows(plan, table)
    validate_plan(plan)
    return ImportResult(
        summaries=[summarize_table(plan, table) for table in TABLES if table in plan.tables],
        version_token=make_version_token(data, options, state),
        state=state,
        plan=plan,
        notes=group_problems(file.notes),
        dates=file.dates,
    )


def make_version_token(data: bytes, options: ImportOptions, state: DatabaseState) -> str:
    parts = [hashlib.sha256(data).hexdigest(), options, state.version_token]
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def save_in_transaction(plan: ImportPlan) -> None:
    """Save the plan, or raise ImportFailedError if a constraint of the database rejects it."""
    try:
        with transaction.atomic():
            save_plan(plan)
    except (IntegrityError, ProtectedError, RestrictedError) as error:
        raise ImportFailedError(
            [ImportProblem(_("The database rejects it: it conflicts with another entry."))]
        ) from error
