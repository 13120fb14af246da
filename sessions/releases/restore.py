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

from conference.core.slugs import unique_slug
from conference.core.text import LANGUAGES
from conference.core.versioning import bulk_history
from sessions.releases.document import load_programme
from sessions.releases.exceptions import RestoreError

from ..models import Participation, Release, Room, Session, SessionLink, Theme
from . import draft
from .publish import lock_publishing, read_consistent_draft, strip_revision_fields

PICTURE_PATH = re.compile(r"pictures/([0-9a-f]{64})/")
# Columns of which no two rows may have the same.
UNIQUE_FIELDS = ("slug", "name_en", "number")


@transaction.atomic
def restore_release(number, *, by=None):
    """Make the draft what a release says. Raises Release.DoesNotExist, NotRestorable, or what reading a document
    raises; then all is as before."""
    lock_draft()
    document = load_release_as_draft(number)
    DraftRestorer(document, by, _("Restored to release %(number)s.") % {"number": number}).run()
    if read_consistent_draft() != document:
        raise RestoreError


def lock_draft():
    """Hold back whoever publishes, restores or edits until this transaction ends, so that nobody's edit is undone
    unseen."""
    lock_publishing()
    for model in (Session, Room, Theme, apps.get_model("speakers.Speaker")):
        list(model.objects.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))


def load_release_as_draft(number):
    """What the draft would be. Raises Release.DoesNotExist, or what reading a document raises."""
    document = strip_revision_fields(Release.objects.get(pk=number).document)
    # A document without stamps is no programme; these mean nothing.
    stamps = {"sequence": 0, "revised_at": "2000-01-01T00:00:00+00:00", "revised_in": 1}
    load_programme(document | {"sessions": [session | stamps for session in document["sessions"]]})
    return document


