"""Saving a plan with bulk writes, with the history records that saving each instance would create."""

from django.db.models import Model

from conference.core.versioning import bulk_history
from sessions.models import Session

from .columns import LINKS, PARTICIPATIONS, ROOMS, SESSIONS, SPEAKERS, THEMES, Table
from .plan import MODELS, UNIQUE_COLUMNS, ImportPlan


def save_plan(plan: ImportPlan) -> None:
    for table in (PARTICIPATIONS, LINKS, SESSIONS):
        delete_rows(plan, table)
    for table in UNIQUE_COLUMNS:
        bulk_history.set_temporary_values(MODELS[table], collect_swapped_values(plan, table))
    # Before the sessions, so that their history records include the themes.
    bulk_history.set_m2m(
        Session,
        "themes",
        {entry.instance.pk: entry.themes for entry in plan.entries[SESSIONS] if "themes" in entry.changed},
    )
    for table in (ROOMS, THEMES, SPEAKERS, SESSIONS, PARTICIPATIONS, LINKS):
        save_rows(plan, table)
    for table in (SPEAKERS, ROOMS, THEMES):
        delete_rows(plan, table)


def save_rows(plan: ImportPlan, table: Table) -> None:
    bulk_history.bulk_create(plan.new(table))
    bulk_history.bulk_update([entry.instance for entry in plan.changed(table)])


def delete_rows(plan: ImportPlan, table: Table) -> None:
    """Delete the rows, with a history record of each and of each dependent row."""
    for model, instances in bulk_history.group_by_model(plan.deleted[table]).items():
        model.objects.filter(pk__in=[instance.pk for instance in instances]).delete()


def collect_swapped_values(plan: ImportPlan, table: Table) -> dict[str, dict]:
    """Return temporary values for unique values that pass from one row to another: {field: {primary key: value}}."""
    temporary = {}
    for name in UNIQUE_COLUMNS[table]:
        wanted = {
            getattr(entry.instance, name) for entry in plan.entries[table] if entry.is_new or name in entry.changed
        }
        for entry in plan.changed(table):
            if name in entry.changed and entry.original_values[name] in wanted:
                temporary.setdefault(name, {})[entry.instance.pk] = make_temporary_value(name, entry.instance)
    return temporary


def make_temporary_value(name: str, instance: Model) -> str | None:
    return None if name == "number" else f"-{instance.pk.hex}"
