"""What is planned, written: all rows of a model at once, and the history as if each had been saved by itself."""

from .. import bulk_history
from ..tables import LINKS, PARTICIPATIONS, ROOMS, SESSIONS, SPEAKERS, THEMES
from ..translations import stale_after, texts
from .plan import UNIQUE, model_of


def save(plan):
    for table in (PARTICIPATIONS, LINKS, SESSIONS):
        _delete(plan, table)
    for table in UNIQUE:
        bulk_history.set_temporary_values(model_of(table), _exchanged(plan, table))
    # Before the sessions, so that their history records include the themes.
    bulk_history.set_themes(
        {entry.item.pk: entry.themes for entry in plan.entries[SESSIONS] if "themes" in entry.changed}
    )
    for table in (ROOMS, THEMES, SPEAKERS, SESSIONS, PARTICIPATIONS, LINKS):
        _write(plan, table)
    for table in (SPEAKERS, ROOMS, THEMES):
        _delete(plan, table)


def _write(plan, table):
    changed = plan.changed(table)
    for entry in changed:
        if texts(type(entry.item)) and hasattr(entry.item, "stale"):
            entry.item.stale = stale_after(entry.was, entry.item)
    bulk_history.bulk_create(plan.new(table))
    bulk_history.bulk_update([entry.item for entry in changed])


def _delete(plan, table):
    """Delete with a record of each row and of what is deleted with it."""
    for model, items in bulk_history.group_by_model(plan.gone[table]).items():
        model.objects.filter(pk__in=[item.pk for item in items]).delete()


def _exchanged(plan, table):
    """Values that another row takes over are let go of first; nobody sees the state between."""
    aside = {}
    for name in UNIQUE[table]:
        wanted = {getattr(entry.item, name) for entry in plan.entries[table] if entry.is_new or name in entry.changed}
        for entry in plan.changed(table):
            if name in entry.changed and entry.was[name] in wanted:
                aside.setdefault(name, {})[entry.item.pk] = _aside(name, entry.item)
    return aside


def _aside(name, item):
    return None if name == "number" else f"-{item.pk.hex}"
