"""Forms that take what a browser says of a passkey. It is anybody's text, and the library that reads it trips over some
of it in ways of its own: whatever cannot be read as a passkey is refused in words, like a wrong code."""

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn import forms
from django.db import Error


class _Refusing:
    def full_clean(self):
        try:
            super().full_clean()
        except Error:
            raise
        except Exception:
            # Missing parts, parts of another type, broken CBOR, a signature that is somebody else's.
            self.add_error("credential", get_adapter().validation_error("incorrect_code"))


class Add(_Refusing, forms.AddWebAuthnForm):
    pass


class Show(_Refusing, forms.AuthenticateWebAuthnForm):
    pass


class ShowAgain(_Refusing, forms.ReauthenticateWebAuthnForm):
    pass


class Use(_Refusing, forms.LoginWebAuthnForm):
    """To sign in with nothing else. Organizers have a password and show the passkey after it."""

    def clean_credential(self):
        found = super().clean_credential()
        if found.user.is_staff:
            raise get_adapter().validation_error("incorrect_code")
        return found
