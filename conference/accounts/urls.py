"""allauth's addresses, each page in the frame of this site and kept by nobody."""

from allauth.account import urls
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as app
from allauth.mfa.webauthn import views as passkeys
from django.urls import URLPattern, path, re_path

from conference.accounts.decorators import mfa_verification_required, personal_page
from conference.accounts.views import ConfirmLoginCodeView, RequestLoginCodeView, change_email

from .email_views import ConfirmEmail, ResetFromLink
from .views import ActivateAppView, AddPasskeyView, PasskeyLoginView

# Named as in allauth, which refers to them by name; the first of two is the one that is found.
urlpatterns = [
    path("login/code/", personal_page(RequestLoginCodeView.as_view()), name="account_request_login_code"),
    path("login/code/confirm/", personal_page(ConfirmLoginCodeView.as_view()), name="account_confirm_login_code"),
    path("login/code/other/", personal_page(change_email), name="account_change_login_email"),
    path("confirm-email/<str:key>/", personal_page(ConfirmEmail.as_view()), name="account_confirm_email"),
    re_path(
        "^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        personal_page(ResetFromLink.as_view()),
        name="account_reset_password_from_key",
    ),
    path("login/passkey/", personal_page(PasskeyLoginView.as_view()), name="account_passkey_login"),
]
urlpatterns += [
    URLPattern(page.pattern, personal_page(page.callback), page.default_args, page.name) for page in urls.urlpatterns
]

urlpatterns += [
    path("2fa/authenticate/", personal_page(factors.authenticate), name="mfa_authenticate"),
    path("2fa/reauthenticate/", personal_page(factors.reauthenticate), name="mfa_reauthenticate"),
    path(
        "2fa/passkeys/reauthenticate/",
        personal_page(passkeys.reauthenticate_webauthn),
        name="mfa_reauthenticate_webauthn",
    ),
    path("2fa/", mfa_verification_required(factors.index), name="mfa_index"),
    path("2fa/app/", mfa_verification_required(ActivateAppView.as_view()), name="mfa_activate_totp"),
    path("2fa/app/remove/", mfa_verification_required(app.deactivate_totp), name="mfa_deactivate_totp"),
    path("2fa/codes/", mfa_verification_required(codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "2fa/codes/new/", mfa_verification_required(codes.generate_recovery_codes), name="mfa_generate_recovery_codes"
    ),
    path(
        "2fa/codes/file/", mfa_verification_required(codes.download_recovery_codes), name="mfa_download_recovery_codes"
    ),
    path("2fa/passkeys/", mfa_verification_required(passkeys.list_webauthn), name="mfa_list_webauthn"),
    path("2fa/passkeys/add/", mfa_verification_required(AddPasskeyView.as_view()), name="mfa_add_webauthn"),
    path(
        "2fa/passkeys/<int:pk>/remove/", mfa_verification_required(passkeys.remove_webauthn), name="mfa_remove_webauthn"
    ),
    path("2fa/passkeys/<int:pk>/name/", mfa_verification_required(passkeys.edit_webauthn), name="mfa_edit_webauthn"),
]
