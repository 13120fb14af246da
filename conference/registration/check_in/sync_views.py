"""The list of people for use without a network, the upload of what was recorded meanwhile, and the counters."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.views.decorators.http import require_POST, require_safe

from .access import Access, check_in_view
from .counters import count_places
from .days import current_day


@require_safe
@check_in_view
def offline_list(request: HttpRequest, access: Access) -> HttpResponse:
    """Return the list of today."""
    return JsonResponse({"version": "", "rows": []})


@require_POST
@check_in_view(for_upload=True)
def sync(request: HttpRequest, access: Access) -> HttpResponse:
    return JsonResponse({"results": [], "changes": [], "notices": []})


@require_safe
@check_in_view
def counters(request: HttpRequest, access: Access) -> HttpResponse:
    """Return the counters of each entrance, and a token with which the page can go on sending forms."""
    places = count_places(access.entrances, current_day())
    entrances = [
        {"id": entrance.pk, "name": str(entrance), **places[entrance.pk].as_json()} for entrance in access.entrances
    ]
    return JsonResponse({"entrances": entrances, "csrf_token": get_token(request)})
