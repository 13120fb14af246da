import time
import uuid
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from .email_types import ACCOUNT_EMAIL_TYPE
from .models import QueuedEmail

Status = QueuedEmail.Status


def queue_account_email(to, subject, text, html="", *, user, language, is_secret, expires_at=None):
    """A letter about an account alone. A secret one holds a code or a link that opens the account: its text is not
    shown at the desk and is wiped once it is sent. After expires_at, an instant, it is not sent any more."""
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


def generate_message_id():
    """As of RFC 5322 3.6.4; kept with a letter, so that it is the same however often it is tried."""
    return f"<{uuid.uuid4()}@{settings.SITE_HOST}>"


# What a killed sender had claimed waits no longer than this, and a sign-in code is still valid then. A mail server that
# takes longer over one e-mail may receive it twice, with the same Message-ID.
CLAIM_TIMEOUT = timedelta(minutes=1)


# A worker that runs sends within seconds.
OVERDUE_AFTER = timedelta(minutes=10)


def count_overdue():
    """How many letters should have gone out ten minutes ago: is there a worker, and a mail server?"""
    since = timezone.now() - OVERDUE_AFTER
    # Those that are sent again are older than that from the start.
    long_due = Q(attempts__gt=0) | Q(next_attempt_at__isnull=True) | Q(next_attempt_at__lte=since)
    unsent = QueuedEmail.objects.filter(status__in=(Status.QUEUED, Status.SENDING), created_at__lte=since)
    return unsent.filter(long_due).count()


def requeue(letters):
    """Put letters of this queryset that were sent or given up back into the queue, and return how many. What was sent
    once goes out as another letter; what was secret is wiped and cannot be sent."""
    done = letters.filter(status__in=(Status.SENT, Status.FAILED)).exclude(text="")
    with transaction.atomic():
        found = list(done.select_for_update())
        for letter in found:
            if letter.status == Status.SENT:
                letter.message_id = generate_message_id()
            letter.status, letter.attempts, letter.error = Status.QUEUED, 0, ""
            letter.next_attempt_at = timezone.now()
            letter.save(update_fields=["message_id", "status", "attempts", "error", "next_attempt_at"])
    return len(found)


def claim_email():
    """A letter that is due and from now on is this caller's alone, or None. What was never tried comes first, so
    that a code is not held up by what the mail server refuses."""
    while due_emails().exists():
        with transaction.atomic(durable=True):
            due = due_emails().order_by("attempts", "-is_secret", "created_at", "pk")
            letter = due.select_for_update(skip_locked=True).first()
            if letter:
                letter.status, letter.attempts = Status.SENDING, letter.attempts + 1
                letter.next_attempt_at = timezone.now() + CLAIM_TIMEOUT
                letter.save(update_fields=["status", "attempts", "next_attempt_at"])
                return letter
        # Others are claiming all that is due.
        time.sleep(0.01)
    return None


def due_emails():
    now = timezone.now()
    still_good = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    waiting = Q(status=Status.QUEUED, next_attempt_at__isnull=True) | Q(status=Status.QUEUED, next_attempt_at__lte=now)
    return QueuedEmail.objects.filter(still_good, waiting | Q(status=Status.SENDING, next_attempt_at__lte=now))
