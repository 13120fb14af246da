"""Restoring an earlier release as the draft.

Afterwards the draft is the programme of that release. Data that releases do not contain is kept: confirmations of
speakers, draft sessions, private fields. Sessions that the release does not contain become drafts, speakers stay, rooms
and themes are deleted. Only rows that change are saved, each with a history record.
"""

import datetime
import re
import uuid
from collections.abc import Callable, Hashable
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conference.core.i18n.text import LANGUAGES
from conference.core.versioning import bulk_history
from conference.core.versioning import restore as history
from conference.facts import FACT_TEXTS
from conference.models import Conference
from speakers.models import Picture, Speaker, SpeakerLink

from ..models import Participation, Release, Room, Session, SessionLink, Theme
from . import draft
from .document import load_programme
from .exceptions import InvalidDocumentError, RestoreError
from .participation_matching import match_participations
from .publish import lock_publishing, read_consistent_draft, strip_revision_fields
from .unique_values import get_unique_value, is_unique_field, make_free_value

PICTURE_PATH = re.compile(r"pictures/([0-9a-f]{64})/")
UNIQUE_FIELDS = ("slug", "name_en", "number")
# The collections of a document by model, in the order of saving.
COLLECTIONS = {Room: "rooms", Theme: "themes", Speaker: "speakers", Session: "sessions"}


@transaction.atomic
def restore_release(number: int, *, by=None) -> list[str]:
    """Make the draft equal to a release; by is the user of the history records.

    Return sentences about data that releases do not contain and that could not be restored.

    Raises Release.DoesNotExist, InvalidDocumentError, UnsupportedFormatError or RestoreError; then nothing changes.
    """
    lock_draft()
    document = load_release_as_draft(number)
    published_at = Release.objects.values_list("published_at", flat=True).get(pk=number)
    restorer = DraftRestorer(document, published_at, by, _("Restored to release %(number)s.") % {"number": number})
    restorer.run()
    if read_consistent_draft() != document:
        raise RestoreError
    return restorer.describe_losses()


def lock_draft() -> None:
    """Lock out publishing, restoring and editing until the transaction ends, so that no edit is lost unnoticed."""
    lock_publishing()
    for model in (Session, Room, Theme, Speaker):
        list(model.objects.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))


def load_release_as_draft(number: int) -> dict:
    """Return the document that the draft of a release has.

    Raises Release.DoesNotExist, InvalidDocumentError or UnsupportedFormatError.
    """
    document = strip_revision_fields(Release.objects.get(pk=number).document)
    # Older releases have sessions of the same time in another order than a draft.
    room_ids = [room["id"] for room in document["rooms"]]
    document |= {"sessions": draft.sort_sessions(document["sessions"], room_ids)}
    # The parser requires revision fields; their values do not matter here.
    revision = {"sequence": 0, "revised_at": "2000-01-01T00:00:00+00:00", "revised_in": 1}
    load_programme(document | {"sessions": [session | revision for session in document["sessions"]]})
    return document


