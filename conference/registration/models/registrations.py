"""Registrations and their records: special needs, events and tickets."""

import datetime
import uuid
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from conference.accounts.email_ownership import delivery_email
from conference.core.i18n.countries import get_country_name
from conference.core.i18n.country_fields import CountryField
from conference.core.i18n.languages import LanguagesField
from conference.mail.email_types import ACCOUNT_EMAIL_TYPE
from conference.mail.models import QueuedEmail

from .admission import Admission, decide_admission, decide_online_access
from .choices import ADMITTED_STATUSES, CLOSED_STATUSES, Gender, RegistrationStatus, Verdict
from .settings import Category, ConsentText

if TYPE_CHECKING:
    from .check_in import Entrance


class RegistrationQuerySet(models.QuerySet["Registration"]):
    def open(self) -> Self:
        """Return all but declined and cancelled registrations."""
        return self.exclude(status__in=CLOSED_STATUSES)

    def admitted(self) -> Self:
        return self.filter(status__in=ADMITTED_STATUSES)

    def pending(self) -> Self:
        """Return the registrations that wait for approval."""
        return self.filter(status=RegistrationStatus.SUBMITTED)


class Registration(models.Model):
    """Request of one person to attend, and its status. An account has at most one registration."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="registration", verbose_name=_("account")
    )
    passport_name = models.CharField(_("name as in passport"), max_length=150)
    badge_name = models.CharField(_("name on the badge"), max_length=80)
    # Empty only for people whom organizers register.
    country = CountryField(_("country or territory"), blank=True)
    organization = models.CharField(_("organization"), max_length=150)
    function = models.CharField(_("job title"), max_length=150, blank=True)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, verbose_name=_("category"))
    gender = models.CharField(_("gender"), max_length=10, choices=Gender.choices, blank=True)
    languages = LanguagesField(_("languages"))
    email_language = models.CharField(
        _("e-mail language"), max_length=5, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE
    )
    online_while_waitlisted = models.BooleanField(_("online while on the wait list"), default=True)
    consent_text = models.ForeignKey(ConsentText, on_delete=models.PROTECT, verbose_name=_("consent text"))
    consented_at = models.DateTimeField(_("agreed at"))
    # The account of such a registration is not used yet: a proof of its address opens it (accounts.email_ownership).
    is_registered_by_organizer = models.BooleanField(_("registered by an organizer"), default=False, editable=False)
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

    objects = RegistrationQuerySet.as_manager()

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
        """The proved address of the account, or an empty string."""
        return delivery_email(self.user)

    @property
    def unproved_email(self) -> str:
        """The address that an organizer entered, if the account has no proved one yet; it gets no personal data."""
        return "" if self.email else self.user.email

    @property
    def country_name(self) -> str:
        """The name of the country in the active language, or an empty string if it is not known."""
        return get_country_name(self.country.code) if self.country.code else ""

    @property
    def is_pending(self) -> bool:
        """True if the registration waits for approval."""
        return self.status == RegistrationStatus.SUBMITTED

    @property
    def is_admitted(self) -> bool:
        return self.status in ADMITTED_STATUSES

    @property
    def is_closed(self) -> bool:
        """True for declined and cancelled registrations: they hold no seats and cannot be edited."""
        return self.status in CLOSED_STATUSES

    @property
    def was_declined(self) -> bool:
        """True if the last decision was to decline: then no category admits the person without a new decision."""
        actions = (RegistrationEvent.Action.APPROVED, RegistrationEvent.Action.DECLINED)
        decisions = self.events.filter(action__in=actions).order_by("at", "pk").values_list("action", flat=True)
        return decisions.last() == RegistrationEvent.Action.DECLINED

    @property
    def needs_approval(self) -> bool:
        """True if an organizer has to approve the registration before it gets seats."""
        return self.category.needs_approval or self.was_declined

    @property
    def can_cancel(self) -> bool:
        return not self.is_closed

    def check_admission(
        self,
        *,
        ticket: "Ticket | None" = None,
        entrance: "Entrance | None" = None,
        moment: datetime.datetime | None = None,
    ) -> Admission:
        """Return whether the person may enter in person at a moment, by default now.

        This is the one rule for the scanner, tickets, badges and lists. It reads the seats, and the categories of the
        entrance, so lists prefetch them. Without a ticket, for example after a search by name, the ticket's version
        does not matter; a ticket that was replaced after the moment was valid then. Who is inside already, and whether
        a room is full, is decided when a check-in is recorded.
        """
        if ticket is not None and ticket.is_void(moment):
            return Admission(Verdict.REPLACED)
        if self.is_closed:
            return Admission(Verdict.CANCELLED)
        if not self.is_admitted:
            return Admission(Verdict.UNDER_REVIEW)
        admission = decide_admission(self.seats.all(), moment)
        if admission.is_allowed and entrance is not None and not entrance.admits_category(self.category_id):
            return admission.refused(Verdict.WRONG_ENTRANCE)
        return admission

    def check_online_access(self, moment: datetime.datetime | None = None) -> Admission:
        """Return whether the person may attend online at a moment, by default now. The one rule for the join page."""
        if self.is_closed:
            return Admission(Verdict.CANCELLED)
        if not self.is_admitted:
            return Admission(Verdict.UNDER_REVIEW)
        return decide_online_access(self.seats.all(), moment)

    @property
    def queued_emails(self) -> models.QuerySet[QueuedEmail]:
        """E-mails about this registration, without those about the account."""
        return QueuedEmail.objects.filter(user_id=self.user_id).exclude(email_type=ACCOUNT_EMAIL_TYPE)


class SpecialNeeds(models.Model):
    """Accessibility and dietary needs, in their own table because few organizers may view them."""

    registration = models.OneToOneField(
        Registration, on_delete=models.CASCADE, primary_key=True, related_name="special_needs"
    )
    access = models.TextField(_("accessibility needs"), max_length=1000, blank=True)
    diet = models.CharField(_("dietary needs"), max_length=300, blank=True)
    # Consent: the sign on a badge is public.
    show_on_badge = models.BooleanField(_("sign on the badge"), default=False)

    class Meta:
        verbose_name = _("special needs")
        verbose_name_plural = _("special needs")
        default_permissions = ["view"]

    def __str__(self):
        return str(self._meta.verbose_name)


class RegistrationEvent(models.Model):
    """Entry in the history of a registration."""

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
        REGISTERED_BY_ORGANIZER = "by_organizer", _("Registered by an organizer")
        SEATED_OVER_CAPACITY = "over_capacity", _("Seats assigned over capacity")
        EMAIL_ADDED = "email_added", _("E-mail address added")

    class Reason(models.TextChoices):
        """Reason for declining a registration."""

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
    # Null means the site itself, for example for an expired offer.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    reason = models.CharField(_("reason"), max_length=15, choices=Reason.choices, blank=True)
    # What was sent to the person.
    note = models.TextField(_("note"), max_length=1000, blank=True)
    # Never sent to the person, shown on their pages, or part of the file with their data.
    internal_note = models.TextField(_("internal note"), max_length=1000, blank=True)
    # {field: [before, after]}, and {"seats": [[day, mode, status before, status after], ...]} for days.
    changes = models.JSONField(default=dict)

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = _("event")
        verbose_name_plural = _("events")
        default_permissions = ["view"]

    def __str__(self):
        return self.get_action_display()


class TicketQuerySet(models.QuerySet["Ticket"]):
    def valid(self) -> Self:
        """Return the tickets that were not replaced: at most one of each registration."""
        return self.filter(voided_at=None)


class Ticket(models.Model):
    """Proof of a confirmed registration. The QR code holds its id; a new ticket makes the old one invalid."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="tickets")
    issued_at = models.DateTimeField(_("issued at"), auto_now_add=True)
    voided_at = models.DateTimeField(_("invalid since"), null=True, blank=True)

    objects = TicketQuerySet.as_manager()

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

    def is_void(self, moment: datetime.datetime | None = None) -> bool:
        """Return whether the ticket was replaced, or had been replaced at a moment in the past."""
        return self.voided_at is not None and (moment is None or self.voided_at <= moment)
