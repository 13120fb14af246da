"""Validation of web addresses, properties of requests, and responses when the site is unavailable."""

from django.core.validators import URLValidator
from django.http import HttpRequest, HttpResponse

RETRY_AFTER_SECONDS = 60

validate_web_url = URLValidator(schemes=["http", "https"])


def add_retry_after(response: HttpResponse) -> HttpResponse:
    """Tell clients to repeat the request after a minute (RFC 9110, 10.2.3)."""
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def is_same_origin(request: HttpRequest) -> bool:
    """Return whether the Origin header names this site or is absent, as in old browsers."""
    return request.headers.get("Origin") in (None, f"{request.scheme}://{request.get_host()}")


def prefers_json(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"
