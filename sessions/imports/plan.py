"""The plan of an import: the database row that each row of the file becomes, the deletions and the problems."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import Model
from django.utils.translation import gettext as _

from conference.core.i18n.names import NameIndex
from speakers.models import Speaker

from ..models import Room, Session, Theme
from .columns import ROOMS, SESSIONS, SPEAKERS, THEMES, Table
from .database import DatabaseState
from .errors import ImportProblem
from .parser import ParsedFile, ParsedRow

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
# Gaps between order numbers let an organizer insert a row later.
ORDER_STEP, MAX_ORDER = 10, 32_767


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
    slug and by name.
    """

    def __init__(self, file: ParsedFile, state: DatabaseState, delete_missing: bool):
        self.tables, self.context, self.delete_missing = file.tables, file.context, delete_missing
        self.problems: list[ImportProblem] = [problem for table in self.tables.values() for problem in table.problems]
        self.stored, self.stored_theme_ids = state.instances, state.rows.theme_ids_by_session
        self.entries: dict[Table, list[PlannedRow]] = {}
        self.deleted: dict[Table, list[Model]] = {}
        self.index: dict[Table, NameIndex] = {}
        # (model, field, type, value) of the values that a field accepts.
        self.validated_values: set[tuple] = set()

    def rows(self, table: Table) -> list[ParsedRow]:
        return self.tables[table].rows if table in self.tables else []

    def has_column(self, table: Table, name: str) -> bool:
        return table in self.tables and name in self.tables[table].column_names

    def add_error(self, row: ParsedRow, text: object, column: str = "", values: Mapping | None = None) -> None:
        """Add a problem; the values are inserted into the text, and problems of one text are reported together."""
        row.error_columns.add(column)
        self.problems.append(row.make_problem(str(text) % values if values else text, column, str(text)))

    def resolve_reference(self, row: ParsedRow, column: str, text: str, table: Table) -> Model | None:
        """Return the instance with this slug or name; None, and a problem, unless there is exactly one."""
        matches = self.index[table].find(text)
        if len(matches) == 1:
            return matches[0]
        message = (
            _("Several entries have the name “%(name)s”. Enter the slug instead.")
            if matches
            else _("“%(name)s” does not exist.")
        )
        self.add_error(row, message, column, {"name": text[:MAX_NAME_LENGTH]})
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
