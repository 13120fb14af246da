"""Asking to come."""

import time

from django.db import IntegrityError, transaction
from django.utils import timezone

from .. import letters
from ..models import Needs, Registration, Seat, State, Step
from .case import Case, for_a_category_that_is_there, hold_seats
from .deciding import Overtaken, admit, admit_ahead, make_sure

Action = Step.Action
# Where seats run out, they have run out for the next ones too: for so many seconds nobody is admitted ahead.
IN_VAIN = 2
_in_vain_until = 0


def submit(user, facts, days, *, language, needs=None):
    """A registration and whether it was made now: one person has one. Raises NotPossible.

    facts are fields of Registration, days {date: mode or None}, needs {"access": text, "diet": text}.
    """
    told = user, facts, days, language, needs
    try:
        with for_a_category_that_is_there(facts):
            return _ahead_if_possible(lambda ahead: _submit(*told, ahead=ahead))
    except IntegrityError:
        # The same person a moment ago, by a second click.
        registration = Registration.objects.filter(user=user).exclude(state=State.CANCELLED).first()
        if registration is None:
            raise
        return registration, False


def _ahead_if_possible(ask):
    """What ask(True) returns; or ask(False), where that is in vain."""
    if time.monotonic() >= _in_vain_until:
        try:
            return ask(True)
        except Overtaken:
            in_vain_from_now()
    return ask(False)


def in_vain_from_now():
    global _in_vain_until
    _in_vain_until = time.monotonic() + IN_VAIN


@transaction.atomic
def _submit(user, facts, days, language, needs, *, ahead):
    """ahead says that somebody may be admitted before the seats are held. Raises Overtaken."""
    registration = next(iter(Registration.objects.order_by().select_for_update().filter(user=user)), None)
    if registration is not None and registration.state != State.CANCELLED:
        return registration, False
    case = _again(registration) if registration else _first(user)
    _tell(case.registration, facts, case.now, language)
    _ask(case, days)
    may_be_admitted = not case.registration.category.needs_approval
    ahead = ahead and may_be_admitted and not registration
    if ahead:
        admit_ahead(case)
    else:
        # Before the seats are held, for the same person may be here twice: one must not wait for what the other holds.
        case.save()
    # Whoever comes for the first time has none to be taken away.
    if registration or any((needs or {}).values()):
        keep_needs(case.registration, needs)
    if ahead:
        make_sure(case)
    elif may_be_admitted:
        hold_seats()
        admit(case, by=None)
    else:
        letters.write("received", case.registration)
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
