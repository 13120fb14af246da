"""What comes of a plan: counted by table, and the rows that there would be."""

from dataclasses import dataclass, field

from .columns import LINKS, PARTICIPATIONS, SESSIONS, SPEAKERS, TABLES


@dataclass
class TableSummary:
    """What becomes of one table's rows: names, and of changed ones the headers of what changes."""

    table: str
    new: list = field(default_factory=list)
    changed: list = field(default_factory=list)
    deleted: list = field(default_factory=list)
    unchanged: int = 0


def summarize_table(plan, table):
    found = TableSummary(table.name, deleted=list_deleted_names(plan, table))
    for entry in plan.entries[table]:
        if entry.is_new:
            found.new.append(str(entry.instance))
        elif entry.changed:
            found.changed.append((str(entry.instance), [table.column(name).header for name in entry.changed]))
        else:
            found.unchanged += 1
    return found


def list_deleted_names(plan, table):
    """Of what goes. A part is called as its speaker is, who is there already."""
    if table is PARTICIPATIONS and plan.deleted[table]:
        speakers = {speaker.pk: speaker for speaker in plan.stored[SPEAKERS]}
        for part in plan.deleted[table]:
            part.speaker = speakers.get(part.speaker_id)
    return [str(item) for item in plan.deleted[table]]


def get_resulting_rows(plan):
    """The rows by table, and the keys of each session's themes, as they would be afterwards."""
    go_along = set(map(id, orphaned(plan)))
    rows = {table: [vars(item) for item in plan.get_remaining(table) if id(item) not in go_along] for table in TABLES}
    return rows, plan.stored_theme_ids | {entry.instance.pk: entry.themes for entry in plan.entries[SESSIONS]}


def orphaned(plan):
    """Parts and links that go with their session or speaker, though they themselves are not named."""
    gone = {item.pk for table in (SESSIONS, SPEAKERS) for item in plan.deleted[table]}
    named = {id(item) for table in (PARTICIPATIONS, LINKS) for item in plan.deleted[table]}
    stored = [*plan.stored[PARTICIPATIONS], *plan.stored[LINKS]]
    return [item for item in stored if id(item) not in named and owner_of(item) in gone]


def owner_of(item):
    return item.session_id if hasattr(item, "session_id") else item.speaker_id
