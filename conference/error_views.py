"""The pages for what goes wrong, in the language of the address: what happened, in plain words, and a way on.

They stand in the site's own frame. Should the frame itself be what is broken, a page of its own takes its place, which
needs no database, no request and no translations; should even that be missing, a few lines that are written here.
"""

import errno
import logging
import sys

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse, QueryDict
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import Promise

from .accounts.mfa import MFARequiredError
from .core.csrf import get_csrf_failure_view
from .core.http import add_retry_after
from .core.page_cache import is_published
from .core.polling import NotLoadedError

logger = logging.getLogger(__name__)

# What passes: nothing was published yet, or the database is down, locked or full.
TRANSIENT_ERRORS = (NotLoadedError, OperationalError, InterfaceError)
# A disk that is full or cannot be written to.
STORAGE_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}

STATIC_FALLBACK = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Something went wrong</title></head>
<body>
<p>We are sorry: something went wrong on our side. Please try again in a few minutes. <a href="/">First page</a></p>
<p lang="vi">Chúng tôi xin lỗi: đã có lỗi ở phía chúng tôi. Xin thử lại sau ít phút. <a href="/vi/">Trang chủ</a></p>
</body>
</html>
"""


def is_passing(exception) -> bool:
    """Whether the same request may succeed later, without a change of the code."""
    return isinstance(exception, TRANSIENT_ERRORS) or (
        isinstance(exception, OSError) and exception.errno in STORAGE_ERRORS
    )


def bad_request(request, exception=None):
    # What could not be read is not read again, neither here nor by the page's frame.
    request.GET = QueryDict()
    return render_error_page(request, 400, "400")


def content_too_large(request, limit):
    """Answer 413; limit is the number of bytes that would have been accepted."""
    return render_error_page(request, 413, "413", limit=limit)


def length_required(request):
    return render_error_page(request, 411, "400")


def permission_denied(request, exception=None):
    if isinstance(exception, MFARequiredError):
        return render_error_page(request, 403, "second_factor")
    # A sentence that is there to be translated is meant for people; any other detail is for the log.
    why = next((word for word in getattr(exception, "args", ()) if isinstance(word, Promise)), "")
    return render_error_page(request, 403, "403", why=why)


def csrf_failure(request, reason=""):
    """Return the failure view's response if the requested view has one, else the error page."""
    if failure_view := get_csrf_failure_view(request):
        return failure_view(request)
    return render_error_page(request, 403, "csrf")


def page_not_found(request, exception=None):
    match = request.resolver_match
    response = render_error_page(request, 404, "404", sought=match.url_name if match else None)
    if match is None or is_published(match.func):
        response.headers["Cache-Control"] = "public, max-age=0, s-maxage=1"
    return response


def server_error(request):
    # Django calls this while it handles the exception; one from outside a view is seen here first.
    if is_passing(sys.exception()):
        return service_unavailable(request)
    return _uncached_response(render_fallback(language_from_path(request)), 500)


def service_unavailable(request):
    return add_retry_after(render_error_page(request, 503, "not_ready"))


def maintenance(request):
    return add_retry_after(render_error_page(request, 503, "maintenance"))


def render_error_page(request, status, name, **context):
    language = language_from_path(request)
    try:
        with translation.override(language):
            content = render_to_string(f"errors/{name}.html", context, request)
    except Exception:
        logger.exception("The error page errors/%s.html cannot be rendered.", name)
        content = render_fallback(language)
    response = _uncached_response(content, status)
    response.headers["Content-Language"] = language
    return response


def _uncached_response(content, status):
    response = HttpResponse(content, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def language_from_path(request):
    """By the address alone: this must work before and after any middleware has looked at the request."""
    return translation.get_language_from_path(request.path_info) or settings.LANGUAGE_CODE


def render_fallback(language):
    try:
        context = {"language": language, "stylesheet": staticfiles_storage.url("css/site.css")}
        return render_to_string("500.html", context)
    except Exception:
        logger.exception("The error page 500.html cannot be rendered.")
        return STATIC_FALLBACK
