"""Link of a device."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from conference.accounts.decorators import personal_page

from . import devices
from .devices import DeviceStatus


@require_http_methods(["GET", "HEAD", "POST"])
@personal_page
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the link of a device is for. A POST makes the browser the device, once; previews of links send none."""
    device = devices.find_device(token)
    status = device and devices.get_status(device)
    is_valid = status is DeviceStatus.ACTIVE or status in devices.TEMPORARY
    if request.method == "POST" and device and is_valid and (secret := devices.activate(device)):
        response = redirect("check_in:page")
        devices.set_cookie(response, device, secret)
    else:
        context = {"device": device if is_valid else None, "days": devices.format_days_of(device) if device else ""}
        response = render(request, "check_in/device.html", context, status=200 if is_valid else 404)
    # The address is a secret. With no-referrer, browsers would send the form without its origin, and CSRF checks fail.
    response.headers["Referrer-Policy"] = "strict-origin"
    return response
