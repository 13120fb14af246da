"""Checks of a plan that concern more than one row: unique values and references to deleted rows."""

from collections.abc import Sequence

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model, ProtectedError
from django.db.models.deletion import Collector
from django.utils.translation import gettext as _

from .columns import PARTICIPATIONS, ROOMS, SESSIONS, SPEAKERS, TABLES, Table
from .errors import ImportFailedError, ImportProblem
from .plan import UNIQUE_COLUMNS, ImportPlan


def validate_plan(plan: ImportPlan) -> None:
    """Raise ImportFailedError with all problems of the plan, in the order of the file."""
    for table in UNIQUE_COLUMNS:
        check_uniqueness(plan, table)
    check_references(plan)
    check_protection(plan)
    if plan.problems:
        raise ImportFailedError(
            sorted(plan.problems, key=lambda problem: (get_sheet_position(problem.sheet), problem.row or 0))
        )


def check_uniqueness(plan: ImportPlan, table: Table) -> None:
    rows = {entry.instance.pk: entry.row for entry in plan.entries[table]}
    instances = plan.get_remaining(table) + plan.deleted[table]
    for name in UNIQUE_COLUMNS[table]:
        owners = {}
        # Rows of the file come last, so that the problem is reported for them.
        for instance in sorted(instances, key=lambda instance: instance.pk in rows):
            value = getattr(instance, name)
            if value is None:
                continue
            owner = owners.setdefault(value, instance)
            if owner is not instance and instance.pk in rows:
                plan.add_error(rows[instance.pk], _("“%(name)s” already has this value."), name, {"name": owner})


def check_references(plan: ImportPlan) -> None:
    """Add a problem for each deleted room or speaker that a remaining session uses."""
    remaining = plan.get_remaining(SESSIONS)
    by_id = {session.pk: session for session in remaining}
    by_room = {session.room_id: session for session in remaining}
    by_speaker = {
        participation.speaker_id: by_id[participation.session_id]
        for participation in plan.get_remaining(PARTICIPATIONS)
        if participation.session_id in by_id
    }
    for table, sessions in ((ROOMS, by_room), (SPEAKERS, by_speaker)):
        for instance in plan.deleted[table]:
            if instance.pk in sessions:
                message = _("“%(name)s” is not in this sheet but cannot be deleted because “%(other)s” uses it.")
                values = {"name": instance, "other": sessions[instance.pk]}
                plan.problems.append(ImportProblem(message % values, table.name, kind=message))


def check_protection(plan: ImportPlan) -> None:
    """Add a problem for each deleted session to which rows refer that must stay, such as records of other apps."""
    deleted = plan.deleted[SESSIONS]
    if not name_protecting_rows(deleted):
        return
    for session in deleted:
        if names := name_protecting_rows([session]):
            message = _("“%(name)s” is not in this sheet but cannot be deleted because of its %(others)s.")
            values = {"name": session, "others": names}
            plan.problems.append(ImportProblem(message % values, SESSIONS.name, kind=message))


def name_protecting_rows(instances: Sequence[Model]) -> str:
    """Return the names of the kinds of rows because of which the database refuses to delete some instances."""
    try:
        Collector(using=DEFAULT_DB_ALIAS).collect(instances)
    except ProtectedError as error:
        return ", ".join(sorted({str(row._meta.verbose_name_plural) for row in error.protected_objects}))
    return ""


def get_sheet_position(sheet: str) -> int:
    names = [table.name.casefold() for table in TABLES]
    return names.index(sheet.casefold()) if sheet.casefold() in names else len(names)
