"""Signed links to offers of a seat. The link alone authorizes the answer, without signing in.

The token contains the time of the offer, so that it is valid for one offer only.
"""

from enum import Enum

from django.core.signing import BadSignature, Signer

from conference.core.i18n.text import normalize_code

from .models import Seat

offer_signer = Signer(salt="offer", sep=".")


class OfferStatus(Enum):
    OPEN = "open"
    EXPIRED = "expired"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    REPLACED = "replaced"
    INVALID = "invalid"


def make_offer_token(seat: Seat) -> str:
    """Return the token for the URL of an offered seat. It contains no personal data."""
    return offer_signer.sign_object([seat.pk, offer_version(seat)])


def resolve_offer_token(token: str) -> tuple[Seat | None, OfferStatus]:
    """Return the seat and the status of the offer; None and INVALID if the token or the seat does not exist."""
    try:
        seat_id, version = map(str, offer_signer.unsign_object(normalize_code(token)))
    except (BadSignature, ValueError, TypeError):
        return None, OfferStatus.INVALID
    if not seat_id.isdecimal():
        return None, OfferStatus.INVALID
    seat = Seat.objects.select_related("registration__user").filter(pk=seat_id).first()
    return (seat, determine_status(seat, version)) if seat else (None, OfferStatus.INVALID)


def offer_version(seat: Seat) -> str:
    return seat.queued_since.isoformat()


def determine_status(seat: Seat, version: str) -> OfferStatus:
    if seat.status == Seat.Status.OFFERED and offer_version(seat) != version:
        return OfferStatus.REPLACED
    if seat.status == Seat.Status.OFFERED:
        return OfferStatus.OPEN if seat.has_open_offer else OfferStatus.EXPIRED
    if seat.status == Seat.Status.CONFIRMED:
        return OfferStatus.ACCEPTED
    if seat.is_released and not seat.expired_offers:
        return OfferStatus.DECLINED
    return OfferStatus.EXPIRED
