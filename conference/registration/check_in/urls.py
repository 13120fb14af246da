"""URLs of check-in, below /admin/check-in/."""

from django.urls import path

from . import device_views, installation, sync_views, views

app_name = "check_in"
urlpatterns = [
    path("", views.page, name="page"),
    path("main-entrance/", views.add_main_entrance, name="add_main_entrance"),
    path("scan/", views.scan, name="scan"),
    path("people/", views.people, name="people"),
    path("undo/", views.undo, name="undo"),
    path("note/", views.note, name="note"),
    path("list/", sync_views.offline_list, name="list"),
    path("sync/", sync_views.sync, name="sync"),
    path("counters/", sync_views.counters, name="counters"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("device/<str:token>/", device_views.open_link, name="device"),
    path("sw.js", installation.service_worker, name="service_worker"),
    path("decoder.js", installation.decoder, name="decoder"),
    path("app.webmanifest", installation.manifest, name="manifest"),
]
