"""Two-factor authentication: required for the admin, its verification at sign-in, recovery codes and reset."""

import base64

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth
from django.core.management import CommandError, call_command
from django.test import Client

from ..admin_urls import admin_urls_for, make_one_of_each_model
from ..settings_subprocess import read_setting
from ..users import (
    PASSWORD,
    TOTP_SECRET,
    add_totp,
    admin_client_for,
    client_without_mfa,
    make_organizer,
    make_superuser,
)
from .redirects import OTHER_HOSTS
from .totp import (
    AUTHENTICATE,
    LOGIN,
    PERIOD,
    can_access_admin,
    enter_code,
    enter_password,
    sign_in_with_code,
    totp_code,
)

MFA_INDEX, SET_UP_APP, REMOVE_APP = "/accounts/2fa/", "/accounts/2fa/app/", "/accounts/2fa/app/remove/"
REAUTHENTICATE, PASSWORD_REAUTHENTICATE = "/accounts/2fa/reauthenticate/", "/accounts/reauthenticate/"
CODES, NEW_CODES = "/accounts/2fa/codes/", "/accounts/2fa/codes/new/"
PASSKEYS, ADD_PASSKEY = "/accounts/2fa/passkeys/", "/accounts/2fa/passkeys/add/"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("before_conference")]


@pytest.fixture(autouse=True)
def _fixed_totp_period(monkeypatch):
    monkeypatch.setattr(auth, "yield_hotp_counters_from_time", lambda: iter([PERIOD]))


def make_recovery_codes(user):
    return RecoveryCodes.activate(user).generate_codes()


def test_totp_code_matches_the_standard():
    assert totp_code(base64.b32encode(b"12345678901234567890"), 1) == "287082"  # RFC 6238, appendix B, at 59 s


# Access to the admin


@pytest.mark.parametrize("prefix", ["", "/vi"])
def test_admin_without_second_factor_redirects_to_its_setup(organizer, prefix):
    response = client_without_mfa(organizer).get(f"{prefix}/admin/programme/session/", follow=True)
    assert response.redirect_chain == [(prefix + MFA_INDEX, 302)]
    assert f'href="{prefix}{SET_UP_APP}"' in response.text
    if not prefix:
        assert "The admin requires it" in response.text


@pytest.mark.slow
def test_admin_urls_without_second_factor_are_all_closed():
    objects = make_one_of_each_model()
    client = client_without_mfa(make_superuser())
    urls = [*admin_urls_for(objects).values(), "/admin/", "/admin/autocomplete/"]
    read_only = [*urls, "/admin/jsi18n/", "/admin/nowhere/"]
    assert {url: client.get(url).headers.get("Location") for url in read_only} == dict.fromkeys(read_only, MFA_INDEX)
    assert {url: client.post(url, {"post": "yes"}).status_code for url in urls} == dict.fromkeys(urls, 403)
    assert all(type(item)._default_manager.filter(pk=item.pk).exists() for item in objects.values())


def test_admin_post_without_second_factor_explains_what_to_do(organizer):
    page = client_without_mfa(organizer).post("/admin/programme/session/add/").text
    assert "Nothing was saved: the admin requires two-factor authentication." in page
    assert 'href="/admin/programme/session/add/"' in page


def test_admin_with_unverified_second_factor_asks_for_it_and_continues(organizer_with_totp):
    client = client_without_mfa(organizer_with_totp)
    response = client.get("/admin/programme/session/")
    assert response.headers["Location"] == f"{REAUTHENTICATE}?next=/admin/programme/session/"
    assert client.post("/admin/programme/room/add/").status_code == 403
    response = client.post(REAUTHENTICATE, {"code": totp_code(), "next": "/admin/programme/session/"})
    assert response.headers["Location"] == "/admin/programme/session/"
    assert client.get("/admin/programme/session/").status_code == 200


