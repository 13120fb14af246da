"""An attendee's ticket as a page and as a PDF, its replacement, and the public page that shows whether it is valid."""

import uuid
from contextlib import suppress

from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from conference.accounts.decorators import personal_page

from ..days import conference_time_zone
from ..models import attends_in_person
from ..states import InvalidTransitionError
from ..status_messages import status_heading
from ..tickets import issuance
from ..tickets.admission import Admission, check_ticket
from .decorators import attendee_login_required, get_own_registration


@attendee_login_required
@require_safe
def ticket_page(request: HttpRequest) -> HttpResponse:
    registration = get_own_registration(request)
    if registration is None:
        return redirect("registration:dashboard")
    if not issuance.is_confirmed(registration):
        context = {"section": "register", "status_heading": status_heading(registration)}
        return render(request, "registration/ticket_pending.html", context)
    ticket = issuance.get_or_issue_ticket(registration)
    context = {
        "section": "register",
        "registration": registration,
        "details": issuance.ticket_details(registration),
        "days_heading": issuance.days_heading(),
        "days": issuance.confirmed_days(registration),
        "attends_in_person": attends_in_person(registration.seats.all()),
        "qr_code": issuance.render_qr_svg(issuance.validation_url(ticket)),
        "short_code": issuance.short_code(ticket),
    }
    return render(request, "registration/ticket.html", context)


@attendee_login_required
@require_safe
def ticket_pdf(request: HttpRequest) -> HttpResponse:
    registration = get_own_registration(request)
    if registration is None or not issuance.is_confirmed(registration):
        return redirect("registration:ticket")
    # Rendering takes as long as a hundred cached pages. allauth's public consume() does not count GET requests.
    if not ratelimit.consume(request, app="allauth.account", action="ticket", limit_get=True):
        return ratelimit.respond_429(request)
    # Imported here because the PDF libraries take 40 MB of memory and a third of a second.
    from conference.registration.tickets.pdf import render_ticket_pdf

    content = render_ticket_pdf(registration, issuance.get_or_issue_ticket(registration))
    headers = {"Content-Disposition": 'attachment; filename="ticket.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


@attendee_login_required
@require_http_methods(["GET", "HEAD", "POST"])
def reissue_ticket(request: HttpRequest) -> HttpResponse:
    """Replace the ticket after confirmation, because printed and shared copies of the old one become invalid."""
    registration = get_own_registration(request)
    if registration is None or not issuance.is_confirmed(registration):
        return redirect("registration:ticket")
    if request.method != "POST":
        context = {"section": "register", "ticket": issuance.get_or_issue_ticket(registration)}
        return render(request, "registration/ticket_reissue.html", context)
    # If the registration was cancelled since it was read, the ticket page shows its status.
    with suppress(InvalidTransitionError):
        issuance.reissue_ticket(registration, request.user, old=parse_ticket_id(request.POST.get("ticket", "")))
        messages.success(request, _("Your ticket was replaced. The old ticket is no longer valid."))
    return redirect("registration:ticket")


def parse_ticket_id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


@personal_page
@require_safe
def validate_ticket(request: HttpRequest, code: str) -> HttpResponse:
    """Show whether the ticket of a code admits today, and for which days it is, in every language.

    Codes of no ticket and of replaced ones get the same page, status and headers.
    """
    ticket = issuance.find_ticket(code)
    admission, now = check_ticket(ticket), timezone.now().astimezone(conference_time_zone())
    context = {"ticket": ticket, "admission": admission, "now": now, "results": results_by_language(admission)}
    response = render(request, "registration/ticket_validation.html", context)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def results_by_language(admission: Admission) -> list[tuple[str, str]]:
    """Return pairs of a language and the result in it, the active language first."""
    results = []
    for language in sorted(dict(settings.LANGUAGES), key=lambda code: code != get_language()):
        with translation.override(language):
            results.append((language, admission.heading))
    return results
