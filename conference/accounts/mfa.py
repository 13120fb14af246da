"""The second factor of those who work at the desk: an app that shows codes, or a passkey. Codes on paper stand in for
either where it is lost.

What counts is that it was shown in this session: who only knows the password, or sits at a browser where somebody
signed in before there was one, is not let in.
"""

from enum import Enum

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.exceptions import PermissionDenied

# Codes on paper are given out together with one of these, and do not replace it.
PRIMARY_FACTORS = {Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN}


class MFARequiredError(PermissionDenied):
    """Nothing is taken from somebody who has not shown it."""


class MFAStatus(Enum):
    """How somebody who is signed in stands: only the last two are let in."""

    MISSING = "has none"
    NOT_VERIFIED = "has one and did not show it in this session"
    EXEMPT = "has none, on a site that runs on this machine alone"
    VERIFIED = "has one and showed it"

    @property
    def grants_access(self):
        return self in (MFAStatus.EXEMPT, MFAStatus.VERIFIED)


def get_mfa_status(request):
    """Of the one who is signed in; asked of the database once for each request."""
    if getattr(request, "_second_factor", (None,))[0] != request.user.pk:
        request._second_factor = request.user.pk, compute_mfa_status(request)
    return request._second_factor[1]


def compute_mfa_status(request):
    types = dict(Authenticator.objects.filter(user_id=request.user.pk).values_list("pk", "type"))
    if not PRIMARY_FACTORS & set(types.values()):
        return MFAStatus.EXEMPT if is_exempt(request) else MFAStatus.MISSING
    records = get_authentication_records(request, request.user)
    # By its number: what was shown and is taken away since, because it was lost or stolen, opens nothing any more.
    shown = {record.get("id") for record in records if record.get("method") == "mfa"}
    return MFAStatus.VERIFIED if shown & types.keys() else MFAStatus.NOT_VERIFIED


def is_exempt(request):
    """Only for the account that quickstart made, only where the site is served to this machine alone, and only after
    the password: there anybody can read the letters, and the codes in them."""
    if any(record.get("method") == "code" for record in get_authentication_records(request, request.user)):
        return False
    return settings.MFA_OPTIONAL_LOCALLY and request.user.username == settings.ORGANIZER_EMAIL.strip().lower()


def has_mfa(request):
    """Whether the one who is signed in has a second factor, shown or not."""
    return get_mfa_status(request) in (MFAStatus.NOT_VERIFIED, MFAStatus.VERIFIED)


def reauthentication_url_name(user):
    """The name of the page that asks for it once more."""
    typed = Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.WEBAUTHN)
    return "mfa_reauthenticate" if typed.exists() else "mfa_reauthenticate_webauthn"


def reset_mfa(user):
    """Take away every factor of somebody who lost theirs, codes on paper included: how many there were. A browser that
    is still signed in to the desk with one of them is outside from its next page on."""
    return Authenticator.objects.filter(user=user).delete()[0]
