"""Counters of check-in per entrance and room: how many people are inside, expected and free."""

import datetime
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from django.db.models import Count, Q

from ..models import CheckIn, Entrance, Mode, Seat
from .recording import Direction


@dataclass(frozen=True)
class Counters:
    """Numbers of one place on one day.

    inside is who entered and has not left, entered who came at all. expected is None for rooms, free without a limit.
    """

    inside: int
    entered: int
    expected: int | None = None
    free: int | None = None

    def as_json(self) -> dict[str, int | None]:
        return asdict(self)


def count_places(entrances: Iterable[Entrance], day: datetime.date) -> dict[int, Counters]:
    """Return the counters of the place behind each entrance, by the key of the entrance, in two queries.

    The entrances of the venue share their counters.
    """
    is_entry, is_exit = Q(direction=Direction.IN), Q(direction=Direction.OUT)
    rows = (
        CheckIn.objects.effective()
        .filter(day=day)
        .order_by()
        .values_list("entrance__session")
        .annotate(
            entries=Count("pk", filter=is_entry),
            exits=Count("pk", filter=is_exit),
            people=Count("registration", filter=is_entry, distinct=True),
        )
    )
    by_session = {session: (entries - exits, people) for session, entries, exits, people in rows}
    expected = count_expected(day)
    counters = {}
    for entrance in entrances:
        inside, entered = by_session.get(entrance.session_id, (0, 0))
        free = None if entrance.capacity is None else max(entrance.capacity - inside, 0)
        counters[entrance.pk] = Counters(inside, entered, None if entrance.session_id else expected, free)
    return counters


def count_expected(day: datetime.date) -> int:
    """Return how many people have a confirmed place in person on a day."""
    seats = Seat.objects.confirmed().filter(day=day, mode=Mode.IN_PERSON)
    return seats.values("registration").distinct().count()
