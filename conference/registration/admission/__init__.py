"""What can happen to a registration: each verb is one transaction, which holds the seats while it decides about them,
writes down who did what, and writes the letter that tells of it.

The verbs raise NotPossible, and then nothing has changed. by is the account of whoever acts; None is the site itself.
"""

from .asking import submit
from .case import holding_seats, today
from .changing import APPROVED_FACTS, choose_days, edit
from .deciding import approve, cancel, decline, reconsider
from .erasing import erase, erase_everybody
from .offers import accept, lapse_offers, offer_free_seats, refuse

__all__ = [
    "APPROVED_FACTS",
    "accept",
    "approve",
    "cancel",
    "choose_days",
    "decline",
    "edit",
    "erase",
    "erase_everybody",
    "holding_seats",
    "lapse_offers",
    "offer_free_seats",
    "reconsider",
    "refuse",
    "submit",
    "today",
]
