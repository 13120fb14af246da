"""The effect of a plan: counts by table, and the resulting rows."""

from dataclasses import dataclass, field

from .columns import LINKS, PARTICIPATIONS, SESSIONS, SPEAKERS, TABLES, Table
from .plan import ImportPlan


@dataclass
class TableSummary:
    """The effect on one table: display names of rows; changed holds pairs of a name and the changed headers."""

    table: str
    new: list[str] = field(default_factory=list)
    changed: list[tuple[str, list[str]]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    unchanged: int = 0


def summarize_table(plan: ImportPlan, table: Table) -> TableSummary:
    summary = TableSummary(table.name, deleted=list_deleted_names(plan, table))
    for entry in plan.entries[table]:
        if entry.is_new:
            summary.new.append(str(entry.instance))
        elif entry.changed:
            headers = [table.column(name).header for name in entry.changed]
            summary.changed.append((str(entry.instance), headers))
        else:
            summary.unchanged += 1
    return summary


def list_deleted_names(plan: ImportPlan, table: Table) -> list[str]:
    if table is PARTICIPATIONS and plan.deleted[table]:
        # A participation is displayed by the name of its speaker; this avoids a query for each.
        speakers = {speaker.pk: speaker for speaker in plan.stored[SPEAKERS]}
        for participation in plan.deleted[table]:
            participation.speaker = speakers.get(participation.speaker_id)
    return [str(instance) for instance in plan.deleted[table]]


def get_resulting_rows(plan: ImportPlan) -> tuple[dict[Table, list[dict]], dict]:
    """Return the rows by table and the theme keys by session key, as they are after the import."""
    cascaded = set(map(id, find_cascaded(plan)))
    rows = {
        table: [vars(instance) for instance in plan.get_remaining(table) if id(instance) not in cascaded]
        for table in TABLES
    }
    return rows, plan.stored_theme_ids | {entry.instance.pk: entry.themes for entry in plan.entries[SESSIONS]}


def find_cascaded(plan: ImportPlan) -> list:
    """Return the participations and links that are deleted only because their session or speaker is."""
    parents = {instance.pk for table in (SESSIONS, SPEAKERS) for instance in plan.deleted[table]}
    deleted = {id(instance) for table in (PARTICIPATIONS, LINKS) for instance in plan.deleted[table]}
    stored = [*plan.stored[PARTICIPATIONS], *plan.stored[LINKS]]
    return [instance for instance in stored if id(instance) not in deleted and get_parent_id(instance) in parents]


def get_parent_id(instance) -> object:
    return instance.session_id if hasattr(instance, "session_id") else instance.speaker_id
