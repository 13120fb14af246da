"""Who is admitted and who is not, and the undo of it."""

import datetime

from django.utils.translation import gettext as _

from .. import capacity, emails
from ..models import Mode, RegistrationEvent, RegistrationStatus, Seat
from ..states import CLOSED_STATUSES, InvalidTransitionError, check_transition
from .process import RegistrationProcess, seats_locked
from .waitlist import allocate_seats, make_offers

Action = RegistrationEvent.Action


def approve_registration(registration, *, by):
    """Admit somebody: seats that are free are theirs, for the others they wait."""
    with seats_locked():
        case = RegistrationProcess.load(registration, by)
        if case.registration.status != RegistrationStatus.SUBMITTED:
            check_transition(case.registration.status, RegistrationStatus.APPROVED)
            raise InvalidTransitionError(_("This registration is already approved."))
        admit_locked(case, by=by)


def admit_locked(case, *, by):
    """Approve a registration and give it seats. The caller holds the seat lock."""
    case.by, case.counts = by, capacity.count_seats()
    case.transition_unsaved(RegistrationStatus.APPROVED, Action.APPROVED)
    allocate_seats(case)
    case.update_status_from_seats(Action.SEATS_ASSIGNED)
    waits = case.registration.status in (RegistrationStatus.WAITLISTED, RegistrationStatus.APPROVED)
    emails.queue_registration_email("waitlisted" if waits else "confirmed", case.registration, seats=case.seats)
    make_offers(case.counts)


def decline_registration(registration, *, by, reason, note=""):
    with seats_locked():
        case = RegistrationProcess.load(registration, by)
        close_registration(case, RegistrationStatus.DECLINED, Action.DECLINED, reason=reason, note=note)
        emails.queue_registration_email("declined", registration, reason=RegistrationEvent.Reason(reason), note=note)
        make_offers(case.counts)


def cancel_registration(registration, *, by):
    with seats_locked():
        case = RegistrationProcess.load(registration, by)
        close_registration(case, RegistrationStatus.CANCELLED, Action.CANCELLED)
        emails.queue_registration_email("cancelled", registration)
        make_offers(case.counts)


def close_registration(case, state, action, **more):
    check_transition(case.registration.status, state)
    case.counts = capacity.count_seats()
    for seat in case.seats:
        if seat.status != Seat.Status.RELEASED:
            case.set_seat_status(seat, Seat.Status.RELEASED)
    case.transition(state, action, **more)


def reopen_registration(registration, *, by):
    """Undo declining or cancelling: it is as if it had just been submitted, with the days that were asked for."""
    with seats_locked():
        case = RegistrationProcess.load(registration, by)
        if case.registration.status not in CLOSED_STATUSES:
            raise InvalidTransitionError(_("This registration is not declined or cancelled."))
        last = case.registration.events.filter(action__in=(Action.DECLINED, Action.CANCELLED)).latest("at", "pk")
        for day, mode, _before, after in last.changes.get("seats", []):
            if after == Seat.Status.RELEASED:
                case.set_seat_status(
                    case.get_or_create_seat(datetime.date.fromisoformat(day), mode), Seat.Status.REQUESTED
                )
        drop_duplicate_online_requests(case)
        case.transition(RegistrationStatus.SUBMITTED, Action.REOPENED)
        emails.queue_registration_email("received", registration)


def drop_duplicate_online_requests(case):
    """Where both were held, one meanwhile, the seat in the house is what was asked for."""
    asked = [seat for seat in case.seats if seat.status == Seat.Status.REQUESTED]
    in_person = {seat.day for seat in asked if seat.mode == Mode.IN_PERSON}
    for seat in asked:
        if seat.mode == Mode.ONLINE and seat.day in in_person:
            case.set_seat_status(seat, Seat.Status.RELEASED)
