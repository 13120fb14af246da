"""Changing one's mind: facts and days."""

from django.utils.translation import gettext as _

from .. import capacity, emails
from ..models import RegistrationEvent, RegistrationStatus, Seat
from ..states import ADMITTED_STATUSES, CLOSED_STATUSES, InvalidTransitionError
from .decisions import admit_locked
from .process import RegistrationProcess, category_must_exist, conference_today, seats_locked
from .submission import save_special_needs
from .waitlist import allocate_seats, assign_interim_online_seats, make_offers, release_interim_online_seats

Action = RegistrationEvent.Action
# What a registrar looked at. Who changes it asks for approval again.
REVIEWED_FIELDS = frozenset({"passport_name", "country", "organization", "function", "category"})


def edit_details(registration, facts, *, by, needs=None):
    """Change facts, fields of Registration. What a registrar had approved asks the person for approval again."""
    with category_must_exist(facts), seats_locked():
        case = RegistrationProcess.load(registration, by)
        check_open(case)
        save_special_needs(registration, needs)
        changes = {name: new for name, new in facts.items() if getattr(registration, name) != new}
        if not changes:
            return
        case.counts = capacity.count_seats()
        told = {name: [to_json_value(getattr(registration, name)), to_json_value(new)] for name, new in changes.items()}
        apply_changes(case, changes)
        record_edit(case, changes.keys(), told)
        make_offers(case.counts)


def check_open(case):
    if case.registration.status in CLOSED_STATUSES:
        raise InvalidTransitionError(_("This registration is closed. To change it, register again."))


def to_json_value(value):
    if hasattr(value, "pk"):
        return str(value)
    return value if isinstance(value, list | bool | int) else str(value)


def apply_changes(case, changes):
    before = case.holdings()
    for name, value in changes.items():
        setattr(case.registration, name, value)
    if "category" in changes:
        change_category(case, before)
    if changes.get("online_while_waitlisted") is False:
        release_interim_online_seats(case)
    assign_interim_online_seats(case)


def change_category(case, before):
    """Raises NotPossible where somebody has a seat and the new category has none left."""
    holder = case.holdings()[0]
    if holder.has_seat and case.counts.for_category(holder.category).is_full:
        raise InvalidTransitionError(_("No seats are left in this category. You keep your current seat."))
    case.counts.apply_change(before, case.holdings())


def record_edit(case, names, told):
    registration, by_themself = case.registration, case.by == case.registration.user
    looked_at = REVIEWED_FIELDS & names
    admitted = registration.status in ADMITTED_STATUSES
    if admitted and looked_at and by_themself and registration.category.needs_approval:
        case.transition(RegistrationStatus.SUBMITTED, Action.EDITED, changes=told)
        emails.queue_registration_email("pending_again", registration)
    elif admitted:
        case.update_status_from_seats(Action.EDITED, changes=told)
        if looked_at or "online_while_waitlisted" in names:
            emails.queue_registration_email("changed", registration)
    else:
        case.save_event(Action.EDITED, registration.status, changes=told)
        if not registration.category.needs_approval:
            admit_locked(case, by=None)


def change_days(registration, days, *, by, online_while_waitlisted=None):
    """Come on other days or in another mode: days is {date: mode or None}; days it does not name stay as they are, and
    so does whether one is online meanwhile, unless that is said.

    What is not free is waited for; a seat one has on that day is kept until then.
    """
    with seats_locked():
        case = RegistrationProcess.load(registration, by)
        check_open(case)
        case.counts = capacity.count_seats()
        told = set_online_while_waitlisted(case, online_while_waitlisted)
        for day, mode in sorted(days.items()):
            change_day(case, day, mode)
        if not case.seat_changes and not told:
            return
        if case.registration.status in ADMITTED_STATUSES:
            allocate_seats(case)
            case.update_status_from_seats(Action.DAYS_CHANGED, changes=told)
            emails.queue_registration_email("changed", registration)
        else:
            case.save_event(Action.DAYS_CHANGED, registration.status, changes=told)
        make_offers(case.counts)


def set_online_while_waitlisted(case, wanted):
    """{field: [before, after]}, empty where nothing is said or it is so already."""
    before = case.registration.online_while_waitlisted
    if wanted is None or wanted == before:
        return {}
    case.registration.online_while_waitlisted = wanted
    if not wanted:
        release_interim_online_seats(case)
    return {"online_while_waitlisted": [before, wanted]}


def change_day(case, day, mode):
    held = [seat for seat in case.seats if seat.day == day and seat.status != Seat.Status.RELEASED]
    wanted = next((seat for seat in held if not seat.is_interim), None)
    if (wanted.mode if wanted else None) == mode:
        return
    if day < conference_today():
        raise InvalidTransitionError(_("Past days cannot be changed."))
    if mode is None:
        for seat in held:
            case.set_seat_status(seat, Seat.Status.RELEASED)
        return
    had = next((seat for seat in held if seat.status == Seat.Status.CONFIRMED), None)
    if wanted and wanted is not had:
        case.set_seat_status(wanted, Seat.Status.RELEASED)
    if had and had.mode == mode:
        case.set_seat_status(had, Seat.Status.CONFIRMED)
        return
    if had:
        case.set_seat_status(had, Seat.Status.CONFIRMED, is_interim=True)
    case.set_seat_status(case.get_or_create_seat(day, mode), Seat.Status.REQUESTED)
