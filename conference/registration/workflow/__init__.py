"""Operations on registrations.

Each is one transaction that holds the seat lock while it allocates seats, records an event and queues the e-mail about
it. An operation that raises InvalidTransitionError has changed nothing. The argument `by` is the acting user, or None
for the site itself.
"""

from ..days import conference_today
from .changes import REVIEWED_FIELDS, change_days, edit_details, resubmit_declined
from .decisions import approve_registration, cancel_registration, decline_registration, reopen_registration
from .erasure import (
    clear_export_queries,
    erase_user,
    erase_users,
    find_registered_users,
    get_erase_date,
    is_retention_over,
)
from .event_move import MoveRequest, MoveResult, get_days_to_move, move_event, notify_attendees, preview_move
from .new_edition import (
    EditionRequest,
    EditionResult,
    describe_kept_registrations,
    get_days_of_past_edition,
    preview_edition,
    start_edition,
)
from .on_site import (
    AccountInUseError,
    AddressRegisteredError,
    CapacityError,
    OnSiteRequest,
    add_email,
    can_add_email,
    register_on_site,
)
from .process import seats_locked
from .submission import submit
from .waitlist import accept_offer, decline_offer, expire_offers, offer_available_seats

__all__ = [
    "REVIEWED_FIELDS",
    "AccountInUseError",
    "AddressRegisteredError",
    "CapacityError",
    "EditionRequest",
    "EditionResult",
    "MoveRequest",
    "MoveResult",
    "OnSiteRequest",
    "accept_offer",
    "add_email",
    "approve_registration",
    "can_add_email",
    "cancel_registration",
    "change_days",
    "clear_export_queries",
    "conference_today",
    "decline_offer",
    "decline_registration",
    "describe_kept_registrations",
    "edit_details",
    "erase_user",
    "erase_users",
    "expire_offers",
    "find_registered_users",
    "get_days_of_past_edition",
    "get_days_to_move",
    "get_erase_date",
    "is_retention_over",
    "move_event",
    "notify_attendees",
    "offer_available_seats",
    "preview_edition",
    "preview_move",
    "register_on_site",
    "reopen_registration",
    "resubmit_declined",
    "seats_locked",
    "start_edition",
    "submit",
]
