"""A seat that became free, offered by a link: whoever has the letter may take it, with one click and no sign-in.

The link dies with the offer, for the moment in which it was made is in it.
"""

from enum import Enum

from django.core.signing import BadSignature, Signer
from django.utils import timezone

from .models import Seat

_signer = Signer(salt="offer", sep=".")


class Offer(Enum):
    """What has become of one."""

    OPEN = "open"
    LAPSED = "lapsed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    REPLACED = "replaced"
    GONE = "gone"


def offer_token(seat):
    """For the address of an offered seat; it tells nothing of whom it is for."""
    return _signer.sign_object([seat.pk, _stamp(seat)])


def seat_of(token):
    """The seat and what became of the offer: None and GONE where there was none, or none any more."""
    try:
        number, stamp = map(str, _signer.unsign_object(token))
    except (BadSignature, ValueError, TypeError):
        return None, Offer.GONE
    seat = Seat.objects.select_related("registration__user").filter(pk=number).first() if number.isdecimal() else None
    return (seat, _became(seat, stamp)) if seat else (None, Offer.GONE)


def _stamp(seat):
    return seat.since.isoformat()


def _became(seat, stamp):
    if seat.state == Seat.State.OFFERED and _stamp(seat) != stamp:
        return Offer.REPLACED
    if seat.state == Seat.State.OFFERED:
        return Offer.OPEN if seat.offered_until > timezone.now() else Offer.LAPSED
    if seat.state == Seat.State.CONFIRMED:
        return Offer.ACCEPTED
    if seat.state == Seat.State.RELEASED and not seat.lapses:
        return Offer.REFUSED
    return Offer.LAPSED
