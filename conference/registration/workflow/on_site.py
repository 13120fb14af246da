"""Registration of people by organizers: walk-ins at the venue, and others on their behalf, with or without an e-mail.

The address that an organizer enters is not proved. The account of the registration claims it: no e-mail with
personal data goes to it, until a sign-in with a code proves it and opens the account with the registration. An account
that exists for the address, proved or not yet used, gets the registration if it has none. One that is in use could be
of another person, if the address is mistyped. So the organizer must confirm that it is the person's own.
"""

import datetime
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _

from conference.accounts.email_ownership import (
    claim_address,
    create_account,
    create_account_without_email,
    delivery_email,
    find_account,
    find_owner,
    users_by_email_field,
)
from conference.core.email_addresses import canonical_email
from conference.core.i18n.text import LocalizedText

from .. import emails
from ..capacity import SeatCounts, count_seats
from ..days import is_day_over
from ..formatting import format_day_and_mode
from ..models import Mode, Registration, RegistrationEvent, RegistrationStatus, Seat
from ..states import InvalidTransitionError
from .process import RegistrationProcess, category_must_exist, seats_locked
from .waitlist import serve_waitlist_first

Action = RegistrationEvent.Action


@dataclass(frozen=True)
class OnSiteRequest:
    """Registration that an organizer enters.

    id is made by the form, so that a form which is sent twice makes one registration. data has values of
    Registration's fields. override_reason allows seats over capacity. is_own_account confirms that an account in use
    with the address is that of the person.
    """

    id: uuid.UUID
    data: Mapping[str, Any]
    days: Mapping[datetime.date, Mode | None]
    email: str = ""
    override_reason: str = ""
    is_own_account: bool = False


class CapacityError(InvalidTransitionError):
    """Limits have no place left. limits has their names in the active language."""

    def __init__(self, limits: Iterable[str]) -> None:
        self.limits = list(limits)
        super().__init__(_("Full: %(limits)s.") % {"limits": "; ".join(self.limits)})


class AddressRegisteredError(InvalidTransitionError):
    """Another registration has the address."""

    def __init__(self, registration: Registration) -> None:
        self.registration = registration
        super().__init__(_("Another registration has this e-mail address."))


class AccountInUseError(InvalidTransitionError):
    """The address is that of an account in use, which the organizer has not confirmed to be the person's own."""

    def __init__(self, account: User) -> None:
        self.account = account
        super().__init__(_("An account with this address is in use. Confirm that it is the person’s own."))


def register_on_site(request: OnSiteRequest, *, by: User) -> tuple[Registration, bool]:
    """Register a person with confirmed seats and a ticket.

    Return the registration and whether it was created now.

    Raise CapacityError if a limit has no place left and there is no reason for an override, AddressRegisteredError for
    an address of another registration, AccountInUseError for that of an account which is not confirmed, and
    InvalidTransitionError if a day is over or the account is closed.
    """
    with category_must_exist(request.data), seats_locked():
        if existing := Registration.objects.select_related("user", "category").filter(pk=request.id).first():
            return existing, False
        if any(mode and is_day_over(day) for day, mode in request.days.items()):
            raise InvalidTransitionError(_("A day that you chose is over. Choose other days."))
        process = start_process(request, open_account_for(request), by)
        full = assign_seats(process, request)
        if full and not request.override_reason:
            raise CapacityError(full)
        process.transition_unsaved(RegistrationStatus.APPROVED, Action.APPROVED)
        if full:
            process.update_status_from_seats(Action.SEATED_OVER_CAPACITY, internal_note=request.override_reason)
        else:
            process.update_status_from_seats(Action.SEATS_ASSIGNED)
        process.registration.tickets.create()
        notify(process.registration, process.seats)
        return process.registration, True


def start_process(request: OnSiteRequest, user: User, by: User) -> RegistrationProcess:
    now = timezone.now()
    registration = Registration(
        id=request.id,
        user=user,
        submitted_at=now,
        consented_at=now,
        status_changed_at=now,
        status_changed_by=by,
        is_registered_by_organizer=True,
        **{"online_while_waitlisted": False} | dict(request.data),
    )
    process = RegistrationProcess(registration, by, now, [], count_seats())
    process.add_event(Action.REGISTERED_BY_ORGANIZER, "")
    return process


