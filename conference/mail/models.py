import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from .email_types import email_type_label


class QueuedEmail(models.Model):
    """A letter to one person, written in the transaction of what it tells and sent by the worker."""

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
    # A calendar file that goes with it, or nothing.
    calendar = models.TextField(blank=True)
    # A code, or a link that opens an account: its text is not shown at the desk, and it may be good for a while only.
    is_secret = models.BooleanField(default=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    message_id = models.CharField(max_length=150)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.QUEUED)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.CharField(_("error"), max_length=500, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "pk"]
        verbose_name = _("e-mail")
        verbose_name_plural = _("e-mails")
        default_permissions = ["view"]
        permissions = [("resend", "Can send letters again")]
        indexes = [models.Index(fields=["status", "next_attempt_at"], name="emails_to_send")]

    def __str__(self):
        return self.subject


class EmailTemplate(models.Model):
    """How organizers word one kind of letter; what is empty is worded by the site itself."""

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
