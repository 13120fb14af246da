"""The effect of a plan: counts and values by table, and the resulting rows."""

import datetime
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import Model
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from conference.core.i18n.countries import get_country_name

from .assignment import get_current_value
from .cell_types import ChoiceCell, CountryCell, LanguageListCell
from .columns import LINKS, PARTICIPATIONS, ROOMS, SESSIONS, SPEAKERS, TABLES, THEMES, Column, Table
from .plan import ImportPlan, PlannedRow

# The preview lists so many new, changed and deleted rows of a table.
MAX_LISTED_ROWS = 300


@dataclass(frozen=True)
class ValueSummary:
    """A value of a row before and after, as text; before is empty for a new row."""

    header: str
    before: str
    after: str


@dataclass(frozen=True)
class RowSummary:
    """A new row with all its values, or a changed one with the changed values; number is that of the file's row."""

    name: str
    number: int
    values: list[ValueSummary]

    @property
    def headers(self) -> list[str]:
        return [value.header for value in self.values]


@dataclass
class TableSummary:
    """The effect on one table; deleted has the display names of rows."""

    table: str
    new: list[RowSummary] = field(default_factory=list)
    changed: list[RowSummary] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    unchanged: int = 0

    @property
    def unlisted(self) -> int:
        """The number of rows that the preview leaves out."""
        return sum(max(0, len(rows) - MAX_LISTED_ROWS) for rows in (self.new, self.changed, self.deleted))


def summarize_table(plan: ImportPlan, table: Table) -> TableSummary:
    summary, formatter = TableSummary(table.name, deleted=list_deleted_names(plan, table)), ValueFormatter(plan)
    for entry in plan.entries[table]:
        if entry.is_new:
            summary.new.append(formatter.summarize_new(entry))
        elif entry.changed:
            summary.changed.append(formatter.summarize_changed(entry))
        else:
            summary.unchanged += 1
    return summary


class ValueFormatter:
    """Formats the values of planned rows in the active language."""

    def __init__(self, plan: ImportPlan):
        self.plan = plan

    @cached_property
    def names(self) -> dict[object, str]:
        """The names of the rows that others refer to, by primary key."""
        tables = (ROOMS, THEMES, SPEAKERS, SESSIONS)
        instances = (each for table in tables for each in (*self.plan.stored[table], *self.plan.new(table)))
        return {instance.pk: str(instance) for instance in instances}

    def summarize_new(self, entry: PlannedRow) -> RowSummary:
        values = [
            ValueSummary(column.header, "", text)
            for column in entry.row.table.writable_columns
            if column.name != "id" and (text := self.format(column, self.get_value(entry, column)))
        ]
        return RowSummary(str(entry.instance), entry.row.number, values)

    def summarize_changed(self, entry: PlannedRow) -> RowSummary:
        columns = [entry.row.table.column(name) for name in entry.changed]
        values = [
            ValueSummary(
                column.header,
                self.format(column, self.get_former_value(entry, column)),
                self.format(column, self.get_value(entry, column)),
            )
            for column in columns
        ]
        return RowSummary(str(entry.instance), entry.row.number, values)

    def get_value(self, entry: PlannedRow, column: Column) -> object:
        if column.name == "themes":
            return entry.themes
        return get_current_value(entry.instance, column.name) if hasattr(type(entry.instance), column.name) else None

    def get_former_value(self, entry: PlannedRow, column: Column) -> object:
        if column.name == "themes":
            return self.plan.stored_theme_ids.get(entry.instance.pk, [])
        return entry.original_values[column.name]

    def format(self, column: Column, value: object) -> str:
        """Return a value as people read it, or an empty string."""
        if value is None or value == "" or value == []:
            return ""
        cell_type = column.cell_type
        if column.name in ("room", "session", "speaker"):
            return self.names[value]
        if column.name == "themes":
            return ", ".join(self.names[key] for key in value)
        if isinstance(cell_type, ChoiceCell):
            return str(dict(cell_type.choices).get(value, value))
        if isinstance(cell_type, LanguageListCell):
            return ", ".join(str(cell_type.languages.get(code, code)) for code in value)
        if isinstance(cell_type, CountryCell):
            return get_country_name(str(value))
        return self.format_plain(value)

    def format_plain(self, value: object) -> str:
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, datetime.datetime):
            return date_format(value.astimezone(self.plan.context.zone), "SHORT_DATETIME_FORMAT")
        return date_format(value, "TIME_FORMAT") if isinstance(value, datetime.time) else str(value)


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


def find_cascaded(plan: ImportPlan) -> list[Model]:
    """Return the participations and links that are deleted only because their session or speaker is."""
    parents = {instance.pk for table in (SESSIONS, SPEAKERS) for instance in plan.deleted[table]}
    deleted = {id(instance) for table in (PARTICIPATIONS, LINKS) for instance in plan.deleted[table]}
    stored = [*plan.stored[PARTICIPATIONS], *plan.stored[LINKS]]
    return [instance for instance in stored if id(instance) not in deleted and get_parent_id(instance) in parents]


def get_parent_id(instance: Model) -> object:
    return instance.session_id if hasattr(instance, "session_id") else instance.speaker_id
