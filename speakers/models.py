"""Models of speakers and pictures."""

import uuid

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from conference.core.http import validate_web_url
from conference.core.i18n.country_fields import CountryField
from conference.core.ordering import OrderField


class Picture(models.Model):
    """A picture as the site serves it: a portrait or a logo, stored once, with its smaller renditions.

    files is a list of objects {"path", "type", "width", "height"}; paths are relative to the media root and contain
    the digest of the picture, so that a file at a path never changes.
    """

    digest = models.CharField(max_length=64, unique=True)
    files = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = []
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")

    def __str__(self):
        return self.digest[:12]


class Speaker(models.Model):
    """A person with a role in a session."""

    # A name may be the same in every language; a speaker without a portrait needs no description of it.
    optional_translations = frozenset({"name", "portrait_alt"})

    class Gender(models.TextChoices):
        WOMAN = "woman", _("Woman")
        MAN = "man", _("Man")
        OTHER = "other", _("Another gender")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name_en = models.CharField(
        _("name (English)"), max_length=150, help_text=_("As it will be shown, without honorific.")
    )
    name_vi = models.CharField(
        _("name (Vietnamese)"), max_length=150, blank=True, help_text=_("Only if different in Vietnamese.")
    )
    sort_name = models.CharField(
        _("name for sorting"),
        max_length=150,
        help_text=_(
            "Family name first: “Mlambo-Ngcuka, Phumzile”. Vietnamese names keep their order. "
            "If empty, it is made from the name."
        ),
    )
    slug = models.SlugField(
        _("web address (URL)"),
        max_length=100,
        unique=True,
        help_text=_("The last part of the page’s web address. If you change it, the published address still works."),
    )
    honorific_en = models.CharField(
        _("honorific (English)"), max_length=60, blank=True, help_text=_("Such as H.E. Mr., Major General or Dr.")
    )
    honorific_vi = models.CharField(_("honorific (Vietnamese)"), max_length=60, blank=True)
    function_en = models.CharField(_("job title (English)"), max_length=200, blank=True)
    function_vi = models.CharField(_("job title (Vietnamese)"), max_length=200, blank=True)
    organization_en = models.CharField(_("organization (English)"), max_length=200, blank=True)
    organization_vi = models.CharField(_("organization (Vietnamese)"), max_length=200, blank=True)
    country = CountryField(_("country or territory"), blank=True)
    biography_en = models.TextField(
        _("biography (English)"),
        max_length=10_000,
        blank=True,
        help_text=_("Agreed with the speaker. Markdown: a blank line between paragraphs, **bold**, [link text](URL)."),
    )
    biography_vi = models.TextField(_("biography (Vietnamese)"), max_length=10_000, blank=True)
    portrait = models.ForeignKey(
        Picture, on_delete=models.PROTECT, null=True, blank=True, related_name="speakers", verbose_name=_("portrait")
    )
    portrait_alt_en = models.CharField(
        _("image description (English)"),
        max_length=200,
        blank=True,
        help_text=_("What the portrait shows (alt text for screen readers)."),
    )
    portrait_alt_vi = models.CharField(_("image description (Vietnamese)"), max_length=200, blank=True)
    gender = models.CharField(
        _("gender"),
        max_length=10,
        choices=Gender.choices,
        blank=True,
        help_text=_("As stated by the speaker. Used to check the balance of panels; never published."),
    )
    stale_translations = models.JSONField(default=list, editable=False)
    history = HistoricalRecords()

    class Meta:
        ordering = ["sort_name", "name_en"]
        verbose_name = _("speaker")
        verbose_name_plural = _("speakers")

    def __str__(self):
        return self.name_en

    def get_absolute_url(self) -> str:
        return reverse("speakers:detail", args=[self.slug])


class SpeakerLink(models.Model):
    """A link to a page about a speaker."""

    class Kind(models.TextChoices):
        WEBSITE = "website", _("Website")
        PROFILE = "profile", _("Profile")

    speaker = models.ForeignKey(Speaker, on_delete=models.CASCADE, related_name="links", verbose_name=_("speaker"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices, default=Kind.WEBSITE)
    label_en = models.CharField(_("label (English)"), max_length=100, blank=True)
    label_vi = models.CharField(_("label (Vietnamese)"), max_length=100, blank=True)
    url = models.CharField(_("web address (URL)"), max_length=500, validators=[validate_web_url])
    order = OrderField(_("order"), within="speaker", help_text=_("Lowest number first. If empty, last."))
    history = HistoricalRecords()

    class Meta:
        ordering = ["order", "pk"]
        verbose_name = _("link")
        verbose_name_plural = _("links")

    def __str__(self):
        return self.label_en or self.url
