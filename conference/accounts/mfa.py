"""Two-factor authentication of organizers: an authenticator app or a passkey, with recovery codes as a backup.

The admin requires that the second factor was verified in the current session.
"""

from enum import Enum

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from conference.core.email_addresses import email_key

# Recovery codes complement one of these and do not replace it.
PRIMARY_FACTORS = {Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN}


class MFARequiredError(PermissionDenied):
    """A request that changes data came from a session without a verified second factor."""


class MFAStatus(Enum):
    """The second factor of the user in this session. Only the last two statuses grant access to the admin."""

    MISSING = "not set up"
    NOT_VERIFIED = "set up, not verified in this session"
    EXEMPT = "not set up, and optional on a local site"
    VERIFIED = "verified in this session"

    @property
    def grants_access(self) -> bool:
        return self in (MFAStatus.EXEMPT, MFAStatus.VERIFIED)


def get_mfa_status(request: HttpRequest) -> MFAStatus:
    """Return the status of the signed-in user, queried once per request."""
    user_id, status = getattr(request, "mfa_status", (None, None))
    if user_id != request.user.pk:
        status = compute_mfa_status(request)
        request.mfa_status = request.user.pk, status
    return status


def compute_mfa_status(request: HttpRequest) -> MFAStatus:
    types = dict(Authenticator.objects.filter(user_id=request.user.pk).values_list("pk", "type"))
    if not PRIMARY_FACTORS & set(types.values()):
        return MFAStatus.EXEMPT if is_exempt(request) else MFAStatus.MISSING
    records = get_authentication_records(request, request.user)
    # Compared by primary key, so that a removed (lost or stolen) factor no longer counts.
    verified_ids = {record.get("id") for record in records if record.get("method") == "mfa"}
    return MFAStatus.VERIFIED if verified_ids & types.keys() else MFAStatus.NOT_VERIFIED


def is_exempt(request: HttpRequest) -> bool:
    """Return whether the second factor is optional: for quickstart's account, on a local site, after a password.

    A code sent by e-mail does not suffice, because the outbox of a local site is open to everyone.
    """
    if any(record.get("method") == "code" for record in get_authentication_records(request, request.user)):
        return False
    return settings.MFA_OPTIONAL_LOCALLY and email_key(request.user.username) == email_key(settings.ORGANIZER_EMAIL)


def has_mfa(request: HttpRequest) -> bool:
    """Return whether the signed-in user has a second factor, verified or not."""
    return get_mfa_status(request) in (MFAStatus.NOT_VERIFIED, MFAStatus.VERIFIED)


def reauthentication_url_name(user: User) -> str:
    """Return the URL name of the page on which the user verifies the second factor again."""
    with_code = Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.WEBAUTHN)
    return "mfa_reauthenticate" if with_code.exists() else "mfa_reauthenticate_webauthn"


def reset_mfa(user: User) -> int:
    """Delete all second factors and recovery codes of a user who lost them, and return how many there were.

    Sessions in which one of them was verified lose access to the admin with the next request.
    """
    return Authenticator.objects.filter(user=user).delete()[0]
