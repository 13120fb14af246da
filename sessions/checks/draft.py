"""The editing tables as the rules see them: frozen, read at once with the same few queries however much there is."""

import datetime
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

from django.apps import apps
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from conference.core.text import LANGUAGES, LocalizedText
from conference.core.translations import get_translated_fields

from ..models import Participation, Room, Session, Theme
from .base import RowReference

# What is held at its hour, with people on stage and people listening. Breaks and exhibitions are simply open.
ATTENDED_KINDS = frozenset([Session.Kind.CEREMONY, Session.Kind.PLENARY, Session.Kind.WORKSHOP])


@dataclass(frozen=True, slots=True)
class DraftRoom:
    """opens_at and closes_at are local times of every day; None: always open on that side. As in every part of a draft,
    texts are those of the row by name, and stale_translations names those whose source changed after their translation."""

    row: RowReference
    name: LocalizedText
    online: bool
    opens_at: datetime.time | None
    closes_at: datetime.time | None
    texts: dict[str, LocalizedText]
    stale_translations: tuple[str, ...]

    def __str__(self):
        return str(self.name)


@dataclass(frozen=True, slots=True)
class DraftTheme:
    row: RowReference
    name: LocalizedText
    texts: dict[str, LocalizedText]
    stale_translations: tuple[str, ...]

    def __str__(self):
        return str(self.name)


@dataclass(frozen=True, slots=True)
class DraftSpeaker:
    """country is an ISO 3166-1 code or empty; gender is empty where the speaker has not stated one."""

    row: RowReference
    name: LocalizedText
    country: str
    gender: str
    has_portrait: bool
    texts: dict[str, LocalizedText]
    stale_translations: tuple[str, ...]

    def __str__(self):
        return str(self.name)


@dataclass(frozen=True, slots=True)
class DraftParticipation:
    """A speaker's part; where nobody is named yet, speaker is None and awaited says who is expected."""

    role: str
    speaker: DraftSpeaker | None
    placeholder: LocalizedText
    online: bool
    confirmed: bool


@dataclass(frozen=True)
class DraftSession:
    """starts_at and ends_at are aware."""

    row: RowReference
    title: LocalizedText
    kind: str
    status: str
    format: str
    starts_at: datetime.datetime
    ends_at: datetime.datetime
    room: DraftRoom | None
    languages: tuple[str, ...]
    interpretation: tuple[str, ...]
    participations: tuple[DraftParticipation, ...]
    texts: dict[str, LocalizedText]
    stale_translations: tuple[str, ...]

    def __str__(self):
        return str(self.title)

    @property
    def is_draft(self):
        return self.status == Session.Status.DRAFT

    @property
    def is_cancelled(self):
        return self.status == Session.Status.CANCELLED

    @property
    def is_attended(self):
        return self.kind in ATTENDED_KINDS

    @cached_property
    def speakers(self):
        """Everybody who is named, once, in the order of the parts."""
        return tuple({part.speaker.row.id: part.speaker for part in self.participations if part.speaker}.values())

    def get_participations_of(self, speaker):
        return self._participations_by_speaker[speaker.row.id]

    @cached_property
    def _participations_by_speaker(self):
        parts = {}
        for part in self.participations:
            if part.speaker:
                parts.setdefault(part.speaker.row.id, []).append(part)
        return parts


@dataclass(frozen=True)
class DraftProgramme:
    """Sessions are in order of start, end and title. Dates are local to time_zone, languages those of the audience."""

    row: RowReference
    time_zone: ZoneInfo
    starts_on: datetime.date
    ends_on: datetime.date
    languages: tuple[str, ...]
    rooms: tuple[DraftRoom, ...]
    themes: tuple[DraftTheme, ...]
    speakers: tuple[DraftSpeaker, ...]
    sessions: tuple[DraftSession, ...]

    @cached_property
    def active_sessions(self):
        """Sessions that are not cancelled."""
        return tuple(session for session in self.sessions if not session.is_cancelled)

    @cached_property
    def attended_sessions(self):
        """Those of them that are held: no breaks, no exhibitions."""
        return tuple(session for session in self.active_sessions if session.is_attended)

    @cached_property
    def sessions_by_room(self):
        """Pairs of a room and the sessions that take place there, in order."""
        return group_sessions((session.room, session) for session in self.active_sessions if session.room)

    @cached_property
    def sessions_by_speaker(self):
        """Pairs of a speaker and the sessions held with a part for them, in order."""
        return group_sessions((speaker, session) for session in self.attended_sessions for speaker in session.speakers)

    @cached_property
    def listed_speaker_ids(self):
        """The ids of the speakers whom publishing would show."""
        return frozenset(speaker.row.id for s in self.sessions if not s.is_draft for speaker in s.speakers)

    @cached_property
    def participating_speaker_ids(self):
        """The ids of the speakers who have a part in anything, drafts included."""
        return frozenset(speaker.row.id for session in self.sessions for speaker in session.speakers)

    def to_local_time(self, moment):
        """The moment on the conference's clock; as it is where no calendar goes so far."""
        try:
            return moment.astimezone(self.time_zone)
        except OverflowError:
            return moment

    def format_time(self, session):
        """“7 Dec 2020, 18:00–19:30”, on the conference's clock."""
        # Many rules tell the time of one session, and writing a date takes longer than most rules.
        if session.row.id not in self._formatted_times:
            self._formatted_times[session.row.id] = self._format_time(session)
        return self._formatted_times[session.row.id]

    @cached_property
    def _formatted_times(self):
        return {}

    def _format_time(self, session):
        start, end = self.to_local_time(session.starts_at), self.to_local_time(session.ends_at)
        return _("%(day)s, %(start)s–%(end)s") % {
            "day": date_format(start, "SHORT_DATE_FORMAT"),
            "start": date_format(start, "TIME_FORMAT"),
            "end": date_format(end, "TIME_FORMAT" if start.date() == end.date() else "SHORT_DATETIME_FORMAT"),
        }


