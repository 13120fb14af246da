"""Forms in which attendees change their details and days."""

from collections.abc import Iterable

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from .. import form_drafts, workflow
from ..capacity import availability_labels_for, seats_with_position
from ..form_options import get_options
from ..formatting import upcoming_days
from ..forms import DaysForm, DetailsEditForm, build_day_choices, initial_from_post
from ..models import Registration, RegistrationStatus, Seat
from ..states import InvalidTransitionError
from ..status_messages import describe_own_seat
from .decorators import attendee_login_required, get_own_registration

DETAILS_URL_NAME, DAYS_URL_NAME = "registration:edit_details", "registration:edit_days"


@attendee_login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_details(request: HttpRequest) -> HttpResponse:
    """Change the details at any time. A declined registration can be sent again with the changes."""
    registration = get_own_registration(request)
    if registration is None:
        return redirect("registration:dashboard")
    if request.method != "POST":
        form = restore_draft(request, DETAILS_URL_NAME, build_details_form(registration))
        return render_details_page(request, registration, form)
    if response := handle_draft_buttons(request, DETAILS_URL_NAME):
        return response
    form = build_details_form(registration, request.POST)
    if not form.is_valid():
        return render_details_page(request, registration, form)
    try:
        message = save_details(request, registration, form)
    except InvalidTransitionError as error:
        form.add_error(None, str(error))
        return render_details_page(request, registration, form)
    form_drafts.delete_draft(request, DETAILS_URL_NAME)
    messages.success(request, message)
    return redirect("registration:dashboard")


def save_details(request: HttpRequest, registration: Registration, form: DetailsEditForm) -> str:
    """Save the details, and send a declined registration again if that button was pressed. Return what was done."""
    data, needs = form.registration_data(), form.special_needs_data()
    if "send_again" in request.POST and upcoming_days():
        workflow.resubmit_declined(registration, data, by=request.user, special_needs=needs)
        return _("Your registration was sent again. The organizers will review it.")
    workflow.edit_details(registration, data, by=request.user, special_needs=needs)
    return _("Your changes were saved.")


def get_open_registration(request: HttpRequest) -> Registration | None:
    """Return the registration of the user unless it is declined or cancelled."""
    registration = get_own_registration(request)
    return None if registration is None or registration.is_closed else registration


def build_details_form(registration: Registration, data: QueryDict | None = None) -> DetailsEditForm:
    """Return a form that offers the open categories and the current one, even if it is closed by now."""
    categories = [*get_options().categories]
    if registration.category not in categories:
        categories.append(registration.category)
    return DetailsEditForm(data, initial=DetailsEditForm.initial_from(registration), categories=categories)


def render_details_page(
    request: HttpRequest, registration: Registration, form: DetailsEditForm, status: int = 200
) -> HttpResponse:
    context = {
        "section": "register",
        "form": form,
        "registration": registration,
        "can_send_again": registration.status == RegistrationStatus.DECLINED and bool(upcoming_days()),
        "needs_new_approval": registration.is_admitted and registration.category.needs_approval,
        "url_name": DETAILS_URL_NAME,
        "has_draft": has_draft(request, DETAILS_URL_NAME, form),
    }
    return render(request, "registration/edit_details.html", context, status=status)


@attendee_login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_days(request: HttpRequest) -> HttpResponse:
    registration, days = get_open_registration(request), upcoming_days()
    if registration is None or not days:
        return redirect("registration:dashboard")
    seats = seats_with_position(registration)
    if request.method != "POST":
        form = restore_draft(request, DAYS_URL_NAME, DaysForm.for_registration(registration, seats, days))
        return render_days_page(request, registration, seats, form)
    if response := handle_draft_buttons(request, DAYS_URL_NAME):
        return response
    form = DaysForm.for_registration(registration, seats, days, request.POST)
    if not form.is_valid():
        return render_days_page(request, registration, seats, form)
    try:
        save_days(request, registration, form)
    except InvalidTransitionError as error:
        form.add_error(None, str(error))
        return render_days_page(request, registration, seats, form)
    form_drafts.delete_draft(request, DAYS_URL_NAME)
    messages.success(request, _("Your days were saved. See the status below."))
    return redirect("registration:dashboard")


def save_days(request: HttpRequest, registration: Registration, form: DaysForm) -> None:
    workflow.change_days(
        registration,
        form.selected_days(),
        by=request.user,
        online_while_waitlisted=form.cleaned_data["online_while_waitlisted"],
    )


def render_days_page(
    request: HttpRequest, registration: Registration, seats: Iterable[Seat], form: DaysForm, status: int = 200
) -> HttpResponse:
    availability_label = availability_labels_for(
        registration,
        seats,
        form.days,
        seat_label=describe_own_seat,
        category_full_label=_("Your category is full. You would join the wait list."),
    )
    context = {
        "section": "register",
        "form": form,
        "days": build_day_choices(form, availability_label),
        "url_name": DAYS_URL_NAME,
        "has_draft": has_draft(request, DAYS_URL_NAME, form),
    }
    return render(request, "registration/edit_days.html", context, status=status)


def has_draft(request: HttpRequest, url_name: str, form: Form) -> bool:
    """Return whether the form shows a draft, and not a submission with errors."""
    return not form.is_bound and form_drafts.load_draft(request, url_name) is not None


def restore_draft(request: HttpRequest, url_name: str, form: Form) -> Form:
    """Set the form's initial values from its draft, if there is one."""
    draft = form_drafts.load_draft(request, url_name)
    if draft is not None:
        form.initial = initial_from_post(form, draft)
    return form


def handle_draft_buttons(request: HttpRequest, url_name: str) -> HttpResponse | None:
    """Return a response if a button other than “Save” was pressed: it clears the form or changes the language."""
    if "clear" in request.POST:
        form_drafts.delete_draft(request, url_name)
        return redirect(url_name)
    if "change_language" in request.POST:
        form_drafts.save_draft(request, url_name)
        return redirect(url_name)
    return None
