"""Submission of a registration, the first one or a new one after a cancellation."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import emails
from ..days import is_day_over
from ..models import Category, Registration, RegistrationEvent, RegistrationStatus, Seat
from ..states import InvalidTransitionError
from .decisions import admit_locked
from .process import RegistrationProcess, category_must_exist, save_special_needs, seats_locked

Action = RegistrationEvent.Action


def submit(
    user: User,
    data: Mapping[str, Any],
    days: Mapping[date, str | None],
    *,
    language: str,
    special_needs: Mapping[str, str] | None = None,
) -> tuple[Registration, bool]:
    """Return the registration of a user and whether it was created now: a user has one.

    data has values of Registration's fields, days is {date: mode or None}, special_needs is
    {"access": text, "diet": text}. Raise InvalidTransitionError if the category no longer exists or a
    requested day is over.
    """
    try:
        with category_must_exist(data), submission_transaction(data["category"]):
            return submit_in_transaction(user, data, days, language, special_needs)
    except IntegrityError:
        # A concurrent request of the same user, for example a double click, was first.
        registration = Registration.objects.filter(user=user).exclude(status=RegistrationStatus.CANCELLED).first()
        if registration is None:
            raise
        return registration, False


def submission_transaction(category: Category):
    """Return the context of a transaction, with the seat lock only if seats are allocated immediately."""
    return transaction.atomic() if category.needs_approval else seats_locked()


def submit_in_transaction(
    user: User,
    data: Mapping[str, Any],
    days: Mapping[date, str | None],
    language: str,
    special_needs: Mapping[str, str] | None,
) -> tuple[Registration, bool]:
    registration = next(iter(Registration.objects.order_by().select_for_update().filter(user=user)), None)
    if registration is not None and registration.status != RegistrationStatus.CANCELLED:
        return registration, False
    process = start_resubmission(registration) if registration else start_new_registration(user)
    assign_details(process.registration, data, process.now, language)
    request_seats(process, days)
    process.save()
    # A first registration has no special needs that could be deleted.
    if registration or any((special_needs or {}).values()):
        save_special_needs(process.registration, special_needs)
    if process.registration.needs_approval:
        emails.queue_registration_email("received", process.registration)
    else:
        admit_locked(process, by=None)
    return process.registration, True


def start_new_registration(user: User) -> RegistrationProcess:
    now = timezone.now()
    registration = Registration(user=user, submitted_at=now, status_changed_at=now, status_changed_by=user)
    return RegistrationProcess(registration, user, now, [])


def start_resubmission(registration: Registration) -> RegistrationProcess:
    return RegistrationProcess(registration, registration.user, timezone.now(), list(registration.seats.all()))


def assign_details(registration: Registration, data: Mapping[str, Any], now: datetime, language: str) -> None:
    for name, value in data.items():
        setattr(registration, name, value)
    registration.consented_at, registration.email_language = now, language


def request_seats(process: RegistrationProcess, days: Mapping[date, str | None]) -> None:
    for day, mode in days.items():
        if mode and is_day_over(day):
            raise InvalidTransitionError(_("A day that you chose is over. Choose other days."))
        if mode:
            process.set_seat_status(process.get_or_create_seat(day, mode), Seat.Status.REQUESTED)
    if process.registration.status == RegistrationStatus.CANCELLED:
        process.transition_unsaved(RegistrationStatus.SUBMITTED, Action.RESUBMITTED)
    else:
        process.add_event(Action.SUBMITTED, "")
