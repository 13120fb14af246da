"""What an import is about to do: which row of the file becomes which row of the database, and what is wrong."""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from django.apps import apps
from django.utils.translation import gettext as _

from ..models import Room, Session, Theme
from .cell_types import normalize_name
from .columns import ROOMS, SESSIONS, SPEAKERS, THEMES
from .parser import ParsedRow

REFERENCE_COLUMNS = ("room", "themes", "session", "speaker")
# Columns of which no two rows may have the same.
UNIQUE_COLUMNS = {
    ROOMS: ("slug", "name_en"),
    THEMES: ("slug", "name_en", "number"),
    SPEAKERS: ("slug",),
    SESSIONS: ("slug",),
}


@dataclass
class PlannedRow:
    """A row of the file and the row of the database that it becomes; was holds what that one said before."""

    row: ParsedRow
    instance: object
    is_new: bool
    original_values: dict = field(default_factory=dict)
    changed: list = field(default_factory=list)
    themes: list | None = None


class ImportPlan:
    """One run. Entries and what goes are lists by table; index holds every row there will be by slug and names."""

    def __init__(self, contents, stored, delete_missing):
        self.tables, self.delete_missing = contents, delete_missing
        self.problems = [problem for content in contents.values() for problem in content.problems]
        self.stored, self.stored_theme_ids = stored.items, stored.rows.theme_ids_by_session
        self.zone = ZoneInfo(stored.conference.time_zone)
        self.entries, self.deleted, self.index = {}, {}, {}
        # Values that a column has been asked about already, and takes.
        self.validated_values = set()

    def rows(self, table):
        return self.tables[table].rows if table in self.tables else []

    def has_column(self, table, name):
        return table in self.tables and name in self.tables[table].column_names

    def add_error(self, row, text, name=""):
        row.error_columns.add(name)
        self.problems.append(row.make_problem(text, name))

    def resolve_reference(self, row, name, text, table):
        """The row of a table that is called so; None, and a problem, unless there is exactly one."""
        index = self.index[table]
        found = index.get(text) or index.get(f"\0{normalize_name(text)}", [])
        if len(found) == 1:
            return found[0]
        what = (
            _("Several entries have the name “%(name)s”. Enter the slug instead.")
            if found
            else _("“%(name)s” does not exist.")
        )
        self.add_error(row, what % {"name": text[:80]}, name)
        return None

    def new(self, table):
        return [entry.instance for entry in self.entries[table] if entry.is_new]

    def changed(self, table):
        return [entry for entry in self.entries[table] if entry.changed and not entry.is_new]

    def get_remaining(self, table):
        """Every row that there will be."""
        gone = {(type(item), item.pk) for item in self.deleted[table]}
        return [item for item in self.stored[table] if (type(item), item.pk) not in gone] + self.new(table)


def get_table_model(table):
    return {ROOMS: Room, THEMES: Theme, SPEAKERS: apps.get_model("speakers.Speaker"), SESSIONS: Session}[table]
