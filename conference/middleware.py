"""What every request passes through: house rules for headers, for input and for days when the site is closed."""

import codecs
import logging
import re
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import DatabaseError
from django.http import UnreadablePostError
from django.middleware.locale import LocaleMiddleware
from django.utils.translation import get_language, get_language_from_path

from . import error_views

logger = logging.getLogger(__name__)

MAX_QUERY_LENGTH = 8000
CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f]")
# Django leaves bytes that are not UTF-8 percent-encoded when it decodes a path.
INVALID_UTF8 = re.compile(r"%[89A-Fa-f][0-9A-Fa-f]")

# What SecurityMiddleware would say, for the answers that it does not see, and what it never says.
DEFAULT_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
    "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
}

# Where the site is kept running while it is closed: the organizers' desk, the way in, files, and what machines ask for.
MAINTENANCE_EXEMPT = re.compile(r"(admin|preview|accounts|static|media)/|(healthz|readyz)$")


def security_headers(get_response):
    """Put the headers of the house on every answer, refusals and failures included."""

    def middleware(request):
        response = get_response(request)
        for name, value in DEFAULT_HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return middleware


def reject_malformed_requests(get_response):
    """Answer 400 to what no browser sends and what databases, codecs and parsers stumble over."""

    def middleware(request):
        return get_response(request) if is_well_formed(request) else error_views.bad_request(request)

    return middleware


def is_well_formed(request):
    return (
        is_valid_path(request.path_info)
        and is_valid_query(request.META.get("QUERY_STRING", ""))
        and has_valid_cookies(request.COOKIES)
        and has_valid_content_type(request)
        # Django asks int() for it, which raises an error for most else.
        and re.fullmatch("[0-9]{0,18}", request.META.get("CONTENT_LENGTH") or "")
    )


def is_valid_path(path):
    return not (CONTROL_CHARACTERS.search(path) or INVALID_UTF8.search(path))


def is_valid_query(query):
    if len(query) > MAX_QUERY_LENGTH or query.count("&") >= settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:
        return False
    # WSGI hands over bytes as if they were Latin-1 (PEP 3333).
    return is_utf8_without_nul(query.encode("latin-1"))


def is_utf8_without_nul(encoded):
    """Whether percent-encoded bytes are UTF-8 without NUL, which PostgreSQL's texts cannot hold."""
    try:
        return "\0" not in unquote_to_bytes(encoded).decode()
    except UnicodeDecodeError:
        return False


def has_valid_cookies(cookies):
    # A quoted cookie can spell any byte in octal: "\000".
    return not any(CONTROL_CHARACTERS.search(name + value) for name, value in cookies.items())


def has_valid_content_type(request):
    """Two halves, and no charset but UTF-8: Django would decode by any other, be it rot13 or idna."""
    if request.content_type and "/" not in request.content_type:
        return False
    return request.encoding is None or codecs.lookup(request.encoding).name == "utf-8"


class URLLocaleMiddleware(LocaleMiddleware):
    """The address alone decides the language.

    Django would add "Vary: Accept-Language", and shared caches would keep a copy of each page for every browser.
    """

    def process_response(self, request, response):
        response.headers.setdefault("Content-Language", get_language())
        return response


class RejectMalformedFormMiddleware:
    """Answer 400 to form fields that are not text. Stands after the CSRF check, which has read the form already."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if request.method == "POST" and not has_valid_form(request):
            return error_views.bad_request(request)
        return None


def has_valid_form(request):
    try:
        if request.content_type == "application/x-www-form-urlencoded":
            return is_utf8_without_nul(request.body)
        return not any("\0" in text for name, values in request.POST.lists() for text in (name, *values))
    except UnreadablePostError:
        return False


def maintenance_mode(get_response):
    """While settings.MAINTENANCE is true, show one page for all others."""

    def middleware(request):
        if settings.MAINTENANCE and not is_maintenance_exempt(request.path_info):
            return error_views.maintenance(request)
        return get_response(request)

    return middleware


def is_maintenance_exempt(path):
    language = get_language_from_path(path)
    return MAINTENANCE_EXEMPT.match(path.removeprefix(f"/{language}" if language else "").removeprefix("/"))


class ServiceUnavailableMiddleware:
    """Answer 503, not 500, where a view fails because of something that passes."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if not error_views.is_passing(exception):
            return None
        logger.error("%r failed because the database is not available: %s", request.path, exception)
        return error_views.service_unavailable(request)


SIGNED_IN_COOKIE = "signed_in"


def signed_in_cookie(get_response):
    """Set the cookie that says that somebody is signed in, and take it away when nobody is any more. Answers for which
    nobody asked who it is are left alone."""

    def middleware(request):
        response = get_response(request)
        if not request.session.accessed:
            return response
        try:
            is_known, is_said = SESSION_KEY in request.session, SIGNED_IN_COOKIE in request.COOKIES
        except DatabaseError:
            # It was asked for in vain, and that has been answered.
            return response
        if is_known and not is_said:
            age = request.session.get_expiry_age()
            response.set_cookie(SIGNED_IN_COOKIE, "1", max_age=age, secure=request.is_secure(), samesite="Lax")
        elif is_said and not is_known:
            response.delete_cookie(SIGNED_IN_COOKIE, samesite="Lax")
        return response

    return middleware
