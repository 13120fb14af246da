"""How many seats there are, how many are taken, and who is next.

A seat is one person on one day in one mode. It is taken while it is confirmed or offered. Three limits hold, each of
which may be missing: that of the day and mode, that of the category (people with any seat), that of the house (people
who come in person, whatever their days).
"""

from dataclasses import dataclass, field

from django.db.models import CharField, Count, F, Q, Value
from django.db.models.functions import Cast

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
class Limits:
    """days: {(date, mode): seats}, categories: {number: seats}; None and what is missing is without a limit."""

    days: dict = field(default_factory=dict)
    categories: dict = field(default_factory=dict)
    house: int | None = None


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


def limits():
    """As the rows say now, in three queries."""
    return Limits(
        {(day, mode): seats for day, mode, seats in Quota.objects.values_list("day", "mode", "seats")},
        dict(Category.objects.order_by().values_list("pk", "seats")),
        House.objects.values_list("seats", flat=True).first(),
    )


def counts(known=None):
    """What is taken and awaited, in one query, against the limits: those known, else as the rows say now."""
    known = known or limits()
    found = Counts(
        {key: Tally(limit) for key, limit in known.days.items()},
        {number: Tally(limit) for number, limit in known.categories.items()},
        Tally(known.house),
    )
    for kind, category, day, mode, state, number in _numbers():
        if kind == "house":
            found.house.taken = number
        elif kind == "category":
            found.of_category(int(category)).taken = number
        elif state == Seat.State.WAITING:
            found.of(day, mode).waiting = number
        else:
            found.of(day, mode).taken += number
    return found


def _numbers():
    """Rows of a kind, a category, a day, a mode, a state and a number, each empty where it does not matter."""
    taken = Seat.objects.order_by().filter(state__in=TAKEN)
    people = Count("registration", distinct=True)
    days = (
        Seat.objects.order_by()
        .filter(state__in=(*TAKEN, Seat.State.WAITING))
        .values(kind=Value("day"), of=Value(""), on=F("day"), by=F("mode"), so=F("state"))
        .annotate(number=Count("pk"))
    )
    any_day = Value(None, output_field=Seat._meta.get_field("day"))
    categories = taken.values(
        kind=Value("category"),
        of=Cast("registration__category", CharField()),
        on=any_day,
        by=Value(""),
        so=Value(""),
    ).annotate(number=people)
    house = (
        taken.filter(mode=Mode.IN_PERSON)
        .values(kind=Value("house"), of=Value(""), on=any_day, by=Value(""), so=Value(""))
        .annotate(number=people)
    )
    return days.union(categories, house, all=True).values_list("kind", "of", "on", "by", "so", "number")


def next_in_line():
    """Waiting seats of those who are admitted, the first first."""
    waiting = Seat.objects.filter(state=Seat.State.WAITING, registration__state__in=ADMITTED)
    return waiting.order_by("since", "pk")


def place_in_line(seat):
    """1 for who is next for this day and mode."""
    ahead = Q(since__lt=seat.since) | Q(since=seat.since, pk__lt=seat.pk)
    return next_in_line().filter(ahead, day=seat.day, mode=seat.mode).count() + 1
