"""Somebody's days chosen at the desk, for who asks for it by telephone. They are told by letter, as if they had."""

from functools import partial

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
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
from .days import can_be_chosen, days_to_come
from .forms import DaysForm, day_questions
from .own import seats_of
from .review import ChangedMeanwhile, as_it_is, refuse_what_has_changed, seen, what_happened
from .states import ADMITTED, NotPossible

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
    row = desk.get_queryset(request).filter(pk=key).first()
    if not desk.has_change_permission(request, row):
        raise PermissionDenied(_("Only those who may correct registrations can change days."))
    if row is None:
        raise Http404
    if not can_be_chosen(row):
        return _back_to(row)
    seats = seats_of(row)
    form = TheirDaysForm.of(row, seats, days_to_come(), request.POST if request.method == "POST" else None)
    if not form.is_bound or not form.is_valid():
        return _show(desk, request, row, seats, form)
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
    """How it is now, with what was chosen still in the form; where nothing can be chosen any more, that is said."""
    row = as_it_is(desk, request, row)
    if not can_be_chosen(row):
        messages.error(request, refusal)
        return _back_to(row)
    return _show(desk, request, row, seats_of(row), form, status=409, refusal=refusal)


def _back_to(row):
    return redirect("admin:registration_registration_review", row.pk)


def _show(desk, request, row, seats, form, *, status=200, refusal=""):
    full = _("Their category is full. They would wait.")
    words = words_for_one(row, seats, form.days, of_a_seat=_in_words, of_a_full_category=full)
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
