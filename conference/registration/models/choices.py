"""Choices of fields, and the groups of statuses that rules refer to."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Mode(models.TextChoices):
    """Mode of attendance on one day."""

    IN_PERSON = "in_person", _("In person")
    ONLINE = "online", _("Online")


class Gender(models.TextChoices):
    FEMALE = "female", _("Female")
    MALE = "male", _("Male")
    OTHER = "other", _("Another")


# Details that organizers see only as numbers in the statistics, never on a page or in a file about a person.
STATISTICS_ONLY_FIELDS = frozenset({"gender"})


class RegistrationStatus(models.TextChoices):
    """Status of a registration. The allowed transitions are in the module states."""

    SUBMITTED = "submitted", _("Submitted")
    APPROVED = "approved", _("Approved")
    WAITLISTED = "waitlisted", _("On the wait list")
    OFFERED = "offered", _("Offered")
    CONFIRMED = "confirmed", _("Confirmed")
    DECLINED = "declined", _("Declined")
    CANCELLED = "cancelled", _("Cancelled")


# Approved registrations have one of these statuses, according to their seats.
ADMITTED_STATUSES = frozenset(
    {
        RegistrationStatus.APPROVED,
        RegistrationStatus.WAITLISTED,
        RegistrationStatus.OFFERED,
        RegistrationStatus.CONFIRMED,
    }
)
# Closed registrations hold no seats and cannot be edited until they are submitted or reopened.
CLOSED_STATUSES = frozenset({RegistrationStatus.DECLINED, RegistrationStatus.CANCELLED})


class Verdict(models.TextChoices):
    """Answer to the question whether a person may enter. Only with ADMIT the person may."""

    ADMIT = "admit", _("Admitted")
    ALREADY_IN = "already_in", _("Already in")
    NOT_IN = "not_in", _("Not in")
    ROOM_FULL = "room_full", _("The room is full")
    WRONG_ENTRANCE = "wrong_entrance", _("Another entrance")
    NOT_TODAY = "not_today", _("Not today")
    OVER = "over", _("The day is over")
    ONLINE = "online", _("Online only")
    MOVED = "moved", _("The days have changed")
    OFFERED = "offered", _("Seat offered but not accepted")
    WAITLISTED = "waitlisted", _("Wait list")
    NO_DAYS = "no_days", _("No days")
    UNDER_REVIEW = "under_review", _("Under review")
    CANCELLED = "cancelled", _("Cancelled")
    REPLACED = "replaced", _("Replaced ticket")
    OTHER_EVENT = "other_event", _("Other event")
    UNKNOWN = "unknown", _("Unknown code")
