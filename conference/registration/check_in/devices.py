"""Check-in devices: their links, the cookie that a link sets, and when a device may check people in."""

import datetime
import hashlib
import secrets
from enum import Enum

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..days import conference_date, days_in_progress, get_day_end
from ..formatting import conference_days, format_days
from ..models import CheckInDevice

# The prefix makes browsers refuse the cookie from another host or without HTTPS (RFC 6265bis, 4.1.3).
COOKIE_NAME = "__Host-check-in-device" if settings.IS_HTTPS else "check-in-device"
TOKEN_BYTES = 32
# How often the time of the last use is written.
LAST_USE_PRECISION = datetime.timedelta(minutes=1)
# A device sends what it recorded without a network until this time after its last day.
UPLOAD_PERIOD = datetime.timedelta(days=3)


class DeviceStatus(Enum):
    """Whether a device may check people in now, or why not."""

    ACTIVE = "active"
    NOT_TODAY = "not today"
    CLOSED = "its entrance is not in use"
    OVER = "its last day is over"
    REVOKED = "revoked"


# Reasons that end: the device keeps its access, and its browser the list of people.
TEMPORARY = frozenset({DeviceStatus.NOT_TODAY, DeviceStatus.CLOSED})
STATUS_LABELS = {
    DeviceStatus.ACTIVE: _("Active"),
    DeviceStatus.NOT_TODAY: _("Not today"),
    DeviceStatus.CLOSED: _("Entrance not in use"),
    DeviceStatus.OVER: _("Its days are over"),
    DeviceStatus.REVOKED: _("Revoked"),
}


def issue_link(device: CheckInDevice) -> str:
    """Save the device with a new secret and return its link, which cannot be shown again.

    The former link, and the browser that uses it, lose their access.
    """
    token = make_token()
    device.token_hash = hash_token(token)
    device.save()
    return settings.SITE_URL + reverse("check_in:device", args=[token])


def activate(device: CheckInDevice) -> str | None:
    """Return the secret of the browser that opened the link, which ends: one link serves one browser.

    None if another browser was first.
    """
    token = make_token()
    unused = CheckInDevice.objects.filter(pk=device.pk, token_hash=device.token_hash)
    return token if unused.update(token_hash=hash_token(token)) else None


def make_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def find_device(token: str) -> CheckInDevice | None:
    """Return the device of a token. The index is searched for a hash, so timing discloses nothing about tokens."""
    devices = CheckInDevice.objects.select_related("entrance__session").prefetch_related("entrance__categories")
    return devices.filter(token_hash=hash_token(token)).first()


def load_device(request: HttpRequest) -> CheckInDevice | None:
    """Return the device whose cookie the browser has sent."""
    token = request.COOKIES.get(COOKIE_NAME)
    return find_device(token) if token else None


def get_last_day(device: CheckInDevice) -> datetime.date | None:
    """Return the last day of a device; that of the conference if it has no days of its own."""
    days = sorted(datetime.date.fromisoformat(day) for day in device.days) or conference_days()
    return days[-1] if days else None


def get_end(device: CheckInDevice) -> datetime.datetime | None:
    """Return the time when the last day of a device is over; None without a conference."""
    day = get_last_day(device)
    return day and get_day_end(day)


def get_status(device: CheckInDevice) -> DeviceStatus:
    if device.revoked_at:
        return DeviceStatus.REVOKED
    end = get_end(device)
    if end and end <= timezone.now():
        return DeviceStatus.OVER
    if not device.entrance.is_open:
        return DeviceStatus.CLOSED
    return DeviceStatus.ACTIVE if any(map(device.allows_day, days_in_progress())) else DeviceStatus.NOT_TODAY


def may_upload(device: CheckInDevice) -> bool:
    """Return whether the device may send check-ins of its days that it has recorded without a network."""
    end = get_end(device)
    return device.revoked_at is None and (end is None or timezone.now() < end + UPLOAD_PERIOD)


def is_one_of_its_days(device: CheckInDevice, moment: datetime.datetime) -> bool:
    """Return whether a moment belongs to one of the device's days."""
    return any(map(device.allows_day, days_in_progress(moment))) or device.allows_day(conference_date(moment))


def record_use(device: CheckInDevice) -> None:
    """Save the time of the last use, unless it was saved within LAST_USE_PRECISION."""
    now = timezone.now()
    if device.last_seen_at is None or now - device.last_seen_at > LAST_USE_PRECISION:
        CheckInDevice.objects.filter(pk=device.pk).update(last_seen_at=now)


def revoke_device(device: CheckInDevice, by: User) -> None:
    """End a device's access. Its cookie and its link do not work any more."""
    CheckInDevice.objects.active().filter(pk=device.pk).update(revoked_at=timezone.now(), revoked_by=by)


def set_cookie(response: HttpResponse, device: CheckInDevice, token: str) -> None:
    """Make the browser a device. The cookie is sent to the whole host, but only the views of check-in read it."""
    end = get_end(device)
    response.set_cookie(
        COOKIE_NAME,
        token,
        expires=(end or timezone.now() + datetime.timedelta(days=1)) + UPLOAD_PERIOD,
        secure=settings.IS_HTTPS,
        httponly=True,
        samesite="Lax",
    )


def erase_browser_data(response: HttpResponse) -> None:
    """Let the browser delete the cookie of the device and all that the page has stored."""
    response.delete_cookie(COOKIE_NAME, samesite="Lax")
    response.headers["Clear-Site-Data"] = '"storage"'


def format_days_of(device: CheckInDevice) -> str:
    """Return the days of a device, or an empty string if it has no days of its own."""
    return format_days(datetime.date.fromisoformat(day) for day in device.days)
