"""Link of a device, and the files that let the page be installed."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from conference.accounts.decorators import personal_page
from conference.site_data import get_conference_info

from . import devices
from .devices import DeviceStatus


@require_http_methods(["GET", "HEAD", "POST"])
@personal_page
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the link of a device is for. A POST makes the browser the device; previews of links send none."""
    device = devices.find_device(token)
    status = device and devices.get_status(device)
    is_valid = status in (DeviceStatus.ACTIVE, DeviceStatus.NOT_TODAY)
    if request.method == "POST" and device and is_valid:
        response = redirect("check_in:page")
        devices.set_cookie(response, device, token)
    else:
        context = {"device": device if is_valid else None, "days": devices.format_days_of(device) if device else ""}
        response = render(request, "check_in/device.html", context, status=200 if is_valid else 404)
    # The address is a secret.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """Return the service worker of the page. It holds nothing private, so that browsers can always update it."""
    context = {"language": get_language(), "page": reverse("check_in:page")}
    response = render(request, "check_in/sw.js", context, content_type="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    return response


@require_safe
def manifest(request: HttpRequest) -> JsonResponse:
    """Return the web app manifest. Browsers request it without cookies."""
    page, name = reverse("check_in:page"), get_conference_info().short_name
    content = {
        "name": _("Check-in: %(conference)s") % {"conference": name},
        "short_name": _("Check-in"),
        "id": page,
        "start_url": page,
        "scope": page,
        "display": "standalone",
        "lang": get_language(),
        "icons": [
            {"src": reverse("icon"), "sizes": "any", "type": "image/svg+xml"},
            {"src": "/apple-touch-icon.png", "sizes": "180x180", "type": "image/png"},
        ],
    }
    return JsonResponse(content, content_type="application/manifest+json")
