"""What must not be, whichever rows it comes from."""

from django.utils.translation import gettext as _

from .columns import PARTICIPATIONS, ROOMS, SESSIONS, SPEAKERS, TABLES
from .errors import ImportFailedError, ImportProblem
from .plan import UNIQUE_COLUMNS


def validate_plan(plan):
    """Raises Refused with everything that was found wrong on the way, in the order of the file."""
    for table in UNIQUE_COLUMNS:
        check_uniqueness(plan, table)
    check_references(plan)
    if plan.problems:
        raise ImportFailedError(
            sorted(plan.problems, key=lambda problem: (get_sheet_position(problem.sheet), problem.row or 0))
        )


def check_uniqueness(plan, table):
    rows = {entry.instance.pk: entry.row for entry in plan.entries[table]}
    items = plan.get_remaining(table) + plan.deleted[table]
    for name in UNIQUE_COLUMNS[table]:
        holders = {}
        for item in sorted(items, key=lambda item: item.pk in rows):
            value = getattr(item, name)
            if value is None:
                continue
            other = holders.setdefault(value, item)
            if other is not item and item.pk in rows:
                plan.add_error(rows[item.pk], _("“%(name)s” already has this value.") % {"name": other}, name)


def check_references(plan):
    """Nothing is deleted that something which stays refers to."""
    stays = plan.get_remaining(SESSIONS)
    titles = {session.pk: session for session in stays}
    rooms = {session.room_id: session for session in stays}
    speaking = {
        part.speaker_id: titles[part.session_id]
        for part in plan.get_remaining(PARTICIPATIONS)
        if part.session_id in titles
    }
    for table, needed in ((ROOMS, rooms), (SPEAKERS, speaking)):
        for item in plan.deleted[table]:
            if item.pk in needed:
                text = _("“%(name)s” is not in this sheet but cannot be deleted because “%(other)s” uses it.")
                words = {"name": item, "other": needed[item.pk]}
                plan.problems.append(ImportProblem(text % words, table.name))


def get_sheet_position(sheet):
    names = [table.name.casefold() for table in TABLES]
    return names.index(sheet.casefold()) if sheet.casefold() in names else len(names)
