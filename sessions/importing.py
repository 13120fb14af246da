"""From tables to the editing tables: read, match, check everything, say what would be different, and only then save.

A row is known by its id, else by its slug, else by the slug that its title makes. Columns that a table does not have
stay as they are. Either every row is right and all are saved in one transaction, or nothing is.
"""

import hashlib
import json
from dataclasses import dataclass, field

from django.apps import apps
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from . import spreadsheets
from .differences import differences
from .exporting import edited, zone_of_the_conference
from .models import Participation, Room, Session, SessionLink, Theme
from .publishing import draft
from .restoring import hold_rows
from .spreadsheets import Bad, Unacceptable
from .tables import (
    EXAMPLE,
    LINKS,
    LIST,
    PARTICIPATIONS,
    READ_ME,
    ROOMS,
    SESSIONS,
    SPEAKERS,
    TABLES,
    THEMES,
    Codes,
    Unreadable,
    YesNo,
    plain,
    words,
)
from .text import fold
from .translations import stale_after, texts

# So many rows that end up with an order of their own keep room between them.
STEP = 10
REFERENCES = ("room", "themes", "session", "speaker")
HOURS = {"date", "starts_at", "ends_at", "duration"}
# Columns of which no two rows may have the same.
UNIQUE = {ROOMS: ("slug", "name_en"), THEMES: ("slug", "name_en", "number"), SPEAKERS: ("slug",), SESSIONS: ("slug",)}


@dataclass(frozen=True)
class Problem:
    """What is wrong, and where: any of the three may be empty."""

    text: str
    sheet: str = ""
    row: int | None = None
    column: str = ""

    def __str__(self):
        where = self.where
        return _("%(where)s: %(text)s") % {"where": where, "text": self.text} if where else self.text

    @property
    def where(self):
        words = {"sheet": self.sheet, "row": self.row, "column": self.column}
        if self.row and self.column:
            return _("%(sheet)s, row %(row)s, column “%(column)s”") % words
        return _("%(sheet)s, row %(row)s") % words if self.row else self.sheet


class Refused(Exception):
    """Nothing was imported; problems say why."""

    def __init__(self, problems):
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class ChangedMeanwhile(Exception):
    """The file or the editing tables are not what was looked at."""

    def __str__(self):
        return str(_("Nothing was imported: the programme has changed since this was shown. Look at it again."))


@dataclass
class Tally:
    """What becomes of one table's rows: names, and of changed ones the headers of what changes."""

    table: str
    new: list = field(default_factory=list)
    changed: list = field(default_factory=list)
    deleted: list = field(default_factory=list)
    same: int = 0


@dataclass(frozen=True)
class Outcome:
    """changes are as in sessions.differences, of the draft before and after; digest is of all they follow from."""

    tallies: list
    changes: dict
    digest: str

    @property
    def is_empty(self):
        return not any(tally.new or tally.changed or tally.deleted for tally in self.tallies)


def rehearse(data, *, delete_missing=False):
    """What importing this file would do; nothing is written. Raises Refused."""
    contents = _contents(data)
    with transaction.atomic():
        outcome = _imported(data, contents, delete_missing, kept=False)
        transaction.set_rollback(True)
    return outcome


def carry_out(data, *, delete_missing=False, digest=None):
    """Import this file, if that does what the digest was made of. Raises Refused or ChangedMeanwhile."""
    contents = _contents(data)
    with transaction.atomic():
        outcome = _imported(data, contents, delete_missing, kept=True, digest=digest)
    return outcome


def _imported(data, contents, delete_missing, *, kept, digest=None):
    hold_rows()
    ours = _digest(data, delete_missing)
    if digest is not None and digest != ours:
        raise ChangedMeanwhile
    before = draft()
    tallies = _Import(contents, delete_missing, kept).run()
    return Outcome(tallies, differences(before, draft()), ours)


def _digest(data, delete_missing):
    state = [hashlib.sha256(data).hexdigest(), delete_missing, str(zone_of_the_conference()), edited()]
    return hashlib.sha256(json.dumps(state, cls=DjangoJSONEncoder, sort_keys=True).encode()).hexdigest()


