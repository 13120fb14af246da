"""Asking to come."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from .. import emails
from ..models import Registration, RegistrationEvent, RegistrationStatus, Seat, SpecialNeeds
from .decisions import admit_locked
from .process import RegistrationProcess, category_must_exist, seats_locked

Action = RegistrationEvent.Action


def submit(user, facts, days, *, language, needs=None):
    """Return the registration of a user and whether it was created now: a user has one. Raise NotPossible.

    facts are fields of Registration, days {date: mode or None}, needs {"access": text, "diet": text}.
    """
    try:
        with category_must_exist(facts), _transaction_for(facts["category"]):
            return submit_in_transaction(user, facts, days, language, needs)
    except IntegrityError:
        # The same person a moment ago, by a second click.
        registration = Registration.objects.filter(user=user).exclude(status=RegistrationStatus.CANCELLED).first()
        if registration is None:
            raise
        return registration, False


def _transaction_for(category):
    """Seats are given out at once, and therefore locked, only where nobody has to approve the registration."""
    return transaction.atomic() if category.needs_approval else seats_locked()


def submit_in_transaction(user, facts, days, language, needs):
    registration = next(iter(Registration.objects.order_by().select_for_update().filter(user=user)), None)
    if registration is not None and registration.status != RegistrationStatus.CANCELLED:
        return registration, False
    case = start_resubmission(registration) if registration else start_new_registration(user)
    assign_details(case.registration, facts, case.now, language)
    request_seats(case, days)
    case.save()
    # A first registration has no needs that could be removed.
    if registration or any((needs or {}).values()):
        save_special_needs(case.registration, needs)
    if case.registration.category.needs_approval:
        emails.queue_registration_email("received", case.registration)
    else:
        admit_locked(case, by=None)
    return case.registration, True


def start_new_registration(user):
    now = timezone.now()
    return RegistrationProcess(
        Registration(user=user, submitted_at=now, status_changed_at=now, status_changed_by=user), user, now, []
    )


def start_resubmission(registration):
    return RegistrationProcess(registration, registration.user, timezone.now(), list(registration.seats.all()))


def assign_details(registration, facts, now, language):
    for name, value in facts.items():
        setattr(registration, name, value)
    registration.consented_at, registration.email_language = now, language


def request_seats(case, days):
    for day, mode in days.items():
        if mode:
            case.set_seat_status(case.get_or_create_seat(day, mode), Seat.Status.REQUESTED)
    if case.registration.status == RegistrationStatus.CANCELLED:
        case.transition_unsaved(RegistrationStatus.SUBMITTED, Action.RESUBMITTED)
    else:
        case.add_event(Action.SUBMITTED, "")


def save_special_needs(registration, needs):
    if needs is None:
        return
    if any(needs.values()):
        SpecialNeeds.objects.update_or_create(registration=registration, defaults=needs)
    else:
        SpecialNeeds.objects.filter(registration=registration).delete()
