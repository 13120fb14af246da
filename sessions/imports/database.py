"""The draft programme before an import and as the import would leave it."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain

from django.db import transaction
from django.db.models import Model

from conference.models import Conference
from sessions.releases.restore import lock_draft
from speakers.models import Speaker, SpeakerLink

from ..checks.draft import DraftProgramme, build_draft
from ..models import Participation, Room, Session, SessionLink, Theme
from ..releases.draft import DraftRows, build_document, group_by, read_draft
from .columns import LINKS, PARTICIPATIONS, ROOMS, SESSIONS, SPEAKERS, THEMES, Table


@dataclass(frozen=True)
class DatabaseState:
    """The draft at one moment.

    rows stay as they were read; instances are the same rows by table as model instances, which an import changes.
    version_token is a hash of all columns.
    """

    conference: Conference
    rows: DraftRows
    instances: dict[Table, list[Model]]
    version_token: str

    def is_unchanged(self) -> bool:
        """Return whether the database still is in this state, and lock it until the end of the transaction."""
        return self.version_token == hash_state(*lock_and_read())

    def build_draft_document(self) -> dict:
        return build_resulting_document(self.conference, group_rows_by_table(self.rows), self.rows.theme_ids_by_session)

    def build_draft(self) -> DraftProgramme:
        return build_draft_of_tables(self.conference, group_rows_by_table(self.rows))


def load_state() -> DatabaseState:
    """Return the state of the database, read in one transaction. Raises Conference.DoesNotExist."""
    with transaction.atomic():
        conference, rows = lock_and_read()
    return DatabaseState(conference, rows, build_instances(rows), hash_state(conference, rows))


def lock_and_read() -> tuple[Conference, DraftRows]:
    lock_draft()
    return Conference.objects.get(), read_draft()


def hash_state(conference: Conference, rows: DraftRows) -> str:
    state = repr([conference.time_zone, conference.starts_on, conference.ends_on, rows])
    return hashlib.sha256(state.encode()).hexdigest()


def group_rows_by_table(rows: DraftRows) -> dict[Table, list[dict]]:
    links = [*rows.links_by_session.values(), *rows.links_by_speaker.values()]
    return {
        ROOMS: rows.rooms,
        THEMES: rows.themes,
        SPEAKERS: rows.speakers,
        SESSIONS: rows.sessions,
        PARTICIPATIONS: list(chain.from_iterable(rows.participations_by_session.values())),
        LINKS: list(chain.from_iterable(links)),
    }


def build_instances(rows: DraftRows) -> dict[Table, list[Model]]:
    models = {ROOMS: Room, THEMES: Theme, SPEAKERS: Speaker, SESSIONS: Session, PARTICIPATIONS: Participation}
    by_table = group_rows_by_table(rows)
    instances = {table: make_instances(model, by_table[table]) for table, model in models.items()}
    instances[LINKS] = [
        link
        for model, parent in ((SessionLink, "session_id"), (SpeakerLink, "speaker_id"))
        for link in make_instances(model, [row for row in by_table[LINKS] if parent in row])
    ]
    return instances


def make_instances(model: type[Model], rows: Iterable[Mapping]) -> list[Model]:
    columns = [field.attname for field in model._meta.concrete_fields]
    instances = []
    for row in rows:
        instance = model.from_db(model.objects.db, columns, [row[name] for name in columns])
        # A column of a joined table, which documents contain.
        if "portrait__files" in row:
            instance.portrait__files = row["portrait__files"]
        instances.append(instance)
    return instances


def build_resulting_document(
    conference: Conference, rows_by_table: Mapping[Table, list[dict]], theme_ids_by_session: Mapping
) -> dict:
    """Return the document that publishing these rows would create.

    New rows have no primary key yet and come last in their group. Names are ordered by code point, not by the
    database's collation, so that two documents can be compared.
    """
    themes = sorted(rows_by_table[THEMES], key=lambda row: (row["number"] is None, row["number"], row["name_en"]))
    positions = {theme["id"]: position for position, theme in enumerate(themes)}
    rows = DraftRows(
        rooms=sorted(rows_by_table[ROOMS], key=lambda row: (row["order"], row["name_en"])),
        themes=themes,
        speakers=sorted(rows_by_table[SPEAKERS], key=lambda row: row["id"]),
        sessions=sorted(rows_by_table[SESSIONS], key=lambda row: (row["starts_at"], row["id"])),
        theme_ids_by_session={
            session_id: sorted((key for key in keys if key in positions), key=positions.get)
            for session_id, keys in theme_ids_by_session.items()
        },
        participations_by_session=group_by_parent(rows_by_table[PARTICIPATIONS], "session_id"),
        links_by_session=group_by_parent(rows_by_table[LINKS], "session_id"),
        links_by_speaker=group_by_parent(rows_by_table[LINKS], "speaker_id"),
    )
    return build_document(rows, conference)


def build_draft_of_tables(conference: Conference, rows_by_table: Mapping[Table, list[dict]]) -> DraftProgramme:
    """Return the draft that consists of these rows, for the checks."""
    return build_draft(
        conference,
        rooms=rows_by_table[ROOMS],
        themes=rows_by_table[THEMES],
        speakers=rows_by_table[SPEAKERS],
        participations=sorted(rows_by_table[PARTICIPATIONS], key=lambda row: (row["order"], row["id"] or 0)),
        sessions=rows_by_table[SESSIONS],
    )


def group_by_parent(rows: Iterable[dict], column: str) -> dict[object, list[dict]]:
    children = [row for row in rows if column in row]
    return group_by(sorted(children, key=lambda row: (row["order"], row["id"] is None, row["id"] or 0)), column)
