"""Calendar events that were given to attendees."""

import datetime
import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from .registrations import Registration


class CalendarEntry(models.Model):
    """Calendar event of one day of a registration, as it was last given out in an e-mail or a file.

    It is kept after the day was given back, because the copies in calendars must then be cancelled.
    """

    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="calendar_entries")
    # Null for a day that the event no longer has after a move.
    day = models.DateField(_("day"), null=True)
    # Stays the same when the event moves to other days, so that calendars replace their copy.
    uid = models.UUIDField(default=uuid.uuid4, editable=False)
    # {"mode", "start", "end", "time_zone": text, "summary", "location": {language: text}}; start and end are ISO 8601.
    content = models.JSONField(default=dict)
    is_cancelled = models.BooleanField(default=False)
    # RFC 5545 3.8.7.4: calendars ignore an event whose sequence is lower than that of their copy.
    sequence = models.PositiveIntegerField(default=0)
    # The sequence in the last e-mail with this event; null if it was only downloaded.
    emailed_sequence = models.PositiveIntegerField(null=True)
    revised_at = models.DateTimeField()

    class Meta:
        ordering = ["day"]
        verbose_name = _("calendar event")
        verbose_name_plural = _("calendar events")
        default_permissions = []
        constraints = [
            models.UniqueConstraint(fields=["registration", "day"], name="one_calendar_entry_per_day"),
            models.CheckConstraint(
                condition=Q(emailed_sequence__isnull=True) | Q(emailed_sequence__lte=F("sequence")),
                name="emailed_sequence_is_a_past_one",
            ),
        ]

    def __str__(self):
        return f"{self.day} ({self.sequence})"

    @property
    def is_outdated_in_emails(self) -> bool:
        """True if e-mails have not told the attendee the present state of an event that they should know."""
        if self.emailed_sequence is None:
            return self.is_cancelled
        return self.emailed_sequence < self.sequence

    def revise(self, content: dict, *, is_cancelled: bool, at: datetime.datetime) -> bool:
        """Take over a new state, without saving it, and return whether it differs from the present one."""
        if not self._state.adding:
            if (content, is_cancelled) == (self.content, self.is_cancelled):
                return False
            self.sequence += 1
            at = max(at, self.revised_at)
        self.content, self.is_cancelled, self.revised_at = content, is_cancelled, at
        return True
