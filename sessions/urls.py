import datetime
from collections.abc import Callable

from django.urls import URLPattern, path, register_converter
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

import conference.core.slugs  # noqa: F401 - registers the path converter typed_slug

from . import views
from .feeds import ReleaseFeed
from .public_pages import published_page, with_published_programme


class DateConverter:
    """An ISO 8601 date in a URL: 2020-12-07."""

    regex = "[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> datetime.date:
        return datetime.date.fromisoformat(value)

    def to_url(self, value: datetime.date | str) -> str:
        # Templates may pass the text that the filter date:"Y-m-d" returns.
        return str(value)


register_converter(DateConverter, "date")


def make_page_patterns(wrap: Callable[[Callable], Callable]) -> list[URLPattern]:
    """Return the patterns of the pages that exist for the published programme, the preview and past editions.

    wrap makes a view of the view that takes a snapshot.
    """
    return [
        path("programme/", wrap(views.agenda), name="agenda"),
        path("programme/<date:date>/", wrap(views.agenda_day), name="day"),
        path("sessions/<typed_slug:slug>/", wrap(views.session_detail), name="session"),
    ]


app_name = "programme"
urlpatterns = [
    *make_page_patterns(published_page),
    path("programme/now/", require_safe(never_cache(with_published_programme(views.programme_now))), name="now"),
    path("programme/changes/", published_page(views.release_list), name="releases"),
    path("programme/changes/<int:number>/", published_page(views.release_detail), name="release"),
    path("programme.atom", published_page(ReleaseFeed()), name="releases_feed"),
    path("programme.ics", published_page(views.programme_calendar), name="calendar"),
    path("sessions/<typed_slug:slug>.ics", published_page(views.session_calendar), name="session_calendar"),
]
