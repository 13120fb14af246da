"""The editing tables set back to what an earlier release says.

Afterwards the draft is that release's programme. What releases do not tell is kept wherever its row is: who has agreed
to speak, drafts, private columns. Sessions that the release does not know become drafts, speakers that it does not know
stay; only rooms and themes that it does not know are deleted. Each row that changes is saved by itself, so that its
history goes on.
"""

import datetime
import re

from django.apps import apps
from django.db import transaction
from django.utils.translation import gettext as _

from . import rows
from .editing import free_address
from .models import Participation, Release, Room, Session, Theme
from .programme import Programme
from .publishing import settled, take_turns, unstamped
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
    """One run; by is whose name the history bears, reason what it says."""

    def __init__(self, document, by, reason):
        self.document, self.by, self.reason = document, by, reason

    def run(self):
        self._conference()
        self._keep_as_drafts()
        self._set(Room.objects.all(), "rooms", rows.room, self._set_room)
        self._set(Theme.objects.all(), "themes", rows.theme, self._set_theme)
        self._set(rows.speakers(), "speakers", rows.speaker, self._set_speaker)
        self._set(rows.sessions(), "sessions", rows.session, self._set_session)
        self._remove(Room, "rooms")
        self._remove(Theme, "themes")
        self._order_rooms()

    def _save(self, row):
        row._history_user, row._change_reason = self.by, self.reason
        row.save()

    def _delete(self, row):
        row._history_user, row._change_reason = self.by, self.reason
        row.delete()

    def _conference(self):
        conference = apps.get_model("conference.Conference").objects.get()
        dates = {name: datetime.date.fromisoformat(self.document[name]) for name in ("starts_on", "ends_on")}
        facts = dates | {"time_zone": self.document["time_zone"]}
        if any(getattr(conference, name) != value for name, value in facts.items()):
            _assign(conference, facts)
            self._save(conference)

    def _ids(self, kind):
        return {part["id"] for part in self.document[kind]}

    def _keep_as_drafts(self):
        known = self._ids("sessions")
        for session in Session.objects.exclude(status=Session.Status.DRAFT):
            if str(session.pk) not in known:
                session.status = Session.Status.DRAFT
                self._save(session)

    def _set(self, queryset, kind, told, assign):
        """Make each row that the document tells of say what it tells; told turns a row into what a document says."""
        found = {str(row.pk): row for row in queryset}
        different = [part for part in self.document[kind] if not (row := found.get(part["id"])) or told(row) != part]
        self._make_way(queryset.model, kind, different, found)
        for part in different:
            assign(found.get(part["id"]) or queryset.model(pk=part["id"]), part)

    def _make_way(self, model, kind, parts, found):
        """What is unique and held by another row is given up first: by a row that is about to get its own, for the
        moment; by any other, for good."""
        known = self._ids(kind)
        for column in (name for name in UNIQUE if _is_unique(model, name)):
            wanted = {_value(part, column): part["id"] for part in parts}
            for identity, row in found.items():
                value = getattr(row, column)
                if value is None or wanted.get(value, identity) == identity:
                    continue
                setattr(row, column, _other(model, row, column))
                if identity in known:
                    model.objects.filter(pk=row.pk).update(**{column: getattr(row, column)})
                else:
                    self._save(row)

    def _set_room(self, row, part):
        _assign(row, _plain(part, "slug", "online", "capacity") | _columns(part, "name", "place", "access"))
        self._save(row)

    def _set_theme(self, row, part):
        _assign(row, _plain(part, "slug", "number", "colour", "sign") | _columns(part, "name", "description"))
        self._save(row)

    def _set_speaker(self, row, part):
        texts = ("name", "honorific", "function", "organization", "biography")
        _assign(row, _plain(part, "slug", "sort_name", "country") | _columns(part, *texts))
        self._set_portrait(row, part["portrait"])
        self._save(row)
        self._set_links(row.links, "speaker", row, part["links"])

    def _set_portrait(self, row, portrait):
        if portrait is None:
            row.portrait = None
            return
        digest = PICTURE.match(portrait["renditions"][0]["path"])[1]
        files = {"files": portrait["renditions"]}
        row.portrait = apps.get_model("speakers.Picture").objects.get_or_create(digest=digest, defaults=files)[0]
        _assign(row, {f"portrait_{name}": value for name, value in _columns(portrait, "alt").items()})

    def _set_session(self, row, part):
        _assign(row, _plain(part, "slug", "kind", "status", "format"))
        _assign(row, _plain(part, "languages", "interpretation", "captions", "sign_languages"))
        _assign(row, _columns(part, "title", "summary", "description", "notice"))
        row.starts_at, row.ends_at = map(datetime.datetime.fromisoformat, (part["starts_at"], part["ends_at"]))
        row.room_id = part["room"]
        self._save(row)
        row.themes.set(part["themes"])
        self._set_links(row.links, "session", row, part["links"])
        self._set_parts(row, part["parts"])

    def _set_links(self, links, owner, row, wanted):
        there = list(links.order_by("order", "pk"))
        if [rows.link(link) for link in there] == wanted:
            return
        for link in there[len(wanted) :]:
            self._delete(link)
        for order, link in enumerate(wanted):
            kept = there[order] if order < len(there) else links.model(**{owner: row})
            _assign(kept, _plain(link, "kind", "url") | _columns(link, "label") | {"order": order})
            self._save(kept)

    def _set_parts(self, row, wanted):
        there = list(row.participations.order_by("order", "pk"))
        if [rows.part(part) for part in there] == wanted:
            return
        kept = _matched(there, wanted)
        for part in there:
            if part not in kept:
                self._delete(part)
        for order, (part, said) in enumerate(zip(kept, wanted, strict=True)):
            part = part or Participation(session=row)
            _assign(part, _plain(said, "role", "online") | _columns(said, "placeholder") | {"order": order})
            part.speaker_id = said["speaker"]
            self._save(part)

    def _remove(self, model, kind):
        known = self._ids(kind)
        for row in model.objects.all():
            if str(row.pk) in known:
                continue
            if model is Room:
                self._empty(row)
            self._delete(row)

    def _empty(self, room):
        """Drafts that are planned in a room that goes have none."""
        for session in room.sessions.all():
            session.room = None
            self._save(session)

    def _order_rooms(self):
        places = {part["id"]: place for place, part in enumerate(self.document["rooms"])}
        rooms = list(Room.objects.all())
        if [str(room.pk) for room in rooms] == list(places):
            return
        for room in rooms:
            room.order = places[str(room.pk)]
            self._save(room)


def _assign(row, values):
    for name, value in values.items():
        setattr(row, name, value)


def _plain(part, *names):
    return {name: part[name] for name in names}


def _columns(part, *names):
    """Texts as the columns that they are kept in."""
    return {f"{name}_{language}": part[name].get(language, "") for name in names for language in LANGUAGES}


def _is_unique(model, name):
    fields = {field.name: field for field in model._meta.get_fields()}
    return name in fields and fields[name].unique


def _value(part, column):
    return part["name"].get("en", "") if column == "name_en" else part[column]


def _other(model, row, column):
    """A value that no row has, for a row that must give up its own."""
    if column == "number":
        return None
    if column == "slug":
        return free_address(model, f"{row.slug}-{str(row.pk)[:8]}", besides=row.pk)
    return f"{row.name_en[:60]} ({row.pk})"


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
