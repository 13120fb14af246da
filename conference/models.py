"""The conference, its pages, partners, announcements and country names. Edits are public without a release."""

import datetime
import zoneinfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from conference.core.i18n.country_fields import CountryField
from conference.core.i18n.languages import LanguagesField

from .core.http import validate_web_url
from .core.ordering import OrderField
from .countries import Country

__all__ = [
    "Announcement",
    "Conference",
    "Country",
    "Page",
    "Partner",
    "SetupConfirmation",
    "VisibilityWindow",
]


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("Enter a time zone as “Area/City”, for example Asia/Ho_Chi_Minh."), code="time_zone")


class Conference(models.Model):
    """The event: names, dates, place, time zone, languages. There is one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name_en = models.CharField(
        _("name (English)"), max_length=200, help_text=_("The full title, shown on the home page.")
    )
    name_vi = models.CharField(_("name (Vietnamese)"), max_length=200, blank=True)
    short_name_en = models.CharField(
        _("short name (English)"),
        max_length=80,
        help_text=_("Shown at the top of each page and in the browser tab."),
    )
    short_name_vi = models.CharField(_("short name (Vietnamese)"), max_length=80, blank=True)
    subtitle_en = models.CharField(
        _("type of event (English)"), max_length=200, blank=True, help_text=_("“International Conference on ...”")
    )
    subtitle_vi = models.CharField(_("type of event (Vietnamese)"), max_length=200, blank=True)
    introduction_en = models.TextField(
        _("introduction (English)"),
        max_length=3000,
        blank=True,
        help_text=_("One or two paragraphs for the home page. Markdown."),
    )
    introduction_vi = models.TextField(_("introduction (Vietnamese)"), max_length=3000, blank=True)
    outcome_en = models.TextField(
        _("outcome (English)"),
        max_length=3000,
        blank=True,
        help_text=_("Shown on the home page after the conference. Markdown."),
    )
    outcome_vi = models.TextField(_("outcome (Vietnamese)"), max_length=3000, blank=True)
    notice_en = models.CharField(
        _("about this site (English)"),
        max_length=300,
        blank=True,
        help_text=_("A short line at the bottom of each page, for example to say that the programme is illustrative."),
    )
    notice_vi = models.CharField(_("about this site (Vietnamese)"), max_length=300, blank=True)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    time_zone = models.CharField(
        _("time zone"),
        max_length=50,
        default="Asia/Ho_Chi_Minh",
        validators=[validate_time_zone],
        help_text=_("All times on the site and in the admin are in this time zone."),
    )
    venue_en = models.CharField(_("place (English)"), max_length=200, blank=True)
    venue_vi = models.CharField(_("place (Vietnamese)"), max_length=200, blank=True)
    city_en = models.CharField(_("city (English)"), max_length=100)
    city_vi = models.CharField(_("city (Vietnamese)"), max_length=100, blank=True)
    country = CountryField(_("country"), default="VN")
    organizers_en = models.CharField(_("organizers (English)"), max_length=300, blank=True)
    organizers_vi = models.CharField(_("organizers (Vietnamese)"), max_length=300, blank=True)
    languages = LanguagesField(
        _("audience languages"),
        help_text=_("Each session should be held in these languages or be interpreted into them."),
    )
    contact = models.EmailField(
        _("contact e-mail"), blank=True, help_text=_("The e-mail address for participants’ questions.")
    )
    registration_opens_at = models.DateTimeField(_("registration opens"), null=True, blank=True)
    registration_closes_at = models.DateTimeField(_("registration closes"), null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("conference")
        verbose_name_plural = _("conference")
        default_permissions = ["view", "change"]
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="one_conference"),
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")),
                name="conference_ends_after_it_starts",
                violation_error_message=_("The last day cannot be before the first day."),
            ),
            models.CheckConstraint(
                condition=(
                    models.Q(registration_opens_at__isnull=True)
                    | models.Q(registration_closes_at__isnull=True)
                    | models.Q(registration_closes_at__gt=models.F("registration_opens_at"))
                ),
                name="registration_closes_after_it_opens",
                violation_error_message=_("Registration must close after it opens."),
            ),
        ]

    def __str__(self) -> str:
        return self.short_name_en


class PageQuerySet(models.QuerySet):
    def published(self) -> "PageQuerySet":
        return self.filter(status=Page.Status.LIVE)


class Page(models.Model):
    """A static page with Markdown text, for example about, venue or privacy."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        LIVE = "live", _("Published")

    slug = models.SlugField(
        _("web address (URL)"),
        unique=True,
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9-]*$", _("Use lowercase letters, digits and hyphens."))],
        help_text=_("“venue” creates the page /venue/."),
    )
    title_en = models.CharField(_("title (English)"), max_length=100)
    title_vi = models.CharField(_("title (Vietnamese)"), max_length=100, blank=True)
    body_en = models.TextField(
        _("text (English)"),
        max_length=50_000,
        help_text=_(
            "Markdown: ## for a heading, a blank line between paragraphs, **bold**, [link text](URL), - for a list."
        ),
    )
    body_vi = models.TextField(_("text (Vietnamese)"), max_length=50_000, blank=True)
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=Status.choices,
        default=Status.DRAFT,
        help_text=_("Visitors see only published pages."),
    )
    in_menu = models.BooleanField(_("show in menu"), default=False)
    order = OrderField(_("order"), help_text=_("Position in the menu, lowest number first. If empty, last."))
    updated_at = models.DateTimeField(auto_now=True)
    objects = PageQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["order", "slug"]
        verbose_name = _("page")
        verbose_name_plural = _("pages")

    def __str__(self) -> str:
        return self.title_en

    def get_absolute_url(self) -> str:
        return reverse("page", args=[self.slug])

    @property
    def is_published(self) -> bool:
        return self.status == Page.Status.LIVE


