"""Parts and links, which have no address: found again by what they say, else by their number."""

from django.apps import apps
from django.utils.translation import gettext as _

from ..models import Participation, SessionLink
from .assignment import assign_fields, store_original_values, validate_row
from .columns import LINKS, PARTICIPATIONS, SESSIONS, SPEAKERS
from .plan import PlannedRow

# So many rows that end up with an order of their own keep room between them.
ORDER_STEP = 10
# Which columns may say whose it is.
PARENT_COLUMNS = {PARTICIPATIONS: ("session",), LINKS: ("session", "speaker")}


def match_child_rows(plan, table):
    plan.entries[table], plan.deleted[table] = [], []
    taken, seen, places = set(), {}, {}
    by_pk = {(type(item), item.pk): item for item in plan.stored[table]}
    waiting = group_by_key(plan, table)
    rows = [(row, found) for row in plan.rows(table) if (found := find_parent(plan, row))]
    # First by what they say, then by their number: so that two may exchange their numbers.
    rows = [(row, *found, make_row_key(row, *found)) for row, found in rows]
    same = {id(row): waiting[key].pop(0) for row, _n, _o, _p, key in rows if waiting.get(key)}
    used = {(type(item), item.pk) for item in same.values()}
    for row, name, owner, person, key in rows:
        item = same.get(id(row)) or find_by_id(row, name, owner, by_pk, used)
        if key in seen and table is PARTICIPATIONS and person:
            plan.add_error(row, _("This is a duplicate of row %(row)d.") % {"row": seen[key]})
            continue
        seen[key] = row.number
        places[owner.pk] = places.get(owner.pk, 0) + ORDER_STEP
        entry = plan_child_row(plan, row, item, name, owner, person, places[owner.pk])
        plan.entries[table].append(entry)
        taken.add((type(entry.instance), entry.instance.pk))
    if plan.delete_missing and table in plan.tables:
        plan.deleted[table] = [item for item in plan.stored[table] if (type(item), item.pk) not in taken]


def group_by_key(plan, table):
    keys = {}
    for item in plan.stored[table]:
        owner = next(getattr(item, f"{name}_id") for name in PARENT_COLUMNS[table] if hasattr(item, f"{name}_id"))
        rest = (item.role, item.speaker_id or item.placeholder_en) if table is PARTICIPATIONS else (item.url,)
        keys.setdefault((owner, *rest), []).append(item)
    return keys


def make_row_key(row, name, owner, person):
    if row.table is PARTICIPATIONS:
        return owner.pk, row.get("role"), person.pk if person else row.get("placeholder_en") or ""
    return owner.pk, row.get("url")


def find_by_id(row, name, owner, by_pk, used):
    model = get_child_model(row.table, name)
    item = by_pk.get((model, row.get("id")))
    if item is None or (model, item.pk) in used or getattr(item, f"{name}_id") != owner.pk:
        return None
    used.add((model, item.pk))
    return item


def get_child_model(table, name):
    if table is PARTICIPATIONS:
        return Participation
    return SessionLink if name == "session" else apps.get_model("speakers.SpeakerLink")


def find_parent(plan, row):
    """Which column says whose it is, whose it is, and for a part the speaker; None where that is wrong."""
    owners = PARENT_COLUMNS[row.table]
    if row.error_columns & {*owners, "speaker"}:
        return None
    named = [name for name in owners if row.get(name)]
    if len(named) != 1:
        text = _("Enter a session.") if len(owners) == 1 else _("Enter either a session or a speaker.")
        plan.add_error(row, text, owners[0])
        return None
    name = named[0]
    owner = plan.resolve_reference(row, name, row.get(name), SESSIONS if name == "session" else SPEAKERS)
    if row.table is not PARTICIPATIONS:
        return owner and (name, owner, None)
    text, awaited = row.get("speaker"), row.get("placeholder_en")
    if bool(text) == bool(awaited or row.get("placeholder_vi")) or not (text or awaited):
        plan.add_error(row, _("Choose a speaker or enter a placeholder, not both."), "speaker")
        return None
    person = plan.resolve_reference(row, "speaker", text, SPEAKERS) if text else None
    return (owner and (person or not text) and (name, owner, person)) or None


def plan_child_row(plan, row, item, name, owner, person, place):
    is_new = item is None
    item = item or get_child_model(row.table, name)()
    entry = PlannedRow(row, item, is_new)
    store_original_values(entry)
    setattr(item, name, owner)
    if row.table is PARTICIPATIONS:
        item.speaker = person
    order = row.get("order")
    if order is None:
        order = place if is_new or plan.has_column(row.table, "order") else item.order
    assign_fields(plan, entry, {"order": order})
    validate_row(plan, entry)
    if row.table is PARTICIPATIONS and person and (item.placeholder_en or item.placeholder_vi):
        # Of a row that awaited somebody, in a file without the columns that say whom.
        plan.add_error(row, _("Choose a speaker or enter a placeholder, not both."), "speaker")
    return entry
