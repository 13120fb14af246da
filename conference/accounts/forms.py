"""Sign-in forms: labels, canonical e-mail addresses, codes, rate limits, and passkeys from untrusted browsers."""

from typing import Any

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.account.forms import (
    AddEmailForm,
    ConfirmLoginCodeForm,
    LoginForm,
    RequestLoginCodeForm,
    ResetPasswordForm,
)
from allauth.core import context, ratelimit
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn import forms as webauthn_forms
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import Error
from django.utils.translation import gettext_lazy as _

from conference.core.form_fields import DigitsField, EmailAddressField

from .email_ownership import find_account
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


def make_email_field() -> EmailAddressField:
    return EmailAddressField(
        label=FIELD_LABELS["email"],
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"invalid": _("This is not a valid e-mail address. Example: name@example.org.")},
    )


def make_code_field(length: int | None = None) -> DigitsField:
    return DigitsField(
        length=length, label=FIELD_LABELS["code"], widget=forms.TextInput(attrs={"autocomplete": "one-time-code"})
    )


class PasswordLoginForm(LoginForm):
    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["login"] = make_email_field()
        self.order_fields(["login"])


class PasswordResetForm(ResetPasswordForm):
    email = make_email_field()

    def clean_email(self) -> str:
        """Return the address: the e-mail goes to the stored spelling, not to the entered one."""
        email = self.cleaned_data["email"]
        if not consume_by_client(context.request, "reset_by_client", email):
            raise get_account_adapter().validation_error("rate_limited")
        user = find_account(email)
        self.users = [user] if user else []
        return email


class LoginCodeRequestForm(RequestLoginCodeForm):
    email = make_email_field()

    def clean_email(self) -> str:
        """Return the address. The view looks up its owner."""
        email = self.cleaned_data["email"]
        is_within_limit = ratelimit.consume(context.request, action="request_login_code")
        if not is_within_limit or not may_request_code(context.request, email):
            raise ValidationError(TOO_MANY_CODES)
        return email


class AddAddressForm(AddEmailForm):
    email = make_email_field()


class LoginCodeForm(ConfirmLoginCodeForm):
    code = make_code_field(settings.ACCOUNT_LOGIN_BY_CODE_FORMAT["length"])


class ActivateAppForm(ActivateTOTPForm):
    code = make_code_field()


class AuthenticateCodeForm(AuthenticateForm):
    """A code of the authenticator app or a recovery code."""

    code = make_code_field()


class ReauthenticateCodeForm(ReauthenticateForm):
    code = make_code_field()


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
