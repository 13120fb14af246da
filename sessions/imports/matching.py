"""Matching of the file's rows to rows of the database.

A row with an id or a slug names its row of the database. Another row is matched by its title or name if only one row of
the database has it. Among several, the one with the same start and room (or the same organization) is taken; if there
is none, nothing is guessed and the row is reported.
"""

from collections.abc import Callable, Collection, Sequence
from itertools import count

from django.db.models import Model
from django.utils.translation import gettext as _

from conference.core.i18n.names import NameIndex, is_same_name, make_loose_key, make_name_key
from conference.core.i18n.text import make_slug
from conference.core.slugs import unique_slug

from .columns import ROOMS, SESSIONS, SPEAKERS, Table
from .parser import ParsedRow
from .plan import MAX_NAME_LENGTH, MODELS, ImportPlan, PlannedRow
from .times import find_start

NAME_COLUMNS = ("name_en", "name_vi", "title_en", "title_vi")
# Whether a row of the file is an instance with the same name.
Matcher = Callable[[ImportPlan, ParsedRow, Model], bool]


def match_rows(plan: ImportPlan, table: Table) -> None:
    """Fill the entries, the deletions and the index of a table."""
    matches = match_named_rows(plan, table, match_identified_rows(plan, table))
    slugs = SlugAllocator(plan, table, matches)
    row_numbers, plan.entries[table] = {}, []
    for row in plan.rows(table):
        match = matches.get(row.number)
        if match and match.pk in row_numbers:
            plan.add_error(row, _("This is a duplicate of row %(row)d."), values={"row": row_numbers[match.pk]})
            continue
        instance = match or make_instance(table, row)
        instance.wanted_slug = slugs.choose(row, match)
        row_numbers[instance.pk] = row.number
        plan.entries[table].append(PlannedRow(row, instance, match is None))
    plan.deleted[table] = find_unmentioned(plan, table, row_numbers)
    plan.index[table] = build_name_index(plan, table)


def match_identified_rows(plan: ImportPlan, table: Table) -> dict[int, Model]:
    """Return the stored instances of the rows with an id or a slug, by row number."""
    by_id, index = {instance.pk: instance for instance in plan.stored[table]}, NameIndex()
    for instance in plan.stored[table]:
        index.add(instance, instance.slug, ())
    matches = {}
    for row in plan.rows(table):
        found = [by_id[row.get("id")]] if row.get("id") in by_id else []
        if not found and row.get("slug"):
            found = index.find_by_slug(row.get("slug"))
        if len(found) > 1:
            message = _("Several entries have the slug “%(name)s”, with different letter case. Enter the Id as well.")
            plan.add_error(row, message, "slug", {"name": row.get("slug")})
        elif found:
            matches[row.number] = found[0]
    return matches


def match_named_rows(plan: ImportPlan, table: Table, matches: dict[int, Model]) -> dict[int, Model]:
    """Add the stored instances of the rows without id and slug, found by their names."""
    taken = {instance.pk for instance in matches.values()}
    index, groups = NameIndex(), {}
    for instance in plan.stored[table]:
        index.add(instance, instance.slug, get_names(instance))
    for row in plan.rows(table):
        if not row.get("id") and not row.get("slug") and (name := get_name(row)):
            groups.setdefault(make_name_key(name), []).append(row)
    for rows in groups.values():
        same_name = find_same_name(index, get_name(rows[0]))
        free = [instance for instance in same_name if instance.pk not in taken]
        found = match_group(plan, rows, free, same_name)
        for row in rows:
            if row.number in found:
                keep_diacritics(row, found[row.number])
        matches |= found
    return matches


def keep_diacritics(row: ParsedRow, instance: Model) -> None:
    """Replace a name that was typed without diacritics to find an entry by the stored name."""
    for column in NAME_COLUMNS:
        typed, stored = row.get(column), getattr(instance, column, "")
        if typed and make_name_key(typed) != make_name_key(stored) and is_same_name(typed, stored):
            row.values[column] = stored if make_name_key(typed) == make_loose_key(typed) else typed


def find_same_name(index: NameIndex, name: str) -> list[Model]:
    """Return the instances with a name; else the one whose slug was made from it before it was renamed."""
    if found := index.find_by_name(name):
        return found
    former = index.by_slug.get(make_slug(name))
    # Names that differ only by diacritics are those of different people.
    is_renamed = former is not None and make_loose_key(name) not in map(make_loose_key, get_names(former))
    return [former] if is_renamed else []


