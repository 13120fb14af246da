"""Published pages: the same bytes for everyone, with what a browser or a cache needs to keep and revalidate them.

A view that says @published renders from memory alone and says nothing personal: no CSRF token, no name, no cookie.
"""

import gzip
import hashlib
from functools import wraps

import brotli
from django.http import HttpResponse
from django.utils.cache import cc_delim_re, get_conditional_response, patch_vary_headers
from django.views.decorators.http import require_safe

from . import current

# A browser asks each time (a 304 costs nothing); what stands between may keep it for a moment and, while the site does
# not answer, for a day.
CACHE_CONTROL = "public, max-age=0, s-maxage=1, stale-while-revalidate=30, stale-if-error=86400"
SMALLEST_WORTH_COMPRESSING = 500


def published(view):
    """Make a view's answer cacheable, conditional and compressed; it answers GET and HEAD."""

    @require_safe
    @wraps(view)
    def serve(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        if response.status_code != 200:
            return response
        return _finished(request, response)

    serve.is_published = True
    return serve


def of_current(view):
    """Hand a view the edition that everybody reads."""

    @wraps(view)
    def serve(request, *args, **kwargs):
        return view(request, current.edition(), *args, **kwargs)

    return serve


def published_edition(view):
    """A published page of what everybody reads."""
    return published(of_current(view))


def _finished(request, response: HttpResponse):
    _compress(request, response)
    response.headers["ETag"] = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    response.headers["Cache-Control"] = CACHE_CONTROL
    patch_vary_headers(response, ["Accept-Encoding"])
    return get_conditional_response(request, etag=response.headers["ETag"], response=response)


def _compress(request, response):
    if len(response.content) < SMALLEST_WORTH_COMPRESSING:
        return
    coding = _best_coding(request.headers.get("Accept-Encoding", ""))
    if coding == "br":
        response.content = brotli.compress(response.content, quality=5)
    elif coding == "gzip":
        response.content = gzip.compress(response.content, compresslevel=6, mtime=0)
    if coding:
        response.headers["Content-Encoding"] = coding
        response.headers["Content-Length"] = str(len(response.content))


def _best_coding(accepted):
    """What both sides understand, "br", "gzip" or None (RFC 9110 12.5.3); a weight of 0 is a refusal."""
    weights = {}
    for entry in cc_delim_re.split(accepted[:500].lower()):
        coding, _, parameter = entry.partition(";")
        weights[coding.strip()] = parameter.replace(" ", "").removeprefix("q=").strip("0.") != "" or not parameter
    for coding in ("br", "gzip"):
        if weights.get(coding, weights.get("*", False)):
            return coding
    return None
