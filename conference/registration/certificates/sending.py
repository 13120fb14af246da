"""Sending of certificates after the event, to each person once."""

import time
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from conference.accounts.email_ownership import delivery_email_query

from .. import emails
from ..days import is_day_over
from ..formatting import conference_days
from ..models import AttendedDay, Certificate, Registration, RegistrationStatus, attended_days_of_all
from ..states import InvalidTransitionError
from .issuance import get_or_issue_certificate

# One request sends for this time at most. The next one continues.
SECONDS_PER_REQUEST = 10


@dataclass
class CertificateQueue:
    """All people who were present, as keys of registrations in the order of names.

    due gets an e-mail, unreachable has no proved e-mail address, under_review changed details that the organizers have
    not approved, and sent has got the certificate that says what the records say.
    """

    due: list[UUID] = field(default_factory=list)
    sent: list[UUID] = field(default_factory=list)
    unreachable: list[UUID] = field(default_factory=list)
    under_review: list[UUID] = field(default_factory=list)

    @property
    def total(self) -> int:
        return len(self.due) + len(self.sent)


def is_event_over() -> bool:
    days = conference_days()
    return bool(days) and is_day_over(days[-1])


def load_queue() -> CertificateQueue:
    """Return who is due. The number of queries does not depend on the number of people."""
    attendance, queue = attended_days_of_all(), CertificateQueue()
    certificates = {
        certificate.registration_id: certificate
        for certificate in Certificate.objects.current().exclude(sent_at=None).order_by()
    }
    people = Registration.objects.annotate(proved_email=delivery_email_query("user")).order_by("passport_name", "pk")
    for key, name, status, email in people.values_list("pk", "passport_name", "status", "proved_email"):
        if key in attendance:
            is_sent = was_sent(certificates.get(key), name, attendance[key])
            select_list(queue, status, email, is_sent=is_sent).append(key)
    return queue


def was_sent(certificate: Certificate | None, name: str, days: list[AttendedDay]) -> bool:
    return certificate is not None and certificate.says(name, days)


def select_list(queue: CertificateQueue, status: str, email: str | None, *, is_sent: bool) -> list[UUID]:
    """Return the list of the queue to which a person belongs."""
    if is_sent:
        return queue.sent
    if status == RegistrationStatus.SUBMITTED:
        return queue.under_review
    return queue.due if email else queue.unreachable


def send_due_certificates(seconds: float = SECONDS_PER_REQUEST) -> int:
    """Queue the e-mails that are due until the time is over; return how many.

    Each person is one transaction, so that an interrupted run can be continued.
    """
    ends_at, number = time.monotonic() + seconds, 0
    for key in load_queue().due:
        number += send_certificate(key)
        if time.monotonic() > ends_at:
            break
    return number


@transaction.atomic
def send_certificate(key: UUID) -> bool:
    """Queue the e-mail with the certificate of one person, once. Return whether it was queued now."""
    registration = Registration.objects.select_related("user", "category").filter(pk=key).first()
    if registration is None:
        return False
    try:
        # Locks the registration until the end of the transaction.
        issued = get_or_issue_certificate(registration)
    except InvalidTransitionError:
        return False
    certificate = Certificate.objects.get(pk=issued.pk)
    if certificate.sent_at or not emails.queue_registration_email("certificate", registration):
        return False
    certificate.sent_at = timezone.now()
    certificate.save(update_fields=["sent_at"])
    return True


def issue_for_printing(keys: list[UUID]) -> list[Certificate]:
    """Return the certificates of people without a proved e-mail address, in the given order."""
    registrations = Registration.objects.in_bulk(keys)
    certificates = []
    for key in keys:
        try:
            certificates.append(get_or_issue_certificate(registrations[key]))
        except (InvalidTransitionError, KeyError):
            continue
    return certificates
