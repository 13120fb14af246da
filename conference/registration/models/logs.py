"""Logs of access to personal data, and what remains of erased registrations."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from sessions.models import Edition

from .choices import Gender, RegistrationStatus
from .registrations import SpecialNeeds
from .settings import Category


class NeedsAccessLog(models.Model):
    """Record of one access to the special needs of one person."""

    special_needs = models.ForeignKey(SpecialNeeds, on_delete=models.CASCADE, related_name="access_logs")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, verbose_name=_("by"))
    at = models.DateTimeField(_("time"), auto_now_add=True)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("access to special needs")
        verbose_name_plural = _("access log (special needs)")
        default_permissions = ["view"]

    def __str__(self):
        return f"{self.by} {self.at}"


class ExportLog(models.Model):
    """Record of one exported table of registrations."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, verbose_name=_("by"))
    at = models.DateTimeField(_("time"), auto_now_add=True)
    # The query string of the filtered list.
    query = models.CharField(_("filter"), max_length=1000, blank=True)
    format = models.CharField(_("format"), max_length=5)
    rows = models.PositiveIntegerField(_("rows"))
    with_needs = models.BooleanField(_("with special needs"), default=False)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        default_permissions = ["view"]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M} {self.by}"


class ErasedRegistration(models.Model):
    """Anonymous remainder of an erased registration, for the statistics."""

    submitted_on = models.DateField()
    category = models.ForeignKey(Category, on_delete=models.PROTECT)
    region = models.CharField(max_length=20)
    gender = models.CharField(max_length=10, choices=Gender.choices, blank=True)
    status = models.CharField(max_length=10, choices=RegistrationStatus.choices)
    # [[day, mode], ...] of the confirmed seats.
    seats = models.JSONField(default=list)
    # The days on which the person entered the venue, in ISO 8601.
    attended_days = models.JSONField(default=list)
    erased_on = models.DateField(auto_now_add=True)
    # The past edition that it was for; null for the present one.
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, null=True, blank=True)

    class Meta:
        verbose_name = _("erased registration")
        verbose_name_plural = _("erased registrations")
        default_permissions = ["view"]

    def __str__(self):
        return f"{self.submitted_on} {self.category}"
