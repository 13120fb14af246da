"""The page behind the link of an offer. Looking changes nothing, for programs that check letters follow every link."""

from contextlib import suppress

from allauth.core import ratelimit
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from ..account_urls import private
from . import admission
from .offers import Offer, seat_of
from .states import NotPossible

ANSWERS = {"accept": admission.accept, "refuse": admission.refuse}


# The link itself is the secret; nobody who does not have it can send the form.
@csrf_exempt
@private
@require_http_methods(["GET", "HEAD", "POST"])
def offer(request, token):
    if not ratelimit.consume(request, action="offer"):
        return ratelimit.respond_429(request)
    seat, became = seat_of(token)
    answer = ANSWERS.get(request.POST.get("answer"))
    if answer and became is Offer.OPEN:
        return _answer(request, seat, answer)
    context = {"section": "register", "seat": seat, "became": became.value}
    return render(request, "registration/offer.html", context, status=404 if became is Offer.GONE else 200)


def _answer(request, seat, answer):
    # Answered or lapsed in this very moment: then the page says which.
    with suppress(NotPossible):
        answer(seat, by=seat.registration.user)
    return redirect(request.path)
