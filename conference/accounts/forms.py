"""Forms that take what a browser says of a passkey. It is anybody's text, and the library that reads it trips over some
of it in ways of its own: whatever cannot be read as a passkey is refused in words, like a wrong code."""

from allauth.account.forms import RequestLoginCodeForm
from allauth.core import context, ratelimit
from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn import forms
from django.core.exceptions import ValidationError
from django.db import Error
from django.utils.translation import gettext_lazy as _

from conference.accounts.email_ownership import normalize_email
from conference.accounts.login_codes import TOO_MANY_CODES, may_request_code


class InvalidCredentialMixin:
    def full_clean(self):
        try:
            super().full_clean()
        except Error:
            raise
        except Exception:
            # Missing parts, parts of another type, broken CBOR, a signature that is somebody else's.
            self.add_error("credential", get_adapter().validation_error("incorrect_code"))


class AddPasskeyForm(InvalidCredentialMixin, forms.AddWebAuthnForm):
    pass


class AuthenticatePasskeyForm(InvalidCredentialMixin, forms.AuthenticateWebAuthnForm):
    pass


class ReauthenticatePasskeyForm(InvalidCredentialMixin, forms.ReauthenticateWebAuthnForm):
    pass


class PasskeyLoginForm(InvalidCredentialMixin, forms.LoginWebAuthnForm):
    """To sign in with nothing else. Organizers have a password and show the passkey after it."""

    def clean_credential(self):
        found = super().clean_credential()
        if found.user.is_staff:
            raise get_adapter().validation_error("incorrect_code")
        return found


# What allauth's fields are called here. It speaks no Vietnamese; this is translated with the rest of the site.
FIELD_LABELS = {
    "login": _("E-mail address"),
    "email": _("E-mail address"),
    "password": _("Password"),
    "remember": _("Keep me signed in on this computer"),
    "oldpassword": _("Current password"),
    "password1": _("New password"),
    "password2": _("Repeat new password"),
    "code": _("Code"),
    "name": _("Name of this passkey"),
}


# Said by allauth itself, so it must be spelled as there.
ALLAUTH_MESSAGES = [_("The two passwords do not match.")]


def apply_field_labels(form):
    """The form with our labels; what allauth repeats inside the fields is gone with the first letter typed."""
    for bound in form:
        bound.label = FIELD_LABELS.get(bound.name, bound.label)
        bound.field.widget.attrs.pop("placeholder", None)
        if bound.name == "code":
            bound.field.widget.attrs["inputmode"] = "numeric"
    return form


class LoginCodeRequestForm(RequestLoginCodeForm):
    def clean_email(self) -> str:
        """Return the normalized address. Whose it is, the view looks up."""
        address = normalize_email(self.cleaned_data["email"])
        is_within_limit = ratelimit.consume(context.request, action="request_login_code")
        if not is_within_limit or not may_request_code(context.request, address):
            raise ValidationError(TOO_MANY_CODES)
        return address
