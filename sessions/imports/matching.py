"""Which row of the file is which row of the database: by its id, else by its slug, else by the slug that its title
makes."""

from itertools import count

from django.utils.translation import gettext as _

from conference.core.slugs import unique_slug

from .cell_types import normalize_name
from .plan import PlannedRow, get_table_model

NAME_COLUMNS = ("name_en", "name_vi", "title_en", "title_vi")


def match_rows(plan, table):
    """Make the entries of a table and its index."""
    stored = plan.stored[table]
    by_id, by_slug = {item.pk: item for item in stored}, {item.slug: item for item in stored}
    made = SlugAllocator(plan, table, by_id, by_slug)
    taken, plan.entries[table] = {}, []
    for row in plan.rows(table):
        found = by_id.get(row.get("id"))
        slug = row.get("slug") or (found.slug if found else made.slug(row))
        found = found or by_slug.get(slug)
        if found and found.pk in taken:
            plan.add_error(row, _("This is a duplicate of row %(row)d.") % {"row": taken[found.pk]})
            continue
        item = found or make_instance(table, row)
        item.wanted_slug = slug
        taken[item.pk] = row.number
        plan.entries[table].append(PlannedRow(row, item, found is None))
    plan.deleted[table] = find_unmentioned(plan, table, taken)
    plan.index[table] = build_name_index(plan, table)


class SlugAllocator:
    """Addresses made of titles, the first that nothing else in the file has."""

    def __init__(self, plan, table, by_id, by_slug):
        self.model, self.by_slug = get_table_model(table), by_slug
        rows = plan.rows(table)
        kept = (by_id[row.get("id")].slug for row in rows if row.get("id") in by_id and not row.get("slug"))
        # Those that are spoken for in the file itself.
        self.claimed = {row.get("slug") for row in rows if row.get("slug")} | set(kept)
        # Suffixes that were tried for a title are not tried again: a file may have a thousand rows of one title.
        self.numbers = {}

    def slug(self, row):
        """With an id of its own, it is never another's."""
        title = row.get("title_en") or row.get("name_en") or ""
        has_id = bool(row.get("id"))
        numbers = self.numbers.setdefault((title, has_id), count(1))
        slug = unique_slug(
            self.model, title, lambda slug: slug in self.claimed or (has_id and slug in self.by_slug), numbers
        )
        self.claimed.add(slug)
        return slug


def make_instance(table, row):
    return get_table_model(table)(**({"id": row.get("id")} if row.get("id") else {}))


def find_unmentioned(plan, table, taken):
    if not plan.delete_missing or table not in plan.tables:
        return []
    return [item for item in plan.stored[table] if item.pk not in taken]


def build_name_index(plan, table):
    """Every row there will be, by its slug and by its names."""
    rows, index = {entry.instance.pk: entry for entry in plan.entries[table]}, {}
    for item in plan.get_remaining(table):
        entry = rows.get(item.pk)
        values = entry.row.values if entry else {}
        index.setdefault(item.wanted_slug if entry else item.slug, [item])
        for column in NAME_COLUMNS:
            name = normalize_name(values.get(column) or getattr(item, column, ""))
            if name and item not in (same := index.setdefault(f"\0{name}", [])):
                same.append(item)
    return index
