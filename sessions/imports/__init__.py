"""Import of spreadsheets into the draft programme: parse, match, assign, validate, preview and save.

A row of a file is matched to a row of the database by its id, else by its slug, else by the slug made from its title.
Columns that a file does not have keep their values. An import is all or nothing, in one transaction.

Parsing and checking work in memory on one consistent read of the draft and hold no lock. The result is saved only if
the draft is still the same.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils.translation import gettext as _

from sessions.releases.diff import diff_documents

from .assignment import assign_values
from .child_rows import PARENT_COLUMNS, match_child_rows
from .columns import TABLES, Table
from .database import DatabaseState, build_resulting_document, load_state
from .errors import ImportConflictError, ImportFailedError, ImportProblem
from .matching import match_rows
from .parser import ParsedTable, parse_file
from .plan import UNIQUE_COLUMNS, ImportPlan
from .save import save_plan
from .summary import TableSummary, get_resulting_rows, summarize_table
from .validation import validate_plan

__all__ = [
    "ImportConflictError",
    "ImportFailedError",
    "ImportProblem",
    "ImportResult",
    "TableSummary",
    "preview_import",
    "run_import",
]


@dataclass(frozen=True)
class ImportResult:
    """The effect of an import. version_token identifies the file, the options and the state of the database."""

    summaries: list[TableSummary]
    version_token: str
    state: DatabaseState
    plan: ImportPlan

    @property
    def is_empty(self) -> bool:
        return not any(summary.new or summary.changed or summary.deleted for summary in self.summaries)

    @cached_property
    def changes(self) -> dict:
        """The difference of the draft before and after, as diff_documents() returns it."""
        return diff_documents(
            self.state.build_draft_document(),
            build_resulting_document(self.state.conference, *get_resulting_rows(self.plan)),
        )


def preview_import(data: bytes, *, delete_missing: bool = False) -> ImportResult:
    """Return the effect of importing this file without writing anything.

    Raises ImportFailedError and Conference.DoesNotExist.
    """
    return build_result(data, parse_file(data), load_state(), delete_missing)


def run_import(data: bytes, *, delete_missing: bool = False, version_token: str | None = None) -> ImportResult:
    """Import this file.

    With the version_token of a preview nothing is imported unless the effect is the one that the preview described.
    Raises ImportFailedError, ImportConflictError and Conference.DoesNotExist.
    """
    tables, state = parse_file(data), load_state()
    if version_token is not None and version_token != make_version_token(data, delete_missing, state):
        raise ImportConflictError
    result = build_result(data, tables, state, delete_missing)
    with transaction.atomic():
        if not state.is_unchanged():
            if version_token is not None:
                raise ImportConflictError
            result = build_result(data, parse_file(data), load_state(), delete_missing)
        save_in_transaction(result.plan)
    return result


def build_result(
    data: bytes, tables: Mapping[Table, ParsedTable], state: DatabaseState, delete_missing: bool
) -> ImportResult:
    plan = ImportPlan(tables, state, delete_missing)
    for table in UNIQUE_COLUMNS:
        match_rows(plan, table)
    for table in UNIQUE_COLUMNS:
        assign_values(plan, table)
    for table in PARENT_COLUMNS:
        match_child_rows(plan, table)
    validate_plan(plan)
    summaries = [summarize_table(plan, table) for table in TABLES if table in plan.tables]
    return ImportResult(summaries, make_version_token(data, delete_missing, state), state, plan)


def make_version_token(data: bytes, delete_missing: bool, state: DatabaseState) -> str:
    parts = [hashlib.sha256(data).hexdigest(), delete_missing, state.version_token]
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
