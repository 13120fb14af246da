"""What an attendee has: where it stands, what may still be changed, what is known about them, and the way out."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from sessions.text import Text

from . import admission, typed
from .availability import words_for_one
from .calendar import days_ics
from .days import conference_days, days_to_come
from .forms import DaysForm, EditForm, as_initial, day_questions
from .given_back import given_back
from .models import Seat
from .offers import offer_token
from .own import mine, signed_in
from .own_data import everything_about
from .seats import seats_of
from .states import ADMITTED, CLOSED, NotPossible
from .terms import terms

# How a seat of one's own stands, in the form in which days are chosen.
YOURS = {
    Seat.State.ASKED: gettext_lazy("You have asked for it."),
    Seat.State.WAITING: gettext_lazy("You are waiting for it, as number %(place)d."),
    Seat.State.OFFERED: gettext_lazy("It is offered to you."),
    Seat.State.CONFIRMED: gettext_lazy("You have it."),
}
FILES = {"en": "my-days.ics", "vi": "ngay-cua-toi.ics"}


@dataclass(frozen=True)
class Day:
    """One date of the conference and the seats somebody asked for on it, with links to take what is offered."""

    date: object
    seats: list


@signed_in
@require_safe
def my(request):
    """Where it stands and what happens next."""
    if typed.sent_at(request, "register"):
        return redirect("register_finish")
    registration = mine(request)
    if registration is None:
        return render(request, "registration/none.html", {"section": "register"})
    seats = seats_of(registration)
    for seat in seats:
        seat.link = offer_token(seat) if seat.state == Seat.State.OFFERED else ""
    context = {
        "section": "register",
        "registration": registration,
        "category": Text.of(registration.category, "name"),
        "letters_in": dict(settings.LANGUAGES)[registration.letter_language],
        "is_closed": registration.state in CLOSED,
        "is_over": not days_to_come(),
        "days": [Day(date, [seat for seat in seats if seat.day == date]) for date in conference_days()],
        "kinds": {seat.state for seat in seats},
        "has_days": any(seat.state == Seat.State.CONFIRMED for seat in seats),
        "steps": list(registration.steps.all()),
    }
    return render(request, "registration/my.html", context)


# Changing it


@given_back
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request):
    registration = mine(request)
    if registration is None or registration.state in CLOSED:
        return redirect("my")
    if request.method != "POST":
        return _edit_page(request, registration, _unsent(request, "my_edit", _edit_form(registration)))
    if answer := _put_aside(request, "my_edit"):
        return answer
    form = _edit_form(registration, request.POST)
    if not form.is_valid():
        return _edit_page(request, registration, form)
    try:
        admission.edit(registration, form.facts(), by=request.user, needs=form.needs())
    except NotPossible as error:
        form.add_error(None, str(error))
        return _edit_page(request, registration, form)
    typed.forget(request, "my_edit")
    messages.success(request, _("Your changes are saved."))
    return redirect("my")


def _edit_form(registration, data=None):
    categories = [*terms().categories]
    if registration.category not in categories:
        categories.append(registration.category)
    return EditForm(data, initial=EditForm.facts_of(registration), categories=categories)


def _edit_page(request, registration, form, status=200):
    asks_again = registration.state in ADMITTED and registration.category.needs_approval
    context = {"section": "register", "form": form, "registration": registration, "asks_again": asks_again}
    context["address_name"] = "my_edit"
    context["was_kept"] = not form.is_bound and typed.kept(request, "my_edit") is not None
    return render(request, "registration/edit.html", context, status=status)


@given_back
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def days(request):
    registration, to_come = mine(request), days_to_come()
    if registration is None or registration.state in CLOSED or not to_come:
        return redirect("my")
    seats = seats_of(registration)
    if request.method != "POST":
        form = _unsent(request, "my_days", DaysForm.of(registration, seats, to_come))
        return _days_page(request, registration, seats, form)
    if answer := _put_aside(request, "my_days"):
        return answer
    form = DaysForm.of(registration, seats, to_come, request.POST)
    if not form.is_valid():
        return _days_page(request, registration, seats, form)
    try:
        meanwhile = form.cleaned_data["online_meanwhile"]
        admission.choose_days(registration, form.chosen(), by=request.user, online_meanwhile=meanwhile)
    except NotPossible as error:
        form.add_error(None, str(error))
        return _days_page(request, registration, seats, form)
    typed.forget(request, "my_days")
    messages.success(request, _("Your days are saved. How they stand is below."))
    return redirect("my")


def _days_page(request, registration, seats, form, status=200):
    full = _("Your category is full. You would wait.")
    words = words_for_one(registration, seats, form.days, of_a_seat=_yours, category_is_full=full)
    context = {
        "section": "register",
        "form": form,
        "registration": registration,
        "days": day_questions(form, words),
        "address_name": "my_days",
        "was_kept": not form.is_bound and typed.kept(request, "my_days") is not None,
    }
    return render(request, "registration/days.html", context, status=status)


def _yours(seat):
    """How a seat of one's own stands."""
    return _("You have it meanwhile.") if seat.meanwhile else YOURS[seat.state] % {"place": seat.place}


