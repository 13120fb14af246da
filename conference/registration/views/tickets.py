"""An attendee's ticket as a page and as a PDF, its replacement, and the public page behind its QR code."""

import uuid
from contextlib import suppress

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from conference.accounts.decorators import personal_page
from conference.accounts.rate_limits import refuse_frequent_request
from conference.core.http import make_pdf_response
from conference.core.i18n.text import order_languages

from ..states import InvalidTransitionError
from ..status_messages import status_heading
from ..tickets import issuance
from ..tickets.days import explain_no_entry, list_ticket_days
from .decorators import attendee_login_required, get_own_registration

ISSUED_HEADING = gettext_lazy("This code was issued by this site.")
NOT_ISSUED_HEADING = gettext_lazy("This code was not issued by this site.")


@attendee_login_required
@require_safe
def ticket_page(request: HttpRequest) -> HttpResponse:
    registration = get_own_registration(request)
    if registration is None:
        return redirect("registration:dashboard")
    if not issuance.is_confirmed(registration):
        context = {"section": "register", "status_heading": status_heading(registration)}
        return render(request, "registration/ticket_pending.html", context)
    ticket, admission = issuance.get_or_issue_ticket(registration), registration.check_admission()
    context = {
        "section": "register",
        "registration": registration,
        "details": issuance.ticket_details(registration),
        "days_heading": issuance.days_heading(),
        "days": list_ticket_days(registration, admission),
        "no_entry_note": explain_no_entry(registration, admission),
        "qr_code": issuance.render_qr_svg(issuance.validation_url(ticket)) if admission.days else "",
        "short_code": issuance.short_code(ticket),
        "has_apple_wallet": settings.APPLE_WALLET is not None,
        "has_google_wallet": settings.GOOGLE_WALLET is not None,
    }
    return render(request, "registration/ticket.html", context)


@attendee_login_required
@require_safe
def ticket_pdf(request: HttpRequest) -> HttpResponse:
    registration = get_own_registration(request)
    if registration is None or not issuance.is_confirmed(registration):
        return redirect("registration:ticket")
    # Rendering takes as long as a hundred cached pages.
    if refusal := refuse_frequent_request(request, "ticket"):
        return refusal
    # Imported here because the PDF libraries take 40 MB of memory and a third of a second.
    from conference.registration.tickets.pdf import render_ticket_pdf

    content = render_ticket_pdf(registration, issuance.get_or_issue_ticket(registration))
    return make_pdf_response(content, "ticket.pdf")


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
    # Each replacement sends an e-mail with a PDF.
    if refusal := refuse_frequent_request(request, "ticket"):
        return refusal
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
    """Show whether this site has issued a code, in every language, and nothing about the ticket or its holder.

    Valid and void tickets get the same page after the same work: the signature alone decides. Only organizers cause a
    look-up of the ticket.
    """
    is_issued = issuance.is_own_code(code)
    is_registrar = is_issued and request.user.has_perm("registration.view_registration")
    context = {
        "code": code,
        "is_issued": is_issued,
        "ticket": issuance.find_ticket(code) if is_registrar else None,
        "headings": translate_heading(ISSUED_HEADING if is_issued else NOT_ISSUED_HEADING),
    }
    response = render(request, "registration/ticket_validation.html", context)
    # The code must not leave the site. With “no-referrer”, browsers would send the form without an origin, and the
    # protection against CSRF would refuse it.
    response.headers["Referrer-Policy"] = "strict-origin"
    return response


def translate_heading(heading: Promise) -> list[tuple[str, str]]:
    """Return pairs of a language and the heading in it, the active language first."""
    headings = []
    for language in order_languages():
        with translation.override(language):
            headings.append((language, str(heading)))
    return headings
