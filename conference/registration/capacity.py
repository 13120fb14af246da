"""Capacity: how many seats exist, how many are taken, and the order of the wait lists.

A seat belongs to one person on one day in one mode. It is taken while it is confirmed or offered. Three limits apply,
each of which may be missing: seats per day and mode, people per category (with any seat), and people on site (with an
in-person seat on any day).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Self

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from .models import TAKEN_STATUSES, Category, Mode, Quota, Registration, RegistrationSettings, Seat


@dataclass
class SeatCount:
    """Limit (None: no limit), taken seats and queue length of one kind of seat."""

    limit: int | None = None
    taken: int = 0
    waitlisted: int = 0

    @property
    def available(self) -> int | None:
        """Remaining seats, None without a limit. Never negative, although a limit can be below the taken seats."""
        return None if self.limit is None else max(self.limit - self.taken, 0)

    @property
    def is_full(self) -> bool:
        return self.available == 0


@dataclass(frozen=True)
class Holdings:
    """Category and kinds of taken seats of one registration, as the limits count them."""

    category: int
    has_seat: bool
    has_in_person_seat: bool

    @classmethod
    def from_seats(cls, registration: Registration, seats: Iterable[Seat]) -> Self:
        taken = [seat for seat in seats if seat.is_taken]
        in_person = any(seat.mode == Mode.IN_PERSON for seat in taken)
        return cls(registration.category_id, bool(taken), in_person)


@dataclass
class SeatCounts:
    """Counts for every limit. Exact while the seat lock is held; otherwise a snapshot."""

    days: dict[tuple[date, str], SeatCount]
    categories: dict[int, SeatCount]
    in_person: SeatCount

    def for_day(self, day: date, mode: str) -> SeatCount:
        return self.days.setdefault((day, str(mode)), SeatCount())

    def for_category(self, category_id: int) -> SeatCount:
        return self.categories.setdefault(category_id, SeatCount())

    def can_have_seat(self, holdings: Holdings, day: date, mode: str) -> bool:
        """Return whether all three limits allow one more seat on this day in this mode."""
        if self.for_day(day, mode).is_full:
            return False
        if not holdings.has_seat and self.for_category(holdings.category).is_full:
            return False
        return mode != Mode.IN_PERSON or holdings.has_in_person_seat or not self.in_person.is_full

    def apply_change(self, before: tuple, after: tuple) -> None:
        """Replace one registration's share of the counts.

        Each argument is a pair of its Holdings and its seats as [(day, mode, status), ...].
        """
        for (holdings, seats), sign in ((before, -1), (after, 1)):
            for day, mode, status in seats:
                self.for_day(day, mode).taken += sign * (status in TAKEN_STATUSES)
                self.for_day(day, mode).waitlisted += sign * (status == Seat.Status.WAITLISTED)
            self.for_category(holdings.category).taken += sign * holdings.has_seat
            self.in_person.taken += sign * holdings.has_in_person_seat


def count_seats() -> SeatCounts:
    """Return the limits and the counts towards each, in five queries."""
    counts = SeatCounts({}, {}, SeatCount())
    for day, mode, limit in Quota.objects.values_list("day", "mode", "seats"):
        counts.for_day(day, mode).limit = limit
    taken, waitlisted = Q(status__in=TAKEN_STATUSES), Q(status=Seat.Status.WAITLISTED)
    per_day = Seat.objects.order_by().values("day", "mode")
    for row in per_day.annotate(taken=Count("pk", filter=taken), waitlisted=Count("pk", filter=waitlisted)):
        count = counts.for_day(row["day"], row["mode"])
        count.taken, count.waitlisted = row["taken"], row["waitlisted"]
    people = Count("registration", filter=Q(registration__seats__status__in=TAKEN_STATUSES), distinct=True)
    for category_id, limit, number in Category.objects.annotate(people=people).values_list("pk", "seats", "people"):
        counts.categories[category_id] = SeatCount(limit, number)
    counts.in_person.limit = RegistrationSettings.objects.values_list("seats", flat=True).first()
    in_person = Seat.objects.taken().filter(mode=Mode.IN_PERSON)
    counts.in_person.taken = in_person.aggregate(people=Count("registration", distinct=True))["people"]
    return counts


def waitlist_position(seat: Seat) -> int:
    """Return the position in the wait list of its day and mode; 1 is next."""
    ahead = Q(queued_since__lt=seat.queued_since) | Q(queued_since=seat.queued_since, pk__lt=seat.pk)
    return Seat.objects.waitlisted().filter(ahead, day=seat.day, mode=seat.mode).count() + 1


def seats_with_position(registration: Registration) -> list[Seat]:
    """Return the registration's seats that are not released. `seat.place` is the position in the wait list."""
    ahead = Q(queued_since__lt=OuterRef("queued_since")) | Q(
        queued_since=OuterRef("queued_since"), pk__lt=OuterRef("pk")
    )
    queue: QuerySet = Seat.objects.waitlisted().order_by().filter(ahead, day=OuterRef("day"), mode=OuterRef("mode"))
    number = Subquery(queue.values("day").annotate(number=Count("pk")).values("number"))
    seats = registration.seats.active().order_by("day", "is_interim")
    return list(seats.annotate(place=Coalesce(number, 0) + 1))


