"""Who is coming: requests to attend, the seats of each day, tickets and letters.

Nothing here is part of a release, and nothing here is public. The database decides who gets a seat: see seats and
admission.
"""

import uuid

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField
from simple_history.models import HistoricalRecords

from conference.core.languages import LanguagesField
from conference.mail.email_types import ACCOUNT_EMAIL_TYPE
from conference.mail.models import QueuedEmail


class RegistrationSettings(models.Model):
    """How registration runs: the seats of the house, how long an offer stands, until when data is kept. One row."""

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
        help_text=_("Time to accept an offered seat."),
    )
    erase_on = models.DateField(
        _("keep data until"),
        null=True,
        blank=True,
        help_text=_("After this day, “manage.py purge” erases all registrations. Statistics are kept."),
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


class Mode(models.TextChoices):
    """How somebody attends."""

    IN_PERSON = "in_person", _("In person")
    ONLINE = "online", _("Online")


class Quota(models.Model):
    """How many may attend one day in one mode. A day and mode without a row has seats for everybody."""

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
    """Why somebody comes: delegation, UN, civil society, academia, media, youth, observer."""

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
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    updated_at = models.DateTimeField(auto_now=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["order", "name_en"]
        verbose_name = _("category")
        verbose_name_plural = _("categories")

    def __str__(self):
        return self.name_en


class ConsentText(models.Model):
    """A text that people agree to when they register. Never changed: a new wording is a new version."""

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


class RegistrationStatus(models.TextChoices):
    """Where a registration stands; which may follow which is in states."""

    SUBMITTED = "submitted", _("Submitted")
    APPROVED = "approved", _("Approved")
    WAITLISTED = "waitlisted", _("On the wait list")
    OFFERED = "offered", _("Offered")
    CONFIRMED = "confirmed", _("Confirmed")
    DECLINED = "declined", _("Declined")
    CANCELLED = "cancelled", _("Cancelled")


class Gender(models.TextChoices):
    FEMALE = "female", _("Female")
    MALE = "male", _("Male")
    OTHER = "other", _("Another")


class Registration(models.Model):
    """A person's request to attend, and what became of it. One person, known by a verified address, has one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="registration", verbose_name=_("account")
    )
    passport_name = models.CharField(_("name as in passport"), max_length=150)
    badge_name = models.CharField(_("name on the badge"), max_length=80)
    country = CountryField(_("country or territory"))
    organization = models.CharField(_("organization"), max_length=150)
    function = models.CharField(_("job title"), max_length=150, blank=True)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, verbose_name=_("category"))
    gender = models.CharField(_("gender"), max_length=10, choices=Gender.choices, blank=True)
    languages = LanguagesField(_("languages"))
    email_language = models.CharField(
        _("e-mail language"), max_length=5, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE
    )
    online_while_waitlisted = models.BooleanField(_("online while on the wait list"), default=True)
    consent = models.ForeignKey(ConsentText, on_delete=models.PROTECT, verbose_name=_("consent text"))
    consented_at = models.DateTimeField(_("agreed at"))
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=RegistrationStatus.choices,
        default=RegistrationStatus.SUBMITTED,
        editable=False,
        db_index=True,
    )
    status_changed_at = models.DateTimeField(_("since"), editable=False)
    status_changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("by"),
    )
    submitted_at = models.DateTimeField(_("submitted at"), editable=False, db_index=True)
    updated_at = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta:
        ordering = ["-submitted_at", "pk"]
        verbose_name = _("registration")
        verbose_name_plural = _("registrations")
        default_permissions = ["view", "change"]
        permissions = [
            ("decide", "Can approve and decline registrations"),
            ("export", "Can export registrations"),
        ]

    def __str__(self):
        return self.badge_name

    @property
    def email(self) -> str:
        return self.user.email

    @property
    def queued_emails(self) -> models.QuerySet[QueuedEmail]:
        """E-mails about this registration; those about the account alone are left out."""
        return QueuedEmail.objects.filter(user_id=self.user_id).exclude(email_type=ACCOUNT_EMAIL_TYPE)


class SpecialNeeds(models.Model):
    """What somebody needs in order to take part and eats: kept apart, for those who arrange it."""

    registration = models.OneToOneField(
        Registration, on_delete=models.CASCADE, primary_key=True, related_name="special_needs"
    )
    access = models.TextField(_("accessibility needs"), max_length=1000, blank=True)
    diet = models.CharField(_("dietary needs"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("special needs")
        verbose_name_plural = _("special needs")
        default_permissions = ["view"]

    def __str__(self):
        return str(self._meta.verbose_name)


class NeedsAccessLog(models.Model):
    """That somebody looked at somebody's needs: who and when."""

    needs = models.ForeignKey(SpecialNeeds, on_delete=models.CASCADE, related_name="access_logs")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, verbose_name=_("by"))
    at = models.DateTimeField(_("time"), auto_now_add=True)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("access to special needs")
        verbose_name_plural = _("access log (special needs)")
        default_permissions = ["view"]

    def __str__(self):
        return f"{self.by} {self.at}"


class Seat(models.Model):
    """What somebody asked for on one day, and whether they have it. Confirmed and offered ones are taken."""

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
    # The place on the list is decided by this and, among equals, by the row's number.
    queued_since = models.DateTimeField(_("since"))
    offered_until = models.DateTimeField(_("offered until"), null=True, blank=True)
    # Taken only until there is the seat that is waited for on the same day.
    is_interim = models.BooleanField(default=False)
    # How often an offer of it was left to lapse.
    expired_offers = models.PositiveSmallIntegerField(default=0)

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
                name="offered_until_a_time",
            ),
        ]
        indexes = [models.Index(fields=["status", "day", "mode", "queued_since"], name="seats_in_order")]

    def __str__(self):
        return f"{self.day} {self.get_mode_display()}: {self.get_status_display()}"


