"""The programme on the admin's dashboard: issues, upcoming sessions, to-do list and latest releases.

The number of queries does not depend on the number of rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from conference.core.i18n.translations import TranslationFilter, get_missing_translations, get_stale_translations
from speakers.models import Speaker

from ..checks import Issue, Severity, find_issues
from ..models import Release, Room, Session, Theme
from .checks import can_see_checks

MAX_ISSUES, MAX_UPCOMING, MAX_RELEASES = 10, 6, 5


@dataclass(frozen=True)
class IssueSummary:
    """The number of issues per severity, and the first of them; info_issues are those of severity INFO."""

    counts: list[tuple[Severity, int]]
    top_issues: list[Issue]
    info_issues: list[Issue]
    total: int


@dataclass(frozen=True)
class TodoItem:
    """A kind of pending work: how many rows, and the URL of their list."""

    label: str | Promise
    number: int
    url: str


def get_dashboard_context(user) -> dict:
    """Return the template context; a section that the user may not see is None."""
    can_see_drafts = can_see_checks(user)
    return {
        "issue_summary": summarize_issues() if can_see_drafts else None,
        "upcoming_sessions": get_upcoming_sessions() if can_see_drafts else None,
        "todo_items": list_todo_items(user) if can_see_drafts else None,
        "latest_releases": get_latest_releases() if user.has_perm("programme.view_release") else None,
    }


def summarize_issues() -> IssueSummary:
    issues = find_issues()
    counts = [(severity, sum(issue.severity == severity for issue in issues)) for severity in Severity]
    top_issues = [issue for issue in issues if issue.severity < Severity.INFO]
    return IssueSummary(counts, top_issues[:MAX_ISSUES], issues[len(top_issues) :][:MAX_ISSUES], len(issues))


def get_upcoming_sessions() -> list[Session]:
    """Return the next sessions that are not cancelled, drafts included."""
    upcoming = Session.objects.active().upcoming(timezone.now())
    return list(upcoming.select_related("room").order_by("starts_at", "room__order", "title_en")[:MAX_UPCOMING])


def list_todo_items(user) -> list[TodoItem]:
    """Return missing and outdated translations and unconfirmed speakers; no items without rows."""
    items = [*list_translation_items(user), make_unconfirmed_item()]
    return [item for item in items if item.number]


def list_translation_items(user) -> Iterator[TodoItem]:
    labels = {
        "missing": _("%(rows)s without a translation"),
        "stale": _("%(rows)s with an outdated translation"),
    }
    for model in (Session, Speaker, Theme, Room):
        meta = model._meta
        if not user.has_perm(f"{meta.app_label}.view_{meta.model_name}"):
            continue
        rows = list(model.objects.order_by())
        counts = {
            "missing": sum(bool(get_missing_translations(row)) for row in rows),
            "stale": sum(bool(get_stale_translations(row)) and not get_missing_translations(row) for row in rows),
        }
        list_url = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
        for state, number in counts.items():
            url = f"{list_url}?{TranslationFilter.parameter_name}={state}"
            rows_name = meta.verbose_name if number == 1 else meta.verbose_name_plural
            yield TodoItem(labels[state] % {"rows": rows_name}, number, url)


def make_unconfirmed_item() -> TodoItem:
    number = Session.objects.with_unconfirmed_speakers().count()
    list_url = reverse("admin:programme_session_changelist")
    return TodoItem(_("sessions with unconfirmed speakers"), number, f"{list_url}?speakers=unconfirmed")


def get_latest_releases() -> list[Release]:
    latest = Release.objects.select_related("published_by").without_content()
    return list(latest.order_by("-number")[:MAX_RELEASES])
