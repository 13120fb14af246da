"""Registering: one form, for whoever comes by. An address that is not known to be the person's is checked by a code."""

import time
from dataclasses import dataclass
from functools import cached_property

from allauth.core import ratelimit
from django.contrib import messages
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
from conference.core.page_cache import published
from conference.core.text import LocalizedText
from conference.site_data import get_site_data

from .. import form_drafts, workflow
from ..capacity import Availability
from ..form_drafts import return_form_on_database_error
from ..form_options import get_options
from ..formatting import upcoming_days
from ..forms import RegistrationForm, build_day_choices, initial_from_post
from ..models import ConsentText, Registration, RegistrationStatus
from ..states import InvalidTransitionError
from .decorators import attendee_login_required

REGISTER_TEMPLATE = "registration/register.html"
# Who pressed the button in time may type the code this much later, in seconds.
GRACE_SECONDS = 3600
# A second click comes within this many seconds of the first one.
DOUBLE_CLICK_SECONDS = 60


@dataclass
class FormContext:
    """What the form asks at this moment: categories to choose from, the text to agree to, the seats there are."""

    days: list
    categories: tuple
    consent: ConsentText
    # Who asks.
    user: object

    @classmethod
    def load(cls, user):
        """None where there is nothing to choose from, or nothing to agree to yet."""
        now, days = get_options(), upcoming_days()
        if now.consent_text is None or not now.categories or not days:
            return None
        return cls(days, now.categories, now.consent_text, user)

    @cached_property
    def availability(self):
        """Counted where a page shows it."""
        return Availability.load(self.days)

    @cached_property
    def registered_since(self):
        """Since when whoever asks is registered, as far as they are: looked for where it is asked."""
        mine = Registration.objects.order_by().filter(user_id=self.user.pk).exclude(status=RegistrationStatus.CANCELLED)
        return (
            next(iter(mine.values_list("status_changed_at", flat=True)), None) if self.user.is_authenticated else None
        )

    def build_form(self, data=None):
        return RegistrationForm(
            data,
            initial={"online_while_waitlisted": True},
            days=self.days,
            categories=self.categories,
            consent=self.consent,
            with_address=not self.user.is_authenticated,
        )


@return_form_on_database_error
def register(request):
    """The form while registration is open; else when it opens, or that it is over."""
    if get_site_data().registration_phase != "open":
        return render_closed(request)
    return handle_form(request)


def render_closed(request):
    if request.method == "POST":
        return personal_page(render_not_open)(request, status=403)
    return published(render_not_open)(request)


