"""URLs of the site. English pages have no prefix, other languages have one (/vi/)."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

import conference.core.slugs  # noqa: F401 - registers the path converter typed_slug
from sessions import urls as sessions_urls
from sessions import views as sessions_views
from sessions.links import PREVIEW
from sessions.releases.archive import archived_page
from sessions.releases.preview_pages import preview_view
from speakers import urls as speakers_urls
from speakers.images.views import media_urlpatterns

from . import branding, views
from .user_links import user_links

admin.autodiscover()

handler400 = "conference.error_views.bad_request"
handler403 = "conference.error_views.permission_denied"
handler404 = "conference.error_views.page_not_found"
handler500 = "conference.error_views.server_error"

programme_preview_patterns = [
    path("", preview_view(views.home_page), name="home"),
    *sessions_urls.make_page_patterns(preview_view),
    path("programme/now/", preview_view(sessions_views.programme_now), name="now"),
    path("programme/changes/<int:number>/", preview_view(sessions_views.release_detail), name="release"),
]
preview_patterns = [
    path("", preview_view(views.home_page), name="home"),
    path("", include((programme_preview_patterns, "programme"))),
    path("", include((speakers_urls.make_page_patterns(preview_view), "speakers"))),
]

archive_patterns = [
    path("", include((sessions_urls.make_page_patterns(archived_page), "programme"))),
    path("", include((speakers_urls.make_page_patterns(archived_page), "speakers"))),
]

TOUCH_ICON = {"render": branding.render_touch_icon, "content_type": "image/png"}

urlpatterns = [
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", views.sitemap, name="sitemap"),
    path("icon.svg", views.icon, {"render": branding.render_svg_icon, "content_type": "image/svg+xml"}, name="icon"),
    path("favicon.ico", views.icon, {"render": branding.render_favicon, "content_type": "image/x-icon"}),
    path("apple-touch-icon.png", views.icon, TOUCH_ICON),
    path("apple-touch-icon-precomposed.png", views.icon, TOUCH_ICON),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    *media_urlpatterns,
    *i18n_patterns(
        path("", views.home, name="home"),
        path("share-image.png", views.share_image, name="share_image"),
        path("", include("sessions.urls")),
        path("", include("speakers.urls")),
        path("programme/changes/<int:number>/", include((archive_patterns, "archive"))),
        path("", include("conference.registration.urls")),
        path("user-links/", user_links, name="user_links"),
        path("dev/outbox/", include("conference.mail.urls")),
        path("accounts/", include("conference.accounts.urls")),
        path("preview/", include((preview_patterns, PREVIEW.name))),
        path("admin/check-in/", include("conference.registration.check_in.urls")),
        path("admin/", admin.site.urls),
        path("<typed_slug:slug>/", views.page, name="page"),
        prefix_default_language=False,
    ),
]
