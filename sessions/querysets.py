"""QuerySets of the models of the programme."""

import datetime
from typing import Self

from django.db import models

# Sessions of the same time are in the order of their rooms; the primary key decides between equal titles.
SESSION_ORDER = ("starts_at", models.F("room__order").asc(nulls_last=True), "title_en", "pk")


class SessionQuerySet(models.QuerySet):
    """Sessions of the draft, selected by status, kind, time and speakers."""

    def public(self) -> Self:
        """Return the sessions that publishing the draft would show."""
        return self.exclude(status=self.model.Status.DRAFT)

    def active(self) -> Self:
        """Return the sessions that are not cancelled."""
        return self.exclude(status=self.model.Status.CANCELLED)

    def attended(self) -> Self:
        """Return the sessions that people attend: no breaks, no exhibitions."""
        return self.filter(kind__in=self.model.ATTENDED_KINDS)

    def starting_on(self, day: datetime.date, zone: datetime.tzinfo) -> Self:
        """Return the sessions that start on this day of the time zone."""
        midnight = datetime.datetime.combine(day, datetime.time(), zone)
        return self.filter(starts_at__gte=midnight, starts_at__lt=midnight + datetime.timedelta(days=1))

    def upcoming(self, now: datetime.datetime) -> Self:
        """Return the sessions that start at this instant or later."""
        return self.filter(starts_at__gte=now)

    def with_unconfirmed_speakers(self) -> Self:
        """Return the active sessions with an unconfirmed named speaker, each once."""
        unconfirmed = {"participations__speaker__isnull": False, "participations__confirmed": False}
        return self.active().filter(**unconfirmed).distinct()
