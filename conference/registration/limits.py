"""How many are admitted at most: in sight of those who admit, and what follows where a limit is raised or lowered."""

import datetime
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sessions.text import Text

from .admission import offer_free_seats
from .day_marks import day_and_mode
from .days import conference_days
from .models import Category, Mode, Quota, Seat
from .seats import TAKEN, Tally, counts


@dataclass(frozen=True)
class DayInSight:
    """One day: a tally for each mode, in the order of the modes."""

    day: datetime.date
    tallies: list


@dataclass(frozen=True)
class CategoryInSight:
    key: int
    name: str
    tally: Tally


@dataclass(frozen=True)
class InSight:
    modes: list
    days: list
    categories: list
    house: Tally

    @property
    def house_name(self):
        return _("The house")


def in_sight():
    """Every limit and what is taken of it, in as many queries however many there are."""
    found = counts()
    seated = {day for (day, _mode), tally in found.days.items() if tally.taken or tally.waiting}
    days = sorted({*conference_days(), *seated})
    return InSight(
        list(Mode),
        [DayInSight(day, [(mode, found.of(day, mode)) for mode in Mode]) for day in days],
        [CategoryInSight(row.pk, str(Text.of(row, "name")), found.of_category(row.pk)) for row in _categories(found)],
        found.house,
    )


def _categories(found):
    """Those that are open or hold seats."""
    return [row for row in Category.objects.all() if row.is_open or found.of_category(row.pk).taken]


def follow_up(request, before, after, taken, name):
    """After a limit was saved, within its transaction: offer what became free, or say what lowering it does not do.

    before and after are numbers or None (no limit), taken is how many hold what it limits, name is its words.
    """
    if before == after:
        return
    if after is not None and after < taken():
        messages.warning(request, _lowered(taken(), after, name))
    if after is None or (before is not None and after > before):
        offer(request)


def offer(request):
    """What is free, to those who wait."""
    offered = offer_free_seats()
    if offered:
        messages.success(request, _offered(offered))


def _lowered(taken, limit, name):
    words = ngettext(
        "%(name)s: %(n)d seat is taken, and the limit is %(limit)d now. Nobody loses it; no other is given meanwhile.",
        "%(name)s: %(n)d seats are taken, and the limit is %(limit)d now. Nobody loses one; none is given until fewer "
        "than %(limit)d are taken.",
        taken,
    )
    return words % {"name": name, "n": taken, "limit": limit}


def _offered(number):
    words = ngettext("%(n)d seat was offered to who waited.", "%(n)d seats were offered to those who waited.", number)
    return words % {"n": number}


def called(row):
    """What a row limits, in words."""
    if isinstance(row, Quota):
        return day_and_mode(row.day, row.mode)
    return str(Text.of(row, "name")) if isinstance(row, Category) else _("The house")


# The table of days and modes


def make_what_is_missing():
    """A row without a limit for each day of the conference and mode that has none."""
    known = set(Quota.objects.values_list("day", "mode"))
    wanted = [(day, mode.value) for day in conference_days() for mode in Mode]
    missing = [Quota(day=day, mode=mode) for day, mode in wanted if (day, mode) not in known]
    Quota.objects.bulk_create(missing, ignore_conflicts=True)


def with_tallies(quotas):
    """The same rows, with taken_now and waiting_now."""
    return quotas.annotate(taken_now=_number(TAKEN), waiting_now=_number([Seat.State.WAITING]))


def _number(states):
    seats = Seat.objects.order_by().filter(day=OuterRef("day"), mode=OuterRef("mode"), state__in=states)
    return Coalesce(Subquery(seats.values("day").annotate(n=Count("pk")).values("n")), 0, output_field=IntegerField())


class SeatsForm(forms.ModelForm):
    """One row of the table. Its input has no label to be seen, so it says whose it is."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        words = {"field": self.fields["seats"].label, "title": called(self.instance) if self.instance.pk else ""}
        self.fields["seats"].widget.attrs["aria-label"] = _("%(field)s of “%(title)s”") % words
