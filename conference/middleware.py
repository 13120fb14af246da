"""What every request passes through: house rules for headers, for input and for days when the site is closed."""

import codecs
import logging
import re
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.http import UnreadablePostError
from django.middleware.locale import LocaleMiddleware
from django.utils.translation import get_language, get_language_from_path

from . import errors

logger = logging.getLogger(__name__)

LONGEST_QUERY = 8000
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# Django leaves bytes that are not UTF-8 percent-encoded when it decodes a path.
UNDECODED = re.compile(r"%[89A-Fa-f][0-9A-Fa-f]")

# What SecurityMiddleware would say, for the answers that it does not see, and what it never says.
HOUSE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
    "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
}

# Where the site is kept running while it is closed: the organizers' desk, the way in, files, and what machines ask for.
ALWAYS_OPEN = re.compile(r"(admin|preview|accounts|static|media)/|(healthz|readyz)$")


def house_headers(get_response):
    """Put the headers of the house on every answer, refusals and failures included."""

    def middleware(request):
        response = get_response(request)
        for name, value in HOUSE_HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return middleware


def refuse_unreadable_input(get_response):
    """Answer 400 to what no browser sends and what databases, codecs and parsers stumble over."""

    def middleware(request):
        return get_response(request) if _is_readable(request) else errors.bad_request(request)

    return middleware


def _is_readable(request):
    return (
        _path_is_text(request.path_info)
        and _query_is_text(request.META.get("QUERY_STRING", ""))
        and _cookies_are_text(request.COOKIES)
        and _content_type_is_readable(request)
        # Django asks int() for it, which raises an error for most else.
        and re.fullmatch("[0-9]{0,18}", request.META.get("CONTENT_LENGTH") or "")
    )


def _path_is_text(path):
    return not (CONTROL.search(path) or UNDECODED.search(path))


def _query_is_text(query):
    if len(query) > LONGEST_QUERY or query.count("&") >= settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:
        return False
    # WSGI hands over bytes as if they were Latin-1 (PEP 3333).
    return _is_text(query.encode("latin-1"))


def _is_text(encoded):
    """Whether percent-encoded bytes are UTF-8 without NUL, which PostgreSQL's texts cannot hold."""
    try:
        return "\0" not in unquote_to_bytes(encoded).decode()
    except UnicodeDecodeError:
        return False


def _cookies_are_text(cookies):
    # A quoted cookie can spell any byte in octal: "\000".
    return not any(CONTROL.search(name + value) for name, value in cookies.items())


def _content_type_is_readable(request):
    """Two halves, and no charset but UTF-8: Django would decode by any other, be it rot13 or idna."""
    if request.content_type and "/" not in request.content_type:
        return False
    return request.encoding is None or codecs.lookup(request.encoding).name == "utf-8"


class LanguageOfTheAddress(LocaleMiddleware):
    """The address alone decides the language.

    Django would add "Vary: Accept-Language", and shared caches would keep a copy of each page for every browser.
    """

    def process_response(self, request, response):
        response.headers.setdefault("Content-Language", get_language())
        return response


class RefuseUnreadableForm:
    """Answer 400 to form fields that are not text. Stands after the CSRF check, which has read the form already."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if request.method == "POST" and not _form_is_text(request):
            return errors.bad_request(request)
        return None


def _form_is_text(request):
    try:
        if request.content_type == "application/x-www-form-urlencoded":
            return _is_text(request.body)
        return not any("\0" in text for name, values in request.POST.lists() for text in (name, *values))
    except UnreadablePostError:
        return False


def maintenance(get_response):
    """While settings.MAINTENANCE is true, show one page for all others."""

    def middleware(request):
        if settings.MAINTENANCE and not _is_always_open(request.path_info):
            return errors.maintenance(request)
        return get_response(request)

    return middleware


def _is_always_open(path):
    language = get_language_from_path(path)
    return ALWAYS_OPEN.match(path.removeprefix(f"/{language}" if language else "").removeprefix("/"))


class AskToTryAgain:
    """Answer 503, not 500, where a view fails because of something that passes."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if not errors.is_passing(exception):
            return None
        logger.error("%r cannot be answered now: %s", request.path, exception)
        return errors.not_ready(request)