def test_admin_after_password_reauthentication_only_is_closed(organizer_with_totp):
    client = client_without_mfa(organizer_with_totp)
    client.post(PASSWORD_REAUTHENTICATE, {"password": PASSWORD})
    assert not can_access_admin(client)


def test_admin_with_the_verified_factor_of_another_user_is_closed(organizer_with_totp):
    client = admin_client_for(make_organizer("Programme editors"))
    session = client.session
    session["account_authentication_methods"][0]["id"] = Authenticator.objects.get(user=organizer_with_totp).pk
    session.save()
    assert not can_access_admin(client)


def test_admin_logout_needs_no_second_factor(organizer):
    client = client_without_mfa(organizer)
    assert client.post("/admin/logout/").headers["Location"] == "/"
    assert client.get(MFA_INDEX).status_code == 302


# Sign-in


def test_login_with_password_alone_signs_nobody_in(client, organizer_with_totp):
    assert enter_password(client, organizer_with_totp).headers["Location"] == AUTHENTICATE
    assert client.get("/accounts/email/").status_code == 302
    assert not can_access_admin(client)


@pytest.mark.parametrize("next_url", ["/admin/", "/admin/programme/room/"])
def test_login_with_code_opens_the_requested_page_in_a_new_session(client, organizer_with_totp, next_url):
    client.post(LOGIN, {"login": organizer_with_totp.email, "password": PASSWORD, "next": next_url})
    session_key = client.session.session_key
    assert enter_code(client, totp_code()).headers["Location"] == next_url
    assert can_access_admin(client)
    assert client.session.session_key != session_key


def test_login_with_code_without_password_is_refused(client, organizer_with_totp):
    assert client.get(AUTHENTICATE).headers["Location"].startswith(LOGIN)
    enter_code(client, totp_code())
    assert not can_access_admin(client)


@pytest.mark.parametrize("period", [PERIOD - 1, PERIOD + 1])
def test_login_with_code_of_another_period_is_refused(client, organizer_with_totp, period):
    enter_password(client, organizer_with_totp)
    page = enter_code(client, totp_code(period=period)).text
    assert 'role="alert"' in page
    assert '<a href="#id_code">Code: Wrong or expired code.' in page
    assert 'aria-invalid="true"' in page
    assert not can_access_admin(client)


@pytest.mark.parametrize("code", ["", "12345", "١٢٣٤٥٦", "0" * 5000])
def test_login_with_malformed_code_is_refused(client, organizer_with_totp, code):
    enter_password(client, organizer_with_totp)
    assert enter_code(client, code).status_code == 200
    assert not can_access_admin(client)


def test_login_with_used_code_is_refused(organizer_with_totp):
    assert can_access_admin(sign_in_with_code(organizer_with_totp))
    assert not can_access_admin(sign_in_with_code(organizer_with_totp))


def test_wrong_codes_are_limited_per_account_from_many_ip_addresses(organizer_with_totp):
    for number in range(6):
        client = Client(REMOTE_ADDR=f"192.0.2.{number}")
        enter_password(client, organizer_with_totp)
        enter_code(client, f"00000{number}", headers={"x-forwarded-for": f"198.51.100.{number}"})
    client = Client(REMOTE_ADDR="203.0.113.1")
    enter_password(client, organizer_with_totp)
    assert "There were too many attempts" in enter_code(client, totp_code()).text
    assert not can_access_admin(client)


def test_login_to_the_own_account_does_not_reset_the_limit_of_another(organizer_with_totp):
    other = make_organizer()
    add_totp(other)
    for number in range(5):
        client = Client(REMOTE_ADDR=f"192.0.2.{number}")
        enter_password(client, organizer_with_totp)
        enter_code(client, "000000")
    assert can_access_admin(sign_in_with_code(other))
    assert not can_access_admin(sign_in_with_code(organizer_with_totp))


