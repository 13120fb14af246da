"""Changes to the details and days of a registration."""

from collections.abc import Mapping, Set
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from .. import emails
from ..capacity import Holdings, count_seats
from ..days import is_day_over
from ..models import Registration, RegistrationEvent, RegistrationStatus, Seat, attended_days
from ..states import InvalidTransitionError
from ..tickets.replacement import names_agree
from .decisions import admit_locked, request_released_seats
from .process import RegistrationProcess, category_must_exist, save_special_needs, seats_locked
from .waitlist import allocate_seats, assign_interim_online_seats, make_offers, release_interim_online_seats

Action = RegistrationEvent.Action
# Attendees who change one of these fields need approval again.
REVIEWED_FIELDS = frozenset({"passport_name", "badge_name", "country", "organization", "function", "category"})


def edit_details(
    registration: Registration,
    data: Mapping[str, Any],
    *,
    by: User | None,
    special_needs: Mapping[str, str] | None = None,
) -> None:
    """Save new values of Registration's fields. An attendee who changes a reviewed field is pending again.

    Attendees can always correct their data; a closed registration stays closed. Raise InvalidTransitionError if an
    organizer edits a closed registration, if the new category is full or deleted, or if an attendee who was present
    enters the name of another person.
    """
    with category_must_exist(data), seats_locked():
        process = RegistrationProcess.load(registration, by)
        if by != registration.user:
            check_open(process)
        save_special_needs(registration, special_needs)
        changes = find_changes(registration, data)
        if not changes:
            return
        check_certified_name(process, changes)
        logged = describe_changes(registration, changes)
        if registration.is_closed:
            assign(registration, changes)
            process.save_event(Action.EDITED, registration.status, changes=logged)
            return
        process.counts = count_seats()
        apply_changes(process, changes)
        record_edit(process, changes.keys(), logged)
        make_offers(process.counts)


def resubmit_declined(
    registration: Registration,
    data: Mapping[str, Any],
    *,
    by: User | None,
    special_needs: Mapping[str, str] | None = None,
) -> None:
    """Send a declined registration to the organizers again, with corrected details and the days of the first time.

    It is pending whatever its category. Raise InvalidTransitionError if it is not declined.
    """
    with category_must_exist(data), seats_locked():
        process = RegistrationProcess.load(registration, by)
        if registration.status != RegistrationStatus.DECLINED:
            raise InvalidTransitionError(_("This registration is not declined."))
        save_special_needs(registration, special_needs)
        changes = find_changes(registration, data)
        check_certified_name(process, changes)
        logged = describe_changes(registration, changes)
        assign(registration, changes)
        request_released_seats(process)
        process.transition(RegistrationStatus.SUBMITTED, Action.RESUBMITTED, changes=logged)
        emails.queue_registration_email("received", registration)


def check_certified_name(process: RegistrationProcess, changes: Mapping[str, Any]) -> None:
    """Raise InvalidTransitionError if an attendee gives the days of presence, which a certificate proves, to another.

    Organizers may change every name, and review changes in categories that need approval.
    """
    registration = process.registration
    name, category = changes.get("passport_name"), changes.get("category", registration.category)
    is_reviewed = category.needs_approval and not registration.is_closed
    if name is None or is_reviewed or process.by != registration.user:
        return
    if not names_agree(registration.passport_name, name) and attended_days(registration):
        raise InvalidTransitionError(
            _("You attended under the present name. To change more than its spelling, please write to the organizers.")
        )


def find_changes(registration: Registration, data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if getattr(registration, name) != value}


def describe_changes(registration: Registration, changes: Mapping[str, Any]) -> dict[str, list]:
    """Return {field: [before, after]} for the event, before the changes are assigned."""
    return {name: [to_json_value(getattr(registration, name)), to_json_value(changes[name])] for name in changes}


