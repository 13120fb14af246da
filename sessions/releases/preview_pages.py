"""The programme as it would be if the draft were published now: the same pages, for those who may see the draft.

Sessions that are drafts themselves are not in it, as they would not be published. It is read anew for each page.
"""

from functools import wraps

from django.contrib import admin
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from conference.core.polling import NotLoadedError
from conference.core.text import LocalizedText
from sessions.releases.document import load_programme

from ..links import programme_url
from ..models import Release
from .current import PublishedProgramme, ReleaseSummary, get_releases_until
from .exceptions import InvalidDocumentError
from .publish import diff_with_current_release, repeatable_read

PREVIEW_NAMESPACE = "preview"
ROBOTS_HEADER = "noindex, nofollow"


def preview_view(view):
    """Show a page of the programme made of the draft: to those allowed, never kept and never indexed."""

    @require_safe
    @wraps(view)
    def serve(request, *args, **kwargs):
        if not can_preview(request.user):
            raise PermissionDenied(_("You do not have permission to preview the draft programme."))
        response = view(request, build_draft_programme(), *args, **kwargs)
        response.headers["X-Robots-Tag"] = ROBOTS_HEADER
        return response

    return admin.site.admin_view(serve)


def can_preview(user):
    """Whether somebody may see the rows that it is made of."""
    return user.has_perm("programme.view_session") or user.has_perm("programme.change_session")


def get_session_preview_url(session):
    """The address of a session's preview; of a draft, which has none, that of the whole programme's."""
    if session.status == session.Status.DRAFT:
        return programme_url("programme:agenda", namespace=PREVIEW_NAMESPACE)
    return programme_url("programme:session", session.slug, namespace=PREVIEW_NAMESPACE)


@repeatable_read()
def build_draft_programme():
    """The Edition that publishing now would make. Raises NotReady where nothing can be made of the tables."""
    latest = Release.objects.order_by("number").values_list("number", flat=True).last() or 0
    now = timezone.now()
    try:
        document, changes = diff_with_current_release()
        programme = load_programme(document, number=latest + 1, published_at=now)
    except (ObjectDoesNotExist, InvalidDocumentError) as error:
        raise NotLoadedError("The draft is not complete.") from error
    return PublishedProgramme(
        programme,
        (ReleaseSummary(latest + 1, now, LocalizedText(), changes), *get_releases_until(latest)),
        PREVIEW_NAMESPACE,
    )