# Reading: from sheets to rows of values


@dataclass
class Row:
    """One row of a sheet: {column's name: value}, an empty cell being None."""

    sheet: str
    table: object
    number: int
    values: dict
    # The columns in which something is wrong that has been said already.
    wrong: set = field(default_factory=set)

    def problem(self, text, name=""):
        return Problem(str(text), self.sheet, self.number, self.table.column(name).header if name else "")

    def get(self, name):
        return self.values.get(name)


@dataclass
class Content:
    """One table of the file: its columns' names, its rows, and what of them cannot be read."""

    table: object
    names: set
    rows: list = field(default_factory=list)
    problems: list = field(default_factory=list)


def _contents(data):
    """What the file holds, by table. Raises Refused with everything that can be seen without the database."""
    try:
        sheets = spreadsheets.read(data)
    except Unacceptable as reason:
        raise Refused([Problem(str(reason))]) from reason
    problems, contents, zone = [], {}, zone_of_the_conference()
    for sheet in sheets:
        if sheet.rows and plain(sheet.name).casefold() != READ_ME.casefold():
            _take(sheet, contents, problems, zone)
    if not contents and not problems:
        problems.append(Problem(_("There is nothing in this file.")))
    if problems:
        raise Refused(problems)
    return contents


def _take(sheet, contents, problems, zone):
    """Add the sheet to the contents, or what is wrong with it as a whole to the problems."""
    (_number, headers), *rows = sheet.rows
    headers = ["" if isinstance(cell, Bad) else plain(words(cell)) for cell in headers]
    table = _table(sheet.name, headers)
    if table is None:
        problems.append(Problem(_unknown_table(), sheet.name))
        return
    name = sheet.name or table.name
    if table in contents:
        problems.append(Problem(_("This table is in the file twice."), name))
        return
    columns = [table.called(header) for header in headers]
    found = _header_problems(name, table, headers, columns)
    problems += found
    if not found:
        content = Content(table, {column.name for column in columns if column})
        read = (_read(name, columns, number, cells, content, zone) for number, cells in rows)
        content.rows = [row for row in read if row]
        contents[table] = content


def _table(name, headers):
    """By the sheet's name, else the one table that all of the headers fit."""
    wanted = plain(name).casefold()
    if called := next((table for table in TABLES if table.name.casefold() == wanted), None):
        return called
    fitting = [t for t in TABLES if all(t.called(h) for h in headers if h) and not _missing(t, map(t.called, headers))]
    if fitting or wanted:
        return fitting[0] if len(fitting) == 1 else None
    # A CSV file with a mistake in its header: the table that most of it fits, so that the mistake can be named.
    scores = sorted(((sum(bool(t.called(h)) for h in headers), -n) for n, t in enumerate(TABLES)), reverse=True)
    return TABLES[-scores[0][1]] if scores[0][0] > scores[1][0] else None


def _missing(table, columns):
    there = {column.name for column in columns if column}
    return [column.header for column in table.columns if column.required and column.name not in there]


def _unknown_table():
    known = ", ".join(table.name for table in TABLES)
    return _("This is none of the tables %(known)s, by its name or by the headers in its first row.") % {"known": known}


def _header_problems(name, table, headers, columns):
    unknown = [header for header, column in zip(headers, columns, strict=True) if header and not column]
    there = [column.name for column in columns if column]
    twice = sorted({table.column(name).header for name in there if there.count(name) > 1})
    for headers, sentence in (
        (unknown, _("Unknown columns: %(columns)s. The columns of this table are: %(known)s.")),
        (_missing(table, columns), _("Missing columns: %(columns)s.")),
        (twice, _("Columns that are there twice: %(columns)s.")),
    ):
        if headers:
            known = ", ".join(column.header for column in table.columns)
            return [Problem(sentence % {"columns": ", ".join(headers), "known": known}, name, 1)]
    return []


