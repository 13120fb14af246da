"""The releases that the public reads."""

from typing import Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class ReleaseQuerySet(models.QuerySet["Release"]):
    """Releases, selected by number."""

    def current(self) -> "Release | None":
        """Return the release with the highest number."""
        return self.order_by("number").last()

    def current_number(self) -> int:
        """Return the highest number; 0 if nothing has been published."""
        return self.aggregate(number=models.Max("number"))["number"] or 0

    def without_content(self) -> Self:
        """Defer the large fields that only the programme itself and the list of changes need."""
        return self.defer("document", "changes")


class Release(models.Model):
    """One published, numbered version of the programme, which never changes."""

    number = models.PositiveIntegerField(_("number"), primary_key=True)
    published_at = models.DateTimeField(_("published at"))
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("published by"),
    )
    note_en = models.TextField(_("note (English)"), max_length=1000, blank=True)
    note_vi = models.TextField(_("note (Vietnamese)"), max_length=1000, blank=True)
    private_note = models.TextField(
        _("internal note"), max_length=1000, blank=True, help_text=_("Internal; never published.")
    )
    # Differences from the previous release: see sessions.releases.diff.
    changes = models.JSONField(_("changes"))
    # The whole public programme: see sessions.releases.document.
    document = models.JSONField(_("programme"))

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        get_latest_by = "number"
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        default_permissions = ["view"]
        permissions = [("publish", _("Can publish the programme"))]

    def __str__(self):
        return str(_("Release %(number)s") % {"number": self.number})

    def save(self, *args, **kwargs) -> None:
        """Insert the release. Raises TypeError for a release that is in the database already."""
        if not self._state.adding:
            raise TypeError("A release cannot be changed; publish a new one.")
        # Without force_insert Django would first try to update the release of the same number.
        super().save(*args, **kwargs | {"force_insert": True})

    def get_absolute_url(self) -> str:
        return reverse("programme:release", args=[self.number])
