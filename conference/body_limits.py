"""Limits on the size of request bodies, by URL and by who asks. Nothing of a body that is too large is read."""

from django.conf import settings
from django.urls import Resolver404, resolve

from . import error_views

# Bytes. The registration form with every field filled is below 30 kB. A page of the admin with its texts at full
# length in two languages is about 1 MB when a browser percent-encodes it.
FORM_BYTES = 256 * 1024
STAFF_FORM_BYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
# The largest file that an upload form accepts is 10 MB.
UPLOAD_BYTES = 12 * 1024 * 1024

UPLOAD_VIEWS = frozenset(
    {
        "admin:programme_session_import",
        "admin:speakers_speaker_add",
        "admin:speakers_speaker_change",
        "admin:conference_partner_add",
        "admin:conference_partner_change",
    }
)


def limit_request_body(get_response):
    """Answer 413 to a body above the limit and 411 to one of unknown length, before any middleware reads it.

    Stands after AuthenticationMiddleware and before everything that reads request.POST. A small body costs nothing:
    the session is looked up only for a large one.
    """

    def middleware(request):
        # Django takes a body without a length for an empty one.
        if "HTTP_TRANSFER_ENCODING" in request.META:
            return error_views.length_required(request)
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        if length > FORM_BYTES and length > (limit := _limit(request)):
            return error_views.content_too_large(request, limit)
        return get_response(request)

    return middleware


def _limit(request) -> int:
    """The largest body, in bytes, that this user may send to this URL."""
    try:
        match = resolve(request.path_info)
    except Resolver404:
        return FORM_BYTES
    if "admin" not in match.namespaces or not (request.user.is_active and request.user.is_staff):
        return FORM_BYTES
    return UPLOAD_BYTES if match.view_name in UPLOAD_VIEWS else STAFF_FORM_BYTES
