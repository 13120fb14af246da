"""Validation of web addresses, properties of requests, and responses when the site is unavailable."""

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


def check_cookies(request: HttpRequest) -> HttpResponse | None:
    """Return a redirect that repeats a POST without cookies, to learn whether the browser accepts them.

    Return None if there is a cookie, or if the request is the repeated one (see are_cookies_blocked). So the visitor
    is not told that cookies are blocked after clearing or allowing them.
    """
    if request.method != "POST" or request.COOKIES or COOKIE_CHECK in request.GET or not is_same_origin(request):
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


def prefers_json(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def make_pdf_response(content: bytes, filename: str, *, disposition: str = "attachment") -> HttpResponse:
    headers = {"Content-Disposition": f'{disposition}; filename="{filename}"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)
