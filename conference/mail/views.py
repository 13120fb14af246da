"""All letters, in the browser: only where the site runs on one machine, as quickstart serves it."""

from functools import wraps

from django.conf import settings
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from .models import QueuedEmail
from .rendering import sanitize_email_html

MAX_EMAILS = 200


def local_only(view):
    """Elsewhere there is no such page: letters hold codes, and the names of those who come."""

    @wraps(view)
    @never_cache
    @require_safe
    def serve(request, *args, **kwargs):
        if not settings.DEV_OUTBOX:
            raise Http404
        return view(request, *args, **kwargs)

    return serve


@local_only
def outbox(request):
    """The latest letters, the newest first."""
    found = QueuedEmail.objects.only("to", "subject", "language", "created_at")[:MAX_EMAILS]
    return render(request, "mail/outbox.html", {"letters": found})


@local_only
def outbox_email(request, pk):
    """One letter as text and as HTML."""
    found = get_object_or_404(QueuedEmail, pk=pk)
    context = {"letter": found, "html": sanitize_email_html(found.html)}
    return render(request, "mail/outbox_detail.html", context)
