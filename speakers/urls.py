from collections.abc import Callable

from django.urls import URLPattern, path

import conference.core.slugs  # noqa: F401 - registers the path converter typed_slug
from sessions.public_pages import published_page

from . import views


def make_page_patterns(wrap: Callable[[Callable], Callable]) -> list[URLPattern]:
    """Return the patterns of the pages that exist for the published programme, the preview and past editions.

    wrap makes a view of the view that takes a snapshot.
    """
    return [
        path("speakers/", wrap(views.speaker_list), name="list"),
        path("speakers/<typed_slug:slug>/", wrap(views.speaker_detail), name="detail"),
    ]


app_name = "speakers"
urlpatterns = make_page_patterns(published_page)
