"""Template context processors."""

from django.http import HttpRequest

from .core.polling import NotLoadedError
from .site_data import SiteData, get_site_data


def conference(request: HttpRequest) -> dict[str, SiteData | None]:
    """Add the conference's data as ``site``; None if nothing is loaded yet."""
    try:
        return {"site": get_site_data()}
    except NotLoadedError:
        return {"site": None}
