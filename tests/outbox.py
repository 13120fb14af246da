"""The e-mail worker in the tests."""

from django.core import mail

from conference.mail.sender import send_pending


def send_pending_emails():
    """Send the due e-mails and return all that were sent so far, the latest last."""
    send_pending()
    return mail.outbox