def _read(sheet, columns, number, cells, content, zone):
    """The row, or None for an example; what cannot be read is a problem and as good as empty."""
    row, problems = Row(sheet, content.table, number, {}), content.problems
    if any(isinstance(cell, str) and fold(cell.strip()) == EXAMPLE for cell in _cells(columns, cells, "id")):
        return None
    for place, cell in enumerate(cells):
        column = columns[place] if place < len(columns) else None
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            continue
        if column is None:
            problems.append(Problem(_("There is something in a column without a header."), sheet, number))
            continue
        try:
            row.values[column.name] = _value(column, cell, zone)
        except Unreadable as reason:
            row.wrong.add(column.name)
            problems.append(row.problem(reason, column.name))
    return row


def _cells(columns, cells, name):
    return [cell for column, cell in zip(columns, cells, strict=False) if column and column.name == name]


def _value(column, cell, zone):
    if isinstance(cell, Bad):
        raise Unreadable(cell.reason)
    return column.kind.read(cell, zone)


# Matching and saving


@dataclass
class Entry:
    """A row of the file and the row of the database that it becomes; was holds what that one said before."""

    row: Row
    item: object
    is_new: bool
    was: dict = field(default_factory=dict)
    changed: list = field(default_factory=list)
    themes: list | None = None


