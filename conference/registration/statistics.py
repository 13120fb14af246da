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

from conference.core.regions import Region, get_region
from conference.core.text import LocalizedText

from .capacity import count_seats
from .formatting import conference_days
from .models import Category, ErasedRegistration, Gender, Mode, Registration, RegistrationStatus
from .states import CLOSED_STATUSES

OTHER_COUNTRIES = _("Other countries and territories")
NOT_STATED = _("Not stated")


@dataclass(frozen=True)
class CategoryCount:
    """How many of a kind are confirmed, and how many have asked and are neither that nor out."""

    label: str
    confirmed: int
    others: int

    @property
    def total(self):
        return self.confirmed + self.others


@dataclass(frozen=True)
class DayCount:
    """limit is None where there is none."""

    day: datetime.date
    mode: Mode
    taken: int
    waitlisted: int
    limit: int | None


@dataclass(frozen=True)
class Statistics:
    """over_time: (date, new on it, sum) for each date on which anybody registered, on the clock that is active."""

    by_date: list
    categories: list
    regions: list
    genders: list
    days: list
    erased: int


def compute_statistics():
    alive = count_registrations()
    erased = list(ErasedRegistration.objects.all())
    people = Counter()
    for category, country, gender, state, number in alive:
        group = get_region(country)
        people[category, group.value if group else "", gender, state] += number
    people.update((row.category_id, row.region, row.gender, row.status) for row in erased)
    people = {key: number for key, number in people.items() if key[3] not in CLOSED_STATUSES}
    return Statistics(
        count_by_date(Counter(row.submitted_on for row in erased)),
        build_groups(people, 0, [(row.pk, str(LocalizedText.of(row, "name"))) for row in Category.objects.all()]),
        build_groups(people, 1, [*((group.value, group.label) for group in Region), ("", OTHER_COUNTRIES)]),
        build_groups(people, 2, [*Gender.choices, ("", NOT_STATED)]),
        count_by_day(Counter(seat for row in erased for seat in attended_seats(row))),
        len(erased),
    )


def count_registrations():
    rows = Registration.objects.order_by().values_list("category", "country", "gender", "status")
    return rows.annotate(Count("pk"))


def count_by_date(erased):
    dates = Registration.objects.order_by().values_list(TruncDate("submitted_at")).annotate(Count("pk"))
    found = sorted((Counter(dict(dates)) + erased).items())
    return [(date, new, total) for (date, new), total in zip(found, accumulate(n for _d, n in found), strict=True)]


def build_groups(people, place, known):
    """One group for each pair of a value and its label, whether anybody is in it or not."""
    confirmed, others = Counter(), Counter()
    for key, number in people.items():
        (confirmed if key[3] == RegistrationStatus.CONFIRMED else others)[key[place]] += number
    return [CategoryCount(str(label), confirmed[value], others[value]) for value, label in known]


def attended_seats(erased):
    """The days and modes of somebody's seats whose day was over; the others went to somebody else."""
    seats = [(datetime.date.fromisoformat(day), mode) for day, mode in erased.seats]
    return [(day, mode) for day, mode in seats if day < erased.erased_on]


def count_by_day(came):
    """Each day of the conference and each other that anybody has a seat on, in both modes."""
    tallies = count_seats()
    seated = {day for (day, _mode), tally in tallies.days.items() if tally.taken}
    days = sorted({*conference_days(), *seated, *(day for day, _mode in came)})
    return [build_day_count(day, mode, tallies.for_day(day, mode), came) for day in days for mode in Mode]


def build_day_count(day, mode, tally, came):
    return DayCount(day, mode, tally.taken + came[day, mode.value], tally.waitlisted, tally.limit)
