"""Rate limits on attempts with the e-mail address of an account, and on pages that are expensive to render.

Each limit per client network and address comes before one per address: a single client reaches the first one long
before the second, which leaves attempts for the owner of the address.
"""

import ipaddress

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from allauth.core.internal import ratelimit as internal_ratelimit
from django.http import HttpRequest, HttpResponse

from conference.core.email_addresses import email_key


def consume_by_client(request: HttpRequest, action: str, email: str) -> bool:
    """Count an action of this client on this address, and return whether it is within the limit."""
    return ratelimit.consume(request, action=action, key=client_key(request, email))


def may_try_password(request: HttpRequest, email: str) -> bool:
    """Count an attempt to sign in with a password, and return whether it is within the limits."""
    return consume_by_client(request, "password_by_client", email) and ratelimit.consume(
        request, action="password_for_address", key=email_key(email)
    )


def forget_password_attempts(request: HttpRequest, email: str) -> None:
    """Start counting again after the right password."""
    ratelimit.clear(request, action="password_by_client", key=client_key(request, email))
    ratelimit.clear(request, action="password_for_address", key=email_key(email))


def client_key(request: HttpRequest, email: str) -> str:
    return f"{client_network(request)} {email_key(email)}"


def client_network(request: HttpRequest) -> str:
    """Return the IP address of the client, or the /64 network of an IPv6 address, which one client may use entirely."""
    ip = get_adapter().get_client_ip(request)
    try:
        is_ipv6 = ipaddress.ip_address(ip).version == 6
    except ValueError:
        return ip
    return str(ipaddress.ip_network(f"{ip}/64", strict=False)) if is_ipv6 else ip


def refuse_frequent_request(request: HttpRequest, action: str) -> HttpResponse | None:
    """Return an error page with status 429 if a client opens an expensive page too often; otherwise None."""
    # allauth's public consume() does not count GET requests.
    if internal_ratelimit.consume(request, app="allauth.account", action=action, limit_get=True):
        return None
    return internal_ratelimit.respond_429(request)
