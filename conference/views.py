"""The first page, the pages that organizers write, and what machines ask for."""

from django.conf import settings
from django.contrib.sitemaps import views as sitemaps_views
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import translate_url
from django.utils import timezone
from django.utils.translation import get_language_from_request
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from sessions.agenda import get_current_sessions, get_next_sessions
from sessions.releases import current

from .core.database import is_database_reachable
from .core.page_cache import published
from .core.polling import NotLoadedError
from .core.timezones import DisplayTimeZones
from .site_data import get_site_data
from .sitemaps import SITEMAPS

# Set with the one redirect that a visitor's browser language ever causes.
LANGUAGE_REDIRECT_COOKIE = "language_offered"


def language_to_offer(request):
    """Return the language that the browser prefers to the one of this URL, on a first visit from elsewhere only."""
    came_from_here = request.headers.get("Sec-Fetch-Site") == "same-origin" or request.headers.get(
        "Referer", ""
    ).startswith(f"{request.scheme}://{request.get_host()}/")
    if request.path_info != "/" or LANGUAGE_REDIRECT_COOKIE in request.COOKIES or came_from_here:
        return None
    preferred = get_language_from_request(request)
    return preferred if preferred != settings.LANGUAGE_CODE else None


@published(bypass=language_to_offer, vary_on=("Accept-Language", "Cookie"))
def home(request):
    """The home page. A first visit from elsewhere is redirected to the browser's language."""
    language = language_to_offer(request)
    if language is not None:
        return _redirect_to_language(request, language)
    programme, moment = current.get_programme(), timezone.now()
    today = moment.astimezone(get_site_data().time_zone).date()
    context = {
        "programme": programme,
        "time_zones": DisplayTimeZones.from_query(request.GET.get("tz", ""), programme.time_zone),
        "phase": conference_phase(today),
        "days_to_go": (get_site_data().starts_on - today).days,
        "going_on": get_current_sessions(programme, moment),
        "coming_up": get_next_sessions(programme, moment),
    }
    return render(request, "conference/home.html", context)


def _redirect_to_language(request, language):
    response = redirect(translate_url(request.get_full_path(), language))
    response.set_cookie(
        LANGUAGE_REDIRECT_COOKIE, "1", max_age=365 * 86400, httponly=True, secure=request.is_secure(), samesite="Lax"
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def conference_phase(today):
    if today < get_site_data().starts_on:
        return "before"
    return "during" if today <= get_site_data().ends_on else "after"


@published
def page(request, slug):
    found = get_site_data().get_page(slug)
    if found is None:
        raise Http404
    return render(request, "conference/page.html", {"page": found})


@published
def robots(request):
    return render(request, "robots.txt", content_type="text/plain; charset=utf-8")


@published
def sitemap(request):
    content_type = "application/xml; charset=utf-8"
    return sitemaps_views.sitemap(request, sitemaps=SITEMAPS, content_type=content_type).render()


@require_safe
@never_cache
def healthz(request):
    """Whether this process answers at all."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@require_safe
@never_cache
def readyz(request):
    """Return 503 while this process has no programme to show, else 200 and whether the database answers now."""
    try:
        release = current.get_programme().number
        get_site_data()
    except NotLoadedError:
        return HttpResponse("not ready\n", content_type="text/plain; charset=utf-8", status=503)
    database = "up" if is_database_reachable() else "down"
    return HttpResponse(f"ready, release {release}, database {database}\n", content_type="text/plain; charset=utf-8")
