"""Pages on which users set up an authenticator app, passkeys and recovery codes."""

import json
import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from django.test import Client

from ..outbox import send_pending_emails
from ..users import client_without_mfa
from .test_mfa import (
    ADD_PASSKEY,
    CODES,
    MFA_INDEX,
    NEW_CODES,
    PASSKEYS,
    PASSWORD_REAUTHENTICATE,
    REAUTHENTICATE,
    REMOVE_APP,
    SET_UP_APP,
)
from .totp import AUTHENTICATE, PERIOD, can_access_admin, enter_password, sign_in_with_code, totp_code

LOGOUT = "/accounts/logout/"
# Valid JSON with all keys, but the parts are no CBOR and no signature.
MALFORMED_CREDENTIAL = (
    '{"id": "eA", "rawId": "eA", "type": "public-key", "response": {"clientDataJSON": "eA", "signature": "eA"}}'
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fixed_totp_period(monkeypatch):
    monkeypatch.setattr(auth, "yield_hotp_counters_from_time", lambda: iter([PERIOD]))


@pytest.fixture
def organizer_client(organizer):
    """A client of an organizer who has just entered the password."""
    client = Client()
    enter_password(client, organizer)
    return client


def set_up_app(client):
    """Set up an authenticator app on the page, and return its secret."""
    secret = re.search(r'<code class="key">(\w+)</code>', client.get(SET_UP_APP).text)[1]
    assert client.post(SET_UP_APP, {"code": totp_code(secret)}).headers["Location"] == CODES
    return secret


def test_app_setup_counts_as_verified_and_creates_recovery_codes(organizer_client):
    set_up_app(organizer_client)
    assert organizer_client.get(CODES).text.count("<li><code>") == 10
    assert can_access_admin(organizer_client)


def test_app_setup_allows_the_next_login(organizer_client, organizer):
    secret = set_up_app(organizer_client)
    organizer_client.post(LOGOUT)
    assert can_access_admin(sign_in_with_code(organizer, totp_code(secret)))


def test_app_setup_with_wrong_code_is_refused(organizer_client):
    organizer_client.get(SET_UP_APP)
    assert "Wrong or expired code." in organizer_client.post(SET_UP_APP, {"code": "000000"}).text
    assert not Authenticator.objects.exists()


def test_app_setup_without_recent_password_requires_reauthentication(organizer):
    location = client_without_mfa(organizer).get(SET_UP_APP).headers["Location"]
    assert PASSWORD_REAUTHENTICATE in location


def test_app_setup_shows_the_secret_as_text_and_inline_qr_code(organizer_client):
    page = organizer_client.get(SET_UP_APP).text
    assert re.search(r'<svg class="qr"[^>]+aria-label="[^"]+"[^>]*><path d="(M\d+ \d+h\d+v1h-\d+z)+"/></svg>', page)
    assert re.search(r'<code class="key">[A-Z2-7]{32}</code>', page)
    assert "otpauth://totp/" in page
    assert "issuer=Women%2C%20Peace%20and%20Security" in page
    assert "data:" not in page


def test_app_setup_never_shows_the_secret_again(organizer_client):
    secret = set_up_app(organizer_client)
    pages = [organizer_client.get(path, follow=True).text for path in (MFA_INDEX, SET_UP_APP, REMOVE_APP, CODES)]
    assert not any(secret in page for page in pages)


def test_app_removal_is_notified_by_email(organizer_client, organizer):
    set_up_app(organizer_client)
    organizer_client.post(REMOVE_APP)
    email = send_pending_emails()[0]
    assert email.to == [organizer.email]
    assert "The authenticator app was removed from your account." in email.body


@pytest.mark.parametrize("prefix", ["", "/vi"])
@pytest.mark.parametrize(
    "path", [MFA_INDEX, SET_UP_APP, REAUTHENTICATE, REMOVE_APP, CODES, NEW_CODES, PASSKEYS, ADD_PASSKEY, AUTHENTICATE]
)
def test_mfa_page_uses_the_site_layout_and_is_private(organizer_client, organizer, path, prefix):
    if path != SET_UP_APP:
        set_up_app(organizer_client)
    if path == AUTHENTICATE:
        organizer_client.post(LOGOUT)
        enter_password(organizer_client, organizer)
    response = organizer_client.get(prefix + path)
    assert response.status_code == 200
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert '<main id="main"' in response.text
    assert not re.search(r"<style|<script(?![^>]* src=\"/static/)|\sstyle=|\son[a-z]+=|placeholder=", response.text)


def test_code_field_is_filled_in_by_phones(client, organizer_with_totp):
    enter_password(client, organizer_with_totp)
    field = re.search(r'<input[^>]*name="code"[^>]*>', client.get(AUTHENTICATE).text)[0]
    assert 'autocomplete="one-time-code"' in field
    assert 'inputmode="numeric"' in field


def test_add_passkey_options_contain_the_name_of_the_site(organizer_client):
    page = organizer_client.get(ADD_PASSKEY).text
    options = json.loads(re.search(r'data-options="([^"]+)"', page)[1].replace("&quot;", '"'))
    assert options["creation_options"]["publicKey"]["rp"]["name"] == "Women, Peace and Security"


@pytest.mark.parametrize("credential", ["", "x", "[]", "null", '{"id": 1}', MALFORMED_CREDENTIAL])
@pytest.mark.parametrize("path", [ADD_PASSKEY, AUTHENTICATE, f"{PASSKEYS}reauthenticate/"])
def test_malformed_passkey_is_refused(organizer_client, organizer, path, credential):
    set_up_app(organizer_client)
    if path == AUTHENTICATE:
        organizer_client.post(LOGOUT)
        enter_password(organizer_client, organizer)
    organizer_client.get(path)
    response = organizer_client.post(path, {"credential": credential, "name": "Mine"})
    assert response.status_code in (200, 302)
    assert not Authenticator.objects.filter(type="webauthn").exists()
