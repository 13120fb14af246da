"""Checks of the draft programme before it is published.

A check is a generator function over a frozen DraftProgramme. To add one, write a function decorated with @check in the
module of its subject: content, schedule or speakers.
"""

from collections.abc import Iterable

from . import content, schedule, speakers  # noqa: F401 - importing them registers their checks
from .base import CHECKS, Issue, RowReference, Severity, check
from .draft import DraftProgramme, load_draft

__all__ = [
    "CHECKS",
    "DraftProgramme",
    "Issue",
    "RowReference",
    "Severity",
    "can_override",
    "check",
    "filter_blocking_issues",
    "filter_issues_for_row",
    "find_issues",
    "run_checks",
]


def find_issues() -> list[Issue]:
    """Return the issues of the current draft, most serious first; an empty list if there is no conference."""
    draft = load_draft()
    return run_checks(draft) if draft else []


def run_checks(draft: DraftProgramme) -> list[Issue]:
    """Return the issues of a draft, most serious first."""
    return sorted((issue for run_check in CHECKS for issue in run_check(draft)), key=lambda issue: issue.severity)


def filter_issues_for_row(issues: Iterable[Issue], kind: str, pk: object) -> list[Issue]:
    """Return the issues that concern one row; kind is a key of CHANGE_URL_NAMES."""
    return [issue for issue in issues if any((row.kind, row.id) == (kind, str(pk)) for row in issue.rows)]


def filter_blocking_issues(issues: Iterable[Issue]) -> list[Issue]:
    """Return the issues that prevent publishing."""
    return [issue for issue in issues if issue.severity == Severity.ERROR]


def can_override(blocking_issues: Iterable[Issue]) -> bool:
    """Return whether a publisher may publish in spite of these issues, with a reason."""
    return all(issue.can_override for issue in blocking_issues)
