"""What is wrong, doubtful or worth knowing about the draft, before anybody publishes it.

Rules are pure generator functions over a frozen Draft, each beside its kin in one of the modules below. To add a rule,
write one more function under @rule.
"""

from . import content, schedule, speakers  # noqa: F401 - importing them registers their checks
from .base import CHECKS, Issue, RowReference, Severity, check
from .draft import DraftProgramme, load_draft

__all__ = [
    "CHECKS",
    "DraftProgramme",
    "Issue",
    "RowReference",
    "Severity",
    "check",
    "filter_blocking_issues",
    "filter_issues_for_row",
    "find_issues",
    "run_checks",
]


def find_issues() -> list[Issue]:
    """Everything that the rules find in the editing tables, the worst first; nothing where there is no conference."""
    draft = load_draft()
    return run_checks(draft) if draft else []


def run_checks(draft: DraftProgramme) -> list[Issue]:
    """The same for a draft that was read already."""
    return sorted((finding for rule in CHECKS for finding in rule(draft)), key=lambda finding: finding.severity)


def filter_issues_for_row(findings, kind, id):
    """Those that touch a row, as in Row."""
    return [finding for finding in findings if any((row.kind, row.id) == (kind, str(id)) for row in finding.rows)]


def filter_blocking_issues(findings):
    """Those that keep the draft from being published."""
    return [finding for finding in findings if finding.severity == Severity.ERROR]
