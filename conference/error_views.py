"""Error pages in the language of the URL.

They use the layout of the site. If the layout itself fails, the standalone page 500.html is shown, which needs no
database, request or translations; if even that fails, a constant in this module.
"""

import errno
import logging
import sys
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .accounts.mfa import MFARequiredError
from .core.database import is_transient_database_error
from .core.form_recovery.drafts import Draft, save_draft
from .core.form_recovery.responses import show_form_after_csrf_failure, show_form_if_unavailable
from .core.http import add_retry_after, are_cookies_blocked, check_cookies
from .core.page_cache import is_published
from .core.polling import NotLoadedError

logger = logging.getLogger(__name__)

# The disk is full or read-only.
STORAGE_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}

# By the name of the view: heading, explanation and advice of the page for an object that does not exist.
RENAMED_OR_REMOVED = _("It may have been renamed or removed.")
SESSION_NOT_FOUND = (
    _("This session is not in the programme"),
    RENAMED_OR_REMOVED,
    _("Check the programme for all sessions."),
)
NOT_FOUND_TEXTS = {
    "programme:session": SESSION_NOT_FOUND,
    "programme:session_calendar": SESSION_NOT_FOUND,
    "programme:day": (
        _("There are no sessions on this day"),
        _("This day is not one of the conference days."),
        _("Check the programme for all sessions."),
    ),
    "speakers:detail": (
        _("This speaker is not in the programme"),
        RENAMED_OR_REMOVED,
        _("Check the programme or the list of speakers."),
    ),
}
PAGE_NOT_FOUND = (
    _("Page not found"),
    _("The web address may be mistyped, or the page was moved or removed."),
    _("Check the programme for all sessions."),
)

STATIC_FALLBACK = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Server error</title></head>
<body>
<p>We are sorry: a server error occurred. Please try again in a few minutes. <a href="/">Home page</a></p>
<p lang="vi">Chúng tôi xin lỗi: máy chủ gặp lỗi. Xin thử lại sau ít phút. <a href="/vi/">Trang chủ</a></p>
</body>
</html>
"""


def is_transient(exception: BaseException | None) -> bool:
    """Return whether the same request may succeed later without a change of the code."""
    if isinstance(exception, OSError):
        return exception.errno in STORAGE_ERRORS
    # NotLoadedError: nothing is published yet.
    return isinstance(exception, NotLoadedError) or is_transient_database_error(exception)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    # The query may be what is malformed, so the error page must not parse it.
    request.GET = QueryDict()
    return render_error_page(request, 400, "400")


def content_too_large(request: HttpRequest, limit: int) -> HttpResponse:
    """Answer 413; limit is the largest accepted body in bytes."""
    return render_error_page(request, 413, "413", limit=limit)


def length_required(request: HttpRequest) -> HttpResponse:
    return render_error_page(request, 411, "400")


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if isinstance(exception, MFARequiredError):
        save_draft(request, Draft.from_request(request))
        return render_error_page(request, 403, "mfa_required", return_url=request.get_full_path())
    # Only a translatable message is meant for the user.
    reason = next((arg for arg in getattr(exception, "args", ()) if isinstance(arg, Promise)), "")
    return render_error_page(request, 403, "403", reason=reason)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Return the page with the submitted form, which was not executed, or the error page."""
    if cookie_check := check_cookies(request):
        return cookie_check
    if recovered := show_form_after_csrf_failure(request):
        return recovered
    return render_error_page(request, 403, "csrf", cookies_blocked=are_cookies_blocked(request))


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    match = request.resolver_match
    heading, explanation, advice = NOT_FOUND_TEXTS.get(match.view_name if match else "", PAGE_NOT_FOUND)
    response = render_error_page(request, 404, "404", heading=heading, explanation=explanation, advice=advice)
    if match is None or is_published(match.func):
        response.headers["Cache-Control"] = "public, max-age=0, s-maxage=1"
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    # Django calls this while it handles the exception. ServiceUnavailableMiddleware sees only exceptions of views.
    if is_transient(sys.exception()):
        return service_unavailable(request)
    return uncached_response(render_fallback(language_from_path(request)), 500)


def service_unavailable(request: HttpRequest) -> HttpResponse:
    return add_retry_after(keep_form(request) or render_error_page(request, 503, "service_unavailable"))


def maintenance(request: HttpRequest) -> HttpResponse:
    return add_retry_after(keep_form(request) or render_error_page(request, 503, "maintenance"))


def keep_form(request: HttpRequest) -> HttpResponse | None:
    """Return the page that keeps a submitted form, or None if there is none or the page cannot be rendered."""
    try:
        with translation.override(language_from_path(request)):
            return show_form_if_unavailable(request)
    except Exception:
        logger.exception("The page that keeps a submitted form cannot be rendered.")
        return None


def render_error_page(request: HttpRequest, status: int, name: str, **context: Any) -> HttpResponse:
    """Return the page errors/<name>.html, or the fallback page if it cannot be rendered."""
    language = language_from_path(request)
    try:
        with translation.override(language):
            content = render_to_string(f"errors/{name}.html", context, request)
    except Exception:
        logger.exception("The error page errors/%s.html cannot be rendered.", name)
        content = render_fallback(language)
    response = uncached_response(content, status)
    response.headers["Content-Language"] = language
    return response


def uncached_response(content: str, status: int) -> HttpResponse:
    return HttpResponse(content, status=status, headers={"Cache-Control": "no-store"})


def language_from_path(request: HttpRequest) -> str:
    """Return the language of the URL. The active language may not be set yet, or no longer."""
    return translation.get_language_from_path(request.path_info) or settings.LANGUAGE_CODE


def render_fallback(language: str) -> str:
    try:
        context = {"language": language, "stylesheet": staticfiles_storage.url("css/site.css")}
        return render_to_string("500.html", context)
    except Exception:
        logger.exception("The error page 500.html cannot be rendered.")
        return STATIC_FALLBACK
