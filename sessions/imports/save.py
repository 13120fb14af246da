"""What is planned, written: all rows of a model at once, and the history as if each had been saved by itself."""

from conference.core.translations import get_translated_fields, recompute_stale
from conference.core.versioning import bulk_history
from sessions.models import Session

from .columns import LINKS, PARTICIPATIONS, ROOMS, SESSIONS, SPEAKERS, THEMES
from .plan import UNIQUE_COLUMNS, get_table_model


def save_plan(plan):
    for table in (PARTICIPATIONS, LINKS, SESSIONS):
        delete_rows(plan, table)
    for table in UNIQUE_COLUMNS:
        bulk_history.set_temporary_values(get_table_model(table), collect_swapped_values(plan, table))
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


def save_rows(plan, table):
    changed = plan.changed(table)
    for entry in changed:
        if get_translated_fields(type(entry.instance)) and hasattr(entry.instance, "stale_translations"):
            entry.instance.stale_translations = recompute_stale(entry.original_values, entry.instance)
    bulk_history.bulk_create(plan.new(table))
    bulk_history.bulk_update([entry.instance for entry in changed])


def delete_rows(plan, table):
    """Delete with a record of each row and of what is deleted with it."""
    for model, items in bulk_history.group_by_model(plan.deleted[table]).items():
        model.objects.filter(pk__in=[item.pk for item in items]).delete()


def collect_swapped_values(plan, table):
    """Values that another row takes over are let go of first; nobody sees the state between."""
    aside = {}
    for name in UNIQUE_COLUMNS[table]:
        wanted = {
            getattr(entry.instance, name) for entry in plan.entries[table] if entry.is_new or name in entry.changed
        }
        for entry in plan.changed(table):
            if name in entry.changed and entry.original_values[name] in wanted:
                aside.setdefault(name, {})[entry.instance.pk] = make_temporary_value(name, entry.instance)
    return aside


def make_temporary_value(name, item):
    return None if name == "number" else f"-{item.pk.hex}"
