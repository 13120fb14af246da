"""The second factor: nobody works at the desk without it, wherever they knock; and what becomes of a lost one."""

import base64
import hashlib
import hmac
import json
import re
import struct

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client

from conference import site_data

from ..admin_urls import admin_urls_for, make_one_of_each_model
from ..outbox import send_pending_emails
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

LOGIN, LOGOUT, AGAIN = "/accounts/login/", "/accounts/logout/", "/accounts/2fa/reauthenticate/"
FACTORS, APP, ASKED = "/accounts/2fa/", "/accounts/2fa/app/", "/accounts/2fa/authenticate/"
REMOVE, CODES, NEW_CODES = "/accounts/2fa/app/remove/", "/accounts/2fa/codes/", "/accounts/2fa/codes/new/"
PASSKEYS, ADD_PASSKEY = "/accounts/2fa/passkeys/", "/accounts/2fa/passkeys/add/"
# Half a minute of November 2026, in which all that is asked here is asked.
NOW = 59_833_333

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_has_tried_yet(conference, monkeypatch):
    cache.clear()
    site_data.refresh_site_data()
    monkeypatch.setattr(auth, "yield_hotp_counters_from_time", lambda: iter([NOW]))


@pytest.fixture
def organizer():
    return make_organizer("Programme editors")


@pytest.fixture
def with_app(organizer):
    add_totp(organizer)
    return organizer


