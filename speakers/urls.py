from django.urls import path

from sessions.public_pages import published_edition

from . import views


def pages(shown):
    """The pages that exist for any programme; shown hands a view its edition."""
    return [
        path("speakers/", shown(views.speakers), name="speakers"),
        path("speakers/<slug:slug>/", shown(views.speaker), name="speaker"),
    ]


urlpatterns = pages(published_edition)
