"""What the first page of the organizers' desk tells registrars: how many stand where, what is nearly full, who came
last. As often asked of the database for many as for one."""

from dataclasses import dataclass

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conference.mail.models import QueuedEmail
from conference.models import Conference

from ..formatting import format_day_and_mode
from ..models import Category, ConsentText, Registration, RegistrationStatus
from .capacity import capacity_overview

# So many stand on the page, and so full is nearly full.
LATEST_COUNT, NEARLY_FULL_SHARE = 5, 0.9


@dataclass(frozen=True)
class RegistrationSummary:
    """counts: (words, number, address) by state; first: the key of who has waited longest for a decision; nearly_full:
    (name, taken, limit); stuck: how many letters do not go out; missing: (sentence, address) of what nobody can
    register without, while registration is open or will be."""

    status_counts: list
    pending: int
    next_pending_id: object
    nearly_full: list
    overdue_emails: int
    latest: list
    missing: list


def dashboard_context(user):
    """The part of the page, by name; None for whom it is not."""
    is_for = user.has_perm("registration.decide") or user.has_perm("registration.change_registration")
    return {"registering": registration_summary(user) if is_for else None}


def registration_summary(user):
    numbers = dict(Registration.objects.order_by().values_list("status").annotate(Count("pk")))
    page = reverse("admin:registration_registration_changelist")
    counts = [
        (state.label, numbers.get(state, 0), f"{page}?state__exact={state.value}") for state in RegistrationStatus
    ]
    latest = Registration.objects.select_related("category").order_by("-submitted_at", "pk")[:LATEST_COUNT]
    return RegistrationSummary(
        [count for count in counts if count[1]],
        numbers.get(RegistrationStatus.SUBMITTED, 0),
        longest_pending_id(),
        nearly_full_quotas(capacity_overview()),
        QueuedEmail.objects.overdue().count() if user.has_perm("mail.view_queuedemail") else 0,
        list(latest),
        missing_to_register(),
    )


def missing_to_register():
    """Pairs of a sentence and where to add what is missing; none where registration is over or has no dates."""
    conference = Conference.objects.filter(registration_opens_at__isnull=False).first()
    if conference is None or (conference.registration_closes_at or timezone.now()) < timezone.now():
        return []
    found = []
    if not Category.objects.filter(is_open=True).exists():
        words = _("Registration is not possible: no category is open.")
        found.append((words, reverse("admin:registration_category_changelist")))
    if not ConsentText.objects.exists():
        words = _("Registration is not possible: there is no consent text.")
        found.append((words, reverse("admin:registration_consenttext_changelist")))
    return found


def longest_pending_id():
    waiting = Registration.objects.filter(status=RegistrationStatus.SUBMITTED).order_by("submitted_at", "pk")
    return waiting.values_list("pk", flat=True).first()


def nearly_full_quotas(seen):
    """What is taken to nine tenths or more: (name, taken, limit)."""
    named = [(format_day_and_mode(day.day, mode), tally) for day in seen.days for mode, tally in day.counts]
    named += [(category.name, category.count) for category in seen.categories]
    named.append((seen.in_person_label, seen.in_person))
    return [
        (name, t.taken, t.limit) for name, t in named if t.limit is not None and t.taken >= NEARLY_FULL_SHARE * t.limit
    ]