def _unsent(request, name, form):
    """The form with what was typed into it before, if anything was."""
    before = typed.kept(request, name)
    if before is not None:
        form.initial = as_initial(form, before)
    return form


def _put_aside(request, name):
    """An answer where the button pressed was not the one that saves; else None."""
    if "clear" in request.POST:
        typed.forget(request, name)
        return redirect(name)
    if "switch" in request.POST:
        typed.keep(request, name)
        return redirect(name)
    return None


@signed_in
def edit_again(request):
    registration = mine(request)
    if registration is None or registration.state in CLOSED:
        return redirect("my")
    form = _as_typed(request, _edit_form(registration))
    return _edit_page(request, registration, form, status=403)


@signed_in
def days_again(request):
    registration, to_come = mine(request), days_to_come()
    if registration is None or registration.state in CLOSED or not to_come:
        return redirect("my")
    seats = seats_of(registration)
    form = _as_typed(request, DaysForm.of(registration, seats, to_come))
    return _days_page(request, registration, seats, form, status=403)


def _as_typed(request, form):
    form.initial = as_initial(form, request.POST)
    messages.warning(request, _("Nothing was saved, because you have signed in or out meanwhile. Press once more."))
    return form


edit.after_csrf_failure, days.after_csrf_failure = edit_again, days_again


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request):
    """Asks first."""
    registration = mine(request)
    if registration is None or registration.state in CLOSED:
        return redirect("my")
    if request.method != "POST":
        return render(request, "registration/cancel.html", {"section": "register", "registration": registration})
    try:
        admission.cancel(registration, by=request.user)
    except NotPossible:
        # Closed in this very moment, in another window or by the organizers: their page says which.
        return redirect("my")
    return redirect("my")


# Taking it along, and the way out


@signed_in
@require_safe
def calendar(request):
    """The confirmed days as a file."""
    registration = mine(request)
    content = days_ics(registration, registration.seats.all()) if registration else b""
    if not content:
        raise Http404
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{FILES.get(request.LANGUAGE_CODE, "days.ics")}"'
    return response


@signed_in
@require_safe
def data(request):
    """Everything that is known about somebody, as a file."""
    response = JsonResponse(
        everything_about(request.user, mine(request)), json_dumps_params={"ensure_ascii": False, "indent": 2}
    )
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request):
    """Asks first; then everything is gone, and nobody is signed in any more."""
    forgotten = request.method == "POST" and not request.POST.get("sure")
    if request.method != "POST" or forgotten:
        context = {"section": "register", "registration": mine(request), "forgotten": forgotten}
        return render(request, "registration/erase.html", context)
    was_staff = request.user.is_staff
    admission.erase(request.user)
    logout(request)
    return render(request, "registration/erased.html", {"section": "register", "was_staff": was_staff})
