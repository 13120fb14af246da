"""Template context processors."""

from django.http import HttpRequest

from .core.polling import NotLoadedError
from .site_data import SiteData, get_site_data


def conference(request: HttpRequest) -> dict[str, SiteData | None]:
    """Add the conference's data as ``site``; None if nothing is loaded yet.

    Its facts are those of the programme that the page shows, if the view sets `request.conference_facts`.
    """
    try:
        return {"site": get_site_data(getattr(request, "conference_facts", None))}
    except NotLoadedError:
        return {"site": None}
