"""Check-in: entrances, devices without an account, and the record of who entered and left."""

import datetime
import uuid
from typing import Self

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Count, F, Min, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from conference.core.i18n.text import LocalizedText
from conference.core.ordering import OrderField
from sessions.models import Session

from .choices import Verdict
from .registrations import Registration, Ticket
from .settings import Category


class Entrance(models.Model):
    """Entrance of the venue, or of a room in which the people at one session are counted.

    Entrances of the venue share one count of who is inside on a day, and those of a session share another one.
    """

    name_en = models.CharField(_("name (English)"), max_length=60, unique=True)
    name_vi = models.CharField(_("name (Vietnamese)"), max_length=60, blank=True)
    session = models.ForeignKey(
        Session,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="entrances",
        verbose_name=_("session"),
        help_text=_("For a side room: the session whose participants are counted. Empty for an entrance of the venue."),
    )
    capacity = models.PositiveIntegerField(
        _("capacity"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("For a side room: the number of people who may be inside. If empty, there is no limit."),
    )
    categories = models.ManyToManyField(
        Category,
        blank=True,
        verbose_name=_("categories"),
        help_text=_("Only these categories may use this entrance. If none is selected, all may."),
    )
    is_open = models.BooleanField(_("in use"), default=True)
    order = OrderField(_("order"), help_text=_("Lowest number first. If empty, last."))

    class Meta:
        ordering = ["order", "name_en"]
        verbose_name = _("entrance")
        verbose_name_plural = _("entrances")

    def __str__(self):
        return str(LocalizedText.of(self, "name"))

    @cached_property
    def open_entrances_of_place(self) -> list["Entrance"]:
        """Entrances in use to the same place, with their categories. Cached for the answers to many people."""
        entrances = Entrance.objects.filter(is_open=True, session=self.session_id)
        return list(entrances.prefetch_related("categories"))

    @cached_property
    def place_capacity(self) -> int | None:
        """Capacity of the place: the lowest one of its entrances; None without a limit."""
        return Entrance.objects.filter(session=self.session_id).aggregate(lowest=Min("capacity"))["lowest"]

    def admits_category(self, category_id: int) -> bool:
        categories = {category.pk for category in self.categories.all()}
        return not categories or category_id in categories


class CheckInDeviceQuerySet(models.QuerySet["CheckInDevice"]):
    def active(self) -> Self:
        return self.filter(revoked_at=None)


class CheckInDevice(models.Model):
    """A shared phone or tablet at an entrance. Its link lets it check people in without an account.

    Only a hash of the link's secret is stored.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=60, help_text=_("For example “Tablet 2, Gate A”."))
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    entrance = models.ForeignKey(
        Entrance,
        on_delete=models.CASCADE,
        related_name="devices",
        verbose_name=_("entrance"),
        help_text=_("The device checks people in at this entrance only."),
    )
    # ISO dates of the conference; empty for all days.
    days = models.JSONField(_("days"), default=list, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("created by")
    )
    last_seen_at = models.DateTimeField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, editable=False)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("revoked by"),
    )

    objects = CheckInDeviceQuerySet.as_manager()

    class Meta:
        ordering = ["name", "created_at"]
        verbose_name = _("check-in device")
        verbose_name_plural = _("check-in devices")
        default_permissions = ["add", "change", "view"]

    def __str__(self):
        return self.name

    def allows_day(self, day: datetime.date) -> bool:
        return not self.days or day.isoformat() in self.days


# The people at a place are its entries minus its exits, because those of one person alternate.
ENTRIES = Count("pk", filter=Q(direction="in"))
EXITS = Count("pk", filter=Q(direction="out"))


class CheckInQuerySet(models.QuerySet["CheckIn"]):
    def effective(self) -> Self:
        """Return the check-ins that count: neither undone nor repeated."""
        return self.filter(undone_at=None, is_repeated=False)

    def entries(self) -> Self:
        """Return the entries that count. They prove that a person was present."""
        return self.effective().filter(direction=CheckIn.Direction.IN)

    def of_place(self, day: datetime.date, entrance: Entrance) -> Self:
        """Return the check-ins of a day at the venue, or at the session whose entrance this is."""
        return self.filter(day=day, entrance__session=entrance.session_id)

    def count_inside(self) -> int:
        """Return how many people are inside, given the check-ins of one place on one day that count."""
        return self.aggregate(inside=ENTRIES - EXITS)["inside"]


class CheckIn(models.Model):
    """One entry or exit of a person. Rows are never changed, except that they can be undone and get a note.

    The identity is made by the device that scans, so that an upload which is repeated after a lost answer changes
    nothing. Devices without a network record what they did: the verdict tells what would have been refused, and
    is_repeated marks entries of people who were inside already and exits of people who were not.
    """

    class Direction(models.TextChoices):
        IN = "in", _("In")
        OUT = "out", _("Out")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    registration = models.ForeignKey(
        Registration, on_delete=models.CASCADE, related_name="check_ins", verbose_name=_("registration")
    )
    # Null if the person was found without a ticket.
    ticket = models.ForeignKey(Ticket, on_delete=models.SET_NULL, null=True, related_name="check_ins")
    entrance = models.ForeignKey(
        Entrance, on_delete=models.PROTECT, related_name="check_ins", verbose_name=_("entrance")
    )
    day = models.DateField(_("day"))
    direction = models.CharField(_("direction"), max_length=3, choices=Direction.choices, default=Direction.IN)
    # By the clock of the site, or of a device that had no network.
    at = models.DateTimeField(_("time"))
    received_at = models.DateTimeField(_("received at"), auto_now_add=True)
    was_offline = models.BooleanField(_("without network"), default=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    device = models.ForeignKey(
        CheckInDevice, on_delete=models.PROTECT, null=True, related_name="check_ins", verbose_name=_("device")
    )
    # The answer of the rule. Not ADMIT if it was overridden, or if a device without network let the person in.
    verdict = models.CharField(_("result"), max_length=20, choices=Verdict.choices, default=Verdict.ADMIT)
    override_reason = models.CharField(_("reason for letting in"), max_length=300, blank=True)
    is_repeated = models.BooleanField(_("repeated"), default=False)
    # The entry that a repeated one repeats, so that both entrances can be informed.
    earlier = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="repetitions")
    note = models.CharField(_("note"), max_length=300, blank=True)
    undone_at = models.DateTimeField(_("undone at"), null=True)
    undone_by = models.CharField(_("undone by"), max_length=150, blank=True)

    objects = CheckInQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-received_at"]
        verbose_name = _("check-in")
        verbose_name_plural = _("check-ins")
        default_permissions = ["view"]
        permissions = [
            ("check_in", "Can check people in"),
            ("override_check_in", "Can let people in against the rules"),
            ("register_on_site", "Can register people on site"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(by__isnull=False, device__isnull=False), name="checked_in_by_a_user_or_a_device"
            ),
        ]
        indexes = [
            models.Index(fields=["day", "entrance", "direction"], name="check_ins_of_a_day"),
            models.Index(fields=["registration", "day", "at"], name="check_ins_of_a_person"),
            models.Index(F("received_at").desc(), name="latest_check_ins"),
        ]

    def __str__(self):
        return f"{self.registration} {self.at:%Y-%m-%d %H:%M} {self.get_direction_display()}"
