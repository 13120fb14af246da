"""The programme on the admin's dashboard: issues, upcoming sessions, to-do list and latest releases.

The number of queries does not depend on the number of rows.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import ngettext

from conference.core.i18n.translations import TranslationFilter, get_missing_translations, get_stale_translations
from speakers.models import Speaker

from ..checks import Issue, Severity, find_issues
from ..models import Release, Room, Session, Theme
from ..querysets import SESSION_ORDER
from .checks import can_see_checks

MAX_ISSUES, MAX_UPCOMING, MAX_RELEASES = 10, 6, 5


# What follows the number of rows in the to-do list.
TRANSLATION_LABELS: dict[tuple[str, str], Callable[[int], str]] = {
    ("session", "missing"): lambda n: ngettext("session without a translation", "sessions without a translation", n),
    ("speaker", "missing"): lambda n: ngettext("speaker without a translation", "speakers without a translation", n),
    ("theme", "missing"): lambda n: ngettext("theme without a translation", "themes without a translation", n),
    ("room", "missing"): lambda n: ngettext("room without a translation", "rooms without a translation", n),
    ("session", "stale"): lambda n: ngettext(
        "session with an outdated translation", "sessions with an outdated translation", n
    ),
    ("speaker", "stale"): lambda n: ngettext(
        "speaker with an outdated translation", "speakers with an outdated translation", n
    ),
    ("theme", "stale"): lambda n: ngettext(
        "theme with an outdated translation", "themes with an outdated translation", n
    ),
    ("room", "stale"): lambda n: ngettext("room with an outdated translation", "rooms with an outdated translation", n),
}


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
    return list(upcoming.select_related("room").order_by(*SESSION_ORDER)[:MAX_UPCOMING])


def list_todo_items(user) -> list[TodoItem]:
    """Return missing and outdated translations and unconfirmed speakers; no items without rows."""
    items = [*list_translation_items(user), make_unconfirmed_item()]
    return [item for item in items if item.number]


def list_translation_items(user) -> Iterator[TodoItem]:
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
            yield TodoItem(TRANSLATION_LABELS[meta.model_name, state](number), number, url)


def make_unconfirmed_item() -> TodoItem:
    number = Session.objects.with_unconfirmed_speakers().count()
    list_url = reverse("admin:programme_session_changelist")
    label = ngettext("session with unconfirmed speakers", "sessions with unconfirmed speakers", number)
    return TodoItem(label, number, f"{list_url}?speakers=unconfirmed")


def get_latest_releases() -> list[Release]:
    latest = Release.objects.select_related("published_by").without_content()
    return list(latest.order_by("-number")[:MAX_RELEASES])
