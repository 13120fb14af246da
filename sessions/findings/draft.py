"""The editing tables as the rules see them: frozen, read at once with the same few queries however much there is."""

import datetime
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

from django.apps import apps
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ..models import Participation, Room, Session, Theme
from ..text import LANGUAGES, Text
from ..translations import texts
from .finding import Row

# What is held at its hour, with people on stage and people listening. Breaks and exhibitions are simply open.
HELD = frozenset([Session.Kind.CEREMONY, Session.Kind.PLENARY, Session.Kind.WORKSHOP])


@dataclass(frozen=True, slots=True)
class DraftRoom:
    """opens_at and closes_at are local times of every day; None: always open on that side. As in every part of a draft,
    texts are those of the row by name, and stale names those whose source changed after their translation."""

    row: Row
    name: Text
    online: bool
    opens_at: datetime.time | None
    closes_at: datetime.time | None
    texts: dict[str, Text]
    stale: tuple[str, ...]

    def __str__(self):
        return str(self.name)


@dataclass(frozen=True, slots=True)
class DraftTheme:
    row: Row
    name: Text
    texts: dict[str, Text]
    stale: tuple[str, ...]

    def __str__(self):
        return str(self.name)


@dataclass(frozen=True, slots=True)
class DraftSpeaker:
    """country is an ISO 3166-1 code or empty; gender is empty where the speaker has not stated one."""

    row: Row
    name: Text
    country: str
    gender: str
    has_portrait: bool
    texts: dict[str, Text]
    stale: tuple[str, ...]

    def __str__(self):
        return str(self.name)


@dataclass(frozen=True, slots=True)
class DraftPart:
    """A speaker's part; where nobody is named yet, speaker is None and awaited says who is expected."""

    role: str
    speaker: DraftSpeaker | None
    awaited: Text
    online: bool
    confirmed: bool


@dataclass(frozen=True)
class DraftSession:
    """starts_at and ends_at are aware."""

    row: Row
    title: Text
    kind: str
    status: str
    format: str
    starts_at: datetime.datetime
    ends_at: datetime.datetime
    room: DraftRoom | None
    languages: tuple[str, ...]
    interpretation: tuple[str, ...]
    parts: tuple[DraftPart, ...]
    texts: dict[str, Text]
    stale: tuple[str, ...]

    def __str__(self):
        return str(self.title)

    @property
    def is_draft(self):
        return self.status == Session.Status.DRAFT

    @property
    def is_cancelled(self):
        return self.status == Session.Status.CANCELLED

    @property
    def is_held(self):
        return self.kind in HELD

    @cached_property
    def speakers(self):
        """Everybody who is named, once, in the order of the parts."""
        return tuple({part.speaker.row.id: part.speaker for part in self.parts if part.speaker}.values())

    def parts_of(self, speaker):
        return self._parts_by_speaker[speaker.row.id]

    @cached_property
    def _parts_by_speaker(self):
        parts = {}
        for part in self.parts:
            if part.speaker:
                parts.setdefault(part.speaker.row.id, []).append(part)
        return parts


@dataclass(frozen=True)
class Draft:
    """Sessions are in order of start, end and title. Dates are local to time_zone, languages those of the audience."""

    row: Row
    time_zone: ZoneInfo
    starts_on: datetime.date
    ends_on: datetime.date
    languages: tuple[str, ...]
    rooms: tuple[DraftRoom, ...]
    themes: tuple[DraftTheme, ...]
    speakers: tuple[DraftSpeaker, ...]
    sessions: tuple[DraftSession, ...]

    @cached_property
    def taking_place(self):
        """Sessions that are not cancelled."""
        return tuple(session for session in self.sessions if not session.is_cancelled)

    @cached_property
    def held(self):
        """Those of them that are held: no breaks, no exhibitions."""
        return tuple(session for session in self.taking_place if session.is_held)

    @cached_property
    def by_room(self):
        """Pairs of a room and the sessions that take place there, in order."""
        return _grouped((session.room, session) for session in self.taking_place if session.room)

    @cached_property
    def by_speaker(self):
        """Pairs of a speaker and the sessions held with a part for them, in order."""
        return _grouped((speaker, session) for session in self.held for speaker in session.speakers)

    @cached_property
    def on_stage(self):
        """The ids of the speakers whom publishing would show."""
        return frozenset(speaker.row.id for s in self.sessions if not s.is_draft for speaker in s.speakers)

    @cached_property
    def in_sessions(self):
        """The ids of the speakers who have a part in anything, drafts included."""
        return frozenset(speaker.row.id for session in self.sessions for speaker in session.speakers)

    def local(self, moment):
        """The moment on the conference's clock; as it is where no calendar goes so far."""
        try:
            return moment.astimezone(self.time_zone)
        except OverflowError:
            return moment

    def when(self, session):
        """“7 Dec 2020, 18:00–19:30”, on the conference's clock."""
        # Many rules tell the time of one session, and writing a date takes longer than most rules.
        if session.row.id not in self._told:
            self._told[session.row.id] = self._in_words(session)
        return self._told[session.row.id]

    @cached_property
    def _told(self):
        return {}

    def _in_words(self, session):
        start, end = self.local(session.starts_at), self.local(session.ends_at)
        return _("%(day)s, %(start)s–%(end)s") % {
            "day": date_format(start, "SHORT_DATE_FORMAT"),
            "start": date_format(start, "TIME_FORMAT"),
            "end": date_format(end, "TIME_FORMAT" if start.date() == end.date() else "SHORT_DATETIME_FORMAT"),
        }


