"""Our forms in place of those of django-allauth, by its names.

The settings read this module, so it imports nothing.
"""

ACCOUNT_FORMS = {
    "add_email": "conference.accounts.forms.AddAddressForm",
    "confirm_login_code": "conference.accounts.forms.LoginCodeForm",
    "login": "conference.accounts.forms.PasswordLoginForm",
    "request_login_code": "conference.accounts.forms.LoginCodeRequestForm",
    "reset_password": "conference.accounts.forms.PasswordResetForm",
}

MFA_FORMS = {
    "activate_totp": "conference.accounts.forms.ActivateAppForm",
    "add_webauthn": "conference.accounts.forms.AddPasskeyForm",
    "authenticate": "conference.accounts.forms.AuthenticateCodeForm",
    "authenticate_webauthn": "conference.accounts.forms.AuthenticatePasskeyForm",
    "login_webauthn": "conference.accounts.forms.PasskeyLoginForm",
    "reauthenticate": "conference.accounts.forms.ReauthenticateCodeForm",
    "reauthenticate_webauthn": "conference.accounts.forms.ReauthenticatePasskeyForm",
}