def test_mfa_reauthentication_attempts_are_limited(organizer_with_totp):
    client = admin_client_for(organizer_with_totp)
    statuses = [client.post(REAUTHENTICATE, {"code": "000000"}).status_code for _ in range(15)]
    assert statuses[-1] == 429


def test_mfa_reauthentication_does_not_redirect_to_another_host(organizer_with_totp):
    response = admin_client_for(organizer_with_totp).post(REAUTHENTICATE, {"code": totp_code(), "next": OTHER_HOSTS[0]})
    assert response.headers["Location"] == "/admin/"


@pytest.mark.parametrize("path", [AUTHENTICATE, REAUTHENTICATE, SET_UP_APP, REMOVE_APP, NEW_CODES, ADD_PASSKEY])
def test_mfa_form_without_csrf_token_is_refused(organizer_with_totp, path):
    assert admin_client_for(organizer_with_totp, enforce_csrf_checks=True).post(path).status_code == 403


# Recovery codes


def test_recovery_code_replaces_the_app_once(organizer_with_totp):
    first, second = make_recovery_codes(organizer_with_totp)[:2]
    assert can_access_admin(sign_in_with_code(organizer_with_totp, first))
    assert not can_access_admin(sign_in_with_code(organizer_with_totp, first))
    assert can_access_admin(sign_in_with_code(organizer_with_totp, second))


def test_new_recovery_codes_replace_the_old_ones(organizer_with_totp):
    old_codes = make_recovery_codes(organizer_with_totp)
    client = admin_client_for(organizer_with_totp)
    client.post(PASSWORD_REAUTHENTICATE, {"password": PASSWORD})
    client.post(NEW_CODES)
    assert not can_access_admin(sign_in_with_code(organizer_with_totp, old_codes[0]))
    assert can_access_admin(sign_in_with_code(organizer_with_totp, make_recovery_codes(organizer_with_totp)[0]))


def test_recovery_codes_download_is_not_cached(organizer_with_totp):
    codes, client = make_recovery_codes(organizer_with_totp), admin_client_for(organizer_with_totp)
    client.post(PASSWORD_REAUTHENTICATE, {"password": PASSWORD})
    response = client.get(f"{CODES}file/")
    assert response.text.split() == codes
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("path", [CODES, f"{CODES}file/"])
def test_recovery_codes_require_reauthentication(organizer_with_totp, path):
    make_recovery_codes(organizer_with_totp)
    response = admin_client_for(organizer_with_totp).get(path)
    assert response.headers["Location"].startswith(PASSWORD_REAUTHENTICATE)


# Removal and reset


@pytest.mark.parametrize("path", [MFA_INDEX, SET_UP_APP, REMOVE_APP, CODES, NEW_CODES, PASSKEYS, ADD_PASSKEY])
@pytest.mark.parametrize("method", ["get", "post"])
def test_mfa_page_with_unverified_factor_asks_for_it(organizer_with_totp, path, method):
    client = client_without_mfa(organizer_with_totp)
    client.post(PASSWORD_REAUTHENTICATE, {"password": PASSWORD})
    assert getattr(client, method)(path).headers["Location"].startswith(REAUTHENTICATE)
    assert Authenticator.objects.filter(user=organizer_with_totp).count() == 1


def test_removing_the_second_factor_closes_the_admin(organizer_with_totp):
    client = admin_client_for(organizer_with_totp)
    client.post(PASSWORD_REAUTHENTICATE, {"password": PASSWORD})
    client.post(REMOVE_APP)
    assert client.get("/admin/").headers["Location"] == MFA_INDEX


def test_reset_mfa_command_removes_all_factors(organizer_with_totp, capsys):
    client = admin_client_for(organizer_with_totp)
    make_recovery_codes(organizer_with_totp)
    call_command("reset_mfa", organizer_with_totp.email.upper())
    assert capsys.readouterr().out == f"2 second factors of {organizer_with_totp.email} removed.\n"
    assert client.get("/admin/").headers["Location"] == MFA_INDEX


