"""The second factor of those who work at the desk: an app that shows codes, or a passkey. Codes on paper stand in for
either where it is lost.

What counts is that it was shown in this session: who only knows the password, or sits at a browser where somebody
signed in before there was one, is not let in.
"""

from enum import Enum

from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.webauthn.internal.auth import begin_registration
from allauth.mfa.webauthn.views import AddWebAuthnView
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.template.loader import render_to_string
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions.live import NotReady

from . import qr
from .site import site

# Codes on paper are given out together with one of these, and do not replace it.
FACTORS = {Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN}


class SecondFactorNeeded(PermissionDenied):
    """Nothing is taken from somebody who has not shown it."""


class Standing(Enum):
    """How somebody who is signed in stands: only the last two are let in."""

    MISSING = "has none"
    NOT_SHOWN = "has one and did not show it in this session"
    MAY_WAIT = "has none, on a site that runs on this machine alone"
    SHOWN = "has one and showed it"

    @property
    def is_enough(self):
        return self in (Standing.MAY_WAIT, Standing.SHOWN)


def standing(request):
    """Of the one who is signed in; asked of the database once for each request."""
    if getattr(request, "_second_factor", (None,))[0] != request.user.pk:
        request._second_factor = request.user.pk, _standing(request)
    return request._second_factor[1]


def _standing(request):
    types = dict(Authenticator.objects.filter(user_id=request.user.pk).values_list("pk", "type"))
    if not FACTORS & set(types.values()):
        return Standing.MAY_WAIT if _may_wait(request) else Standing.MISSING
    records = get_authentication_records(request, request.user)
    # By its number: what was shown and is taken away since, because it was lost or stolen, opens nothing any more.
    shown = {record.get("id") for record in records if record.get("method") == "mfa"}
    return Standing.SHOWN if shown & types.keys() else Standing.NOT_SHOWN


def _may_wait(request):
    """Only for the account that quickstart made, only where the site is served to this machine alone, and only after
    the password: there anybody can read the letters, and the codes in them."""
    if any(record.get("method") == "code" for record in get_authentication_records(request, request.user)):
        return False
    return settings.SECOND_FACTOR_MAY_WAIT and request.user.username == settings.ORGANIZER_EMAIL.strip().lower()


def has_one(request):
    """Whether the one who is signed in has a second factor, shown or not."""
    return standing(request) in (Standing.NOT_SHOWN, Standing.SHOWN)


def where_to_show_it(user):
    """The name of the page that asks for it once more."""
    typed = Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.WEBAUTHN)
    return "mfa_reauthenticate" if typed.exists() else "mfa_reauthenticate_webauthn"


def reset(user):
    """Take away every factor of somebody who lost theirs, codes on paper included: how many there were. A browser that
    is still signed in to the desk with one of them is outside from its next page on."""
    return Authenticator.objects.filter(user=user).delete()[0]


class _ShownByMakingIt:
    """Whoever makes a factor has just proved that it works, and is not asked for it again on the next page."""

    def form_valid(self, form):
        response = super().form_valid(form)
        made = Authenticator.objects.filter(user=self.request.user, type__in=FACTORS).latest("pk")
        post_authentication(self.request, made, reauthenticated=True)
        return response


class MakeApp(_ShownByMakingIt, ActivateTOTPView):
    pass


class MakePasskey(_ShownByMakingIt, AddWebAuthnView):
    def get_context_data(self, **kwargs):
        """Attendees may sign in with it and nothing else, so it has to ask for a finger, a face or a PIN."""
        context, user = super().get_context_data(**kwargs), self.request.user
        if not user.is_staff:
            context["js_data"] = {"creation_options": begin_registration(user, passwordless=True)}
        return context


class Adapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_generate_recovery_codes": _("Set up an app or a passkey first; the codes on paper stand in for it."),
        "incorrect_code": _("This code is not right, or not any more: each is good once, and for half a minute."),
    }

    def get_totp_issuer(self):
        return self._get_site_name()

    def _get_site_name(self):
        try:
            return str(site().short_name)
        except NotReady:
            return settings.SITE_HOST

    def build_totp_svg(self, url):
        """A drawing to stand in the page itself: as an address (data:) the browser would not be allowed to show it."""
        rows = qr.squares(url)
        return render_to_string("mfa/totp/_code.svg", {"size": len(rows), "path": qr.path(rows)})

    def generate_authenticator_name(self, user, type):
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return gettext("Passkey %(number)s") % {"number": number}
