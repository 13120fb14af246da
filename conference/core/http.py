"""Validation of web addresses, and responses when the site is unavailable."""

from django.core.validators import URLValidator
from django.http import HttpResponse

RETRY_AFTER_SECONDS = 60

validate_web_url = URLValidator(schemes=["http", "https"])


def add_retry_after(response: HttpResponse) -> HttpResponse:
    """Tell clients to repeat the request after a minute (RFC 9110, 10.2.3)."""
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
