"""Administration of the programme: sessions, rooms, themes, releases, timetable editor, import and export."""

from . import programme  # noqa: F401 - registers the ModelAdmins