def code(secret=TOTP_SECRET, moment=NOW):
    """The code that an app shows in a half minute: RFC 4226, 5.3."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", moment), hashlib.sha1)
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def codes_on_paper(user):
    return RecoveryCodes.activate(user).generate_codes()


def the_password(client, user, **request):
    return client.post(LOGIN, {"login": user.email, "password": PASSWORD}, **request)


def show(client, shown, **request):
    return client.post(ASKED, {"code": shown}, **request)


def sign_in(user, shown=None):
    client = Client()
    the_password(client, user)
    show(client, shown or code())
    return client


def is_let_in(client):
    return client.get("/admin/").status_code == 200


def test_the_code_is_the_one_of_the_standard():
    assert code(base64.b32encode(b"12345678901234567890"), 1) == "287082"  # RFC 6238, appendix B, at 59 s


# Nobody works at the desk without it


@pytest.mark.parametrize("language", ["", "/vi"])
def test_without_one_the_desk_sends_its_people_to_set_it_up(organizer, language):
    client = client_without_mfa(organizer)
    response = client.get(f"{language}/admin/programme/session/", follow=True)
    assert response.redirect_chain == [(language + FACTORS, 302)]
    assert response.status_code == 200
    assert f'href="{language}{APP}"' in response.text


def test_the_page_says_why(organizer):
    assert "The admin requires it" in client_without_mfa(organizer).get(FACTORS).text


def test_no_address_of_the_desk_is_open_to_a_password_alone():
    rows = make_one_of_each_model()
    client = client_without_mfa(make_superuser())
    asked = [*admin_urls_for(rows).values(), "/admin/", "/admin/jsi18n/", "/admin/nowhere/", "/admin/autocomplete/"]
    answers = {page: client.get(page).headers.get("Location") for page in asked}
    assert answers == dict.fromkeys(asked, FACTORS)


def test_nothing_is_taken_from_a_password_alone():
    rows = make_one_of_each_model()
    client = client_without_mfa(make_superuser())
    asked = [*admin_urls_for(rows).values(), "/admin/", "/admin/autocomplete/"]
    answers = {page: client.post(page, {"post": "yes"}).status_code for page in asked}
    assert answers == dict.fromkeys(asked, 403)
    assert all(type(row)._default_manager.filter(pk=row.pk).exists() for row in rows.values())


def test_what_is_refused_is_refused_in_words_with_a_way_on(organizer):
    page = client_without_mfa(organizer).post("/admin/programme/session/add/").text
    assert "Nothing was saved: the admin requires two-factor authentication." in page
    assert 'href="/admin/"' in page


def test_whoever_has_one_but_did_not_show_it_is_asked_for_it_and_goes_on(with_app):
    client = client_without_mfa(with_app)
    asked = client.get("/admin/programme/session/")
    assert asked.headers["Location"] == f"{AGAIN}?next=/admin/programme/session/"
    answer = client.post(AGAIN, {"code": code(), "next": "/admin/programme/session/"})
    assert answer.headers["Location"] == "/admin/programme/session/"
    assert client.get("/admin/programme/session/").status_code == 200


def test_nothing_is_taken_from_whoever_did_not_show_it(with_app):
    assert client_without_mfa(with_app).post("/admin/programme/room/add/").status_code == 403


def test_a_password_alone_does_not_stand_in_for_it(with_app):
    client = client_without_mfa(with_app)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert not is_let_in(client)


def test_somebody_elses_is_not_enough(organizer, with_app):
    client = admin_client_for(make_organizer("Programme editors"))
    session = client.session
    session["account_authentication_methods"][0]["id"] = Authenticator.objects.get(user=with_app).pk
    session.save()
    assert not is_let_in(client)


def test_signing_out_needs_none(organizer):
    client = client_without_mfa(organizer)
    assert client.post("/admin/logout/").headers["Location"] == "/"
    assert client.get(FACTORS).status_code == 302


# Setting it up


def set_up(client):
    """Through the page, as somebody does who has an app; the key it showed."""
    secret = re.search(r'<code class="key">(\w+)</code>', client.get(APP).text)[1]
    answer = client.post(APP, {"code": code(secret)})
    assert answer.headers["Location"] == CODES
    return secret


@pytest.fixture
def signed_in(organizer):
    """A browser in which the organizer has typed the password just now."""
    client = Client()
    the_password(client, organizer)
    return client


def test_it_is_set_up_with_nothing_typed_twice_and_opens_the_desk(signed_in):
    set_up(signed_in)
    assert signed_in.get(CODES).text.count("<li><code>") == 10
    assert is_let_in(signed_in)


def test_with_it_one_signs_in_again(signed_in, organizer):
    secret = set_up(signed_in)
    signed_in.post(LOGOUT)
    assert is_let_in(sign_in(organizer, code(secret)))


def test_a_wrong_code_sets_up_nothing(signed_in, organizer):
    signed_in.get(APP)
    page = signed_in.post(APP, {"code": "000000"})
    assert "Wrong or expired code." in page.text
    assert not Authenticator.objects.exists()


def test_the_password_is_asked_for_where_it_was_typed_long_ago(organizer):
    assert "/accounts/reauthenticate/" in client_without_mfa(organizer).get(APP).headers["Location"]


def test_the_key_is_shown_as_text_and_as_a_drawing_in_the_page(signed_in):
    page = signed_in.get(APP).text
    assert re.search(r'<svg class="qr"[^>]+aria-label="[^"]+"[^>]*><path d="(M\d+ \d+h\d+v1h-\d+z)+"/></svg>', page)
    assert re.search(r'<code class="key">[A-Z2-7]{32}</code>', page)
    assert "otpauth://totp/" in page
    assert "issuer=Women%2C%20Peace%20and%20Security" in page
    assert "data:" not in page


def test_a_key_is_not_shown_again_once_it_is_set_up(signed_in, organizer):
    secret = set_up(signed_in)
    pages = [signed_in.get(page, follow=True).text for page in (FACTORS, APP, REMOVE, CODES)]
    assert not any(secret in page for page in pages)


def test_whose_second_factor_was_taken_away_is_told(signed_in, organizer):
    set_up(signed_in)
    signed_in.post(REMOVE)
    assert send_pending_emails()[0].to == [organizer.email]
    assert "The authenticator app was removed from your account." in send_pending_emails()[0].body


# Signing in with it


def test_the_password_alone_signs_nobody_in(client, with_app):
    assert the_password(client, with_app).headers["Location"] == ASKED
    assert client.get("/accounts/email/").status_code == 302
    assert not is_let_in(client)


def test_a_code_opens_the_desk(client, with_app):
    the_password(client, with_app)
    assert show(client, code()).headers["Location"] == "/admin/"
    assert is_let_in(client)


def test_the_page_that_was_asked_for_comes_after_the_code(client, with_app):
    client.post(LOGIN, {"login": with_app.email, "password": PASSWORD, "next": "/admin/programme/room/"})
    assert show(client, code()).headers["Location"] == "/admin/programme/room/"


def test_a_code_without_the_password_is_asked_of_nobody(client, with_app):
    assert client.get(ASKED).headers["Location"].startswith(LOGIN)
    show(client, code())
    assert not is_let_in(client)


@pytest.mark.parametrize("moment", [NOW - 2, NOW - 1, NOW + 1])
def test_a_code_of_another_half_minute_is_refused(client, with_app, moment):
    the_password(client, with_app)
    assert "Wrong or expired code." in show(client, code(moment=moment)).text
    assert not is_let_in(client)


@pytest.mark.parametrize("typed", ["", "abc", "12345", "١٢٣٤٥٦", "0" * 5000, "' or 1=1"])
def test_what_is_no_code_is_refused(client, with_app, typed):
    the_password(client, with_app)
    assert show(client, typed).status_code == 200
    assert not is_let_in(client)


def test_a_code_is_good_once(with_app):
    assert is_let_in(sign_in(with_app))
    assert not is_let_in(sign_in(with_app))


def test_wrong_codes_are_counted_whatever_address_they_come_from(with_app):
    for number in range(6):
        client = Client(REMOTE_ADDR=f"192.0.2.{number}")
        the_password(client, with_app)
        show(client, f"00000{number}", headers={"x-forwarded-for": f"198.51.100.{number}"})
    client = Client(REMOTE_ADDR="203.0.113.1")
    the_password(client, with_app)
    assert "There were too many attempts" in show(client, code()).text
    assert not is_let_in(client)


def test_ones_own_code_between_does_not_make_others_forgotten(with_app):
    other = make_organizer()
    add_totp(other)
    for number in range(5):
        guessing = Client(REMOTE_ADDR=f"192.0.2.{number}")
        the_password(guessing, with_app)
        show(guessing, "000000")
    assert is_let_in(sign_in(other))
    assert not is_let_in(sign_in(with_app))


def test_wrong_codes_are_counted_where_one_shows_that_it_is_oneself(with_app):
    client = admin_client_for(with_app)
    answers = [client.post(AGAIN, {"code": "000000"}).status_code for _ in range(15)]
    assert answers[-1] == 429


def test_showing_it_makes_a_new_session(client, with_app):
    the_password(client, with_app)
    before = client.session.session_key
    show(client, code())
    assert client.session.session_key != before


@pytest.mark.parametrize(
    "address", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)"]
)
def test_showing_it_once_more_leads_nowhere_else(with_app, address):
    response = admin_client_for(with_app).post(AGAIN, {"code": code(), "next": address})
    assert response.headers["Location"] == "/admin/"


@pytest.mark.parametrize("page", [ASKED, AGAIN, APP, REMOVE, NEW_CODES, ADD_PASSKEY])
def test_no_form_is_taken_from_elsewhere(with_app, page):
    assert admin_client_for(with_app, enforce_csrf_checks=True).post(page).status_code == 403


# Lost


def test_a_code_on_paper_stands_in_for_the_app_once(with_app):
    first, second = codes_on_paper(with_app)[:2]
    assert is_let_in(sign_in(with_app, first))
    assert not is_let_in(sign_in(with_app, first))
    assert is_let_in(sign_in(with_app, second))


def test_new_codes_on_paper_put_an_end_to_the_old_ones(with_app):
    old = codes_on_paper(with_app)
    client = admin_client_for(with_app)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.post(NEW_CODES)
    assert not is_let_in(sign_in(with_app, old[0]))
    assert is_let_in(sign_in(with_app, codes_on_paper(with_app)[0]))


def test_codes_on_paper_are_a_file_that_nobody_keeps(with_app):
    codes, client = codes_on_paper(with_app), admin_client_for(with_app)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    response = client.get(f"{CODES}file/")
    assert response.text.split() == codes
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["Content-Disposition"].startswith("attachment")


def test_codes_on_paper_are_not_shown_to_whoever_finds_an_open_browser(with_app):
    codes_on_paper(with_app)
    client = admin_client_for(with_app)
    for page in (CODES, f"{CODES}file/"):
        assert client.get(page).headers["Location"].startswith("/accounts/reauthenticate/")


@pytest.mark.parametrize("page", [FACTORS, APP, REMOVE, CODES, NEW_CODES, PASSKEYS, ADD_PASSKEY])
@pytest.mark.parametrize("method", ["get", "post"])
def test_nothing_about_it_changes_where_it_was_not_shown(with_app, page, method):
    client = client_without_mfa(with_app)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert getattr(client, method)(page).headers["Location"].startswith(AGAIN)
    assert Authenticator.objects.filter(user=with_app).count() == 1


def test_without_it_the_desk_closes_at_once(with_app):
    client = admin_client_for(with_app)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.post(REMOVE)
    assert client.get("/admin/").headers["Location"] == FACTORS


def test_a_lost_one_is_reset_by_command(with_app, capsys):
    client = admin_client_for(with_app)
    codes_on_paper(with_app)
    call_command("reset_mfa", with_app.email.upper())
    assert capsys.readouterr().out == f"2 second factors of {with_app.email} removed.\n"
    assert client.get("/admin/").headers["Location"] == FACTORS


def test_whoever_has_a_lost_phone_is_outside_even_after_a_new_one_is_set_up(with_app):
    thief = admin_client_for(with_app)
    call_command("reset_mfa", with_app.email, verbosity=0)
    add_totp(with_app)
    assert not is_let_in(thief)


def test_the_command_knows_who_is_meant(db):
    with pytest.raises(CommandError, match=r"No account has the e-mail address nobody@people\.example"):
        call_command("reset_mfa", "nobody@people.example")


def test_a_lost_one_is_reset_at_the_desk(with_app):
    client, rows = admin_client_for(make_superuser()), Authenticator.objects.filter(user=with_app)
    facts = {"action": "delete_selected", "_selected_action": [row.pk for row in rows], "post": "yes"}
    client.post("/admin/mfa/authenticator/", facts)
    assert not Authenticator.objects.filter(user=with_app).exists()


def test_the_desk_shows_who_has_one_and_nothing_of_what_is_secret(with_app):
    client, row = admin_client_for(make_superuser()), Authenticator.objects.get(user=with_app)
    pages = [client.get(f"/admin/mfa/authenticator/{page}").text for page in ("", f"{row.pk}/change/")]
    assert all(with_app.email in page for page in pages)
    assert not any(TOTP_SECRET in page for page in pages)


def test_nobody_makes_or_changes_somebody_elses(with_app):
    client, row = admin_client_for(make_superuser()), Authenticator.objects.get(user=with_app)
    assert client.post("/admin/mfa/authenticator/add/").status_code == 403
    assert client.post(f"/admin/mfa/authenticator/{row.pk}/change/", {"data": "{}"}).status_code == 403


# Put off, on this machine alone


@pytest.fixture
def on_this_machine_alone(settings, organizer):
    settings.MFA_OPTIONAL_LOCALLY = True
    settings.ORGANIZER_EMAIL = organizer.email.title()


def test_the_account_that_quickstart_made_may_wait_and_every_page_says_so(on_this_machine_alone, organizer):
    client = client_without_mfa(organizer)
    for page in ("/admin/", "/admin/programme/session/", "/admin/programme/session/add/"):
        text = client.get(page).text
        assert "Two-factor authentication is not set up for your account." in text
        assert f'href="{FACTORS}"' in text


def test_other_accounts_may_not_wait(on_this_machine_alone):
    assert not is_let_in(client_without_mfa(make_organizer("Programme editors")))


def test_once_it_is_there_it_must_be_shown(on_this_machine_alone, with_app):
    assert not is_let_in(client_without_mfa(with_app))
    assert "no second factor yet" not in admin_client_for(with_app).get("/admin/").text


@pytest.mark.parametrize(
    ("environment", "may_wait"),
    [
        ({}, False),
        ({"MFA_OPTIONAL_LOCALLY": "true"}, True),
        ({"MFA_OPTIONAL_LOCALLY": "true", "SITE_URL": "http://localhost:9000"}, True),
        ({"MFA_OPTIONAL_LOCALLY": "true", "SITE_URL": "https://conference.example"}, False),
        ({"MFA_OPTIONAL_LOCALLY": "true", "SITE_URL": "http://conference.example"}, False),
        ({"MFA_OPTIONAL_LOCALLY": "true", "SITE_URL": "https://localhost"}, False),
        ({"MFA_OPTIONAL_LOCALLY": "true", "SITE_URL": "http://127.0.0.1.evil.example"}, False),
    ],
)
def test_only_a_site_on_this_machine_alone_may_wait_and_only_if_asked(environment, may_wait):
    environment = {"EMAIL_URL": "smtp://mail.example:25"} | environment
    assert read_setting("MFA_OPTIONAL_LOCALLY", environment) == str(may_wait)


# The pages


@pytest.mark.parametrize("language", ["", "/vi"])
@pytest.mark.parametrize("page", [FACTORS, APP, AGAIN, REMOVE, CODES, NEW_CODES, PASSKEYS, ADD_PASSKEY, ASKED])
def test_every_page_is_in_the_sites_frame_and_kept_by_nobody(signed_in, organizer, page, language):
    if page != APP:
        set_up(signed_in)
    if page == ASKED:
        signed_in.post(LOGOUT)
        the_password(signed_in, organizer)
    response = signed_in.get(language + page)
    assert response.status_code == 200
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert '<main id="main"' in response.text
    assert not re.search(r"<style|<script(?![^>]* src=\"/static/)|\sstyle=|\son[a-z]+=|placeholder=", response.text)


def test_the_field_for_the_code_is_one_that_phones_fill_in(client, with_app):
    the_password(client, with_app)
    field = re.search(r'<input[^>]*name="code"[^>]*>', client.get(ASKED).text)[0]
    assert 'autocomplete="one-time-code"' in field
    assert 'inputmode="numeric"' in field


def test_a_wrong_code_is_said_above_and_at_the_field(client, with_app):
    the_password(client, with_app)
    page = show(client, "000000").text
    assert 'role="alert"' in page
    assert '<a href="#id_code">Code: Wrong or expired code.' in page
    assert 'aria-invalid="true"' in page


def test_the_browser_is_told_how_to_make_a_passkey(signed_in):
    page = signed_in.get(ADD_PASSKEY).text
    options = json.loads(re.search(r'data-options="([^"]+)"', page)[1].replace("&quot;", '"'))
    assert options["creation_options"]["publicKey"]["rp"]["name"] == "Women, Peace and Security"


ALMOST = '{"id": "eA", "rawId": "eA", "type": "public-key", "response": {"clientDataJSON": "eA", "signature": "eA"}}'


@pytest.mark.parametrize(
    "credential",
    ["", "x", "[]", "{}", "null", "1", '"x"', '{"id": 1}', '{"id": "x", "rawId": "x", "response": {}}', ALMOST],
)
@pytest.mark.parametrize("page", [ADD_PASSKEY, ASKED, f"{PASSKEYS}reauthenticate/"])
def test_what_is_no_passkey_is_refused(signed_in, organizer, page, credential):
    set_up(signed_in)
    if page == ASKED:
        signed_in.post(LOGOUT)
        the_password(signed_in, organizer)
    signed_in.get(page)
    assert signed_in.post(page, {"credential": credential, "name": "Mine"}).status_code in (200, 302)
    assert not Authenticator.objects.filter(type="webauthn").exists()
