"""The page behind the link of an offer. Looking changes nothing, for programs that check letters follow every link."""

from contextlib import suppress

from allauth.core import ratelimit
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from conference.accounts.decorators import personal_page

from .. import workflow
from ..offer_tokens import OfferStatus, resolve_offer_token
from ..states import InvalidTransitionError

OFFER_ACTIONS = {"accept": workflow.accept_offer, "refuse": workflow.decline_offer}


# The link itself is the secret; nobody who does not have it can send the form.
@csrf_exempt
@personal_page
@require_http_methods(["GET", "HEAD", "POST"])
def offer_page(request, token):
    if not ratelimit.consume(request, action="offer"):
        return ratelimit.respond_429(request)
    seat, became = resolve_offer_token(token)
    answer = OFFER_ACTIONS.get(request.POST.get("answer"))
    if answer and became is OfferStatus.OPEN:
        return handle_answer(request, seat, answer)
    context = {"section": "register", "seat": seat, "became": became.value}
    return render(request, "registration/offer.html", context, status=404 if became is OfferStatus.INVALID else 200)


def handle_answer(request, seat, answer):
    # Answered or lapsed in this very moment: then the page says which.
    with suppress(InvalidTransitionError):
        answer(seat, by=seat.registration.user)
    return redirect(request.path)
