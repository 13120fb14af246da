"""What an e-mail says about the ticket: whether one is attached, and whether earlier copies are still valid."""

from collections.abc import Iterable
from enum import Enum

from django.utils.translation import gettext_lazy

from ..models import EventMove, Mode, Registration, RegistrationStatus, Seat, attends_in_person
from ..models.admission import is_in_person


class TicketChange(Enum):
    """What happened to the ticket since it was last sent."""

    NEW = "new"
    KEPT = "kept"
    REPLACED = "replaced"
    VOID = "void"
    NONE = "none"


CHANGE_NOTES = {
    TicketChange.NEW: gettext_lazy("Your ticket is attached to this e-mail."),
    TicketChange.KEPT: gettext_lazy("Your ticket is attached to this e-mail. Copies that you already have stay valid."),
    TicketChange.REPLACED: gettext_lazy(
        "Your earlier ticket is no longer valid. Your new ticket is attached to this e-mail."
    ),
    TicketChange.VOID: gettext_lazy("Your earlier ticket is no longer valid."),
    TicketChange.NONE: "",
}
BRING_NOTES = {
    Mode.IN_PERSON: gettext_lazy("Please bring it with you, on paper or on your phone."),
    Mode.ONLINE: gettext_lazy(
        "You attend online: on your days, join the sessions from your registration page, so that your attendance is "
        "recorded for your certificate."
    ),
}
TYPES_WITH_BRING_NOTE = ("confirmed", "ticket_replaced")


def preview_ticket_note(email_type: str) -> str:
    change = TicketChange.NEW if email_type == "confirmed" else TicketChange.REPLACED
    return join_notes(email_type, change, Mode.IN_PERSON)


def format_ticket_note(
    email_type: str, registration: Registration, seats: Iterable[Seat], move: EventMove | None = None
) -> str:
    seats = list(seats)
    mode = Mode.IN_PERSON if attends_in_person(seats) else Mode.ONLINE
    return join_notes(email_type, find_ticket_change(registration, seats, move), mode)


def join_notes(email_type: str, change: TicketChange, mode: Mode) -> str:
    """Return whole sentences, one after the other."""
    notes = [CHANGE_NOTES[change], BRING_NOTES[mode] if email_type in TYPES_WITH_BRING_NOTE else ""]
    return " ".join(str(note) for note in notes if note)


def find_ticket_change(registration: Registration, seats: Iterable[Seat], move: EventMove | None) -> TicketChange:
    """Return what the operation that queues an e-mail has done to the ticket.

    A ticket that an operation voids is replaced later, when the e-mail is sent. An e-mail about a move is queued after
    the move, so the new ticket may exist already.
    """
    times = list(registration.tickets.values_list("voided_at", flat=True))
    was_voided = any(times) and None not in times
    if move is not None and move.moved_at:
        was_voided = any(time and time >= move.moved_at for time in times)
    if registration.status != RegistrationStatus.CONFIRMED or not any(map(is_in_person, seats)):
        return TicketChange.VOID if was_voided else TicketChange.NONE
    if was_voided:
        return TicketChange.REPLACED
    return TicketChange.KEPT if times else TicketChange.NEW
