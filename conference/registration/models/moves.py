"""Moves of the whole event to other days."""

import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class EventMove(models.Model):
    """A move of the event: which days became which, in which release, and whether the attendees were told."""

    from_first_day = models.DateField(_("first day before"))
    from_last_day = models.DateField(_("last day before"))
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    # {old day: new day, or null for a day that was removed}, in ISO 8601.
    day_map = models.JSONField(default=dict)
    release_number = models.PositiveIntegerField(_("release"))
    moved_at = models.DateTimeField(_("moved at"), auto_now_add=True)
    moved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    notified_at = models.DateTimeField(_("e-mails sent at"), null=True, blank=True)
    notified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("sent by")
    )

    class Meta:
        ordering = ["-moved_at", "-pk"]
        verbose_name = _("move of the event")
        verbose_name_plural = _("moves of the event")
        default_permissions = ["add", "view"]

    def __str__(self):
        return f"{self.from_first_day} → {self.first_day}"

    def get_new_day(self, day: datetime.date) -> datetime.date | None:
        """Return what became of a day; None if it was removed. Days outside of the event moved with its first day."""
        if day.isoformat() in self.day_map:
            new_day = self.day_map[day.isoformat()]
            return new_day and datetime.date.fromisoformat(new_day)
        return day + (self.first_day - self.from_first_day)
