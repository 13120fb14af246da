"""What becomes of a form while the database does not answer: whoever sent it gets it back whole, to send it again."""

import logging
from functools import wraps

from django.db import InterfaceError, OperationalError
from django.shortcuts import render

from sessions.live import NotReady

from .. import errors
from .typed import NOT_KEPT

logger = logging.getLogger(__name__)


def given_back(view):
    """A view that takes a form. Where it cannot, the answer is 503 and has all that was typed in it."""

    @wraps(view)
    def answer(request, *args, **kwargs):
        try:
            return view(request, *args, **kwargs)
        except (OperationalError, InterfaceError, NotReady) as error:
            if request.method != "POST":
                raise
            logger.error("%r cannot be answered now: %s", request.path, error)
            return _once_more(request)

    return answer


def _once_more(request):
    sent = [(name, value) for name, values in request.POST.lists() if name not in NOT_KEPT for value in values]
    response = render(request, "registration/once_more.html", {"section": "register", "sent": sent}, status=503)
    # There is nowhere to save it.
    request.session.modified = False
    response.headers["Cache-Control"] = "no-store"
    response.headers["Retry-After"] = str(errors.TRY_AGAIN_IN)
    return response
