"""Asking to come."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from .. import letters
from ..models import Needs, Registration, Seat, State, Step
from .case import Case, hold_seats
from .deciding import admit

Action = Step.Action


def submit(user, facts, days, *, language, needs=None):
    """A registration and whether it was made now: one person has one. Raises NotPossible.

    facts are fields of Registration, days {date: mode or None}, needs {"access": text, "diet": text}.
    """
    with transaction.atomic():
        registration = Registration.objects.select_for_update().filter(user=user).first()
        if registration is not None and registration.state != State.CANCELLED:
            return registration, False
        if registration is None:
            registration = _new(user, facts, language)
            if registration is None:
                return Registration.objects.get(user=user), False
        else:
            _set(registration, facts)
        keep_needs(registration, needs)
        _ask(registration, days, language)
        return registration, True


def _new(user, facts, language):
    now = timezone.now()
    registration = Registration(
        user=user, state_at=now, submitted_at=now, consented_at=now, letter_language=language, state_by=user, **facts
    )
    try:
        with transaction.atomic():
            registration.save(force_insert=True)
    except IntegrityError:
        # The same person a moment ago, by a second click.
        return None
    return registration


def _set(registration, facts):
    for name, value in facts.items():
        setattr(registration, name, value)
    registration.consented_at = timezone.now()


def _ask(registration, days, language):
    returns = registration.state == State.CANCELLED
    registration.letter_language = language
    case = Case(registration, registration.user, timezone.now(), list(registration.seats.all()))
    for day, mode in days.items():
        if mode:
            case.put(case.on(day, mode), Seat.State.ASKED)
    if returns:
        case.become(State.SUBMITTED, Action.RETURN)
    else:
        case.write_down(Action.SUBMIT, "")
    if registration.category.needs_approval:
        letters.write("received", registration)
    else:
        hold_seats()
        admit(case, by=None)


def keep_needs(registration, needs):
    if needs is None:
        return
    if any(needs.values()):
        Needs.objects.update_or_create(registration=registration, defaults=needs)
    else:
        Needs.objects.filter(registration=registration).delete()
