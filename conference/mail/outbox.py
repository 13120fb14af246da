"""The outbox: adding e-mails to the queue, claiming them for sending, and queueing them again."""

import time
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from .email_types import ACCOUNT_EMAIL_TYPE
from .models import QueuedEmail, QueuedEmailQuerySet

Status = QueuedEmail.Status
# An e-mail that a killed worker had claimed is sent after this time, while a sign-in code in it is still valid. A mail
# server that takes longer for one e-mail may receive it twice, with the same Message-ID.
CLAIM_TIMEOUT = timedelta(minutes=1)


def queue_account_email(
    to: str,
    subject: str,
    text: str,
    html: str = "",
    *,
    user: User | None,
    language: str,
    is_secret: bool,
    expires_at: datetime | None = None,
) -> QueuedEmail:
    """Queue an e-mail about an account. It is not sent after expires_at, an aware datetime.

    A secret e-mail contains a code or a link that gives access to the account: organizers cannot read it, and its text
    is deleted when it is sent.
    """
    return QueuedEmail.objects.create(
        user=user,
        email_type=ACCOUNT_EMAIL_TYPE,
        to=to,
        language=language,
        subject=" ".join(subject.split())[:250],
        text=text,
        html=html,
        is_secret=is_secret,
        expires_at=expires_at,
        message_id=generate_message_id(),
    )


def generate_message_id() -> str:
    """Return a new Message-ID (RFC 5322 section 3.6.4). It is stored, so that all attempts have the same one."""
    return f"<{uuid.uuid4()}@{settings.SITE_HOST}>"


def requeue(emails: QueuedEmailQuerySet) -> int:
    """Queue sent and failed e-mails again and return how many. Those whose text was deleted are left out."""
    with transaction.atomic():
        requeued = list(emails.resendable().select_for_update())
        for email in requeued:
            if email.status == Status.SENT:
                # A new Message-ID, for mail programs hide a message that they have already.
                email.message_id = generate_message_id()
            email.status, email.attempts, email.error = Status.QUEUED, 0, ""
            email.next_attempt_at = timezone.now()
            email.save(update_fields=["message_id", "status", "attempts", "error", "next_attempt_at"])
    return len(requeued)


def claim_email() -> QueuedEmail | None:
    """Mark a due e-mail as claimed by the caller and return it, or None.

    E-mails with fewer attempts come first, so that rejected ones do not delay sign-in codes.
    """
    while QueuedEmail.objects.due().exists():
        with transaction.atomic(durable=True):
            queue = QueuedEmail.objects.due().order_by("attempts", "-is_secret", "created_at", "pk")
            email = queue.select_for_update(skip_locked=True).first()
            if email:
                email.status, email.attempts = Status.SENDING, email.attempts + 1
                email.next_attempt_at = timezone.now() + CLAIM_TIMEOUT
                email.save(update_fields=["status", "attempts", "next_attempt_at"])
                return email
        # Other workers have locked all due e-mails.
        time.sleep(0.01)
    return None
