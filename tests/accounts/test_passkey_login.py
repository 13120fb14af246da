"""Signing in with a passkey alone: the page, what is refused, and that it is not for organizers. That it works is seen
in a browser: tests.browser.test_passkey."""

import json

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms
from django.core.cache import cache

from conference import site_data

from ..users import PASSWORD, client_without_mfa, make_organizer
from .test_login import ELSEWHERE

PAGE, ADD, MY = "/accounts/login/passkey/", "/accounts/2fa/passkeys/add/", "/my/"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_has_tried_yet(conference):
    cache.clear()
    site_data.refresh_site_data()


def options(response):
    text = response.content.decode().partition('data-options="')[2].partition('"')[0]
    return json.loads(text.replace("&quot;", '"'))


def test_browser_is_asked_for_a_passkey_that_knows_its_owner(client):
    response = client.get(PAGE)
    asked = options(response)["request_options"]["publicKey"]
    assert asked["userVerification"] == "required"
    assert not asked.get("allowCredentials")
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["X-Robots-Tag"] == "noindex"


def residence(client):
    """Whether the passkey that is about to be made has to know its owner."""
    made = options(client.get(ADD))
    return made["creation_options"]["publicKey"]["authenticatorSelection"]["residentKey"]


def test_an_attendees_new_passkey_knows_its_owner():
    assert residence(client_without_mfa(_an_attendee())) == "required"


def test_an_organizers_new_passkey_does_not(client):
    client.post("/accounts/login/", {"login": make_organizer().email, "password": PASSWORD})
    assert residence(client) == "discouraged"


def _an_attendee():
    user = make_organizer(is_staff=False)
    user.set_unusable_password()
    user.save()
    return user


@pytest.mark.parametrize("credential", ["", "x", "[]", "{}", "null", '{"response": {"userHandle": "MQ"}}', "1" * 5000])
def test_what_is_no_passkey_is_refused_in_words(client, credential):
    client.get(PAGE)
    response = client.post(PAGE, {"credential": credential, "next": MY}, follow=True)
    assert response.redirect_chain == [("/accounts/login/code/?next=%2Fmy%2F", 302)]
    assert "This passkey is not registered here. Please use a code instead." in response.content.decode()


@pytest.fixture
def _every_passkey_is_right(monkeypatch):
    """The library's own check of signatures is taken as passed; a browser test has it do its work."""

    def clean_credential(form):
        return Authenticator.objects.get()

    monkeypatch.setattr(forms.LoginWebAuthnForm, "clean_credential", clean_credential)


def with_a_passkey(user):
    Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "x", "credential": {}})
    return user


@pytest.mark.usefixtures("_every_passkey_is_right")
def test_an_attendee_is_signed_in(client):
    with_a_passkey(_an_attendee())
    assert client.post(PAGE, {"credential": '{"id": 1}'}).headers["Location"] == MY
    assert client.get(MY).status_code == 200


@pytest.mark.usefixtures("_every_passkey_is_right")
def test_an_organizer_is_not(client):
    with_a_passkey(make_organizer())
    client.post(PAGE, {"credential": '{"id": 1}'})
    assert client.get(MY).status_code == 302


@pytest.mark.usefixtures("_every_passkey_is_right")
def test_a_closed_account_stays_outside(client):
    user = with_a_passkey(_an_attendee())
    user.is_active = False
    user.save()
    client.post(PAGE, {"credential": '{"id": 1}'})
    assert client.get(MY).status_code == 302


@pytest.mark.usefixtures("_every_passkey_is_right")
@pytest.mark.parametrize("address", ELSEWHERE)
def test_it_leads_nowhere_else(client, address):
    with_a_passkey(_an_attendee())
    response = client.post(PAGE, {"credential": '{"id": 1}', "next": address})
    assert response.headers.get("Location", MY) == MY


def test_it_is_not_tried_all_day(client):
    answers = [client.post(PAGE, {"credential": '{"id": 1}'}).status_code for _ in range(32)]
    assert answers[-1] == 429
