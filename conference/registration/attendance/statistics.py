"""Statistics of attendance per day and category. Erased registrations count too."""

import datetime
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef

from conference.core.i18n.text import LocalizedText
from sessions.models import Edition

from ..days import conference_today, is_conference_day
from ..models import Category, CheckIn, ErasedRegistration, Mode, Seat

# Numbers by (day, primary key of the category).
Numbers = Counter[tuple[datetime.date, int]]


@dataclass(frozen=True)
class AttendanceCount:
    """Numbers of people on one day.

    expected is how many had a confirmed seat in person, came how many of these entered, and others how many entered
    without such a seat.
    """

    label: str
    expected: int
    came: int
    others: int

    @property
    def absent(self) -> int:
        return self.expected - self.came

    @property
    def percentage(self) -> int | None:
        """The share of the expected people who came; None if no one was expected."""
        return round(100 * self.came / self.expected) if self.expected else None


@dataclass(frozen=True)
class DayAttendance:
    """Numbers of one day, by category and in total."""

    day: datetime.date
    categories: list[AttendanceCount]

    @property
    def total(self) -> AttendanceCount:
        counts = self.categories
        return AttendanceCount(
            "",
            sum(count.expected for count in counts),
            sum(count.came for count in counts),
            sum(count.others for count in counts),
        )


def compute_attendance(edition: Edition | None = None) -> list[DayAttendance]:
    """Return the attendance of each day that has begun, of the present edition or of a past one.

    Days without any entry are left out. The number of queries does not depend on the number of people.
    """
    expected, came, others = count_erased(ErasedRegistration.objects.filter(edition=edition))
    if edition is None:
        expected += count_expected_seats()
        for key, expected_people, people in count_entries():
            came[key] += expected_people
            others[key] += people - expected_people
    categories = [(category.pk, str(LocalizedText.of(category, "name"))) for category in Category.objects.all()]
    days = sorted({day for day, _category in came + others})
    return [
        DayAttendance(
            day,
            [
                AttendanceCount(label, expected[day, key], came[day, key], others[day, key])
                for key, label in categories
                if expected[day, key] or came[day, key] or others[day, key]
            ],
        )
        for day in days
    ]


def count_expected_seats() -> Numbers:
    seats = Seat.objects.expected_in_person().filter(day__lte=conference_today()).order_by()
    rows = seats.values_list("day", "registration__category").annotate(Count("registration", distinct=True))
    return Counter({(day, category): number for day, category, number in rows if is_conference_day(day)})


def count_entries() -> Iterable[tuple[tuple[datetime.date, int], int, int]]:
    """Yield (day, category), the number of expected people who entered, and of all who entered."""
    seats = Seat.objects.expected_in_person().filter(registration=OuterRef("registration"), day=OuterRef("day"))
    people = Count("registration", distinct=True)
    expected_people = Count("registration", distinct=True, filter=Exists(seats))
    entries = CheckIn.objects.entries().order_by().values_list("day", "registration__category")
    for day, category, expected, number in entries.annotate(expected=expected_people, number=people):
        yield (day, category), expected, number


def count_erased(records: Iterable[ErasedRegistration]) -> tuple[Numbers, Numbers, Numbers]:
    """Return the numbers of expected people, of those who came, and of others who came."""
    expected, came, others = Counter(), Counter(), Counter()
    for record in records:
        attended, erased_on = set(record.attended_days), record.erased_on.isoformat()
        in_person = {day for day, mode in record.seats if mode == Mode.IN_PERSON}
        # Seats of later days were released for other people.
        seats = {day for day in in_person if day < erased_on or day in attended}
        for day in seats | attended:
            key = (datetime.date.fromisoformat(day), record.category_id)
            expected[key] += day in seats
            came[key] += day in seats & attended
            others[key] += day in attended - seats
    return expected, came, others
