"""How it stands with seats, in words: for the form, and for those who think of changing their days."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from .models import Mode
from .seats import Counts, Holder, counts

FIRST_IN_LINE = gettext_lazy("Full. You can be the first on the wait list.")
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

    def in_words(self, day, mode, first_in_line=FIRST_IN_LINE):
        """first_in_line is said where nobody waits yet for what is full."""
        tally = self.counts.of(day, mode)
        if self.is_full(day, mode):
            return _full(tally.waiting, first_in_line)
        free = [tally.free] + ([self.counts.house.free] if mode == Mode.IN_PERSON else [])
        known = [number for number in free if number is not None]
        if known and min(known) <= max(FEW * (tally.limit or 0), FEW_SEATS):
            return _("Few seats are left.")
        return _("There are seats.") if mode == Mode.IN_PERSON else _("There is room.")


def words_for_one(registration, seats, days, *, of_a_seat, category_is_full, first_in_line=FIRST_IN_LINE):
    """A function that tells how it stands with a day and mode for somebody who may have or await a seat there.

    of_a_seat is a function that tells of one of theirs. The others are said where nobody waits yet for what is full,
    and where there are seats, but none for their category.
    """
    availability, holder = Availability.now(days), Holder.of(registration, seats)
    held = {(seat.day, seat.mode): seat for seat in seats}

    def in_words(day, mode):
        if seat := held.get((day, mode)):
            return of_a_seat(seat)
        if availability.is_full(day, mode) or availability.counts.has_room(holder, day, mode):
            return availability.in_words(day, mode, first_in_line)
        return category_is_full

    return in_words


def _full(waiting, first_in_line):
    if not waiting:
        return first_in_line
    return ngettext("Full. %(n)d person is waiting.", "Full. %(n)d people are waiting.", waiting) % {"n": waiting}
