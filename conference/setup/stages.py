"""Stages at which quickstart shows the shipped conference: before, during or after its days, or as on record.

The texts are in stages.toml of the content folder. {record} in them stands for the days on record.
"""

import datetime
import tomllib
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone, translation

from conference.core.i18n.text import LANGUAGES
from conference.models import Announcement, Conference
from conference.registration.models import Entrance
from conference.site_data import format_date_range
from sessions.models import Session, SessionLink
from sessions.releases.publish import publish_draft

from .content_loader import CONTENT_DIR, load_content

# The least time between today and the first day, so that registration is open.
MIN_LEAD = datetime.timedelta(days=2)
STREAMED_SESSION, MOVED_SESSION, CANCELLED_SESSION = "women-at-the-table", "rights-without-conditions", "acting-early"
SIDE_ROOM_SESSION, SIDE_ROOM_CAPACITY = "women-in-peacekeeping", 40
STREAM_URL = "https://stream.example/plenary-hall"


class Stage(StrEnum):
    BEFORE = "before"
    DURING = "during"
    AFTER = "after"
    RECORD = "record"


MOVED_STAGES = (Stage.BEFORE, Stage.DURING)


@transaction.atomic
def load_stage(stage: Stage) -> bool:
    """Load the shipped content at a stage; return False if a conference exists. Raises ContentError."""
    if stage not in MOVED_STAGES:
        return load_content()
    now = timezone.now()
    first_day_on_record = read_first_day()
    if not load_content(first_day=choose_first_day(stage, first_day_on_record, now)):
        return False
    conference = Conference.objects.get()
    texts = StageTexts(conference, first_day_on_record)
    # The shipped ones are for the days on record. Each takes three lines of a phone.
    Announcement.objects.all().delete()
    create_announcement(texts.read("moved_dates"), Announcement.Level.INFO, now)
    if stage == Stage.BEFORE:
        open_registration(conference, now)
    else:
        start_second_day(conference, now)
        publish_draft(**texts.read("first_release", "note"))
        change_programme(texts)
        publish_draft(**texts.read("second_release", "note"))
        moved = Session.objects.get(slug=MOVED_SESSION)
        create_entrances(texts)
        create_announcement(texts.read("room_change"), Announcement.Level.IMPORTANT, now, until=moved.ends_at)
    return True


class StageTexts:
    """The texts of stages.toml with the days on record filled in."""

    def __init__(self, conference: Conference, first_day_on_record: datetime.date) -> None:
        self.texts = tomllib.loads((CONTENT_DIR / "stages.toml").read_text())
        length = conference.ends_on - conference.starts_on
        self.days_on_record = (first_day_on_record, first_day_on_record + length)

    def read(self, name: str, field: str = "text") -> dict[str, str]:
        """Return the text in each language, as {"text_en": ..., "text_vi": ...} for the field "text"."""
        return {f"{field}_{language}": self.read_language(name, language) for language in LANGUAGES}

    def read_language(self, name: str, language: str) -> str:
        with translation.override(language):
            record = format_date_range(*self.days_on_record)
        return self.texts[name][language].format(record=record)


def read_first_day() -> datetime.date:
    """Return the first day of the shipped conference as it is on record."""
    content = tomllib.loads((CONTENT_DIR / "conference.toml").read_text())
    return datetime.date.fromisoformat(content["conference"]["starts_on"])


def choose_first_day(stage: Stage, on_record: datetime.date, now: datetime.datetime) -> datetime.date:
    """Return the first day of a moved stage.

    Before: the next anniversary of the first day that leaves registration open. During: yesterday.
    """
    today = timezone.localdate(now, read_time_zone())
    if stage == Stage.DURING:
        return today - datetime.timedelta(days=1)
    this_year = on_record.replace(year=today.year)
    return this_year if this_year - today >= MIN_LEAD else on_record.replace(year=today.year + 1)


def read_time_zone() -> ZoneInfo:
    content = tomllib.loads((CONTENT_DIR / "conference.toml").read_text())
    return ZoneInfo(content["conference"]["time_zone"])


def open_registration(conference: Conference, now: datetime.datetime) -> None:
    """Let registration close at 17:00 on the day before the first day, and open now at the latest."""
    last_day = conference.starts_on - datetime.timedelta(days=1)
    closes_at = datetime.datetime.combine(last_day, datetime.time(17), ZoneInfo(conference.time_zone))
    conference.registration_opens_at = min(conference.registration_opens_at or now, now)
    conference.registration_closes_at = closes_at
    conference.full_clean()
    conference.save()


def start_second_day(conference: Conference, now: datetime.datetime) -> None:
    """Move the hours of the second day so that its first plenary began half an hour ago, within the same day."""
    zone = ZoneInfo(conference.time_zone)
    midnight = datetime.datetime.combine(conference.starts_on + datetime.timedelta(days=1), datetime.time(), zone)
    sessions = Session.objects.filter(starts_at__gte=midnight, starts_at__lt=midnight + datetime.timedelta(days=1))
    first = min(session.starts_at for session in sessions)
    last = max(session.ends_at for session in sessions)
    begin = now.astimezone(zone).replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
    begin -= datetime.timedelta(minutes=30)
    latest = midnight + datetime.timedelta(days=1) - (last - first)
    shift = min(max(begin, midnight), latest) - first
    for session in sessions:
        session.starts_at, session.ends_at = session.starts_at + shift, session.ends_at + shift
        session.save()


def change_programme(texts: StageTexts) -> None:
    """Cancel one session, move another to another room, and add the live stream of the one that is on now."""
    cancelled = Session.objects.get(slug=CANCELLED_SESSION)
    cancelled.status = Session.Status.CANCELLED
    moved = Session.objects.get(slug=MOVED_SESSION)
    moved.room = Session.objects.exclude(room=moved.room).filter(kind=Session.Kind.WORKSHOP)[0].room
    streamed = Session.objects.get(slug=STREAMED_SESSION)
    label = texts.read("stream", "label")
    SessionLink.objects.create(session=streamed, kind=SessionLink.Kind.STREAM, url=STREAM_URL, **label)
    for session in (cancelled, moved):
        session.full_clean()
        session.save()


def create_entrances(texts: StageTexts) -> None:
    """Replace the only entrance of the shipped content by two, and count the people at one workshop."""
    Entrance.objects.filter(session=None).update(**texts.read("gate_a", "name"))
    Entrance.objects.create(**texts.read("gate_b", "name"))
    session = Session.objects.get(slug=SIDE_ROOM_SESSION)
    Entrance.objects.create(session=session, capacity=SIDE_ROOM_CAPACITY, **texts.read("side_room", "name"))


def create_announcement(
    texts: dict[str, str], level: str, now: datetime.datetime, until: datetime.datetime | None = None
) -> None:
    Announcement.objects.create(level=level, shown_from=now, shown_until=until, **texts)
