"""The development outbox: all e-mails in the browser, on sites without a mail server."""

from collections.abc import Callable
from functools import partial, wraps
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from .attachments import Attachment, find_attachment
from .models import QueuedEmail
from .rendering import sanitize_email_html
from .sender import calendar_attachments

MAX_EMAILS = 200


def local_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Respond 404 unless DEV_OUTBOX is on: e-mails contain codes and names of attendees."""

    @wraps(view)
    @never_cache
    @require_safe
    def wrapper(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not settings.DEV_OUTBOX:
            raise Http404
        return view(request, *args, **kwargs)

    return wrapper


@local_only
def outbox(request: HttpRequest) -> HttpResponse:
    """List the latest e-mails, newest first."""
    emails = QueuedEmail.objects.only("to", "subject", "language", "created_at")[:MAX_EMAILS]
    return render(request, "mail/outbox.html", {"emails": emails})


@local_only
def outbox_email(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show one e-mail as text and as HTML."""
    email = get_object_or_404(QueuedEmail, pk=pk)
    context = {"email": email, "html": sanitize_email_html(email.html), "files": list_files(email)}
    return render(request, "mail/outbox_detail.html", context)


@local_only
def outbox_file(request: HttpRequest, pk: UUID, number: int) -> HttpResponse:
    """Download a file that an e-mail has if it is sent now, given its place among them."""
    email = get_object_or_404(QueuedEmail, pk=pk)
    files = list_files(email)
    if number >= len(files):
        raise Http404
    file = files[number]
    with translation.override(email.language):
        content = file.render()
    headers = {"Content-Disposition": f'attachment; filename="{file.filename}"'}
    return HttpResponse(content, content_type=file.content_type, headers=headers)


def list_files(email: QueuedEmail) -> list[Attachment]:
    files = [
        Attachment(part.get_filename(), part["Content-Type"], partial(part.get_payload, decode=True))
        for part in calendar_attachments(email.calendar)
    ]
    made_later = find_attachment(email)
    return [*files, made_later] if made_later else files
