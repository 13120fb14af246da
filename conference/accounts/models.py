"""Invitations of organizers."""

import datetime
from typing import Self

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

INVITATION_LIFETIME = datetime.timedelta(days=7)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> Self:
        """Return invitations that are neither accepted nor revoked; they may have expired."""
        return self.filter(accepted_at__isnull=True, revoked_at__isnull=True)


class Invitation(models.Model):
    """Invitation of a person to the admin. Its link proves the e-mail address, works once and expires."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        EXPIRED = "expired", _("Expired")
        ACCEPTED = "accepted", _("Accepted")
        REVOKED = "revoked", _("Revoked")

    name = models.CharField(_("name"), max_length=150)
    # Canonical (conference.core.email_addresses).
    email = models.EmailField(_("e-mail address"), max_length=254)
    groups = models.ManyToManyField(
        Group, blank=True, verbose_name=_("groups"), help_text=_("What the person may do in the admin.")
    )
    is_superuser = models.BooleanField(
        _("administrator"), default=False, help_text=_("May do everything, including inviting others.")
    )
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="sent_invitations",
        verbose_name=_("invited by"),
    )
    # SHA-256 of the token in the link.
    token_hash = models.CharField(max_length=64, unique=True)
    sent_at = models.DateTimeField(_("sent at"), default=timezone.now)
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-sent_at", "pk"]
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        # The admin checks the permission to add users.
        default_permissions: list[str] = []
        constraints = [
            models.UniqueConstraint(
                fields=["email"],
                condition=models.Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="one_open_invitation_per_email",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"

    @property
    def expires_at(self) -> datetime.datetime:
        return self.sent_at + INVITATION_LIFETIME

    @property
    def status(self) -> Status:
        if self.accepted_at:
            return self.Status.ACCEPTED
        if self.revoked_at:
            return self.Status.REVOKED
        return self.Status.PENDING if timezone.now() < self.expires_at else self.Status.EXPIRED
