"""What can happen to a registration: each verb is one transaction, which holds the seats while it decides about them,
writes down who did what, and writes the letter that tells of it.

The verbs raise NotPossible, and then nothing has changed. by is the account of whoever acts; None is the site itself.
"""

from .changes import REVIEWED_FIELDS, change_days, edit_details
from .decisions import approve_registration, cancel_registration, decline_registration, reopen_registration
from .erasure import erase_user, erase_users
from .process import conference_today, seats_locked
from .submission import submit
from .waitlist import accept_offer, decline_offer, expire_offers, offer_available_seats

__all__ = [
    "REVIEWED_FIELDS",
    "accept_offer",
    "approve_registration",
    "cancel_registration",
    "change_days",
    "conference_today",
    "decline_offer",
    "decline_registration",
    "edit_details",
    "erase_user",
    "erase_users",
    "expire_offers",
    "offer_available_seats",
    "reopen_registration",
    "seats_locked",
    "submit",
]
