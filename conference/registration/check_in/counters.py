"""Counters of check-in per entrance and room: how many people are inside, expected and free."""

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from django.db.models import Count, Min
from django.utils.translation import gettext as _

from ..models import CheckIn, Entrance, Seat
from ..models.check_in import ENTRIES, EXITS


@dataclass(frozen=True)
class Counters:
    """Numbers of one place on one day, and of one of its entrances.

    inside counts the people who entered the place and have not left, entered those who came at all, and here the
    entries at this entrance. expected is None for rooms, free without a limit.
    """

    inside: int
    entered: int
    here: int
    expected: int | None = None
    free: int | None = None

    def as_json(self) -> dict[str, int | None]:
        return asdict(self)


def count_places(entrances: Iterable[Entrance], day: datetime.date) -> dict[int, Counters]:
    """Return the counters of each entrance and of the place behind it, by the key of the entrance, in four queries.

    The entrances of the venue share the numbers of their place, and those of a session share others.
    """
    check_ins = CheckIn.objects.effective().filter(day=day).order_by()
    rows = check_ins.values_list("entrance__session", "entrance").annotate(entries=ENTRIES, inside=ENTRIES - EXITS)
    people = check_ins.entries().values_list("entrance__session").annotate(Count("registration", distinct=True))
    inside: dict[object, int] = defaultdict(int)
    here: dict[int, int] = defaultdict(int)
    for session, entrance, entries, people_inside in rows:
        inside[session] += people_inside
        here[entrance] = entries
    entered, expected = dict(people), count_expected(day)
    capacities = dict(Entrance.objects.order_by().values_list("session").annotate(Min("capacity")))
    return {
        entrance.pk: Counters(
            inside[entrance.session_id],
            entered.get(entrance.session_id, 0),
            here[entrance.pk],
            None if entrance.session_id else expected,
            count_free(capacities.get(entrance.session_id), inside[entrance.session_id]),
        )
        for entrance in entrances
    }


def count_free(capacity: int | None, inside: int) -> int | None:
    return None if capacity is None else max(capacity - inside, 0)


def count_expected(day: datetime.date) -> int:
    """Return how many people have a confirmed place in person on a day."""
    seats = Seat.objects.expected_in_person().filter(day=day)
    return seats.values("registration").distinct().count()


@dataclass(frozen=True)
class EntranceSummary:
    """An entrance in use with its counters, for the dashboard."""

    entrance: Entrance
    counters: Counters

    @property
    def name(self) -> str:
        """The name of the entrance, with the session if it is one of a room."""
        values = {"entrance": self.entrance, "session": self.entrance.session}
        return _("%(entrance)s: %(session)s") % values if self.entrance.session else str(self.entrance)


def summarize_entrances(day: datetime.date) -> list[EntranceSummary]:
    """Return the entrances in use with their counters. The number of queries is constant."""
    entrances = list(Entrance.objects.filter(is_open=True).select_related("session"))
    counters = count_places(entrances, day) if entrances else {}
    return [EntranceSummary(entrance, counters[entrance.pk]) for entrance in entrances]
