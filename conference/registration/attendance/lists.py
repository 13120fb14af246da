"""Lists of the people who have come, are inside, or have not come on a day.

The number of queries does not depend on the number of people.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, TextChoices
from django.utils.translation import gettext_lazy as _

from conference.accounts.email_ownership import delivery_email_query
from conference.core.i18n.text import LocalizedText
from conference.core.search import accent_insensitive_search

from ..models import CheckIn, Mode, Registration, Seat
from ..tickets.issuance import find_tickets_by_number

Direction = CheckIn.Direction
# Up to this many people, the check-ins of a day are selected by their keys.
MAX_KEYS = 500
BASIC_SEARCH_FIELDS = ("badge_name", "organization")
ALL_SEARCH_FIELDS = (*BASIC_SEARCH_FIELDS, "passport_name", "proved_email")


class AttendanceGroup(TextChoices):
    """Groups of people on a day, each with a list of its own."""

    CAME = "came", _("Came")
    INSIDE = "inside", _("Inside")
    ABSENT = "absent", _("Not come")


GROUP_CONDITIONS = {
    AttendanceGroup.CAME: Q(has_come=True),
    AttendanceGroup.INSIDE: Q(last_direction=Direction.IN),
    AttendanceGroup.ABSENT: Q(is_expected=True, has_come=False),
}


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
    first_in: CheckIn | None
    last_out: CheckIn | None
    is_inside: bool

    @property
    def category(self) -> LocalizedText:
        return LocalizedText.of(self.registration.category, "name")

    @property
    def is_expected(self) -> bool:
        return self.registration.is_expected


def annotate_attendance(registrations: QuerySet[Registration], day: datetime.date) -> QuerySet[Registration]:
    """Add is_expected (a confirmed seat in person), has_come, and last_direction (None without a check-in)."""
    check_ins = CheckIn.objects.effective().filter(day=day, registration=OuterRef("pk"), entrance__session=None)
    seats = Seat.objects.confirmed().filter(day=day, registration=OuterRef("pk"), mode=Mode.IN_PERSON)
    latest = check_ins.order_by("-received_at", "-at").values("direction")[:1]
    return registrations.annotate(
        is_expected=Exists(seats),
        has_come=Exists(check_ins.filter(direction=Direction.IN)),
        last_direction=Subquery(latest),
    )


def list_people(
    wanted: AttendanceFilter, registrations: QuerySet[Registration], *, all_fields: bool
) -> QuerySet[Registration]:
    """Return the registrations of a group by name. Only with all_fields, passport names and e-mails are searched."""
    people = filter_people(wanted, registrations, all_fields=all_fields).filter(GROUP_CONDITIONS[wanted.group])
    return people.select_related("category").order_by("badge_name", "pk")


def filter_people(
    wanted: AttendanceFilter, registrations: QuerySet[Registration], *, all_fields: bool
) -> QuerySet[Registration]:
    people = annotate_attendance(registrations.order_by(), wanted.day)
    if wanted.category is not None:
        people = people.filter(category=wanted.category)
    if all_fields:
        people = people.annotate(proved_email=delivery_email_query("user"))
    tickets = find_tickets_by_number(wanted.term)
    if tickets.exists():
        return people.filter(pk__in=tickets.values("registration"))
    return accent_insensitive_search(people, ALL_SEARCH_FIELDS if all_fields else BASIC_SEARCH_FIELDS, wanted.term)


def count_groups(
    wanted: AttendanceFilter, registrations: QuerySet[Registration], *, all_fields: bool
) -> dict[AttendanceGroup, int]:
    """Return the number of people in each group, with the same filters."""
    people = filter_people(wanted, registrations, all_fields=all_fields)
    counts = {group.value: Count("pk", filter=condition) for group, condition in GROUP_CONDITIONS.items()}
    numbers = people.aggregate(**counts)
    return {group: numbers[group.value] for group in AttendanceGroup}


def build_rows(registrations: Iterable[Registration], day: datetime.date) -> list[AttendanceRow]:
    """Return a row for each registration of list_people(), in the same order, with one query for all check-ins."""
    registrations = list(registrations)
    check_ins = CheckIn.objects.effective().filter(day=day, entrance__session=None)
    if len(registrations) <= MAX_KEYS:
        check_ins = check_ins.filter(registration__in=registrations)
    by_person: dict[object, list[CheckIn]] = {registration.pk: [] for registration in registrations}
    for check_in in check_ins.select_related("entrance").order_by("at", "received_at"):
        if check_in.registration_id in by_person:
            by_person[check_in.registration_id].append(check_in)
    return [build_row(registration, by_person[registration.pk]) for registration in registrations]


def build_row(registration: Registration, check_ins: list[CheckIn]) -> AttendanceRow:
    entries = [check_in for check_in in check_ins if check_in.direction == Direction.IN]
    exits = [check_in for check_in in check_ins if check_in.direction == Direction.OUT]
    return AttendanceRow(
        registration,
        entries[0] if entries else None,
        exits[-1] if exits else None,
        registration.last_direction == Direction.IN,
    )
