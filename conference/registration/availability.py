"""How it stands with seats, in words: for the form, and for those who think of changing their days."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .models import Mode
from .seats import Counts, Holder, counts

# Less than this share of the seats, or this many, are few.
FEW, FEW_SEATS = 0.1, 10


@dataclass(frozen=True)
class Availability:
    """What there is on each of these days; both are as true as the moment they were counted."""

    counts: Counts
    days: tuple

    @classmethod
    def now(cls, days):
        """In one query."""
        return cls(counts(), tuple(days))

    def is_full(self, day, mode):
        return self.counts.of(day, mode).is_full or (mode == Mode.IN_PERSON and self.counts.house.is_full)

    @property
    def house_is_full(self):
        return all(self.is_full(day, Mode.IN_PERSON) for day in self.days)

    @property
    def all_is_full(self):
        return self.house_is_full and all(self.is_full(day, Mode.ONLINE) for day in self.days)

    def category_is_full(self, category):
        return self.counts.of_category(category.pk).is_full

    def in_words(self, day, mode):
        tally = self.counts.of(day, mode)
        if self.is_full(day, mode):
            return _full(tally.waiting)
        free = [tally.free] + ([self.counts.house.free] if mode == Mode.IN_PERSON else [])
        known = [number for number in free if number is not None]
        if known and min(known) <= max(FEW * (tally.limit or 0), FEW_SEATS):
            return _("Few seats are left.")
        return _("There are seats.") if mode == Mode.IN_PERSON else _("There is room.")


def _full(waiting):
    if not waiting:
        return _("Full. You can be the first on the wait list.")
    return ngettext("Full. %(n)d person is waiting.", "Full. %(n)d people are waiting.", waiting) % {"n": waiting}


def words_for_one(registration, seats, days, *, of_a_seat, of_a_full_category):
    """A function that tells how it stands with a day and mode for somebody who may have or await a seat there.

    of_a_seat tells of one of theirs, and of_a_full_category is said where nobody else of it finds room.
    """
    availability, holder = Availability.now(days), Holder.of(registration, seats)
    held = {(seat.day, seat.mode): seat for seat in seats}

    def in_words(day, mode):
        if seat := held.get((day, mode)):
            return of_a_seat(seat)
        if mode == Mode.IN_PERSON and not availability.is_full(day, mode):
            has_room = availability.counts.has_room(holder, day, mode)
            return availability.in_words(day, mode) if has_room else of_a_full_category
        return availability.in_words(day, mode)

    return in_words
