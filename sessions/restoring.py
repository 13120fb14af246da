"""The editing tables set back to what an earlier release says.

Afterwards the draft is that release's programme. What releases do not tell is kept wherever its row is: who has agreed
to speak, drafts, private columns. Sessions that the release does not know become drafts, speakers that it does not know
stay; only rooms and themes that it does not know are deleted. Rows that are as they should be are not saved; each that
changes has a record in its history.
"""

import datetime
import re
import uuid

from django.apps import apps
from django.db import transaction
from django.utils.translation import gettext as _

from . import bulk_history, rows
from .models import Participation, Release, Room, Session, SessionLink, Theme
from .programme import Programme
from .publishing import settled, take_turns, unstamped
from .slugs import unique_slug
from .text import LANGUAGES

PICTURE = re.compile(r"pictures/([0-9a-f]{64})/")
# Columns of which no two rows may have the same.
UNIQUE = ("slug", "name_en", "number")


class NotRestorable(Exception):
    """The tables would not say what the release says, most likely because somebody else is saving just now."""

    def __str__(self):
        return str(_("Nothing was set back: the tables cannot be made to say what the release says. Please try again."))


@transaction.atomic
def restore(number, *, by=None):
    """Make the draft what a release says. Raises Release.DoesNotExist, NotRestorable, or what reading a document
    raises; then all is as before."""
    hold_rows()
    document = told_by(number)
    _Restoration(document, by, _("Set back to release %(number)s.") % {"number": number}).run()
    if settled() != document:
        raise NotRestorable


def hold_rows():
    """Hold back whoever publishes, restores or edits until this transaction ends, so that nobody's edit is undone
    unseen."""
    take_turns()
    for model in (Session, Room, Theme, apps.get_model("speakers.Speaker")):
        list(model.objects.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))


def told_by(number):
    """What the draft would be. Raises Release.DoesNotExist, or what reading a document raises."""
    document = unstamped(Release.objects.get(pk=number).document)
    # A document without stamps is no programme; these mean nothing.
    stamps = {"sequence": 0, "revised_at": "2000-01-01T00:00:00+00:00", "revised_in": 1}
    Programme.from_document(document | {"sessions": [session | stamps for session in document["sessions"]]})
    return document


