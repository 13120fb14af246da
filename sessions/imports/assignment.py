"""Assignment of a row's values to its instance, and validation as in the forms of the admin."""

import datetime
from collections.abc import Collection, Iterator, Mapping
from itertools import count

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Model

from conference.core.i18n.translations import recompute_stale
from conference.core.ordering import get_next_position
from speakers.names import make_sort_name

from ..models import Theme
from .cell_types import LIST_SEPARATOR, BooleanCell, LanguageListCell, clean_text
from .columns import ROOMS, SESSIONS, SPEAKERS, THEMES, Table
from .parser import ParsedRow
from .plan import REFERENCE_COLUMNS, ImportPlan, PlannedRow
from .times import TIME_COLUMNS, resolve_times

# Longer texts are rarely the same in two rows, and not worth caching.
CACHEABLE_LENGTH = 20


def assign_values(plan: ImportPlan, table: Table) -> None:
    free_positions = count_free_positions(plan)
    for entry in plan.entries[table]:
        store_original_values(entry)
        times = assign_session_relations(plan, entry) if table is SESSIONS else {}
        assign_fields(plan, entry, {"slug": entry.instance.wanted_slug} | times)
        if table is SPEAKERS and not entry.instance.sort_name:
            entry.instance.sort_name = make_sort_name(entry.instance.name_en, str(entry.instance.country or ""))
        if table is ROOMS and entry.instance.order is None:
            entry.instance.order = next(free_positions)
        if table is THEMES and not entry.instance.sign:
            entry.instance.sign = str(entry.instance.number or entry.instance.name_en[:1])
        validate_row(plan, entry)


def count_free_positions(plan: ImportPlan) -> Iterator[int]:
    """Return the positions after those of all stored rooms and all rooms of the file."""
    stored = [room.order for room in plan.stored[ROOMS]]
    return count(get_next_position([*stored, *(row.get("order") for row in plan.rows(ROOMS))]))


def store_original_values(entry: PlannedRow) -> None:
    model = type(entry.instance)
    names = (column.name for column in entry.row.table.writable_columns if column.name not in ("id", "themes"))
    entry.original_values = {name: get_current_value(entry.instance, name) for name in names if hasattr(model, name)}


def get_current_value(instance: Model, name: str) -> object:
    return getattr(instance, f"{name}_id" if name in ("room", "session", "speaker") else name)


def assign_fields(plan: ImportPlan, entry: PlannedRow, values: Mapping[str, object]) -> None:
    """Set the fields of the instance from the row, then from values.

    An empty cell clears its field; a field that cannot be empty keeps its value.
    """
    instance, row = entry.instance, entry.row
    for column in row.table.columns:
        name = column.name
        if name in ("id", *REFERENCE_COLUMNS) or not plan.has_column(row.table, name):
            continue
        if not hasattr(type(instance), name):
            continue
        model_field = instance._meta.get_field(name)
        if name in row.values:
            set_value(instance, name, row.values[name])
        elif model_field.null:
            setattr(instance, name, None)
        elif isinstance(column.cell_type, BooleanCell):
            setattr(instance, name, False)
        elif model_field.blank:
            setattr(instance, name, [] if isinstance(column.cell_type, LanguageListCell) else "")
    for name, value in values.items():
        setattr(instance, name, value)


def set_value(instance: Model, name: str, value: object) -> None:
    """Set a field, unless its text differs only by Unicode composition, line breaks or surrounding spaces."""
    current = getattr(instance, name)
    if not (isinstance(value, str) and isinstance(current, str) and clean_text(current) == clean_text(value)):
        setattr(instance, name, value)


def assign_session_relations(plan: ImportPlan, entry: PlannedRow) -> dict[str, datetime.datetime]:
    """Set the room and the themes of a session and return its times."""
    row, session = entry.row, entry.instance
    if plan.has_column(SESSIONS, "room"):
        text = row.get("room")
        session.room = plan.resolve_reference(row, "room", text, ROOMS) if text else None
    if plan.has_column(SESSIONS, "themes"):
        entry.themes = [theme.pk for theme in find_themes(plan, row) if theme]
    else:
        entry.themes = plan.stored_theme_ids.get(session.pk, [])
    return resolve_times(plan, entry)


def find_themes(plan: ImportPlan, row: ParsedRow) -> list[Theme | None]:
    """Return the themes of a list of slugs or names, or the one theme whose name contains the separator."""
    text = row.get("themes") or ""
    if text.strip() and plan.index[THEMES].find_exact(text):
        return [plan.resolve_reference(row, "themes", text, THEMES)]
    names = dict.fromkeys(part.strip() for part in LIST_SEPARATOR.split(text) if part.strip())
    themes = [plan.resolve_reference(row, "themes", name, THEMES) for name in names]
    return list({theme.pk: theme for theme in themes if theme}.values())


def validate_row(plan: ImportPlan, entry: PlannedRow) -> None:
    """Validate new and changed fields like the admin; a field with a problem gets no second one."""
    instance, row = entry.instance, entry.row
    entry.changed = [
        name for name, value in entry.original_values.items() if get_current_value(instance, name) != value
    ]
    invalid = row.error_columns | {"id", *REFERENCE_COLUMNS}
    if row.error_columns & TIME_COLUMNS:
        invalid |= TIME_COLUMNS
    names = set(entry.original_values if entry.is_new else entry.changed) - invalid
    try:
        clean_fields(plan, instance, names)
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            plan.add_error(row, " ".join(messages), "" if name == NON_FIELD_ERRORS else name)
    if hasattr(instance, "stale_translations") and not entry.is_new:
        instance.stale_translations = recompute_stale(entry.original_values, instance)
    if entry.themes is not None and set(entry.themes) != set(plan.stored_theme_ids.get(instance.pk, [])):
        entry.changed.append("themes")


def clean_fields(plan: ImportPlan, instance: Model, names: Collection[str]) -> None:
    """Call instance.clean_fields() for these fields, but once only for a short value that many rows share.

    None of these validators depends on the row. Raises ValidationError.
    """
    values = {name: vars(instance)[instance._meta.get_field(name).attname] for name in names}
    keys = {name: (type(instance), name, type(value), value) for name, value in values.items() if is_cacheable(value)}
    unknown = {name for name in names if name not in keys or keys[name] not in plan.validated_values}
    if unknown:
        instance.clean_fields(exclude={field.name for field in instance._meta.fields if field.name not in unknown})
        plan.validated_values |= set(keys.values())


def is_cacheable(value: object) -> bool:
    return value is None or isinstance(value, bool | int) or (isinstance(value, str) and len(value) <= CACHEABLE_LENGTH)
