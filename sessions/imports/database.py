"""The editing tables as an import finds them, and as it would leave them."""

import hashlib
from dataclasses import dataclass
from itertools import chain

from django.apps import apps
from django.db import transaction

from sessions.releases.restore import lock_draft

from ..models import Participation, Room, Session, SessionLink, Theme
from ..releases import draft
from .columns import LINKS, PARTICIPATIONS, ROOMS, SESSIONS, SPEAKERS, THEMES


@dataclass(frozen=True)
class DatabaseState:
    """The rows as they are read, which stay so, and instances of them by table, which an import changes. digest is of
    every column of all that."""

    conference: object
    rows: draft.DraftRows
    items: dict
    version_token: str

    def is_unchanged(self):
        """Whether all is still as it was read. Within a transaction: from now on it stays as it is."""
        return self.version_token == hash_state(*lock_and_read())

    def draft_document(self):
        """The draft as a document."""
        return build_resulting_document(self.conference, group_rows_by_table(self.rows), self.rows.theme_ids_by_session)


def load_state():
    """All at one moment. Raises Conference.DoesNotExist."""
    with transaction.atomic():
        conference, found = lock_and_read()
    return DatabaseState(conference, found, build_instances(found), hash_state(conference, found))


def lock_and_read():
    lock_draft()
    return apps.get_model("conference.Conference").objects.get(), draft.read_draft()


def hash_state(conference, found):
    state = repr([conference.time_zone, conference.starts_on, conference.ends_on, found])
    return hashlib.sha256(state.encode()).hexdigest()


def group_rows_by_table(found):
    links = [*found.links_by_session.values(), *found.links_by_speaker.values()]
    return {
        ROOMS: found.rooms,
        THEMES: found.themes,
        SPEAKERS: found.speakers,
        SESSIONS: found.sessions,
        PARTICIPATIONS: list(chain.from_iterable(found.participations_by_session.values())),
        LINKS: list(chain.from_iterable(links)),
    }


def build_instances(found):
    speaker, speaker_link = (apps.get_model(f"speakers.{name}") for name in ("Speaker", "SpeakerLink"))
    models = {ROOMS: Room, THEMES: Theme, SPEAKERS: speaker, SESSIONS: Session, PARTICIPATIONS: Participation}
    by_table = group_rows_by_table(found)
    items = {table: make_instances(model, by_table[table]) for table, model in models.items()}
    items[LINKS] = [
        link
        for model, owner in ((SessionLink, "session_id"), (speaker_link, "speaker_id"))
        for link in make_instances(model, [row for row in by_table[LINKS] if owner in row])
    ]
    return items


def make_instances(model, found):
    columns = [field.attname for field in model._meta.concrete_fields]
    made = [model.from_db(model.objects.db, columns, [row[name] for name in columns]) for row in found]
    for instance, row in zip(made, found, strict=True):
        # What a document says of a portrait beside its key.
        if "portrait__files" in row:
            instance.portrait__files = row["portrait__files"]
    return made


def build_resulting_document(conference, by_table, themes_of):
    """The document that publishing these rows would make; those without a key are the last ones of their owner. Names
    are ordered by their letters' numbers, whatever the database's own order: so two documents can be compared."""
    themes = sorted(by_table[THEMES], key=lambda row: (row["number"] is None, row["number"], row["name_en"]))
    place = {theme["id"]: number for number, theme in enumerate(themes)}
    found = draft.DraftRows(
        rooms=sorted(by_table[ROOMS], key=lambda row: (row["order"], row["name_en"])),
        themes=themes,
        speakers=sorted(by_table[SPEAKERS], key=lambda row: row["id"]),
        sessions=sorted(by_table[SESSIONS], key=lambda row: (row["starts_at"], row["id"])),
        theme_ids_by_session={
            key: sorted((k for k in keys if k in place), key=place.get) for key, keys in themes_of.items()
        },
        participations_by_session=group_by_parent(by_table[PARTICIPATIONS], "session_id"),
        links_by_session=group_by_parent(by_table[LINKS], "session_id"),
        links_by_speaker=group_by_parent(by_table[LINKS], "speaker_id"),
    )
    return draft.build_document(found, conference)


def group_by_parent(found, column):
    owned = [row for row in found if column in row]
    return draft.group_by(sorted(owned, key=lambda row: (row["order"], row["id"] is None, row["id"] or 0)), column)