class DraftRestorer:
    """One run; by is whose name the history bears, reason what it says.

    What is to be written is collected first: stored rows that change, new rows, and what goes.
    """

    def __init__(self, document, by, reason):
        self.document, self.history_fields = document, {"by": by, "reason": reason}
        self.found = draft.read_draft()
        self.speakers, self.speaker_links = (apps.get_model(f"speakers.{name}") for name in ("Speaker", "SpeakerLink"))
        self.stored = {
            Room: self.found.rooms,
            Theme: self.found.themes,
            self.speakers: self.found.speakers,
            Session: self.found.sessions,
        }
        self.document_keys = dict(zip(self.stored, ("rooms", "themes", "speakers", "sessions"), strict=True))
        self.instances, self.changed, self.new, self.deleted, self.themes = {}, {}, [], [], {}

    def run(self):
        self.restore_conference()
        for model in self.stored:
            self.free_unique_values(model)
        self.unpublish_unknown_sessions()
        self.save_changes()
        self.portraits = self.restore_pictures()
        self.restore_rows(Room, draft.serialize_room, self.assign_room)
        self.restore_rows(Theme, draft.serialize_theme, self.assign_theme)
        self.restore_rows(self.speakers, self.serialize_speaker, self.assign_speaker)
        self.restore_rows(Session, self.serialize_session, self.assign_session)
        bulk_history.delete_each(self.deleted, **self.history_fields)
        bulk_history.set_m2m(Session, "themes", self.themes)
        self.save_changes()
        self.delete_unknown_rows()
        self.reorder_rooms()

    def restore_conference(self):
        conference = apps.get_model("conference.Conference").objects.get()
        dates = {name: datetime.date.fromisoformat(self.document[name]) for name in ("starts_on", "ends_on")}
        facts = dates | {"time_zone": self.document["time_zone"]}
        if any(getattr(conference, name) != value for name, value in facts.items()):
            set_attributes(conference, facts)
            conference._history_user, conference._change_reason = (
                self.history_fields["by"],
                self.history_fields["reason"],
            )
            conference.save()

    # What is written

    def get_changed_instance(self, model, row):
        """The instance of a stored row that changes."""
        key = (model, row["id"])
        if key not in self.instances:
            columns = [field.attname for field in model._meta.concrete_fields]
            self.instances[key] = model.from_db(None, columns, [row[name] for name in columns])
        return self.changed.setdefault(key, self.instances[key])

    def add_new(self, row):
        self.new.append(row)
        return row

    def save_changes(self):
        bulk_history.bulk_create(self.new, **self.history_fields)
        bulk_history.bulk_update(self.changed.values(), **self.history_fields)
        self.changed, self.new = {}, []

    # Rows that the release does not know

    def get_released_ids(self, model):
        return {part["id"] for part in self.document[self.document_keys[model]]}

    def unpublish_unknown_sessions(self):
        """Sessions become drafts, and no draft stands in a room that goes."""
        known, rooms = self.get_released_ids(Session), self.get_released_ids(Room)
        for row in self.found.sessions:
            if str(row["id"]) in known:
                continue
            if row["status"] != Session.Status.DRAFT:
                self.get_changed_instance(Session, row).status = Session.Status.DRAFT
            if row["room_id"] and str(row["room_id"]) not in rooms:
                self.get_changed_instance(Session, row).room_id = None

    def free_unique_values(self, model):
        """What is unique and held by another row is given up first: by a row that is about to get its own, for the
        moment; by any other, for good."""
        known, aside = self.get_released_ids(model), {}
        for column in (name for name in UNIQUE_FIELDS if is_unique_field(model, name)):
            wanted = {get_unique_value(part, column): part["id"] for part in self.document[self.document_keys[model]]}
            taken = {row[column] for row in self.stored[model]} | set(wanted)
            for row in self.stored[model]:
                value, identity = row[column], str(row["id"])
                if value is None or wanted.get(value, identity) == identity:
                    continue
                other = make_free_value(model, row, column, taken)
                taken.add(other)
                if identity in known:
                    aside.setdefault(column, {})[row["id"]] = other
                else:
                    setattr(self.get_changed_instance(model, row), column, other)
        bulk_history.set_temporary_values(model, aside)

    def delete_unknown_rows(self):
        """Rooms and themes; nothing refers to them any more but ties of sessions that have become drafts."""
        for model in (Room, Theme):
            gone = [row for row in self.stored[model] if str(row["id"]) not in self.get_released_ids(model)]
            bulk_history.delete_each([self.get_changed_instance(model, row) for row in gone], **self.history_fields)
        self.changed = {}

    # Rows that it knows

    def restore_rows(self, model, told, assign):
        """Make each row that the document tells of say what it tells; told turns a row into what a document says."""
        found = {str(row["id"]): row for row in self.stored[model]}
        for part in self.document[self.document_keys[model]]:
            row = found.get(part["id"])
            if row is None:
                assign(self.add_new(model(pk=uuid.UUID(part["id"]))), {}, part)
            elif told(row) != part:
                assign(self.get_changed_instance(model, row), row, part)

    def assign_room(self, room, _row, part):
        set_attributes(
            room, pick_values(part, "slug", "online", "capacity") | expand_texts(part, "name", "place", "access")
        )

    def assign_theme(self, theme, _row, part):
        set_attributes(
            theme, pick_values(part, "slug", "number", "colour", "sign") | expand_texts(part, "name", "description")
        )

    def serialize_speaker(self, row):
        return draft.serialize_speaker(row, self.found.speaker_links(row))

    def assign_speaker(self, speaker, row, part):
        texts = ("name", "honorific", "function", "organization", "biography")
        set_attributes(speaker, pick_values(part, "slug", "sort_name", "country") | expand_texts(part, *texts))
        self.assign_portrait(speaker, part["portrait"])
        there = self.found.speaker_links(row) if row else []
        self.assign_links(self.speaker_links, {"speaker_id": speaker.pk}, there, part["links"])

    def restore_pictures(self):
        """{digest: key} of every picture that the release shows; those that are not there any more are made."""
        shown = {}
        for part in self.document["speakers"]:
            if part["portrait"]:
                shown[get_picture_digest(part["portrait"])] = part["portrait"]["renditions"]
        pictures = apps.get_model("speakers.Picture")
        kept = dict(pictures.objects.filter(digest__in=shown).values_list("digest", "pk"))
        made = [pictures(digest=digest, files=files) for digest, files in shown.items() if digest not in kept]
        return kept | {picture.digest: picture.pk for picture in pictures.objects.bulk_create(made)}

    def assign_portrait(self, speaker, portrait):
        if portrait is None:
            speaker.portrait_id = None
            return
        speaker.portrait_id = self.portraits[get_picture_digest(portrait)]
        set_attributes(speaker, {f"portrait_{name}": value for name, value in expand_texts(portrait, "alt").items()})

    def serialize_session(self, row):
        return draft.serialize_session(
            row, self.found.theme_ids(row), self.found.links(row), self.found.participations(row)
        )

    def assign_session(self, session, row, part):
        set_attributes(session, pick_values(part, "slug", "kind", "status", "format"))
        set_attributes(session, pick_values(part, "languages", "interpretation", "captions", "sign_languages"))
        set_attributes(session, expand_texts(part, "title", "summary", "description", "notice"))
        session.starts_at, session.ends_at = map(datetime.datetime.fromisoformat, (part["starts_at"], part["ends_at"]))
        session.room_id = part["room"]
        there = self.found.theme_ids(row) if row else []
        if set(map(str, there)) != set(part["themes"]):
            self.themes[session.pk] = part["themes"]
        self.assign_links(SessionLink, {"session_id": session.pk}, self.found.links(row) if row else [], part["links"])
        self.assign_participations(session, self.found.participations(row) if row else [], part["participations"])

    def assign_links(self, model, owner, there, wanted):
        if list(map(draft.serialize_link, there)) == wanted:
            return
        self.deleted += [self.make_instance_to_delete(model, link) for link in there[len(wanted) :]]
        for order, link in enumerate(wanted):
            kept = (
                self.get_changed_instance(model, there[order]) if order < len(there) else self.add_new(model(**owner))
            )
            set_attributes(kept, pick_values(link, "kind", "url") | expand_texts(link, "label") | {"order": order})

    def assign_participations(self, session, there, wanted):
        if list(map(draft.serialize_participation, there)) == wanted:
            return
        kept = match_participations(there, wanted)
        keys = {row["id"] for row in kept if row}
        self.deleted += [self.make_instance_to_delete(Participation, row) for row in there if row["id"] not in keys]
        for order, (row, said) in enumerate(zip(kept, wanted, strict=True)):
            part = (
                self.get_changed_instance(Participation, row)
                if row
                else self.add_new(Participation(session_id=session.pk))
            )
            set_attributes(
                part, pick_values(said, "role", "online") | expand_texts(said, "placeholder") | {"order": order}
            )
            part.speaker_id = said["speaker"]

    def make_instance_to_delete(self, model, row):
        return model.from_db(None, list(row), list(row.values()))

    def reorder_rooms(self):
        places = {part["id"]: place for place, part in enumerate(self.document["rooms"])}
        stored = list(Room.objects.values())
        if [str(row["id"]) for row in stored] == list(places):
            return
        self.instances = {}
        for row in stored:
            if row["order"] != places[str(row["id"])]:
                self.get_changed_instance(Room, row).order = places[str(row["id"])]
        self.save_changes()


