"""Sections of the admin dashboard about registration (counts, full limits, latest ones) and check-in (counters)."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conference.core.polling import NotLoadedError
from conference.mail.models import QueuedEmail
from conference.site_data import get_conference_info, get_site_data

from ..check_in.counters import summarize_entrances
from ..days import current_day, is_conference_day
from ..form_options import get_erase_date
from ..formatting import format_day_and_mode
from ..models import Category, ConsentText, Registration, RegistrationStatus
from ..period import describe_period, load_period
from .capacity import CapacityOverview, capacity_overview

LATEST_COUNT = 5
NEARLY_FULL_SHARE = 0.9


@dataclass(frozen=True)
class RegistrationSummary:
    """Content of the dashboard section.

    status_counts: (label, number, url) of each status in use. nearly_full: (name, taken, limit). missing: (sentence,
    url) of each missing setting that registration requires. period: the state of registration in words.
    """

    status_counts: list[tuple[str, int, str]]
    pending: int
    next_pending_id: UUID | None
    nearly_full: list[tuple[str, int, int]]
    overdue_emails: int
    latest: list[Registration]
    missing: list[tuple[str, str]]
    period: str


def dashboard_context(user: AbstractBaseUser) -> dict[str, RegistrationSummary | None]:
    """Return the context of the section; it is None for users who neither decide on registrations nor edit them."""
    can_see = user.has_perm("registration.decide") or user.has_perm("registration.change_registration")
    return {"registration_summary": registration_summary(user) if can_see else None}


def get_check_in_context(user: AbstractBaseUser) -> dict[str, object]:
    """Return the context of the section with the counters; it is empty for users who do not check people in.

    Outside of the days of the conference there are no entrances. The number of queries is constant.
    """
    if not user.has_perm("registration.check_in"):
        return {}
    day = current_day()
    return {"check_in_day": day, "check_in_entrances": summarize_entrances(day) if is_conference_day(day) else []}


def registration_summary(user: AbstractBaseUser) -> RegistrationSummary:
    """Return the summary. The number of queries does not depend on the number of registrations."""
    counts = dict(Registration.objects.order_by().values_list("status").annotate(Count("pk")))
    page = reverse("admin:registration_registration_changelist")
    latest = Registration.objects.select_related("category").order_by("-submitted_at", "pk")[:LATEST_COUNT]
    return RegistrationSummary(
        [
            (status.label, counts[status], f"{page}?status__exact={status.value}")
            for status in RegistrationStatus
            if status in counts
        ],
        counts.get(RegistrationStatus.SUBMITTED, 0),
        longest_pending_id(),
        nearly_full_limits(capacity_overview()),
        QueuedEmail.objects.overdue().count() if user.has_perm("mail.view_queuedemail") else 0,
        list(latest),
        missing_to_register(),
        describe_state(),
    )


def missing_to_register() -> list[tuple[str, str]]:
    """Return (sentence, url) of what is missing; nothing if registration has no dates or is over."""
    if get_phase() not in ("before", "open"):
        return []
    missing = []
    if not Category.objects.filter(is_open=True).exists():
        sentence = _("Registration is not possible: no category is open.")
        missing.append((sentence, reverse("admin:registration_category_changelist")))
    if not ConsentText.objects.exists():
        sentence = _("Registration is not possible: there is no consent text.")
        missing.append((sentence, reverse("admin:registration_consenttext_changelist")))
    if get_erase_date() is None:
        sentence = _("Privacy: the day after which registrations are erased is not set.")
        missing.append((sentence, reverse("admin:registration_registrationsettings_changelist")))
    if not get_conference_info().contact:
        sentence = _("There is no contact e-mail: nobody can reply to the e-mails of this site.")
        missing.append((sentence, reverse("admin:conference_conference_changelist")))
    return missing


def get_phase() -> str:
    """Return the phase of registration as it is in the database; "unset" if there is no conference."""
    try:
        return load_period().get_phase(get_site_data().facts, timezone.now())
    except NotLoadedError:
        return "unset"


def describe_state() -> str:
    try:
        return describe_period(load_period(), get_site_data().facts, timezone.now())
    except NotLoadedError:
        return ""


def longest_pending_id() -> UUID | None:
    pending = Registration.objects.pending().order_by("submitted_at", "pk")
    return pending.values_list("pk", flat=True).first()


def nearly_full_limits(overview: CapacityOverview) -> list[tuple[str, int, int]]:
    """Return (name, taken, limit) of the limits that are taken to NEARLY_FULL_SHARE or more."""
    counts = [(format_day_and_mode(day.day, mode), count) for day in overview.days for mode, count in day.counts]
    counts += [(category.name, category.count) for category in overview.categories]
    counts.append((overview.in_person_label, overview.in_person))
    return [
        (name, count.taken, count.limit)
        for name, count in counts
        if count.limit is not None and count.taken >= NEARLY_FULL_SHARE * count.limit
    ]
