"""Responses for times when the site cannot answer a request."""

from django.http import HttpResponse

RETRY_AFTER_SECONDS = 60


def add_retry_after(response: HttpResponse) -> HttpResponse:
    """Tell clients to repeat the request after a minute (RFC 9110, 10.2.3)."""
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
