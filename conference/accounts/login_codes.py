"""Sign-in with a code sent by e-mail, which proves that the user owns the address.

The pages are the same whether or not an address has an account; without an account no e-mail is sent.
"""

# allauth has no public function that starts a sign-in by code for a given user.
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.core import ratelimit
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from conference.core.email_addresses import email_key

from .email_ownership import open_account
from .rate_limits import consume_by_client

TOO_MANY_CODES = gettext_lazy("Too many codes were requested. Please try again later.")
# Session key of the address that the last code was sent to, which the form for another code shows again.
SESSION_KEY_EMAIL = "login_code_email"


def send_login_code(request: HttpRequest, email: str) -> None:
    """Send a code to the owner of this canonical address, and create an account if there is none."""
    start_login_code_flow(request, open_account(email), email)


def start_login_code_flow(request: HttpRequest, user: User | None, email: str) -> None:
    """Send a code and make the session expect it. Without a user nothing is sent, but the pages look the same."""
    request.session[SESSION_KEY_EMAIL] = email
    LoginCodeVerificationProcess.initiate(request=request, user=user, email=email)


def may_request_code(request: HttpRequest, email: str) -> bool:
    """Count a request for a code, and return whether it is within the limits.

    The limit per client network and address comes first: a single client reaches it long before the limit for the
    address, which leaves codes for its owner.
    """
    return consume_by_client(request, "code_by_client", email) and ratelimit.consume(
        request, action="code_to_address", key=email_key(email)
    )
