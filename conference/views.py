"""The home page, the organizers' pages, robots.txt, the sitemap, icons, share images and health checks."""

import datetime
from collections.abc import Callable

from django.conf import settings
from django.contrib.sitemaps import views as sitemaps_views
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import translate_url
from django.utils import timezone
from django.utils.translation import get_language_from_request
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from conference.core.i18n.timezones import DisplayTimeZones
from conference.registration.form_options import get_erase_date
from sessions.agenda import get_now_and_next
from sessions.releases import current
from sessions.releases.current import PublishedProgramme

from . import branding
from .core.database import is_database_reachable
from .core.page_cache import published
from .core.polling import NotLoadedError
from .core.slugs import find_by_typed_slug
from .site_data import get_site_data
from .sitemaps import SITEMAPS

# The page to which the consent text refers.
PRIVACY_SLUG = "privacy"
# Set with the redirect to the browser's language, which happens only once per browser.
LANGUAGE_REDIRECT_COOKIE = "language_offered"


def language_to_offer(request: HttpRequest) -> str | None:
    """Return the language that the browser prefers to the one of this URL, on a first visit from elsewhere only."""
    if request.path_info != "/" or LANGUAGE_REDIRECT_COOKIE in request.COOKIES or is_same_origin(request):
        return None
    preferred = get_language_from_request(request)
    return preferred if preferred != settings.LANGUAGE_CODE else None


def is_same_origin(request: HttpRequest) -> bool:
    """Return whether the visitor followed a link of this site."""
    if request.headers.get("Sec-Fetch-Site") == "same-origin":
        return True
    return request.headers.get("Referer", "").startswith(f"{request.scheme}://{request.get_host()}/")


@published(bypass=language_to_offer, vary_on=("Accept-Language", "Cookie"))
def home(request: HttpRequest) -> HttpResponse:
    """Show the home page, or redirect a first visit from elsewhere to the browser's language."""
    language = language_to_offer(request)
    if language is not None:
        return redirect_to_language(request, language)
    return current.call_with_snapshot(home_page, request, current.get_published_programme())


def home_page(request: HttpRequest, snapshot: PublishedProgramme) -> HttpResponse:
    """Show the home page of the published programme, or of the draft in a preview."""
    programme, now = snapshot.programme, timezone.now()
    site = get_site_data(programme.conference)
    today = now.astimezone(site.time_zone).date()
    context = {
        "snapshot": snapshot,
        "programme": programme,
        "time_zones": DisplayTimeZones.from_query(request.GET.get("tz", ""), programme.time_zone),
        "phase": site.get_phase(today),
        "days_to_go": (site.starts_on - today).days,
        "now_and_next": get_now_and_next(programme, now),
    }
    return render(request, "conference/home.html", context)


def redirect_to_language(request: HttpRequest, language: str) -> HttpResponse:
    response = redirect(translate_url(request.get_full_path(), language))
    response.set_cookie(
        LANGUAGE_REDIRECT_COOKIE, "1", max_age=365 * 86400, httponly=True, secure=request.is_secure(), samesite="Lax"
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@published
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a page of the organizers. Another spelling of its slug redirects to it."""
    site = get_site_data()
    page_data = site.get_page(slug)
    if page_data is None:
        page_data = find_by_typed_slug(site.pages, slug)
        if page_data is None:
            raise Http404
        return redirect("page", page_data.slug)
    context = {"page": page_data, "erase_date": find_erase_date() if slug == PRIVACY_SLUG else None}
    return render(request, "conference/page.html", context)


def find_erase_date() -> datetime.date | None:
    """Return the last day on which registrations are kept; None if it is not set, or not loaded yet."""
    try:
        return get_erase_date()
    except NotLoadedError:
        return None


@published
def robots(request: HttpRequest) -> HttpResponse:
    return render(request, "robots.txt", content_type="text/plain; charset=utf-8")


@published
def sitemap(request: HttpRequest) -> HttpResponse:
    content_type = "application/xml; charset=utf-8"
    return sitemaps_views.sitemap(request, sitemaps=SITEMAPS, content_type=content_type).render()


@published
def icon(request: HttpRequest, render: Callable[[str], bytes], content_type: str) -> HttpResponse:
    """Return the icon of the site in one of its formats."""
    return HttpResponse(render(branding.get_initials()), content_type=content_type)


@published
def share_image(request: HttpRequest) -> HttpResponse:
    """Return the image that social networks show with a link to the site, in the language of the URL."""
    image = branding.ShareImage.of(get_site_data().facts)
    return HttpResponse(branding.render_share_image(image), content_type="image/png")


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Return 200 while this process answers requests."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Return 503 until a programme is loaded, then 200 with the release number and the state of the database."""
    try:
        release = current.get_programme().number
        get_site_data()
    except NotLoadedError:
        return HttpResponse("not ready\n", content_type="text/plain; charset=utf-8", status=503)
    database = "up" if is_database_reachable() else "down"
    return HttpResponse(f"ready, release {release}, database {database}\n", content_type="text/plain; charset=utf-8")
