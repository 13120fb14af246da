"""How many seats there are, how many are taken, and who is next.

A seat is one person on one day in one mode. It is taken while it is confirmed or offered. Three limits hold, each of
which may be missing: that of the day and mode, that of the category (people with any seat), that of the house (people
who come in person, whatever their days).
"""

from dataclasses import dataclass

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from .models import Category, House, Mode, Quota, Seat
from .states import ADMITTED

TAKEN = (Seat.State.CONFIRMED, Seat.State.OFFERED)


@dataclass
class Tally:
    """Seats of one kind: how many are taken, how many there are (None: no limit), how many people wait for one."""

    limit: int | None = None
    taken: int = 0
    waiting: int = 0

    @property
    def free(self):
        """How many more may be taken; None where there is no limit. Never below zero: limits can be lowered."""
        return None if self.limit is None else max(self.limit - self.taken, 0)

    @property
    def is_full(self):
        return self.free == 0


@dataclass(frozen=True)
class Holder:
    """What a person has already, as far as it decides what they may have."""

    category: int
    has_a_seat: bool
    has_one_in_person: bool

    @classmethod
    def of(cls, registration, seats):
        taken = [seat for seat in seats if seat.state in TAKEN]
        in_person = any(seat.mode == Mode.IN_PERSON for seat in taken)
        return cls(registration.category_id, bool(taken), in_person)


@dataclass
class Counts:
    """All tallies. True for as long as the lock is held; elsewhere, a moment ago."""

    days: dict
    categories: dict
    house: Tally

    def of(self, day, mode):
        return self.days.setdefault((day, str(mode)), Tally())

    def of_category(self, number):
        return self.categories.setdefault(number, Tally())

    def has_room(self, holder, day, mode):
        """Whether somebody may have a seat on this day in this mode, by all three limits."""
        if self.of(day, mode).is_full:
            return False
        if not holder.has_a_seat and self.of_category(holder.category).is_full:
            return False
        return mode != Mode.IN_PERSON or holder.has_one_in_person or not self.house.is_full

    def change(self, before, after):
        """Count anew what one person has: before and after are pairs of a Holder and their seats."""
        for (holder, held), sign in ((before, -1), (after, 1)):
            for day, mode, state in held:
                self.of(day, mode).taken += sign * (state in TAKEN)
                self.of(day, mode).waiting += sign * (state == Seat.State.WAITING)
            self.of_category(holder.category).taken += sign * holder.has_a_seat
            self.house.taken += sign * holder.has_one_in_person


def counts() -> Counts:
    """Return the limits and how many seats count towards each, in five queries."""
    found = Counts({}, {}, Tally())
    for day, mode, limit in Quota.objects.values_list("day", "mode", "seats"):
        found.of(day, mode).limit = limit
    per_day = (
        Seat.objects.order_by()
        .values("day", "mode")
        .annotate(taken=Count("pk", filter=Q(state__in=TAKEN)), waiting=Count("pk", filter=Q(state=Seat.State.WAITING)))
    )
    for row in per_day:
        tally = found.of(row["day"], row["mode"])
        tally.taken, tally.waiting = row["taken"], row["waiting"]
    seated = Count("registration", filter=Q(registration__seats__state__in=TAKEN), distinct=True)
    for key, limit, taken in Category.objects.annotate(taken=seated).values_list("pk", "seats", "taken"):
        found.categories[key] = Tally(limit, taken)
    in_person = Seat.objects.filter(mode=Mode.IN_PERSON, state__in=TAKEN)
    found.house.limit = House.objects.values_list("seats", flat=True).first()
    found.house.taken = in_person.aggregate(people=Count("registration", distinct=True))["people"]
    return found


def next_in_line():
    """Waiting seats of those who are admitted, the first first."""
    waiting = Seat.objects.filter(state=Seat.State.WAITING, registration__state__in=ADMITTED)
    return waiting.order_by("since", "pk")


def place_in_line(seat):
    """1 for who is next for this day and mode."""
    ahead = Q(since__lt=seat.since) | Q(since=seat.since, pk__lt=seat.pk)
    return next_in_line().filter(ahead, day=seat.day, mode=seat.mode).count() + 1


def seats_of(registration):
    """Its seats that were not given back, each with its place on the wait list (1 is next)."""
    ahead = Q(since__lt=OuterRef("since")) | Q(since=OuterRef("since"), pk__lt=OuterRef("pk"))
    line = next_in_line().order_by().filter(ahead, day=OuterRef("day"), mode=OuterRef("mode"))
    number = Subquery(line.values("day").annotate(number=Count("pk")).values("number"))
    held = registration.seats.exclude(state="released").order_by("day", "meanwhile")
    return list(held.annotate(place=Coalesce(number, 0) + 1))
