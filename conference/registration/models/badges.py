"""Badges: their layouts, the batches in which they are printed, what was printed, and photos."""

import uuid
from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from .registrations import Registration
from .settings import validate_color


def color_field(label: object, default: str) -> models.CharField:
    return models.CharField(label, max_length=7, default=default, validators=[validate_color])


def size_field(label: object, default: int, *, least: int, most: int) -> models.PositiveSmallIntegerField:
    """Return a field for the largest size of a text, in points."""
    validators = [MinValueValidator(least), MaxValueValidator(most)]
    return models.PositiveSmallIntegerField(label, default=default, validators=validators)


class BadgeLayout(models.Model):
    """Format and appearance of badges. The oldest layout is the proposed one."""

    # Texts that may be the same in every language, or missing.
    optional_translations = frozenset({"title", "back_text", "wifi_text"})

    class Format(models.TextChoices):
        A6 = "a6", _("A6, one badge per page (105 × 148 mm)")
        A4 = "a4", _("A4 with four badges and crop marks (95 × 138 mm each)")
        LABEL_WIDE = "label_wide", _("Label, landscape (90 × 50 mm)")
        LABEL_ROLL = "label_roll", _("Label roll (62 × 100 mm)")

    class Language(models.TextChoices):
        ALL = "all", _("All languages")
        OWN = "own", _("The participant’s e-mail language")

    name = models.CharField(_("name"), max_length=60, unique=True, help_text=_("Shown to organizers only."))
    format = models.CharField(_("format"), max_length=12, choices=Format.choices, default=Format.A6)
    language = models.CharField(_("language"), max_length=5, choices=Language.choices, default=Language.ALL)
    has_back = models.BooleanField(
        _("print the back"), default=True, help_text=_("For printing on both sides, flipped on the long edge.")
    )
    logo = models.ForeignKey(
        "speakers.Picture",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="badge_layouts",
        verbose_name=_("logo"),
    )
    title_en = models.CharField(
        _("heading (English)"),
        max_length=120,
        blank=True,
        help_text=_("If empty, the short name of the conference."),
    )
    title_vi = models.CharField(_("heading (Vietnamese)"), max_length=120, blank=True)
    name_size = size_field(_("size of the name (points)"), 34, least=10, most=72)
    text_size = size_field(_("size of other texts (points)"), 13, least=6, most=30)
    background_color = color_field(_("background"), "#ffffff")
    text_color = color_field(_("text"), "#221b2b")
    heading_color = color_field(_("background of the heading"), "#5a2f75")
    shows_organization = models.BooleanField(_("organization"), default=True)
    shows_function = models.BooleanField(_("job title"), default=False)
    shows_country = models.BooleanField(_("country"), default=True)
    shows_category = models.BooleanField(_("category"), default=True, help_text=_("Its name, on a band of its colour."))
    shows_days = models.BooleanField(_("days"), default=True)
    shows_qr_code = models.BooleanField(_("QR code"), default=True, help_text=_("The code of the ticket."))
    shows_photo = models.BooleanField(_("photo"), default=True, help_text=_("If the participant has uploaded one."))
    shows_access_sign = models.BooleanField(
        _("access sign"), default=True, help_text=_("Only if the participant has asked for it.")
    )
    back_text_en = models.TextField(
        _("text on the back (English)"),
        max_length=600,
        blank=True,
        help_text=_("For example emergency numbers, first aid and the contact of the organizers."),
    )
    back_text_vi = models.TextField(_("text on the back (Vietnamese)"), max_length=600, blank=True)
    wifi_text_en = models.CharField(
        _("Wi-Fi (English)"), max_length=120, blank=True, help_text=_("Name of the network and password.")
    )
    wifi_text_vi = models.CharField(_("Wi-Fi (Vietnamese)"), max_length=120, blank=True)
    updated_at = models.DateTimeField(auto_now=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("badge layout")
        verbose_name_plural = _("badge layouts")

    def __str__(self):
        return self.name

    @classmethod
    def get_default(cls) -> "BadgeLayout":
        """Return the oldest layout. The first one is created when it is needed."""
        return cls.objects.first() or cls.objects.get_or_create(name="A6")[0]


class BadgeBatchQuerySet(models.QuerySet["BadgeBatch"]):
    def unfinished(self) -> Self:
        return self.filter(finished_at=None, deleted_at=None)

    def with_files(self) -> Self:
        return self.filter(deleted_at=None)


class BadgeBatch(models.Model):
    """Badges that are rendered together, in parts, and downloaded as one file.

    The row stays as a record of who printed how many badges after the files are deleted.
    """

    class Order(models.TextChoices):
        NAME = "name", _("Name")
        ORGANIZATION = "organization", _("Organization")
        CATEGORY = "category", _("Category")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    layout = models.ForeignKey(
        BadgeLayout, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("layout")
    )
    order = models.CharField(_("order"), max_length=12, choices=Order.choices, default=Order.NAME)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    number = models.PositiveIntegerField(_("badges"), default=0)
    parts_done = models.PositiveIntegerField(default=0)
    # A process that renders a part claims the batch until this time; another one continues after a crash.
    claimed_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    deleted_at = models.DateTimeField(_("file deleted at"), null=True)

    objects = BadgeBatchQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("badge batch")
        verbose_name_plural = _("badge batches")
        default_permissions = []

    def __str__(self):
        return f"{timezone.localtime(self.created_at):%Y-%m-%d %H:%M} ({self.number})"

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None


class BadgePrint(models.Model):
    """One badge of a batch. It counts as printed from the time at which it was rendered."""

    registration = models.ForeignKey(
        Registration, on_delete=models.CASCADE, related_name="badge_prints", verbose_name=_("registration")
    )
    batch = models.ForeignKey(BadgeBatch, on_delete=models.CASCADE, related_name="prints", verbose_name=_("batch"))
    position = models.PositiveIntegerField()
    # 1 for the first badge of a person; higher numbers are reprints. Null until it is rendered, as is the time.
    number = models.PositiveSmallIntegerField(_("number"), null=True)
    at = models.DateTimeField(_("time"), null=True)
    # Hash of what is on the badge, to find registrations that have changed since.
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["batch", "position"]
        verbose_name = _("printed badge")
        verbose_name_plural = _("printed badges")
        default_permissions = []
        permissions = [("print_badges", "Can print badges")]
        constraints = [
            models.UniqueConstraint(fields=["registration", "number"], name="one_badge_per_number"),
            models.UniqueConstraint(fields=["batch", "position"], name="one_badge_per_position"),
            models.CheckConstraint(
                condition=Q(number__isnull=True, at__isnull=True) | Q(number__isnull=False, at__isnull=False),
                name="printed_badges_have_a_number",
            ),
        ]
        indexes = [models.Index(fields=["registration", "at"], name="badges_of_a_person")]

    def __str__(self):
        return f"{self.registration} ({self.number or '–'})"


class BadgePhoto(models.Model):
    """Photo of an attendee for the badge, without metadata.

    It is in the database and not among the public files, so that it is erased with the registration.
    """

    registration = models.OneToOneField(
        Registration, on_delete=models.CASCADE, primary_key=True, related_name="badge_photo"
    )
    # JPEG of at most 480 by 600 pixels.
    data = models.BinaryField()
    digest = models.CharField(max_length=64)
    uploaded_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        default_permissions = []

    def __str__(self):
        return str(self._meta.verbose_name)
