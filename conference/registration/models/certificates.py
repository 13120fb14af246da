"""Certificates of attendance, and what organizers set for all of them."""

import datetime
from collections.abc import Iterable
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from ..certificates.codes import format_code, make_code
from .attendance import AttendedDay
from .choices import Mode
from .registrations import Registration


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def current(self) -> Self:
        """Return the certificates that were not replaced."""
        return self.filter(revoked_at=None)


class Certificate(models.Model):
    """What one certificate of attendance says. Rows are never changed: another name or other days make a new one.

    It is erased with the registration. Then its code cannot be verified any more.
    """

    code = models.CharField(_("code"), max_length=26, unique=True, default=make_code, editable=False)
    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="certificates")
    name = models.CharField(_("name"), max_length=150)
    # [[ISO date, mode], ...] in order.
    days = models.JSONField(_("days"), default=list)
    issued_at = models.DateTimeField(_("issued at"), auto_now_add=True)
    # When it was queued as an e-mail. Its owner may have downloaded it without that.
    sent_at = models.DateTimeField(_("sent at"), null=True)
    revoked_at = models.DateTimeField(_("replaced at"), null=True)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_at", "-pk"]
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        default_permissions = ["view"]
        permissions = [("send_certificates", "Can send certificates")]
        constraints = [
            models.UniqueConstraint(
                fields=["registration"],
                condition=models.Q(revoked_at__isnull=True),
                name="one_certificate_at_a_time",
            )
        ]

    def __str__(self):
        return format_code(self.code)

    @staticmethod
    def serialize_days(days: Iterable[AttendedDay]) -> list[list[str]]:
        return [[day.day.isoformat(), str(day.mode)] for day in days]

    @property
    def attended_days(self) -> list[AttendedDay]:
        return [AttendedDay(datetime.date.fromisoformat(day), Mode(mode)) for day, mode in self.days]

    def says(self, name: str, days: Iterable[AttendedDay]) -> bool:
        """Return whether it was issued for this name and these days."""
        return self.name == name and self.days == self.serialize_days(days)


class CertificateSettings(models.Model):
    """Who signs the certificates, in a single row with the primary key 1. Up to two people sign."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    signatory_name = models.CharField(
        _("name of the first signatory"),
        max_length=120,
        blank=True,
        help_text=_("Printed below a line for the signature. If empty, there is no line."),
    )
    signatory_title_en = models.CharField(_("title of the first signatory (English)"), max_length=200, blank=True)
    signatory_title_vi = models.CharField(_("title of the first signatory (Vietnamese)"), max_length=200, blank=True)
    second_name = models.CharField(_("name of the second signatory"), max_length=120, blank=True)
    second_title_en = models.CharField(_("title of the second signatory (English)"), max_length=200, blank=True)
    second_title_vi = models.CharField(_("title of the second signatory (Vietnamese)"), max_length=200, blank=True)
    updated_at = models.DateTimeField(auto_now=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("certificate settings")
        verbose_name_plural = _("certificate settings")
        default_permissions = ["view", "change"]
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_certificate_settings")]

    def __str__(self):
        return str(self._meta.verbose_name)

    @classmethod
    def load(cls) -> Self:
        """Return the row, or one with empty fields that is not saved."""
        return cls.objects.filter(pk=1).first() or cls()
