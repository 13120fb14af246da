"""What a ticket allows on each day, in words, for the ticket's page, its PDF and its wallet passes.

The days are those of Registration.check_admission(), so that a ticket shows what the check-in answers.
"""

import datetime
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..days import is_conference_day
from ..models import Admission, Mode, Registration, Seat, Verdict
from ..models.admission import explain_refusal

# Why a ticket admits on no day.
NO_ENTRY_NOTES: dict[Verdict, str | Promise] = {
    Verdict.ONLINE: gettext_lazy("You attend online, so you do not need to show this ticket."),
    Verdict.WAITLISTED: gettext_lazy("You are on the wait list. This ticket does not admit you to the venue."),
    Verdict.OFFERED: gettext_lazy(
        "A seat is offered to you. This ticket does not admit you to the venue until you accept it."
    ),
    Verdict.MOVED: gettext_lazy(
        "The days of the conference have changed, and this ticket is for none of the new days."
    ),
    Verdict.NO_DAYS: gettext_lazy("You have no days in person. This ticket does not admit you to the venue."),
}
OVER_NOTE = gettext_lazy("The days of this ticket are over.")
WAITING_TEXTS = {
    (Mode.IN_PERSON, Seat.Status.OFFERED): gettext_lazy("Seat offered but not accepted: no entry"),
    (Mode.IN_PERSON, Seat.Status.WAITLISTED): gettext_lazy("Wait list: no entry"),
    (Mode.IN_PERSON, Seat.Status.REQUESTED): gettext_lazy("Requested: no entry"),
    (Mode.ONLINE, Seat.Status.OFFERED): gettext_lazy("Place online offered but not accepted"),
    (Mode.ONLINE, Seat.Status.WAITLISTED): gettext_lazy("Wait list (online)"),
    (Mode.ONLINE, Seat.Status.REQUESTED): gettext_lazy("Requested (online)"),
}


@dataclass(frozen=True)
class TicketDay:
    """A day of a ticket, what the ticket says about it, and whether it admits in person on it."""

    day: datetime.date
    text: str
    admits: bool


def list_ticket_days(registration: Registration, admission: Admission) -> list[TicketDay]:
    """Return the days of a registration in order, given its admission.

    A day with a confirmed seat is described by that, although the person may wait for another seat.
    """
    active = [seat for seat in registration.seats.all() if not seat.is_released]
    days = []
    for day, seats in groupby(sorted(active, key=attrgetter("day", "mode")), key=attrgetter("day")):
        seat = min(seats, key=lambda seat: seat.status != Seat.Status.CONFIRMED)
        days.append(TicketDay(day, describe_seat_on_ticket(seat), day in admission.days))
    return days


def describe_seat_on_ticket(seat: Seat) -> str:
    if not is_conference_day(seat.day):
        return _("No longer a day of the conference")
    if seat.status != Seat.Status.CONFIRMED:
        return str(WAITING_TEXTS[Mode(seat.mode), Seat.Status(seat.status)])
    if not seat.is_interim:
        return seat.get_mode_display()
    if seat.mode == Mode.ONLINE:
        return _("Online, until an in-person seat is free")
    return _("In person, until a place online is free")


def explain_no_entry(registration: Registration, admission: Admission) -> str | Promise:
    """Return why a ticket admits on no day any more, whatever day is today; empty if it admits on one."""
    if admission.verdict is Verdict.OVER:
        return OVER_NOTE
    if admission.days:
        return ""
    active = [seat for seat in registration.seats.all() if not seat.is_released]
    return NO_ENTRY_NOTES[explain_refusal(active) or Verdict.NO_DAYS]
