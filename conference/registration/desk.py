"""What the first page of the organizers' desk tells registrars: how many stand where, what is nearly full, who came
last. As often asked of the database for many as for one."""

from dataclasses import dataclass

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..models import Conference
from .day_marks import day_and_mode
from .limits import in_sight
from .models import Category, Consent, Registration, State
from .posting import waiting_too_long

# So many stand on the page, and so full is nearly full.
LATEST, NEARLY = 5, 0.9


@dataclass(frozen=True)
class Registering:
    """counts: (words, number, address) by state; first: the key of who has waited longest for a decision; nearly_full:
    (name, taken, limit); stuck: how many letters do not go out; missing: (sentence, address) of what nobody can
    register without, while registration is open or will be."""

    counts: list
    awaiting: int
    first: object
    nearly_full: list
    stuck: int
    latest: list
    missing: list


def at_a_glance(user):
    """The part of the page, by name; None for whom it is not."""
    is_for = user.has_perm("registration.decide") or user.has_perm("registration.change_registration")
    return {"registering": registering(user) if is_for else None}


def registering(user):
    numbers = dict(Registration.objects.order_by().values_list("state").annotate(Count("pk")))
    page = reverse("admin:registration_registration_changelist")
    counts = [(state.label, numbers.get(state, 0), f"{page}?state__exact={state.value}") for state in State]
    latest = Registration.objects.select_related("category").order_by("-submitted_at", "pk")[:LATEST]
    return Registering(
        [count for count in counts if count[1]],
        numbers.get(State.SUBMITTED, 0),
        _first_in_line(),
        nearly_full(in_sight()),
        waiting_too_long() if user.has_perm("registration.view_letter") else 0,
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
        words = _("Nobody can register: there is no open category.")
        found.append((words, reverse("admin:registration_category_changelist")))
    if not Consent.objects.exists():
        words = _("Nobody can register: there is no consent text.")
        found.append((words, reverse("admin:registration_consent_changelist")))
    return found


def _first_in_line():
    waiting = Registration.objects.filter(state=State.SUBMITTED).order_by("submitted_at", "pk")
    return waiting.values_list("pk", flat=True).first()


def nearly_full(seen):
    """What is taken to nine tenths or more: (name, taken, limit)."""
    named = [(day_and_mode(day.day, mode), tally) for day in seen.days for mode, tally in day.tallies]
    named += [(category.name, category.tally) for category in seen.categories]
    named.append((seen.house_name, seen.house))
    return [(name, t.taken, t.limit) for name, t in named if t.limit is not None and t.taken >= NEARLY * t.limit]
