"""One's own ticket, as a page and as a PDF, and the page that tells anybody whether a ticket is valid."""

import uuid
from contextlib import suppress

from allauth.core.internal import ratelimit
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from conference.accounts.decorators import personal_page

from ..states import InvalidTransitionError
from ..tickets import issuance
from .decorators import attendee_login_required, get_own_registration


@attendee_login_required
@require_safe
def ticket_page(request):
    registration = get_own_registration(request)
    if registration is None:
        return redirect("registration:dashboard")
    if not issuance.is_confirmed(registration):
        context = {"section": "register", "registration": registration}
        return render(request, "registration/ticket_pending.html", context)
    ticket = issuance.get_or_issue_ticket(registration)
    context = {
        "section": "register",
        "registration": registration,
        "details": issuance.ticket_details(registration),
        "whose_days": issuance.days_heading(),
        "days": issuance.confirmed_days(registration),
        "qr": issuance.render_qr_svg(issuance.validation_url(ticket)),
        "spoken": issuance.short_code(ticket),
    }
    return render(request, "registration/ticket.html", context)


@attendee_login_required
@require_safe
def ticket_pdf(request):
    registration = get_own_registration(request)
    if not issuance.is_confirmed(registration):
        return redirect("registration:ticket")
    # It takes as long to make as a hundred pages to hand out. allauth's public function counts no GET.
    if not ratelimit.consume(request, app="allauth.account", action="ticket", limit_get=True):
        return ratelimit.respond_429(request)
    # What makes PDFs takes 40 MB of memory and a third of a second to import: only where somebody asks for one.
    from conference.registration.tickets.pdf import render_ticket_pdf

    content = render_ticket_pdf(registration, issuance.get_or_issue_ticket(registration))
    headers = {"Content-Disposition": 'attachment; filename="ticket.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


@attendee_login_required
@require_http_methods(["GET", "HEAD", "POST"])
def reissue_ticket(request):
    """Asks first: the old ticket, perhaps printed or passed on, is void afterwards."""
    registration = get_own_registration(request)
    if not issuance.is_confirmed(registration):
        return redirect("registration:ticket")
    if request.method != "POST":
        context = {"section": "register", "ticket": issuance.get_or_issue_ticket(registration)}
        return render(request, "registration/ticket_reissue.html", context)
    # Where it was cancelled in another window meanwhile, the page of the ticket says how things stand.
    with suppress(InvalidTransitionError):
        issuance.reissue_ticket(registration, request.user, old=parse_ticket_id(request.POST.get("ticket", "")))
        messages.success(request, _("Your ticket was replaced. The old ticket is no longer valid."))
    return redirect("registration:ticket")


def parse_ticket_id(text):
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


@personal_page
@require_safe
def validate_ticket(request, code):
    """The same page, status and headers for every code: what is asked here, and what is kept of it, tells nothing."""
    found = issuance.find_ticket(code)
    context = {"ticket": found, "is_valid": issuance.is_valid_ticket(found)}
    response = render(request, "registration/ticket_validation.html", context)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
