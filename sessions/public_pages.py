"""Decorators of the public pages of the programme, and the query parameters that these pages understand."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse

from conference.core.i18n.languages import LANGUAGE_NAMES
from conference.core.i18n.timezones import find_zone
from conference.core.page_cache import published, register_parameters
from conference.core.polling import NotLoadedError

from .models import Session
from .releases import current
from .releases.current import call_with_snapshot


def is_theme_slug(slug: str) -> bool:
    return slug in {theme.slug for theme in get_programme_objects("themes")}


def is_room_slug(slug: str) -> bool:
    return slug in {room.slug for room in get_programme_objects("rooms")}


def get_programme_objects(name: str) -> tuple:
    try:
        return getattr(current.get_programme(), name)
    except NotLoadedError:
        return ()


def is_zone_key(name: str) -> bool:
    """Return whether this is the key of a time zone, as opposed to a city or another spelling that is also found."""
    zone = find_zone(name)
    return zone is not None and zone.key == name


register_parameters(
    theme=is_theme_slug,
    kind=lambda kind: kind in Session.Kind.values,
    room=is_room_slug,
    language=lambda code: code in LANGUAGE_NAMES,
    # Search results are rendered for each request.
    q=lambda text: False,
    tz=is_zone_key,
    by=lambda order: order in ("name", "country"),
)


def with_published_programme(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Pass the published programme to a view as its snapshot."""

    @wraps(view)
    def serve(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        return call_with_snapshot(view, request, current.get_published_programme(), *args, **kwargs)

    return serve


def published_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Show the published programme in a view, whose pages PageCacheMiddleware stores."""
    return published(with_published_programme(view))
