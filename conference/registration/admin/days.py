"""Somebody's days chosen at the desk, for who asks for it by telephone. A letter tells them what they have then."""

from functools import partial

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from .. import formatting
from ..capacity import availability_labels_for, seats_with_position
from ..formatting import upcoming_days
from ..forms import DaysForm, build_day_choices
from ..states import ADMITTED_STATUSES, CLOSED_STATUSES, InvalidTransitionError
from ..workflow import change_days, seats_locked
from .review import RegistrationChangedError, check_unchanged, conflict_message, get_registration, version_token

EDIT_DAYS_TEMPLATE = "admin/registration/edit_days.html"


def get_days_urls(desk):
    """desk is the admin of registrations."""
    page = desk.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(partial(edit_days_view, desk)))
    return [path("<uuid:key>/days/", page, name="registration_registration_days")]


class AdminDaysForm(DaysForm):
    online_meanwhile = forms.BooleanField(
        label=gettext_lazy("If the in-person seats are full, register the participant online during the wait"),
        required=False,
    )


def edit_days_view(desk, request, key):
    if not desk.has_change_permission(request):
        raise PermissionDenied(_("You do not have permission to change registrations."))
    row, to_come = get_registration(desk, request, key), upcoming_days()
    if row.status in CLOSED_STATUSES or not to_come:
        return redirect_closed(request, row)
    seats = seats_with_position(row)
    form = AdminDaysForm.for_registration(row, seats, to_come, request.POST if request.method == "POST" else None)
    if not form.is_bound or not form.is_valid():
        return render_days_form(desk, request, row, seats, form)
    if not form.has_changed():
        messages.info(request, _("Nothing was changed."))
        return redirect_to_review(row)
    try:
        with seats_locked():
            check_unchanged(row, request.POST.get("seen", ""))
            meanwhile = form.cleaned_data["online_while_waitlisted"]
            change_days(row, form.selected_days(), by=request.user, online_while_waitlisted=meanwhile)
    except RegistrationChangedError:
        return render_conflict(desk, request, row, form, conflict_message(row))
    except InvalidTransitionError as reason:
        return render_conflict(desk, request, row, form, str(reason))
    messages.success(request, _("The days of “%(name)s” were saved.") % {"name": row})
    return redirect_to_review(row)


def render_conflict(desk, request, row, form, refusal):
    """How it is now, with what was chosen still in the form."""
    row = get_registration(desk, request, row.pk)
    if row.status in CLOSED_STATUSES:
        return redirect_closed(request, row)
    return render_days_form(desk, request, row, seats_with_position(row), form, status=409, refusal=refusal)


def redirect_closed(request, row):
    messages.error(request, _("The days of “%(name)s” can no longer be changed.") % {"name": row})
    return redirect_to_review(row)


def redirect_to_review(row):
    return redirect("admin:registration_registration_review", row.pk)


def render_days_form(desk, request, row, seats, form, *, status=200, refusal=""):
    words = availability_labels_for(
        row,
        seats,
        form.days,
        seat_label=describe_own_seat,
        category_full_label=_("The category is full. The participant would join the wait list."),
        empty_waitlist_label=_("Full. The wait list is empty."),
    )
    context = desk.admin_site.each_context(request) | {
        "title": _("Days of “%(name)s”") % {"name": row.badge_name},
        "opts": desk.opts,
        "registration": row,
        "form": form,
        "days": build_day_choices(form, words),
        "seen": version_token(row),
        "refusal": refusal,
        "is_admitted": row.status in ADMITTED_STATUSES,
    }
    request.current_app = desk.admin_site.name
    return TemplateResponse(request, EDIT_DAYS_TEMPLATE, context, status=status)


def describe_own_seat(seat):
    if seat.is_interim:
        return capfirst(formatting.describe_seat(seat.mode, seat.status, seat.is_interim))
    return seat.get_status_display()
