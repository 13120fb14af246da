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

from conference.core.page_cache import published
from sessions import current
from sessions.clock import Clock
from sessions.live import NotReady
from sessions.timetable import coming_up, going_on

from .core.database import is_database_reachable
from .site import site
from .sitemaps import SITEMAPS

# Set with the one redirect that a visitor's browser language ever causes.
OFFERED = "language_offered"


def language_to_offer(request):
    """Return the language that the browser prefers to the one of this URL, on a first visit from elsewhere only."""
    came_from_here = request.headers.get("Sec-Fetch-Site") == "same-origin" or request.headers.get(
        "Referer", ""
    ).startswith(f"{request.scheme}://{request.get_host()}/")
    if request.path_info != "/" or OFFERED in request.COOKIES or came_from_here:
        return None
    preferred = get_language_from_request(request)
    return preferred if preferred != settings.LANGUAGE_CODE else None


@published(bypass=language_to_offer, vary_on=("Accept-Language", "Cookie"))
def home(request):
    """The home page. A first visit from elsewhere is redirected to the browser's language."""
    language = language_to_offer(request)
    if language is not None:
        return _redirect_to_language(request, language)
    programme, moment = current.programme(), timezone.now()
    today = moment.astimezone(site().time_zone).date()
    context = {
        "programme": programme,
        "clock": Clock.asked_for(request.GET.get("tz", ""), programme.time_zone),
        "phase": _phase(today),
        "days_to_go": (site().starts_on - today).days,
        "going_on": going_on(programme, moment),
        "coming_up": coming_up(programme, moment),
    }
    return render(request, "conference/home.html", context)


def _redirect_to_language(request, language):
    response = redirect(translate_url(request.get_full_path(), language))
    response.set_cookie(OFFERED, "1", max_age=365 * 86400, httponly=True, secure=request.is_secure(), samesite="Lax")
    response.headers["Cache-Control"] = "no-store"
    return response


def _phase(today):
    if today < site().starts_on:
        return "before"
    return "during" if today <= site().ends_on else "after"


@published
def page(request, slug):
    found = site().page(slug)
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
        release = current.programme().number
        site()
    except NotReady:
        return HttpResponse("not ready\n", content_type="text/plain; charset=utf-8", status=503)
    database = "up" if is_database_reachable() else "down"
    return HttpResponse(f"ready, release {release}, database {database}\n", content_type="text/plain; charset=utf-8")
