"""Form data that was entered and not saved yet, kept in the session until the form is saved.

A draft outlives validation errors, an expired session, a change of the language, and sign-in by an e-mailed code.
Drafts are stored by URL name, so that each form has one.
"""

import time

from allauth.core import ratelimit
from django.http import HttpRequest, QueryDict

SESSION_KEY = "form_drafts"
# Larger than any form of this site: fields, values per field, characters per value, characters per draft.
MAX_FIELDS, MAX_VALUES_PER_FIELD, MAX_VALUE_LENGTH, MAX_TOTAL_LENGTH = 60, 20, 2000, 20_000
# Seconds. Drafts of anonymous visitors expire early, because they may contain health data.
ANONYMOUS_LIFETIME = 86_400
EXCLUDED_FIELDS = {"csrfmiddlewaretoken", "change_language"}


def save_draft(request: HttpRequest, url_name: str, *, submitted: bool = False) -> None:
    """Save the request's POST data as the draft of the form at url_name.

    submitted means that the form was valid and is to be saved once the user has signed in.
    """
    if is_rate_limited(request, submitted):
        return
    draft = {"fields": limit_size(request.POST), "submitted_at": time.time() if submitted else None}
    request.session[SESSION_KEY] = request.session.get(SESSION_KEY, {}) | {url_name: draft}
    if not request.user.is_authenticated:
        request.session.set_expiry(ANONYMOUS_LIFETIME)


def is_rate_limited(request: HttpRequest, submitted: bool) -> bool:
    """Return whether this client has created too many sessions. Submitted forms have a rate limit of their own."""
    return not submitted and not request.session.session_key and not ratelimit.consume(request, action="draft")


def limit_size(data: QueryDict) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    length = 0
    for name in [name for name in data if name not in EXCLUDED_FIELDS][:MAX_FIELDS]:
        values = [value[:MAX_VALUE_LENGTH] for value in data.getlist(name)[:MAX_VALUES_PER_FIELD]]
        length += len(name) + sum(map(len, values))
        if length > MAX_TOTAL_LENGTH:
            break
        fields[name] = values
    return fields


def load_draft(request: HttpRequest, url_name: str) -> QueryDict | None:
    draft = request.session.get(SESSION_KEY, {}).get(url_name)
    return to_query_dict(draft["fields"]) if draft else None


def submitted_at(request: HttpRequest, url_name: str) -> float | None:
    """Return the Unix time at which the form was submitted; None if its draft was only saved."""
    return request.session.get(SESSION_KEY, {}).get(url_name, {}).get("submitted_at")


def mark_unsubmitted(request: HttpRequest, url_name: str) -> None:
    drafts = request.session.get(SESSION_KEY, {})
    if url_name in drafts:
        request.session[SESSION_KEY] = drafts | {url_name: drafts[url_name] | {"submitted_at": None}}


def delete_draft(request: HttpRequest, url_name: str) -> None:
    drafts = dict(request.session.get(SESSION_KEY, {}))
    if drafts.pop(url_name, None):
        request.session[SESSION_KEY] = drafts
    if request.session.get("_session_expiry") == ANONYMOUS_LIFETIME:
        request.session.set_expiry(None)


def to_query_dict(fields: dict[str, list[str]]) -> QueryDict:
    query = QueryDict(mutable=True)
    for name, values in fields.items():
        query.setlist(name, values)
    return query
