"""A seat that became free, offered by a link: whoever has the letter may take it, with one click and no sign-in.

The link dies with the offer, for the moment in which it was made is in it.
"""

from enum import Enum

from django.core.signing import BadSignature, Signer
from django.utils import timezone

from .models import Seat

offer_signer = Signer(salt="offer", sep=".")


class OfferStatus(Enum):
    """What has become of one."""

    OPEN = "open"
    EXPIRED = "lapsed"
    ACCEPTED = "accepted"
    DECLINED = "refused"
    REPLACED = "replaced"
    INVALID = "gone"


def make_offer_token(seat):
    """For the address of an offered seat; it tells nothing of whom it is for."""
    return offer_signer.sign_object([seat.pk, offer_version(seat)])


def resolve_offer_token(token):
    """The seat and what became of the offer: None and GONE where there was none, or none any more."""
    try:
        number, stamp = map(str, offer_signer.unsign_object(token))
    except (BadSignature, ValueError, TypeError):
        return None, OfferStatus.INVALID
    seat = Seat.objects.select_related("registration__user").filter(pk=number).first() if number.isdecimal() else None
    return (seat, determine_status(seat, stamp)) if seat else (None, OfferStatus.INVALID)


def offer_version(seat):
    return seat.queued_since.isoformat()


def determine_status(seat, stamp):
    if seat.status == Seat.Status.OFFERED and offer_version(seat) != stamp:
        return OfferStatus.REPLACED
    if seat.status == Seat.Status.OFFERED:
        return OfferStatus.OPEN if seat.offered_until > timezone.now() else OfferStatus.EXPIRED
    if seat.status == Seat.Status.CONFIRMED:
        return OfferStatus.ACCEPTED
    if seat.status == Seat.Status.RELEASED and not seat.expired_offers:
        return OfferStatus.DECLINED
    return OfferStatus.EXPIRED
