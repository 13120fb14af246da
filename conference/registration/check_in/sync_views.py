"""The list of people for use without a network, the upload of what was recorded meanwhile, and the counters."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.middleware.csrf import get_token
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags, quote_etag
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ..days import current_day
from ..models import Entrance
from .access import Access, check_in_view
from .counters import count_places
from .offline_list import get_version, list_cache
from .sync import MAX_CHECK_INS, list_changes, list_notices, make_cursor, parse_moment, record_uploaded


@require_safe
@check_in_view
def offline_list(request: HttpRequest, access: Access) -> HttpResponse:
    """Return the list of today, or 304 if the browser has it."""
    offline = list_cache.get(get_language() or "")
    etag = quote_etag(offline.version)
    response: HttpResponse
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        response = HttpResponseNotModified()
    else:
        response = HttpResponse(offline.content, content_type="application/json")
    response.headers["ETag"] = etag
    patch_vary_headers(response, ["Cookie"])
    return response


@require_POST
@check_in_view(for_upload=True)
def sync(request: HttpRequest, access: Access) -> HttpResponse:
    """Record what a device recorded without a network, and return what it does not know yet."""
    data = parse_body(request.body)
    if data is None:
        return JsonResponse({"error": _("The upload is malformed.")}, status=400)
    events = data["check_ins"]
    if len(events) > MAX_CHECK_INS:
        message = _("Send at most %(number)d check-ins at once.") % {"number": MAX_CHECK_INS}
        return JsonResponse({"error": message}, status=413)
    entrance = find_entrance(data.get("entrance"), access)
    if entrance is None:
        return JsonResponse({"error": _("Choose an entrance.")}, status=400)
    # Before anything is read, so that the next upload repeats what is recorded meanwhile.
    now = timezone.now()
    answer: dict[str, Any] = {"results": record_uploaded(events, access, entrance), "now": localize(now)}
    if access.is_limited:
        return JsonResponse(answer | {"erase": True, "changes": [], "notices": []})
    since = parse_moment(data.get("since"))
    return JsonResponse(
        answer
        | {
            "changes": list_changes(entrance, since),
            "notices": list_notices(access, since),
            "cursor": make_cursor(now),
            "list_version": get_version(),
            "counters": count_places([entrance], current_day())[entrance.pk].as_json(),
        }
    )


def localize(moment: Any) -> str:
    return timezone.localtime(moment).isoformat()


def parse_body(body: bytes) -> dict[str, Any] | None:
    """Return the upload, with a list as its check-ins; None if it is malformed."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    events = data.get("check_ins", [])
    return data | {"check_ins": events} if isinstance(events, list) else None


def find_entrance(key: Any, access: Access) -> Entrance | None:
    """Return the entrance of the device, or the one that a user has chosen; it may have been closed meanwhile."""
    if access.device:
        return access.device.entrance
    entrances = Entrance.objects.select_related("session").prefetch_related("categories")
    try:
        return entrances.filter(pk=int(key)).first() if isinstance(key, int | str) else None
    # Python refuses to read numbers of thousands of digits.
    except ValueError:
        return None


@require_safe
@check_in_view
def counters(request: HttpRequest, access: Access) -> HttpResponse:
    """Return the counters of each entrance, and a token with which the page can go on sending forms."""
    places = count_places(access.entrances, current_day())
    entrances = [
        {"id": entrance.pk, "name": str(entrance), **places[entrance.pk].as_json()} for entrance in access.entrances
    ]
    return JsonResponse({"entrances": entrances, "csrf_token": get_token(request)})