class RegistrationEvent(models.Model):
    """Something that happened to a registration: what, when, who, and what was different then."""

    class Action(models.TextChoices):
        SUBMITTED = "submitted", _("Submitted")
        EDITED = "edited", _("Details changed")
        APPROVED = "approved", _("Approved")
        SEATS_ASSIGNED = "seats_assigned", _("Seats assigned")
        DECLINED = "declined", _("Declined")
        REOPENED = "reopened", _("Reopened")
        CANCELLED = "cancelled", _("Cancelled")
        RESUBMITTED = "resubmitted", _("Registered again")
        DAYS_CHANGED = "days_changed", _("Days changed")
        OFFER_MADE = "offer_made", _("Seat offered")
        OFFER_ACCEPTED = "offer_accepted", _("Offer accepted")
        OFFER_DECLINED = "offer_declined", _("Offer declined")
        OFFER_EXPIRED = "offer_expired", _("Offer expired")
        TICKET_REISSUED = "ticket_reissued", _("New ticket")

    class Reason(models.TextChoices):
        """Why somebody was not admitted."""

        INCOMPLETE = "incomplete", _("The details are incomplete or cannot be confirmed")
        DUPLICATE = "duplicate", _("This person is already registered")
        NOT_NOMINATED = "not_nominated", _("The delegation or organization has not nominated this person")
        CATEGORY = "category", _("The category is not correct")
        FULL = "full", _("There are no more places in this category")
        OTHER = "other", _("Another reason")

    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="events")
    action = models.CharField(_("event"), max_length=20, choices=Action.choices)
    before = models.CharField(_("before"), max_length=10, choices=RegistrationStatus.choices, blank=True)
    after = models.CharField(_("after"), max_length=10, choices=RegistrationStatus.choices)
    at = models.DateTimeField(_("time"))
    # Nobody: the site itself, for example where an offer lapses.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    reason = models.CharField(_("reason"), max_length=15, choices=Reason.choices, blank=True)
    note = models.TextField(_("note"), max_length=1000, blank=True)
    # {field: [before, after]} of facts; {"seats": [[day, mode, state before, state after], ...]} of days.
    changes = models.JSONField(default=dict)

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = _("event")
        verbose_name_plural = _("events")
        default_permissions = ["view"]

    def __str__(self):
        return self.get_action_display()


class Ticket(models.Model):
    """The proof of a confirmed registration. Its number is in the code; a new ticket makes the old one void."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="tickets")
    issued_at = models.DateTimeField(_("issued at"), auto_now_add=True)
    voided_at = models.DateTimeField(_("invalid since"), null=True, blank=True)

    class Meta:
        ordering = ["-issued_at"]
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        default_permissions = ["view"]
        constraints = [
            models.UniqueConstraint(
                fields=["registration"], condition=models.Q(voided_at__isnull=True), name="one_ticket_at_a_time"
            )
        ]

    def __str__(self):
        return f"{self.issued_at:%Y-%m-%d %H:%M}"


class ExportLog(models.Model):
    """That somebody took a list of registrations out: who, when, what was asked for, how many rows."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, verbose_name=_("by"))
    at = models.DateTimeField(_("time"), auto_now_add=True)
    # The query as in the address of the list.
    query = models.CharField(_("filter"), max_length=1000, blank=True)
    format = models.CharField(_("format"), max_length=5)
    rows = models.PositiveIntegerField(_("rows"))
    with_needs = models.BooleanField(_("with special needs"), default=False)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        default_permissions = ["view"]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M} {self.by}"


class ErasedRegistration(models.Model):
    """What is left of a registration that was erased: enough to count it, nothing to know anybody by."""

    submitted_on = models.DateField()
    category = models.ForeignKey(Category, on_delete=models.PROTECT)
    region = models.CharField(max_length=20)
    gender = models.CharField(max_length=10, choices=Gender.choices, blank=True)
    status = models.CharField(max_length=10, choices=RegistrationStatus.choices)
    # Pairs of a day and a mode of what was confirmed.
    seats = models.JSONField(default=list)
    erased_on = models.DateField(auto_now_add=True)

    class Meta:
        verbose_name = _("erased registration")
        verbose_name_plural = _("erased registrations")
        default_permissions = ["view"]

    def __str__(self):
        return f"{self.submitted_on} {self.category}"
