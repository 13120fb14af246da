"""Submitted values, kept in the session for a short time. Each draft belongs to one URL and one user."""

import re
import time
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, QueryDict

from .owner import get_owner, get_user_key

SESSION_KEY = "recovered_forms"
# Seconds
LIFETIME = 3600
MAX_DRAFTS = 3

SECRET_FIELD = re.compile(r"passw|(^|[_-])(code|otp|secret|credential)s?$", re.IGNORECASE)
# Fields that only one request is meant for.
EXCLUDED_FIELDS = {"csrfmiddlewaretoken", "discard_recovered_form"}


@dataclass(frozen=True)
class Draft:
    """Submitted values, and pairs of a field and the name of its file. Files are not kept."""

    fields: QueryDict
    file_fields: list[tuple[str, str]]

    @classmethod
    def from_request(cls, request: HttpRequest) -> "Draft":
        """Return the submitted values without passwords, codes and tokens of one request."""
        fields = QueryDict(mutable=True)
        for name, values in request.POST.lists():
            if name not in EXCLUDED_FIELDS and not SECRET_FIELD.search(name):
                fields.setlist(name, values)
        files = [(name, file.name) for name, files in request.FILES.lists() for file in files if file.name]
        return cls(fields, files)


def save_draft(request: HttpRequest, draft: Draft) -> None:
    """Keep the draft for the user who is signed in, or was last. Without such a user nothing is kept."""
    owner = get_user_key(request) or get_owner(request)
    if owner is None or not draft.fields:
        return
    entry = {
        "owner": owner,
        "saved_at": time.time(),
        "fields": dict(draft.fields.lists()),
        "file_fields": draft.file_fields,
    }
    drafts = [item for item in load_entries(request).items() if item[0] != request.get_full_path()]
    request.session[SESSION_KEY] = dict([*drafts[1 - MAX_DRAFTS :], (request.get_full_path(), entry)])
    if get_user_key(request) is None:
        request.session.set_expiry(LIFETIME)


def load_draft(request: HttpRequest) -> Draft | None:
    """Return the draft of this URL for the signed-in user. Drafts of other users are deleted."""
    entries = load_entries(request)
    user_key = get_user_key(request)
    if not entries or user_key is None:
        return None
    if request.session.get("_session_expiry") == LIFETIME:
        request.session.set_expiry(None)
    own = {path: entry for path, entry in entries.items() if entry["owner"] == user_key}
    if own != request.session[SESSION_KEY]:
        request.session[SESSION_KEY] = own
    entry = own.get(request.get_full_path())
    return build_draft(entry) if entry else None


def delete_draft(request: HttpRequest) -> None:
    drafts = dict(request.session.get(SESSION_KEY, {}))
    if drafts.pop(request.get_full_path(), None):
        request.session[SESSION_KEY] = drafts


def load_entries(request: HttpRequest) -> dict[str, Any]:
    """Return the stored drafts that have not expired, by URL."""
    entries = request.session.get(SESSION_KEY, {})
    return {path: entry for path, entry in entries.items() if time.time() - entry["saved_at"] < LIFETIME}


def build_draft(entry: dict[str, Any]) -> Draft:
    fields = QueryDict(mutable=True)
    for name, values in entry["fields"].items():
        fields.setlist(name, values)
    return Draft(fields, [(name, file_name) for name, file_name in entry["file_fields"]])
