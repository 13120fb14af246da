"""Sign-in with an e-mailed code, which is for attendees and does not open the admin."""

import datetime
import re

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client

from conference.accounts.email_ownership import open_account, prove
from conference.registration import workflow
from conference.registration.models import Registration

from ..accounts.redirects import OTHER_HOSTS
from ..users import PASSWORD, add_totp, make_organizer
from .factories import make_attendee
from .registration_flow import (
    CODE_URL,
    DASHBOARD_URL,
    FINISH_URL,
    NOVEMBER,
    REGISTER_URL,
    enter_code,
    form_data,
    page_text,
    sent_codes,
)

LOGIN_URL, REQUEST_CODE_URL, CHANGE_ADDRESS_URL = (
    "/accounts/login/",
    "/accounts/login/code/",
    "/accounts/login/code/other/",
)
UNKNOWN_EMAIL = "nobody@people.example"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_category")]


@pytest.fixture
def user():
    return make_attendee("linh@people.example")


def request_code(client, address, **more):
    return client.post(REQUEST_CODE_URL, {"email": address} | more)


def sign_in(client, address):
    request_code(client, address)
    return client.post(CODE_URL, {"code": sent_codes()[-1]})


def is_signed_in(client):
    return "_auth_user_id" in client.session


def comparable_text(response, *variable_texts):
    """The page without its CSRF tokens and these texts."""
    text = re.sub(r'value="\w{64}"', "", page_text(response))
    for variable in variable_texts:
        text = text.replace(variable, "")
    return text


# Sign-in


def test_login_code_signs_an_attendee_in(client, user):
    assert request_code(client, user.email).headers["Location"] == CODE_URL
    assert not is_signed_in(client)
    assert client.post(CODE_URL, {"code": sent_codes()[-1]}).headers["Location"] == DASHBOARD_URL
    assert is_signed_in(client)


def test_erase_account_ends_every_session_that_signed_in(user):
    clients = [Client(), Client()]
    for client in clients:
        sign_in(client, user.email)
    workflow.erase_user(user)
    assert not any(
        client.cookies["sessionid"].value in Session.objects.values_list("pk", flat=True) for client in clients
    )


def test_login_code_is_accepted_with_other_separators(client, user):
    request_code(client, user.email)
    code = sent_codes()[-1]
    assert re.fullmatch(r"\d{4}-\d{4}", code)
    client.post(CODE_URL, {"code": f" {code.replace('-', ' ')} "})
    assert is_signed_in(client)


def test_login_code_redirects_to_the_requested_page(client, user):
    page = client.get("/my/days/", follow=True)
    assert 'name="next" value="/my/days/"' in page_text(page)
    request_code(client, user.email, next="/my/days/")
    assert client.post(CODE_URL, {"code": sent_codes()[-1], "next": "/my/days/"}).headers["Location"] == "/my/days/"


def test_login_code_address_is_normalized(client, user):
    request_code(client, " LINH@People.Example ")
    client.post(CODE_URL, {"code": sent_codes()[-1]})
    assert is_signed_in(client)


def test_login_page_shows_the_code_form_before_the_password_form(client):
    page = page_text(client.get(LOGIN_URL))
    assert page.index(f'action="{REQUEST_CODE_URL}"') < page.index(f'action="{LOGIN_URL}"')
    assert page.count('autocomplete="email"') == 2
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("page", [REQUEST_CODE_URL, CODE_URL])
def test_login_code_pages_are_not_cached_and_have_no_inline_code(client, user, page):
    client.post(REQUEST_CODE_URL, {"email": user.email})
    response = client.get(page, follow=True)
    assert response.status_code == 200
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert '<main id="main"' in page_text(response)
    assert not re.search(r"<style|<script|\sstyle=|\son[a-z]+=|placeholder=", page_text(response))


def test_login_code_page_shows_the_address(client, user):
    request_code(client, user.email)
    page = page_text(client.get(CODE_URL))
    assert f"<strong>{user.email}</strong>" in page
    assert re.search(r'<input[^>]*name="code"[^>]*autocomplete="one-time-code"', page)
    assert 'inputmode="numeric"' in page


# Wrong and expired codes


def test_login_code_wrong_shows_an_error(client, user):
    request_code(client, user.email)
    page = page_text(client.post(CODE_URL, {"code": "0000-0000"}))
    assert "Wrong code. Enter the code from the latest e-mail." in page
    assert "<title>Error: " in page
    assert not is_signed_in(client)


@pytest.mark.parametrize("code", ["", "1" * 5000, "\u0661\u0662"])
def test_login_code_malformed_is_rejected(client, user, code):
    request_code(client, user.email)
    assert client.post(CODE_URL, {"code": code}).status_code == 200
    assert not is_signed_in(client)


