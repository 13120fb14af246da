"""Access to check-in: organizers with the permission, and devices whose cookie was set by their link."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, wraps

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conference.accounts.decorators import personal_page
from conference.core.http import prefers_json

from ..days import conference_time_zone
from ..models import CheckIn, CheckInDevice, Entrance
from . import devices
from .devices import DeviceStatus
from .recording import Operator

View = Callable[..., HttpResponse]
PERMISSION = "registration.check_in"
OVERRIDE_PERMISSION = "registration.override_check_in"

DEVICE_REFUSALS: dict[DeviceStatus, str | Promise] = {
    DeviceStatus.REVOKED: gettext_lazy("The access of this device was revoked."),
    DeviceStatus.OVER: gettext_lazy("The days of this device are over."),
    DeviceStatus.NOT_TODAY: gettext_lazy("This device may not check people in today."),
    DeviceStatus.CLOSED: gettext_lazy("The entrance of this device is not in use."),
}


@dataclass(frozen=True)
class Access:
    """What the organizer or the device behind a request may do. is_limited allows to upload check-ins only."""

    operator: Operator
    can_override: bool = False
    is_limited: bool = False

    @property
    def device(self) -> CheckInDevice | None:
        return self.operator.device

    @cached_property
    def entrances(self) -> list[Entrance]:
        """The entrances at which people may be checked in here."""
        if self.device:
            return [self.device.entrance]
        entrances = Entrance.objects.filter(is_open=True).select_related("session")
        return list(entrances.prefetch_related("categories"))

    def can_undo(self, check_in: CheckIn) -> bool:
        """Return whether a check-in may be undone: one's own, or any one by a supervisor."""
        return self.can_override or self.has_recorded(check_in)

    def has_recorded(self, check_in: CheckIn) -> bool:
        if self.device:
            return check_in.device_id == self.device.pk
        return check_in.by_id is not None and self.operator.user is not None and check_in.by_id == self.operator.user.pk


def check_in_view(view: View | None = None, *, for_upload: bool = False) -> View:
    """Decorate a view, called as view(request, access, ...), for organizers and devices that may check people in.

    Times are in the time zone of the conference. With for_upload, the view is also available to devices on other days
    than their own; access.is_limited is set then.
    """
    if view is None:
        return lambda view: check_in_view(view, for_upload=for_upload)

    @personal_page
    @wraps(view)
    def wrapper(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        with timezone.override(conference_time_zone()):
            device = devices.load_device(request)
            status = device and devices.get_status(device)
            if device and status is DeviceStatus.ACTIVE:
                devices.record_use(device)
                return view(request, Access(Operator(device=device)), *args, **kwargs)
            if may_check_in(request):
                user = request.user
                access = Access(Operator(user=user), can_override=user.has_perm(OVERRIDE_PERMISSION))
                return view(request, access, *args, **kwargs)
            if device and status:
                if for_upload and devices.may_upload(device):
                    return view(request, Access(Operator(device=device), is_limited=True), *args, **kwargs)
                return refuse_device(request, device, status)
            return refuse_user(request)

    return wrapper


def may_check_in(request: HttpRequest) -> bool:
    """Return whether an organizer with a verified second factor and the permission is signed in."""
    return admin.site.has_permission(request) and request.user.has_perm(PERMISSION)


def refuse_device(request: HttpRequest, device: CheckInDevice, status: DeviceStatus) -> HttpResponse:
    """Explain why a device may not check people in. With erase, its browser deletes the list of people.

    A device that may still upload sends what it has recorded, and then deletes everything.
    """
    message = str(DEVICE_REFUSALS[status])
    erase = status not in devices.TEMPORARY
    if prefers_json(request):
        content = {"error": message} | ({"erase": True} if erase else {})
        return JsonResponse(content, status=401 if erase else 403)
    can_upload = erase and devices.may_upload(device)
    context = {"device": device, "message": message, "days": devices.format_days_of(device), "erase": erase}
    response = render(request, "check_in/refused.html", context | {"can_upload": can_upload}, status=403)
    if erase and not can_upload:
        devices.erase_browser_data(response)
    return response


def refuse_user(request: HttpRequest) -> HttpResponse:
    """Redirect to sign-in or to the second factor, as the admin does; for scripts, return an error."""
    is_organizer = admin.site.has_permission(request)
    if prefers_json(request):
        message = _("You may not check people in.") if is_organizer else _("Please sign in again.")
        return JsonResponse({"error": message}, status=403 if is_organizer else 401)
    return admin.site.admin_view(deny_permission)(request)


def deny_permission(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied(_("You do not have permission to check people in."))
