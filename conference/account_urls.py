"""allauth's addresses, each page in the frame of this site and kept by nobody."""

import json
from functools import wraps

from allauth.account import urls
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as app
from allauth.mfa.webauthn import views as passkeys
from django.contrib.auth.views import redirect_to_login
from django.urls import URLPattern, path, re_path, reverse
from django.utils.cache import add_never_cache_headers

from . import codes as mail_codes
from .accounts import in_our_words
from .email_views import ConfirmEmail, ResetFromLink
from .passkey_views import SignIn
from .second_factor import MakeApp, MakePasskey, Standing, standing, where_to_show_it


def private(view):
    """A page about one person: no cache keeps it, no search engine lists it."""

    @wraps(view)
    def answer(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        _make_ours(getattr(response, "context_data", None) or {})
        add_never_cache_headers(response)
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return answer


def shown_first(view):
    """Whoever has a second factor changes it only where it was shown: a password is not enough to take it away."""

    @wraps(view)
    def answer(request, *args, **kwargs):
        if request.user.is_authenticated and standing(request) is Standing.NOT_SHOWN:
            return redirect_to_login(request.get_full_path(), reverse(where_to_show_it(request.user)))
        return view(request, *args, **kwargs)

    return private(answer)


def _make_ours(context):
    # allauth calls the host "site"; in the frame of our pages that is the conference.
    context.pop("site", None)
    if "form" in context:
        in_our_words(context["form"])
    if "js_data" in context:
        # For an attribute: what stands in a page as a script is not let through, even if it does nothing.
        context["passkey_options"] = json.dumps(context["js_data"])


# Named as in allauth, which refers to them by name; the first of two is the one that is found.
urlpatterns = [
    path("login/code/", private(mail_codes.Ask.as_view()), name="account_request_login_code"),
    path("login/code/confirm/", private(mail_codes.Show.as_view()), name="account_confirm_login_code"),
    path("login/code/other/", private(mail_codes.other_address), name="account_other_address"),
    path("confirm-email/<str:key>/", private(ConfirmEmail.as_view()), name="account_confirm_email"),
    re_path(
        "^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        private(ResetFromLink.as_view()),
        name="account_reset_password_from_key",
    ),
    path("login/passkey/", private(SignIn.as_view()), name="account_passkey"),
]
urlpatterns += [
    URLPattern(page.pattern, private(page.callback), page.default_args, page.name) for page in urls.urlpatterns
]

urlpatterns += [
    path("2fa/authenticate/", private(factors.authenticate), name="mfa_authenticate"),
    path("2fa/reauthenticate/", private(factors.reauthenticate), name="mfa_reauthenticate"),
    path("2fa/passkeys/reauthenticate/", private(passkeys.reauthenticate_webauthn), name="mfa_reauthenticate_webauthn"),
    path("2fa/", shown_first(factors.index), name="mfa_index"),
    path("2fa/app/", shown_first(MakeApp.as_view()), name="mfa_activate_totp"),
    path("2fa/app/remove/", shown_first(app.deactivate_totp), name="mfa_deactivate_totp"),
    path("2fa/codes/", shown_first(codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("2fa/codes/new/", shown_first(codes.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("2fa/codes/file/", shown_first(codes.download_recovery_codes), name="mfa_download_recovery_codes"),
    path("2fa/passkeys/", shown_first(passkeys.list_webauthn), name="mfa_list_webauthn"),
    path("2fa/passkeys/add/", shown_first(MakePasskey.as_view()), name="mfa_add_webauthn"),
    path("2fa/passkeys/<int:pk>/remove/", shown_first(passkeys.remove_webauthn), name="mfa_remove_webauthn"),
    path("2fa/passkeys/<int:pk>/name/", shown_first(passkeys.edit_webauthn), name="mfa_edit_webauthn"),
]
