"""What somebody typed into a form and nothing came of yet: kept in their session, form by form, until it is used.

So it outlives an error, a session that ended, another language and the way to the mailbox.
"""

import time

from allauth.core import ratelimit
from django.http import QueryDict

KEY = "typed"
# More than any form of ours sends: fields, values of one field, letters of one value, letters in all.
FIELDS, VALUES, LETTERS, IN_ALL = 60, 20, 2000, 20_000
# Seconds that it is kept of somebody who is not signed in: it may be about their health.
DAY = 86_400
NOT_KEPT = {"csrfmiddlewaretoken", "switch"}


def keep(request, form, *, sent=False):
    """Keep what this request sends under the form's name; sent tells that whoever typed it pressed the button."""
    if _is_one_of_too_many(request, sent):
        return
    kept = {"fields": _within_reason(request.POST), "sent_at": time.time() if sent else None}
    request.session[KEY] = request.session.get(KEY, {}) | {form: kept}
    if not request.user.is_authenticated:
        request.session.set_expiry(DAY)


def _is_one_of_too_many(request, sent):
    """Whether this would fill our tables with sessions of visitors who never come back. What is sent is counted where
    it is sent."""
    return not sent and not request.session.session_key and not ratelimit.consume(request, action="typed")


def _within_reason(sent):
    fields, letters = {}, 0
    for name in [name for name in sent if name not in NOT_KEPT][:FIELDS]:
        values = [value[:LETTERS] for value in sent.getlist(name)[:VALUES]]
        letters += len(name) + sum(map(len, values))
        if letters > IN_ALL:
            break
        fields[name] = values
    return fields


def kept(request, form):
    """What was typed, as a QueryDict; None where nothing was."""
    found = request.session.get(KEY, {}).get(form)
    return _as_sent(found["fields"]) if found else None


def sent_at(request, form):
    """When the button was pressed, in seconds since 1970; None where it was not."""
    return request.session.get(KEY, {}).get(form, {}).get("sent_at")


def hold_back(request, form):
    """Keep it as if the button had not been pressed."""
    kept = request.session.get(KEY, {})
    if form in kept:
        request.session[KEY] = kept | {form: kept[form] | {"sent_at": None}}


def forget(request, form):
    kept = dict(request.session.get(KEY, {}))
    if kept.pop(form, None):
        request.session[KEY] = kept
    if request.session.get("_session_expiry") == DAY:
        request.session.set_expiry(None)


def _as_sent(fields):
    query = QueryDict(mutable=True)
    for name, values in fields.items():
        query.setlist(name, values)
    return query
