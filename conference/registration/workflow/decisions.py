"""Approval, decline and cancellation of a registration, and reopening it."""

from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from .. import emails
from ..capacity import count_seats
from ..days import is_day_over
from ..models import EventMove, Mode, Registration, RegistrationEvent, RegistrationStatus, Seat
from ..states import InvalidTransitionError, check_transition
from .process import RegistrationProcess, seats_locked
from .waitlist import allocate_seats, make_offers

Action = RegistrationEvent.Action


def approve_registration(registration: Registration, *, by: User | None) -> None:
    """Approve a pending registration; requested seats are confirmed or waitlisted.

    Raise InvalidTransitionError if it is not pending, or if all days that it requests are over.
    """
    with seats_locked():
        process = RegistrationProcess.load(registration, by)
        if not registration.is_pending:
            check_transition(registration.status, RegistrationStatus.APPROVED)
            raise InvalidTransitionError(_("This registration is already approved."))
        check_has_upcoming_day(process)
        admit_locked(process, by=by)


def check_has_upcoming_day(process: RegistrationProcess) -> None:
    seats = [seat for seat in process.seats if not seat.is_released]
    if seats and all(seat.status == Seat.Status.REQUESTED and seat.is_over for seat in seats):
        raise InvalidTransitionError(_("All requested days are over. Choose other days before you approve it."))


def admit_locked(process: RegistrationProcess, *, by: User | None) -> None:
    """Approve a registration and allocate its seats. The caller holds the seat lock."""
    process.by, process.counts = by, count_seats()
    process.transition_unsaved(RegistrationStatus.APPROVED, Action.APPROVED)
    allocate_seats(process)
    process.update_status_from_seats(Action.SEATS_ASSIGNED)
    has_no_seat = process.registration.status in (RegistrationStatus.WAITLISTED, RegistrationStatus.APPROVED)
    email_type = "waitlisted" if has_no_seat else "confirmed"
    emails.queue_registration_email(email_type, process.registration, seats=process.seats)
    make_offers(process.counts)


def decline_registration(
    registration: Registration, *, by: User | None, reason: str, note: str = "", internal_note: str = ""
) -> None:
    """Decline a registration and release its seats.

    note is the organizer's message to the attendee; internal_note is never sent or shown to the attendee.
    """
    notes = {"reason": reason, "note": note, "internal_note": internal_note}
    with seats_locked():
        process = RegistrationProcess.load(registration, by)
        close_registration(process, RegistrationStatus.DECLINED, Action.DECLINED, **notes)
        emails.queue_registration_email("declined", registration, reason=RegistrationEvent.Reason(reason), note=note)
        make_offers(process.locked_counts)


def cancel_registration(registration: Registration, *, by: User | None) -> None:
    """Cancel a registration and release its seats. Raise InvalidTransitionError if it is closed already."""
    with seats_locked():
        process = RegistrationProcess.load(registration, by)
        close_registration(process, RegistrationStatus.CANCELLED, Action.CANCELLED)
        emails.queue_registration_email("cancelled", registration)
        make_offers(process.locked_counts)


def close_registration(
    process: RegistrationProcess, status: RegistrationStatus, action: str, **event_fields: Any
) -> None:
    check_transition(process.registration.status, status)
    process.counts = count_seats()
    for seat in process.seats:
        if not seat.is_released:
            process.set_seat_status(seat, Seat.Status.RELEASED)
    process.transition(status, action, **event_fields)


def reopen_registration(registration: Registration, *, by: User | None) -> None:
    """Undo declining or cancelling: the registration is pending again, with the days that it had requested.

    Days that are over are left out.
    """
    with seats_locked():
        process = RegistrationProcess.load(registration, by)
        if not registration.is_closed:
            raise InvalidTransitionError(_("This registration is not declined or cancelled."))
        request_released_seats(process)
        process.transition(RegistrationStatus.SUBMITTED, Action.REOPENED)
        emails.queue_registration_email("reopened", registration)


def request_released_seats(process: RegistrationProcess) -> None:
    """Request again the seats that were released when the registration was closed."""
    closing = process.registration.events.filter(action__in=(Action.DECLINED, Action.CANCELLED)).latest("at", "pk")
    for recorded_day, mode, _before, after in closing.changes.get("seats", []):
        day = current_day(date.fromisoformat(recorded_day), closing.at)
        if after == Seat.Status.RELEASED and day and not is_day_over(day):
            process.set_seat_status(process.get_or_create_seat(day, mode), Seat.Status.REQUESTED)
    drop_interim_online_requests(process)


def current_day(day: date, recorded_at: datetime) -> date | None:
    """Return what became of a day that was recorded before the event may have moved; None if it was removed."""
    moved_day: date | None = day
    for move in EventMove.objects.filter(moved_at__gt=recorded_at).order_by("moved_at", "pk"):
        moved_day = moved_day and move.get_new_day(moved_day)
    return moved_day


def drop_interim_online_requests(process: RegistrationProcess) -> None:
    """Release the online seat of days with both modes: it was only an interim one."""
    requested = [seat for seat in process.seats if seat.status == Seat.Status.REQUESTED]
    in_person_days = {seat.day for seat in requested if seat.mode == Mode.IN_PERSON}
    for seat in requested:
        if seat.mode == Mode.ONLINE and seat.day in in_person_days:
            process.set_seat_status(seat, Seat.Status.RELEASED)