def assign(registration: Registration, changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        setattr(registration, name, value)


def check_open(process: RegistrationProcess) -> None:
    if process.registration.is_closed:
        raise InvalidTransitionError(_("This registration is closed. To change it, register again."))


def to_json_value(value: Any) -> Any:
    """Return a value that JSON can hold; model instances and countries as text."""
    if hasattr(value, "pk"):
        return str(value)
    return value if isinstance(value, list | bool | int) else str(value)


def apply_changes(process: RegistrationProcess, changes: Mapping[str, Any]) -> None:
    before = process.holdings_and_seats()
    assign(process.registration, changes)
    if "category" in changes:
        change_category(process, before)
    if changes.get("online_while_waitlisted") is False:
        release_interim_online_seats(process)
    assign_interim_online_seats(process)


def change_category(process: RegistrationProcess, before: tuple[Holdings, list]) -> None:
    """Count the registration in its new category. Raise InvalidTransitionError if that has no seat left."""
    holdings = process.holdings()
    if holdings.has_seat and process.locked_counts.for_category(holdings.category).is_full:
        raise InvalidTransitionError(_("No seats are left in this category. You keep your current seat."))
    process.locked_counts.apply_change(before, process.holdings_and_seats())


def record_edit(process: RegistrationProcess, names: Set[str], logged: Mapping[str, list]) -> None:
    registration, is_attendee = process.registration, process.by == process.registration.user
    changes_reviewed_field = bool(REVIEWED_FIELDS & names)
    if not registration.is_admitted:
        save_pending_changes(process, Action.EDITED, logged)
        if not registration.needs_approval:
            admit_locked(process, by=None)
    elif changes_reviewed_field and is_attendee and registration.category.needs_approval:
        process.transition(RegistrationStatus.SUBMITTED, Action.EDITED, changes=logged)
        emails.queue_registration_email("pending_again", registration)
    else:
        process.update_status_from_seats(Action.EDITED, changes=logged)
        if changes_reviewed_field or "online_while_waitlisted" in names:
            emails.queue_registration_email("changed", registration)


def save_pending_changes(process: RegistrationProcess, action: str, logged: Mapping[str, list]) -> None:
    """Save changes to a registration that is not admitted. Its attendee may hold confirmed seats from before."""
    changes_confirmed_seats = process.changes_confirmed_seats
    process.save_event(action, process.registration.status, changes=logged)
    if changes_confirmed_seats:
        emails.queue_registration_email("changed", process.registration)


def change_days(
    registration: Registration,
    days: Mapping[date, str | None],
    *,
    by: User | None,
    online_while_waitlisted: bool | None = None,
) -> None:
    """Change the mode of some days, given as {date: mode or None}. Other days stay as they are.

    A seat that is not free is waitlisted; the attendee keeps the present seat of that day as interim. None as
    online_while_waitlisted keeps the present choice. Raise InvalidTransitionError if the registration is closed or a
    day is over.
    """
    with seats_locked():
        process = RegistrationProcess.load(registration, by)
        check_open(process)
        process.counts = count_seats()
        logged = set_online_while_waitlisted(process, online_while_waitlisted)
        for day, mode in sorted(days.items()):
            change_day(process, day, mode)
        if not process.seat_changes and not logged:
            return
        if registration.is_admitted:
            allocate_seats(process)
            process.update_status_from_seats(Action.DAYS_CHANGED, changes=logged)
            emails.queue_registration_email("changed", registration)
        else:
            save_pending_changes(process, Action.DAYS_CHANGED, logged)
        make_offers(process.counts)


def set_online_while_waitlisted(process: RegistrationProcess, value: bool | None) -> dict[str, list[bool]]:
    """Return {field: [before, after]}, empty if nothing changes."""
    before = process.registration.online_while_waitlisted
    if value is None or value == before:
        return {}
    process.registration.online_while_waitlisted = value
    if not value:
        release_interim_online_seats(process)
    return {"online_while_waitlisted": [before, value]}


def change_day(process: RegistrationProcess, day: date, mode: str | None) -> None:
    active = [seat for seat in process.seats if seat.day == day and not seat.is_released]
    requested = next((seat for seat in active if not seat.is_interim), None)
    if (requested.mode if requested else None) == mode:
        return
    if is_day_over(day):
        raise InvalidTransitionError(_("Past days cannot be changed."))
    if mode is None:
        for seat in active:
            process.set_seat_status(seat, Seat.Status.RELEASED)
        return
    confirmed = next((seat for seat in active if seat.status == Seat.Status.CONFIRMED), None)
    if requested and requested is not confirmed:
        process.set_seat_status(requested, Seat.Status.RELEASED)
    if confirmed and confirmed.mode == mode:
        process.set_seat_status(confirmed, Seat.Status.CONFIRMED)
        return
    if confirmed:
        process.set_seat_status(confirmed, Seat.Status.CONFIRMED, is_interim=True)
    process.set_seat_status(process.get_or_create_seat(day, mode), Seat.Status.REQUESTED)
