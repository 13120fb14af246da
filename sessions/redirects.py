"""Redirects from URLs that sessions and speakers no longer have.

They are temporary, because the next release may use the URL again. Browsers keep permanent redirects for good, and two
of them in opposite directions are a loop.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from .links import agenda_url, programme_url
from .programme import Session
from .releases.current import PublishedProgramme


def redirect_to_current_slug(
    request: HttpRequest, snapshot: PublishedProgramme, url_name: str, collection: str, slug: str
) -> HttpResponse:
    """Redirect from a former slug; collection is "sessions" or "speakers". Raises Http404 if nothing ever had it."""
    item = snapshot.programme.find_by_former_slug(collection, slug)
    if item is None:
        raise Http404
    return redirect(programme_url(url_name, item.slug, query=request.GET, namespace=snapshot.url_namespace))


def redirect_to_agenda(request: HttpRequest, snapshot: PublishedProgramme, session: Session) -> HttpResponse:
    """Redirect to the place of a session on the agenda."""
    return redirect(agenda_url(session, snapshot.programme, query=request.GET, namespace=snapshot.url_namespace))
