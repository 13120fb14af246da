"""From tables to the editing tables: read, match, check everything, say what would be different, and only then save.

A row is known by its id, else by its slug, else by the slug that its title makes. Columns that a table does not have
stay as they are. Either every row is right and all are saved in one transaction, or nothing is.

Nobody waits while a file is read and checked: that is done in memory, on the tables as they were at one moment. What is
then saved is saved only if they are still the same.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils.translation import gettext as _

from sessions.releases.diff import diff_documents

from .assignment import assign_values
from .child_rows import PARENT_COLUMNS, match_child_rows
from .columns import TABLES
from .database import DatabaseState, build_resulting_document, load_state
from .errors import ImportConflictError, ImportFailedError, ImportProblem
from .matching import match_rows
from .parser import parse_file
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
    """digest is of all that this follows from."""

    summaries: list
    version_token: str
    state: DatabaseState
    plan: ImportPlan

    @property
    def is_empty(self):
        return not any(tally.new or tally.changed or tally.deleted for tally in self.summaries)

    @cached_property
    def changes(self):
        """As in sessions.differences, of the draft before and after."""
        return diff_documents(
            self.state.draft_document(), build_resulting_document(self.state.conference, *get_resulting_rows(self.plan))
        )


def preview_import(data, *, delete_missing=False):
    """What importing this file would do; nothing is written. Raises Refused and Conference.DoesNotExist."""
    return build_result(data, parse_file(data), load_state(), delete_missing)


def run_import(data, *, delete_missing=False, version_token=None):
    """Import this file, if that does what the digest was made of. Raises Refused, ChangedMeanwhile and
    Conference.DoesNotExist."""
    content, found = parse_file(data), load_state()
    if version_token is not None and version_token != make_version_token(data, delete_missing, found):
        raise ImportConflictError
    outcome = build_result(data, content, found, delete_missing)
    with transaction.atomic():
        if not found.is_unchanged():
            if version_token is not None:
                raise ImportConflictError
            outcome = build_result(data, parse_file(data), load_state(), delete_missing)
        save_in_transaction(outcome.plan)
    return outcome


def build_result(data, content, found, delete_missing):
    plan = ImportPlan(content, found, delete_missing)
    for table in UNIQUE_COLUMNS:
        match_rows(plan, table)
    for table in UNIQUE_COLUMNS:
        assign_values(plan, table)
    for table in PARENT_COLUMNS:
        match_child_rows(plan, table)
    validate_plan(plan)
    tallies = [summarize_table(plan, table) for table in TABLES if table in plan.tables]
    return ImportResult(tallies, make_version_token(data, delete_missing, found), found, plan)


def make_version_token(data, delete_missing, found):
    facts = [hashlib.sha256(data).hexdigest(), delete_missing, found.version_token]
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def save_in_transaction(plan):
    try:
        with transaction.atomic():
            save_plan(plan)
    except (IntegrityError, ProtectedError, RestrictedError) as error:
        raise ImportFailedError(
            [ImportProblem(_("The database rejects it: it conflicts with another entry."))]
        ) from error
