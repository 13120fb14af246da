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

from . import day_marks
from .admission import choose_days, holding_seats
from .availability import words_for_one
from .days import days_to_come
from .forms import DaysForm, day_questions
from .review import ChangedMeanwhile, as_it_is, refuse_what_has_changed, seen, what_happened
from .seats import seats_of
from .states import ADMITTED, CLOSED, NotPossible

TEMPLATE = "admin/registration/days.html"


def urls(desk):
    """desk is the admin of registrations."""
    page = desk.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(partial(choose, desk)))
    return [path("<uuid:key>/days/", page, name="registration_registration_days")]


class TheirDaysForm(DaysForm):
    online_meanwhile = forms.BooleanField(
        label=gettext_lazy("Where they have to wait for a seat in the house, they attend online meanwhile"),
        required=False,
    )


def choose(desk, request, key):
    if not desk.has_change_permission(request):
        raise PermissionDenied(_("Only those who may correct registrations can change days."))
    row, to_come = as_it_is(desk, request, key), days_to_come()
    if row.state in CLOSED or not to_come:
        return _not_any_more(request, row)
    seats = seats_of(row)
    form = TheirDaysForm.of(row, seats, to_come, request.POST if request.method == "POST" else None)
    if not form.is_bound or not form.is_valid():
        return _show(desk, request, row, seats, form)
    if not form.has_changed():
        messages.info(request, _("Nothing was changed."))
        return _back_to(row)
    try:
        with holding_seats():
            refuse_what_has_changed(row, request.POST.get("seen", ""))
            meanwhile = form.cleaned_data["online_meanwhile"]
            choose_days(row, form.chosen(), by=request.user, online_meanwhile=meanwhile)
    except ChangedMeanwhile:
        return _refuse(desk, request, row, form, what_happened(row))
    except NotPossible as reason:
        return _refuse(desk, request, row, form, str(reason))
    messages.success(request, _("The days of “%(name)s” are saved.") % {"name": row})
    return _back_to(row)


def _refuse(desk, request, row, form, refusal):
    """How it is now, with what was chosen still in the form."""
    row = as_it_is(desk, request, row.pk)
    if row.state in CLOSED:
        return _not_any_more(request, row)
    return _show(desk, request, row, seats_of(row), form, status=409, refusal=refusal)


def _not_any_more(request, row):
    messages.error(request, _("The days of “%(name)s” cannot be changed any more.") % {"name": row})
    return _back_to(row)


def _back_to(row):
    return redirect("admin:registration_registration_review", row.pk)


def _show(desk, request, row, seats, form, *, status=200, refusal=""):
    words = words_for_one(
        row,
        seats,
        form.days,
        of_a_seat=_in_words,
        category_is_full=_("Their category is full. They would wait."),
        first_in_line=_("Full. Nobody is waiting yet."),
    )
    context = desk.admin_site.each_context(request) | {
        "title": _("Days of “%(name)s”") % {"name": row.badge_name},
        "opts": desk.opts,
        "registration": row,
        "form": form,
        "days": day_questions(form, words),
        "seen": seen(row),
        "refusal": refusal,
        "is_admitted": row.state in ADMITTED,
    }
    request.current_app = desk.admin_site.name
    return TemplateResponse(request, TEMPLATE, context, status=status)


def _in_words(seat):
    if seat.meanwhile:
        return capfirst(day_marks.in_words(seat.mode, seat.state, seat.meanwhile))
    return seat.get_state_display()
