"""How many, as numbers: over time, by category, by region, per day, by gender. Who was erased is counted, namelessly.

Asked of the database as often for many registrations as for one.
"""

import datetime
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils.translation import gettext_lazy as _

from sessions.findings.regions import Region, region
from sessions.text import Text

from .days import conference_days
from .models import Category, Erased, Gender, Mode, Registration, State
from .seats import counts
from .states import CLOSED

ELSEWHERE = _("Other countries and territories")
NOT_STATED = _("Not stated")


@dataclass(frozen=True)
class Group:
    """How many of a kind are confirmed, and how many have asked and are neither that nor out."""

    label: str
    confirmed: int
    others: int

    @property
    def total(self):
        return self.confirmed + self.others


@dataclass(frozen=True)
class DaySeats:
    """limit is None where there is none."""

    day: datetime.date
    mode: Mode
    taken: int
    waiting: int
    limit: int | None


@dataclass(frozen=True)
class Figures:
    """over_time: (date, new on it, sum) for each date on which anybody registered, on the clock that is active."""

    over_time: list
    categories: list
    regions: list
    genders: list
    days: list
    erased: int


def figures():
    alive = _alive()
    erased = list(Erased.objects.all())
    people = Counter()
    for category, country, gender, state, number in alive:
        group = region(country)
        people[category, group.value if group else "", gender, state] += number
    people.update((row.category_id, row.region, row.gender, row.state) for row in erased)
    people = {key: number for key, number in people.items() if key[3] not in CLOSED}
    return Figures(
        _over_time(Counter(row.submitted_on for row in erased)),
        _groups(people, 0, [(row.pk, str(Text.of(row, "name"))) for row in Category.objects.all()]),
        _groups(people, 1, [*((group.value, group.label) for group in Region), ("", ELSEWHERE)]),
        _groups(people, 2, [*Gender.choices, ("", NOT_STATED)]),
        _per_day(Counter(seat for row in erased for seat in _came(row))),
        len(erased),
    )


def _alive():
    rows = Registration.objects.order_by().values_list("category", "country", "gender", "state")
    return rows.annotate(Count("pk"))


def _over_time(erased):
    dates = Registration.objects.order_by().values_list(TruncDate("submitted_at")).annotate(Count("pk"))
    found = sorted((Counter(dict(dates)) + erased).items())
    return [(date, new, total) for (date, new), total in zip(found, accumulate(n for _d, n in found), strict=True)]


def _groups(people, place, known):
    """One group for each pair of a value and its label, whether anybody is in it or not."""
    confirmed, others = Counter(), Counter()
    for key, number in people.items():
        (confirmed if key[3] == State.CONFIRMED else others)[key[place]] += number
    return [Group(str(label), confirmed[value], others[value]) for value, label in known]


def _came(erased):
    """The days and modes of somebody's seats whose day was over; the others went to somebody else."""
    seats = [(datetime.date.fromisoformat(day), mode) for day, mode in erased.seats]
    return [(day, mode) for day, mode in seats if day < erased.erased_on]


def _per_day(came):
    """Each day of the conference and each other that anybody has a seat on, in both modes."""
    tallies = counts()
    seated = {day for (day, _mode), tally in tallies.days.items() if tally.taken}
    days = sorted({*conference_days(), *seated, *(day for day, _mode in came)})
    return [_day(day, mode, tallies.of(day, mode), came) for day in days for mode in Mode]


def _day(day, mode, tally, came):
    return DaySeats(day, mode, tally.taken + came[day, mode.value], tally.waiting, tally.limit)
