"""Registration form. Anonymous visitors prove their e-mail address by a code before the form is saved."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from conference.accounts import email_ownership, login_codes
from conference.accounts.decorators import personal_page
from conference.core.i18n.text import LocalizedText
from conference.core.page_cache import published
from conference.site_data import get_site_data

from .. import form_drafts, workflow
from ..capacity import Availability
from ..form_options import get_erase_date, get_options
from ..formatting import upcoming_days
from ..forms import RegistrationForm, build_day_choices, initial_from_post
from ..models import Category, ConsentText, Registration, RegistrationStatus
from ..states import InvalidTransitionError
from .decorators import attendee_login_required

REGISTER_URL_NAME = "registration:register"
# Seconds after the close of registration in which a form that was submitted in time can be confirmed by its code.
GRACE_SECONDS = 3600
# Seconds. A repeated submission within this time is taken for a double click.
DOUBLE_CLICK_SECONDS = 60


@dataclass
class FormContext:
    """Data that the form depends on at the time of the request."""

    user: AbstractBaseUser | AnonymousUser
    days: list[date]
    categories: Sequence[Category]
    consent: ConsentText

    @classmethod
    def load(cls, user: AbstractBaseUser | AnonymousUser) -> "FormContext | None":
        """Return None if there is no upcoming day, no open category or no consent text."""
        options, days = get_options(), upcoming_days()
        if options.consent_text is None or not options.categories or not days:
            return None
        return cls(user, days, options.categories, options.consent_text)

    @cached_property
    def availability(self) -> Availability:
        return Availability.load(self.days)

    @cached_property
    def registered_since(self) -> datetime | None:
        """Time of the last status change of the user's registration; None if there is none or it is cancelled."""
        if not self.user.is_authenticated:
            return None
        registrations = Registration.objects.filter(user_id=self.user.pk).exclude(status=RegistrationStatus.CANCELLED)
        return registrations.order_by().values_list("status_changed_at", flat=True).first()

    def build_form(self, data: QueryDict | None = None) -> RegistrationForm:
        return RegistrationForm(
            data,
            initial={"online_while_waitlisted": True},
            days=self.days,
            categories=self.categories,
            consent=self.consent,
            with_email=not self.user.is_authenticated,
        )


def register(request: HttpRequest) -> HttpResponse:
    if get_site_data().registration_phase == "open":
        return form_page(request)
    if request.method == "POST":
        return personal_page(render_not_open)(request, status=403)
    return not_open_page(request)


def render_not_open(request: HttpRequest, status: int = 200) -> HttpResponse:
    return render(request, "conference/registration_closed.html", {"section": "register"}, status=status)


@published
def not_open_page(request: HttpRequest) -> HttpResponse:
    return render_not_open(request)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def form_page(request: HttpRequest) -> HttpResponse:
    form_context = FormContext.load(request.user)
    if form_context is None:
        return render_unavailable(request)
    if request.method == "POST" and not {"clear", "change_language"} & request.POST.keys():
        return handle_submission(request, form_context, form_context.build_form(request.POST))
    if form_context.registered_since:
        return redirect_registered(request, form_context.registered_since, had_input=request.method == "POST")
    if request.method != "POST":
        return render_draft(request, form_context)
    if "clear" in request.POST:
        form_drafts.delete_draft(request, REGISTER_URL_NAME)
    else:
        form_drafts.save_draft(request, REGISTER_URL_NAME)
    return redirect(REGISTER_URL_NAME)


def render_unavailable(request: HttpRequest) -> HttpResponse:
    status = 403 if request.method == "POST" else 200
    return render(request, "registration/unavailable.html", {"section": "register"}, status=status)


def render_draft(request: HttpRequest, form_context: FormContext) -> HttpResponse:
    """Render the form with the values of its draft, without errors; blank if there is no draft."""
    form = form_context.build_form()
    draft = form_drafts.load_draft(request, REGISTER_URL_NAME)
    if draft is not None:
        form.initial = initial_from_post(form, draft)
    return render_form_page(request, form_context, form)


def handle_submission(request: HttpRequest, form_context: FormContext, form: RegistrationForm) -> HttpResponse:
    if not form.is_valid():
        return render_errors(request, form_context, form)
    if not is_within_rate_limits(request, form):
        form_drafts.save_draft(request, REGISTER_URL_NAME)
        form.add_error(None, _("Too many attempts in a short time. Please try again later."))
        return render_errors(request, form_context, form, status=429)
    if request.user.is_authenticated:
        return submit_registration(request, form_context, form)
    return send_code_to_email(request, form, form.cleaned_data["email"])