def test_reset_mfa_command_ends_access_of_sessions_with_the_old_factor(organizer_with_totp):
    client = admin_client_for(organizer_with_totp)
    call_command("reset_mfa", organizer_with_totp.email, verbosity=0)
    add_totp(organizer_with_totp)
    assert not can_access_admin(client)


def test_reset_mfa_command_with_unknown_address_fails():
    with pytest.raises(CommandError, match=r"No account has the e-mail address nobody@people\.example"):
        call_command("reset_mfa", "nobody@people.example")


def test_authenticator_admin_deletes_factors(organizer_with_totp):
    client, authenticators = admin_client_for(make_superuser()), Authenticator.objects.filter(user=organizer_with_totp)
    data = {"action": "delete_selected", "_selected_action": [item.pk for item in authenticators], "post": "yes"}
    client.post("/admin/mfa/authenticator/", data)
    assert not Authenticator.objects.filter(user=organizer_with_totp).exists()


def test_authenticator_admin_shows_owners_but_no_secrets(organizer_with_totp):
    client, authenticator = admin_client_for(make_superuser()), Authenticator.objects.get(user=organizer_with_totp)
    pages = [client.get(f"/admin/mfa/authenticator/{path}").text for path in ("", f"{authenticator.pk}/change/")]
    assert all(organizer_with_totp.email in page for page in pages)
    assert not any(TOTP_SECRET in page for page in pages)


def test_authenticator_admin_adds_and_changes_nothing(organizer_with_totp):
    client, authenticator = admin_client_for(make_superuser()), Authenticator.objects.get(user=organizer_with_totp)
    assert client.post("/admin/mfa/authenticator/add/").status_code == 403
    assert client.post(f"/admin/mfa/authenticator/{authenticator.pk}/change/", {"data": "{}"}).status_code == 403


# Optional on a local site


@pytest.fixture
def _optional_mfa(settings, organizer):
    settings.MFA_OPTIONAL_LOCALLY = True
    settings.ORGANIZER_EMAIL = organizer.email.title()


@pytest.mark.usefixtures("_optional_mfa")
def test_optional_mfa_admits_the_quickstart_account_with_a_reminder(organizer):
    client = client_without_mfa(organizer)
    for path in ("/admin/", "/admin/programme/session/", "/admin/programme/session/add/"):
        page = client.get(path).text
        assert "Two-factor authentication is not set up for your account." in page
        assert f'href="{MFA_INDEX}"' in page


@pytest.mark.usefixtures("_optional_mfa")
def test_optional_mfa_refuses_other_accounts():
    assert not can_access_admin(client_without_mfa(make_organizer("Programme editors")))


@pytest.mark.usefixtures("_optional_mfa")
def test_optional_mfa_requires_a_factor_that_is_set_up(organizer_with_totp):
    assert not can_access_admin(client_without_mfa(organizer_with_totp))
    page = admin_client_for(organizer_with_totp).get("/admin/").text
    assert "Two-factor authentication is not set up" not in page


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, False),
        ({"MFA_OPTIONAL_LOCALLY": "true"}, True),
        ({"MFA_OPTIONAL_LOCALLY": "true", "SITE_URL": "http://localhost:9000"}, True),
        ({"MFA_OPTIONAL_LOCALLY": "true", "SITE_URL": "http://conference.example"}, False),
        ({"MFA_OPTIONAL_LOCALLY": "true", "SITE_URL": "https://localhost"}, False),
        ({"MFA_OPTIONAL_LOCALLY": "true", "SITE_URL": "http://127.0.0.1.evil.example"}, False),
    ],
)
def test_optional_mfa_setting_is_true_only_on_a_local_site(environment, expected):
    environment = {"EMAIL_URL": "smtp://mail.example:25"} | environment
    assert read_setting("MFA_OPTIONAL_LOCALLY", environment) == str(expected)
