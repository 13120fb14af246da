"""Limits on the size of request bodies, by URL and user. A body that is too large is not read."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from . import error_views
from .core.form_recovery.owner import get_owner

# Bytes. The registration form with every field filled in is below 30 kB. A form of the admin with the longest texts in
# two languages is about 1 MB when percent-encoded.
FORM_BYTES = 256 * 1024
STAFF_FORM_BYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
# The largest file that an upload form accepts is 10 MB. A larger one, such as a photo from a camera, gets an error in
# its form, so that the other fields keep what was typed. deploy/nginx.conf has a higher limit.
UPLOAD_BYTES = 32 * 1024 * 1024

UPLOAD_VIEWS = frozenset(
    {
        "admin:programme_session_import",
        "admin:speakers_speaker_add",
        "admin:speakers_speaker_change",
        "admin:conference_partner_add",
        "admin:conference_partner_change",
        "admin:registration_badgelayout_add",
        "admin:registration_badgelayout_change",
        "admin:registration_badgelayout_preview",
        "admin:registration_badgelayout_preview_saved",
    }
)
# Upload forms of attendees, who must be signed in.
ATTENDEE_UPLOAD_VIEWS = frozenset({"registration:photo"})


def limit_request_body(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer 413 to a body above the limit and 411 to one of unknown length, before any middleware reads it.

    Placed after AuthenticationMiddleware and before everything that reads request.POST. The session is looked up only
    for a large body.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        # Django treats a body without a length as empty.
        if "HTTP_TRANSFER_ENCODING" in request.META:
            return error_views.length_required(request)
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        if length > FORM_BYTES and length > (limit := body_limit(request)):
            return error_views.content_too_large(request, limit)
        return get_response(request)

    return middleware


def is_staff_browser(request: HttpRequest) -> bool:
    """Return whether an organizer is signed in, or was last, so that an expired session loses no form."""
    if request.user.is_authenticated:
        return request.user.is_active and request.user.is_staff
    return User.objects.filter(pk=get_owner(request), is_active=True, is_staff=True).exists()


def body_limit(request: HttpRequest) -> int:
    """Return the largest body, in bytes, that this user may send to this URL."""
    try:
        match = resolve(request.path_info)
    except Resolver404:
        return FORM_BYTES
    if match.view_name in ATTENDEE_UPLOAD_VIEWS and request.user.is_authenticated:
        return UPLOAD_BYTES
    if "admin" not in match.namespaces or not is_staff_browser(request):
        return FORM_BYTES
    return UPLOAD_BYTES if match.view_name in UPLOAD_VIEWS else STAFF_FORM_BYTES