def test_login_code_is_invalid_after_five_wrong_ones(client, user):
    request_code(client, user.email)
    for _ in range(4):
        client.post(CODE_URL, {"code": "0000-0000"})
    response = client.post(CODE_URL, {"code": "0000-0000", "next": DASHBOARD_URL}, follow=True)
    assert "Too many wrong codes." in page_text(response)
    assert response.redirect_chain[-1][0] == f"{REQUEST_CODE_URL}?next=%2Fmy%2F"
    client.post(CODE_URL, {"code": sent_codes()[-1]})
    assert not is_signed_in(client)


def test_login_code_expires_after_15_minutes(client, user):
    request_code(client, user.email)
    with time_machine.travel(NOVEMBER + datetime.timedelta(minutes=16)):
        response = client.post(CODE_URL, {"code": sent_codes()[-1]}, follow=True)
        assert "This code has expired. Please request a new one." in page_text(response)
        assert f'value="{user.email}"' in page_text(response)
    assert not is_signed_in(client)


def test_login_code_is_rejected_in_another_browser(client, user):
    request_code(client, user.email)
    other = Client()
    other.post(CODE_URL, {"code": sent_codes()[-1]})
    assert not is_signed_in(other)


def test_login_code_is_rejected_the_second_time(client, user):
    sign_in(client, user.email)
    client.post("/accounts/logout/")
    client.post(CODE_URL, {"code": sent_codes()[-1]})
    assert not is_signed_in(client)


def test_login_code_resent_replaces_the_first(client, user):
    request_code(client, user.email)
    page = page_text(client.post(CODE_URL, {"action": "resend"}, follow=True))
    assert "Only the latest code works." in page
    first, second = sent_codes()
    client.post(CODE_URL, {"code": first})
    assert not is_signed_in(client)
    client.post(CODE_URL, {"code": second})
    assert is_signed_in(client)


def test_login_code_resending_is_limited(client, user):
    request_code(client, user.email)
    for _ in range(9):
        client.post(CODE_URL, {"action": "resend"})
    assert len(sent_codes()) <= 4


def test_login_code_address_can_be_changed(client, user):
    request_code(client, UNKNOWN_EMAIL, next="/my/days/")
    assert client.get(REQUEST_CODE_URL).headers["Location"] == CODE_URL
    response = client.post(CHANGE_ADDRESS_URL, {"next": "/my/days/"}, follow=True)
    assert response.redirect_chain[-1][0] == f"{REQUEST_CODE_URL}?next=%2Fmy%2Fdays%2F"
    assert f'value="{UNKNOWN_EMAIL}"' in page_text(response)


def test_login_code_address_is_not_changed_by_get(client, user):
    request_code(client, user.email)
    assert client.get(CHANGE_ADDRESS_URL).status_code == 405
    assert client.get(CODE_URL).status_code == 200


# No disclosure of accounts


def test_login_code_responses_do_not_reveal_accounts(user):
    def pages(address):
        client = Client()
        requested = request_code(client, address)
        page = client.get(CODE_URL)
        wrong = client.post(CODE_URL, {"code": "0000-0000"})
        resent = client.post(CODE_URL, {"action": "resend"}, follow=True)
        return requested.headers["Location"], *(comparable_text(item, address) for item in (page, wrong, resent))

    assert pages(user.email) == pages(UNKNOWN_EMAIL)


def test_register_responses_do_not_reveal_accounts(user):
    def pages(address):
        client = Client()
        sent = client.post(REGISTER_URL, form_data(email=address))
        return sent.status_code, sent.headers["Location"], comparable_text(client.get(CODE_URL), address)

    assert pages(user.email) == pages(UNKNOWN_EMAIL)


def test_register_responses_do_not_reveal_inactive_accounts(user):
    User.objects.update(is_active=False)

    def pages(address):
        client = Client()
        sent = client.post(REGISTER_URL, form_data(email=address))
        return sent.headers["Location"], comparable_text(client.get(CODE_URL), address)

    assert pages(user.email) == pages(UNKNOWN_EMAIL)


def test_login_code_without_an_account_sends_nothing(client):
    request_code(client, UNKNOWN_EMAIL)
    assert sent_codes() == []
    assert not User.objects.exists()


def test_login_code_for_an_inactive_account_sends_nothing(client, user):
    User.objects.update(is_active=False)
    request_code(client, user.email)
    client.post(REGISTER_URL, form_data(email=user.email))
    assert sent_codes() == []
    assert User.objects.count() == 1


def test_login_code_of_an_account_deactivated_since_is_rejected(client, user):
    request_code(client, user.email)
    User.objects.update(is_active=False)
    client.post(CODE_URL, {"code": sent_codes()[-1]})
    assert not is_signed_in(client)


# Accounts


def test_open_account_has_no_password_and_an_unverified_address(client):
    client.post(REGISTER_URL, form_data(email=UNKNOWN_EMAIL))
    user = User.objects.get()
    assert not user.has_usable_password()
    assert UNKNOWN_EMAIL not in user.username
    assert not user.is_staff
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [(UNKNOWN_EMAIL, False, True)]


