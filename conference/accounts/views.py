"""Signing in with a passkey alone, which by itself asks for a fingerprint, a face or a PIN."""

from allauth.account import views
from allauth.account.forms import ConfirmLoginCodeForm
from allauth.account.internal.stagekit import clear_login
from allauth.account.internal.templatekit import get_entrance_context_data
from allauth.account.mixins import NextRedirectMixin
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url, passthrough_next_redirect_url
from allauth.core import ratelimit
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.webauthn.internal import auth, flows
from allauth.mfa.webauthn.internal.auth import begin_registration
from allauth.mfa.webauthn.views import AddWebAuthnView, LoginWebAuthnView
from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from conference.accounts.email_ownership import find_account, open_account, prove
from conference.accounts.forms import LoginCodeRequestForm
from conference.accounts.login_codes import SESSION_KEY_EMAIL, TOO_MANY_CODES, may_request_code, start_login_code_flow
from conference.accounts.mfa import PRIMARY_FACTORS


class PasskeyLoginView(NextRedirectMixin, LoginWebAuthnView):
    template_name = "account/passkey.html"

    def get(self, request, *args, **kwargs):
        return self.render_to_response(self.get_context_data())

    def get_context_data(self, **kwargs):
        asked = {"request_options": auth.begin_authentication(user=None)}
        return super().get_context_data(**kwargs) | get_entrance_context_data(self.request) | {"js_data": asked}

    def post(self, request, *args, **kwargs):
        if not ratelimit.consume(request, action="login"):
            return ratelimit.respond_429(request)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form):
        passkey = form.cleaned_data["credential"]
        login = Login(user=passkey.user, redirect_url=get_next_redirect_url(self.request))
        return flows.perform_passwordless_login(self.request, passkey, login)

    def form_invalid(self, form):
        messages.error(self.request, _("This passkey is not registered here. Please use a code instead."))
        return redirect(passthrough_next_redirect_url(self.request, reverse("account_request_login_code"), "next"))


class RequestLoginCodeView(views.RequestLoginCodeView):
    """Where to send a code to."""

    form_class = LoginCodeRequestForm

    def get_initial(self):
        return {"email": self.request.session.get(SESSION_KEY_EMAIL, "")}

    def form_valid(self, form):
        address = form.cleaned_data["email"]
        start_login_code_flow(
            self.request,
            open_account(address) if is_registration_flow(self.request) else find_account(address),
            address,
        )
        return redirect(self.get_success_url())


class ConfirmLoginCodeView(views.ConfirmLoginCodeView):
    """The code, from the letter."""

    def dispatch(self, request, *args, **kwargs):
        response = super().dispatch(request, *args, **kwargs)
        if request.user.is_authenticated or getattr(self, "_process", None):
            return response
        return redirect_to_request_code(request, _("This code has expired. Please request a new one."))

    @transaction.atomic
    def post(self, *args, **kwargs):
        """Whoever is cut off halfway still has the session in which they typed the form, and the code is still good."""
        return super().post(*args, **kwargs)

    def form_valid(self, form):
        if not isinstance(form, ConfirmLoginCodeForm):
            return self._resend(form)
        user, address = self._process.user, self._process.state["email"]
        # The account may have been closed, or the address proved elsewhere, since the code was sent.
        if user is None or find_account(address) != user or not prove(user, address):
            clear_login(self.request)
            return redirect_to_request_code(self.request, _("This code has expired. Please request a new one."))
        return super().form_valid(form)

    def _resend(self, form):
        if may_request_code(self.request, self._process.state["email"]):
            return super().form_valid(form)
        messages.error(self.request, TOO_MANY_CODES)
        return redirect(self.passthrough_next_url(reverse("account_confirm_login_code")))

    def form_invalid(self, form):
        if self._process.record_invalid_attempt():
            return self.render_to_response(self.get_context_data(form=form))
        return redirect_to_request_code(self.request, _("Too many wrong codes. Please request a new code."))

    def get_context_data(self, **kwargs):
        again = self._process.state["resend_count"]
        return super().get_context_data(**kwargs) | {"sent_again": again}


def is_registration_flow(request):
    """Whether the code is for an address that somebody gives who registers, and who may have no account yet."""
    return get_next_redirect_url(request) == reverse("registration:complete")


def redirect_to_request_code(request, why):
    messages.error(request, why)
    return redirect(passthrough_next_redirect_url(request, reverse("account_request_login_code"), "next"))


@require_POST
def change_email(request):
    """Leave the code that was asked for, to have one sent elsewhere."""
    clear_login(request)
    if is_registration_flow(request):
        return redirect("registration:register")
    return redirect(passthrough_next_redirect_url(request, reverse("account_request_login_code"), "next"))


class VerifiedBySetupMixin:
    """Whoever makes a factor has just proved that it works, and is not asked for it again on the next page."""

    def form_valid(self, form):
        response = super().form_valid(form)
        made = Authenticator.objects.filter(user=self.request.user, type__in=PRIMARY_FACTORS).latest("pk")
        post_authentication(self.request, made, reauthenticated=True)
        return response


class ActivateAppView(VerifiedBySetupMixin, ActivateTOTPView):
    pass


class AddPasskeyView(VerifiedBySetupMixin, AddWebAuthnView):
    def get_context_data(self, **kwargs):
        """Attendees may sign in with it and nothing else, so it has to ask for a finger, a face or a PIN."""
        context, user = super().get_context_data(**kwargs), self.request.user
        if not user.is_staff:
            context["js_data"] = {"creation_options": begin_registration(user, passwordless=True)}
        return context
