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

from conference.core.text import LocalizedText

from .. import form_drafts, workflow
from ..calendars import attendance_calendar
from ..capacity import availability_labels_for, seats_with_position
from ..form_drafts import return_form_on_database_error
from ..form_options import get_options
from ..formatting import conference_days, upcoming_days
from ..forms import DaysForm, DetailsEditForm, build_day_choices, initial_from_post
from ..models import Seat
from ..offer_tokens import make_offer_token
from ..privacy import export_personal_data
from ..states import ADMITTED_STATUSES, CLOSED_STATUSES, InvalidTransitionError
from .decorators import attendee_login_required, get_own_registration

# How a seat of one's own stands, in the form in which days are chosen.
SEAT_LABELS = {
    Seat.Status.REQUESTED: gettext_lazy("Requested."),
    Seat.Status.WAITLISTED: gettext_lazy("On the wait list, number %(place)d."),
    Seat.Status.OFFERED: gettext_lazy("A seat is offered to you."),
    Seat.Status.CONFIRMED: gettext_lazy("Confirmed."),
}
CALENDAR_FILE_NAMES = {"en": "my-days.ics", "vi": "ngay-cua-toi.ics"}


@dataclass(frozen=True)
class AttendanceDay:
    """One date of the conference and the seats somebody asked for on it, with links to take what is offered."""

    date: object
    seats: list


@attendee_login_required
@require_safe
def dashboard(request):
    """Where it stands and what happens next."""
    if form_drafts.submitted_at(request, "register"):
        return redirect("registration:complete")
    registration = get_own_registration(request)
    if registration is None:
        return render(request, "registration/not_registered.html", {"section": "register"})
    seats = seats_with_position(registration)
    for seat in seats:
        seat.link = make_offer_token(seat) if seat.status == Seat.Status.OFFERED else ""
    context = {
        "section": "register",
        "registration": registration,
        "category": LocalizedText.of(registration.category, "name"),
        "letters_in": dict(settings.LANGUAGES)[registration.email_language],
        "is_closed": registration.status in CLOSED_STATUSES,
        "is_over": not upcoming_days(),
        "days": [AttendanceDay(date, [seat for seat in seats if seat.day == date]) for date in conference_days()],
        "kinds": {seat.status for seat in seats},
        "has_days": any(seat.status == Seat.Status.CONFIRMED for seat in seats),
        "steps": list(registration.events.all()),
    }
    return render(request, "registration/dashboard.html", context)


# Changing it


@return_form_on_database_error
@attendee_login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_details(request):
    registration = get_own_registration(request)
    if registration is None or registration.status in CLOSED_STATUSES:
        return redirect("registration:dashboard")
    if request.method != "POST":
        return render_edit_page(request, registration, restore_draft(request, "my_edit", build_edit_form(registration)))
    if answer := handle_draft_buttons(request, "my_edit"):
        return answer
    form = build_edit_form(registration, request.POST)
    if not form.is_valid():
        return render_edit_page(request, registration, form)
    try:
        workflow.edit_details(
            registration, form.registration_data(), by=request.user, special_needs=form.special_needs_data()
        )
    except InvalidTransitionError as error:
        form.add_error(None, str(error))
        return render_edit_page(request, registration, form)
    form_drafts.delete_draft(request, "my_edit")
    messages.success(request, _("Your changes were saved."))
    return redirect("registration:dashboard")


def build_edit_form(registration, data=None):
    categories = [*get_options().categories]
    if registration.category not in categories:
        categories.append(registration.category)
    return DetailsEditForm(data, initial=DetailsEditForm.initial_from(registration), categories=categories)


def render_edit_page(request, registration, form, status=200):
    asks_again = registration.status in ADMITTED_STATUSES and registration.category.needs_approval
    context = {"section": "register", "form": form, "registration": registration, "asks_again": asks_again}
    context["address_name"] = "my_edit"
    context["was_kept"] = not form.is_bound and form_drafts.load_draft(request, "my_edit") is not None
    return render(request, "registration/edit_details.html", context, status=status)


@return_form_on_database_error
@attendee_login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_days(request):
    registration, to_come = get_own_registration(request), upcoming_days()
    if registration is None or registration.status in CLOSED_STATUSES or not to_come:
        return redirect("registration:dashboard")
    seats = seats_with_position(registration)
    if request.method != "POST":
        form = restore_draft(request, "my_days", DaysForm.for_registration(registration, seats, to_come))
        return render_days_page(request, registration, seats, form)
    if answer := handle_draft_buttons(request, "my_days"):
        return answer
    form = DaysForm.for_registration(registration, seats, to_come, request.POST)
    if not form.is_valid():
        return render_days_page(request, registration, seats, form)
    try:
        meanwhile = form.cleaned_data["online_while_waitlisted"]
        workflow.change_days(registration, form.selected_days(), by=request.user, online_while_waitlisted=meanwhile)
    except InvalidTransitionError as error:
        form.add_error(None, str(error))
        return render_days_page(request, registration, seats, form)
    form_drafts.delete_draft(request, "my_days")
    messages.success(request, _("Your days were saved. See the status below."))
    return redirect("registration:dashboard")


