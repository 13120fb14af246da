"""What the first page of the organizers' desk tells of the programme: what is wrong, what comes next, what is awaited,
and the last releases. Each part asks the database as often for many rows as for one, and is None for whom it is not."""

from dataclasses import dataclass

from django.apps import apps
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .findings import Level, findings
from .models import Release, Room, Session, Theme
from .translations import TranslationFilter, missing, stale

# So many stand on the page; the rest is a link away.
WORST, NEXT, LATEST = 10, 6, 5


@dataclass(frozen=True)
class Wrong:
    """counts are pairs of a level and a number, those at zero included; worst and informing are a few of the findings,
    informing those that ask for nothing."""

    counts: list
    worst: list
    informing: list
    total: int

    @property
    def are_more(self):
        return self.total > len(self.worst) + len(self.informing)


@dataclass(frozen=True)
class Awaited:
    """Something that somebody still has to do: how often, and the list of it."""

    words: str
    number: int
    url: str


def at_a_glance(user):
    """The parts of the page by name."""
    sees_drafts = user.has_perm("programme.view_session") or user.has_perm("programme.change_session")
    return {
        "wrong": wrong() if sees_drafts else None,
        "coming_up": coming_up() if sees_drafts else None,
        "awaited": awaited(user) if sees_drafts else None,
        "releases": latest_releases() if user.has_perm("programme.view_release") else None,
    }


def wrong():
    found = findings()
    counts = [(level, sum(finding.level == level for finding in found)) for level in Level]
    pressing = [finding for finding in found if finding.level < Level.INFORMS]
    return Wrong(counts, pressing[:WORST], found[len(pressing) :][:WORST], len(found))


def coming_up():
    """The sessions that start next, drafts included."""
    ahead = Session.objects.filter(starts_at__gte=timezone.now()).exclude(status=Session.Status.CANCELLED)
    return list(ahead.select_related("room").order_by("starts_at", "room__order", "title_en")[:NEXT])


def awaited(user):
    """Translations that are missing or out of date, and speakers who have not confirmed; only what there is."""
    found = [*_translations(user), _unconfirmed()]
    return [item for item in found if item.number]


def _translations(user):
    words = {
        "missing": _("%(rows)s without a translation"),
        "stale": _("%(rows)s whose translation is out of date"),
    }
    for model in (Session, apps.get_model("speakers.Speaker"), Theme, Room):
        meta = model._meta
        if not user.has_perm(f"{meta.app_label}.view_{meta.model_name}"):
            continue
        rows = list(model.objects.order_by())
        counts = {"missing": sum(map(bool, map(missing, rows)))}
        counts["stale"] = sum(bool(stale(row)) and not missing(row) for row in rows)
        page = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
        for state, number in counts.items():
            url = f"{page}?{TranslationFilter.parameter_name}={state}"
            yield Awaited(words[state] % {"rows": meta.verbose_name_plural}, number, url)


def _unconfirmed():
    number = Session.objects.filter(UNCONFIRMED).distinct().count()
    page = reverse("admin:programme_session_changelist")
    return Awaited(_("sessions with speakers who have not confirmed"), number, f"{page}?speakers=unconfirmed")


# Somebody is named, has not agreed yet, and the session is not off.
UNCONFIRMED = Q(participations__speaker__isnull=False, participations__confirmed=False) & ~Q(status="cancelled")


def latest_releases():
    latest = Release.objects.select_related("published_by").defer("document", "changes")
    return list(latest.order_by("-number")[:LATEST])
