"""Admin pages about attendance: the lists of a day and their export."""

from functools import partial

from django.contrib.admin import ModelAdmin
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods, require_POST

from ..base import READ_METHODS
from .views import attendance_view, export_attendance_view

__all__ = ["get_attendance_urls"]


def get_attendance_urls(model_admin: ModelAdmin) -> list[URLPattern]:
    admin_view = model_admin.admin_site.admin_view
    page = require_http_methods(READ_METHODS)(partial(attendance_view, model_admin))
    export = require_POST(partial(export_attendance_view, model_admin))
    return [
        path("registration/attendance/", admin_view(page), name="registration_attendance"),
        path("registration/attendance/export/", admin_view(export), name="registration_attendance_export"),
    ]
