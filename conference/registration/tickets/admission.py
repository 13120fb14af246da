"""Admission check: what a ticket allows today, for the people at the entrance. It tells no personal data."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..days import days_in_progress, is_conference_day, is_day_over
from ..formatting import describe_seat, format_days
from ..models import Mode, Seat, Ticket


class Verdict(Enum):
    """Result of the check. The person may enter only with ADMIT."""

    ADMIT = "admit"
    NOT_TODAY = "not_today"
    OVER = "over"
    ONLINE = "online"
    MOVED = "moved"
    OFFERED = "offered"
    WAITLISTED = "waitlisted"
    NO_DAYS = "no_days"
    UNDER_REVIEW = "under_review"
    CANCELLED = "cancelled"
    INVALID = "invalid"


HEADINGS: dict[Verdict, str | Promise] = {
    Verdict.ADMIT: gettext_lazy("Admit today in person"),
    Verdict.NOT_TODAY: gettext_lazy("Not today: in person on %(days)s"),
    Verdict.OVER: gettext_lazy("Not today: was in person on %(days)s"),
    Verdict.ONLINE: gettext_lazy("Online only: do not admit"),
    Verdict.MOVED: gettext_lazy("The days have changed: do not admit"),
    Verdict.OFFERED: gettext_lazy("Seat offered but not accepted: do not admit"),
    Verdict.WAITLISTED: gettext_lazy("Wait list only: do not admit"),
    Verdict.NO_DAYS: gettext_lazy("No days: do not admit"),
    Verdict.UNDER_REVIEW: gettext_lazy("Under review: do not admit"),
    Verdict.CANCELLED: gettext_lazy("Cancelled: do not admit"),
    Verdict.INVALID: gettext_lazy("Not a valid ticket: do not admit"),
}


@dataclass(frozen=True)
class Admission:
    """Result of checking a ticket, with the seats that are not released if its registration is admitted."""

    verdict: Verdict
    seats: tuple[Seat, ...] = ()

    @property
    def is_allowed(self) -> bool:
        return self.verdict is Verdict.ADMIT

    @property
    def heading(self) -> str:
        """The result in words, in the active language."""
        return str(HEADINGS[self.verdict]) % {"days": format_days(in_person_days(self.seats))}

    @property
    def days(self) -> list[tuple[datetime.date, str]]:
        """Pairs of a day and what the ticket allows on it, in the active language."""
        return [(seat.day, describe_day(seat)) for seat in self.seats]


def check_ticket(ticket: Ticket | None) -> Admission:
    """Check a ticket now; None stands for a code of no ticket. A ticket that was replaced is treated like it."""
    if ticket is None or ticket.voided_at is not None:
        return Admission(Verdict.INVALID)
    registration = ticket.registration
    if registration.is_closed:
        return Admission(Verdict.CANCELLED)
    if not registration.is_admitted:
        return Admission(Verdict.UNDER_REVIEW)
    seats = tuple(seat for seat in registration.seats.all() if not seat.is_released)
    return Admission(determine_verdict(seats), seats)


def determine_verdict(seats: Iterable[Seat]) -> Verdict:
    statuses = {seat.status for seat in seats}
    days = in_person_days(seats)
    if not days.isdisjoint(days_in_progress()):
        return Verdict.ADMIT
    if days:
        return Verdict.OVER if all(map(is_day_over, days)) else Verdict.NOT_TODAY
    if any(seat.status == Seat.Status.CONFIRMED and is_conference_day(seat.day) for seat in seats):
        return Verdict.ONLINE
    if Seat.Status.CONFIRMED in statuses:
        return Verdict.MOVED
    if Seat.Status.OFFERED in statuses:
        return Verdict.OFFERED
    return Verdict.WAITLISTED if Seat.Status.WAITLISTED in statuses else Verdict.NO_DAYS


def in_person_days(seats: Iterable[Seat]) -> set[datetime.date]:
    """Return the days of the conference with a confirmed in-person seat."""
    return {
        seat.day
        for seat in seats
        if seat.mode == Mode.IN_PERSON and seat.status == Seat.Status.CONFIRMED and is_conference_day(seat.day)
    }


def describe_day(seat: Seat) -> str:
    if not is_conference_day(seat.day):
        return _("No longer a day of the conference")
    return capfirst(describe_seat(seat.mode, seat.status, seat.is_interim))
