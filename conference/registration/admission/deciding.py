"""Who is admitted and who is not, and the undo of it."""

import datetime

from django.utils.translation import gettext as _

from .. import letters, seats
from ..models import Mode, Seat, State, Step
from ..seats import Counts
from ..states import CLOSED, NotPossible, require
from .case import Case, hold_seats, holding_seats
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
    """Whoever asks holds the seats."""
    case.by, case.counts = by, seats.counts()
    _admit(case)
    offer(case.counts)


def _admit(case):
    case.pass_through(State.APPROVED, Action.APPROVE)
    give_seats(case)
    case.settle(Action.SEAT)
    waits = case.registration.state in (State.WAITING, State.APPROVED)
    letters.write("waiting" if waits else "confirmed", case.registration, seats=case.seats)


class Overtaken(Exception):
    """What was given ahead is not there, or others wait for it: nothing of this transaction may stay."""


def admit_ahead(case):
    """Admit somebody new as if there were seats without end, before they are held: writing everything down takes long,
    and everybody would wait meanwhile. Nobody sees anything of it before make_sure, which holds them for a moment."""
    case.by, case.counts = None, Counts.unlimited()
    _admit(case)


def make_sure(case):
    """Hold the seats, and look whether those that were given ahead are there and nobody waits for them. Raises
    Overtaken."""
    hold_seats()
    known = seats.counts()
    if any(tally.is_exceeded or tally.waiting for tally in known.of_one(*case.standing())):
        raise Overtaken
    offer(known)


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