class _Import:
    """One run within a transaction. kept: with history, as something that stays."""

    def __init__(self, contents, delete_missing, kept):
        self.contents, self.delete_missing, self.kept = contents, delete_missing, kept
        self.problems = [problem for content in contents.values() for problem in content.problems]
        self.zone = zone_of_the_conference()
        self.stored, self.entries, self.gone = {}, {}, {}

    def run(self):
        self._load()
        for table in UNIQUE:
            self._match(table)
        for table in UNIQUE:
            self._fill(table)
        for table, owners in ((PARTICIPATIONS, ("session",)), (LINKS, ("session", "speaker"))):
            self._match_belongings(table, owners)
        for table in UNIQUE:
            self._refuse_twins(table)
        self._refuse_orphans()
        if self.problems:
            raise Refused(sorted(self.problems, key=lambda p: (_place(p.sheet), p.row or 0)))
        self._save()
        return [self._tally(table) for table in TABLES if table in self.contents]

    def _load(self):
        speakers = apps.get_model("speakers.Speaker")
        self.stored = {
            ROOMS: list(Room.objects.all()),
            THEMES: list(Theme.objects.all()),
            SPEAKERS: list(speakers.objects.all()),
            SESSIONS: list(Session.objects.prefetch_related("themes")),
            PARTICIPATIONS: list(Participation.objects.order_by("session", "order", "pk")),
            LINKS: [
                *SessionLink.objects.order_by("session", "order", "pk"),
                *apps.get_model("speakers.SpeakerLink").objects.order_by("speaker", "order", "pk"),
            ],
        }
        self.models = {ROOMS: Room, THEMES: Theme, SPEAKERS: speakers, SESSIONS: Session}
        self.about = {session.pk: [theme.pk for theme in session.themes.all()] for session in self.stored[SESSIONS]}

    def _rows(self, table):
        return self.contents[table].rows if table in self.contents else []

    def _has(self, table, name):
        return table in self.contents and name in self.contents[table].names

    def _complain(self, row, text, name=""):
        row.wrong.add(name)
        self.problems.append(row.problem(text, name))

    # Which row is which

    def _match(self, table):
        stored = self.stored[table]
        by_id, by_slug = {item.pk: item for item in stored}, {item.slug: item for item in stored}
        self.claimed = self._claimed(table, by_id)
        taken, self.entries[table] = {}, []
        for row in self._rows(table):
            found = by_id.get(row.get("id"))
            slug = row.get("slug") or (found.slug if found else self._made_slug(table, row, by_slug))
            found = found or by_slug.get(slug)
            if found and found.pk in taken:
                self._complain(row, _("This is the same one as in row %(row)d.") % {"row": taken[found.pk]})
                continue
            item = found or self._new(table, row)
            item.wanted_slug = slug
            taken[item.pk] = row.number
            self.entries[table].append(Entry(row, item, found is None))
        self.gone[table] = self._unmentioned(table, taken)
        self._index(table)

    def _claimed(self, table, by_id):
        """Addresses that are spoken for in the file itself."""
        rows = self._rows(table)
        kept = (by_id[row.get("id")].slug for row in rows if row.get("id") in by_id and not row.get("slug"))
        return {row.get("slug") for row in rows if row.get("slug")} | set(kept)

    def _made_slug(self, table, row, by_slug):
        """From the title, the first that nothing else in the file has. With an id of its own, it is never another's."""
        title = row.get("title_en") or row.get("name_en") or ""
        longest = self.models[table]._meta.get_field("slug").max_length - len("-9999")
        base = slugify(fold(title))[:longest].strip("-_") or self.models[table]._meta.model_name
        number, slug = 1, base
        while slug in self.claimed or (row.get("id") and slug in by_slug):
            number += 1
            slug = f"{base}-{number}"
        self.claimed.add(slug)
        return slug

    def _new(self, table, row):
        return self.models[table](**({"id": row.get("id")} if row.get("id") else {}))

    def _unmentioned(self, table, taken):
        if not self.delete_missing or table not in self.contents:
            return []
        return [item for item in self.stored[table] if item.pk not in taken]

    def _index(self, table):
        """Every row there will be, by its slug and by its names."""
        gone, rows = {item.pk for item in self.gone[table]}, {entry.item.pk: entry for entry in self.entries[table]}
        index = self.__dict__.setdefault("index", {})[table] = {}
        for item in [*self.stored[table], *(entry.item for entry in self.entries[table] if entry.is_new)]:
            if item.pk in gone:
                continue
            entry = rows.get(item.pk)
            values = entry.row.values if entry else {}
            index.setdefault(item.wanted_slug if entry else item.slug, [item])
            for column in ("name_en", "name_vi", "title_en", "title_vi"):
                name = plain(values.get(column) or getattr(item, column, ""))
                if name and item not in index.setdefault(f"\0{name}", []):
                    index[f"\0{name}"].append(item)

    def _find(self, row, name, text, table):
        index = self.index[table]
        found = index.get(text) or index.get(f"\0{plain(text)}", [])
        if len(found) == 1:
            return found[0]
        what = _("Several are called “%(name)s”; write the slug instead.") if found else _("There is no “%(name)s”.")
        self._complain(row, what % {"name": text[:80]}, name)
        return None

    # What each row says

    def _fill(self, table):
        for entry in self.entries[table]:
            self._remember(entry)
            hours = self._fill_session(entry) if table is SESSIONS else {}
            self._assign(entry, {"slug": entry.item.wanted_slug} | hours)
            if table is SPEAKERS and not entry.item.sort_name:
                entry.item.sort_name = entry.item.name_en
            if table is THEMES and not entry.item.sign:
                entry.item.sign = str(entry.item.number or entry.item.name_en[:1])
            self._check(entry)

    def _remember(self, entry):
        names = [c.name for c in entry.row.table.columns if not c.only_read and c.name not in ("id", "themes")]
        entry.was = {name: _now(entry.item, name) for name in names if hasattr(type(entry.item), name)}

    def _assign(self, entry, values):
        """An empty cell empties its field; one that cannot be empty keeps what it says, or what it begins with."""
        item, row = entry.item, entry.row
        for column in row.table.columns:
            name = column.name
            if name in ("id", *REFERENCES) or not self._has(row.table, name) or not hasattr(type(item), name):
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

    def _fill_session(self, entry):
        row, session = entry.row, entry.item
        if self._has(SESSIONS, "room"):
            text = row.get("room")
            session.room = self._find(row, "room", text, ROOMS) if text else None
        if self._has(SESSIONS, "themes"):
            entry.themes = [theme.pk for theme in self._themes(row) if theme]
        else:
            entry.themes = self.about.get(session.pk, [])
        return self._hours(entry)

    def _themes(self, row):
        text = row.get("themes") or ""
        if plain(text) and f"\0{plain(text)}" in self.index[THEMES]:
            return [self._find(row, "themes", text, THEMES)]
        names = dict.fromkeys(part.strip() for part in LIST.split(text) if part.strip())
        found = [self._find(row, "themes", name, THEMES) for name in names]
        return list({theme.pk: theme for theme in found if theme}.values())

    def _hours(self, entry):
        """Start and end as moments, from whatever of date, start, end and duration is there."""
        row = entry.row
        if row.wrong & HOURS:
            return {}
        try:
            return {"starts_at": (start := self._start(row)), "ends_at": self._end(entry, start)}
        except _Missing as missing:
            self._complain(row, missing, missing.name)
            return {}

    def _start(self, row):
        start, day = row.get("starts_at"), row.get("date")
        if start is None:
            raise _Missing(_("Write when it starts."), "starts_at")
        if hasattr(start, "date"):
            return start
        if day is None:
            raise _Missing(_("Write the date as well, as in 2020-12-07 18:00."), "starts_at")
        return self._at(day, start, "starts_at")

    def _end(self, entry, start):
        row, end = entry.row, entry.row.get("ends_at")
        if not (entry.is_new or self._has(SESSIONS, "ends_at") or self._has(SESSIONS, "duration")):
            end = entry.item.ends_at
        if end is None and row.get("duration"):
            return start + row.get("duration")
        if end is None:
            raise _Missing(_("Write when it ends, or how long it lasts."), "ends_at")
        if not hasattr(end, "date"):
            end = self._at(start.astimezone(self.zone).date(), end, "ends_at")
        if end <= start:
            text = _("The end must be after the start; write its date, too, if it is on the next day.")
            raise _Missing(text, "ends_at")
        return end

    def _at(self, day, time, name):
        try:
            return SESSIONS.column("starts_at").kind.read(f"{day} {time}", self.zone)
        except Unreadable as reason:
            raise _Missing(str(reason), name) from reason

    def _check(self, entry):
        """As the admin would, what is new; what is found wrong already is not said again."""
        item, row = entry.item, entry.row
        entry.changed = [name for name, value in entry.was.items() if _now(item, name) != value]
        checked = entry.was if entry.is_new else entry.changed
        wrong = row.wrong | (HOURS if row.wrong & HOURS else set()) | {"id", *REFERENCES}
        leave = {field.name for field in item._meta.fields if field.name not in checked or field.name in wrong}
        try:
            item.clean_fields(exclude=leave)
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                self._complain(row, " ".join(messages), "" if name == NON_FIELD_ERRORS else name)
        if entry.themes is not None and set(entry.themes) != set(self.about.get(item.pk, [])):
            entry.changed.append("themes")

    # Parts and links, which have no address

    def _match_belongings(self, table, owners):
        self.entries[table], self.gone[table] = [], []
        taken, seen, places = {}, {}, {}
        self.by_pk = {(type(item), item.pk): item for item in self.stored[table]}
        waiting = self._by_key(table, owners)
        rows = [(row, found) for row in self._rows(table) if (found := self._owner(row, owners))]
        # First by what they say, then by their number: so that two may exchange their numbers.
        rows = [(row, *found, self._key(row, *found)) for row, found in rows]
        same = {id(row): waiting[key].pop(0) for row, _n, _o, _p, key in rows if waiting.get(key)}
        used = {(type(item), item.pk) for item in same.values()}
        for row, name, owner, person, key in rows:
            item = same.get(id(row)) or self._by_number(row, name, owner, used)
            if key in seen and table is PARTICIPATIONS and person:
                self._complain(row, _("This is the same one as in row %(row)d.") % {"row": seen[key]})
                continue
            seen[key] = row.number
            places[owner.pk] = places.get(owner.pk, 0) + STEP
            self.entries[table].append(self._belonging(row, item, name, owner, person, places[owner.pk]))
            taken[type(self.entries[table][-1].item), self.entries[table][-1].item.pk] = row.number
        if self.delete_missing and table in self.contents:
            self.gone[table] = [item for item in self.stored[table] if (type(item), item.pk) not in taken]

    def _by_key(self, table, owners):
        keys = {}
        for item in self.stored[table]:
            owner = next(getattr(item, f"{name}_id") for name in owners if hasattr(item, f"{name}_id"))
            rest = (item.role, item.speaker_id or item.placeholder_en) if table is PARTICIPATIONS else (item.url,)
            keys.setdefault((owner, *rest), []).append(item)
        return keys

    def _key(self, row, name, owner, person):
        if row.table is PARTICIPATIONS:
            return owner.pk, row.get("role"), person.pk if person else row.get("placeholder_en") or ""
        return owner.pk, row.get("url")

    def _by_number(self, row, name, owner, used):
        model = self._model_of(row.table, name)
        item = self.by_pk.get((model, row.get("id")))
        if item is None or (model, item.pk) in used or getattr(item, f"{name}_id") != owner.pk:
            return None
        used.add((model, item.pk))
        return item

    def _model_of(self, table, name):
        if table is PARTICIPATIONS:
            return Participation
        return SessionLink if name == "session" else apps.get_model("speakers.SpeakerLink")

    def _owner(self, row, owners):
        """Which column says whose it is, whose it is, and for a part the speaker; None where that is wrong."""
        if row.wrong & {*owners, "speaker"}:
            return None
        named = [name for name in owners if row.get(name)]
        if len(named) != 1:
            text = _("Write a session here.") if len(owners) == 1 else _("Write either a session or a speaker.")
            self._complain(row, text, owners[0])
            return None
        name = named[0]
        owner = self._find(row, name, row.get(name), SESSIONS if name == "session" else SPEAKERS)
        if row.table is not PARTICIPATIONS:
            return owner and (name, owner, None)
        text, awaited = row.get("speaker"), row.get("placeholder_en")
        if bool(text) == bool(awaited or row.get("placeholder_vi")) or not (text or awaited):
            self._complain(row, _("Choose a speaker, or say who is awaited; not both."), "speaker")
            return None
        person = self._find(row, "speaker", text, SPEAKERS) if text else None
        return (owner and (person or not text) and (name, owner, person)) or None

    def _belonging(self, row, item, name, owner, person, place):
        is_new = item is None
        item = item or self._model_of(row.table, name)()
        entry = Entry(row, item, is_new)
        self._remember(entry)
        setattr(item, name, owner)
        if row.table is PARTICIPATIONS:
            item.speaker = person
        order = row.get("order")
        if order is None:
            order = place if is_new or self._has(row.table, "order") else item.order
        self._assign(entry, {"order": order})
        self._check(entry)
        return entry

    # What must not be

    def _refuse_twins(self, table):
        gone = {item.pk for item in self.gone[table]}
        rows = {entry.item.pk: entry.row for entry in self.entries[table]}
        items = [item for item in self.stored[table] if item.pk not in gone]
        items += [entry.item for entry in self.entries[table] if entry.is_new]
        for name in UNIQUE[table]:
            holders = {}
            for item in sorted(items + self.gone[table], key=lambda item: item.pk in rows):
                value = getattr(item, name)
                if value is None:
                    continue
                other = holders.setdefault(value, item)
                if other is not item and item.pk in rows:
                    self._complain(rows[item.pk], _("“%(name)s” has this already.") % {"name": other}, name)

    def _refuse_orphans(self):
        """Nothing is deleted that something which stays refers to."""
        stays = self._staying(SESSIONS)
        rooms = {session.room_id: session for session in stays}
        present = {session.pk for session in stays}
        speaking = {part.speaker_id: part for part in self._staying(PARTICIPATIONS) if part.session_id in present}
        for table, needed in ((ROOMS, rooms), (SPEAKERS, speaking)):
            for item in self.gone[table]:
                if item.pk in needed:
                    text = _("“%(name)s” is not in this table but cannot be deleted: “%(other)s” needs it.")
                    other = needed[item.pk] if table is ROOMS else needed[item.pk].session
                    self.problems.append(Problem(text % {"name": item, "other": other}, table.name))

    def _staying(self, table):
        gone = {item.pk for item in self.gone[table]}
        items = [item for item in self.stored[table] if item.pk not in gone]
        return items + [entry.item for entry in self.entries[table] if entry.is_new]

    # Saving

    def _save(self):
        for table in (PARTICIPATIONS, LINKS, SESSIONS):
            self._delete(table)
        for table in UNIQUE:
            self._make_way(table)
        self._save_themes()
        for table in (ROOMS, THEMES, SPEAKERS, SESSIONS, PARTICIPATIONS, LINKS):
            self._write(table)
        for table in (ROOMS, THEMES, SPEAKERS):
            self._delete(table)

    def _write(self, table):
        for entry in self.entries[table]:
            if entry.changed and not entry.is_new and texts(type(entry.item)) and hasattr(entry.item, "stale"):
                entry.item.stale = stale_after(entry.was, entry.item)
        new = [entry.item for entry in self.entries[table] if entry.is_new]
        changed = [entry.item for entry in self.entries[table] if entry.changed and not entry.is_new]
        for model in dict.fromkeys(map(type, new)):
            self._create(model, [item for item in new if type(item) is model])
        for item in changed:
            self._one(item)

    def _create(self, model, items):
        model.objects.bulk_create(items)
        if not self.kept:
            return
        # Many at once is twice as fast as a row at a time; the history is the same.
        histories = model.history.bulk_history_create(items)
        if model is Session:
            remembered = Session.history.model.themes.model
            ties = [(history, self.ties.get(history.id, ())) for history in histories]
            remembered.objects.bulk_create(
                remembered(history=history, id=tie.pk, session_id=tie.session_id, theme_id=tie.theme_id)
                for history, tied in ties
                for tie in tied
            )

    def _one(self, item):
        if not self.kept:
            item.skip_history_when_saving = True
        item.save()

    def _delete(self, table):
        for item in self.gone[table]:
            if not self.kept:
                item.skip_history_when_saving = True
            item.delete()

    def _make_way(self, table):
        """Rows that exchange addresses or names let go of them first; nobody sees the state between."""
        for entry in self.entries[table]:
            given_up = {name: _parked(name, entry.item) for name in UNIQUE[table] if name in entry.changed}
            if given_up and not entry.is_new:
                self.models[table].objects.filter(pk=entry.item.pk).update(**given_up)

    def _save_themes(self):
        """Before the sessions, so that what history keeps of a session has its themes; the keys are checked at the end
        of the transaction."""
        touched = [entry for entry in self.entries[SESSIONS] if "themes" in entry.changed]
        through = Session.themes.through
        through.objects.filter(session__in=[entry.item.pk for entry in touched if not entry.is_new]).delete()
        made = through.objects.bulk_create(
            through(session_id=entry.item.pk, theme_id=theme) for entry in touched for theme in entry.themes
        )
        self.ties = {}
        for tie in made:
            self.ties.setdefault(tie.session_id, []).append(tie)

    def _tally(self, table):
        tally = Tally(table.name, deleted=[str(item) for item in self.gone[table]])
        for entry in self.entries[table]:
            if entry.is_new:
                tally.new.append(str(entry.item))
            elif entry.changed:
                tally.changed.append((str(entry.item), [table.column(name).header for name in entry.changed]))
            else:
                tally.same += 1
        return tally


class _Missing(Exception):
    def __init__(self, text, name):
        super().__init__(text)
        self.name = name


def _place(sheet):
    names = [table.name.casefold() for table in TABLES]
    return names.index(sheet.casefold()) if sheet.casefold() in names else len(names)


def _now(item, name):
    return getattr(item, f"{name}_id") if name in ("room", "session", "speaker") else getattr(item, name)


def _parked(name, item):
    return None if name == "number" else f"-{item.pk.hex}"
