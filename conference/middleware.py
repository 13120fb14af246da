"""Middleware: headers, malformed requests, language, maintenance, database errors and the signed-in cookie."""

import codecs
import logging
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.middleware.locale import LocaleMiddleware
from django.utils.translation import get_language, get_language_from_path

from . import error_views

logger = logging.getLogger(__name__)

GetResponse = Callable[[HttpRequest], HttpResponse]

MAX_QUERY_LENGTH = 8000
CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f]")
# Django leaves bytes that are not UTF-8 percent-encoded when it decodes a path.
INVALID_UTF8 = re.compile(r"%[89A-Fa-f][0-9A-Fa-f]")

# SecurityMiddleware sets the first three too, but not on responses of middleware before it.
DEFAULT_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
    "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
}

# Paths, without the language prefix, that stay available during maintenance.
MAINTENANCE_EXEMPT = re.compile(r"(admin|preview|accounts|static|media)/|(healthz|readyz)$")

SIGNED_IN_COOKIE = "signed_in"


def security_headers(get_response: GetResponse) -> GetResponse:
    """Set the default security headers on every response, including errors."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in DEFAULT_HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return middleware


def revalidate_permanent_redirects(get_response: GetResponse) -> GetResponse:
    """Make browsers ask again before they follow a permanent redirect, which a page or a setting may reverse."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code in (301, 308):
            response.headers.setdefault("Cache-Control", "no-cache")
        return response

    return middleware


def reject_malformed_requests(get_response: GetResponse) -> GetResponse:
    """Answer 400 to requests that no browser sends and that make databases, codecs or parsers fail."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request) if is_well_formed(request) else error_views.bad_request(request)

    return middleware


def is_well_formed(request: HttpRequest) -> bool:
    return bool(
        is_valid_path(request.path_info)
        and is_valid_query(request.META.get("QUERY_STRING", ""))
        and has_valid_cookies(request.COOKIES)
        and has_valid_content_type(request)
        # Django calls int() on it, which accepts other digits and fails on the rest.
        and re.fullmatch("[0-9]{0,18}", request.META.get("CONTENT_LENGTH") or "")
    )


def is_valid_path(path: str) -> bool:
    return not (CONTROL_CHARACTERS.search(path) or INVALID_UTF8.search(path))


def is_valid_query(query: str) -> bool:
    if len(query) > MAX_QUERY_LENGTH or query.count("&") >= settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:
        return False
    # WSGI decodes bytes as Latin-1 (PEP 3333).
    return is_utf8_without_nul(query.encode("latin-1"))


def is_utf8_without_nul(encoded: bytes) -> bool:
    """Return whether percent-encoded bytes are UTF-8 without NUL, which PostgreSQL cannot store in text."""
    try:
        return "\0" not in unquote_to_bytes(encoded).decode()
    except UnicodeDecodeError:
        return False


def has_valid_cookies(cookies: dict[str, str]) -> bool:
    # A quoted cookie can contain any byte as an octal escape: "\000".
    return not any(CONTROL_CHARACTERS.search(name + value) for name, value in cookies.items())


def has_valid_content_type(request: HttpRequest) -> bool:
    """Return whether the type has two parts and the charset is UTF-8. Django would decode with any other codec."""
    if request.content_type and "/" not in request.content_type:
        return False
    return request.encoding is None or codecs.lookup(request.encoding).name == "utf-8"


class URLLocaleMiddleware(LocaleMiddleware):
    """Language selection by URL alone.

    Django would add "Vary: Accept-Language", and shared caches would store a copy of each page per browser language.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response.headers.setdefault("Content-Language", get_language())
        return response


class RejectMalformedFormMiddleware:
    """Answers 400 to form fields that are not text. Placed after the CSRF check, which parses the form anyway."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        if request.method == "POST" and not has_valid_form(request):
            return error_views.bad_request(request)
        return None


def has_valid_form(request: HttpRequest) -> bool:
    try:
        if request.content_type == "application/x-www-form-urlencoded":
            return is_utf8_without_nul(request.body)
        return not any("\0" in text for name, values in request.POST.lists() for text in (name, *values))
    except UnreadablePostError:
        return False


def maintenance_mode(get_response: GetResponse) -> GetResponse:
    """Show the maintenance page instead of public pages while settings.MAINTENANCE is set."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if settings.MAINTENANCE and not is_maintenance_exempt(request.path_info):
            return error_views.maintenance(request)
        return get_response(request)

    return middleware


def is_maintenance_exempt(path: str) -> bool:
    language = get_language_from_path(path)
    return bool(MAINTENANCE_EXEMPT.match(path.removeprefix(f"/{language}" if language else "").removeprefix("/")))


class ServiceUnavailableMiddleware:
    """Answers 503 instead of 500 when a view fails because of a temporary condition."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not error_views.is_transient(exception):
            return None
        logger.error("%r failed because the database is not available: %s", request.path, exception)
        return error_views.service_unavailable(request)


def signed_in_cookie(get_response: GetResponse) -> GetResponse:
    """Set a cookie by which scripts know that the user is signed in, and delete it after the session has ended.

    Responses for which the session was not read are left unchanged.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not request.session.accessed:
            return response
        try:
            is_signed_in = SESSION_KEY in request.session
        except DatabaseError:
            # The response already reports the error.
            return response
        has_cookie = SIGNED_IN_COOKIE in request.COOKIES
        if is_signed_in and not has_cookie:
            age = request.session.get_expiry_age()
            response.set_cookie(SIGNED_IN_COOKIE, "1", max_age=age, secure=request.is_secure(), samesite="Lax")
        elif has_cookie and not is_signed_in:
            response.delete_cookie(SIGNED_IN_COOKIE, samesite="Lax")
        return response

    return middleware
