"""Matching of participations and links, which have no slug: by their content, else by their number."""

from django.db.models import Model
from django.utils.translation import gettext as _

from conference.core.i18n.names import make_name_key
from speakers.models import Speaker, SpeakerLink

from ..models import Participation, SessionLink
from .assignment import assign_fields, store_original_values, validate_row
from .columns import LINKS, PARTICIPATIONS, SESSIONS, SPEAKERS, Table
from .parser import ParsedRow
from .plan import MAX_ORDER, ORDER_STEP, ImportPlan, PlannedRow

# Columns that may name the parent of a row.
PARENT_COLUMNS = {PARTICIPATIONS: ("session",), LINKS: ("session", "speaker")}


def match_child_rows(plan: ImportPlan, table: Table) -> None:
    """Fill the entries and the deletions of a table; assign and validate the values."""
    plan.entries[table], plan.deleted[table] = [], []
    matched, first_rows = set(), {}
    by_pk = {(type(instance), instance.pk): instance for instance in plan.stored[table]}
    unmatched = group_by_key(plan, table)
    rows = [(row, parent) for row in plan.rows(table) if (parent := find_parent(plan, row))]
    # All rows are matched by content before any is matched by number, so that two rows can exchange their numbers.
    rows = [(row, *parent, make_row_key(row, *parent)) for row, parent in rows]
    same = {id(row): unmatched[key].pop(0) for row, _name, _parent, _speaker, key in rows if unmatched.get(key)}
    used = {(type(instance), instance.pk) for instance in same.values()}
    unique = []
    for row, parent_name, parent, speaker, key in rows:
        instance = same.get(id(row)) or find_by_id(row, parent_name, parent, by_pk, used)
        if key in first_rows and table is PARTICIPATIONS and speaker:
            plan.add_error(row, _("This is a duplicate of row %(row)d."), values={"row": first_rows[key]})
            continue
        first_rows[key] = row.number
        unique.append((row, instance, parent_name, parent, speaker))
    orders = choose_orders(plan, table, [(row, instance, parent) for row, instance, _name, parent, _speaker in unique])
    for row, instance, parent_name, parent, speaker in unique:
        entry = plan_child_row(plan, row, instance, parent_name, parent, speaker, orders[row.number])
        plan.entries[table].append(entry)
        matched.add((type(entry.instance), entry.instance.pk))
    if plan.delete_missing and table in plan.tables:
        plan.deleted[table] = [
            instance for instance in plan.stored[table] if (type(instance), instance.pk) not in matched
        ]


def choose_orders(plan: ImportPlan, table: Table, rows: list[tuple[ParsedRow, Model | None, Model]]) -> dict[int, int]:
    """Return the order of each row that states none, by row number.

    The rows of a parent have the order of the file if the file has a column for it, or if it adds rows and contains all
    others. Otherwise the stored rows keep their order, and new ones come last.
    """
    stored, groups = group_by_parent(plan, table), {}
    for row, instance, parent in rows:
        groups.setdefault(parent.pk, []).append((row, instance))
    orders = {}
    for parent_id, group in groups.items():
        present = stored.get(parent_id, [])
        known = [instance for _row, instance in group if instance]
        is_complete = len(known) == len(present) and len(group) > len(known)
        in_file_order = plan.has_column(table, "order") or is_complete
        last = 0 if in_file_order else max((instance.order for instance in present), default=0)
        for row, instance in group:
            if in_file_order or instance is None:
                last = min(last + ORDER_STEP, MAX_ORDER)
            orders[row.number] = last if in_file_order or instance is None else instance.order
    return orders


def group_by_parent(plan: ImportPlan, table: Table) -> dict[object, list[Model]]:
    groups = {}
    for instance in plan.stored[table]:
        groups.setdefault(get_parent_id(table, instance), []).append(instance)
    return groups


def get_parent_id(table: Table, instance: Model) -> object:
    names = (f"{name}_id" for name in PARENT_COLUMNS[table])
    return next(getattr(instance, name) for name in names if hasattr(instance, name))


def group_by_key(plan: ImportPlan, table: Table) -> dict[tuple, list[Model]]:
    """Return the stored rows by the key that make_row_key() gives a row of the file."""
    groups = {}
    for instance in plan.stored[table]:
        parent_id = get_parent_id(table, instance)
        content = (
            (instance.role, instance.speaker_id or make_name_key(instance.placeholder_en))
            if table is PARTICIPATIONS
            else (instance.url,)
        )
        groups.setdefault((parent_id, *content), []).append(instance)
    return groups


def make_row_key(row: ParsedRow, parent_name: str, parent: Model, speaker: Speaker | None) -> tuple:
    if row.table is PARTICIPATIONS:
        return parent.pk, row.get("role"), speaker.pk if speaker else make_name_key(row.get("placeholder_en") or "")
    return parent.pk, row.get("url")


def find_by_id(row: ParsedRow, parent_name: str, parent: Model, by_pk: dict, used: set) -> Model | None:
    model = get_child_model(row.table, parent_name)
    instance = by_pk.get((model, row.get("id")))
    if instance is None or (model, instance.pk) in used or getattr(instance, f"{parent_name}_id") != parent.pk:
        return None
    used.add((model, instance.pk))
    return instance


def get_child_model(table: Table, parent_name: str) -> type[Model]:
    if table is PARTICIPATIONS:
        return Participation
    return SessionLink if parent_name == "session" else SpeakerLink


def find_parent(plan: ImportPlan, row: ParsedRow) -> tuple[str, Model, Speaker | None] | None:
    """Return the column that names the parent, the parent, and the speaker of a participation.

    Return None after adding a problem to the plan.
    """
    columns = PARENT_COLUMNS[row.table]
    if row.error_columns & {*columns, "speaker"}:
        return None
    filled = [name for name in columns if row.get(name)]
    if len(filled) != 1:
        text = _("Enter a session.") if len(columns) == 1 else _("Enter either a session or a speaker.")
        plan.add_error(row, text, columns[0])
        return None
    name = filled[0]
    parent = plan.resolve_reference(row, name, row.get(name), SESSIONS if name == "session" else SPEAKERS)
    if row.table is not PARTICIPATIONS:
        return (name, parent, None) if parent else None
    text, placeholder = row.get("speaker"), row.get("placeholder_en")
    if bool(text) == bool(placeholder or row.get("placeholder_vi")) or not (text or placeholder):
        plan.add_error(row, _("Choose a speaker or enter a placeholder, not both."), "speaker")
        return None
    speaker = plan.resolve_reference(row, "speaker", text, SPEAKERS) if text else None
    return (name, parent, speaker) if parent and (speaker or not text) else None


def plan_child_row(
    plan: ImportPlan,
    row: ParsedRow,
    instance: Model | None,
    parent_name: str,
    parent: Model,
    speaker: Speaker | None,
    default_order: int,
) -> PlannedRow:
    is_new = instance is None
    instance = instance or get_child_model(row.table, parent_name)()
    entry = PlannedRow(row, instance, is_new)
    store_original_values(entry)
    setattr(instance, parent_name, parent)
    if row.table is PARTICIPATIONS:
        instance.speaker = speaker
    order = row.get("order")
    assign_fields(plan, entry, {"order": default_order if order is None else order})
    validate_row(plan, entry)
    if row.table is PARTICIPATIONS and speaker and (instance.placeholder_en or instance.placeholder_vi):
        # The stored row has a placeholder, and the file has no columns to clear it.
        plan.add_error(row, _("Choose a speaker or enter a placeholder, not both."), "speaker")
    return entry
