"""Signing in by a code that is sent by mail: whoever reads the letter is the owner of the address.

Nobody learns here whether an address has an account: the pages are the same, and where there is none no letter goes.
"""

import unicodedata
from itertools import count

from allauth.account import views
from allauth.account.forms import RequestLoginCodeForm
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.internal.stagekit import clear_login
from allauth.account.models import EmailAddress
from allauth.account.utils import filter_users_by_email, get_next_redirect_url, passthrough_next_redirect_url
from django.contrib import messages
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.db import transaction
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

# In the session: the address that the last code was for, to be shown again where it is asked for.
ADDRESS = "code_address"


def folded(address):
    """An address as it is compared, kept and written to: two spellings that look the same are one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", address.strip()).casefold())


def send(request, address):
    """Begin to sign in whoever owns this (folded) address, who gets an account where there is none."""
    begin(request, account_for(address), address)


def begin(request, user, address):
    """Ask for a code that was sent to this address; with no user, for one that was not."""
    request.session[ADDRESS] = address
    LoginCodeVerificationProcess.initiate(request=request, user=user, email=address)


def account_for(address):
    """Whose this (folded) address is: a new account where there is none, None where it is closed."""
    found = filter_users_by_email(address, prefer_verified=True)
    user = found[0] if found else _new_account(address)
    return user if user.is_active else None


@transaction.atomic
def _new_account(address):
    """Of two who ask at once for the same address both get the same account: its name follows from the address."""
    for number in count():
        user, made = User.objects.get_or_create(
            username=salted_hmac("conference.codes", f"{address} {number}").hexdigest(),
            defaults={"email": address, "password": make_password(None)},
        )
        # Else somebody who had this address once, and has another one now.
        if made or user.email == address:
            break
    EmailAddress.objects.get_or_create(user=user, email=address, defaults={"primary": True})
    return user


class AskForm(RequestLoginCodeForm):
    def clean_email(self):
        self.cleaned_data["email"] = folded(self.cleaned_data["email"])
        return super().clean_email()


class Ask(views.RequestLoginCodeView):
    """Where to send a code to."""

    form_class = AskForm

    def get_initial(self):
        return {"email": self.request.session.get(ADDRESS, "")}

    def form_valid(self, form):
        address = self.request.session[ADDRESS] = form.cleaned_data["email"]
        if _is_registering(self.request):
            form._user = account_for(address)
        return super().form_valid(form)


class Show(views.ConfirmLoginCodeView):
    """The code, from the letter."""

    def dispatch(self, request, *args, **kwargs):
        response = super().dispatch(request, *args, **kwargs)
        if request.user.is_authenticated or getattr(self, "_process", None):
            return response
        return _ask_again(request, _("This code is not good any more. Ask for a new one."))

    @transaction.atomic
    def post(self, *args, **kwargs):
        """Whoever is cut off halfway still has the session in which they typed the form, and the code is still good."""
        return super().post(*args, **kwargs)

    def form_invalid(self, form):
        if self._process.record_invalid_attempt():
            return self.render_to_response(self.get_context_data(form=form))
        return _ask_again(self.request, _("That was not the right code, too many times. Ask for a new one."))

    def get_context_data(self, **kwargs):
        again = self._process.state["resend_count"]
        return super().get_context_data(**kwargs) | {"sent_again": again}


def _is_registering(request):
    """Whether the code is for an address that somebody gives who registers, and who may have no account yet."""
    return get_next_redirect_url(request) == reverse("register_finish")


def _ask_again(request, why):
    messages.error(request, why)
    return redirect(passthrough_next_redirect_url(request, reverse("account_request_login_code"), "next"))


@require_POST
def other_address(request):
    """Leave the code that was asked for, to have one sent elsewhere."""
    clear_login(request)
    if _is_registering(request):
        return redirect("register")
    return redirect(passthrough_next_redirect_url(request, reverse("account_request_login_code"), "next"))
