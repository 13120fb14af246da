"""E-mails about registrations."""

from .messages import preview_declined, queue_registration_email
from .types import UNPROVED_ADDRESS_EMAIL

__all__ = ["UNPROVED_ADDRESS_EMAIL", "preview_declined", "queue_registration_email"]