def set_attributes(row, values):
    for name, value in values.items():
        setattr(row, name, value)


def pick_values(part, *names):
    return {name: part[name] for name in names}


def expand_texts(part, *names):
    """Texts as the columns that they are kept in."""
    return {f"{name}_{language}": part[name].get(language, "") for name in names for language in LANGUAGES}


def get_picture_digest(portrait):
    return PICTURE_PATH.match(portrait["renditions"][0]["path"])[1]


def is_unique_field(model, name):
    fields = {field.name: field for field in model._meta.get_fields()}
    return name in fields and fields[name].unique


def get_unique_value(part, column):
    return part["name"].get("en", "") if column == "name_en" else part[column]


def make_free_value(model, row, column, taken):
    """A value that no row has or gets, for a row that must give up its own."""
    if column == "number":
        return None
    if column == "name_en":
        return f"{row['name_en'][:60]} ({row['id']})"
    return unique_slug(model, f"{row['slug']}-{str(row['id'])[:8]}", taken.__contains__)


def match_participations(there, wanted):
    """For each part that is wanted the row to say it, or None: the same speaker in the same role, else at least the
    same speaker (or a row that awaits somebody, for one who is awaited)."""
    left, found = list(there), [None] * len(wanted)
    for alike in (get_role_key, get_person_key):
        for place, said in enumerate(wanted):
            if found[place] is None:
                found[place] = next(
                    (row for row in left if alike(draft.serialize_participation(row)) == alike(said)), None
                )
                left = [row for row in left if row is not found[place]]
    return found


def get_role_key(part):
    return part["speaker"], part["role"], None if part["speaker"] else part["placeholder"]


def get_person_key(part):
    return part["speaker"]
