"""Matching of the file's rows to rows of the database: by id, else by slug, else by the slug made from the title."""

from collections.abc import Collection
from itertools import count
from uuid import UUID

from django.db.models import Model
from django.utils.translation import gettext as _

from conference.core.slugs import unique_slug

from .cell_types import normalize_name
from .columns import Table
from .parser import ParsedRow
from .plan import MODELS, ImportPlan, PlannedRow, make_name_key

NAME_COLUMNS = ("name_en", "name_vi", "title_en", "title_vi")


def match_rows(plan: ImportPlan, table: Table) -> None:
    """Fill the entries, the deletions and the index of a table."""
    stored = plan.stored[table]
    by_id, by_slug = {instance.pk: instance for instance in stored}, {instance.slug: instance for instance in stored}
    slugs = SlugAllocator(plan, table, by_id, by_slug)
    row_numbers, plan.entries[table] = {}, []
    for row in plan.rows(table):
        match = by_id.get(row.get("id"))
        slug = row.get("slug") or (match.slug if match else slugs.allocate(row))
        match = match or by_slug.get(slug)
        if match and match.pk in row_numbers:
            plan.add_error(row, _("This is a duplicate of row %(row)d.") % {"row": row_numbers[match.pk]})
            continue
        instance = match or make_instance(table, row)
        instance.wanted_slug = slug
        row_numbers[instance.pk] = row.number
        plan.entries[table].append(PlannedRow(row, instance, match is None))
    plan.deleted[table] = find_unmentioned(plan, table, row_numbers)
    plan.index[table] = build_name_index(plan, table)


class SlugAllocator:
    """Slugs made from titles, each different from all other slugs of the file."""

    def __init__(self, plan: ImportPlan, table: Table, by_id: dict[UUID, Model], by_slug: dict[str, Model]):
        self.model, self.by_slug = MODELS[table], by_slug
        rows = plan.rows(table)
        kept = (by_id[row.get("id")].slug for row in rows if row.get("id") in by_id and not row.get("slug"))
        self.claimed = {row.get("slug") for row in rows if row.get("slug")} | set(kept)
        # A file may have a thousand rows of one title: suffixes that were tried are not tried again.
        self.suffixes = {}

    def allocate(self, row: ParsedRow) -> str:
        """Return a slug for a row without one. A row with an id of its own never gets the slug of a stored row."""
        title = row.get("title_en") or row.get("name_en") or ""
        has_id = bool(row.get("id"))
        suffixes = self.suffixes.setdefault((title, has_id), count(1))
        slug = unique_slug(
            self.model, title, lambda slug: slug in self.claimed or (has_id and slug in self.by_slug), suffixes
        )
        self.claimed.add(slug)
        return slug


def make_instance(table: Table, row: ParsedRow) -> Model:
    return MODELS[table](**({"id": row.get("id")} if row.get("id") else {}))


def find_unmentioned(plan: ImportPlan, table: Table, mentioned: Collection[UUID]) -> list[Model]:
    if not plan.delete_missing or table not in plan.tables:
        return []
    return [instance for instance in plan.stored[table] if instance.pk not in mentioned]


def build_name_index(plan: ImportPlan, table: Table) -> dict[str, list[Model]]:
    """Return the resulting instances of the table by slug and by name."""
    entries, index = {entry.instance.pk: entry for entry in plan.entries[table]}, {}
    for instance in plan.get_remaining(table):
        entry = entries.get(instance.pk)
        values = entry.row.values if entry else {}
        index.setdefault(instance.wanted_slug if entry else instance.slug, [instance])
        for column in NAME_COLUMNS:
            name = normalize_name(values.get(column) or getattr(instance, column, ""))
            if name and instance not in (same_name := index.setdefault(make_name_key(name), [])):
                same_name.append(instance)
    return index