class _Restoration:
    """One run; by is whose name the history bears, reason what it says.

    What is to be written is collected first: stored rows that change, new rows, and what goes.
    """

    def __init__(self, document, by, reason):
        self.document, self.who = document, {"by": by, "reason": reason}
        self.found = rows.read()
        self.speakers, self.speaker_links = (apps.get_model(f"speakers.{name}") for name in ("Speaker", "SpeakerLink"))
        self.stored = {
            Room: self.found.rooms,
            Theme: self.found.themes,
            self.speakers: self.found.speakers,
            Session: self.found.sessions,
        }
        self.kinds = dict(zip(self.stored, ("rooms", "themes", "speakers", "sessions"), strict=True))
        self.instances, self.changed, self.new, self.gone, self.themes = {}, {}, [], [], {}

    def run(self):
        self._conference()
        for model in self.stored:
            self._make_way(model)
        self._let_go()
        self._write()
        self.portraits = self._portraits()
        self._set(Room, rows.room, self._set_room)
        self._set(Theme, rows.theme, self._set_theme)
        self._set(self.speakers, self._told_speaker, self._set_speaker)
        self._set(Session, self._told_session, self._set_session)
        bulk_history.delete_each(self.gone, **self.who)
        bulk_history.set_themes(self.themes)
        self._write()
        self._remove()
        self._order_rooms()

    def _conference(self):
        conference = apps.get_model("conference.Conference").objects.get()
        dates = {name: datetime.date.fromisoformat(self.document[name]) for name in ("starts_on", "ends_on")}
        facts = dates | {"time_zone": self.document["time_zone"]}
        if any(getattr(conference, name) != value for name, value in facts.items()):
            _assign(conference, facts)
            conference._history_user, conference._change_reason = self.who["by"], self.who["reason"]
            conference.save()

    # What is written

    def _stored(self, model, row):
        """The instance of a stored row that changes."""
        key = (model, row["id"])
        if key not in self.instances:
            columns = [field.attname for field in model._meta.concrete_fields]
            self.instances[key] = model.from_db(None, columns, [row[name] for name in columns])
        return self.changed.setdefault(key, self.instances[key])

    def _add(self, row):
        self.new.append(row)
        return row

    def _write(self):
        bulk_history.bulk_create(self.new, **self.who)
        bulk_history.bulk_update(self.changed.values(), **self.who)
        self.changed, self.new = {}, []

    # Rows that the release does not know

    def _ids(self, model):
        return {part["id"] for part in self.document[self.kinds[model]]}

    def _let_go(self):
        """Sessions become drafts, and no draft stands in a room that goes."""
        known, rooms = self._ids(Session), self._ids(Room)
        for row in self.found.sessions:
            if str(row["id"]) in known:
                continue
            if row["status"] != Session.Status.DRAFT:
                self._stored(Session, row).status = Session.Status.DRAFT
            if row["room_id"] and str(row["room_id"]) not in rooms:
                self._stored(Session, row).room_id = None

    def _make_way(self, model):
        """What is unique and held by another row is given up first: by a row that is about to get its own, for the
        moment; by any other, for good."""
        known, aside = self._ids(model), {}
        for column in (name for name in UNIQUE if _is_unique(model, name)):
            wanted = {_value(part, column): part["id"] for part in self.document[self.kinds[model]]}
            taken = {row[column] for row in self.stored[model]} | set(wanted)
            for row in self.stored[model]:
                value, identity = row[column], str(row["id"])
                if value is None or wanted.get(value, identity) == identity:
                    continue
                other = _other(model, row, column, taken)
                taken.add(other)
                if identity in known:
                    aside.setdefault(column, {})[row["id"]] = other
                else:
                    setattr(self._stored(model, row), column, other)
        bulk_history.set_temporary_values(model, aside)

    def _remove(self):
        """Rooms and themes; nothing refers to them any more but ties of sessions that have become drafts."""
        for model in (Room, Theme):
            gone = [row for row in self.stored[model] if str(row["id"]) not in self._ids(model)]
            bulk_history.delete_each([self._stored(model, row) for row in gone], **self.who)
        self.changed = {}

    # Rows that it knows

    def _set(self, model, told, assign):
        """Make each row that the document tells of say what it tells; told turns a row into what a document says."""
        found = {str(row["id"]): row for row in self.stored[model]}
        for part in self.document[self.kinds[model]]:
            row = found.get(part["id"])
            if row is None:
                assign(self._add(model(pk=uuid.UUID(part["id"]))), {}, part)
            elif told(row) != part:
                assign(self._stored(model, row), row, part)

    def _set_room(self, room, _row, part):
        _assign(room, _plain(part, "slug", "online", "capacity") | _columns(part, "name", "place", "access"))

    def _set_theme(self, theme, _row, part):
        _assign(theme, _plain(part, "slug", "number", "colour", "sign") | _columns(part, "name", "description"))

    def _told_speaker(self, row):
        return rows.speaker(row, self.found.speaker_links(row))

    def _set_speaker(self, speaker, row, part):
        texts = ("name", "honorific", "function", "organization", "biography")
        _assign(speaker, _plain(part, "slug", "sort_name", "country") | _columns(part, *texts))
        self._set_portrait(speaker, part["portrait"])
        there = self.found.speaker_links(row) if row else []
        self._set_links(self.speaker_links, {"speaker_id": speaker.pk}, there, part["links"])

    def _portraits(self):
        """{digest: key} of every picture that the release shows; those that are not there any more are made."""
        shown = {}
        for part in self.document["speakers"]:
            if part["portrait"]:
                shown[_digest(part["portrait"])] = part["portrait"]["renditions"]
        pictures = apps.get_model("speakers.Picture")
        kept = dict(pictures.objects.filter(digest__in=shown).values_list("digest", "pk"))
        made = [pictures(digest=digest, files=files) for digest, files in shown.items() if digest not in kept]
        return kept | {picture.digest: picture.pk for picture in pictures.objects.bulk_create(made)}

    def _set_portrait(self, speaker, portrait):
        if portrait is None:
            speaker.portrait_id = None
            return
        speaker.portrait_id = self.portraits[_digest(portrait)]
        _assign(speaker, {f"portrait_{name}": value for name, value in _columns(portrait, "alt").items()})

    def _told_session(self, row):
        return rows.session(row, self.found.theme_keys(row), self.found.links(row), self.found.parts(row))

    def _set_session(self, session, row, part):
        _assign(session, _plain(part, "slug", "kind", "status", "format"))
        _assign(session, _plain(part, "languages", "interpretation", "captions", "sign_languages"))
        _assign(session, _columns(part, "title", "summary", "description", "notice"))
        session.starts_at, session.ends_at = map(datetime.datetime.fromisoformat, (part["starts_at"], part["ends_at"]))
        session.room_id = part["room"]
        there = self.found.theme_keys(row) if row else []
        if set(map(str, there)) != set(part["themes"]):
            self.themes[session.pk] = part["themes"]
        self._set_links(SessionLink, {"session_id": session.pk}, self.found.links(row) if row else [], part["links"])
        self._set_parts(session, self.found.parts(row) if row else [], part["parts"])

    def _set_links(self, model, owner, there, wanted):
        if list(map(rows.link, there)) == wanted:
            return
        self.gone += [self._going(model, link) for link in there[len(wanted) :]]
        for order, link in enumerate(wanted):
            kept = self._stored(model, there[order]) if order < len(there) else self._add(model(**owner))
            _assign(kept, _plain(link, "kind", "url") | _columns(link, "label") | {"order": order})

    def _set_parts(self, session, there, wanted):
        if list(map(rows.part, there)) == wanted:
            return
        kept = _matched(there, wanted)
        keys = {row["id"] for row in kept if row}
        self.gone += [self._going(Participation, row) for row in there if row["id"] not in keys]
        for order, (row, said) in enumerate(zip(kept, wanted, strict=True)):
            part = self._stored(Participation, row) if row else self._add(Participation(session_id=session.pk))
            _assign(part, _plain(said, "role", "online") | _columns(said, "placeholder") | {"order": order})
            part.speaker_id = said["speaker"]

    def _going(self, model, row):
        return model.from_db(None, list(row), list(row.values()))

    def _order_rooms(self):
        places = {part["id"]: place for place, part in enumerate(self.document["rooms"])}
        stored = list(Room.objects.values())
        if [str(row["id"]) for row in stored] == list(places):
            return
        self.instances = {}
        for row in stored:
            if row["order"] != places[str(row["id"])]:
                self._stored(Room, row).order = places[str(row["id"])]
        self._write()


