"""Sign-in of attendees with a passkey alone. tests/browser/test_passkey_login.py covers a real credential."""

import json

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms

from ..users import PASSWORD, client_without_mfa, make_organizer
from .redirects import OTHER_HOSTS

LOGIN, ADD_PASSKEY, DASHBOARD = "/accounts/login/passkey/", "/accounts/2fa/passkeys/add/", "/my/"

pytestmark = pytest.mark.django_db


def make_user_without_password():
    user = make_organizer(is_staff=False)
    user.set_unusable_password()
    user.save()
    return user


def add_passkey(user):
    Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "x", "credential": {}})
    return user


def passkey_options(response):
    text = response.text.partition('data-options="')[2].partition('"')[0]
    return json.loads(text.replace("&quot;", '"'))


def resident_key_requirement(client):
    options = passkey_options(client.get(ADD_PASSKEY))
    return options["creation_options"]["publicKey"]["authenticatorSelection"]["residentKey"]


@pytest.fixture
def _accept_any_passkey(monkeypatch):
    """Replace the WebAuthn library's check of the signature."""
    monkeypatch.setattr(forms.LoginWebAuthnForm, "clean_credential", lambda form: Authenticator.objects.get())


def test_passkey_login_requests_a_discoverable_passkey_with_user_verification(client):
    response = client.get(LOGIN)
    options = passkey_options(response)["request_options"]["publicKey"]
    assert options["userVerification"] == "required"
    assert not options.get("allowCredentials")
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["X-Robots-Tag"] == "noindex"


def test_add_passkey_of_an_attendee_is_discoverable():
    assert resident_key_requirement(client_without_mfa(make_user_without_password())) == "required"


def test_add_passkey_of_an_organizer_is_not_discoverable(client):
    client.post("/accounts/login/", {"login": make_organizer().email, "password": PASSWORD})
    assert resident_key_requirement(client) == "discouraged"


@pytest.mark.parametrize("credential", ["", "[]", "null", '{"response": {"userHandle": "MQ"}}', "1" * 5000])
def test_passkey_login_with_malformed_credential_is_refused(client, credential):
    client.get(LOGIN)
    response = client.post(LOGIN, {"credential": credential, "next": DASHBOARD}, follow=True)
    assert response.redirect_chain == [("/accounts/login/code/?next=%2Fmy%2F", 302)]
    assert "This passkey is not registered here. Please use a code instead." in response.text


@pytest.mark.usefixtures("_accept_any_passkey")
@pytest.mark.parametrize("next_url", ["", "/my/days/"])
def test_passkey_login_of_an_attendee_signs_in_and_continues(client, next_url):
    add_passkey(make_user_without_password())
    response = client.post(LOGIN, {"credential": '{"id": 1}', "next": next_url})
    assert response.headers["Location"] == (next_url or DASHBOARD)
    assert client.get(DASHBOARD).status_code == 200


@pytest.mark.usefixtures("_accept_any_passkey")
@pytest.mark.parametrize("changes", [{"is_staff": True}, {"is_active": False}])
def test_passkey_login_of_an_organizer_or_a_closed_account_is_refused(client, changes):
    user = add_passkey(make_user_without_password())
    type(user).objects.update(**changes)
    client.post(LOGIN, {"credential": '{"id": 1}'})
    assert client.get(DASHBOARD).status_code == 302


@pytest.mark.usefixtures("_accept_any_passkey")
@pytest.mark.parametrize("url", OTHER_HOSTS)
def test_passkey_login_does_not_redirect_to_another_host(client, url):
    add_passkey(make_user_without_password())
    response = client.post(LOGIN, {"credential": '{"id": 1}', "next": url})
    assert response.headers.get("Location", DASHBOARD) == DASHBOARD


def test_passkey_login_attempts_are_limited(client):
    statuses = [client.post(LOGIN, {"credential": '{"id": 1}'}).status_code for _ in range(32)]
    assert statuses[-1] == 429
