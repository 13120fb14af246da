"""What each row of the file says, told to the row of the database, and checked as the desk's forms check it."""

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext as _

from ..cells import LIST, Codes, Unreadable, YesNo, plain
from ..tables import ROOMS, SESSIONS, SPEAKERS, THEMES
from .plan import REFERENCES

HOURS = {"date", "starts_at", "ends_at", "duration"}
# Texts of so many letters may well be the same in many rows.
SHORT = 20


def fill(plan, table):
    for entry in plan.entries[table]:
        remember(entry)
        hours = _fill_session(plan, entry) if table is SESSIONS else {}
        assign(plan, entry, {"slug": entry.item.wanted_slug} | hours)
        if table is SPEAKERS and not entry.item.sort_name:
            entry.item.sort_name = entry.item.name_en
        if table is THEMES and not entry.item.sign:
            entry.item.sign = str(entry.item.number or entry.item.name_en[:1])
        check(plan, entry)


def remember(entry):
    model = type(entry.item)
    names = (column.name for column in entry.row.table.written if column.name not in ("id", "themes"))
    entry.was = {name: _now(entry.item, name) for name in names if hasattr(model, name)}


def _now(item, name):
    return getattr(item, f"{name}_id") if name in ("room", "session", "speaker") else getattr(item, name)


def assign(plan, entry, values):
    """An empty cell empties its field; one that cannot be empty keeps what it says, or what it begins with."""
    item, row = entry.item, entry.row
    for column in row.table.columns:
        name = column.name
        if name in ("id", *REFERENCES) or not plan.has(row.table, name) or not hasattr(type(item), name):
            continue
        model_field = item._meta.get_field(name)
        if name in row.values:
            setattr(item, name, row.values[name])
        elif model_field.null:
            setattr(item, name, None)
        elif isinstance(column.kind, YesNo):
            setattr(item, name, False)
        elif model_field.blank:
            setattr(item, name, [] if isinstance(column.kind, Codes) else "")
    for name, value in values.items():
        setattr(item, name, value)


def _fill_session(plan, entry):
    row, session = entry.row, entry.item
    if plan.has(SESSIONS, "room"):
        text = row.get("room")
        session.room = plan.find(row, "room", text, ROOMS) if text else None
    if plan.has(SESSIONS, "themes"):
        entry.themes = [theme.pk for theme in _themes(plan, row) if theme]
    else:
        entry.themes = plan.about.get(session.pk, [])
    return _hours(plan, entry)


def _themes(plan, row):
    text = row.get("themes") or ""
    if plain(text) and f"\0{plain(text)}" in plan.index[THEMES]:
        return [plan.find(row, "themes", text, THEMES)]
    names = dict.fromkeys(part.strip() for part in LIST.split(text) if part.strip())
    found = [plan.find(row, "themes", name, THEMES) for name in names]
    return list({theme.pk: theme for theme in found if theme}.values())


# Hours


class _Missing(Exception):
    def __init__(self, text, name):
        super().__init__(text)
        self.name = name


def _hours(plan, entry):
    """Start and end as moments, from whatever of date, start, end and duration is there."""
    row = entry.row
    if row.wrong & HOURS:
        return {}
    try:
        return {"starts_at": (start := _start(plan, row)), "ends_at": _end(plan, entry, start)}
    except _Missing as missing:
        plan.complain(row, missing, missing.name)
        return {}


def _start(plan, row):
    start, day = row.get("starts_at"), row.get("date")
    if start is None:
        raise _Missing(_("Write when it starts."), "starts_at")
    if hasattr(start, "date"):
        return start
    if day is None:
        raise _Missing(_("Write the date as well, as in 2020-12-07 18:00."), "starts_at")
    return _at(plan, day, start, "starts_at")


def _end(plan, entry, start):
    row, end = entry.row, entry.row.get("ends_at")
    if not (entry.is_new or plan.has(SESSIONS, "ends_at") or plan.has(SESSIONS, "duration")):
        end = entry.item.ends_at
    if end is None and row.get("duration"):
        return start + row.get("duration")
    if end is None:
        raise _Missing(_("Write when it ends, or how long it lasts."), "ends_at")
    if not hasattr(end, "date"):
        end = _at(plan, start.astimezone(plan.zone).date(), end, "ends_at")
    if end <= start:
        text = _("The end must be after the start; write its date, too, if it is on the next day.")
        raise _Missing(text, "ends_at")
    return end


def _at(plan, day, time, name):
    try:
        return SESSIONS.column("starts_at").kind.read(f"{day} {time}", plan.zone)
    except Unreadable as reason:
        raise _Missing(str(reason), name) from reason


# Checks


def check(plan, entry):
    """As the admin would, what is new; what is found wrong already is not said again."""
    item, row = entry.item, entry.row
    entry.changed = [name for name, value in entry.was.items() if _now(item, name) != value]
    wrong = row.wrong | (HOURS if row.wrong & HOURS else set()) | {"id", *REFERENCES}
    names = set(entry.was if entry.is_new else entry.changed) - wrong
    try:
        _clean(plan, item, names)
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            plan.complain(row, " ".join(messages), "" if name == NON_FIELD_ERRORS else name)
    if entry.themes is not None and set(entry.themes) != set(plan.about.get(item.pk, [])):
        entry.changed.append("themes")


def _clean(plan, item, names):
    """item.clean_fields() of these fields, but only once for a short value that many rows have: none of these checks
    looks at the row."""
    values = {name: vars(item)[item._meta.get_field(name).attname] for name in names}
    facts = {name: (type(item), name, type(value), value) for name, value in values.items() if _is_short(value)}
    unknown = {name for name in names if name not in facts or facts[name] not in plan.fine}
    if unknown:
        item.clean_fields(exclude={field.name for field in item._meta.fields if field.name not in unknown})
        plan.fine |= set(facts.values())


def _is_short(value):
    """Longer texts are hardly ever the same, and not worth remembering."""
    return value is None or isinstance(value, bool | int) or (isinstance(value, str) and len(value) <= SHORT)
