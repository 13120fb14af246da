"""An attendee's own pages: status of the registration, cancellation, downloads and erasure."""

import datetime
from contextlib import suppress
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from conference.core.i18n.text import LocalizedText

from .. import form_drafts, workflow
from ..calendars import attendance_calendar
from ..capacity import seats_with_position
from ..certificates.issuance import check_certificate
from ..certificates.wording import describe_state
from ..formatting import conference_days, upcoming_days
from ..models import Registration, RegistrationEvent, Seat
from ..offer_tokens import make_offer_token
from ..privacy import export_personal_data
from ..states import InvalidTransitionError
from ..status_messages import describe_attendance, describe_event, next_step, status_heading
from .decorators import attendee_login_required, get_own_registration

CALENDAR_FILE_NAMES = {"en": "my-days.ics", "vi": "ngay-cua-toi.ics"}


@dataclass(frozen=True)
class AttendanceDay:
    """Date of the conference and the attendee's seats on it."""

    date: datetime.date
    seats: list["SeatSummary"]


@dataclass(frozen=True)
class SeatSummary:
    """Status of a seat in a sentence; offer_token is empty unless the seat is offered."""

    status: str
    message: str
    offer_token: str

    @classmethod
    def of(cls, seat: Seat) -> "SeatSummary":
        token = make_offer_token(seat) if seat.has_open_offer else ""
        return cls(seat.status, describe_attendance(seat), token)


@dataclass(frozen=True)
class EventSummary:
    """Event of a registration in a sentence; note is what the organizers wrote about a declined registration."""

    at: datetime.datetime
    message: str
    note: str

    @classmethod
    def of(cls, event: RegistrationEvent, registration: Registration) -> "EventSummary":
        note = event.note if event.action == RegistrationEvent.Action.DECLINED else ""
        return cls(event.at, describe_event(event, registration), note)


@attendee_login_required
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    if form_drafts.submitted_at(request, "registration:register"):
        return redirect("registration:complete")
    registration = get_own_registration(request)
    if registration is None:
        return render(request, "registration/not_registered.html", {"section": "register"})
    seats = seats_with_position(registration)
    is_over = not upcoming_days()
    certificate = check_certificate(registration, seats)
    context = {
        "section": "register",
        "registration": registration,
        "heading": status_heading(registration),
        "next_step": next_step(registration, seats, is_over=is_over),
        "category": LocalizedText.of(registration.category, "name"),
        "email_language_name": dict(settings.LANGUAGES)[registration.email_language],
        "is_closed": registration.is_closed,
        "is_over": is_over,
        "days": attendance_days(seats),
        "has_confirmed_days": any(seat.status == Seat.Status.CONFIRMED for seat in seats),
        "certificate_message": describe_state(certificate),
        "certificate_is_ready": certificate.is_ready,
        "events": [EventSummary.of(event, registration) for event in registration.events.all()],
    }
    return render(request, "registration/dashboard.html", context)


def attendance_days(seats: list[Seat]) -> list[AttendanceDay]:
    return [
        AttendanceDay(date, [SeatSummary.of(seat) for seat in seats if seat.day == date]) for date in conference_days()
    ]


@attendee_login_required
@require_http_methods(["GET", "HEAD", "POST"])
def cancel_registration(request: HttpRequest) -> HttpResponse:
    registration = get_own_registration(request)
    if registration is None or not registration.can_cancel:
        return redirect("registration:dashboard")
    if request.method != "POST":
        return render(request, "registration/cancel.html", {"section": "register", "registration": registration})
    # If it was closed since it was read, in another window or by the organizers, the dashboard shows its status.
    with suppress(InvalidTransitionError):
        workflow.cancel_registration(registration, by=request.user)
    return redirect("registration:dashboard")


@attendee_login_required
@require_safe
def download_calendar(request: HttpRequest) -> HttpResponse:
    """Return the confirmed days as an iCalendar file (RFC 5545), with those that were given back as cancelled."""
    registration = get_own_registration(request)
    content = attendance_calendar(registration) if registration else b""
    if not content:
        raise Http404
    file_name = CALENDAR_FILE_NAMES.get(request.LANGUAGE_CODE, "days.ics")
    headers = {"Content-Disposition": f'attachment; filename="{file_name}"'}
    return HttpResponse(content, content_type="text/calendar; charset=utf-8", headers=headers)


@attendee_login_required
@require_safe
def download_data(request: HttpRequest) -> HttpResponse:
    """Return all personal data of the user as a JSON file."""
    return JsonResponse(
        export_personal_data(request.user, get_own_registration(request)),
        json_dumps_params={"ensure_ascii": False, "indent": 2},
        headers={"Content-Disposition": 'attachment; filename="my-data.json"'},
    )


@attendee_login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete_account(request: HttpRequest) -> HttpResponse:
    """Erase the user's data and sign out, if the box for confirmation is ticked."""
    if not request.POST.get("confirm"):
        context = {
            "section": "register",
            "registration": get_own_registration(request),
            "confirmation_missing": request.method == "POST",
        }
        return render(request, "registration/delete_account.html", context)
    was_staff = request.user.is_staff
    workflow.erase_user(request.user)
    logout(request)
    return render(request, "registration/account_deleted.html", {"section": "register", "was_staff": was_staff})