def is_within_rate_limits(request: HttpRequest, form: RegistrationForm) -> bool:
    """Count the submission. Signed-in users have a limit of their own, which anonymous visitors cannot exhaust."""
    if not ratelimit.consume(request, action="register"):
        return False
    if request.user.is_authenticated:
        return ratelimit.consume(request, action="submit")
    return login_codes.may_request_code(request, form.cleaned_data["email"])


def send_code_to_email(request: HttpRequest, form: RegistrationForm, email: str) -> HttpResponse:
    """Send a code and redirect to the page that asks for it. Spam gets the same response, but no e-mail is sent."""
    if form.is_spam():
        login_codes.start_login_code_flow(request, None, email)
    else:
        form_drafts.save_draft(request, REGISTER_URL_NAME, submitted=True)
        login_codes.send_login_code(request, email)
    return redirect(f"{reverse('account_confirm_login_code')}?{urlencode({'next': reverse('registration:complete')})}")


def submit_registration(request: HttpRequest, form_context: FormContext, form: RegistrationForm) -> HttpResponse:
    if form.is_spam():
        return redirect("registration:dashboard")
    try:
        registration, created = workflow.submit(
            request.user,
            form.registration_data(),
            form.selected_days(),
            language=get_language(),
            special_needs=form.special_needs_data(),
        )
    except InvalidTransitionError as error:
        form.add_error(None, str(error))
        return render_form_page(request, form_context, form)
    form_drafts.delete_draft(request, REGISTER_URL_NAME)
    if not created:
        return redirect_registered(request, registration.status_changed_at, had_input=True)
    return redirect("registration:dashboard")


def redirect_registered(request: HttpRequest, since: datetime, *, had_input: bool) -> HttpResponse:
    """Redirect a registered user to the dashboard, with a warning if input is discarded that was no double click."""
    is_double_click = (timezone.now() - since).total_seconds() < DOUBLE_CLICK_SECONDS
    if had_input and not is_double_click:
        messages.warning(request, _("You are already registered. The form was not saved."))
    form_drafts.delete_draft(request, REGISTER_URL_NAME)
    return redirect("registration:dashboard")


def render_errors(
    request: HttpRequest, form_context: FormContext, form: RegistrationForm, status: int = 200
) -> HttpResponse:
    if form_context.registered_since:
        return redirect_registered(request, form_context.registered_since, had_input=True)
    return render_form_page(request, form_context, form, status)


def render_form_page(
    request: HttpRequest, form_context: FormContext, form: RegistrationForm, status: int = 200
) -> HttpResponse:
    availability, consent = form_context.availability, form_context.consent
    form.full_categories = {
        category.slug for category in form_context.categories if availability.category_is_full(category)
    }
    context = {
        "section": "register",
        "url_name": REGISTER_URL_NAME,
        "form": form,
        "has_draft": not form.is_bound and form_drafts.load_draft(request, REGISTER_URL_NAME) is not None,
        "availability": availability,
        "days": build_day_choices(form, availability.label),
        "consent_text": LocalizedText.of(consent, "text"),
        "consent_number": consent.number,
        "erase_date": get_erase_date(),
    }
    return render(request, "registration/register.html", context, status=status)


@attendee_login_required
@require_GET
def complete_registration(request: HttpRequest) -> HttpResponse:
    """Save the submitted draft after sign-in by a code. Repeating the request changes nothing."""
    submitted_at = form_drafts.submitted_at(request, REGISTER_URL_NAME)
    data = form_drafts.load_draft(request, REGISTER_URL_NAME)
    if submitted_at is None or data is None:
        return redirect("registration:dashboard")
    if not is_within_grace_period(submitted_at):
        form_drafts.delete_draft(request, REGISTER_URL_NAME)
        return render_not_open(request, status=403)
    # If the form cannot be saved below, the user has to look at it and submit it again.
    form_drafts.mark_unsubmitted(request, REGISTER_URL_NAME)
    form_context = FormContext.load(request.user)
    if form_context is None or not is_verified_email_of(request.user, data.get("email", "")):
        return redirect(REGISTER_URL_NAME)
    form = form_context.build_form(data)
    if not form.is_valid():
        return render_errors(request, form_context, form)
    return submit_registration(request, form_context, form)


def is_within_grace_period(submitted_at: float) -> bool:
    """Return whether registration is open, or was open at this Unix time, which must be recent."""
    closes_at = get_site_data().registration_closes_at
    if get_site_data().registration_phase == "closed" and closes_at:
        return submitted_at < closes_at.timestamp() and time.time() - submitted_at < GRACE_SECONDS
    return get_site_data().registration_phase == "open"


def is_verified_email_of(user: AbstractBaseUser, email: str) -> bool:
    return email_ownership.find_owner(email) == user
