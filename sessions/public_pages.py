"""Decorators for the public pages of the programme, and the query parameters that they understand."""

from functools import wraps

from conference.core.languages import LANGUAGE_NAMES
from conference.core.page_cache import published, register_parameters
from conference.core.polling import NotLoadedError
from conference.core.timezones import find_zone

from .models import Session
from .releases import current


def _slugs(name):
    try:
        return {row.slug for row in getattr(current.get_programme(), name)}
    except NotLoadedError:
        return set()


def _is_zone_name(name):
    zone = find_zone(name)
    return zone is not None and zone.key == name


register_parameters(
    theme=lambda slug: slug in _slugs("themes"),
    kind=lambda kind: kind in Session.Kind.values,
    room=lambda slug: slug in _slugs("rooms"),
    language=lambda code: code in LANGUAGE_NAMES,
    # Search results are rendered for each request.
    q=lambda text: False,
    tz=_is_zone_name,
    by=lambda order: order in ("name", "country"),
)


def with_current_edition(view):
    """Pass the published edition of the programme to a view."""

    @wraps(view)
    def serve(request, *args, **kwargs):
        return view(request, current.get_published_programme(), *args, **kwargs)

    return serve


def published_edition(view):
    """Make a view of an edition a published page of the current one."""
    return published(with_current_edition(view))
