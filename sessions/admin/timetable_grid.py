"""One day of the draft as a table of time by room, with conflicts and issues of each session."""

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format

from conference.models import Conference

from .. import checks
from ..models import Participation, Room, Session

VERSION_SEPARATOR = "|"
ONE_DAY = datetime.timedelta(days=1)
ONE_MINUTE = datetime.timedelta(minutes=1)


@dataclass(eq=False)
class SessionCard:
    """One session of the timetable. Times are in the active time zone."""

    session: Session
    speaker_ids: frozenset[UUID]
    room: Room | None = None
    issues: Sequence[checks.Issue] = ()
    room_conflicts: Sequence["SessionCard"] = ()
    speaker_conflicts: Sequence["SessionCard"] = ()

    @cached_property
    def starts_at(self) -> datetime.datetime:
        return timezone.localtime(self.session.starts_at)

    @cached_property
    def ends_at(self) -> datetime.datetime:
        return timezone.localtime(self.session.ends_at)

    @property
    def start_minute(self) -> int:
        """The start in minutes after midnight."""
        return self.starts_at.hour * 60 + self.starts_at.minute

    @property
    def duration_minutes(self) -> int:
        return (self.session.ends_at - self.session.starts_at) // ONE_MINUTE

    @property
    def version(self) -> str:
        return make_placement_token(self.session)

    @property
    def time_range(self) -> str:
        return format_time_range(self.session)

    @property
    def room_conflict_titles(self) -> str:
        return ", ".join(other.session.title_en for other in self.room_conflicts)

    @property
    def speaker_conflict_titles(self) -> str:
        return ", ".join(other.session.title_en for other in self.speaker_conflicts)

    @property
    def has_conflict(self) -> bool:
        return bool(self.room_conflicts or self.speaker_conflicts)

    @property
    def is_active(self) -> bool:
        return not self.session.is_cancelled

    def overlaps_with(self, other: "SessionCard") -> bool:
        overlap = self.session.starts_at < other.session.ends_at and other.session.starts_at < self.session.ends_at
        return self is not other and self.is_active and other.is_active and overlap


@dataclass
class RoomColumn:
    """A column of the table. A room with overlapping sessions has several."""

    room: Room
    cards: list[SessionCard]


@dataclass(frozen=True)
class GridCell:
    """A cell of the table, empty or with a session that spans several rows."""

    card: SessionCard | None
    rows: int = 1


@dataclass(frozen=True)
class TimetableGrid:
    """Pairs of a room and its number of columns, and pairs of a time and the cells that begin at this time."""

    rooms: list[tuple[Room, int]]
    rows: list[tuple[datetime.datetime, list[GridCell]]]


def load_session_cards(date: datetime.date) -> list[SessionCard]:
    """Return the sessions that start on this date, in order. The number of queries does not depend on their number."""
    sessions = (
        Session.objects.starting_on(date, timezone.get_current_timezone())
        .select_related("room")
        .order_by("starts_at", "ends_at", "title_en", "pk")
    )
    participations = Participation.objects.filter(
        session__in=[session.pk for session in sessions], speaker__isnull=False
    )
    speakers = {}
    for session_id, speaker_id in participations.order_by().values_list("session", "speaker"):
        speakers.setdefault(session_id, set()).add(speaker_id)
    return add_conflicts(
        [SessionCard(session, frozenset(speakers.get(session.pk, ())), session.room) for session in sessions]
    )


def add_conflicts(cards: list[SessionCard]) -> list[SessionCard]:
    """Set the conflicts and the issues of these cards and return them."""
    issues = collect_issues_by_session()
    for card in cards:
        overlapping = [other for other in cards if card.overlaps_with(other)]
        card.room_conflicts = tuple(other for other in overlapping if card.room and other.room == card.room)
        card.speaker_conflicts = tuple(other for other in overlapping if card.speaker_ids & other.speaker_ids)
        card.issues = tuple(issues.get(str(card.session.pk), ()))
    return cards


def collect_issues_by_session() -> dict[str, list[checks.Issue]]:
    """Return the errors and warnings by primary key of the session, as text."""
    by_session = {}
    for issue in checks.find_issues():
        for row in issue.rows:
            if row.kind == "session" and issue.severity < checks.Severity.INFO:
                by_session.setdefault(row.id, []).append(issue)
    return by_session


def build_grid(cards: Iterable[SessionCard], rooms: Iterable[Room]) -> TimetableGrid:
    """Return the cards with a room as a table with a row for each time at which a session begins or ends."""
    cards = list(cards)
    columns = [
        column for room in rooms for column in build_room_columns(room, [card for card in cards if card.room == room])
    ]
    times = sorted({time for column in columns for card in column.cards for time in (card.starts_at, card.ends_at)})
    row_numbers = {time: number for number, time in enumerate(times)}
    rows = [(time, list(build_row_cells(time, columns, row_numbers))) for time in times]
    return TimetableGrid([(room, sum(column.room == room for column in columns)) for room in rooms], rows)


def build_room_columns(room: Room, cards: Iterable[SessionCard]) -> list[RoomColumn]:
    """Distribute the cards of a room, ordered by start, to as few columns as possible."""
    columns = [RoomColumn(room, [])]
    for card in cards:
        free = next(
            (column for column in columns if not column.cards or column.cards[-1].ends_at <= card.starts_at), None
        )
        if free is None:
            free = RoomColumn(room, [])
            columns.append(free)
        free.cards.append(card)
    return columns


def build_row_cells(
    time: datetime.datetime, columns: Iterable[RoomColumn], row_numbers: Mapping[datetime.datetime, int]
) -> Iterator[GridCell]:
    """Yield the cells that begin at this time; a session that began earlier spans the row."""
    for column in columns:
        card = next((card for card in column.cards if card.starts_at <= time < card.ends_at), None)
        if card is None:
            yield GridCell(None)
        elif card.starts_at == time:
            yield GridCell(card, row_numbers[card.ends_at] - row_numbers[card.starts_at])


def list_days() -> list[datetime.date]:
    """Return the days of the conference and all other days on which a session starts."""
    starts = Session.objects.order_by().values_list("starts_at", flat=True)
    days = {timezone.localtime(start).date() for start in starts}
    if conference := Conference.objects.first():
        number = (conference.ends_on - conference.starts_on).days + 1
        days |= {conference.starts_on + offset * ONE_DAY for offset in range(number)}
    return sorted(days)


def is_plausible_date(date: datetime.date) -> bool:
    """Return whether time zone arithmetic works for this date and its neighbours."""
    return 1900 < date.year < 2200


def make_placement_token(session: Session) -> str:
    """Return a version token of the session's times, room and status. Edits of its texts do not change it."""
    times = [time.astimezone(datetime.UTC).isoformat() for time in (session.starts_at, session.ends_at)]
    return VERSION_SEPARATOR.join([*times, str(session.room_id or ""), session.status])


def format_time_range(session: Session) -> str:
    start, end = timezone.localtime(session.starts_at), timezone.localtime(session.ends_at)
    return f"{date_format(start, 'TIME_FORMAT')}–{date_format(end, 'TIME_FORMAT')}"
