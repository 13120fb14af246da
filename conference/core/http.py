"""Validation of web addresses, responses when the site is unavailable, and views for requests that fail the CSRF check.

Django calls settings.CSRF_FAILURE_VIEW in place of the requested view. A view with a long form names a view of its own
for this case, which shows the form again with the submitted values, so that an expired session loses no entries.
"""

from collections.abc import Callable
from typing import Any

from django.core.validators import URLValidator
from django.http import HttpRequest, HttpResponse

RETRY_AFTER_SECONDS = 60

validate_web_url = URLValidator(schemes=["http", "https"])


def add_retry_after(response: HttpResponse) -> HttpResponse:
    """Tell clients to repeat the request after a minute (RFC 9110, 10.2.3)."""
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def csrf_failure_view(failure_view: Callable) -> Callable:
    """Decorate a view so that failure_view answers its requests without a valid CSRF token.

    failure_view takes the request alone and must not change anything for it.
    """

    def decorate(view: Any) -> Callable:
        view.csrf_failure_view = failure_view
        return view

    return decorate


def get_csrf_failure_view(request: HttpRequest) -> Callable | None:
    """Return the failure view of the requested view, if it has one and the form was sent from this site."""
    view = request.resolver_match.func if request.resolver_match else None
    return getattr(view, "csrf_failure_view", None) if is_same_origin(request) else None


def is_same_origin(request: HttpRequest) -> bool:
    """Return whether the Origin header names this site or is absent, as in old browsers."""
    return request.headers.get("Origin") in (None, f"{request.scheme}://{request.get_host()}")
