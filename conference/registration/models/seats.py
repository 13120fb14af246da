"""Seats: places requested or held by a registration, and the queries about them."""

import datetime
from collections.abc import Iterable
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..days import end_of_day, first_open_day, is_day_over
from .choices import ADMITTED_STATUSES, Mode
from .registrations import Registration

# An offer is shorter than the organizers set if less than twice that time is left, but not shorter than this.
MIN_OFFER_PERIOD = datetime.timedelta(hours=1)


class SeatQuerySet(models.QuerySet["Seat"]):
    def taken(self) -> Self:
        return self.filter(status__in=TAKEN_STATUSES)

    def confirmed(self) -> Self:
        return self.filter(status=Seat.Status.CONFIRMED)

    def confirmed_in_person(self) -> Self:
        return self.confirmed().filter(mode=Mode.IN_PERSON)

    def expected_in_person(self) -> Self:
        """Return the seats whose holders are admitted: seats are kept while changed details are under review."""
        return self.confirmed_in_person().filter(registration__status__in=ADMITTED_STATUSES)

    def offered(self) -> Self:
        return self.filter(status=Seat.Status.OFFERED)

    def with_expired_offer(self) -> Self:
        """Return the offered seats whose offer or day is over."""
        return self.offered().filter(Q(offered_until__lte=timezone.now()) | Q(day__lt=first_open_day()))

    def upcoming(self) -> Self:
        """Return the seats on days that are not over."""
        return self.filter(day__gte=first_open_day())

    def requested(self) -> Self:
        return self.filter(status=Seat.Status.REQUESTED)

    def waitlisted(self) -> Self:
        """Return the wait lists in queue order. Registrations that are not admitted do not queue."""
        queue = self.filter(status=Seat.Status.WAITLISTED, registration__status__in=ADMITTED_STATUSES)
        return queue.order_by("queued_since", "pk")

    def active(self) -> Self:
        """Return all but released seats."""
        return self.exclude(status=Seat.Status.RELEASED)


class Seat(models.Model):
    """Place of one registration on one day in one mode. Confirmed and offered seats count as taken."""

    class Status(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        WAITLISTED = "waitlisted", _("On the wait list")
        OFFERED = "offered", _("Offered")
        CONFIRMED = "confirmed", _("Confirmed")
        RELEASED = "released", _("Released")

    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="seats")
    day = models.DateField(_("day"))
    mode = models.CharField(_("mode"), max_length=10, choices=Mode.choices)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.REQUESTED)
    # Orders the wait list; ties are broken by the primary key.
    queued_since = models.DateTimeField(_("since"))
    offered_until = models.DateTimeField(_("offered until"), null=True, blank=True)
    # Held only until the seat that was requested for the same day becomes free.
    is_interim = models.BooleanField(default=False)
    expired_offers = models.PositiveSmallIntegerField(default=0)

    objects = SeatQuerySet.as_manager()

    class Meta:
        ordering = ["day", "mode"]
        verbose_name = _("seat")
        verbose_name_plural = _("seats")
        default_permissions = ["view"]
        constraints = [
            models.UniqueConstraint(fields=["registration", "day", "mode"], name="one_seat_per_day_and_mode"),
            models.UniqueConstraint(
                fields=["registration", "day"],
                condition=models.Q(status="confirmed"),
                name="one_confirmed_seat_per_day",
            ),
            models.CheckConstraint(
                condition=models.Q(status="offered", offered_until__isnull=False)
                | (~models.Q(status="offered") & models.Q(offered_until__isnull=True)),
                name="offered_seats_have_an_expiry",
            ),
        ]
        indexes = [models.Index(fields=["status", "day", "mode", "queued_since"], name="seats_in_queue_order")]

    def __str__(self):
        return f"{self.day} {self.get_mode_display()}: {self.get_status_display()}"

    @property
    def is_taken(self) -> bool:
        return self.status in TAKEN_STATUSES

    @property
    def is_released(self) -> bool:
        return self.status == self.Status.RELEASED

    @property
    def is_over(self) -> bool:
        """True if the day is over: the seat can no longer be confirmed, offered, accepted or given back."""
        return is_day_over(self.day)

    @property
    def offer_ends_at(self) -> datetime.datetime | None:
        """The end of the offer, which is at the end of the day at the latest; None if the seat is not offered."""
        return min(self.offered_until, end_of_day(self.day)) if self.offered_until else None

    @property
    def has_open_offer(self) -> bool:
        """True if the seat is offered and the offer can still be accepted."""
        return self.offer_ends_at is not None and self.offer_ends_at > timezone.now()

    def compute_offer_end(self, now: datetime.datetime, period: datetime.timedelta) -> datetime.datetime:
        """Return the end of an offer that is made now.

        It leaves at least half of the time until the end of the day, so that the next in line can be asked as well.
        """
        day_ends_at = end_of_day(self.day)
        return min(now + min(period, max((day_ends_at - now) / 2, MIN_OFFER_PERIOD)), day_ends_at)


def attends_in_person(seats: Iterable["Seat"]) -> bool:
    """Return whether one of these seats of a registration is a confirmed one in person."""
    return any(seat.mode == Mode.IN_PERSON and seat.status == Seat.Status.CONFIRMED for seat in seats)


TAKEN_STATUSES = frozenset({Seat.Status.CONFIRMED, Seat.Status.OFFERED})
