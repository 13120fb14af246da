"""Settings of registration: capacity, categories and the consent text."""

import datetime

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from conference.core.ordering import OrderField

from .choices import Mode

validate_color = RegexValidator(r"^#[0-9a-fA-F]{6}$", _("Enter a colour such as #5a2f75."))


class RegistrationSettings(models.Model):
    """Settings of the whole registration, in a single row with the primary key 1."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    seats = models.PositiveIntegerField(
        _("total on-site capacity"),
        null=True,
        blank=True,
        help_text=_(
            "Maximum number of people attending in person, over all days. If empty, only the daily capacity applies."
        ),
    )
    offer_hours = models.PositiveSmallIntegerField(
        _("offer expires after (hours)"),
        default=48,
        validators=[MinValueValidator(1)],
        help_text=_(
            "Time to accept an offered seat. It is shorter if the day is near, so that others can be asked too."
        ),
    )
    erase_after_days = models.PositiveSmallIntegerField(
        _("keep data after the conference (days)"),
        null=True,
        blank=True,
        help_text=_(
            "Days after the last day of the conference, after which all registrations are erased. Statistics are kept. "
            "The privacy page and the registration form state the date."
        ),
    )
    erase_on = models.DateField(
        _("keep data until"),
        null=True,
        blank=True,
        help_text=_("A fixed last day, in place of the number of days."),
    )
    updated_at = models.DateTimeField(auto_now=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("registration settings")
        verbose_name_plural = _("registration settings")
        default_permissions = ["view", "change"]
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_registration_settings")]

    def __str__(self):
        return str(self._meta.verbose_name)

    def get_erase_date(self, last_day: datetime.date | None) -> datetime.date | None:
        """Return the last day on which registrations are kept, given the conference's last day; None if not set."""
        if self.erase_on is not None or self.erase_after_days is None or last_day is None:
            return self.erase_on
        return last_day + datetime.timedelta(days=self.erase_after_days)


class Quota(models.Model):
    """Limit of seats for one day and mode. There is no limit without a row, or if seats is null."""

    day = models.DateField(_("day"))
    mode = models.CharField(_("mode"), max_length=10, choices=Mode.choices)
    seats = models.PositiveIntegerField(_("seats"), null=True, blank=True, help_text=_("If empty, there is no limit."))
    updated_at = models.DateTimeField(auto_now=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["day", "mode"]
        verbose_name = _("daily capacity")
        verbose_name_plural = _("daily capacity")
        constraints = [models.UniqueConstraint(fields=["day", "mode"], name="one_quota_per_day_and_mode")]

    def __str__(self):
        return f"{self.day} {self.get_mode_display()}"


class Category(models.Model):
    """Participant category, with its own capacity and approval rule."""

    slug = models.SlugField(_("short name"), unique=True)
    name_en = models.CharField(_("name (English)"), max_length=100, unique=True)
    name_vi = models.CharField(_("name (Vietnamese)"), max_length=100, blank=True)
    description_en = models.CharField(
        _("description for participants (English)"),
        max_length=300,
        blank=True,
        help_text=_("Shown next to the name in the form."),
    )
    description_vi = models.CharField(_("description for participants (Vietnamese)"), max_length=300, blank=True)
    needs_approval = models.BooleanField(
        _("needs approval"),
        default=True,
        help_text=_("Otherwise registrations are confirmed immediately if places are available."),
    )
    seats = models.PositiveIntegerField(
        _("seats"),
        null=True,
        blank=True,
        help_text=_("Total number of people in this category. If empty, there is no limit."),
    )
    is_open = models.BooleanField(
        _("open for registration"), default=True, help_text=_("Available in the registration form.")
    )
    color = models.CharField(
        _("badge colour"),
        max_length=7,
        default="#5a2f75",
        validators=[validate_color],
        help_text=_("Shown on badges and at check-in, always together with the name of the category."),
    )
    handout_en = models.CharField(
        _("to hand out at check-in (English)"),
        max_length=200,
        blank=True,
        help_text=_("For example “Blue lanyard, headset”."),
    )
    handout_vi = models.CharField(_("to hand out at check-in (Vietnamese)"), max_length=200, blank=True)
    order = OrderField(_("order"), help_text=_("Lowest number first. If empty, last."))
    updated_at = models.DateTimeField(auto_now=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["order", "name_en"]
        verbose_name = _("category")
        verbose_name_plural = _("categories")

    def __str__(self):
        return self.name_en


class ConsentText(models.Model):
    """Version of the consent text. Rows are never changed; a new text is a new version."""

    number = models.PositiveSmallIntegerField(_("version"), unique=True)
    text_en = models.TextField(_("text (English)"), max_length=5000, help_text=_("Markdown."))
    text_vi = models.TextField(_("text (Vietnamese)"), max_length=5000, blank=True)
    created_at = models.DateTimeField(_("from"), auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        verbose_name = _("consent text")
        verbose_name_plural = _("consent texts")
        default_permissions = ["add", "view"]

    def __str__(self):
        return f"{self._meta.verbose_name} {self.number}"
