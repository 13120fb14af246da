"""Tickets: proof that a registration is confirmed.

A ticket's code is the ticket's id with a signature. It holds no personal data, and it cannot be forged. Codes are
signed with SECRET_KEY: if the key is changed and not added to SECRET_KEY_FALLBACKS, all printed tickets become invalid.
"""

import datetime
import re
import unicodedata
import uuid
from typing import TypeGuard

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from conference.core import qr
from conference.core.i18n.text import LocalizedText, normalize_code
from conference.core.i18n.timezones import utc_offset
from conference.site_data import get_site_data

from ..emails import queue_registration_email
from ..models import Registration, RegistrationStatus, Ticket
from ..states import InvalidTransitionError
from .replacement import make_event, void_tickets

# Looked up in place of a code that holds no id, so that every code costs one query. No ticket has this id.
NIL_UUID = uuid.UUID(int=0)
TICKET_NUMBER = "[0-9A-Fa-f]{8,32}"
TICKET_BATCH = 1000
# Parts of a code: all codes that were ever printed depend on them.
TICKET_SALT, TICKET_SEPARATOR = "ticket", "."


def get_or_issue_ticket(registration: Registration) -> Ticket:
    """Return the registration's valid ticket. Raise InvalidTransitionError unless it is confirmed."""
    check_confirmed(registration)
    if ticket := registration.tickets.valid().first():
        return ticket
    with transaction.atomic():
        # With the row locked, no ticket is issued for a registration that is being cancelled.
        locked = Registration.objects.select_for_update().filter(pk=registration.pk).first()
        check_confirmed(locked)
        return locked.tickets.get_or_create(voided_at=None)[0]


def issue_missing_tickets(registrations: QuerySet[Registration]) -> int:
    """Issue a ticket to each confirmed one of these registrations without one, and return how many there were."""
    with_ticket = Ticket.objects.valid().values("registration")
    without = registrations.filter(status=RegistrationStatus.CONFIRMED).exclude(pk__in=with_ticket)
    keys = list(without.order_by().values_list("pk", flat=True))
    # A ticket that another request has issued meanwhile stays.
    Ticket.objects.bulk_create(
        [Ticket(registration_id=key) for key in keys], ignore_conflicts=True, batch_size=TICKET_BATCH
    )
    return len(keys)


def reissue_ticket(registration: Registration, by: AbstractBaseUser | None, *, old: uuid.UUID | None = None) -> Ticket:
    """Void the ticket and return a new one, which is e-mailed. Raise InvalidTransitionError unless it is confirmed.

    old is the id of the ticket to replace. If it was replaced already, the current ticket is returned, so that a form
    which is sent twice creates one ticket.
    """
    with transaction.atomic():
        locked = Registration.objects.select_for_update().filter(pk=registration.pk).first()
        check_confirmed(locked)
        if old is not None and (current := locked.tickets.valid().exclude(pk=old).first()):
            return current
        now = timezone.now()
        void_tickets(locked, now)
        make_event(registration=locked, before=locked.status, after=locked.status, at=now, by=by).save()
        queue_registration_email("ticket_replaced", locked)
        return locked.tickets.create()


def check_confirmed(registration: Registration | None) -> None:
    if not is_confirmed(registration):
        raise InvalidTransitionError(_("Only confirmed registrations have a ticket."))


def is_confirmed(registration: Registration | None) -> TypeGuard[Registration]:
    return registration is not None and registration.status == RegistrationStatus.CONFIRMED


def encode_ticket(ticket: Ticket) -> str:
    """Return the ticket's code: the id in 22 characters, a full stop and an HMAC-SHA-256 signature in 43."""
    return ticket_signer().sign(urlsafe_base64_encode(ticket.pk.bytes))


def find_ticket(code: str) -> Ticket | None:
    """Return the ticket of a code, in one query whatever the code."""
    return Ticket.objects.select_related("registration").filter(pk=decode_ticket_id(code)).first()


def decode_ticket_id(code: str) -> uuid.UUID:
    """Return the id in a code; NIL_UUID if the code is malformed or its signature is wrong."""
    try:
        return uuid.UUID(bytes=urlsafe_base64_decode(ticket_signer().unsign(normalize_code(code))))
    except (BadSignature, ValueError):
        return NIL_UUID


def is_own_code(code: str) -> bool:
    """Return whether this site has signed a code. This discloses nothing about the ticket, and takes no query."""
    return decode_ticket_id(code) != NIL_UUID


def ticket_signer() -> Signer:
    return Signer(salt=TICKET_SALT, sep=TICKET_SEPARATOR)


def validation_url(ticket: Ticket) -> str:
    """Return the URL of the public validation page, the same in every language because it is printed."""
    with translation.override(settings.LANGUAGE_CODE):
        return settings.SITE_URL + reverse("registration:validate_ticket", args=[encode_ticket(ticket)])


def short_code(ticket: Ticket) -> str:
    """Return the first eight digits of the id in two groups: enough to look up a ticket, not enough to validate one."""
    digits = ticket.pk.hex[:8].upper()
    return f"{digits[:4]} {digits[4:]}"


def find_tickets_by_number(text: str) -> QuerySet[Ticket]:
    """Return the tickets, valid or not, whose number a text is: short_code() or more digits of the id."""
    digits = re.sub(r"[\s\-–.]", "", unicodedata.normalize("NFKC", text))
    if not re.fullmatch(TICKET_NUMBER, digits):
        return Ticket.objects.none()
    # A range works for UUIDs whether the database stores them as text or not.
    return Ticket.objects.filter(pk__range=(uuid.UUID(digits.ljust(32, "0")), uuid.UUID(digits.ljust(32, "f"))))


def render_qr_svg(text: str) -> SafeString:
    rows = qr.build_matrix(text)
    return render_to_string("registration/ticket_qr.svg", {"size": len(rows), "path": qr.svg_path(rows)})


def ticket_details(registration: Registration) -> list[tuple[str, str]]:
    """Return pairs of a label and a value that the ticket shows in addition to the name on the badge."""
    details = [
        (_("Name as in passport"), registration.passport_name),
        (_("Organization"), registration.organization),
        (_("Category"), str(LocalizedText.of(registration.category, "name"))),
    ]
    country = registration.country_name
    return [*details, (_("Country or territory"), country)] if country else details


def days_heading() -> str:
    """Return the label of the days with the conference's time zone, such as “Days (Ha Noi time, UTC+7)”."""
    noon = datetime.datetime.combine(get_site_data().starts_on, datetime.time(12), get_site_data().time_zone)
    values = {"city": get_site_data().clock_place, "offset": utc_offset(get_site_data().time_zone, noon)}
    return _("Days (%(city)s time, %(offset)s)") % values
