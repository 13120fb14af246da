"""The draft that organizers edit: rooms, themes and sessions."""

import uuid

from django.core.validators import MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from conference.core.http import validate_web_url
from conference.core.i18n.languages import SIGN_LANGUAGES, LanguagesField
from conference.core.ordering import OrderField

from ..querysets import SESSION_ORDER, SessionQuerySet


class Room(models.Model):
    """A room of the venue, or an online room."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name_en = models.CharField(_("name (English)"), max_length=100, unique=True)
    name_vi = models.CharField(_("name (Vietnamese)"), max_length=100, blank=True)
    slug = models.SlugField(
        _("web address (URL)"), unique=True, help_text=_("Used in links that filter the agenda by this room.")
    )
    place_en = models.CharField(
        _("directions (English)"), max_length=200, blank=True, help_text=_("For example the building and floor.")
    )
    place_vi = models.CharField(_("directions (Vietnamese)"), max_length=200, blank=True)
    access_en = models.CharField(
        _("accessibility (English)"),
        max_length=200,
        blank=True,
        help_text=_("Information for people with a wheelchair or a hearing aid: steps, lifts, induction loop."),
    )
    access_vi = models.CharField(_("accessibility (Vietnamese)"), max_length=200, blank=True)
    online = models.BooleanField(_("online"), default=False, help_text=_("An online room, not a room in a building."))
    capacity = models.PositiveIntegerField(_("seats"), null=True, blank=True, validators=[MinValueValidator(1)])
    opens_at = models.TimeField(
        _("opens"), null=True, blank=True, help_text=_("Each day. If empty, the room is always open.")
    )
    closes_at = models.TimeField(_("closes"), null=True, blank=True)
    order = OrderField(
        _("order"),
        help_text=_("Rooms are shown side by side in this order, lowest number first. If empty, last."),
    )
    stale_translations = models.JSONField(default=list, editable=False)
    history = HistoricalRecords()

    class Meta:
        ordering = ["order", "name_en"]
        verbose_name = _("room")
        verbose_name_plural = _("rooms")

    def __str__(self):
        return self.name_en


class Theme(models.Model):
    """A subject of sessions: one of the five goals, or a cross-cutting theme."""

    class Colour(models.TextChoices):
        PLUM = "plum", _("Plum")
        ROSE = "rose", _("Rose")
        AMBER = "amber", _("Amber")
        GREEN = "green", _("Green")
        TEAL = "teal", _("Teal")
        BLUE = "blue", _("Blue")
        VIOLET = "violet", _("Violet")
        SLATE = "slate", _("Slate")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.PositiveSmallIntegerField(
        _("goal number"),
        null=True,
        blank=True,
        unique=True,
        help_text=_("1 to 5 for the goals. Leave empty for a cross-cutting theme."),
    )
    name_en = models.CharField(_("name (English)"), max_length=100, unique=True)
    name_vi = models.CharField(_("name (Vietnamese)"), max_length=100, blank=True)
    slug = models.SlugField(
        _("web address (URL)"), unique=True, help_text=_("Used in links that filter the agenda by this theme.")
    )
    description_en = models.TextField(_("description (English)"), max_length=1000, blank=True)
    description_vi = models.TextField(_("description (Vietnamese)"), max_length=1000, blank=True)
    colour = models.CharField(_("colour"), max_length=10, choices=Colour.choices, default=Colour.SLATE)
    sign = models.CharField(
        _("symbol"),
        max_length=2,
        help_text=_("One or two characters shown with the colour, for people who cannot see the colour."),
    )
    stale_translations = models.JSONField(default=list, editable=False)
    history = HistoricalRecords()

    class Meta:
        ordering = [models.F("number").asc(nulls_last=True), "name_en"]
        verbose_name = _("theme")
        verbose_name_plural = _("themes")

    def __str__(self):
        return self.name_en


class Session(models.Model):
    """One item of the programme: a plenary, workshop, ceremony, exhibition or break."""

    class Kind(models.TextChoices):
        CEREMONY = "ceremony", _("Ceremony")
        PLENARY = "plenary", _("Plenary")
        WORKSHOP = "workshop", _("Workshop")
        EXHIBITION = "exhibition", _("Exhibition")
        BREAK = "break", _("Break")

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        TENTATIVE = "tentative", _("Tentative")
        CONFIRMED = "confirmed", _("Confirmed")
        CANCELLED = "cancelled", _("Cancelled")

    class Format(models.TextChoices):
        IN_PERSON = "in_person", _("In person")
        ONLINE = "online", _("Online")
        BOTH = "both", _("In person and online")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title_en = models.CharField(_("title (English)"), max_length=200)
    title_vi = models.CharField(_("title (Vietnamese)"), max_length=200, blank=True)
    slug = models.SlugField(
        _("web address (URL)"),
        max_length=100,
        unique=True,
        help_text=_("The last part of the page’s web address. If you change it, the published address still works."),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    status = models.CharField(
        _("status"),
        max_length=20,
        choices=Status.choices,
        default=Status.DRAFT,
        help_text=_(
            "Draft: not published. Tentative: published, marked as subject to change. Cancelled: "
            "stays visible, marked as cancelled."
        ),
    )
    format = models.CharField(_("format"), max_length=20, choices=Format.choices, default=Format.BOTH)
    starts_at = models.DateTimeField(_("start"))
    ends_at = models.DateTimeField(_("end"))
    room = models.ForeignKey(
        Room, on_delete=models.PROTECT, null=True, blank=True, related_name="sessions", verbose_name=_("room")
    )
    themes = models.ManyToManyField(Theme, blank=True, related_name="sessions", verbose_name=_("themes"))
    summary_en = models.TextField(
        _("summary (English)"), max_length=400, blank=True, help_text=_("One or two sentences for the agenda.")
    )
    summary_vi = models.TextField(_("summary (Vietnamese)"), max_length=400, blank=True)
    description_en = models.TextField(
        _("description (English)"),
        max_length=20_000,
        blank=True,
        help_text=_(
            "Shown on the session’s page. Markdown: a blank line between paragraphs, **bold**, [link text](URL)."
        ),
    )
    description_vi = models.TextField(_("description (Vietnamese)"), max_length=20_000, blank=True)
    notice_en = models.CharField(
        _("notice (English)"),
        max_length=300,
        blank=True,
        help_text=_("Important information: why the session is cancelled, or where it has moved."),
    )
    notice_vi = models.CharField(_("notice (Vietnamese)"), max_length=300, blank=True)
    languages = LanguagesField(_("floor languages"), help_text=_("Languages spoken in the session."))
    interpretation = LanguagesField(
        _("interpretation"), help_text=_("Languages into which the session is interpreted.")
    )
    captions = LanguagesField(_("captions"), help_text=_("Languages of live captions."))
    sign_languages = LanguagesField(_("sign language"), languages=SIGN_LANGUAGES)
    speakers = models.ManyToManyField(
        "speakers.Speaker", through="Participation", related_name="sessions", verbose_name=_("speakers")
    )
    # Texts whose source changed after their translation: ["title", "summary"].
    stale_translations = models.JSONField(default=list, editable=False)
    history = HistoricalRecords(m2m_fields=[themes])

    objects = SessionQuerySet.as_manager()

    ATTENDED_KINDS = (Kind.CEREMONY, Kind.PLENARY, Kind.WORKSHOP)

    class Meta:
        ordering = SESSION_ORDER
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")),
                name="session_ends_after_start",
                violation_error_message=_("The end must be after the start."),
            )
        ]

    def __str__(self):
        return self.title_en

    def get_absolute_url(self) -> str:
        return reverse("programme:session", args=[self.slug])

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def is_tentative(self) -> bool:
        return self.status == self.Status.TENTATIVE

    @property
    def is_cancelled(self) -> bool:
        return self.status == self.Status.CANCELLED


class SessionLink(models.Model):
    """A link of a session: the stream, the recording or a document."""

    class Kind(models.TextChoices):
        STREAM = "stream", _("Stream")
        RECORDING = "recording", _("Recording")
        DOCUMENT = "document", _("Document")

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="links", verbose_name=_("session"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    label_en = models.CharField(_("label (English)"), max_length=100, blank=True)
    label_vi = models.CharField(_("label (Vietnamese)"), max_length=100, blank=True)
    url = models.CharField(_("web address (URL)"), max_length=500, validators=[validate_web_url])
    order = OrderField(_("order"), within="session", help_text=_("Lowest number first. If empty, last."))
    history = HistoricalRecords()

    class Meta:
        ordering = ["order", "pk"]
        verbose_name = _("link")
        verbose_name_plural = _("links")

    def __str__(self):
        return self.label_en or self.url


class Participation(models.Model):
    """The role of a speaker in a session, or of a placeholder until the speaker is named."""

    class Role(models.TextChoices):
        CHAIR = "chair", _("Chair")
        MODERATOR = "moderator", _("Moderator")
        KEYNOTE = "keynote", _("Keynote")
        REMARKS = "remarks", _("Remarks")
        PANELLIST = "panellist", _("Panellist")
        RAPPORTEUR = "rapporteur", _("Rapporteur")

    session = models.ForeignKey(
        Session, on_delete=models.CASCADE, related_name="participations", verbose_name=_("session")
    )
    speaker = models.ForeignKey(
        "speakers.Speaker",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="participations",
        verbose_name=_("speaker"),
    )
    role = models.CharField(_("role"), max_length=20, choices=Role.choices, default=Role.PANELLIST)
    placeholder_en = models.CharField(
        _("placeholder (English)"),
        max_length=200,
        blank=True,
        help_text=_("Shown until a speaker is named, for example “Regional organization, to be announced”."),
    )
    placeholder_vi = models.CharField(_("placeholder (Vietnamese)"), max_length=200, blank=True)
    online = models.BooleanField(_("by video"), default=False)
    confirmed = models.BooleanField(
        _("confirmed"), default=False, help_text=_("The speaker has agreed. Internal; never published.")
    )
    order = OrderField(_("order"), within="session", help_text=_("Lowest number first. If empty, last."))
    history = HistoricalRecords()

    class Meta:
        ordering = ["order", "pk"]
        verbose_name = _("participation")
        verbose_name_plural = _("speakers in this session")
        constraints = [
            models.UniqueConstraint(
                fields=["session", "speaker", "role"],
                name="unique_speaker_role_per_session",
                violation_error_message=_("This speaker already has this role in this session."),
            ),
            models.CheckConstraint(
                condition=(
                    models.Q(speaker__isnull=False, placeholder_en="", placeholder_vi="")
                    | models.Q(speaker__isnull=True) & ~models.Q(placeholder_en="")
                ),
                name="participation_has_speaker_or_placeholder",
                violation_error_message=_("Choose a speaker or enter a placeholder, not both."),
            ),
        ]

    def __str__(self):
        return f"{self.speaker or self.placeholder_en} ({self.get_role_display()})"
