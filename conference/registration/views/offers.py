"""Page behind the link in an offer e-mail. GET changes nothing, because mail scanners open every link."""

from collections.abc import Callable
from contextlib import suppress

from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from conference.accounts.decorators import personal_page

from .. import workflow
from ..formatting import format_mode
from ..models import Seat
from ..offer_tokens import OfferStatus, resolve_offer_token
from ..states import InvalidTransitionError
from ..status_messages import CLOSED_OFFER_MESSAGES, OFFER_HEADINGS

OFFER_ACTIONS = {"accept": workflow.accept_offer, "decline": workflow.decline_offer}


# The token in the URL is the secret that authorizes the request; without it no form can be sent.
@csrf_exempt
@personal_page
@require_http_methods(["GET", "HEAD", "POST"])
def offer_page(request: HttpRequest, token: str) -> HttpResponse:
    if not ratelimit.consume(request, action="offer"):
        return ratelimit.respond_429(request)
    seat, status = resolve_offer_token(token)
    action = OFFER_ACTIONS.get(request.POST.get("answer", ""))
    if action and status is OfferStatus.OPEN:
        return answer_offer(request, seat, action)
    context = {
        "section": "register",
        "seat": seat,
        "mode": format_mode(seat.mode) if seat else "",
        "is_open": status is OfferStatus.OPEN,
        "heading": OFFER_HEADINGS[status],
        "message": CLOSED_OFFER_MESSAGES.get(status),
    }
    return render(request, "registration/offer.html", context, status=404 if status is OfferStatus.INVALID else 200)


def answer_offer(request: HttpRequest, seat: Seat, action: Callable) -> HttpResponse:
    # If the offer was answered or expired since it was read, the page shows its new status.
    with suppress(InvalidTransitionError):
        action(seat, by=seat.registration.user)
    return redirect(request.path)
