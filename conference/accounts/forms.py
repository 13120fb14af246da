"""Sign-in forms: labels, normalized e-mail addresses, rate limits, and passkeys from untrusted browsers."""

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.account.forms import LoginForm, RequestLoginCodeForm, ResetPasswordForm
from allauth.core import context, ratelimit
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as webauthn_forms
from django import forms
from django.core.exceptions import ValidationError
from django.db import Error
from django.utils.translation import gettext_lazy as _

from .email_ownership import find_account, normalize_email, proved_email
from .login_codes import TOO_MANY_CODES, may_request_code
from .rate_limits import consume_by_client

# allauth has no Vietnamese translation; these labels are in our catalogue.
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
# An error message of allauth, listed here so that makemessages finds it.
ALLAUTH_MESSAGES = [_("The two passwords do not match.")]


def apply_field_labels(form: forms.BaseForm) -> forms.BaseForm:
    """Give the form our labels, and remove the placeholders in which allauth repeats the label."""
    for bound_field in form:
        bound_field.label = FIELD_LABELS.get(bound_field.name, bound_field.label)
        bound_field.field.widget.attrs.pop("placeholder", None)
        if bound_field.name == "code":
            bound_field.field.widget.attrs["inputmode"] = "numeric"
    return form


class PasswordLoginForm(LoginForm):
    def clean_login(self) -> str:
        """Return the address as it is stored, because later steps of the sign-in look it up again."""
        return proved_email(super().clean_login())


class PasswordResetForm(ResetPasswordForm):
    def clean_email(self) -> str:
        """Return the normalized address: the e-mail goes to the stored spelling, not to the entered one."""
        email = normalize_email(self.cleaned_data["email"])
        if not consume_by_client(context.request, "reset_by_client", email):
            raise get_account_adapter().validation_error("rate_limited")
        user = find_account(email)
        self.users = [user] if user else []
        return email


class LoginCodeRequestForm(RequestLoginCodeForm):
    def clean_email(self) -> str:
        """Return the normalized address. The view looks up its owner."""
        email = normalize_email(self.cleaned_data["email"])
        is_within_limit = ratelimit.consume(context.request, action="request_login_code")
        if not is_within_limit or not may_request_code(context.request, email):
            raise ValidationError(TOO_MANY_CODES)
        return email


class InvalidCredentialMixin:
    """Reports any credential that the WebAuthn library cannot read as a wrong code."""

    def full_clean(self) -> None:
        try:
            super().full_clean()
        except Error:
            raise
        except Exception:
            # The library raises various exceptions for missing parts, wrong types and malformed CBOR.
            self.add_error("credential", get_adapter().validation_error("incorrect_code"))


class AddPasskeyForm(InvalidCredentialMixin, webauthn_forms.AddWebAuthnForm):
    pass


class AuthenticatePasskeyForm(InvalidCredentialMixin, webauthn_forms.AuthenticateWebAuthnForm):
    pass


class ReauthenticatePasskeyForm(InvalidCredentialMixin, webauthn_forms.ReauthenticateWebAuthnForm):
    pass


class PasskeyLoginForm(InvalidCredentialMixin, webauthn_forms.LoginWebAuthnForm):
    """Sign-in with a passkey alone, for attendees. Organizers need their password as well."""

    def clean_credential(self) -> Authenticator:
        authenticator = super().clean_credential()
        if authenticator.user.is_staff:
            raise get_adapter().validation_error("incorrect_code")
        return authenticator
