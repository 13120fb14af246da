"""Signing in by a code that is sent by mail: whoever reads the letter is the owner of the address.

Nobody learns here whether an address has an account: the pages are the same, and where there is none no letter goes.
"""

import ipaddress

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.core import ratelimit
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from .email_ownership import open_account

TOO_MANY_CODES = gettext_lazy("Too many codes were requested. Please try again later.")
# In the session: the address that the last code was for, to be shown again where it is asked for.
SESSION_KEY_EMAIL = "code_address"


def send_login_code(request, address):
    """Begin to sign in whoever owns this (folded) address, who gets an account where there is none."""
    start_login_code_flow(request, open_account(address), address)


def start_login_code_flow(request, user, address):
    """Ask for a code that was sent to this address; with no user, for one that was not."""
    request.session[SESSION_KEY_EMAIL] = address
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
