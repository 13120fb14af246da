"""Parts and links, which have no address: found again by what they say, else by their number."""

from django.apps import apps
from django.utils.translation import gettext as _

from ..models import Participation, SessionLink
from ..tables import LINKS, PARTICIPATIONS, SESSIONS, SPEAKERS
from .filling import assign, check, remember
from .plan import Entry

# So many rows that end up with an order of their own keep room between them.
STEP = 10
# Which columns may say whose it is.
OWNERS = {PARTICIPATIONS: ("session",), LINKS: ("session", "speaker")}


def match_belongings(plan, table):
    plan.entries[table], plan.gone[table] = [], []
    taken, seen, places = set(), {}, {}
    by_pk = {(type(item), item.pk): item for item in plan.stored[table]}
    waiting = _by_key(plan, table)
    rows = [(row, found) for row in plan.rows(table) if (found := _owner(plan, row))]
    # First by what they say, then by their number: so that two may exchange their numbers.
    rows = [(row, *found, _key(row, *found)) for row, found in rows]
    same = {id(row): waiting[key].pop(0) for row, _n, _o, _p, key in rows if waiting.get(key)}
    used = {(type(item), item.pk) for item in same.values()}
    for row, name, owner, person, key in rows:
        item = same.get(id(row)) or _by_number(row, name, owner, by_pk, used)
        if key in seen and table is PARTICIPATIONS and person:
            plan.complain(row, _("This is the same one as in row %(row)d.") % {"row": seen[key]})
            continue
        seen[key] = row.number
        places[owner.pk] = places.get(owner.pk, 0) + STEP
        entry = _belonging(plan, row, item, name, owner, person, places[owner.pk])
        plan.entries[table].append(entry)
        taken.add((type(entry.item), entry.item.pk))
    if plan.delete_missing and table in plan.contents:
        plan.gone[table] = [item for item in plan.stored[table] if (type(item), item.pk) not in taken]


def _by_key(plan, table):
    keys = {}
    for item in plan.stored[table]:
        owner = next(getattr(item, f"{name}_id") for name in OWNERS[table] if hasattr(item, f"{name}_id"))
        rest = (item.role, item.speaker_id or item.placeholder_en) if table is PARTICIPATIONS else (item.url,)
        keys.setdefault((owner, *rest), []).append(item)
    return keys


def _key(row, name, owner, person):
    if row.table is PARTICIPATIONS:
        return owner.pk, row.get("role"), person.pk if person else row.get("placeholder_en") or ""
    return owner.pk, row.get("url")


def _by_number(row, name, owner, by_pk, used):
    model = _model_of(row.table, name)
    item = by_pk.get((model, row.get("id")))
    if item is None or (model, item.pk) in used or getattr(item, f"{name}_id") != owner.pk:
        return None
    used.add((model, item.pk))
    return item


def _model_of(table, name):
    if table is PARTICIPATIONS:
        return Participation
    return SessionLink if name == "session" else apps.get_model("speakers.SpeakerLink")


def _owner(plan, row):
    """Which column says whose it is, whose it is, and for a part the speaker; None where that is wrong."""
    owners = OWNERS[row.table]
    if row.wrong & {*owners, "speaker"}:
        return None
    named = [name for name in owners if row.get(name)]
    if len(named) != 1:
        text = _("Write a session here.") if len(owners) == 1 else _("Write either a session or a speaker.")
        plan.complain(row, text, owners[0])
        return None
    name = named[0]
    owner = plan.find(row, name, row.get(name), SESSIONS if name == "session" else SPEAKERS)
    if row.table is not PARTICIPATIONS:
        return owner and (name, owner, None)
    text, awaited = row.get("speaker"), row.get("placeholder_en")
    if bool(text) == bool(awaited or row.get("placeholder_vi")) or not (text or awaited):
        plan.complain(row, _("Choose a speaker, or say who is awaited; not both."), "speaker")
        return None
    person = plan.find(row, "speaker", text, SPEAKERS) if text else None
    return (owner and (person or not text) and (name, owner, person)) or None


def _belonging(plan, row, item, name, owner, person, place):
    is_new = item is None
    item = item or _model_of(row.table, name)()
    entry = Entry(row, item, is_new)
    remember(entry)
    setattr(item, name, owner)
    if row.table is PARTICIPATIONS:
        item.speaker = person
    order = row.get("order")
    if order is None:
        order = place if is_new or plan.has(row.table, "order") else item.order
    assign(plan, entry, {"order": order})
    check(plan, entry)
    if row.table is PARTICIPATIONS and person and (item.placeholder_en or item.placeholder_vi):
        # Of a row that awaited somebody, in a file without the columns that say whom.
        plan.complain(row, _("Choose a speaker, or say who is awaited; not both."), "speaker")
    return entry
