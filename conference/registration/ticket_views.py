"""One's own ticket, as a page and as a PDF, and the page that tells anybody whether a ticket is valid."""

import uuid
from contextlib import suppress

from allauth.core.internal import ratelimit
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ..account_urls import private
from . import tickets
from .own import mine, signed_in
from .states import NotPossible


@signed_in
@require_safe
def my_ticket(request):
    registration = mine(request)
    if registration is None:
        return redirect("my")
    if not tickets.is_confirmed(registration):
        context = {"section": "register", "registration": registration}
        return render(request, "registration/ticket_awaited.html", context)
    ticket = tickets.ticket_of(registration)
    context = {
        "section": "register",
        "registration": registration,
        "details": tickets.details(registration),
        "whose_days": tickets.whose_days(),
        "days": tickets.days(registration),
        "qr": tickets.qr_svg(tickets.address(ticket)),
        "spoken": tickets.spoken(ticket),
    }
    return render(request, "registration/ticket.html", context)


@signed_in
@require_safe
def my_ticket_pdf(request):
    registration = mine(request)
    if not tickets.is_confirmed(registration):
        return redirect("my_ticket")
    # It takes as long to make as a hundred pages to hand out. allauth's public function counts no GET.
    if not ratelimit.consume(request, app="allauth.account", action="ticket", limit_get=True):
        return ratelimit.respond_429(request)
    # What makes PDFs takes 40 MB of memory and a third of a second to import: only where somebody asks for one.
    from .ticket_pdf import pdf

    content = pdf(registration, tickets.ticket_of(registration))
    headers = {"Content-Disposition": 'attachment; filename="ticket.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def my_ticket_new(request):
    """Asks first: the old ticket, perhaps printed or passed on, is void afterwards."""
    registration = mine(request)
    if not tickets.is_confirmed(registration):
        return redirect("my_ticket")
    if request.method != "POST":
        context = {"section": "register", "ticket": tickets.ticket_of(registration)}
        return render(request, "registration/ticket_new.html", context)
    # Where it was cancelled in another window meanwhile, the page of the ticket says how things stand.
    with suppress(NotPossible):
        tickets.reissue(registration, request.user, old=_number(request.POST.get("ticket", "")))
        messages.success(request, _("This is your new ticket. The old one is void."))
    return redirect("my_ticket")


def _number(text):
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


@private
@require_safe
def ticket(request, code):
    """The same page, status and headers for every code: what is asked here, and what is kept of it, tells nothing."""
    found = tickets.find(code)
    context = {"ticket": found, "is_valid": tickets.is_valid(found)}
    response = render(request, "registration/ticket_check.html", context)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
