from django.urls import path

from . import views

urlpatterns = [
    path("speakers/", views.speakers, name="speakers"),
    path("speakers/<slug:slug>/", views.speaker, name="speaker"),
]
