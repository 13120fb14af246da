"""Middleware that keeps a form submitted without a session, and shows it after sign-in."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve

from conference.core.http import is_same_origin, prefers_json
from conference.core.page_cache import is_published

from .drafts import Draft, delete_draft, load_draft, save_draft
from .owner import set_owner
from .responses import SIGN_IN_PAGES, keep_for_script, show_draft


class FormRecoveryMiddleware:
    """Placed after the CSRF check, sessions, authentication and messages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        response = self.get_response(request)
        if request.method == "POST":
            response = self.keep_or_delete_draft(request, response)
        elif draft := getattr(request, "recovered_draft", None):
            response = show_recovered(request, response, draft)
        # After a failure the session cannot be read.
        if response.status_code < 500 and request.session.accessed:
            set_owner(request, response)
        return response

    def process_view(
        self, request: Any, view: Callable[..., Any], args: tuple, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        if request.method == "POST" and "discard_recovered_form" in request.POST:
            delete_draft(request)
            return redirect(request.get_full_path())
        # A published page is the same for everyone and does not read the session.
        if request.method == "GET" and settings.SESSION_COOKIE_NAME in request.COOKIES and not is_published(view):
            request.recovered_draft = load_draft(request)
        return None

    def keep_or_delete_draft(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if is_redirect_to_sign_in(request, response):
            # The CSRF check may have failed before.
            if is_same_origin(request):
                draft = Draft.from_request(request)
                if prefers_json(request):
                    return keep_for_script(request, draft)
                save_draft(request, draft)
        elif response.status_code < 400 and request.session.accessed:
            delete_draft(request)
        return response


def is_redirect_to_sign_in(request: HttpRequest, response: HttpResponse) -> bool:
    """Return whether a form, other than those for signing in, was answered with a redirect to sign-in."""
    match = request.resolver_match
    if match is None or match.view_name in SIGN_IN_PAGES or "Location" not in response.headers:
        return False
    try:
        return resolve(urlsplit(response.headers["Location"]).path).view_name in SIGN_IN_PAGES
    except Resolver404:
        return False


def show_recovered(request: HttpRequest, response: HttpResponse, draft: Draft) -> HttpResponse:
    """Show the draft on a page that GET shows, or on a page of its own if the URL accepts POST only."""
    if response.status_code == 405:
        return show_draft(request, response, draft)
    if response.status_code == 200 and not response.streaming:
        return show_draft(request, response, draft)
    return response
