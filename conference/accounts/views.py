"""Sign-in by code and by passkey, password reset, e-mail confirmation and set-up of second factors."""

import time
from typing import Any

from allauth.account import views
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY, get_authentication_records
from allauth.account.forms import ConfirmLoginCodeForm
from allauth.account.mixins import NextRedirectMixin
from allauth.account.utils import get_next_redirect_url, passthrough_next_redirect_url
from allauth.core import ratelimit
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import ActivateTOTPView

# allauth has no public function for the options of a passkey that signs in without a password.
from allauth.mfa.webauthn.internal import auth as webauthn
from allauth.mfa.webauthn.views import AddWebAuthnView, LoginWebAuthnView
from django.contrib import messages
from django.db import transaction
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from .email_ownership import delivery_email, find_account, open_account, prove
from .forms import LoginCodeRequestForm
from .login_codes import SESSION_KEY_EMAIL, TOO_MANY_CODES, may_request_code, start_login_code_flow
from .mfa import PRIMARY_FACTORS

# Sign-in by code


class RequestLoginCodeView(views.RequestLoginCodeView):
    form_class = LoginCodeRequestForm

    def get_initial(self) -> dict[str, str]:
        return {"email": self.request.session.get(SESSION_KEY_EMAIL, "")}

    def form_valid(self, form: BaseForm) -> HttpResponse:
        email = form.cleaned_data["email"]
        user = open_account(email) if is_registration_flow(self.request) else find_account(email)
        start_login_code_flow(self.request, user, email)
        return redirect(self.get_success_url())


class ConfirmLoginCodeView(views.ConfirmLoginCodeView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().dispatch(request, *args, **kwargs)
        if request.user.is_authenticated or getattr(self, "_process", None):
            return response
        return self.redirect_expired()

    @transaction.atomic
    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        """Sign in within a transaction: if it fails, the session and the code stay valid."""
        return super().post(*args, **kwargs)

    def form_valid(self, form: BaseForm) -> HttpResponse:
        if not isinstance(form, ConfirmLoginCodeForm):
            return self.resend_code(form)
        user, email = self._process.user, self._process.state["email"]
        # Since the code was sent, the account may have been closed or the address proved by another account.
        if user is None or find_account(email) != user or not prove(user, email):
            self._process.abort()
            return self.redirect_expired()
        return super().form_valid(form)

    def resend_code(self, form: BaseForm) -> HttpResponse:
        if may_request_code(self.request, self._process.state["email"]):
            return super().form_valid(form)
        messages.error(self.request, TOO_MANY_CODES)
        return redirect(self.passthrough_next_url(reverse("account_confirm_login_code")))

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        """Count a wrong code as an attempt, but not an empty or incomplete one."""
        if not form.has_error("code", "incorrect_code") or self._process.record_invalid_attempt():
            return self.render_to_response(self.get_context_data(form=form))
        return redirect_to_request_code(self.request, _("Too many wrong codes. Please request a new code."))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"resend_count": self._process.state["resend_count"]}

    def redirect_expired(self) -> HttpResponse:
        return redirect_to_request_code(self.request, _("This code has expired. Please request a new one."))


class ChangeLoginEmailView(ConfirmLoginCodeView):
    """Cancels the requested code and returns to the form, where the user can enter another address."""

    http_method_names = ["post", "options"]

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        self._process.abort()
        return self.redirect_to_email_form()

    def redirect_expired(self) -> HttpResponse:
        return self.redirect_to_email_form()

    def redirect_to_email_form(self) -> HttpResponse:
        return (
            redirect("registration:register")
            if is_registration_flow(self.request)
            else redirect_to_request_code(self.request)
        )


def is_registration_flow(request: HttpRequest) -> bool:
    """Return whether the code belongs to a registration, so that the address may have no account yet."""
    return get_next_redirect_url(request) == reverse("registration:complete")


def redirect_to_request_code(request: HttpRequest, error: str = "") -> HttpResponse:
    if error:
        messages.error(request, error)
    return redirect(passthrough_next_redirect_url(request, reverse("account_request_login_code"), "next"))


# Sign-in by passkey


class PasskeyLoginView(NextRedirectMixin, LoginWebAuthnView):
    """Sign-in with a passkey alone, which itself verifies a fingerprint, a face or a PIN."""

    template_name = "account/passkey.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        options = webauthn.begin_authentication(user=None)
        return super().get_context_data(**kwargs) | {"js_data": {"request_options": options}}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not ratelimit.consume(request, action="login"):
            return ratelimit.respond_429(request)
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        return redirect_to_request_code(
            self.request, _("This passkey is not registered here. Please use a code instead.")
        )


# Links in e-mails


class PasswordResetFromKeyView(views.PasswordResetFromKeyView):
    @transaction.atomic
    def form_valid(self, form: BaseForm) -> HttpResponse:
        """Set the password. For an account without a proved address the link proves ``User.email``, where it was sent.

        The token is bound to that address.
        """
        user = self.reset_user
        if not delivery_email(user) and not (find_account(user.email) == user and prove(user, user.email)):
            return self.render_to_response(self.get_context_data(token_fail=True))
        return super().form_valid(form)


class ConfirmEmailView(views.ConfirmEmailView):
    """Confirmation of a further address of an account, by its signed-in owner only.

    Otherwise the owner of an address could be misled into confirming it for another person's account.
    """

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            self.object = self.get_object()
        except Http404:
            return super().dispatch(request, *args, **kwargs)
        if self.object.email_address.user_id == request.user.pk:
            return super().dispatch(request, *args, **kwargs)
        return self.render_to_response(self.get_context_data(must_sign_in=True))


# Set-up of second factors


class VerifiedBySetupMixin:
    """Counts the set-up of a second factor as its verification, so that the next page does not ask for it again."""

    def form_valid(self, form: BaseForm) -> HttpResponse:
        response = super().form_valid(form)
        factors = Authenticator.objects.filter(user=self.request.user, type__in=PRIMARY_FACTORS)
        record_mfa_verification(self.request, factors.latest("pk"))
        return response


def record_mfa_verification(request: HttpRequest, authenticator: Authenticator) -> None:
    authenticator.record_usage()
    record = {
        "method": "mfa",
        "at": time.time(),
        "id": authenticator.pk,
        "type": authenticator.type,
        "reauthenticated": True,
    }
    records = get_authentication_records(request, request.user)
    request.session[AUTHENTICATION_METHODS_SESSION_KEY] = [*records, record]


class ActivateAppView(VerifiedBySetupMixin, ActivateTOTPView):
    pass


class AddPasskeyView(VerifiedBySetupMixin, AddWebAuthnView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Let a passkey of an attendee, who may sign in with it alone, verify a fingerprint, a face or a PIN."""
        context, user = super().get_context_data(**kwargs), self.request.user
        if not user.is_staff:
            context["js_data"] = {"creation_options": webauthn.begin_registration(user, passwordless=True)}
        return context
