"""Asking to come."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from .. import letters
from ..models import Needs, Registration, Seat, State, Step
from .case import Case, for_a_category_that_is_there, holding_seats
from .deciding import admit

Action = Step.Action


def submit(user, facts, days, *, language, needs=None):
    """Return the registration of a user and whether it was created now: a user has one. Raise NotPossible.

    facts are fields of Registration, days {date: mode or None}, needs {"access": text, "diet": text}.
    """
    try:
        with for_a_category_that_is_there(facts), _transaction_for(facts["category"]):
            return _submit(user, facts, days, language, needs)
    except IntegrityError:
        # The same person a moment ago, by a second click.
        registration = Registration.objects.filter(user=user).exclude(state=State.CANCELLED).first()
        if registration is None:
            raise
        return registration, False


def _transaction_for(category):
    """Seats are given out at once, and therefore locked, only where nobody has to approve the registration."""
    return transaction.atomic() if category.needs_approval else holding_seats()


def _submit(user, facts, days, language, needs):
    registration = next(iter(Registration.objects.order_by().select_for_update().filter(user=user)), None)
    if registration is not None and registration.state != State.CANCELLED:
        return registration, False
    case = _again(registration) if registration else _first(user)
    _tell(case.registration, facts, case.now, language)
    _ask(case, days)
    case.save()
    # A first registration has no needs that could be removed.
    if registration or any((needs or {}).values()):
        keep_needs(case.registration, needs)
    if case.registration.category.needs_approval:
        letters.write("received", case.registration)
    else:
        admit(case, by=None)
    return case.registration, True


def _first(user):
    now = timezone.now()
    return Case(Registration(user=user, submitted_at=now, state_at=now, state_by=user), user, now, [])


def _again(registration):
    return Case(registration, registration.user, timezone.now(), list(registration.seats.all()))


def _tell(registration, facts, now, language):
    for name, value in facts.items():
        setattr(registration, name, value)
    registration.consented_at, registration.letter_language = now, language


def _ask(case, days):
    for day, mode in days.items():
        if mode:
            case.put(case.on(day, mode), Seat.State.ASKED)
    if case.registration.state == State.CANCELLED:
        case.pass_through(State.SUBMITTED, Action.RETURN)
    else:
        case.note(Action.SUBMIT, "")


def keep_needs(registration, needs):
    if needs is None:
        return
    if any(needs.values()):
        Needs.objects.update_or_create(registration=registration, defaults=needs)
    else:
        Needs.objects.filter(registration=registration).delete()
