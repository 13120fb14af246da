"""The plan of an import: the database row that each row of the file becomes, the deletions and the problems."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from django.db.models import Model
from django.utils.translation import gettext as _

from speakers.models import Speaker

from ..models import Room, Session, Theme
from .cell_types import normalize_name
from .columns import ROOMS, SESSIONS, SPEAKERS, THEMES, Table
from .database import DatabaseState
from .errors import ImportProblem
from .parser import ParsedRow, ParsedTable

REFERENCE_COLUMNS = ("room", "themes", "session", "speaker")
# Columns in which each row needs its own value.
UNIQUE_COLUMNS = {
    ROOMS: ("slug", "name_en"),
    THEMES: ("slug", "name_en", "number"),
    SPEAKERS: ("slug",),
    SESSIONS: ("slug",),
}
MODELS = {ROOMS: Room, THEMES: Theme, SPEAKERS: Speaker, SESSIONS: Session}
MAX_NAME_LENGTH = 80


@dataclass
class PlannedRow:
    """A row of the file and the instance that it becomes, with the values that the instance had before."""

    row: ParsedRow
    instance: Model
    is_new: bool
    original_values: dict = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    # Primary keys; only for sessions.
    themes: list | None = None


class ImportPlan:
    """The state of one import.

    entries (PlannedRow) and deleted (instances) are lists by table. index holds, by table, the resulting instances by
    slug and by name; names start with a NUL character to keep them apart from slugs.
    """

    def __init__(self, tables: Mapping[Table, ParsedTable], state: DatabaseState, delete_missing: bool):
        self.tables, self.delete_missing = tables, delete_missing
        self.problems: list[ImportProblem] = [problem for table in tables.values() for problem in table.problems]
        self.stored, self.stored_theme_ids = state.instances, state.rows.theme_ids_by_session
        self.zone = ZoneInfo(state.conference.time_zone)
        self.entries: dict[Table, list[PlannedRow]] = {}
        self.deleted: dict[Table, list[Model]] = {}
        self.index: dict[Table, dict[str, list[Model]]] = {}
        # (model, field, type, value) of the values that a field accepts.
        self.validated_values: set[tuple] = set()

    def rows(self, table: Table) -> list[ParsedRow]:
        return self.tables[table].rows if table in self.tables else []

    def has_column(self, table: Table, name: str) -> bool:
        return table in self.tables and name in self.tables[table].column_names

    def add_error(self, row: ParsedRow, text: object, column: str = "") -> None:
        row.error_columns.add(column)
        self.problems.append(row.make_problem(text, column))

    def resolve_reference(self, row: ParsedRow, column: str, text: str, table: Table) -> Model | None:
        """Return the instance with this slug or name; None, and a problem, unless there is exactly one."""
        index = self.index[table]
        matches = index.get(text) or index.get(make_name_key(text), [])
        if len(matches) == 1:
            return matches[0]
        message = (
            _("Several entries have the name “%(name)s”. Enter the slug instead.")
            if matches
            else _("“%(name)s” does not exist.")
        )
        self.add_error(row, message % {"name": text[:MAX_NAME_LENGTH]}, column)
        return None

    def new(self, table: Table) -> list[Model]:
        return [entry.instance for entry in self.entries[table] if entry.is_new]

    def changed(self, table: Table) -> list[PlannedRow]:
        return [entry for entry in self.entries[table] if entry.changed and not entry.is_new]

    def get_remaining(self, table: Table) -> list[Model]:
        """Return the instances of the table after the import."""
        deleted = {(type(instance), instance.pk) for instance in self.deleted[table]}
        stored = [instance for instance in self.stored[table] if (type(instance), instance.pk) not in deleted]
        return stored + self.new(table)


def make_name_key(name: str) -> str:
    """Return the key of a name in ImportPlan.index."""
    return f"\0{normalize_name(name)}"
