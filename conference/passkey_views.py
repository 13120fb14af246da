"""Signing in with a passkey alone, which by itself asks for a fingerprint, a face or a PIN."""

from allauth.account.internal.templatekit import get_entrance_context_data
from allauth.account.mixins import NextRedirectMixin
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url, passthrough_next_redirect_url
from allauth.core import ratelimit
from allauth.mfa.webauthn.internal import auth, flows
from allauth.mfa.webauthn.views import LoginWebAuthnView
from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _


class SignIn(NextRedirectMixin, LoginWebAuthnView):
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
        messages.error(self.request, _("This passkey is not known here. Use a code instead."))
        return redirect(passthrough_next_redirect_url(self.request, reverse("account_request_login_code"), "next"))
