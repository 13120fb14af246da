"""The draft programme as immutable objects for the checks.

Reading it takes a fixed number of queries, whatever the size of the programme. Each object has `row`, a reference to
its database row; `texts`, its translated fields by name; and `stale_translations`, the names of texts whose source
changed after the translation.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

from django.db.models import Model, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from conference.core.i18n.text import LANGUAGES, LocalizedText
from conference.core.i18n.translations import get_translated_fields
from conference.models import Conference
from speakers.models import Speaker

from ..models import Participation, Room, Session, Theme
from .base import RowReference

SESSION_COLUMNS = (
    *("kind", "status", "format", "starts_at", "ends_at", "room_id"),
    *("languages", "interpretation", "stale_translations"),
)


@dataclass(frozen=True, slots=True)
class DraftObject:
    """The fields that rooms, themes and speakers have in common."""

    row: RowReference
    name: LocalizedText
    texts: dict[str, LocalizedText]
    stale_translations: tuple[str, ...]

    def __str__(self):
        return str(self.name)


@dataclass(frozen=True, slots=True)
class DraftRoom(DraftObject):
    """A room; opens_at and closes_at are local times, None means no limit."""

    online: bool
    opens_at: datetime.time | None
    closes_at: datetime.time | None


@dataclass(frozen=True, slots=True)
class DraftTheme(DraftObject):
    pass


@dataclass(frozen=True, slots=True)
class DraftSpeaker(DraftObject):
    """A speaker; country is an ISO 3166-1 code or empty, gender is empty if not stated."""

    country: str
    gender: str
    has_portrait: bool


@dataclass(frozen=True, slots=True)
class DraftParticipation:
    """A speaker's role in a session; speaker is None while there is only a placeholder."""

    role: str
    speaker: DraftSpeaker | None
    placeholder: LocalizedText
    online: bool
    confirmed: bool


@dataclass(frozen=True)
class DraftSession:
    """A session; starts_at and ends_at are aware."""

    row: RowReference
    title: LocalizedText
    texts: dict[str, LocalizedText]
    stale_translations: tuple[str, ...]
    kind: str
    status: str
    format: str
    starts_at: datetime.datetime
    ends_at: datetime.datetime
    room: DraftRoom | None
    languages: tuple[str, ...]
    interpretation: tuple[str, ...]
    participations: tuple[DraftParticipation, ...]

    def __str__(self):
        return str(self.title)

    @property
    def is_draft(self) -> bool:
        return self.status == Session.Status.DRAFT

    @property
    def is_tentative(self) -> bool:
        return self.status == Session.Status.TENTATIVE

    @property
    def is_cancelled(self) -> bool:
        return self.status == Session.Status.CANCELLED

    @property
    def is_attended(self) -> bool:
        return self.kind in Session.ATTENDED_KINDS

    @cached_property
    def speakers(self) -> tuple[DraftSpeaker, ...]:
        """The named speakers, each once, in the order of participations."""
        return tuple({speaker.row.id: speaker for entry in self.participations if (speaker := entry.speaker)}.values())

    def get_participations_of(self, speaker: DraftSpeaker) -> list[DraftParticipation]:
        return self.participations_by_speaker[speaker.row.id]

    @cached_property
    def participations_by_speaker(self) -> dict[str, list[DraftParticipation]]:
        groups: dict[str, list[DraftParticipation]] = {}
        for entry in self.participations:
            if entry.speaker:
                groups.setdefault(entry.speaker.row.id, []).append(entry)
        return groups


