import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.apps import apps
from django.utils import timezone
from django.utils.formats import date_format

from sessions import checks
from sessions.models import Participation, Room, Session

TOKEN_SEPARATOR = "|"


ONE_DAY = datetime.timedelta(days=1)


ONE_MINUTE = datetime.timedelta(minutes=1)


@dataclass(eq=False)
class SessionCard:
    """One session on the board. Times are on the conference's clock; people are those who speak."""

    session: Session
    speaker_ids: frozenset
    room: Room | None = None
    issues: tuple = ()
    room_conflicts: tuple = ()
    speaker_conflicts: tuple = ()

    @cached_property
    def starts_at(self):
        return timezone.localtime(self.session.starts_at)

    @cached_property
    def ends_at(self):
        return timezone.localtime(self.session.ends_at)

    @property
    def minute(self):
        """The start, in minutes since midnight."""
        return self.starts_at.hour * 60 + self.starts_at.minute

    @property
    def duration_minutes(self):
        return (self.session.ends_at - self.session.starts_at) // ONE_MINUTE

    @property
    def seen(self):
        return make_placement_token(self.session)

    @property
    def time_range(self):
        return format_time_range(self.session)

    @property
    def room_conflict_titles(self):
        return ", ".join(other.session.title_en for other in self.room_conflicts)

    @property
    def speaker_conflict_titles(self):
        return ", ".join(other.session.title_en for other in self.speaker_conflicts)

    @property
    def is_active(self):
        return not self.session.is_cancelled

    def overlaps_with(self, other):
        together = self.session.starts_at < other.session.ends_at and other.session.starts_at < self.session.ends_at
        return self is not other and self.is_active and other.is_active and together


@dataclass
class RoomColumn:
    """A column of the table. A room in which sessions overlap has several."""

    room: Room
    cards: list


@dataclass(frozen=True)
class GridCell:
    card: SessionCard | None
    rows: int = 1


@dataclass(frozen=True)
class TimetableGrid:
    """rooms are pairs of a room and how many columns it has; rows are pairs of a time and the cells that begin then."""

    rooms: list
    rows: list


def load_session_cards(date):
    """The cards of the sessions that start on this date, in order: as many queries for one as for many."""
    start = datetime.datetime.combine(date, datetime.time(), timezone.get_current_timezone())
    sessions = (
        Session.objects.filter(starts_at__gte=start, starts_at__lt=start + ONE_DAY)
        .select_related("room")
        .order_by("starts_at", "ends_at", "title_en", "pk")
    )
    people = {}
    parts = Participation.objects.filter(session__in=[session.pk for session in sessions], speaker__isnull=False)
    for session, speaker in parts.order_by().values_list("session", "speaker"):
        people.setdefault(session, set()).add(speaker)
    return add_conflicts(
        [SessionCard(session, frozenset(people.get(session.pk, ())), session.room) for session in sessions]
    )


def add_conflicts(cards):
    """The same cards, each knowing what clashes with it and what the checks find about it."""
    found = collect_issues_by_session()
    for card in cards:
        others = [other for other in cards if card.overlaps_with(other)]
        card.room_conflicts = tuple(other for other in others if card.room and other.room == card.room)
        card.speaker_conflicts = tuple(other for other in others if card.speaker_ids & other.speaker_ids)
        card.issues = tuple(found.get(str(card.session.pk), ()))
    return cards


def collect_issues_by_session():
    """What the checks find that somebody should do something about, by the key of each session it concerns, as text."""
    found = {}
    for finding in checks.find_issues():
        for row in finding.rows:
            if row.kind == "session" and finding.severity < checks.Severity.INFO:
                found.setdefault(row.id, []).append(finding)
    return found


def build_grid(cards: Iterable[SessionCard], rooms):
    """The cards that have a room as a table: a row for each time at which something begins or ends."""
    lanes = [lane for room in rooms for lane in build_room_columns(room, [card for card in cards if card.room == room])]
    times = sorted({time for lane in lanes for card in lane.cards for time in (card.starts_at, card.ends_at)})
    place = {time: number for number, time in enumerate(times)}
    rows = [(time, list(build_row_cells(time, lanes, place))) for time in times]
    return TimetableGrid([(room, sum(lane.room == room for lane in lanes)) for room in rooms], rows)


def build_room_columns(room, cards):
    lanes = [RoomColumn(room, [])]
    for card in cards:
        free = next((lane for lane in lanes if not lane.cards or lane.cards[-1].ends_at <= card.starts_at), None)
        if free is None:
            free = RoomColumn(room, [])
            lanes.append(free)
        free.cards.append(card)
    return lanes


def build_row_cells(time, lanes, place):
    """The cells that begin at this time; where a card goes on, none does."""
    for lane in lanes:
        card = next((card for card in lane.cards if card.starts_at <= time < card.ends_at), None)
        if card is None:
            yield GridCell(None)
        elif card.starts_at == time:
            yield GridCell(card, place[card.ends_at] - place[card.starts_at])


def list_days():
    """The conference's days, and others on which something starts; each once, in order."""
    conference = apps.get_model("conference.Conference").objects.first()
    starts = Session.objects.order_by().values_list("starts_at", flat=True)
    found = {timezone.localtime(start).date() for start in starts}
    if conference:
        length = (conference.ends_on - conference.starts_on).days + 1
        found |= {conference.starts_on + number * ONE_DAY for number in range(length)}
    return sorted(found)


def is_plausible_date(date):
    """Not so far away that clocks cannot be reckoned with."""
    return 1900 < date.year < 2200


def make_placement_token(session):
    """What a page shows of where a session is, to be given back with a move."""
    times = [moment.astimezone(datetime.UTC).isoformat() for moment in (session.starts_at, session.ends_at)]
    return TOKEN_SEPARATOR.join([*times, str(session.room_id or ""), session.status])


def format_time_range(session):
    start, end = timezone.localtime(session.starts_at), timezone.localtime(session.ends_at)
    return f"{date_format(start, 'TIME_FORMAT')}–{date_format(end, 'TIME_FORMAT')}"
