"""Signing in by a code that is sent by mail: whoever reads the letter is the owner of the address.

Nobody learns here whether an address has an account: the pages are the same, and where there is none no letter goes.
"""

import ipaddress

from allauth.account import views
from allauth.account.adapter import get_adapter
from allauth.account.forms import ConfirmLoginCodeForm, RequestLoginCodeForm
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.internal.stagekit import clear_login
from allauth.account.utils import get_next_redirect_url, passthrough_next_redirect_url
from allauth.core import context, ratelimit
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from .email_ownership import find_account, normalize_email, open_account, prove

TOO_MANY_CODES = gettext_lazy("Too many codes were requested. Please try again later.")
# In the session: the address that the last code was for, to be shown again where it is asked for.
ADDRESS = "code_address"


def send(request, address):
    """Begin to sign in whoever owns this (folded) address, who gets an account where there is none."""
    begin(request, open_account(address), address)


def begin(request, user, address):
    """Ask for a code that was sent to this address; with no user, for one that was not."""
    request.session[ADDRESS] = address
    LoginCodeVerificationProcess.initiate(request=request, user=user, email=address)


def may_request_code(request: HttpRequest, address: str) -> bool:
    """Count a request for a code, and return whether it is within the limits.

    The limit for one requesting network and one address comes first: a single stranger reaches it long before the limit
    for the address, which leaves codes for its owner.
    """
    requested = f"{client_network(request)} {address}"
    return ratelimit.consume(request, action="code_by_client", key=requested) and ratelimit.consume(
        request, action="code_to_address", key=address
    )


def client_network(request: HttpRequest) -> str:
    """Return the address of the client; of IPv6 the /64 network, all of which one client may use."""
    address = get_adapter().get_client_ip(request)
    try:
        is_ipv6 = ipaddress.ip_address(address).version == 6
    except ValueError:
        return address
    return str(ipaddress.ip_network(f"{address}/64", strict=False)) if is_ipv6 else address


class AskForm(RequestLoginCodeForm):
    def clean_email(self) -> str:
        """Return the normalized address. Whose it is, the view looks up."""
        address = normalize_email(self.cleaned_data["email"])
        is_within_limit = ratelimit.consume(context.request, action="request_login_code")
        if not is_within_limit or not may_request_code(context.request, address):
            raise ValidationError(TOO_MANY_CODES)
        return address


class Ask(views.RequestLoginCodeView):
    """Where to send a code to."""

    form_class = AskForm

    def get_initial(self):
        return {"email": self.request.session.get(ADDRESS, "")}

    def form_valid(self, form):
        address = form.cleaned_data["email"]
        begin(self.request, open_account(address) if _is_registering(self.request) else find_account(address), address)
        return redirect(self.get_success_url())


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

    def form_valid(self, form):
        if not isinstance(form, ConfirmLoginCodeForm):
            return self._resend(form)
        user, address = self._process.user, self._process.state["email"]
        # The account may have been closed, or the address proved elsewhere, since the code was sent.
        if user is None or find_account(address) != user or not prove(user, address):
            clear_login(self.request)
            return _ask_again(self.request, _("This code is not good any more. Ask for a new one."))
        return super().form_valid(form)

    def _resend(self, form):
        if may_request_code(self.request, self._process.state["email"]):
            return super().form_valid(form)
        messages.error(self.request, TOO_MANY_CODES)
        return redirect(self.passthrough_next_url(reverse("account_confirm_login_code")))

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
