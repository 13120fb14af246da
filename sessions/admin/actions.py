"""Bulk actions of the session list: set the status and cancel. See bulk_move_views for the action that moves sessions.

Each action first shows a confirmation page. Nothing is changed if one of the sessions has changed since that page was
shown. Sessions are saved one by one, so that each has a history record.
"""

from collections.abc import Callable

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from ..models import Session
from ..querysets import SESSION_ORDER
from .bulk_move_views import move_selected
from .selection import SessionsChangedError, lock_selection, make_selection_token


class ConfirmForm(forms.Form):
    title = _("Set status to Confirmed")

    def apply(self, session: Session) -> None:
        session.status = Session.Status.CONFIRMED


class MakeTentativeForm(forms.Form):
    title = _("Set status to Tentative")

    def apply(self, session: Session) -> None:
        session.status = Session.Status.TENTATIVE


class CancelForm(forms.Form):
    title = _("Cancel sessions")
    notice_en = forms.CharField(
        label=_("notice (English)"),
        max_length=300,
        help_text=_("The reason, and what happens next. Shown on each session."),
    )
    notice_vi = forms.CharField(label=_("notice (Vietnamese)"), max_length=300, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in self.fields:
            self.fields[name].widget.attrs |= {"class": "vTextField", "lang": name.rpartition("_")[2]}

    def apply(self, session: Session) -> None:
        session.status = Session.Status.CANCELLED
        session.notice_en, session.notice_vi = self.cleaned_data["notice_en"], self.cleaned_data["notice_vi"]


@admin.action(description=_("Set to Confirmed"), permissions=["change"])
def confirm_selected(
    model_admin: admin.ModelAdmin, request: HttpRequest, queryset: QuerySet[Session]
) -> HttpResponse | None:
    return run_bulk_action(model_admin, request, queryset, ConfirmForm)


@admin.action(description=_("Set to Tentative"), permissions=["change"])
def make_selected_tentative(
    model_admin: admin.ModelAdmin, request: HttpRequest, queryset: QuerySet[Session]
) -> HttpResponse | None:
    return run_bulk_action(model_admin, request, queryset, MakeTentativeForm)


@admin.action(description=_("Cancel sessions"), permissions=["change"])
def cancel_selected(
    model_admin: admin.ModelAdmin, request: HttpRequest, queryset: QuerySet[Session]
) -> HttpResponse | None:
    return run_bulk_action(model_admin, request, queryset, CancelForm)


ACTIONS = [confirm_selected, make_selected_tentative, cancel_selected, move_selected]


def run_bulk_action(
    model_admin: admin.ModelAdmin, request: HttpRequest, queryset: QuerySet[Session], form_class: type[forms.Form]
) -> HttpResponse | None:
    """Show the confirmation page; when it is submitted, change all of the sessions or none.

    Return None to redirect to the list.
    """
    is_submitted = "apply" in request.POST
    form = form_class(request.POST if is_submitted else None)
    if not is_submitted or not form.is_valid():
        return render_confirmation(model_admin, request, queryset, form)
    try:
        count = update_sessions([session.pk for session in queryset], request.POST.get("version", ""), form.apply)
    except SessionsChangedError:
        return render_confirmation(model_admin, request, queryset, form, has_conflict=True)
    message = ngettext("%(n)d session was changed.", "%(n)d sessions were changed.", count)
    messages.success(request, message % {"n": count})
    return None


@transaction.atomic
def update_sessions(keys: list, version: str, change: Callable[[Session], None]) -> int:
    """Change these sessions one by one and return their number. Raises SessionsChangedError before any change."""
    sessions = lock_selection(keys, version)
    for session in sessions:
        change(session)
        session.save()
    return len(sessions)


def render_confirmation(
    model_admin: admin.ModelAdmin,
    request: HttpRequest,
    queryset: QuerySet[Session],
    form: forms.Form,
    *,
    has_conflict: bool = False,
) -> TemplateResponse:
    sessions = list(queryset.order_by(*SESSION_ORDER))
    context = model_admin.admin_site.each_context(request) | {
        "title": form.title,
        "opts": Session._meta,
        "form": form,
        "sessions": sessions,
        "version": make_selection_token(sessions),
        "action": request.POST.get("action", ""),
        "checkbox_name": ACTION_CHECKBOX_NAME,
        "has_conflict": has_conflict,
    }
    request.current_app = model_admin.admin_site.name
    status = 409 if has_conflict else 200
    return TemplateResponse(request, "admin/programme/session/bulk_action.html", context, status=status)
