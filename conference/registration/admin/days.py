"""Admin page that changes the days of a registration. The participant is informed by e-mail."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import formatting
from ..capacity import availability_labels_for, seats_with_position
from ..formatting import upcoming_days
from ..forms import DaysForm, build_day_choices
from ..models import Registration, Seat
from ..states import InvalidTransitionError
from ..workflow import change_days, seats_locked
from .base import (
    RegistrationChangedError,
    check_unchanged,
    conflict_message,
    get_registration,
    render_admin_page,
    version_token,
)

EDIT_DAYS_TEMPLATE = "admin/registration/edit_days.html"


class AdminDaysForm(DaysForm):
    online_while_waitlisted = forms.BooleanField(
        label=gettext_lazy("If the in-person seats are full, register the participant online during the wait"),
        required=False,
    )


def edit_days_view(model_admin: ModelAdmin, request: HttpRequest, key: UUID) -> HttpResponse:
    if not model_admin.has_change_permission(request):
        raise PermissionDenied(_("You do not have permission to change registrations."))
    registration, days = get_registration(model_admin, request, key), upcoming_days()
    if registration.is_closed or not days:
        return redirect_closed(request, registration)
    seats = seats_with_position(registration)
    form = AdminDaysForm.for_registration(registration, seats, days, request.POST if request.method == "POST" else None)
    if not form.is_bound or not form.is_valid():
        return render_days_form(model_admin, request, registration, seats, form)
    if not form.has_changed():
        messages.info(request, _("Nothing was changed."))
        return redirect_to_review(registration)
    try:
        save_days(request, registration, form)
    except RegistrationChangedError:
        return render_conflict(model_admin, request, registration, form, conflict_message(registration))
    except InvalidTransitionError as error:
        return render_conflict(model_admin, request, registration, form, str(error))
    messages.success(request, _("The days of “%(name)s” were saved.") % {"name": registration})
    return redirect_to_review(registration)


def save_days(request: HttpRequest, registration: Registration, form: AdminDaysForm) -> None:
    online = form.cleaned_data["online_while_waitlisted"]
    with seats_locked():
        check_unchanged(registration, request.POST.get("version", ""))
        change_days(registration, form.selected_days(), by=request.user, online_while_waitlisted=online)


def render_conflict(
    model_admin: ModelAdmin, request: HttpRequest, registration: Registration, form: AdminDaysForm, error: str
) -> HttpResponse:
    """Show the current seats with an error, and keep the choice in the form."""
    registration = get_registration(model_admin, request, registration.pk)
    if registration.is_closed:
        return redirect_closed(request, registration)
    seats = seats_with_position(registration)
    return render_days_form(model_admin, request, registration, seats, form, status=409, error=error)


def redirect_closed(request: HttpRequest, registration: Registration) -> HttpResponse:
    messages.error(request, _("The days of “%(name)s” can no longer be changed.") % {"name": registration})
    return redirect_to_review(registration)


def redirect_to_review(registration: Registration) -> HttpResponse:
    return redirect("admin:registration_registration_review", registration.pk)


def render_days_form(
    model_admin: ModelAdmin,
    request: HttpRequest,
    registration: Registration,
    seats: list[Seat],
    form: AdminDaysForm,
    *,
    status: int = 200,
    error: str = "",
) -> TemplateResponse:
    labels = availability_labels_for(
        registration,
        seats,
        form.days,
        seat_label=describe_own_seat,
        category_full_label=_("The category is full. The participant would join the wait list."),
        empty_waitlist_label=_("Full. The wait list is empty."),
    )
    context = {
        "title": _("Days of “%(name)s”") % {"name": registration.badge_name},
        "registration": registration,
        "form": form,
        "days": build_day_choices(form, labels),
        "version": version_token(registration),
        "error": error,
        "is_admitted": registration.is_admitted,
    }
    return render_admin_page(model_admin, request, EDIT_DAYS_TEMPLATE, context, status=status)


def describe_own_seat(seat: Seat) -> str:
    if seat.is_interim:
        return capfirst(formatting.describe_seat(seat.mode, seat.status, seat.is_interim))
    return seat.get_status_display()