@dataclass(frozen=True)
class DraftProgramme:
    """The draft: sessions sorted by start, end and title; dates local to time_zone; audience languages."""

    row: RowReference
    time_zone: ZoneInfo
    starts_on: datetime.date
    ends_on: datetime.date
    languages: tuple[str, ...]
    rooms: tuple[DraftRoom, ...]
    themes: tuple[DraftTheme, ...]
    speakers: tuple[DraftSpeaker, ...]
    sessions: tuple[DraftSession, ...]

    @property
    def ends_at(self) -> datetime.datetime:
        """The midnight after the last day."""
        next_day = self.ends_on + datetime.timedelta(days=1)
        return datetime.datetime.combine(next_day, datetime.time(), self.time_zone)

    @cached_property
    def active_sessions(self) -> tuple[DraftSession, ...]:
        """Sessions that are not cancelled."""
        return tuple(session for session in self.sessions if not session.is_cancelled)

    @cached_property
    def attended_sessions(self) -> tuple[DraftSession, ...]:
        """Active sessions other than breaks and exhibitions."""
        return tuple(session for session in self.active_sessions if session.is_attended)

    @cached_property
    def sessions_by_room(self) -> tuple[tuple, ...]:
        """Pairs of a room and its active sessions in order."""
        return group_sessions((session.room, session) for session in self.active_sessions if session.room)

    @cached_property
    def sessions_by_speaker(self) -> tuple[tuple, ...]:
        """Pairs of a speaker and their attended sessions in order."""
        return group_sessions((speaker, session) for session in self.attended_sessions for speaker in session.speakers)

    @cached_property
    def listed_speaker_ids(self) -> frozenset[str]:
        """Primary keys of the speakers that publishing would show."""
        published = (session for session in self.sessions if not session.is_draft)
        return frozenset(speaker.row.id for session in published for speaker in session.speakers)

    @cached_property
    def participating_speakers(self) -> tuple[DraftSpeaker, ...]:
        """Speakers who take part in any session, draft sessions included."""
        ids = {speaker.row.id for session in self.sessions for speaker in session.speakers}
        return tuple(speaker for speaker in self.speakers if speaker.row.id in ids)

    def get_local_times(self, session: DraftSession) -> tuple[datetime.datetime, datetime.datetime]:
        """Return start and end in the conference's time zone."""
        return self.to_local_time(session.starts_at), self.to_local_time(session.ends_at)

    def to_local_time(self, time: datetime.datetime) -> datetime.datetime:
        """Convert to the conference's time zone; return the time itself if the result is out of range."""
        try:
            return time.astimezone(self.time_zone)
        except OverflowError:
            return time

    def format_time(self, session: DraftSession) -> str:
        """Return “7 Dec 2020, 18:00–19:30” in the conference's time zone."""
        # Several checks print the same session, and formatting dates takes most of their time.
        if session.row.id not in self.formatted_times:
            self.formatted_times[session.row.id] = format_local_times(*self.get_local_times(session))
        return self.formatted_times[session.row.id]

    @cached_property
    def formatted_times(self) -> dict[str, str]:
        return {}


def format_local_times(start: datetime.datetime, end: datetime.datetime) -> str:
    return _("%(day)s, %(start)s–%(end)s") % {
        "day": date_format(start, "SHORT_DATE_FORMAT"),
        "start": date_format(start, "TIME_FORMAT"),
        "end": date_format(end, "TIME_FORMAT" if start.date() == end.date() else "SHORT_DATETIME_FORMAT"),
    }


def group_sessions(pairs: Iterable[tuple]) -> tuple[tuple, ...]:
    groups: dict[str, tuple] = {}
    for key, session in pairs:
        groups.setdefault(key.row.id, (key, []))[1].append(session)
    return tuple(groups.values())


def load_draft() -> DraftProgramme | None:
    """Return the draft as the database has it now, or None if there is no conference."""
    conference = Conference.objects.first()
    if conference is None:
        return None
    return build_draft(
        conference,
        rooms=query_values(Room, "online", "opens_at", "closes_at", "stale_translations"),
        themes=query_values(Theme, "stale_translations"),
        speakers=query_values(Speaker, "country", "gender", "portrait_id", "stale_translations"),
        participations=query_values(Participation, "session_id", "speaker_id", "role", "online", "confirmed"),
        sessions=query_values(Session, *SESSION_COLUMNS),
    )