def test_open_account_reuses_the_account_of_the_address(user):
    assert open_account("LINH@PEOPLE.EXAMPLE") == user
    assert open_account(UNKNOWN_EMAIL) == open_account(UNKNOWN_EMAIL)
    assert User.objects.count() == 2


def test_open_account_ignores_former_addresses():
    first = open_account(UNKNOWN_EMAIL)
    prove(first, UNKNOWN_EMAIL)
    EmailAddress.objects.update(email="new@people.example")
    User.objects.update(email="new@people.example")
    assert open_account(UNKNOWN_EMAIL) != first
    assert open_account(UNKNOWN_EMAIL) == open_account(UNKNOWN_EMAIL)


# Organizers and second factors


def test_login_code_of_an_organizer_does_not_open_the_admin(client):
    organizer = make_organizer("Programme editors")
    assert sign_in(client, organizer.email).headers["Location"] == "/admin/"
    response = client.get("/admin/programme/session/")
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/accounts/2fa/")


def test_login_code_of_an_organizer_with_mfa_asks_for_it(client):
    organizer = make_organizer("Programme editors")
    add_totp(organizer)
    assert sign_in(client, organizer.email).headers["Location"] == "/accounts/2fa/authenticate/"
    assert not is_signed_in(client)
    assert client.get("/admin/").status_code == 302


def test_login_code_of_an_attendee_with_mfa_asks_for_it(client, user):
    add_totp(user)
    sign_in(client, user.email)
    assert not is_signed_in(client)
    assert client.get(DASHBOARD_URL).status_code == 302


def test_register_does_not_bypass_mfa(client, user):
    add_totp(user)
    client.post(REGISTER_URL, form_data(email=user.email))
    enter_code(client)
    assert not is_signed_in(client)
    assert not Registration.objects.exists()


def test_register_draft_is_submitted_after_mfa(client, user):
    add_totp(user)
    recovery_codes = RecoveryCodes.activate(user).generate_codes()
    client.post(REGISTER_URL, form_data(email=user.email))
    response = client.post(CODE_URL, {"code": sent_codes()[-1], "next": FINISH_URL})
    assert response.headers["Location"] == "/accounts/2fa/authenticate/"
    assert client.post("/accounts/2fa/authenticate/", {"code": recovery_codes[0]}).headers["Location"] == FINISH_URL
    assert client.get(FINISH_URL).headers["Location"] == DASHBOARD_URL
    assert Registration.objects.get().user == user


def test_login_code_does_not_allow_mfa_setup_by_an_organizer(client):
    sign_in(client, make_organizer("Programme editors").email)
    response = client.get("/accounts/2fa/app/")
    assert response.status_code == 302
    assert "reauthenticate" in response.headers["Location"]


def test_login_code_does_not_open_the_admin_where_mfa_is_optional(settings):
    organizer = make_organizer(is_superuser=True)
    settings.MFA_OPTIONAL_LOCALLY, settings.ORGANIZER_EMAIL = True, organizer.username
    by_code, by_password = Client(), Client()
    sign_in(by_code, organizer.email)
    assert by_code.get("/admin/").status_code == 302
    by_password.post(LOGIN_URL, {"login": organizer.email, "password": PASSWORD})
    assert by_password.get("/admin/").status_code == 200


# Redirects


@pytest.mark.parametrize("url", OTHER_HOSTS[:3])
def test_login_code_does_not_redirect_to_other_hosts(client, user, url):
    assert request_code(Client(), user.email, next=url).headers.get("Location", CODE_URL) == CODE_URL
    request_code(client, user.email)
    response = client.post(CODE_URL, {"code": sent_codes()[-1], "next": url})
    assert response.headers.get("Location", DASHBOARD_URL) == DASHBOARD_URL


@pytest.mark.parametrize("url", OTHER_HOSTS[:3])
def test_login_code_change_of_address_does_not_redirect_to_other_hosts(client, user, url):
    request_code(client, user.email)
    assert client.post(CHANGE_ADDRESS_URL, {"next": url}).headers.get("Location", REQUEST_CODE_URL) == REQUEST_CODE_URL


# E-mails


def test_login_code_is_sent_whatever_the_forwarding_headers(client, user):
    headers = dict.fromkeys(["x-forwarded-host", "x-host", "forwarded"], "evil.example")
    client.post(REQUEST_CODE_URL, {"email": user.email}, headers=headers)
    assert len(sent_codes()) == 1


@pytest.mark.parametrize(
    "address", ["a@b.example\nBcc: all@people.example", "a@b.example,all@people.example", "x" * 5000]
)
def test_login_code_is_not_sent_to_injected_addresses(client, address):
    request_code(client, address)
    client.post(REGISTER_URL, form_data(email=address))
    assert sent_codes() == []