def render_days_page(request, registration, seats, form, status=200):
    full = _("Your category is full. You would join the wait list.")
    words = availability_labels_for(
        registration, seats, form.days, seat_label=describe_own_seat, category_full_label=full
    )
    context = {
        "section": "register",
        "form": form,
        "registration": registration,
        "days": build_day_choices(form, words),
        "address_name": "my_days",
        "was_kept": not form.is_bound and form_drafts.load_draft(request, "my_days") is not None,
    }
    return render(request, "registration/edit_days.html", context, status=status)


def describe_own_seat(seat):
    """How a seat of one's own stands."""
    return _("Confirmed while you wait.") if seat.is_interim else SEAT_LABELS[seat.status] % {"place": seat.place}


def restore_draft(request, name, form):
    """The form with what was typed into it before, if anything was."""
    before = form_drafts.load_draft(request, name)
    if before is not None:
        form.initial = initial_from_post(form, before)
    return form


def handle_draft_buttons(request, name):
    """An answer where the button pressed was not the one that saves; else None."""
    if "clear" in request.POST:
        form_drafts.delete_draft(request, name)
        return redirect(name)
    if "switch" in request.POST:
        form_drafts.save_draft(request, name)
        return redirect(name)
    return None


@attendee_login_required
def edit_details_csrf_retry(request):
    registration = get_own_registration(request)
    if registration is None or registration.status in CLOSED_STATUSES:
        return redirect("registration:dashboard")
    form = refill_form(request, build_edit_form(registration))
    return render_edit_page(request, registration, form, status=403)


@attendee_login_required
def edit_days_csrf_retry(request):
    registration, to_come = get_own_registration(request), upcoming_days()
    if registration is None or registration.status in CLOSED_STATUSES or not to_come:
        return redirect("registration:dashboard")
    seats = seats_with_position(registration)
    form = refill_form(request, DaysForm.for_registration(registration, seats, to_come))
    return render_days_page(request, registration, seats, form, status=403)


def refill_form(request, form):
    form.initial = initial_from_post(form, request.POST)
    messages.warning(request, _("Your changes were not saved because your session changed. Please submit them again."))
    return form


edit_details.after_csrf_failure, edit_days.after_csrf_failure = edit_details_csrf_retry, edit_days_csrf_retry


@attendee_login_required
@require_http_methods(["GET", "HEAD", "POST"])
def cancel_view(request):
    """Asks first."""
    registration = get_own_registration(request)
    if registration is None or registration.status in CLOSED_STATUSES:
        return redirect("registration:dashboard")
    if request.method != "POST":
        return render(request, "registration/cancel.html", {"section": "register", "registration": registration})
    try:
        workflow.cancel_registration(registration, by=request.user)
    except InvalidTransitionError:
        # Closed in this very moment, in another window or by the organizers: their page says which.
        return redirect("registration:dashboard")
    return redirect("registration:dashboard")


# Taking it along, and the way out


@attendee_login_required
@require_safe
def download_calendar(request):
    """The confirmed days as a file."""
    registration = get_own_registration(request)
    content = attendance_calendar(registration, registration.seats.all()) if registration else b""
    if not content:
        raise Http404
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = (
        f'attachment; filename="{CALENDAR_FILE_NAMES.get(request.LANGUAGE_CODE, "days.ics")}"'
    )
    return response


@attendee_login_required
@require_safe
def download_data(request):
    """Everything that is known about somebody, as a file."""
    response = JsonResponse(
        export_personal_data(request.user, get_own_registration(request)),
        json_dumps_params={"ensure_ascii": False, "indent": 2},
    )
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response


@attendee_login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete_account(request):
    """Asks first; then everything is gone, and nobody is signed in any more."""
    forgotten = request.method == "POST" and not request.POST.get("sure")
    if request.method != "POST" or forgotten:
        context = {"section": "register", "registration": get_own_registration(request), "forgotten": forgotten}
        return render(request, "registration/delete_account.html", context)
    was_staff = request.user.is_staff
    workflow.erase_user(request.user)
    logout(request)
    return render(request, "registration/account_deleted.html", {"section": "register", "was_staff": was_staff})
