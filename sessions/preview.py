"""The programme as it would be if the draft were published now: the same pages, for those who may see the draft.

Sessions that are drafts themselves are not in it, as they would not be published. It is read anew for each page.
"""

from functools import wraps

from django.contrib import admin
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from .addresses import address
from .current import Edition, Note, notes_until
from .live import NotReady
from .models import Release
from .programme import BrokenDocument, Programme
from .publishing import compared, of_one_moment
from .text import Text

NAMESPACE = "preview"
NOT_INDEXED = "noindex, nofollow"


def previewed(view):
    """Show a page of the programme made of the draft: to those allowed, never kept and never indexed."""

    @require_safe
    @wraps(view)
    def serve(request, *args, **kwargs):
        if not may_preview(request.user):
            raise PermissionDenied(_("Only those who may see the draft of the programme can preview it."))
        response = view(request, drafted(), *args, **kwargs)
        response.headers["X-Robots-Tag"] = NOT_INDEXED
        return response

    return admin.site.admin_view(serve)


def may_preview(user):
    """Whether somebody may see the rows that it is made of."""
    return user.has_perm("programme.view_session") or user.has_perm("programme.change_session")


def of_session(session):
    """The address of a session's preview; of a draft, which has none, that of the whole programme's."""
    if session.status == session.Status.DRAFT:
        return address("programme", within=NAMESPACE)
    return address("session", session.slug, within=NAMESPACE)


@of_one_moment()
def drafted():
    """The Edition that publishing now would make. Raises NotReady where nothing can be made of the tables."""
    latest = Release.objects.order_by("number").values_list("number", flat=True).last() or 0
    now = timezone.now()
    try:
        document, changes = compared()
        programme = Programme.from_document(document, number=latest + 1, published_at=now)
    except (ObjectDoesNotExist, BrokenDocument) as error:
        raise NotReady("The draft is not complete.") from error
    return Edition(programme, (Note(latest + 1, now, Text(), changes), *notes_until(latest)), NAMESPACE)
