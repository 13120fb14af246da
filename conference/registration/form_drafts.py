"""What somebody typed into a form and nothing came of yet: kept in their session, form by form, until it is used.

So it outlives an error, a session that ended, another language and the way to the mailbox.
"""

import logging
import time
from functools import wraps

from allauth.core import ratelimit
from django.db import InterfaceError, OperationalError
from django.http import QueryDict
from django.shortcuts import render

from conference.core.database import RETRY_AFTER_SECONDS
from conference.core.polling import NotLoadedError

SESSION_KEY = "typed"
# More than any form of ours sends: fields, values of one field, letters of one value, letters in all.
MAX_FIELDS, MAX_VALUES_PER_FIELD, MAX_VALUE_LENGTH, MAX_TOTAL_LENGTH = 60, 20, 2000, 20_000
# Seconds that it is kept of somebody who is not signed in: it may be about their health.
ANONYMOUS_LIFETIME = 86_400
EXCLUDED_FIELDS = {"csrfmiddlewaretoken", "switch"}


def save_draft(request, form, *, sent=False):
    """Keep what this request sends under the form's name; sent tells that whoever typed it pressed the button."""
    if is_rate_limited(request, sent):
        return
    kept = {"fields": limit_size(request.POST), "sent_at": time.time() if sent else None}
    request.session[SESSION_KEY] = request.session.get(SESSION_KEY, {}) | {form: kept}
    if not request.user.is_authenticated:
        request.session.set_expiry(ANONYMOUS_LIFETIME)


def is_rate_limited(request, sent):
    """Whether this would fill our tables with sessions of visitors who never come back. What is sent is counted where
    it is sent."""
    return not sent and not request.session.session_key and not ratelimit.consume(request, action="typed")


def limit_size(sent):
    fields, letters = {}, 0
    for name in [name for name in sent if name not in EXCLUDED_FIELDS][:MAX_FIELDS]:
        values = [value[:MAX_VALUE_LENGTH] for value in sent.getlist(name)[:MAX_VALUES_PER_FIELD]]
        letters += len(name) + sum(map(len, values))
        if letters > MAX_TOTAL_LENGTH:
            break
        fields[name] = values
    return fields


def load_draft(request, form):
    """What was typed, as a QueryDict; None where nothing was."""
    found = request.session.get(SESSION_KEY, {}).get(form)
    return to_query_dict(found["fields"]) if found else None


def submitted_at(request, form):
    """When the button was pressed, in seconds since 1970; None where it was not."""
    return request.session.get(SESSION_KEY, {}).get(form, {}).get("sent_at")


def mark_unsubmitted(request, form):
    """Keep it as if the button had not been pressed."""
    kept = request.session.get(SESSION_KEY, {})
    if form in kept:
        request.session[SESSION_KEY] = kept | {form: kept[form] | {"sent_at": None}}


def delete_draft(request, form):
    kept = dict(request.session.get(SESSION_KEY, {}))
    if kept.pop(form, None):
        request.session[SESSION_KEY] = kept
    if request.session.get("_session_expiry") == ANONYMOUS_LIFETIME:
        request.session.set_expiry(None)


def to_query_dict(fields):
    query = QueryDict(mutable=True)
    for name, values in fields.items():
        query.setlist(name, values)
    return query


logger = logging.getLogger(__name__)


def return_form_on_database_error(view):
    """A view that takes a form. Where it cannot, the answer is 503 and has all that was typed in it."""

    @wraps(view)
    def answer(request, *args, **kwargs):
        try:
            return view(request, *args, **kwargs)
        except (OperationalError, InterfaceError, NotLoadedError) as error:
            if request.method != "POST":
                raise
            logger.error("%r failed because the database is not available: %s", request.path, error)
            return render_form_again(request)

    return answer


def render_form_again(request):
    sent = [(name, value) for name, values in request.POST.lists() if name not in EXCLUDED_FIELDS for value in values]
    response = render(request, "registration/retry.html", {"section": "register", "sent": sent}, status=503)
    # There is nowhere to save it.
    request.session.modified = False
    response.headers["Cache-Control"] = "no-store"
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