def _grouped(pairs):
    groups = {}
    for key, session in pairs:
        groups.setdefault(key.row.id, (key, []))[1].append(session)
    return tuple(groups.values())


def read():
    """The draft as the tables have it now, or None where there is no conference yet."""
    conference = apps.get_model("conference.Conference").objects.first()
    if conference is None:
        return None
    rooms = {row["pk"]: _room(row) for row in _rows(Room, "online", "opens_at", "closes_at", "stale")}
    people = {row["pk"]: _speaker(row) for row in _rows(_speakers(), "country", "gender", "portrait_id", "stale")}
    parts = {}
    for row in _rows(Participation, "session_id", "speaker_id", "role", "online", "confirmed"):
        parts.setdefault(row["session_id"], []).append(_part(row, people))
    sessions = [_session(row, rooms, parts.get(row["pk"], ())) for row in _rows(Session, *SESSION)]
    return Draft(
        row=Row("conference", str(conference.pk), str(Text.of(conference, "short_name"))),
        time_zone=ZoneInfo(conference.time_zone),
        starts_on=conference.starts_on,
        ends_on=conference.ends_on,
        languages=tuple(conference.languages),
        rooms=tuple(rooms.values()),
        themes=tuple(_theme(row) for row in _rows(Theme, "stale")),
        speakers=tuple(people.values()),
        sessions=tuple(sorted(sessions, key=lambda session: (session.starts_at, session.ends_at, session.row.label))),
    )


SESSION = (
    *("kind", "status", "format", "starts_at", "ends_at", "room_id"),
    *("languages", "interpretation", "stale"),
)


def _speakers():
    return apps.get_model("speakers.Speaker")


def _rows(model, *columns):
    """Plain values of the columns and of every text: much cheaper than rows, of which there may be thousands."""
    written = [f"{name}_{language}" for name in texts(model) for language in LANGUAGES]
    return model.objects.values("pk", *written, *columns)


def _written(row, model):
    return {name: _text(row, name) for name in texts(model)}


def _text(row, name):
    columns = {language: row[f"{name}_{language}"].strip() for language in LANGUAGES}
    return Text({language: text for language, text in columns.items() if text})


def _common(row, model, title):
    written = _written(row, model)
    return {
        "row": Row(model._meta.model_name, str(row["pk"]), str(written[title])),
        title: written[title],
        "texts": written,
        "stale": tuple(row["stale"]),
    }


def _room(row):
    plain = {name: row[name] for name in ("online", "opens_at", "closes_at")}
    return DraftRoom(**_common(row, Room, "name"), **plain)


def _theme(row):
    return DraftTheme(**_common(row, Theme, "name"))


def _speaker(row):
    return DraftSpeaker(
        **_common(row, _speakers(), "name"),
        country=row["country"] or "",
        gender=row["gender"],
        has_portrait=row["portrait_id"] is not None,
    )


def _part(row, people):
    return DraftPart(
        role=row["role"],
        speaker=people.get(row["speaker_id"]),
        awaited=_text(row, "placeholder"),
        online=row["online"],
        confirmed=row["confirmed"],
    )


def _session(row, rooms, parts):
    plain = {name: row[name] for name in ("kind", "status", "format", "starts_at", "ends_at")}
    return DraftSession(
        **_common(row, Session, "title"),
        **plain,
        room=rooms.get(row["room_id"]),
        languages=tuple(row["languages"]),
        interpretation=tuple(row["interpretation"]),
        parts=tuple(parts),
    )
