"""Admin pages that register people on site or on their behalf, check them in, and correct their badges."""

from django.contrib.admin import ModelAdmin
from django.urls import URLPattern

from ..base import READ_METHODS, admin_path
from .person import badge_text_view, check_in_view, email_view, person_view
from .registration import on_site_view

__all__ = ["get_on_site_urls"]


def get_on_site_urls(model_admin: ModelAdmin) -> list[URLPattern]:
    return [
        admin_path(model_admin, "on-site/", on_site_view, "on_site"),
        admin_path(model_admin, "on-site/<uuid:key>/", person_view, "on_site_person", READ_METHODS),
        admin_path(model_admin, "on-site/<uuid:key>/check-in/", check_in_view, "on_site_check_in", ("POST",)),
        admin_path(model_admin, "on-site/<uuid:key>/badge/", badge_text_view, "badge_text"),
        admin_path(model_admin, "on-site/<uuid:key>/email/", email_view, "email"),
    ]
