"""The ticket as a pass of Apple Wallet and Google Wallet, if their keys are configured, and updates of Apple's passes.

Modules of the wallets are imported in the views, because most sites have no keys.
"""

import re
from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from conference.accounts.rate_limits import refuse_frequent_request

from ..models import Registration
from ..tickets import issuance
from .decorators import attendee_login_required, get_own_registration

AUTHORIZATION = re.compile("ApplePass ([0-9a-f]{64})")


def respond_with_pass(
    request: HttpRequest, wallet: object, make_response: Callable[[Registration], HttpResponse]
) -> HttpResponse:
    """Return the response for the attendee's ticket, or redirect to the ticket page, which says why there is none."""
    if wallet is None:
        raise Http404
    registration = get_own_registration(request)
    if not issuance.is_confirmed(registration) or not registration.check_admission().days:
        return redirect("registration:ticket")
    if refusal := refuse_frequent_request(request, "ticket"):
        return refusal
    return make_response(registration)


@attendee_login_required
@require_safe
def apple_pass(request: HttpRequest) -> HttpResponse:
    """Return the ticket as a file that an iPhone opens in Wallet."""
    return respond_with_pass(request, settings.APPLE_WALLET, make_pass_response)


@attendee_login_required
@require_safe
def google_pass(request: HttpRequest) -> HttpResponse:
    """Redirect to Google's page that saves the ticket. The URL is made only now, because it contains the name."""

    def redirect_to_google(registration: Registration) -> HttpResponse:
        from ..tickets.wallet.google import make_save_url

        response = redirect(make_save_url(registration, settings.GOOGLE_WALLET))
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return respond_with_pass(request, settings.GOOGLE_WALLET, redirect_to_google)


def make_pass_response(registration: Registration) -> HttpResponse:
    from ..tickets.wallet import apple

    headers = {"Content-Disposition": 'attachment; filename="ticket.pkpass"'}
    content = apple.render_pass(registration, settings.APPLE_WALLET)
    return HttpResponse(content, content_type=apple.CONTENT_TYPE, headers=headers)


# Apple's web service for passes. Phones prove with a token that they have the pass; they have no session and no cookie.


@never_cache
@require_safe
def apple_pass_update(request: HttpRequest, pass_type: str, serial_number: str) -> HttpResponse:
    """Return the present pass: with the new ticket if it was replaced, and as void without a valid one."""
    return make_pass_response(authenticate_phone(request, pass_type, serial_number))


@csrf_exempt
@never_cache
@require_http_methods(["POST", "DELETE"])
def apple_pass_registration(request: HttpRequest, device: str, pass_type: str, serial_number: str) -> HttpResponse:
    """Accept that a phone follows a pass. Nothing is stored: the site sends no pushes, so phones ask for updates."""
    authenticate_phone(request, pass_type, serial_number)
    return HttpResponse(status=200)


@csrf_exempt
@never_cache
@require_POST
def apple_log(request: HttpRequest) -> HttpResponse:
    """Accept and drop what phones report about errors: it could contain personal data."""
    return HttpResponse(status=200)


@never_cache
@require_safe
def apple_updated_passes(request: HttpRequest, device: str, pass_type: str) -> HttpResponse:
    """Return that no pass is known to have changed, because no phones are stored."""
    return HttpResponse(status=204)


def authenticate_phone(request: HttpRequest, pass_type: str, serial_number: str) -> Registration:
    """Return the registration of the pass. Raise the same Http404 for a wrong token or pass."""
    from ..tickets.wallet.apple import find_registration

    token = AUTHORIZATION.fullmatch(request.headers.get("Authorization", ""))
    wallet = settings.APPLE_WALLET
    registration = token and wallet and wallet.pass_type_id == pass_type and find_registration(serial_number, token[1])
    if not registration:
        raise Http404
    return registration
