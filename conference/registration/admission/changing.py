"""Changing one's mind: facts and days."""

from django.utils.translation import gettext as _

from .. import letters, seats
from ..models import Seat, State, Step
from ..states import ADMITTED, CLOSED, NotPossible
from .asking import keep_needs
from .case import Case, for_a_category_that_is_there, holding_seats, today
from .deciding import admit
from .offers import offer
from .seating import attend_online_meanwhile, attend_only_in_the_house, give_seats

Action = Step.Action
# What a registrar looked at. Who changes it asks for approval again.
APPROVED_FACTS = frozenset({"passport_name", "country", "organization", "function", "category"})


def edit(registration, facts, *, by, needs=None):
    """Change facts, fields of Registration. What a registrar had approved asks the person for approval again."""
    with for_a_category_that_is_there(facts), holding_seats():
        case = Case.of(registration, by)
        _require_open(case)
        keep_needs(registration, needs)
        changes = {name: new for name, new in facts.items() if getattr(registration, name) != new}
        if not changes:
            return
        case.counts = seats.counts()
        told = {name: [_plain(getattr(registration, name)), _plain(new)] for name, new in changes.items()}
        _change(case, changes)
        _write_down_the_edit(case, changes.keys(), told)
        offer(case.counts)


def _require_open(case):
    if case.registration.state in CLOSED:
        raise NotPossible(_("This registration is closed. Register again to change it."))


def _plain(value):
    if hasattr(value, "pk"):
        return str(value)
    return value if isinstance(value, list | bool | int) else str(value)


def _change(case, changes):
    before = case.standing()
    for name, value in changes.items():
        setattr(case.registration, name, value)
    if "category" in changes:
        _move_to_category(case, before)
    if changes.get("online_meanwhile") is False:
        attend_only_in_the_house(case)
    attend_online_meanwhile(case)


def _move_to_category(case, before):
    """Raises NotPossible where somebody has a seat and the new category has none left."""
    holder = case.standing()[0]
    if holder.has_a_seat and case.counts.of_category(holder.category).is_full:
        raise NotPossible(_("There is no seat left in this category. You keep the one you have."))
    case.counts.change(before, case.standing())


def _write_down_the_edit(case, names, told):
    registration, by_themself = case.registration, case.by == case.registration.user
    looked_at = APPROVED_FACTS & names
    admitted = registration.state in ADMITTED
    if admitted and looked_at and by_themself and registration.category.needs_approval:
        case.become(State.SUBMITTED, Action.EDIT, changes=told)
        letters.write("again", registration)
    elif admitted:
        case.settle(Action.EDIT, changes=told)
        if looked_at or "online_meanwhile" in names:
            letters.write("changed", registration)
    else:
        case.write_down(Action.EDIT, registration.state, changes=told)
        if not registration.category.needs_approval:
            admit(case, by=None)


def choose_days(registration, days, *, by, online_meanwhile=None):
    """Come on other days or in another mode: days is {date: mode or None}; days it does not name stay as they are, and
    so does whether one is online meanwhile, unless that is said.

    What is not free is waited for; a seat one has on that day is kept until then.
    """
    with holding_seats():
        case = Case.of(registration, by)
        _require_open(case)
        case.counts = seats.counts()
        told = _be_online_meanwhile(case, online_meanwhile)
        for day, mode in sorted(days.items()):
            _choose(case, day, mode)
        if not case.moved and not told:
            return
        if case.registration.state in ADMITTED:
            give_seats(case)
            case.settle(Action.CHOOSE, changes=told)
            letters.write("changed", registration)
        else:
            case.write_down(Action.CHOOSE, registration.state, changes=told)
        offer(case.counts)


def _be_online_meanwhile(case, wanted):
    """{field: [before, after]}, empty where nothing is said or it is so already."""
    before = case.registration.online_meanwhile
    if wanted is None or wanted == before:
        return {}
    case.registration.online_meanwhile = wanted
    if not wanted:
        attend_only_in_the_house(case)
    return {"online_meanwhile": [before, wanted]}


def _choose(case, day, mode):
    held = [seat for seat in case.seats if seat.day == day and seat.state != Seat.State.RELEASED]
    wanted = next((seat for seat in held if not seat.meanwhile), None)
    if (wanted.mode if wanted else None) == mode:
        return
    if day < today():
        raise NotPossible(_("A day that is over cannot be changed."))
    if mode is None:
        for seat in held:
            case.put(seat, Seat.State.RELEASED)
        return
    had = next((seat for seat in held if seat.state == Seat.State.CONFIRMED), None)
    if wanted and wanted is not had:
        case.put(wanted, Seat.State.RELEASED)
    if had and had.mode == mode:
        case.put(had, Seat.State.CONFIRMED)
        return
    if had:
        case.put(had, Seat.State.CONFIRMED, meanwhile=True)
    case.put(case.on(day, mode), Seat.State.ASKED)
