"""How many seats there are, how many are taken, and who is next.

A seat is one person on one day in one mode. It is taken while it is confirmed or offered. Three limits hold, each of
which may be missing: that of the day and mode, that of the category (people with any seat), that of the house (people
who come in person, whatever their days).
"""

from dataclasses import dataclass

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from .models import Category, Mode, Quota, RegistrationSettings, Seat
from .states import ADMITTED_STATUSES

TAKEN_STATUSES = (Seat.Status.CONFIRMED, Seat.Status.OFFERED)


@dataclass
class SeatCount:
    """Seats of one kind: how many are taken, how many there are (None: no limit), how many people wait for one."""

    limit: int | None = None
    taken: int = 0
    waitlisted: int = 0

    @property
    def available(self):
        """How many more may be taken; None where there is no limit. Never below zero: limits can be lowered."""
        return None if self.limit is None else max(self.limit - self.taken, 0)

    @property
    def is_full(self):
        return self.available == 0


@dataclass(frozen=True)
class Holdings:
    """What a person has already, as far as it decides what they may have."""

    category: int
    has_seat: bool
    has_in_person_seat: bool

    @classmethod
    def from_seats(cls, registration, seats):
        taken = [seat for seat in seats if seat.status in TAKEN_STATUSES]
        in_person = any(seat.mode == Mode.IN_PERSON for seat in taken)
        return cls(registration.category_id, bool(taken), in_person)


@dataclass
class SeatCounts:
    """All tallies. True for as long as the lock is held; elsewhere, a moment ago."""

    days: dict
    categories: dict
    in_person: SeatCount

    def for_day(self, day, mode):
        return self.days.setdefault((day, str(mode)), SeatCount())

    def for_category(self, number):
        return self.categories.setdefault(number, SeatCount())

    def can_have_seat(self, holder, day, mode):
        """Whether somebody may have a seat on this day in this mode, by all three limits."""
        if self.for_day(day, mode).is_full:
            return False
        if not holder.has_seat and self.for_category(holder.category).is_full:
            return False
        return mode != Mode.IN_PERSON or holder.has_in_person_seat or not self.in_person.is_full

    def apply_change(self, before, after):
        """Count anew what one person has: before and after are pairs of a Holder and their seats."""
        for (holder, held), sign in ((before, -1), (after, 1)):
            for day, mode, state in held:
                self.for_day(day, mode).taken += sign * (state in TAKEN_STATUSES)
                self.for_day(day, mode).waitlisted += sign * (state == Seat.Status.WAITLISTED)
            self.for_category(holder.category).taken += sign * holder.has_seat
            self.in_person.taken += sign * holder.has_in_person_seat


def count_seats() -> SeatCounts:
    """Return the limits and how many seats count towards each, in five queries."""
    found = SeatCounts({}, {}, SeatCount())
    for day, mode, limit in Quota.objects.values_list("day", "mode", "seats"):
        found.for_day(day, mode).limit = limit
    per_day = (
        Seat.objects.order_by()
        .values("day", "mode")
        .annotate(
            taken=Count("pk", filter=Q(status__in=TAKEN_STATUSES)),
            waitlisted=Count("pk", filter=Q(status=Seat.Status.WAITLISTED)),
        )
    )
    for row in per_day:
        tally = found.for_day(row["day"], row["mode"])
        tally.taken, tally.waitlisted = row["taken"], row["waitlisted"]
    seated = Count("registration", filter=Q(registration__seats__status__in=TAKEN_STATUSES), distinct=True)
    for key, limit, taken in Category.objects.annotate(taken=seated).values_list("pk", "seats", "taken"):
        found.categories[key] = SeatCount(limit, taken)
    in_person = Seat.objects.filter(mode=Mode.IN_PERSON, status__in=TAKEN_STATUSES)
    found.in_person.limit = RegistrationSettings.objects.values_list("seats", flat=True).first()
    found.in_person.taken = in_person.aggregate(people=Count("registration", distinct=True))["people"]
    return found