class Partner(models.Model):
    """A partner organization, with its logo and website."""

    optional_translations = frozenset({"name"})

    name_en = models.CharField(_("name (English)"), max_length=150, unique=True)
    name_vi = models.CharField(_("name (Vietnamese)"), max_length=150, blank=True)
    logo = models.ForeignKey(
        "speakers.Picture",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="partners",
        verbose_name=_("logo"),
    )
    url = models.CharField(_("web address (URL)"), max_length=500, blank=True, validators=[validate_web_url])
    order = OrderField(_("order"), help_text=_("Lowest number first. If empty, last."))
    updated_at = models.DateTimeField(auto_now=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["order", "name_en"]
        verbose_name = _("partner")
        verbose_name_plural = _("partners")

    def __str__(self) -> str:
        return self.name_en


class VisibilityWindow:
    """The period from shown_from until shown_until (exclusive); without an end if that is None."""

    __slots__ = ()

    shown_from: datetime.datetime
    shown_until: datetime.datetime | None

    def is_visible(self, now: datetime.datetime) -> bool:
        return self.shown_from <= now and (self.shown_until is None or now < self.shown_until)


class Announcement(VisibilityWindow, models.Model):
    """A short message at the top of every page for a limited time."""

    class Level(models.TextChoices):
        INFO = "info", _("Information")
        IMPORTANT = "important", _("Important")
        URGENT = "urgent", _("Urgent")

    level = models.CharField(_("level"), max_length=10, choices=Level.choices, default=Level.INFO)
    text_en = models.CharField(_("text (English)"), max_length=300)
    text_vi = models.CharField(_("text (Vietnamese)"), max_length=300, blank=True)
    shown_from = models.DateTimeField(_("from"))
    shown_until = models.DateTimeField(
        _("until"), null=True, blank=True, help_text=_("If empty, it stays until you remove it.")
    )
    updated_at = models.DateTimeField(auto_now=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["-shown_from", "-pk"]
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(shown_until__isnull=True) | models.Q(shown_until__gt=models.F("shown_from")),
                name="announcement_ends_after_it_begins",
                violation_error_message=_("“Until” must be later than “from”."),
            )
        ]

    def __str__(self) -> str:
        return self.text_en


class SetupConfirmation(models.Model):
    """Confirmation of an organizer that an item of the setup checklist, which the site cannot check, is done."""

    item = models.CharField(max_length=20, primary_key=True)
    confirmed_at = models.DateTimeField(auto_now_add=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("setup confirmation")
        verbose_name_plural = _("setup confirmations")
        default_permissions = []

    def __str__(self) -> str:
        return self.item
