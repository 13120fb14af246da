"""The site map. English has no prefix, other languages have one."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from speakers.media import media_urlpatterns

from . import views

admin.autodiscover()

handler400 = "conference.errors.bad_request"
handler403 = "conference.errors.permission_denied"
handler404 = "conference.errors.page_not_found"
handler500 = "conference.errors.server_error"

urlpatterns = [
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", views.sitemap, name="sitemap"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    *media_urlpatterns,
    *i18n_patterns(
        path("", views.home, name="home"),
        path("", include("sessions.urls")),
        path("", include("speakers.urls")),
        path("register/", views.register, name="register"),
        path("accounts/", include("conference.account_urls")),
        path("admin/", admin.site.urls),
        path("<slug:slug>/", views.page, name="page"),
        prefix_default_language=False,
    ),
]
