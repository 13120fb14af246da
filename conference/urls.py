"""The site map. English has no prefix, other languages have one."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from sessions import urls as sessions_urls
from sessions import views as sessions_views
from sessions.preview import NAMESPACE, previewed
from speakers import urls as speakers_urls
from speakers.media import media_urlpatterns

from . import views
from .yours import yours

admin.autodiscover()

handler400 = "conference.errors.bad_request"
handler403 = "conference.errors.permission_denied"
handler404 = "conference.errors.page_not_found"
handler500 = "conference.errors.server_error"

preview = [
    *sessions_urls.pages(previewed),
    path("programme/now/", previewed(sessions_views.now), name="now"),
    *speakers_urls.pages(previewed),
]

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
        path("", include("conference.registration.urls")),
        path("yours/", yours, name="yours"),
        path("accounts/", include("conference.account_urls")),
        path("preview/", include((preview, NAMESPACE))),
        path("admin/", admin.site.urls),
        path("<slug:slug>/", views.page, name="page"),
        prefix_default_language=False,
    ),
]