def build_draft(
    conference: Conference,
    *,
    rooms: Iterable[dict],
    themes: Iterable[dict],
    speakers: Iterable[dict],
    participations: Iterable[dict],
    sessions: Iterable[dict],
) -> DraftProgramme:
    """Return the draft that consists of these rows. Rows have the columns of their table."""
    rooms_by_id = {row["id"]: make_room(row) for row in rooms}
    speakers_by_id = {row["id"]: make_speaker(row) for row in speakers}
    participations_by_session: dict = {}
    for row in participations:
        entry = make_participation(row, speakers_by_id)
        participations_by_session.setdefault(row["session_id"], []).append(entry)
    draft_sessions = (make_session(row, rooms_by_id, participations_by_session.get(row["id"], ())) for row in sessions)
    return DraftProgramme(
        row=RowReference("conference", str(conference.pk), str(LocalizedText.of(conference, "short_name"))),
        time_zone=ZoneInfo(conference.time_zone),
        starts_on=conference.starts_on,
        ends_on=conference.ends_on,
        languages=tuple(conference.languages),
        rooms=tuple(rooms_by_id.values()),
        themes=tuple(DraftTheme(**build_common_fields(row, Theme, "name")) for row in themes),
        speakers=tuple(speakers_by_id.values()),
        sessions=sort_sessions(draft_sessions),
    )


def sort_sessions(sessions: Iterable[DraftSession]) -> tuple[DraftSession, ...]:
    """Return the sessions in the order that DraftProgramme needs."""
    return tuple(
        sorted(sessions, key=lambda session: (session.starts_at, session.ends_at, session.row.label, session.row.id))
    )


def query_values(model: type[Model], *columns: str) -> QuerySet:
    """Return dictionaries of these columns and all translated ones, which cost much less than model instances."""
    translated = [f"{name}_{language}" for name in get_translated_fields(model) for language in LANGUAGES]
    return model.objects.values("id", *translated, *columns)


def read_text(row: dict, name: str) -> LocalizedText:
    columns = {language: row[f"{name}_{language}"].strip() for language in LANGUAGES}
    return LocalizedText({language: text for language, text in columns.items() if text})


def build_common_fields(row: dict, model: type[Model], title: str) -> dict:
    """Return the fields that all objects have as keyword arguments."""
    texts = {name: read_text(row, name) for name in get_translated_fields(model)}
    return {
        "row": RowReference(str(model._meta.model_name), str(row["id"]), str(texts[title])),
        title: texts[title],
        "texts": texts,
        "stale_translations": tuple(row["stale_translations"]),
    }


def make_room(row: dict) -> DraftRoom:
    values = {name: row[name] for name in ("online", "opens_at", "closes_at")}
    return DraftRoom(**build_common_fields(row, Room, "name"), **values)


def make_speaker(row: dict) -> DraftSpeaker:
    return DraftSpeaker(
        **build_common_fields(row, Speaker, "name"),
        country=row["country"] or "",
        gender=row["gender"],
        has_portrait=row["portrait_id"] is not None,
    )


def make_participation(row: dict, speakers: dict) -> DraftParticipation:
    return DraftParticipation(
        role=row["role"],
        speaker=speakers.get(row["speaker_id"]),
        placeholder=read_text(row, "placeholder"),
        online=row["online"],
        confirmed=row["confirmed"],
    )


def make_session(row: dict, rooms: dict, participations: Iterable[DraftParticipation]) -> DraftSession:
    values = {name: row[name] for name in ("kind", "status", "format", "starts_at", "ends_at")}
    return DraftSession(
        **build_common_fields(row, Session, "title"),
        **values,
        room=rooms.get(row["room_id"]),
        languages=tuple(row["languages"]),
        interpretation=tuple(row["interpretation"]),
        participations=tuple(participations),
    )
