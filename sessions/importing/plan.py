"""What an import is about to do: which row of the file becomes which row of the database, and what is wrong."""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from django.apps import apps
from django.utils.translation import gettext as _

from ..cells import plain
from ..models import Room, Session, Theme
from ..tables import ROOMS, SESSIONS, SPEAKERS, THEMES
from .contents import Row

REFERENCES = ("room", "themes", "session", "speaker")
# Columns of which no two rows may have the same.
UNIQUE = {ROOMS: ("slug", "name_en"), THEMES: ("slug", "name_en", "number"), SPEAKERS: ("slug",), SESSIONS: ("slug",)}


@dataclass
class Entry:
    """A row of the file and the row of the database that it becomes; was holds what that one said before."""

    row: Row
    item: object
    is_new: bool
    was: dict = field(default_factory=dict)
    changed: list = field(default_factory=list)
    themes: list | None = None


class Plan:
    """One run. Entries and what goes are lists by table; index holds every row there will be by slug and names."""

    def __init__(self, contents, stored, delete_missing):
        self.contents, self.delete_missing = contents, delete_missing
        self.problems = [problem for content in contents.values() for problem in content.problems]
        self.stored, self.about = stored.items, stored.rows.themes_of
        self.zone = ZoneInfo(stored.conference.time_zone)
        self.entries, self.gone, self.index = {}, {}, {}
        # Values that a column has been asked about already, and takes.
        self.fine = set()

    def rows(self, table):
        return self.contents[table].rows if table in self.contents else []

    def has(self, table, name):
        return table in self.contents and name in self.contents[table].names

    def complain(self, row, text, name=""):
        row.wrong.add(name)
        self.problems.append(row.problem(text, name))

    def find(self, row, name, text, table):
        """The row of a table that is called so; None, and a problem, unless there is exactly one."""
        index = self.index[table]
        found = index.get(text) or index.get(f"\0{plain(text)}", [])
        if len(found) == 1:
            return found[0]
        what = _("Several are called “%(name)s”; write the slug instead.") if found else _("There is no “%(name)s”.")
        self.complain(row, what % {"name": text[:80]}, name)
        return None

    def new(self, table):
        return [entry.item for entry in self.entries[table] if entry.is_new]

    def changed(self, table):
        return [entry for entry in self.entries[table] if entry.changed and not entry.is_new]

    def staying(self, table):
        """Every row that there will be."""
        gone = {(type(item), item.pk) for item in self.gone[table]}
        return [item for item in self.stored[table] if (type(item), item.pk) not in gone] + self.new(table)


def model_of(table):
    return {ROOMS: Room, THEMES: Theme, SPEAKERS: apps.get_model("speakers.Speaker"), SESSIONS: Session}[table]