FULL_EMPTY_WAITLIST = gettext_lazy("Full. You would be first on the wait list.")
# “Few places left” is shown at or below this share of the limit, or this number of seats.
FEW_SEATS_SHARE, FEW_SEATS_COUNT = 0.1, 10


@dataclass(frozen=True)
class Availability:
    """Snapshot of the available seats on some days."""

    counts: SeatCounts
    days: tuple[date, ...]

    @classmethod
    def load(cls, days: Iterable[date]) -> Self:
        return cls(count_seats(), tuple(days))

    def is_full(self, day: date, mode: str) -> bool:
        return self.counts.for_day(day, mode).is_full or (mode == Mode.IN_PERSON and self.counts.in_person.is_full)

    @property
    def in_person_full(self) -> bool:
        return all(self.is_full(day, Mode.IN_PERSON) for day in self.days)

    @property
    def all_full(self) -> bool:
        return self.in_person_full and all(self.is_full(day, Mode.ONLINE) for day in self.days)

    def category_is_full(self, category: Category) -> bool:
        return self.counts.for_category(category.pk).is_full

    def label(self, day: date, mode: str, empty_waitlist_label: str | Promise = FULL_EMPTY_WAITLIST) -> str:
        """Return a label of the availability. empty_waitlist_label is for a full day with an empty queue."""
        count = self.counts.for_day(day, mode)
        if self.is_full(day, mode):
            return format_full(count.waitlisted, empty_waitlist_label)
        limits = [count.available] + ([self.counts.in_person.available] if mode == Mode.IN_PERSON else [])
        available = [number for number in limits if number is not None]
        if available and min(available) <= max(FEW_SEATS_SHARE * (count.limit or 0), FEW_SEATS_COUNT):
            return _("Few places left")
        return _("Places available")


def availability_labels_for(
    registration: Registration,
    seats: Iterable[Seat],
    days: Iterable[date],
    *,
    seat_label: Callable[[Seat], str],
    category_full_label: str,
    empty_waitlist_label: str | Promise = FULL_EMPTY_WAITLIST,
) -> Callable[[date, str], str]:
    """Return a function from day and mode to a label of availability for this registration.

    seat_label returns the label of a seat that it has already; category_full_label is for free seats that its
    category has no place for.
    """
    availability, holdings = Availability.load(days), Holdings.from_seats(registration, seats)
    own_seats = {(seat.day, seat.mode): seat for seat in seats}

    def label(day: date, mode: str) -> str:
        if seat := own_seats.get((day, mode)):
            return seat_label(seat)
        if availability.is_full(day, mode) or availability.counts.can_have_seat(holdings, day, mode):
            return availability.label(day, mode, empty_waitlist_label)
        return category_full_label

    return label


def format_full(waitlisted: int, empty_waitlist_label: str | Promise) -> str:
    if not waitlisted:
        return str(empty_waitlist_label)
    text = ngettext("Full. %(n)d person is on the wait list.", "Full. %(n)d people are on the wait list.", waitlisted)
    return text % {"n": waitlisted}
