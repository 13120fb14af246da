"""Admin page of the period of registration: its state in words, and buttons that open, close and extend it."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conference.core.admin.fields import label_date_and_time_inputs
from conference.core.polling import NotLoadedError
from conference.facts import ConferenceFacts, RegistrationPeriod
from conference.site_data import format_date_range, get_site_data

from ..period import (
    PeriodChangedError,
    close_now,
    describe_period,
    find_contradictions,
    load_period,
    open_now,
    save_period,
)
from .base import render_admin_page

PERIOD_TEMPLATE = "admin/registration/period.html"
PERIOD_URL_NAME = "admin:registration_period"
HISTORY_REASONS = {
    "open": gettext_lazy("Registration opened"),
    "close": gettext_lazy("Registration closed"),
    "extend": gettext_lazy("Registration extended"),
    "save": gettext_lazy("Registration period changed"),
}
# The actions that make sense in each phase.
PHASE_ACTIONS = {
    "unset": ("open", "save"),
    "before": ("open", "extend", "save"),
    "open": ("close", "extend", "save"),
    "closed": ("open", "extend", "save"),
    "over": (),
}


def split_datetime_field(label: Any, *, required: bool) -> forms.SplitDateTimeField:
    field = forms.SplitDateTimeField(label=capfirst(label), required=required, widget=AdminSplitDateTime())
    label_date_and_time_inputs(field)
    return field


class PeriodForm(forms.Form):
    """Form that results in a RegistrationPeriod without contradictions."""

    def __init__(self, data: QueryDict | None, period: RegistrationPeriod, facts: ConferenceFacts):
        super().__init__(data, initial={"opens_at": period.opens_at, "closes_at": period.closes_at})
        self.period, self.facts = period, facts

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            for name, error in find_contradictions(self.get_period(), self.facts).items():
                self.add_error(name if name in self.fields else None, error)
        return data

    def get_period(self) -> RegistrationPeriod:
        raise NotImplementedError


class TimesForm(PeriodForm):
    """Both times, as they are stored."""

    opens_at = split_datetime_field(gettext_lazy("registration opens"), required=False)
    closes_at = split_datetime_field(gettext_lazy("registration closes"), required=False)

    def get_period(self) -> RegistrationPeriod:
        return RegistrationPeriod(self.cleaned_data["opens_at"], self.cleaned_data["closes_at"])


class ExtensionForm(PeriodForm):
    """A new end of registration, which is in the future."""

    prefix = "extension"
    closes_at = split_datetime_field(gettext_lazy("until"), required=True)

    def clean_closes_at(self) -> datetime:
        closes_at: datetime = self.cleaned_data["closes_at"]
        if closes_at <= timezone.now():
            raise forms.ValidationError(_("Enter a time in the future."))
        return closes_at

    def get_period(self) -> RegistrationPeriod:
        return RegistrationPeriod(self.period.opens_at, self.cleaned_data["closes_at"])


def period_view(model_admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    """Show the period of registration, or change it by one of the actions in HISTORY_REASONS."""
    if not model_admin.has_view_or_change_permission(request):
        raise PermissionDenied
    try:
        facts = get_site_data().facts
    except NotLoadedError:
        messages.error(request, _("There is no conference yet. Run “manage.py quickstart” to create one."))
        return redirect("admin:index")
    if request.method != "POST":
        return render_period(model_admin, request, facts)
    if not model_admin.has_change_permission(request):
        raise PermissionDenied(_("You do not have permission to change the registration period."))
    return change_period(model_admin, request, facts)


def change_period(model_admin: ModelAdmin, request: HttpRequest, facts: ConferenceFacts) -> HttpResponse:
    period, now, action = load_period(), timezone.now(), request.POST.get("action", "")
    if request.POST.get("version") != make_version(period) or action not in get_actions(period, facts, now):
        return render_conflict(model_admin, request, facts)
    if action in ("open", "close"):
        changed = open_now(period, now) if action == "open" else close_now(period, now)
    else:
        form = (ExtensionForm if action == "extend" else TimesForm)(request.POST, period, facts)
        if not form.is_valid():
            return render_period(model_admin, request, facts, **{f"{action}_form": form})
        changed = form.get_period()
    try:
        save_period(changed, expected=period, by=request.user, reason=str(HISTORY_REASONS[action]))
    except PeriodChangedError:
        return render_conflict(model_admin, request, facts)
    message = _("Saved. Registration: %(state)s") % {"state": describe_period(changed, facts, timezone.now())}
    messages.success(request, message)
    return redirect(PERIOD_URL_NAME)


def get_actions(period: RegistrationPeriod, facts: ConferenceFacts, now: datetime) -> tuple[str, ...]:
    return PHASE_ACTIONS[period.get_phase(facts, now)]


def make_version(period: RegistrationPeriod) -> str:
    return f"{period.opens_at and period.opens_at.isoformat()} {period.closes_at and period.closes_at.isoformat()}"


def render_conflict(model_admin: ModelAdmin, request: HttpRequest, facts: ConferenceFacts) -> HttpResponse:
    """Render the page as it is now, with the submitted times if there are any."""
    error = _("Nothing was saved: the registration period has changed since you opened this page. Check it again.")
    forms_by_name: dict[str, PeriodForm] = {}
    if request.POST.get("action") == "save":
        forms_by_name["save_form"] = TimesForm(request.POST, load_period(), facts)
    elif request.POST.get("action") == "extend":
        forms_by_name["extend_form"] = ExtensionForm(request.POST, load_period(), facts)
    return render_period(model_admin, request, facts, status=409, error=error, **forms_by_name)


def render_period(
    model_admin: ModelAdmin, request: HttpRequest, facts: ConferenceFacts, *, status: int = 200, **context: Any
) -> HttpResponse:
    period, now = load_period(), timezone.now()
    actions = get_actions(period, facts, now) if model_admin.has_change_permission(request) else ()
    times_form, extension_form = TimesForm(None, period, facts), ExtensionForm(None, period, facts)
    context = {
        "title": _("Registration period"),
        "state": describe_period(period, facts, now),
        "after_opening": describe_period(open_now(period, now), facts, now),
        "days": format_date_range(facts.starts_on, facts.ends_on),
        "actions": actions,
        "version": make_version(period),
        "save_form": times_form,
        "extend_form": extension_form,
        "media": model_admin.media + times_form.media,
        "error": "",
    } | context
    return render_admin_page(model_admin, request, PERIOD_TEMPLATE, context, status=status)
