"""Form data that was entered and not saved yet, kept in the session until the form is saved.

A draft outlives validation errors, an expired session, a change of the language, and sign-in by an e-mailed code.
Drafts are stored by URL name, so that each form has one.
"""

import logging
import time
from collections.abc import Callable
from functools import wraps

from allauth.core import ratelimit
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from conference.core.database import is_transient_database_error
from conference.core.http import add_retry_after
from conference.core.polling import NotLoadedError

logger = logging.getLogger(__name__)

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


def return_form_on_database_error(view: Callable) -> Callable:
    """Decorate a form view: if the database fails, answer 503 with a page that contains the submitted values."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except (DatabaseError, InterfaceError, NotLoadedError) as error:
            is_transient = isinstance(error, NotLoadedError) or is_transient_database_error(error)
            if request.method != "POST" or not is_transient:
                raise
            logger.error("%r failed because the database is not available: %s", request.path, error)
            return render_retry_page(request)

    return wrapper


def render_retry_page(request: HttpRequest) -> HttpResponse:
    fields = [(name, value) for name, values in request.POST.lists() if name not in EXCLUDED_FIELDS for value in values]
    response = render(request, "registration/retry.html", {"section": "register", "fields": fields}, status=503)
    # Sessions are in the same database: saving this one would fail as well.
    request.session.modified = False
    response.headers["Cache-Control"] = "no-store"
    return add_retry_after(response)
