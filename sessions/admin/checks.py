"""The page with all results of the checks, filtered and in pages."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from ..checks import Issue, Severity, find_issues
from ..checks.labels import CHECK_LABELS
from ..models import Session

ISSUES_PER_PAGE = 50


class IssueFilterForm(forms.Form):
    """Filters from a query string. Invalid values are reported and ignored; the others still apply."""

    level = forms.ChoiceField(label=_("Level"), required=False)
    check = forms.ChoiceField(label=_("Kind"), required=False)
    session = forms.ChoiceField(label=_("Session"), required=False)

    def __init__(self, issues: Iterable[Issue], query: Mapping[str, str]):
        super().__init__(data={name: query.get(name, "") for name in self.base_fields}, auto_id="id_%s")
        checks = {issue.check: CHECK_LABELS.get(issue.check, issue.check) for issue in issues}
        sessions = {row.id: row.label for issue in issues for row in issue.rows if row.kind == "session"}
        levels = [(severity.slug, severity.label) for severity in Severity]
        self.set_choices("level", _("All levels"), levels)
        self.set_choices("check", _("All kinds"), sorted(checks.items(), key=lambda item: str(item[1])))
        self.set_choices("session", _("All sessions"), sorted(sessions.items(), key=lambda item: (item[1], item[0])))
        self.full_clean()

    def set_choices(self, name: str, empty_label: object, choices: Iterable[tuple[str, object]]) -> None:
        field = self.fields[name]
        field.choices = [("", empty_label), *choices]  # type: ignore[attr-defined]  # a ChoiceField
        field.error_messages["invalid_choice"] = _("“%(value)s” is not a valid option and was ignored.")

    @property
    def is_active(self) -> bool:
        return any(self.cleaned_data.values())

    def filter_issues(self, issues: Iterable[Issue], *, ignore: str = "") -> list[Issue]:
        """Return the issues that match all filters except the one to ignore."""
        values = {name: value for name, value in self.cleaned_data.items() if value and name != ignore}
        return [issue for issue in issues if all(matches(issue, name, value) for name, value in values.items())]


def matches(issue: Issue, name: str, value: str) -> bool:
    if name == "level":
        return issue.severity.slug == value
    if name == "check":
        return issue.check == value
    return any((row.kind, row.id) == ("session", value) for row in issue.rows)


def get_checks_urls(admin_site: admin.AdminSite) -> list[URLPattern]:
    return [path("checks/", admin_site.admin_view(checks_view), name="programme_session_checks")]


def can_see_checks(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Return whether the user may see the results of the checks, which name draft sessions."""
    return user.has_perm("programme.view_session") or user.has_perm("programme.change_session")


def checks_view(request: HttpRequest) -> HttpResponse:
    """List the results of the checks of the draft."""
    if not can_see_checks(request.user):
        raise PermissionDenied(_("You do not have permission to view draft sessions."))
    issues = find_issues()
    form = IssueFilterForm(issues, request.GET)
    found = form.filter_issues(issues)
    page = Paginator(found, ISSUES_PER_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": _("Checks"),
        "opts": Session._meta,
        "form": form,
        "counts": count_by_severity(form.filter_issues(issues, ignore="level")),
        "page": page,
        "page_numbers": page.paginator.get_elided_page_range(page.number),
        "query": request.GET,
    }
    return TemplateResponse(request, "admin/programme/checks.html", context)


def count_by_severity(issues: Iterable[Issue]) -> list[tuple[Severity, int]]:
    counts = Counter(issue.severity for issue in issues)
    return [(severity, counts[severity]) for severity in Severity]