def assign_seats(process: RegistrationProcess, request: OnSiteRequest) -> list[str]:
    """Confirm a seat for each day, whether or not there is a place, and return the names of the full limits.

    The wait list comes first, as for all new requests.
    """
    full: dict[str, None] = {}
    for day, mode in request.days.items():
        if mode:
            seat = process.get_or_create_seat(day, mode)
            serve_waitlist_first(process, seat)
            full |= dict.fromkeys(name_full_limits(process, process.locked_counts, seat))
            process.confirm_seat(seat)
    return list(full)


def name_full_limits(process: RegistrationProcess, counts: SeatCounts, seat: Seat) -> list[str]:
    """Return the names of the limits that have no place for one more seat of the registration."""
    holdings, category = process.holdings(), process.registration.category
    limits = [
        (counts.for_day(seat.day, seat.mode).is_full, format_day_and_mode(seat.day, seat.mode)),
        (
            not holdings.has_seat and counts.for_category(category.pk).is_full,
            _("category “%(name)s”") % {"name": LocalizedText.of(category, "name")},
        ),
        (
            seat.mode == Mode.IN_PERSON and not holdings.has_in_person_seat and counts.in_person.is_full,
            _("total on-site capacity"),
        ),
    ]
    return [name for is_full, name in limits if is_full]


# Accounts and addresses


def open_account_for(request: OnSiteRequest) -> User:
    """Return the account for a new registration with its address, which may be empty."""
    address = request.email
    if not address:
        return create_account_without_email()
    check_address(address)
    return find_confirmed_account(address, request.is_own_account) or create_account_for(address)


def create_account_for(address: str) -> User:
    if account := create_account(canonical_email(address)):
        return account
    raise InvalidTransitionError(_("The account with this address is closed. Enter another address, or none."))


def check_address(address: str, besides: Registration | None = None) -> None:
    """Raise an error if an address is that of a registration, proved or claimed, or of a closed account."""
    owner = find_owner(address)
    if owner and not owner.is_active:
        raise InvalidTransitionError(_("The account with this address is closed. Enter another address, or none."))
    claims = users_by_email_field(address).filter(registration__is_registered_by_organizer=True)
    users = [owner] if owner else [user for user in claims if not delivery_email(user)]
    for registration in Registration.objects.filter(user__in=users):
        if registration != besides:
            raise AddressRegisteredError(registration)


def find_confirmed_account(address: str, is_own_account: bool) -> User | None:
    """Return the account that gets a registration with this address. Raise AccountInUseError unless it is confirmed.

    An account that a registration has created, and whose address was never proved, needs no confirmation.
    """
    account = find_account(address)
    if account and not is_own_account and (account.is_staff or delivery_email(account)):
        raise AccountInUseError(account)
    return account


def can_add_email(registration: Registration) -> bool:
    """Return whether an organizer may set the address: the registration's account has no proved one."""
    return registration.is_registered_by_organizer and not registration.email and not registration.user.last_login


def add_email(registration: Registration, address: str, *, by: User, is_own_account: bool = False) -> None:
    """Set the address of a registration that an organizer made. It is unproved, as in register_on_site().

    Raise InvalidTransitionError if the account has a proved address by now, or another one has this address, and
    AccountInUseError as register_on_site().
    """
    with seats_locked():
        process = RegistrationProcess.load(registration, by)
        if not can_add_email(registration):
            raise InvalidTransitionError(_("This address was confirmed. Only the person can change it."))
        check_address(address, besides=registration)
        former, account = registration.user, find_confirmed_account(address, is_own_account)
        if account is None and former.is_staff:
            # An operator must not give the account of an invited organizer, and its permissions, another address.
            account = create_account_for(address)
        if account is None or account == former:
            claim_address(former, address)
        else:
            registration.user = account
        process.save_event(Action.EMAIL_ADDED, registration.status)
        if registration.user != former and not former.is_staff:
            former.delete()
        notify(registration, process.seats)


def notify(registration: Registration, seats: list[Seat]) -> None:
    """Send the confirmation to a proved address, or to an unproved one that it can be used to sign in."""
    if registration.email:
        emails.queue_registration_email("confirmed", registration, seats=seats)
    elif registration.unproved_email:
        emails.queue_registration_email(emails.UNPROVED_ADDRESS_EMAIL, registration)
