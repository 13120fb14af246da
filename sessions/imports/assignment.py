"""What each row of the file says, told to the row of the database, and checked as the desk's forms check it."""

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext as _

from .cell_types import LIST_SEPARATOR, BooleanCell, CellValueError, LanguageListCell, normalize_name
from .columns import ROOMS, SESSIONS, SPEAKERS, THEMES
from .plan import REFERENCE_COLUMNS

TIME_COLUMNS = {"date", "starts_at", "ends_at", "duration"}
# Texts of so many letters may well be the same in many rows.
CACHEABLE_LENGTH = 20


def assign_values(plan, table):
    for entry in plan.entries[table]:
        store_original_values(entry)
        hours = assign_session_relations(plan, entry) if table is SESSIONS else {}
        assign_fields(plan, entry, {"slug": entry.instance.wanted_slug} | hours)
        if table is SPEAKERS and not entry.instance.sort_name:
            entry.instance.sort_name = entry.instance.name_en
        if table is THEMES and not entry.instance.sign:
            entry.instance.sign = str(entry.instance.number or entry.instance.name_en[:1])
        validate_row(plan, entry)


def store_original_values(entry):
    model = type(entry.instance)
    names = (column.name for column in entry.row.table.writable_columns if column.name not in ("id", "themes"))
    entry.original_values = {name: get_current_value(entry.instance, name) for name in names if hasattr(model, name)}


def get_current_value(item, name):
    return getattr(item, f"{name}_id") if name in ("room", "session", "speaker") else getattr(item, name)


def assign_fields(plan, entry, values):
    """An empty cell empties its field; one that cannot be empty keeps what it says, or what it begins with."""
    item, row = entry.instance, entry.row
    for column in row.table.columns:
        name = column.name
        if name in ("id", *REFERENCE_COLUMNS) or not plan.has_column(row.table, name) or not hasattr(type(item), name):
            continue
        model_field = item._meta.get_field(name)
        if name in row.values:
            setattr(item, name, row.values[name])
        elif model_field.null:
            setattr(item, name, None)
        elif isinstance(column.cell_type, BooleanCell):
            setattr(item, name, False)
        elif model_field.blank:
            setattr(item, name, [] if isinstance(column.cell_type, LanguageListCell) else "")
    for name, value in values.items():
        setattr(item, name, value)


def assign_session_relations(plan, entry):
    row, session = entry.row, entry.instance
    if plan.has_column(SESSIONS, "room"):
        text = row.get("room")
        session.room = plan.resolve_reference(row, "room", text, ROOMS) if text else None
    if plan.has_column(SESSIONS, "themes"):
        entry.themes = [theme.pk for theme in find_themes(plan, row) if theme]
    else:
        entry.themes = plan.stored_theme_ids.get(session.pk, [])
    return resolve_times(plan, entry)


def find_themes(plan, row):
    text = row.get("themes") or ""
    if normalize_name(text) and f"\0{normalize_name(text)}" in plan.index[THEMES]:
        return [plan.resolve_reference(row, "themes", text, THEMES)]
    names = dict.fromkeys(part.strip() for part in LIST_SEPARATOR.split(text) if part.strip())
    found = [plan.resolve_reference(row, "themes", name, THEMES) for name in names]
    return list({theme.pk: theme for theme in found if theme}.values())


# Hours


class MissingValueError(Exception):
    def __init__(self, text, name):
        super().__init__(text)
        self.name = name


def resolve_times(plan, entry):
    """Start and end as moments, from whatever of date, start, end and duration is there."""
    row = entry.row
    if row.error_columns & TIME_COLUMNS:
        return {}
    try:
        return {"starts_at": (start := resolve_start(plan, row)), "ends_at": resolve_end(plan, entry, start)}
    except MissingValueError as missing:
        plan.add_error(row, missing, missing.name)
        return {}


def resolve_start(plan, row):
    start, day = row.get("starts_at"), row.get("date")
    if start is None:
        raise MissingValueError(_("Enter the start time."), "starts_at")
    if hasattr(start, "date"):
        return start
    if day is None:
        raise MissingValueError(_("Enter the date as well, for example 2020-12-07 18:00."), "starts_at")
    return combine_date_and_time(plan, day, start, "starts_at")


def resolve_end(plan, entry, start):
    row, end = entry.row, entry.row.get("ends_at")
    if not (entry.is_new or plan.has_column(SESSIONS, "ends_at") or plan.has_column(SESSIONS, "duration")):
        end = entry.instance.ends_at
    if end is None and row.get("duration"):
        return start + row.get("duration")
    if end is None:
        raise MissingValueError(_("Enter the end time or the duration."), "ends_at")
    if not hasattr(end, "date"):
        end = combine_date_and_time(plan, start.astimezone(plan.zone).date(), end, "ends_at")
    if end <= start:
        text = _("The end must be after the start. If it is on the next day, enter its date as well.")
        raise MissingValueError(text, "ends_at")
    return end


def combine_date_and_time(plan, day, time, name):
    try:
        return SESSIONS.column("starts_at").cell_type.read(f"{day} {time}", plan.zone)
    except CellValueError as reason:
        raise MissingValueError(str(reason), name) from reason


# Checks


def validate_row(plan, entry):
    """As the admin would, what is new; what is found wrong already is not said again."""
    item, row = entry.instance, entry.row
    entry.changed = [name for name, value in entry.original_values.items() if get_current_value(item, name) != value]
    wrong = (
        row.error_columns | (TIME_COLUMNS if row.error_columns & TIME_COLUMNS else set()) | {"id", *REFERENCE_COLUMNS}
    )
    names = set(entry.original_values if entry.is_new else entry.changed) - wrong
    try:
        clean_fields(plan, item, names)
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            plan.add_error(row, " ".join(messages), "" if name == NON_FIELD_ERRORS else name)
    if entry.themes is not None and set(entry.themes) != set(plan.stored_theme_ids.get(item.pk, [])):
        entry.changed.append("themes")


def clean_fields(plan, item, names):
    """item.clean_fields() of these fields, but only once for a short value that many rows have: none of these checks
    looks at the row."""
    values = {name: vars(item)[item._meta.get_field(name).attname] for name in names}
    facts = {name: (type(item), name, type(value), value) for name, value in values.items() if is_cacheable(value)}
    unknown = {name for name in names if name not in facts or facts[name] not in plan.validated_values}
    if unknown:
        item.clean_fields(exclude={field.name for field in item._meta.fields if field.name not in unknown})
        plan.validated_values |= set(facts.values())


def is_cacheable(value):
    """Longer texts are hardly ever the same, and not worth remembering."""
    return value is None or isinstance(value, bool | int) or (isinstance(value, str) and len(value) <= CACHEABLE_LENGTH)
