from django.urls import path, register_converter
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from . import views
from .converters import DateConverter
from .feeds import ReleaseFeed
from .public_pages import published_edition, with_current_edition

register_converter(DateConverter, "date")


def make_page_patterns(shown):
    """The pages that exist for any programme; shown hands a view its edition."""
    return [
        path("programme/", shown(views.agenda), name="agenda"),
        path("programme/<date:date>/", shown(views.agenda_day), name="day"),
        path("sessions/<slug:slug>/", shown(views.session_detail), name="session"),
    ]


app_name = "programme"
urlpatterns = [
    *make_page_patterns(published_edition),
    path("programme/now/", require_safe(never_cache(with_current_edition(views.programme_now))), name="now"),
    path("programme/changes/", published_edition(views.release_list), name="releases"),
    path("programme/changes/<int:number>/", published_edition(views.release_detail), name="release"),
    path("programme.atom", published_edition(ReleaseFeed()), name="releases_feed"),
    path("programme.ics", published_edition(views.programme_calendar), name="calendar"),
    path("sessions/<slug:slug>.ics", published_edition(views.session_calendar), name="session_calendar"),
]
