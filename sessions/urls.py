from django.urls import path, register_converter

from . import views
from .converters import DateConverter

register_converter(DateConverter, "date")

urlpatterns = [
    path("programme/", views.programme, name="programme"),
    path("programme/now/", views.now, name="now"),
    path("programme/<date:date>/", views.day, name="day"),
    path("programme/changes/", views.changes, name="changes"),
    path("programme/changes/<int:number>/", views.release, name="release"),
    path("programme.ics", views.programme_calendar, name="programme_calendar"),
    path("sessions/<slug:slug>/", views.session, name="session"),
    path("sessions/<slug:slug>.ics", views.session_calendar, name="session_calendar"),
]
