"""E-mails about registrations."""

from .messages import preview_declined, queue_registration_email

__all__ = ["preview_declined", "queue_registration_email"]
