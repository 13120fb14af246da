"""Validation of web addresses, responses when the site is unavailable, and views for requests that fail the CSRF check.

Django calls settings.CSRF_FAILURE_VIEW in place of the requested view. A view with a long form names a view of its own
for this case, which shows the form again with the submitted values, so that an expired session loses no entries.
"""

from collections.abc import Callable
from typing import Any

from django.core.validators import URLValidator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token

RETRY_AFTER_SECONDS = 60
# Query parameter of a request that was repeated after a cookie was set.
COOKIE_CHECK = "cookie-check"

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


def check_cookies(request: HttpRequest) -> HttpResponse | None:
    """Return a redirect that repeats a POST without cookies, to learn whether the browser accepts them.

    Return None if there is a cookie, or if the request is the repeated one (see are_cookies_blocked). So the visitor
    is not told that cookies are blocked after clearing or allowing them.
    """
    if request.COOKIES or COOKIE_CHECK in request.GET or not is_same_origin(request):
        return None
    # Makes the CSRF middleware set the cookie in this response.
    get_token(request)
    query = request.GET.copy()
    query[COOKIE_CHECK] = "1"
    # Status 307 (RFC 9110, 15.4.8): the browser repeats the method and the body.
    url, headers = f"{request.path}?{query.urlencode()}", {"Cache-Control": "no-store"}
    return HttpResponseRedirect(url, preserve_request=True, headers=headers)


def are_cookies_blocked(request: HttpRequest) -> bool:
    """Return whether the browser sent no cookie immediately after this site had set one."""
    return COOKIE_CHECK in request.GET and not request.COOKIES


def is_same_origin(request: HttpRequest) -> bool:
    """Return whether the Origin header names this site or is absent, as in old browsers."""
    return request.headers.get("Origin") in (None, f"{request.scheme}://{request.get_host()}")
