"""What the first page of the organizers' desk tells of the programme: what is wrong, what comes next, what is awaited,
and the last releases. Each part asks the database as often for many rows as for one, and is None for whom it is not."""

from dataclasses import dataclass

from django.apps import apps
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conference.core.translations import TranslationFilter, get_missing_translations, get_stale_translations

from ..checks import Severity, find_issues
from ..models import Release, Room, Session, Theme

# So many stand on the page; the rest is a link away.
MAX_ISSUES, MAX_UPCOMING, MAX_RELEASES = 10, 6, 5


@dataclass(frozen=True)
class IssueSummary:
    """counts are pairs of a level and a number, those at zero included; worst and informing are a few of the findings,
    informing those that ask for nothing."""

    counts: list
    top_issues: list
    info_issues: list
    total: int

    @property
    def has_more(self):
        return self.total > len(self.top_issues) + len(self.info_issues)


@dataclass(frozen=True)
class TodoItem:
    """Something that somebody still has to do: how often, and the list of it."""

    label: str
    number: int
    url: str


def get_dashboard_context(user):
    """The parts of the page by name."""
    sees_drafts = user.has_perm("programme.view_session") or user.has_perm("programme.change_session")
    return {
        "wrong": summarize_issues() if sees_drafts else None,
        "coming_up": get_upcoming_sessions() if sees_drafts else None,
        "awaited": list_todo_items(user) if sees_drafts else None,
        "releases": get_latest_releases() if user.has_perm("programme.view_release") else None,
    }


def summarize_issues():
    found = find_issues()
    counts = [(level, sum(finding.severity == level for finding in found)) for level in Severity]
    pressing = [finding for finding in found if finding.severity < Severity.INFO]
    return IssueSummary(counts, pressing[:MAX_ISSUES], found[len(pressing) :][:MAX_ISSUES], len(found))


def get_upcoming_sessions():
    """The sessions that start next, drafts included."""
    ahead = Session.objects.filter(starts_at__gte=timezone.now()).exclude(status=Session.Status.CANCELLED)
    return list(ahead.select_related("room").order_by("starts_at", "room__order", "title_en")[:MAX_UPCOMING])


def list_todo_items(user):
    """Translations that are missing or out of date, and speakers who have not confirmed; only what there is."""
    found = [*list_translation_todos(user), make_unconfirmed_todo()]
    return [item for item in found if item.number]


def list_translation_todos(user):
    words = {
        "missing": _("%(rows)s without a translation"),
        "stale": _("%(rows)s with an outdated translation"),
    }
    for model in (Session, apps.get_model("speakers.Speaker"), Theme, Room):
        meta = model._meta
        if not user.has_perm(f"{meta.app_label}.view_{meta.model_name}"):
            continue
        rows = list(model.objects.order_by())
        counts = {"missing": sum(map(bool, map(get_missing_translations, rows)))}
        counts["stale"] = sum(bool(get_stale_translations(row)) and not get_missing_translations(row) for row in rows)
        page = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
        for state, number in counts.items():
            url = f"{page}?{TranslationFilter.parameter_name}={state}"
            yield TodoItem(words[state] % {"rows": meta.verbose_name_plural}, number, url)


def make_unconfirmed_todo():
    number = Session.objects.filter(HAS_UNCONFIRMED_SPEAKER).distinct().count()
    page = reverse("admin:programme_session_changelist")
    return TodoItem(_("sessions with unconfirmed speakers"), number, f"{page}?speakers=unconfirmed")


# Somebody is named, has not agreed yet, and the session is not off.
HAS_UNCONFIRMED_SPEAKER = Q(participations__speaker__isnull=False, participations__confirmed=False) & ~Q(
    status="cancelled"
)


def get_latest_releases():
    latest = Release.objects.select_related("published_by").defer("document", "changes")
    return list(latest.order_by("-number")[:MAX_RELEASES])
