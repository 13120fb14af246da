"""Which row of the file is which row of the database: by its id, else by its slug, else by the slug that its title
makes."""

from itertools import count

from django.utils.translation import gettext as _

from ..cells import plain
from ..slugs import unique_slug
from .plan import Entry, model_of

NAMES = ("name_en", "name_vi", "title_en", "title_vi")


def match(plan, table):
    """Make the entries of a table and its index."""
    stored = plan.stored[table]
    by_id, by_slug = {item.pk: item for item in stored}, {item.slug: item for item in stored}
    made = _Slugs(plan, table, by_id, by_slug)
    taken, plan.entries[table] = {}, []
    for row in plan.rows(table):
        found = by_id.get(row.get("id"))
        slug = row.get("slug") or (found.slug if found else made.slug(row))
        found = found or by_slug.get(slug)
        if found and found.pk in taken:
            plan.complain(row, _("This is the same one as in row %(row)d.") % {"row": taken[found.pk]})
            continue
        item = found or _new(table, row)
        item.wanted_slug = slug
        taken[item.pk] = row.number
        plan.entries[table].append(Entry(row, item, found is None))
    plan.gone[table] = _unmentioned(plan, table, taken)
    plan.index[table] = _index(plan, table)


class _Slugs:
    """Addresses made of titles, the first that nothing else in the file has."""

    def __init__(self, plan, table, by_id, by_slug):
        self.model, self.by_slug = model_of(table), by_slug
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


def _new(table, row):
    return model_of(table)(**({"id": row.get("id")} if row.get("id") else {}))


def _unmentioned(plan, table, taken):
    if not plan.delete_missing or table not in plan.contents:
        return []
    return [item for item in plan.stored[table] if item.pk not in taken]


def _index(plan, table):
    """Every row there will be, by its slug and by its names."""
    rows, index = {entry.item.pk: entry for entry in plan.entries[table]}, {}
    for item in plan.staying(table):
        entry = rows.get(item.pk)
        values = entry.row.values if entry else {}
        index.setdefault(item.wanted_slug if entry else item.slug, [item])
        for column in NAMES:
            name = plain(values.get(column) or getattr(item, column, ""))
            if name and item not in (same := index.setdefault(f"\0{name}", [])):
                same.append(item)
    return index
