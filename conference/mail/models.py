"""The queue of outgoing e-mails, and the organizers' e-mail templates."""

import uuid
from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from .email_types import email_type_label

# The worker sends a due e-mail within seconds.
OVERDUE_AFTER = timedelta(minutes=10)


class QueuedEmailQuerySet(models.QuerySet["QueuedEmail"]):
    def due(self) -> Self:
        """Return queued e-mails whose time has come, and claimed ones whose claim has expired."""
        now = timezone.now()
        is_valid = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
        is_first_attempt = Q(status=QueuedEmail.Status.QUEUED, next_attempt_at__isnull=True)
        is_time = Q(status__in=UNSENT_STATUSES, next_attempt_at__lte=now)
        return self.filter(is_valid, is_first_attempt | is_time)

    def overdue(self) -> Self:
        """Return e-mails that should have been sent long ago: the worker or the mail server does not work."""
        since = timezone.now() - OVERDUE_AFTER
        # A requeued e-mail is old, but due only since its next_attempt_at.
        is_long_due = Q(attempts__gt=0) | Q(next_attempt_at__isnull=True) | Q(next_attempt_at__lte=since)
        return self.filter(is_long_due, status__in=UNSENT_STATUSES, created_at__lte=since)

    def resendable(self) -> Self:
        """Return sent and failed e-mails whose text was not deleted."""
        return self.filter(status__in=(QueuedEmail.Status.SENT, QueuedEmail.Status.FAILED)).exclude(text="")


class QueuedEmail(models.Model):
    """E-mail to one person, written in the transaction of the event that it reports and sent by the worker."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        SENDING = "sending", _("Sending")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="queued_emails"
    )
    email_type = models.CharField(_("kind"), max_length=30)
    to = models.EmailField(_("recipient"))
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES)
    subject = models.CharField(_("subject"), max_length=250)
    text = models.TextField(_("text"))
    html = models.TextField(blank=True)
    # Attached iCalendar files, one after the other.
    calendar = models.TextField(blank=True)
    # Contains a code or a link that gives access to an account: organizers cannot read it, and it is deleted when sent.
    is_secret = models.BooleanField(default=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    message_id = models.CharField(max_length=150)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.QUEUED)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.CharField(_("error"), max_length=500, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    objects = QueuedEmailQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "pk"]
        verbose_name = _("e-mail")
        verbose_name_plural = _("e-mails")
        default_permissions = ["view"]
        permissions = [("resend", "Can send e-mails again")]
        indexes = [models.Index(fields=["status", "next_attempt_at"], name="emails_to_send")]

    def __str__(self):
        return self.subject


UNSENT_STATUSES = (QueuedEmail.Status.QUEUED, QueuedEmail.Status.SENDING)


class EmailTemplate(models.Model):
    """Organizers' wording of one type of e-mail. Empty fields mean the default wording."""

    # The default wording is used for a language without a text.
    optional_translations = frozenset({"subject", "body"})

    email_type = models.CharField(_("kind"), max_length=30, unique=True)
    subject_en = models.CharField(_("subject (English)"), max_length=150, blank=True)
    subject_vi = models.CharField(_("subject (Vietnamese)"), max_length=150, blank=True)
    body_en = models.TextField(_("text (English)"), max_length=10_000, blank=True)
    body_vi = models.TextField(_("text (Vietnamese)"), max_length=10_000, blank=True)
    updated_at = models.DateTimeField(auto_now=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["email_type"]
        verbose_name = _("e-mail template")
        verbose_name_plural = _("e-mail templates")
        default_permissions = ["view", "change"]

    def __str__(self):
        return str(email_type_label(self.email_type))
