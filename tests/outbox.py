"""The post in the tests: pages only write letters, and here is the worker that sends them."""

from django.core import mail

from conference.mail.sender import send_pending


def send_pending_emails():
    """Send what is due, and return all that was sent so far, the latest last."""
    send_pending()
    return mail.outbox
