"""Lists of the people who have come, are inside, or have not come on a day.

The number of queries does not depend on the number of people.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from conference.accounts.email_ownership import delivery_email_query
from conference.core.i18n.text import LocalizedText
from conference.core.search import find_matches, split_search

from ..check_in.people import index
from ..models import CheckIn, Registration, Seat
from ..models.check_in import ENTRIES, EXITS
from ..tickets.issuance import find_tickets_by_number

Direction = CheckIn.Direction
# Up to this many people, their check-ins are selected by their keys; otherwise all of the day are read.
MAX_KEYS = 500


class AttendanceGroup(TextChoices):
    """Groups of people on a day, each with a list of its own."""

    CAME = "came", _("Attended")
    INSIDE = "inside", _("Inside")
    ABSENT = "absent", _("Absent")


@dataclass(frozen=True)
class AttendanceFilter:
    """What a list shows. category is a primary key, or None for all; term is what was searched for."""

    day: datetime.date
    group: AttendanceGroup = AttendanceGroup.CAME
    category: int | None = None
    term: str = ""


@dataclass(frozen=True)
class AttendanceRow:
    """One person on one day. The times are those of the first entry and of the last exit."""

    registration: Registration
    is_expected: bool
    first_in: CheckIn | None
    last_out: CheckIn | None
    is_inside: bool

    @property
    def category(self) -> LocalizedText:
        return LocalizedText.of(self.registration.category, "name")


def list_people(wanted: AttendanceFilter) -> QuerySet[Registration]:
    """Return the registrations of a group by name, with their proved_email."""
    people = filter_group(filter_people(wanted), wanted.group, wanted.day)
    people = people.annotate(proved_email=delivery_email_query("user"))
    return people.select_related("category").order_by("badge_name", "pk")


def count_groups(wanted: AttendanceFilter) -> dict[AttendanceGroup, int]:
    """Return the number of people in each group, with the same filters."""
    people = filter_people(wanted)
    return {group: filter_group(people, group, wanted.day).count() for group in AttendanceGroup}


def filter_people(wanted: AttendanceFilter) -> QuerySet[Registration]:
    people = Registration.objects.order_by()
    if wanted.category is not None:
        people = people.filter(category=wanted.category)
    if not split_search(wanted.term):
        return people
    tickets = find_tickets_by_number(wanted.term)
    if tickets.exists():
        return people.filter(pk__in=tickets.values("registration"))
    texts = {key: person.text for key, person in index.refresh().items()}
    return people.filter(pk__in=find_matches(texts, wanted.term))


def filter_group(people: QuerySet[Registration], group: AttendanceGroup, day: datetime.date) -> QuerySet[Registration]:
    entries = CheckIn.objects.entries().order_by().filter(day=day).values("registration")
    if group == AttendanceGroup.CAME:
        return people.filter(pk__in=entries)
    if group == AttendanceGroup.INSIDE:
        return people.filter(pk__in=find_inside(day))
    return people.filter(pk__in=find_expected(day)).exclude(pk__in=entries)


def find_inside(day: datetime.date) -> QuerySet:
    """Return the keys of the people inside the venue."""
    check_ins = CheckIn.objects.effective().filter(day=day, entrance__session=None).order_by()
    return check_ins.values("registration").alias(inside=ENTRIES - EXITS).filter(inside__gt=0)


def find_expected(day: datetime.date) -> QuerySet:
    """Return the keys of the people with a confirmed seat in person."""
    return Seat.objects.expected_in_person().order_by().filter(day=day).values("registration")


def build_rows(people: Iterable[Registration], day: datetime.date) -> list[AttendanceRow]:
    """Return a row for each registration of list_people(), in the same order, in two queries."""
    people = list(people)
    check_ins, expected = CheckIn.objects.effective().filter(day=day), find_expected(day)
    if len(people) <= MAX_KEYS:
        check_ins, expected = check_ins.filter(registration__in=people), expected.filter(registration__in=people)
    by_person: dict[object, list[CheckIn]] = defaultdict(list)
    for check_in in check_ins.select_related("entrance").order_by("at", "received_at"):
        by_person[check_in.registration_id].append(check_in)
    expected_keys = set(expected.values_list("registration", flat=True))
    return [build_row(person, person.pk in expected_keys, by_person[person.pk]) for person in people]


def build_row(registration: Registration, is_expected: bool, check_ins: list[CheckIn]) -> AttendanceRow:
    """Return the row; entries to a room prove presence too, but who is inside is counted at the venue."""
    entries = [check_in for check_in in check_ins if check_in.direction == Direction.IN]
    venue = [check_in for check_in in check_ins if check_in.entrance.session_id is None]
    exits = [check_in for check_in in venue if check_in.direction == Direction.OUT]
    first_in, last_out = entries[0] if entries else None, exits[-1] if exits else None
    return AttendanceRow(registration, is_expected, first_in, last_out, len(venue) - len(exits) > len(exits))