def group_sessions(pairs):
    groups = {}
    for key, session in pairs:
        groups.setdefault(key.row.id, (key, []))[1].append(session)
    return tuple(groups.values())


def load_draft():
    """The draft as the tables have it now, or None where there is no conference yet."""
    conference = apps.get_model("conference.Conference").objects.first()
    if conference is None:
        return None
    rooms = {
        row["pk"]: make_room(row) for row in query_rows(Room, "online", "opens_at", "closes_at", "stale_translations")
    }
    people = {
        row["pk"]: make_speaker(row)
        for row in query_rows(get_speaker_model(), "country", "gender", "portrait_id", "stale_translations")
    }
    parts = {}
    for row in query_rows(Participation, "session_id", "speaker_id", "role", "online", "confirmed"):
        parts.setdefault(row["session_id"], []).append(make_participation(row, people))
    sessions = [make_session(row, rooms, parts.get(row["pk"], ())) for row in query_rows(Session, *SESSION_COLUMNS)]
    return DraftProgramme(
        row=RowReference("conference", str(conference.pk), str(LocalizedText.of(conference, "short_name"))),
        time_zone=ZoneInfo(conference.time_zone),
        starts_on=conference.starts_on,
        ends_on=conference.ends_on,
        languages=tuple(conference.languages),
        rooms=tuple(rooms.values()),
        themes=tuple(make_theme(row) for row in query_rows(Theme, "stale_translations")),
        speakers=tuple(people.values()),
        sessions=tuple(sorted(sessions, key=lambda session: (session.starts_at, session.ends_at, session.row.label))),
    )


SESSION_COLUMNS = (
    *("kind", "status", "format", "starts_at", "ends_at", "room_id"),
    *("languages", "interpretation", "stale_translations"),
)


def get_speaker_model():
    return apps.get_model("speakers.Speaker")


def query_rows(model, *columns):
    """Plain values of the columns and of every text: much cheaper than rows, of which there may be thousands."""
    written = [f"{name}_{language}" for name in get_translated_fields(model) for language in LANGUAGES]
    return model.objects.values("pk", *written, *columns)


def read_texts(row, model):
    return {name: read_text(row, name) for name in get_translated_fields(model)}


def read_text(row, name):
    columns = {language: row[f"{name}_{language}"].strip() for language in LANGUAGES}
    return LocalizedText({language: text for language, text in columns.items() if text})


def build_common_fields(row, model, title):
    written = read_texts(row, model)
    return {
        "row": RowReference(model._meta.model_name, str(row["pk"]), str(written[title])),
        title: written[title],
        "texts": written,
        "stale_translations": tuple(row["stale_translations"]),
    }


def make_room(row):
    plain = {name: row[name] for name in ("online", "opens_at", "closes_at")}
    return DraftRoom(**build_common_fields(row, Room, "name"), **plain)


def make_theme(row):
    return DraftTheme(**build_common_fields(row, Theme, "name"))


def make_speaker(row):
    return DraftSpeaker(
        **build_common_fields(row, get_speaker_model(), "name"),
        country=row["country"] or "",
        gender=row["gender"],
        has_portrait=row["portrait_id"] is not None,
    )


def make_participation(row, people):
    return DraftParticipation(
        role=row["role"],
        speaker=people.get(row["speaker_id"]),
        placeholder=read_text(row, "placeholder"),
        online=row["online"],
        confirmed=row["confirmed"],
    )


def make_session(row, rooms, parts):
    plain = {name: row[name] for name in ("kind", "status", "format", "starts_at", "ends_at")}
    return DraftSession(
        **build_common_fields(row, Session, "title"),
        **plain,
        room=rooms.get(row["room_id"]),
        languages=tuple(row["languages"]),
        interpretation=tuple(row["interpretation"]),
        participations=tuple(parts),
    )
