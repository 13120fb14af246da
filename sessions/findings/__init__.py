"""What is wrong, doubtful or worth knowing about the draft, before anybody publishes it.

Rules are pure generator functions over a frozen Draft, each beside its kin in one of the modules below. To add a rule,
write one more function under @rule.
"""

from . import following, panels, people, places, texts  # noqa: F401 - importing them registers their rules
from .draft import Draft, read
from .finding import Finding, Level, Row
from .registry import RULES, rule

__all__ = ["RULES", "Draft", "Finding", "Level", "Row", "about", "blocking", "examine", "findings", "rule"]


def findings() -> list[Finding]:
    """Everything that the rules find in the editing tables, the worst first; nothing where there is no conference."""
    draft = read()
    return examine(draft) if draft else []


def examine(draft: Draft) -> list[Finding]:
    """The same for a draft that was read already."""
    return sorted((finding for rule in RULES for finding in rule(draft)), key=lambda finding: finding.level)


def about(findings, kind, id):
    """Those that touch a row, as in Row."""
    return [finding for finding in findings if any((row.kind, row.id) == (kind, str(id)) for row in finding.rows)]


def blocking(findings):
    """Those that keep the draft from being published."""
    return [finding for finding in findings if finding.level == Level.BLOCKS]
