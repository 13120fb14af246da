"""What is planned, written: all rows of a model at once, and the history as if each had been saved by itself."""

from .. import recording
from ..tables import LINKS, PARTICIPATIONS, ROOMS, SESSIONS, SPEAKERS, THEMES
from ..translations import stale_after, texts
from .plan import UNIQUE, model_of


def save(plan):
    recording.delete([*plan.gone[PARTICIPATIONS], *plan.gone[LINKS], *orphaned(plan)])
    recording.tie({session.pk: [] for session in plan.gone[SESSIONS]})
    recording.delete(plan.gone[SESSIONS])
    for table in UNIQUE:
        recording.set_aside(model_of(table), _exchanged(plan, table))
    # Before the sessions, so that what history keeps of a session has its themes.
    recording.tie({entry.item.pk: entry.themes for entry in plan.entries[SESSIONS] if "themes" in entry.changed})
    for table in (ROOMS, THEMES, SPEAKERS, SESSIONS, PARTICIPATIONS, LINKS):
        _write(plan, table)
    recording.delete(plan.gone[SPEAKERS])
    for table in (ROOMS, THEMES):
        _delete(plan, table)


def orphaned(plan):
    """Parts and links that go with their session or speaker, though they themselves are not named."""
    gone = {item.pk for table in (SESSIONS, SPEAKERS) for item in plan.gone[table]}
    named = {id(item) for table in (PARTICIPATIONS, LINKS) for item in plan.gone[table]}
    stored = [*plan.stored[PARTICIPATIONS], *plan.stored[LINKS]]
    return [item for item in stored if id(item) not in named and owner_of(item) in gone]


def owner_of(item):
    return item.session_id if hasattr(item, "session_id") else item.speaker_id


def _write(plan, table):
    changed = plan.changed(table)
    for entry in changed:
        if texts(type(entry.item)) and hasattr(entry.item, "stale"):
            entry.item.stale = stale_after(entry.was, entry.item)
    recording.create(plan.new(table))
    recording.update([entry.item for entry in changed])


def _delete(plan, table):
    """With a record of each, which takes queries for each: what else belongs to it is the database's to know."""
    gone = [item.pk for item in plan.gone[table]]
    for start in range(0, len(gone), recording.AT_ONCE):
        model_of(table).objects.filter(pk__in=gone[start : start + recording.AT_ONCE]).delete()


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
