"""The ticket as a PDF that is attached to e-mails."""

from functools import partial

from django.utils import timezone

from conference.mail.attachments import Attachment
from conference.mail.models import QueuedEmail
from conference.site_data import get_conference_info

from ..models import Registration
from . import issuance

# E-mails about a confirmed registration, and about what makes a ticket void.
EMAIL_TYPES_WITH_TICKET = ("confirmed", "changed", "moved", "ticket_replaced")


def get_ticket_attachment(email: QueuedEmail) -> Attachment | None:
    """Return the present ticket of the recipient, or None if it admits on no day in person."""
    registrations = Registration.objects.select_related("category").prefetch_related("seats")
    registration = registrations.filter(user=email.user_id).first()
    if not issuance.is_confirmed(registration) or not registration.check_admission().days:
        return None
    return Attachment("ticket.pdf", "application/pdf", partial(render_present_ticket, registration))


def render_present_ticket(registration: Registration) -> bytes:
    # Imported here because the PDF libraries take 40 MB of memory and a third of a second.
    from .pdf import render_ticket_pdf

    with timezone.override(get_conference_info().time_zone):
        return render_ticket_pdf(registration, issuance.get_or_issue_ticket(registration))
