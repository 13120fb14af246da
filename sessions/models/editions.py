"""Past editions of the conference."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .releases import Release


class Edition(models.Model):
    """A past edition: its name, its days and its last release, recorded when the next edition was started."""

    optional_translations = frozenset({"name"})

    name_en = models.CharField(_("name (English)"), max_length=200)
    name_vi = models.CharField(_("name (Vietnamese)"), max_length=200, blank=True)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    release = models.OneToOneField(
        Release, on_delete=models.PROTECT, related_name="edition", verbose_name=_("last release")
    )
    started_at = models.DateTimeField(_("next edition started at"), auto_now_add=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )

    class Meta:
        ordering = ["-release_id"]
        verbose_name = _("past edition")
        verbose_name_plural = _("past editions")
        default_permissions = ["view"]

    def __str__(self):
        return self.name_en
