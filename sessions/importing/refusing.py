"""What must not be, whichever rows it comes from."""

from django.utils.translation import gettext as _

from ..tables import PARTICIPATIONS, ROOMS, SESSIONS, SPEAKERS, TABLES
from .plan import UNIQUE
from .problems import Problem, Refused


def refuse(plan):
    """Raises Refused with everything that was found wrong on the way, in the order of the file."""
    for table in UNIQUE:
        _find_twins(plan, table)
    _find_orphans(plan)
    if plan.problems:
        raise Refused(sorted(plan.problems, key=lambda problem: (_place(problem.sheet), problem.row or 0)))


def _find_twins(plan, table):
    rows = {entry.item.pk: entry.row for entry in plan.entries[table]}
    items = plan.staying(table) + plan.gone[table]
    for name in UNIQUE[table]:
        holders = {}
        for item in sorted(items, key=lambda item: item.pk in rows):
            value = getattr(item, name)
            if value is None:
                continue
            other = holders.setdefault(value, item)
            if other is not item and item.pk in rows:
                plan.complain(rows[item.pk], _("“%(name)s” has this already.") % {"name": other}, name)


def _find_orphans(plan):
    """Nothing is deleted that something which stays refers to."""
    stays = plan.staying(SESSIONS)
    titles = {session.pk: session for session in stays}
    rooms = {session.room_id: session for session in stays}
    speaking = {
        part.speaker_id: titles[part.session_id] for part in plan.staying(PARTICIPATIONS) if part.session_id in titles
    }
    for table, needed in ((ROOMS, rooms), (SPEAKERS, speaking)):
        for item in plan.gone[table]:
            if item.pk in needed:
                text = _("“%(name)s” is not in this table but cannot be deleted: “%(other)s” needs it.")
                words = {"name": item, "other": needed[item.pk]}
                plan.problems.append(Problem(text % words, table.name))


def _place(sheet):
    names = [table.name.casefold() for table in TABLES]
    return names.index(sheet.casefold()) if sheet.casefold() in names else len(names)
