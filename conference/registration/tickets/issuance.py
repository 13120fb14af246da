"""Tickets: the proof that a registration is confirmed.

A ticket's code is its number with a signature. It carries nothing about the person, nobody can make one up, and whoever
reads it learns whether it is valid and no more. Codes are signed with SECRET_KEY: with another key, and without the old
one among SECRET_KEY_FALLBACKS, every ticket that was printed is not valid any more.
"""

import datetime
import uuid

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.utils.translation import gettext as _

from conference.core import qr
from conference.core.countries import get_country_name
from conference.core.text import LocalizedText
from conference.core.timezones import utc_offset
from conference.site_data import get_site_data

from ..models import Mode, Registration, RegistrationEvent, RegistrationStatus, Seat, Ticket
from ..states import InvalidTransitionError

# No ticket has this number, which stands in for what no ticket's number can be read from.
NIL_UUID = uuid.UUID(int=0)


def get_or_issue_ticket(registration):
    """The ticket that holds, made where there is none yet. Raises NotPossible where nothing is confirmed."""
    check_confirmed(registration)
    return Ticket.objects.get_or_create(registration=registration, voided_at=None)[0]


def reissue_ticket(registration, by, *, old=None):
    """A new ticket; the one before is void from now on. Raises NotPossible where nothing is confirmed.

    old is the ticket to be replaced, if that matters: where another holds by now it stays, so that a form which is sent
    twice makes one ticket.
    """
    with transaction.atomic():
        held = Registration.objects.select_for_update().filter(pk=registration.pk).first()
        check_confirmed(held)
        live = held.tickets.filter(voided_at=None)
        if old is not None and (other := live.exclude(pk=old).first()):
            return other
        now = timezone.now()
        live.update(voided_at=now)
        held.events.create(
            action=RegistrationEvent.Action.TICKET_REISSUED, before=held.status, after=held.status, at=now, by=by
        )
        return held.tickets.create()


def check_confirmed(registration):
    if not is_confirmed(registration):
        raise InvalidTransitionError(_("Only confirmed registrations have a ticket."))


def is_confirmed(registration):
    return registration is not None and registration.status == RegistrationStatus.CONFIRMED


def encode_ticket(ticket):
    """22 letters for the number, a full stop, 43 for the signature (HMAC with SHA-256)."""
    return ticket_signer().sign(urlsafe_base64_encode(ticket.pk.bytes))


def find_ticket(code):
    """The ticket that a code stands for, or None. Whatever the code is, the database is asked once."""
    return Ticket.objects.select_related("registration").filter(pk=decode_ticket_id(code)).first()


def decode_ticket_id(code):
    try:
        return uuid.UUID(bytes=urlsafe_base64_decode(ticket_signer().unsign(code)))
    except (BadSignature, ValueError):
        return NIL_UUID


def ticket_signer():
    return Signer(salt="ticket", sep=".")


def is_valid_ticket(ticket):
    """Whether it lets somebody in; None, for a code without a ticket, does not."""
    return ticket is not None and ticket.voided_at is None and is_confirmed(ticket.registration)


def validation_url(ticket):
    """Where anybody can ask whether the ticket is valid; the same in every language, for it is printed."""
    with translation.override(settings.LANGUAGE_CODE):
        return settings.SITE_URL + reverse("registration:validate_ticket", args=[encode_ticket(ticket)])


def short_code(ticket):
    """The beginning of its number in two groups, to be read aloud: enough to look it up, too little to be let in."""
    digits = ticket.pk.hex[:8].upper()
    return f"{digits[:4]} {digits[4:]}"


def render_qr_svg(text):
    rows = qr.build_matrix(text)
    return render_to_string("registration/ticket_qr.svg", {"size": len(rows), "path": qr.svg_path(rows)})


def ticket_details(registration):
    """Pairs of a label and a text: what a ticket says about the person, besides the name on the badge."""
    return [
        (_("Name as in passport"), registration.passport_name),
        (_("Organization"), registration.organization),
        (_("Category"), str(LocalizedText.of(registration.category, "name"))),
        (_("Country or territory"), get_country_name(registration.country.code)),
    ]


def days_heading():
    """Of which days a ticket speaks: a day in Ha Noi begins on the evening before in New York."""
    noon = datetime.datetime.combine(get_site_data().starts_on, datetime.time(12), get_site_data().time_zone)
    words = {"city": get_site_data().city, "offset": utc_offset(get_site_data().time_zone, noon)}
    return _("Days (%(city)s time, %(offset)s)") % words


def confirmed_days(registration):
    """Pairs of a day and how it is attended, of all that is confirmed."""
    return [(seat.day, format_attendance(seat)) for seat in registration.seats.filter(status=Seat.Status.CONFIRMED)]


def format_attendance(seat):
    if not seat.is_interim:
        return seat.get_mode_display()
    if seat.mode == Mode.ONLINE:
        return _("Online, until an in-person seat is free")
    return _("In person, until a place online is free")
