"""Preview pages: the public pages of the programme, made of the draft, for organizers who may see it.

Draft sessions are not included, because they would not be published. The draft is read again for each request.
"""

from collections.abc import Callable
from functools import wraps

from django.contrib import admin
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from conference.core.i18n.text import LocalizedText
from conference.core.polling import NotLoadedError

from ..links import PREVIEW, programme_url
from ..models import Release, Session
from .current import PublishedProgramme, ReleaseSummary, call_with_snapshot, get_releases_until
from .document import load_programme
from .exceptions import InvalidDocumentError
from .publish import diff_with_current_release, repeatable_read

ROBOTS_HEADER = "noindex, nofollow"


def preview_view(view: Callable) -> Callable:
    """Return the view with the draft in place of the current release, behind the admin's login and a permission."""

    @require_safe
    @wraps(view)
    def serve(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not can_preview(request.user):
            raise PermissionDenied(_("You do not have permission to preview the draft programme."))
        response = call_with_snapshot(view, request, build_draft_programme(), *args, **kwargs)
        response.headers["X-Robots-Tag"] = ROBOTS_HEADER
        return response

    return admin.site.admin_view(serve)


def can_preview(user) -> bool:
    return user.has_perm("programme.view_session") or user.has_perm("programme.change_session")


def get_session_preview_url(session: Session) -> str:
    """Return the URL of a session's preview, or of the whole programme's for a draft session, which has none."""
    if session.is_draft:
        return programme_url("programme:agenda", namespace=PREVIEW)
    return programme_url("programme:session", session.slug, namespace=PREVIEW)


@repeatable_read()
def build_draft_programme() -> PublishedProgramme:
    """Return the programme as publishing the draft now would make it.

    Raises NotLoadedError if the draft is invalid.
    """
    number = Release.objects.current_number()
    now = timezone.now()
    try:
        document, changes = diff_with_current_release()
        programme = load_programme(document, number=number + 1, published_at=now)
    except (ObjectDoesNotExist, InvalidDocumentError) as error:
        raise NotLoadedError("The draft is not complete.") from error
    summary = ReleaseSummary(number + 1, now, LocalizedText(), changes)
    return PublishedProgramme(programme, (summary, *get_releases_until(number)), PREVIEW)
