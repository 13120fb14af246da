"""Presence: on which days a person was there, in person by check-ins, online by the join page."""

import datetime
from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..days import is_conference_day
from .check_in import CheckIn
from .choices import Mode, Verdict
from .registrations import Registration


class OnlineAttendance(models.Model):
    """Online presence of a person on one day: the times at which the first and the last stream were opened.

    Which session was watched is not recorded. The day is a fact: it does not change when the event moves.
    """

    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="online_attendances")
    day = models.DateField(_("day"))
    first_at = models.DateTimeField(_("first time"))
    last_at = models.DateTimeField(_("last time"))

    class Meta:
        ordering = ["day"]
        verbose_name = _("online attendance")
        verbose_name_plural = _("online attendances")
        default_permissions = []
        constraints = [
            models.UniqueConstraint(fields=["registration", "day"], name="one_online_attendance_per_day"),
        ]

    def __str__(self):
        return f"{self.registration} {self.day}"


@dataclass(frozen=True, order=True)
class AttendedDay:
    """Day of the conference on which a person was present, and how."""

    day: datetime.date
    mode: Mode


def attended_days(registration: Registration) -> list[AttendedDay]:
    """Return the days on which a person was present, in order. A day in both modes counts as in person."""
    return collect_days(
        registration.check_ins.entries().values_list("registration", "day", "verdict"),
        registration.online_attendances.values_list("registration", "day"),
    ).get(registration.pk, [])


def attended_days_of_all() -> dict[UUID, list[AttendedDay]]:
    """Return attended_days() of all people who were present, in two queries, by the key of the registration."""
    return collect_days(
        CheckIn.objects.entries().order_by().values_list("registration", "day", "verdict").distinct(),
        OnlineAttendance.objects.order_by().values_list("registration", "day"),
    )


def collect_days(check_ins: models.QuerySet, online: models.QuerySet) -> dict[UUID, list[AttendedDay]]:
    modes: dict[UUID, dict[datetime.date, Mode]] = defaultdict(dict)
    for key, day in online:
        modes[key][day] = Mode.ONLINE
    for key, day, verdict in check_ins:
        # Entries against the rules count on days of the conference only: others are tests of the devices.
        if verdict == Verdict.ADMIT or is_conference_day(day):
            modes[key][day] = Mode.IN_PERSON
    return {key: sorted(AttendedDay(*item) for item in days.items()) for key, days in modes.items()}