def render_not_open(request, status=200):
    return render(request, "conference/registration_closed.html", {"section": "register"}, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def handle_form(request):
    asked = FormContext.load(request.user)
    if asked is None:
        return render_unavailable(request)
    if request.method == "POST" and not {"clear", "switch"} & request.POST.keys():
        return handle_submission(request, asked, asked.build_form(request.POST))
    if asked.registered_since:
        return redirect_registered(request, asked.registered_since, typed_something=request.method == "POST")
    if request.method != "POST":
        return render_form(request, asked)
    if "clear" in request.POST:
        form_drafts.delete_draft(request, "register")
    else:
        form_drafts.save_draft(request, "register")
    return redirect("registration:register")


def render_unavailable(request):
    context = {"section": "register", "is_over": not upcoming_days()}
    return render(request, "registration/unavailable.html", context, status=403 if request.method == "POST" else 200)


def render_form(request, asked):
    """The form as it was left, with nothing said to be wrong with it."""
    form = asked.build_form()
    before = form_drafts.load_draft(request, "register")
    if before is not None:
        form.initial = initial_from_post(form, before)
    return render_form_page(request, asked, form)


def handle_submission(request, asked, form):
    if not form.is_valid():
        return rerender_form(request, asked, form)
    if not _may_send(request, form):
        form_drafts.save_draft(request, "register")
        form.add_error(None, _("Too many attempts in a short time. Please try again later."))
        return rerender_form(request, asked, form, status=429)
    if request.user.is_authenticated:
        return submit_registration(request, asked, form)
    return send_code_to_email(request, form, form.cleaned_data["email"])


def _may_send(request, form):
    """Whether this is within the limits: those of a user are not shared with strangers who type the same address."""
    if not ratelimit.consume(request, action="register"):
        return False
    if request.user.is_authenticated:
        return ratelimit.consume(request, action="submit")
    return login_codes.may_request_code(request, form.cleaned_data["email"])


def send_code_to_email(request, form, address):
    """The same answer for everybody; only what filled in what people do not see gets no letter."""
    if form.is_spam():
        login_codes.start_login_code_flow(request, None, address)
    else:
        form_drafts.save_draft(request, "register", sent=True)
        login_codes.send_login_code(request, address)
    return redirect(f"{reverse('account_confirm_login_code')}?{urlencode({'next': reverse('registration:complete')})}")


def submit_registration(request, asked, form):
    if form.is_spam():
        return redirect("registration:dashboard")
    try:
        told = form.registration_data(), form.selected_days()
        registration, made = workflow.submit(
            request.user, *told, language=get_language(), special_needs=form.special_needs_data()
        )
    except InvalidTransitionError as error:
        form.add_error(None, str(error))
        return render_form_page(request, asked, form)
    form_drafts.delete_draft(request, "register")
    if not made:
        return redirect_registered(request, registration.status_changed_at, typed_something=True)
    return redirect("registration:dashboard")


def redirect_registered(request, since, *, typed_something):
    """To their own page; what they typed is let go, which they are told unless it was a second click."""
    a_second_click = (timezone.now() - since).total_seconds() < DOUBLE_CLICK_SECONDS
    if typed_something and not a_second_click:
        messages.warning(request, _("You are already registered. The form was not saved."))
    form_drafts.delete_draft(request, "register")
    return redirect("registration:dashboard")


def rerender_form(request, asked, form, status=200):
    """The form with what is wrong, for who can still register."""
    if asked.registered_since:
        return redirect_registered(request, asked.registered_since, typed_something=True)
    return render_form_page(request, asked, form, status)


def render_form_page(request, asked, form, status=200):
    was_kept = not form.is_bound and form_drafts.load_draft(request, "register") is not None
    return render(request, REGISTER_TEMPLATE, form_page_context(asked, form) | {"was_kept": was_kept}, status=status)


def form_page_context(asked, form):
    form.full_categories = {row.slug for row in asked.categories if asked.availability.category_is_full(row)}
    return {
        "section": "register",
        "address_name": "register",
        "form": form,
        "availability": asked.availability,
        "days": build_day_choices(form, asked.availability.label),
        "consent": LocalizedText.of(asked.consent, "text"),
        "consent_number": asked.consent.number,
    }


@attendee_login_required
@require_GET
def complete_registration(request):
    """Hand in what was typed before the address was known to be right. Coming here again changes nothing."""
    pressed, data = form_drafts.submitted_at(request, "register"), form_drafts.load_draft(request, "register")
    if pressed is None:
        return redirect("registration:dashboard")
    if not is_within_grace_period(pressed):
        form_drafts.delete_draft(request, "register")
        return render_not_open(request, status=403)
    # What follows succeeds, or is for the person to look at again.
    form_drafts.mark_unsubmitted(request, "register")
    asked = FormContext.load(request.user)
    if asked is None or not is_verified_email_of(request.user, data.get("email", "")):
        return redirect("registration:register")
    form = asked.build_form(data)
    return submit_registration(request, asked, form) if form.is_valid() else rerender_form(request, asked, form)


def is_within_grace_period(pressed):
    """Whether registration is open, or was when the button was pressed a moment ago."""
    closes = get_site_data().registration_closes_at
    if get_site_data().registration_phase == "closed" and closes:
        return pressed < closes.timestamp() and time.time() - pressed < GRACE_SECONDS
    return get_site_data().registration_phase == "open"


def is_verified_email_of(user, address):
    """Whether what was typed for an address is for whoever signed in."""
    return email_ownership.find_owner(address) == user


@personal_page
def register_csrf_retry(request):
    """The form as it was sent without its mark, to be sent once more. Nothing is done with it."""
    if get_site_data().registration_phase != "open":
        return render_not_open(request, status=403)
    asked = FormContext.load(request.user)
    if asked is None or asked.registered_since:
        return redirect("registration:dashboard")
    form = asked.build_form()
    form.initial = initial_from_post(form, request.POST)
    messages.warning(request, _("Your form was not sent because your session changed. Please submit it again."))
    return render_form_page(request, asked, form, status=403)


register.after_csrf_failure = register_csrf_retry
