from django.urls import path

from sessions.public_pages import published_edition

from . import views


def make_page_patterns(shown):
    """The pages that exist for any programme; shown hands a view its edition."""
    return [
        path("speakers/", shown(views.speaker_list), name="list"),
        path("speakers/<slug:slug>/", shown(views.speaker_detail), name="detail"),
    ]


app_name = "speakers"
urlpatterns = make_page_patterns(published_edition)
