"""URLs of accounts. Every page is private and uses the layout of the site."""

from allauth.account import urls as account_urls
from allauth.mfa.base import views as mfa_views
from allauth.mfa.recovery_codes import views as recovery_code_views
from allauth.mfa.totp import views as totp_views
from allauth.mfa.webauthn import views as passkey_views
from django.urls import URLPattern, path, re_path

from . import invitation_views, views
from .decorators import mfa_verification_required, personal_page

# The URL names are allauth's, which reverses them. Our views come first and so replace allauth's of the same path.
account_patterns = [
    path("login/code/", views.RequestLoginCodeView.as_view(), name="account_request_login_code"),
    path("login/code/confirm/", views.ConfirmLoginCodeView.as_view(), name="account_confirm_login_code"),
    path("login/code/other/", views.ChangeLoginEmailView.as_view(), name="account_change_login_email"),
    path("confirm-email/<str:key>/", views.ConfirmEmailView.as_view(), name="account_confirm_email"),
    re_path(
        "^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.PasswordResetFromKeyView.as_view(),
        name="account_reset_password_from_key",
    ),
    path("invitation/<str:token>/", invitation_views.invitation_view, name="account_invitation"),
    path("login/passkey/", views.PasskeyLoginView.as_view(), name="account_passkey_login"),
    *account_urls.urlpatterns,
    path("2fa/authenticate/", mfa_views.authenticate, name="mfa_authenticate"),
    path("2fa/reauthenticate/", mfa_views.reauthenticate, name="mfa_reauthenticate"),
    path("2fa/passkeys/reauthenticate/", passkey_views.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
]

mfa_patterns = [
    path("2fa/", mfa_views.index, name="mfa_index"),
    path("2fa/app/", views.ActivateAppView.as_view(), name="mfa_activate_totp"),
    path("2fa/app/remove/", totp_views.deactivate_totp, name="mfa_deactivate_totp"),
    path("2fa/codes/", recovery_code_views.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("2fa/codes/new/", recovery_code_views.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("2fa/codes/file/", recovery_code_views.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("2fa/passkeys/", passkey_views.list_webauthn, name="mfa_list_webauthn"),
    path("2fa/passkeys/add/", views.AddPasskeyView.as_view(), name="mfa_add_webauthn"),
    path("2fa/passkeys/<int:pk>/remove/", passkey_views.remove_webauthn, name="mfa_remove_webauthn"),
    path("2fa/passkeys/<int:pk>/name/", passkey_views.edit_webauthn, name="mfa_edit_webauthn"),
]


def decorate(decorator, patterns: list[URLPattern]) -> list[URLPattern]:
    """Return the same URL patterns with each view decorated."""
    return [
        URLPattern(pattern.pattern, decorator(pattern.callback), pattern.default_args, pattern.name)
        for pattern in patterns
    ]


urlpatterns = decorate(personal_page, account_patterns) + decorate(mfa_verification_required, mfa_patterns)
