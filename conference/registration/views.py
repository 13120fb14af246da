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

from conference.core.page_cache import published
from sessions.text import Text

from .. import codes, email_ownership
from ..account_urls import private
from ..site import site
from . import admission, typed
from .availability import Availability
from .days import days_to_come
from .forms import RegistrationForm, as_initial, day_questions
from .given_back import given_back
from .models import Consent, Registration, State
from .own import signed_in
from .states import NotPossible
from .terms import terms

PAGE = "registration/register.html"
# Who pressed the button in time may type the code this much later, in seconds.
GRACE = 3600
# A second click comes within this many seconds of the first one.
CLICKS = 60


@dataclass
class Questions:
    """What the form asks at this moment: categories to choose from, the text to agree to, the seats there are."""

    days: list
    categories: tuple
    consent: Consent
    # Who asks.
    user: object

    @classmethod
    def now(cls, user):
        """None where there is nothing to choose from, or nothing to agree to yet."""
        now, days = terms(), days_to_come()
        if now.consent is None or not now.categories or not days:
            return None
        return cls(days, now.categories, now.consent, user)

    @cached_property
    def availability(self):
        """Counted where a page shows it."""
        return Availability.now(self.days)

    @cached_property
    def registered_at(self):
        """Since when whoever asks is registered, as far as they are: looked for where it is asked."""
        mine = Registration.objects.order_by().filter(user_id=self.user.pk).exclude(state=State.CANCELLED)
        return next(iter(mine.values_list("state_at", flat=True)), None) if self.user.is_authenticated else None

    def form(self, data=None):
        return RegistrationForm(
            data,
            initial={"online_meanwhile": True},
            days=self.days,
            categories=self.categories,
            consent=self.consent,
            with_address=not self.user.is_authenticated,
        )


@given_back
def register(request):
    """The form while registration is open; else when it opens, or that it is over."""
    if site().registration != "open":
        return _closed(request)
    return _open(request)


def _closed(request):
    if request.method == "POST":
        return private(_not_open)(request, status=403)
    return published(_not_open)(request)


def _not_open(request, status=200):
    return render(request, "conference/register.html", {"section": "register"}, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def _open(request):
    asked = Questions.now(request.user)
    if asked is None:
        return _nothing_to_ask(request)
    if request.method == "POST" and not {"clear", "switch"} & request.POST.keys():
        return _sent(request, asked, asked.form(request.POST))
    if asked.registered_at:
        return _registered_already(request, asked.registered_at, typed_something=request.method == "POST")
    if request.method != "POST":
        return _unsent(request, asked)
    if "clear" in request.POST:
        typed.forget(request, "register")
    else:
        typed.keep(request, "register")
    return redirect("register")


def _nothing_to_ask(request):
    context = {"section": "register", "is_over": not days_to_come()}
    return render(request, "registration/not_yet.html", context, status=403 if request.method == "POST" else 200)


def _unsent(request, asked):
    """The form as it was left, with nothing said to be wrong with it."""
    form = asked.form()
    before = typed.kept(request, "register")
    if before is not None:
        form.initial = as_initial(form, before)
    return _page(request, asked, form)


def _sent(request, asked, form):
    if not form.is_valid():
        return _once_more(request, asked, form)
    if not _may_send(request, form):
        typed.keep(request, "register")
        form.add_error(None, _("Too many attempts in a short time. Please try again later."))
        return _once_more(request, asked, form, status=429)
    if request.user.is_authenticated:
        return _submit(request, asked, form)
    return _check_the_address(request, form, form.cleaned_data["email"])


def _may_send(request, form):
    """Whether this is within the limits: those of a user are not shared with strangers who type the same address."""
    if not ratelimit.consume(request, action="register"):
        return False
    if request.user.is_authenticated:
        return ratelimit.consume(request, action="submit")
    return codes.may_request_code(request, form.cleaned_data["email"])


def _check_the_address(request, form, address):
    """The same answer for everybody; only what filled in what people do not see gets no letter."""
    if form.is_from_a_program():
        codes.begin(request, None, address)
    else:
        typed.keep(request, "register", sent=True)
        codes.send(request, address)
    return redirect(f"{reverse('account_confirm_login_code')}?{urlencode({'next': reverse('register_finish')})}")


def _submit(request, asked, form):
    if form.is_from_a_program():
        return redirect("my")
    try:
        told = form.facts(), form.chosen()
        registration, made = admission.submit(request.user, *told, language=get_language(), needs=form.needs())
    except NotPossible as error:
        form.add_error(None, str(error))
        return _page(request, asked, form)
    typed.forget(request, "register")
    if not made:
        return _registered_already(request, registration.state_at, typed_something=True)
    return redirect("my")


def _registered_already(request, since, *, typed_something):
    """To their own page; what they typed is let go, which they are told unless it was a second click."""
    a_second_click = (timezone.now() - since).total_seconds() < CLICKS
    if typed_something and not a_second_click:
        messages.warning(request, _("You are registered already. What you have just typed was not taken over."))
    typed.forget(request, "register")
    return redirect("my")


def _once_more(request, asked, form, status=200):
    """The form with what is wrong, for who can still register."""
    if asked.registered_at:
        return _registered_already(request, asked.registered_at, typed_something=True)
    return _page(request, asked, form, status)


def _page(request, asked, form, status=200):
    was_kept = not form.is_bound and typed.kept(request, "register") is not None
    return render(request, PAGE, _context(asked, form) | {"was_kept": was_kept}, status=status)


def _context(asked, form):
    form.full_categories = {row.slug for row in asked.categories if asked.availability.category_is_full(row)}
    return {
        "section": "register",
        "address_name": "register",
        "form": form,
        "availability": asked.availability,
        "days": day_questions(form, asked.availability.in_words),
        "consent": Text.of(asked.consent, "text"),
        "consent_number": asked.consent.number,
    }


@signed_in
@require_GET
def finish(request):
    """Hand in what was typed before the address was known to be right. Coming here again changes nothing."""
    pressed, data = typed.sent_at(request, "register"), typed.kept(request, "register")
    if pressed is None:
        return redirect("my")
    if not _in_time(pressed):
        typed.forget(request, "register")
        return _not_open(request, status=403)
    # What follows succeeds, or is for the person to look at again.
    typed.hold_back(request, "register")
    asked = Questions.now(request.user)
    if asked is None or not _is_theirs(request.user, data.get("email", "")):
        return redirect("register")
    form = asked.form(data)
    return _submit(request, asked, form) if form.is_valid() else _once_more(request, asked, form)


def _in_time(pressed):
    """Whether registration is open, or was when the button was pressed a moment ago."""
    closes = site().registration_closes_at
    if site().registration == "closed" and closes:
        return pressed < closes.timestamp() and time.time() - pressed < GRACE
    return site().registration == "open"


def _is_theirs(user, address):
    """Whether what was typed for an address is for whoever signed in."""
    return email_ownership.find_owner(address) == user


@private
def again(request):
    """The form as it was sent without its mark, to be sent once more. Nothing is done with it."""
    if site().registration != "open":
        return _not_open(request, status=403)
    asked = Questions.now(request.user)
    if asked is None or asked.registered_at:
        return redirect("my")
    form = asked.form()
    form.initial = as_initial(form, request.POST)
    messages.warning(request, _("Nothing was sent, because you have signed in or out meanwhile. Press once more."))
    return _page(request, asked, form, status=403)


register.after_csrf_failure = again