class DraftRestorer:
    """One restoration of a document; by and reason go into the history records. published_at is that of the release.

    Changed, new and deleted instances are collected first and then saved in bulk.
    """

    def __init__(self, document: dict, published_at: datetime.datetime, by, reason: str):
        self.published_at = published_at
        # Speakers without a recorded gender, and the number of speakers whose confirmation is not known.
        self.unrecorded: list[str] = []
        self.unconfirmed = 0
        self.document, self.history_fields = document, {"by": by, "reason": reason}
        self.draft = draft.read_draft()
        self.rows = {model: getattr(self.draft, collection) for model, collection in COLLECTIONS.items()}
        self.items = {model: document[collection] for model, collection in COLLECTIONS.items()}
        self.released_ids = {model: {item["id"] for item in items} for model, items in self.items.items()}
        self.instances: dict[tuple, Model] = {}
        self.changed: dict[tuple, Model] = {}
        self.new: list[Model] = []
        self.deleted: list[Model] = []
        self.themes: dict[Hashable, list[str]] = {}

    def run(self) -> None:
        self.restore_conference()
        for model in COLLECTIONS:
            self.free_unique_values(model)
        self.unpublish_unknown_sessions()
        self.save_changes()
        self.portraits = self.restore_pictures()
        self.restore_rows(Room, draft.serialize_room, self.assign_room)
        self.restore_rows(Theme, draft.serialize_theme, self.assign_theme)
        self.restore_rows(Speaker, self.serialize_speaker, self.assign_speaker)
        self.restore_rows(Session, self.serialize_session, self.assign_session)
        bulk_history.delete_each(self.deleted, **self.history_fields)
        bulk_history.set_m2m(Session, "themes", self.themes)
        self.save_changes()
        self.delete_unknown_rows()
        self.reorder_rooms()

    def restore_conference(self) -> None:
        """Restore the facts of the conference; its other texts are not part of releases."""
        conference, facts = Conference.objects.get(), self.document["conference"]
        if draft.serialize_facts(conference) == facts:
            return
        set_attributes(conference, pick_values(facts, "country", "time_zone") | expand_texts(facts, *FACT_TEXTS))
        days = {name: datetime.date.fromisoformat(facts[name]) for name in ("starts_on", "ends_on")}
        set_attributes(conference, days)
        bulk_history.bulk_update([conference], **self.history_fields)

    def get_changed_instance(self, model: type[Model], row: dict) -> Any:
        """Return the instance of an existing row, to be saved by save_changes."""
        key = (model, row["id"])
        if key not in self.instances:
            columns = [field.attname for field in model._meta.concrete_fields]
            self.instances[key] = model.from_db(None, columns, [row[name] for name in columns])
        return self.changed.setdefault(key, self.instances[key])

    def add_new(self, instance: Model) -> Any:
        self.new.append(instance)
        return instance

    def save_changes(self) -> None:
        bulk_history.bulk_create(self.new, **self.history_fields)
        bulk_history.bulk_update(self.changed.values(), **self.history_fields)
        self.changed, self.new = {}, []

    def unpublish_unknown_sessions(self) -> None:
        """Make sessions that are not in the release drafts, and take them out of rooms that will be deleted."""
        for row in self.draft.sessions:
            if str(row["id"]) in self.released_ids[Session]:
                continue
            if row["status"] != Session.Status.DRAFT:
                self.get_changed_instance(Session, row).status = Session.Status.DRAFT
            if row["room_id"] and str(row["room_id"]) not in self.released_ids[Room]:
                self.get_changed_instance(Session, row).room_id = None

    def free_unique_values(self, model: type[Model]) -> None:
        """Change unique values that the release assigns to another row.

        A row of the release gets a temporary value, because its own follows; any other row keeps its new value.
        """
        temporary: dict[str, dict] = {}
        for column in (name for name in UNIQUE_FIELDS if is_unique_field(model, name)):
            owners = {get_unique_value(item, column): item["id"] for item in self.items[model]}
            taken = {row[column] for row in self.rows[model]} | set(owners)
            for row in self.rows[model]:
                value, row_id = row[column], str(row["id"])
                if value is None or owners.get(value, row_id) == row_id:
                    continue
                free_value = make_free_value(model, row, column, taken)
                taken.add(free_value)
                if row_id in self.released_ids[model]:
                    temporary.setdefault(column, {})[row["id"]] = free_value
                else:
                    setattr(self.get_changed_instance(model, row), column, free_value)
        bulk_history.set_temporary_values(model, temporary)

    def delete_unknown_rows(self) -> None:
        """Delete rooms and themes that are not in the release; by now only draft sessions may have such a theme."""
        for model in (Room, Theme):
            unknown = [row for row in self.rows[model] if str(row["id"]) not in self.released_ids[model]]
            instances = [self.get_changed_instance(model, row) for row in unknown]
            bulk_history.delete_each(instances, **self.history_fields)
        self.changed = {}

    def restore_rows(self, model: type[Model], serialize: Callable, assign: Callable) -> None:
        """Create or change the rows of a model whose serialization differs from the document."""
        rows = {str(row["id"]): row for row in self.rows[model]}
        deleted = history.get_last_instances(
            model, [item["id"] for item in self.items[model] if item["id"] not in rows]
        )
        stale_at = history.get_all_stale_translations_at(model, self.published_at)
        for item in self.items[model]:
            row = rows.get(item["id"])
            if row is None:
                instance = self.add_new(self.make_deleted_instance(model, item, deleted))
                before = {field.name: getattr(instance, field.attname) for field in model._meta.concrete_fields}
                assign(instance, {}, item)
            elif serialize(row) != item:
                instance, before = self.get_changed_instance(model, row), row
                assign(instance, row, item)
            else:
                continue
            history.restore_stale_translations(instance, before, stale_at.get(instance.pk, ()))

    def make_deleted_instance(self, model: type[Model], item: dict, deleted: dict[Hashable, Any]) -> Any:
        """Return a new instance with the last private values of the deleted object, such as a speaker's gender."""
        key = uuid.UUID(item["id"])
        instance = deleted.get(key)
        if instance is None and model is Speaker:
            self.unrecorded.append(item["name"].get("en", ""))
        return instance or model(pk=key)

    def describe_losses(self) -> list[str]:
        losses = []
        if self.unrecorded:
            message = _("The gender of these speakers is not recorded any more, so it was not restored: %(names)s.")
            losses.append(message % {"names": ", ".join(self.unrecorded)})
        if self.unconfirmed:
            message = ngettext(
                "%(n)d speaker was added to a session again. Please check whether the speaker has confirmed.",
                "%(n)d speakers were added to sessions again. Please check whether they have confirmed.",
                self.unconfirmed,
            )
            losses.append(message % {"n": self.unconfirmed})
        return losses

    def assign_room(self, room: Room, _row: dict, item: dict) -> None:
        set_attributes(room, pick_values(item, "slug", "online", "capacity"))
        set_attributes(room, expand_texts(item, "name", "place", "access"))

    def assign_theme(self, theme: Theme, _row: dict, item: dict) -> None:
        set_attributes(theme, pick_values(item, "slug", "number", "colour", "sign"))
        set_attributes(theme, expand_texts(item, "name", "description"))

    def serialize_speaker(self, row: dict) -> dict:
        return draft.serialize_speaker(row, self.draft.speaker_links(row))

    def assign_speaker(self, speaker: Speaker, row: dict, item: dict) -> None:
        set_attributes(speaker, pick_values(item, "slug", "sort_name", "country"))
        set_attributes(speaker, expand_texts(item, "name", "honorific", "function", "organization", "biography"))
        self.assign_portrait(speaker, item["portrait"])
        links = self.draft.speaker_links(row) if row else []
        self.assign_links(SpeakerLink, {"speaker_id": speaker.pk}, links, item["links"])

    def restore_pictures(self) -> dict[str, int]:
        """Create missing pictures and return the primary keys of all pictures of the release by digest."""
        portraits = [item["portrait"] for item in self.document["speakers"] if item["portrait"]]
        renditions = {get_picture_digest(portrait): portrait["renditions"] for portrait in portraits}
        existing = dict(Picture.objects.filter(digest__in=renditions).values_list("digest", "pk"))
        missing = [
            Picture(digest=digest, files=files) for digest, files in renditions.items() if digest not in existing
        ]
        return existing | {picture.digest: picture.pk for picture in Picture.objects.bulk_create(missing)}

    def assign_portrait(self, speaker: Speaker, portrait: dict | None) -> None:
        if portrait is None:
            speaker.portrait = None
            return
        alt_texts = {f"portrait_{name}": value for name, value in expand_texts(portrait, "alt").items()}
        set_attributes(speaker, {"portrait_id": self.portraits[get_picture_digest(portrait)]} | alt_texts)

    def serialize_session(self, row: dict) -> dict:
        rows = self.draft
        return draft.serialize_session(row, rows.theme_ids(row), rows.links(row), rows.participations(row))

    def assign_session(self, session: Session, row: dict, item: dict) -> None:
        set_attributes(session, pick_values(item, "slug", "kind", "status", "format"))
        set_attributes(session, pick_values(item, "languages", "interpretation", "captions", "sign_languages"))
        set_attributes(session, expand_texts(item, "title", "summary", "description", "notice"))
        session.starts_at, session.ends_at = map(datetime.datetime.fromisoformat, (item["starts_at"], item["ends_at"]))
        set_attributes(session, {"room_id": item["room"]})
        theme_ids = self.draft.theme_ids(row) if row else []
        if set(map(str, theme_ids)) != set(item["themes"]):
            self.themes[session.pk] = item["themes"]
        links = self.draft.links(row) if row else []
        self.assign_links(SessionLink, {"session_id": session.pk}, links, item["links"])
        self.assign_participations(session, self.draft.participations(row) if row else [], item["participations"])

    def assign_links(self, model: type[Model], owner: dict, rows: list[dict], items: list[dict]) -> None:
        if list(map(draft.serialize_link, rows)) == items:
            return
        self.deleted += [make_instance(model, row) for row in rows[len(items) :]]
        for order, item in enumerate(items):
            is_new = order >= len(rows)
            link = self.add_new(model(**owner)) if is_new else self.get_changed_instance(model, rows[order])
            set_attributes(link, pick_values(item, "kind", "url") | expand_texts(item, "label") | {"order": order})

    def assign_participations(self, session: Session, rows: list[dict], items: list[dict]) -> None:
        if list(map(draft.serialize_participation, rows)) == items:
            return
        matches = match_participations(rows, items)
        kept_ids = {row["id"] for row in matches if row}
        self.deleted += [make_instance(Participation, row) for row in rows if row["id"] not in kept_ids]
        for order, (row, item) in enumerate(zip(matches, items, strict=True)):
            if row:
                participation = self.get_changed_instance(Participation, row)
            else:
                participation = self.add_new(Participation(session_id=session.pk))
                self.unconfirmed += item["speaker"] is not None
            set_attributes(participation, pick_values(item, "role", "online") | expand_texts(item, "placeholder"))
            participation.order, participation.speaker_id = order, item["speaker"]

    def reorder_rooms(self) -> None:
        positions = {item["id"]: position for position, item in enumerate(self.document["rooms"])}
        rows = draft.read_rows(Room.objects.all())
        if [str(row["id"]) for row in rows] == list(positions):
            return
        self.instances = {}
        for row in rows:
            if row["order"] != positions[str(row["id"])]:
                self.get_changed_instance(Room, row).order = positions[str(row["id"])]
        self.save_changes()


def make_instance(model: type[Model], row: dict) -> Model:
    return model.from_db(None, list(row), list(row.values()))


def set_attributes(instance: Model, values: dict) -> None:
    for name, value in values.items():
        setattr(instance, name, value)


def pick_values(item: dict, *names: str) -> dict:
    return {name: item[name] for name in names}


def expand_texts(item: dict, *names: str) -> dict[str, str]:
    """Return texts as one column per language."""
    return {f"{name}_{language}": item[name].get(language, "") for name in names for language in LANGUAGES}


def get_picture_digest(portrait: dict) -> str:
    match = PICTURE_PATH.match(portrait["renditions"][0]["path"])
    if match is None:
        raise InvalidDocumentError(f"not the path of a picture: {portrait['renditions'][0]['path']!r}")
    return match[1]
