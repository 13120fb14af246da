"""The post in the tests: pages only write letters, and here is the worker that sends them."""

from django.core import mail

from conference.registration.posting import send_due


def post():
    """Send what is due, and return all that was sent so far, the latest last."""
    send_due()
    return mail.outbox
