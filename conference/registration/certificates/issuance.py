"""Certificates of attendance: who gets one, issuing it, and finding it by its code.

A certificate is valid as long as it says what the records say. A corrected name, an undone check-in or a further day
makes it invalid at once, and the next request for it issues another one with a new code.
"""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from ..days import is_conference_day, is_day_over
from ..models import AttendedDay, Certificate, Registration, Seat, attended_days
from ..states import InvalidTransitionError
from .codes import format_code, normalize_certificate_code


class Entitlement(Enum):
    """Whether a person gets a certificate."""

    READY = "ready"
    # A day of the person is not over.
    TOO_EARLY = "too_early"
    # The person changed reviewed details, such as the name, and the organizers have not approved them.
    UNDER_REVIEW = "under_review"
    NOT_PRESENT = "not_present"
    # The person neither had a day nor was present.
    NO_DAYS = "no_days"


@dataclass(frozen=True)
class CertificateState:
    """Whether a person gets a certificate, the days of presence so far, and the last day of the person if any."""

    entitlement: Entitlement
    days: Sequence[AttendedDay] = ()
    last_day: datetime.date | None = None

    @property
    def is_ready(self) -> bool:
        return self.entitlement is Entitlement.READY


def check_certificate(registration: Registration, seats: Iterable[Seat] | None = None) -> CertificateState:
    """Return whether the person gets a certificate now. Presence counts, whatever became of the registration since.

    Pass the seats of the registration if they are loaded.
    """
    present = attended_days(registration)
    seats = registration.seats.all() if seats is None else seats
    own_days = [seat.day for seat in seats if seat.status == Seat.Status.CONFIRMED and is_conference_day(seat.day)]
    last_day = max([*own_days, *(attended.day for attended in present)], default=None)
    if last_day is None:
        return CertificateState(Entitlement.NO_DAYS)
    if not is_day_over(last_day):
        return CertificateState(Entitlement.TOO_EARLY, present, last_day)
    if not present:
        return CertificateState(Entitlement.NOT_PRESENT, present, last_day)
    entitlement = Entitlement.UNDER_REVIEW if registration.is_pending else Entitlement.READY
    return CertificateState(entitlement, present, last_day)


def get_or_issue_certificate(registration: Registration) -> Certificate:
    """Return the certificate of a person. One that says something else than the records is replaced.

    Raise InvalidTransitionError unless the person gets one.
    """
    with transaction.atomic():
        locked = Registration.objects.select_for_update().filter(pk=registration.pk).first()
        state = check_certificate(locked) if locked else CertificateState(Entitlement.NO_DAYS)
        if not state.is_ready:
            raise InvalidTransitionError(_("There is no certificate for this registration."))
        current = locked.certificates.current().first()
        if current and current.says(locked.passport_name, state.days):
            return current
        locked.certificates.current().update(revoked_at=timezone.now())
        days = Certificate.serialize_days(state.days)
        return Certificate.objects.create(registration=locked, name=locked.passport_name, days=days)


def find_certificate(text: str) -> Certificate | None:
    """Return the valid certificate of a code in any spelling; None for unknown codes and for replaced certificates."""
    certificates = Certificate.objects.current().select_related("registration")
    certificate = certificates.filter(code=normalize_certificate_code(text)).first()
    return certificate if certificate and is_valid(certificate) else None


def is_valid(certificate: Certificate) -> bool:
    registration = certificate.registration
    return certificate.says(registration.passport_name, attended_days(registration))


def verification_url(certificate: Certificate) -> str:
    """Return the URL of the public verification page, the same in every language because it is printed."""
    with translation.override(settings.LANGUAGE_CODE):
        return settings.SITE_URL + reverse("registration:verify_certificate", args=[format_code(certificate.code)])


def verification_form_url() -> str:
    with translation.override(settings.LANGUAGE_CODE):
        return settings.SITE_URL + reverse("registration:find_certificate")
