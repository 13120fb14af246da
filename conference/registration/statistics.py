"""Statistics of registrations over time, by category, region and gender, and per day. Erased registrations count too.

The number of queries does not depend on the number of registrations.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate
from django.utils.translation import gettext_lazy as _

from conference.core.i18n.countries import GROUP_HEADINGS, UNKNOWN_REGION, CountryGroup, get_region_key
from conference.core.i18n.regions import Region
from conference.core.i18n.text import LocalizedText
from conference.facts import list_days
from sessions.models import Edition

from .capacity import SeatCount, count_seats
from .formatting import conference_days
from .models import CLOSED_STATUSES, Category, ErasedRegistration, Gender, Mode, Registration, RegistrationStatus

NOT_STATED = _("Not stated")


@dataclass(frozen=True)
class CategoryCount:
    """Number of confirmed and of other open registrations in one group."""

    label: str
    confirmed: int
    others: int

    @property
    def total(self) -> int:
        return self.confirmed + self.others


@dataclass(frozen=True)
class DayCount:
    """Number of seats on one day in one mode. limit is None without a limit."""

    day: date
    mode: Mode
    taken: int
    waitlisted: int
    limit: int | None


@dataclass(frozen=True)
class Statistics:
    """All figures. by_date is [(date, new registrations, running total), ...] in the active time zone."""

    by_date: list
    categories: list
    regions: list
    genders: list
    days: list
    erased: int


def compute_statistics(edition: Edition | None = None) -> Statistics:
    """Return the figures of the present edition, or of a past one, of which only erased registrations are left."""
    erased = list(ErasedRegistration.objects.filter(edition=edition))
    registrations = Registration.objects.none() if edition else Registration.objects.order_by()
    people = Counter()
    for category, country, gender, status, number in count_registrations(registrations):
        people[category, get_region_key(country), gender, status] += number
    people.update((record.category_id, record.region, record.gender, record.status) for record in erased)
    people = {key: number for key, number in people.items() if key[3] not in CLOSED_STATUSES}
    categories = [(category.pk, str(LocalizedText.of(category, "name"))) for category in Category.objects.all()]
    return Statistics(
        count_by_date(registrations, Counter(record.submitted_on for record in erased)),
        build_groups(people, 0, categories),
        build_groups(people, 1, list_regions(people)),
        build_groups(people, 2, [*Gender.choices, ("", NOT_STATED)]),
        count_by_day(Counter(seat for record in erased for seat in attended_seats(record)), edition),
        len(erased),
    )


def list_regions(people: Iterable[tuple]) -> list[tuple[str, str]]:
    """Return (value, label) of all regional groups.

    International organizations are included if people represent one, and “not stated” if the country of some is not
    known.
    """
    regions = [(region.value, region.label) for region in Region]
    organization = CountryGroup.ORGANIZATION
    if any(key[1] == organization for key in people):
        regions.append((organization.value, str(GROUP_HEADINGS[organization])))
    regions.append(("", str(GROUP_HEADINGS[CountryGroup.TERRITORY])))
    return [*regions, (UNKNOWN_REGION, str(NOT_STATED))] if any(key[1] == UNKNOWN_REGION for key in people) else regions


def count_registrations(registrations: QuerySet) -> QuerySet:
    """Return (category, country, gender, status, number) of each combination."""
    return registrations.values_list("category", "country", "gender", "status").annotate(Count("pk"))


def count_by_date(registrations: QuerySet, erased: Counter) -> list[tuple[date, int, int]]:
    """Return (date, new registrations, running total) of each date. erased is {date: number}."""
    by_date = registrations.values_list(TruncDate("submitted_at")).annotate(Count("pk"))
    numbers = sorted((Counter(dict(by_date)) + erased).items())
    totals = accumulate(number for _date, number in numbers)
    return [(date, number, total) for (date, number), total in zip(numbers, totals, strict=True)]


def build_groups(people: Mapping[tuple, int], index: int, groups: Iterable[tuple[object, str]]) -> list[CategoryCount]:
    """Return a count for each (value, label) of groups, also for empty ones.

    people is {(category, region, gender, status): number}; index is the part of the key to group by.
    """
    confirmed, others = Counter(), Counter()
    for key, number in people.items():
        (confirmed if key[3] == RegistrationStatus.CONFIRMED else others)[key[index]] += number
    return [CategoryCount(str(label), confirmed[value], others[value]) for value, label in groups]


def attended_seats(erased: ErasedRegistration) -> list[tuple[date, str]]:
    """Return the seats whose day was over at the erasure; later seats were released for other people."""
    seats = [(date.fromisoformat(day), mode) for day, mode in erased.seats]
    return [(day, mode) for day, mode in seats if day < erased.erased_on]


def count_by_day(erased: Counter, edition: Edition | None) -> list[DayCount]:
    """Return a count for each mode of all days of the edition and of other days with taken seats.

    erased is {(day, mode): number}.
    """
    if edition:
        days = sorted({*list_days(edition.first_day, edition.last_day), *(day for day, _mode in erased)})
        no_seats = SeatCount(None)
        return [build_day_count(day, mode, no_seats, erased) for day in days for mode in Mode]
    counts = count_seats()
    days_with_seats = {day for (day, _mode), count in counts.days.items() if count.taken}
    days = sorted({*conference_days(), *days_with_seats, *(day for day, _mode in erased)})
    return [build_day_count(day, mode, counts.for_day(day, mode), erased) for day in days for mode in Mode]


def build_day_count(day: date, mode: Mode, count: SeatCount, erased: Counter) -> DayCount:
    return DayCount(day, mode, count.taken + erased[day, mode.value], count.waitlisted, count.limit)