def match_group(
    plan: ImportPlan, rows: list[ParsedRow], free: list[Model], same_name: Sequence[Model]
) -> dict[int, Model]:
    """Match rows of one name to the free instances with this name, and report those that could be several."""
    matches: dict[int, Model] = {}
    for is_match in MATCHERS.get(rows[0].table, ()):
        for row in rows:
            if row.number in matches:
                continue
            fitting = [instance for instance in free if is_match(plan, row, instance)]
            if len(fitting) == 1:
                matches[row.number] = fitting[0]
                free = [instance for instance in free if instance is not fitting[0]]
    unmatched = [row for row in rows if row.number not in matches]
    if not free or not unmatched:
        return matches
    if len(same_name) == len(rows) == 1:
        return {rows[0].number: free[0]}
    message = describe_ambiguity(rows[0].table, len(same_name))
    for row in unmatched:
        plan.add_error(row, message, values={"name": get_name(row)[:MAX_NAME_LENGTH]})
    return matches


def describe_ambiguity(table: Table, existing: int) -> str:
    """Return why rows cannot be matched; existing is the number of entries in the database with their name."""
    if table is not SESSIONS:
        return _(
            "It is not clear which entry with the name “%(name)s” this is. Enter its slug or its Id; for a new entry "
            "enter a new slug."
        )
    if existing > 1:
        return _(
            "Several sessions have the title “%(name)s”, and their times and rooms do not tell which one this is. "
            "Enter its slug or its Id; for a new session enter a new slug."
        )
    return _(
        "Several rows have the title “%(name)s”, and their times and rooms do not tell which one is the existing "
        "session. Enter its slug or its Id; for a new session enter a new slug."
    )


def has_same_start(plan: ImportPlan, row: ParsedRow, session: Model) -> bool:
    return find_start(plan, row) == session.starts_at


def has_same_start_and_room(plan: ImportPlan, row: ParsedRow, session: Model) -> bool:
    rooms = plan.index[ROOMS].find(row.get("room")) if row.get("room") else []
    return has_same_start(plan, row, session) and [room.pk for room in rooms] == [session.room_id]


def has_same_organization(plan: ImportPlan, row: ParsedRow, speaker: Model) -> bool:
    given, stored = row.get("organization_en") or "", speaker.organization_en
    return bool(given) and make_name_key(given) == make_name_key(stored)


def has_same_organization_and_function(plan: ImportPlan, row: ParsedRow, speaker: Model) -> bool:
    function = row.get("function_en") or ""
    return has_same_organization(plan, row, speaker) and make_name_key(function) == make_name_key(speaker.function_en)


MATCHERS: dict[Table, tuple[Matcher, ...]] = {
    SESSIONS: (has_same_start_and_room, has_same_start),
    SPEAKERS: (has_same_organization_and_function, has_same_organization),
}


class SlugAllocator:
    """Slugs for the rows of a table; those made from titles differ from all other slugs."""

    def __init__(self, plan: ImportPlan, table: Table, matches: dict[int, Model]):
        self.model = MODELS[table]
        kept = [instance.slug for instance in plan.stored[table]]
        typed = [row.get("slug") for row in plan.rows(table) if row.get("slug") and row.number not in matches]
        self.claimed = {*map(make_slug, kept), *map(make_slug, typed)}
        # A file may have a thousand rows of one title: suffixes that were tried are not tried again.
        self.suffixes: dict[str, count] = {}

    def choose(self, row: ParsedRow, match: Model | None) -> str:
        """Return the slug that a row gets. A slug that differs only in spelling from the stored one stays as it is."""
        typed = row.get("slug")
        if not typed:
            return match.slug if match else self.allocate(get_name(row))
        slug = make_slug(typed)
        return match.slug if match and make_slug(match.slug) == slug else slug or typed

    def allocate(self, title: str) -> str:
        suffixes = self.suffixes.setdefault(title, count(1))
        slug = unique_slug(self.model, title, self.claimed.__contains__, suffixes)
        self.claimed.add(slug)
        return slug


def get_name(row: ParsedRow) -> str:
    return row.get("title_en") or row.get("name_en") or ""


def get_names(instance: Model) -> list[str]:
    return [name for column in NAME_COLUMNS if (name := getattr(instance, column, ""))]


def make_instance(table: Table, row: ParsedRow) -> Model:
    return MODELS[table](**({"id": row.get("id")} if row.get("id") else {}))


def find_unmentioned(plan: ImportPlan, table: Table, mentioned: Collection) -> list[Model]:
    if not plan.delete_missing or table not in plan.tables:
        return []
    return [instance for instance in plan.stored[table] if instance.pk not in mentioned]


def build_name_index(plan: ImportPlan, table: Table) -> NameIndex:
    """Return the resulting instances of the table by slug and by name."""
    entries, index = {entry.instance.pk: entry for entry in plan.entries[table]}, NameIndex()
    for instance in plan.get_remaining(table):
        entry = entries.get(instance.pk)
        values = entry.row.values if entry else {}
        names = [values.get(column) or getattr(instance, column, "") for column in NAME_COLUMNS]
        index.add(instance, instance.wanted_slug if entry else instance.slug, names)
    return index
