"""Who is admitted and who is not, and the undo of it."""

import datetime

from django.utils.translation import gettext as _

from .. import letters, seats
from ..models import Mode, Seat, State, Step
from ..states import CLOSED, NotPossible, require
from .case import Case, holding_seats
from .offers import offer
from .seating import give_seats

Action = Step.Action


def approve(registration, *, by):
    """Admit somebody: seats that are free are theirs, for the others they wait."""
    with holding_seats():
        case = Case.of(registration, by)
        if case.registration.state != State.SUBMITTED:
            require(case.registration.state, State.APPROVED)
            raise NotPossible(_("This registration has been approved already."))
        admit(case, by=by)


def admit(case, *, by):
    """Approve a registration and give it seats. The caller holds the seat lock."""
    case.by, case.counts = by, seats.counts()
    case.pass_through(State.APPROVED, Action.APPROVE)
    give_seats(case)
    case.settle(Action.SEAT)
    waits = case.registration.state in (State.WAITING, State.APPROVED)
    letters.write("waiting" if waits else "confirmed", case.registration, seats=case.seats)
    offer(case.counts)


def decline(registration, *, by, reason, note=""):
    with holding_seats():
        case = Case.of(registration, by)
        _close(case, State.DECLINED, Action.DECLINE, reason=reason, note=note)
        letters.write("declined", registration, reason=Step.Reason(reason), note=note)
        offer(case.counts)


def cancel(registration, *, by):
    with holding_seats():
        case = Case.of(registration, by)
        _close(case, State.CANCELLED, Action.CANCEL)
        letters.write("cancelled", registration)
        offer(case.counts)


def _close(case, state, action, **more):
    require(case.registration.state, state)
    case.counts = seats.counts()
    for seat in case.seats:
        if seat.state != Seat.State.RELEASED:
            case.put(seat, Seat.State.RELEASED)
    case.become(state, action, **more)


def reconsider(registration, *, by):
    """Undo declining or cancelling: it is as if it had just been submitted, with the days that were asked for."""
    with holding_seats():
        case = Case.of(registration, by)
        if case.registration.state not in CLOSED:
            raise NotPossible(_("This registration is neither declined nor cancelled."))
        last = case.registration.steps.filter(action__in=(Action.DECLINE, Action.CANCEL)).latest("at", "pk")
        for day, mode, _before, after in last.changes.get("seats", []):
            if after == Seat.State.RELEASED:
                case.put(case.on(datetime.date.fromisoformat(day), mode), Seat.State.ASKED)
        _ask_for_one_mode_a_day(case)
        case.become(State.SUBMITTED, Action.RECONSIDER)
        letters.write("received", registration)


def _ask_for_one_mode_a_day(case):
    """Where both were held, one meanwhile, the seat in the house is what was asked for."""
    asked = [seat for seat in case.seats if seat.state == Seat.State.ASKED]
    in_person = {seat.day for seat in asked if seat.mode == Mode.IN_PERSON}
    for seat in asked:
        if seat.mode == Mode.ONLINE and seat.day in in_person:
            case.put(seat, Seat.State.RELEASED)