def waitlisted_seats():
    """Waiting seats of those who are admitted, the first first."""
    waiting = Seat.objects.filter(status=Seat.Status.WAITLISTED, registration__status__in=ADMITTED_STATUSES)
    return waiting.order_by("queued_since", "pk")


def waitlist_position(seat):
    """1 for who is next for this day and mode."""
    ahead = Q(queued_since__lt=seat.queued_since) | Q(queued_since=seat.queued_since, pk__lt=seat.pk)
    return waitlisted_seats().filter(ahead, day=seat.day, mode=seat.mode).count() + 1


def seats_with_position(registration):
    """Its seats that were not given back, each with its place on the wait list (1 is next)."""
    ahead = Q(queued_since__lt=OuterRef("queued_since")) | Q(
        queued_since=OuterRef("queued_since"), pk__lt=OuterRef("pk")
    )
    line = waitlisted_seats().order_by().filter(ahead, day=OuterRef("day"), mode=OuterRef("mode"))
    number = Subquery(line.values("day").annotate(number=Count("pk")).values("number"))
    held = registration.seats.exclude(status="released").order_by("day", "is_interim")
    return list(held.annotate(place=Coalesce(number, 0) + 1))


FULL_EMPTY_WAITLIST = gettext_lazy("Full. You would be first on the wait list.")
# Less than this share of the seats, or this many, are few.
FEW_SEATS_SHARE, FEW_SEATS_COUNT = 0.1, 10


@dataclass(frozen=True)
class Availability:
    """What there is on each of these days; both are as true as the moment they were counted."""

    counts: SeatCounts
    days: tuple

    @classmethod
    def load(cls, days):
        """In one query."""
        return cls(count_seats(), tuple(days))

    def is_full(self, day, mode):
        return self.counts.for_day(day, mode).is_full or (mode == Mode.IN_PERSON and self.counts.in_person.is_full)

    @property
    def in_person_full(self):
        return all(self.is_full(day, Mode.IN_PERSON) for day in self.days)

    @property
    def all_full(self):
        return self.in_person_full and all(self.is_full(day, Mode.ONLINE) for day in self.days)

    def category_is_full(self, category):
        return self.counts.for_category(category.pk).is_full

    def label(self, day, mode, first_in_line=FULL_EMPTY_WAITLIST):
        """first_in_line is said where nobody waits yet for what is full."""
        tally = self.counts.for_day(day, mode)
        if self.is_full(day, mode):
            return format_full(tally.waitlisted, first_in_line)
        free = [tally.available] + ([self.counts.in_person.available] if mode == Mode.IN_PERSON else [])
        known = [number for number in free if number is not None]
        if known and min(known) <= max(FEW_SEATS_SHARE * (tally.limit or 0), FEW_SEATS_COUNT):
            return _("Few places left")
        return _("Places available")


def availability_labels_for(
    registration, seats, days, *, of_a_seat, category_is_full, first_in_line=FULL_EMPTY_WAITLIST
):
    """A function that tells how it stands with a day and mode for somebody who may have or await a seat there.

    of_a_seat is a function that tells of one of theirs. The others are said where nobody waits yet for what is full,
    and where there are seats, but none for their category.
    """
    availability, holder = Availability.load(days), Holdings.from_seats(registration, seats)
    held = {(seat.day, seat.mode): seat for seat in seats}

    def in_words(day, mode):
        if seat := held.get((day, mode)):
            return of_a_seat(seat)
        if availability.is_full(day, mode) or availability.counts.can_have_seat(holder, day, mode):
            return availability.label(day, mode, first_in_line)
        return category_is_full

    return in_words


def format_full(waiting, first_in_line):
    if not waiting:
        return first_in_line
    return ngettext("Full. %(n)d person is on the wait list.", "Full. %(n)d people are on the wait list.", waiting) % {
        "n": waiting
    }