def _assign(row, values):
    for name, value in values.items():
        setattr(row, name, value)


def _plain(part, *names):
    return {name: part[name] for name in names}


def _columns(part, *names):
    """Texts as the columns that they are kept in."""
    return {f"{name}_{language}": part[name].get(language, "") for name in names for language in LANGUAGES}


def _digest(portrait):
    return PICTURE.match(portrait["renditions"][0]["path"])[1]


def _is_unique(model, name):
    fields = {field.name: field for field in model._meta.get_fields()}
    return name in fields and fields[name].unique


def _value(part, column):
    return part["name"].get("en", "") if column == "name_en" else part[column]


def _other(model, row, column, taken):
    """A value that no row has or gets, for a row that must give up its own."""
    if column == "number":
        return None
    if column == "name_en":
        return f"{row['name_en'][:60]} ({row['id']})"
    return unique_slug(model, f"{row['slug']}-{str(row['id'])[:8]}", taken.__contains__)


def _matched(there, wanted):
    """For each part that is wanted the row to say it, or None: the same speaker in the same role, else at least the
    same speaker (or a row that awaits somebody, for one who is awaited)."""
    left, found = list(there), [None] * len(wanted)
    for alike in (_role, _person):
        for place, said in enumerate(wanted):
            if found[place] is None:
                found[place] = next((row for row in left if alike(rows.part(row)) == alike(said)), None)
                left = [row for row in left if row is not found[place]]
    return found


def _role(part):
    return part["speaker"], part["role"], None if part["speaker"] else part["placeholder"]


def _person(part):
    return part["speaker"]
