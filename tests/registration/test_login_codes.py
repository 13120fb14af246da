"""Signing in by a code: the way in for attendees. It opens the organizers' desk to nobody."""

import datetime
import re
import statistics
import time

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client

from conference.accounts.email_ownership import open_account, prove
from conference.registration import workflow
from conference.registration.models import Registration
from tests.conference.test_login import ELSEWHERE

from ..users import PASSWORD, add_totp, make_organizer
from .factories import client_for, make_attendee
from .registration_flow import (
    CODE_URL,
    DASHBOARD_URL,
    FINISH_URL,
    NOVEMBER,
    REGISTER_URL,
    enter_code,
    form_data,
    make_open_form,
    page_text,
    sent_codes,
)

LOGIN, ASK, OTHER = "/accounts/login/", "/accounts/login/code/", "/accounts/login/code/other/"
NOBODY = "nobody@people.example"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_november(conference):
    cache.clear()
    with time_machine.travel(NOVEMBER, tick=True):
        make_open_form()
        yield


@pytest.fixture
def user():
    return make_attendee("linh@people.example")


def ask(client, address, **more):
    return client.post(ASK, {"email": address} | more)


def sign_in(client, address):
    ask(client, address)
    return client.post(CODE_URL, {"code": sent_codes()[-1]})


def is_signed_in(client):
    return "_auth_user_id" in client.session


def without_marks(response, *words):
    """The page without what is never the same."""
    text = re.sub(r'value="\w{64}"', "", page_text(response))
    for word in words:
        text = text.replace(word, "")
    return text


# The way in


def test_an_attendee_signs_in_with_a_code(client, user):
    assert ask(client, user.email).headers["Location"] == CODE_URL
    assert not is_signed_in(client)
    assert client.post(CODE_URL, {"code": sent_codes()[-1]}).headers["Location"] == DASHBOARD_URL
    assert is_signed_in(client)


def test_erase_account_ends_every_session_that_signed_in(user):
    browsers = [Client(), Client()]
    for browser in browsers:
        sign_in(browser, user.email)
    workflow.erase_user(user)
    assert not any(
        browser.cookies["sessionid"].value in Session.objects.values_list("pk", flat=True) for browser in browsers
    )


def test_code_is_easy_to_type(client, user):
    ask(client, user.email)
    code = sent_codes()[-1]
    assert re.fullmatch(r"\d{4}-\d{4}", code)
    client.post(CODE_URL, {"code": f" {code.replace('-', ' ')} "})
    assert is_signed_in(client)


def test_afterwards_one_is_where_one_wanted_to_be(client, user):
    page = client.get("/my/days/", follow=True)
    assert 'name="next" value="/my/days/"' in page_text(page)
    ask(client, user.email, next="/my/days/")
    assert client.post(CODE_URL, {"code": sent_codes()[-1], "next": "/my/days/"}).headers["Location"] == "/my/days/"


def test_an_address_is_known_in_every_spelling(client, user):
    ask(client, " LINH@People.Example ")
    client.post(CODE_URL, {"code": sent_codes()[-1]})
    assert is_signed_in(client)


def test_sign_in_page_offers_the_code_first_and_the_password(client):
    page = page_text(client.get(LOGIN))
    assert page.index(f'action="{ASK}"') < page.index(f'action="{LOGIN}"')
    assert page.count('autocomplete="email"') == 2
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("language", ["", "/vi"])
@pytest.mark.parametrize("page", [ASK, CODE_URL])
def test_pages_are_in_the_sites_frame_and_kept_by_nobody(client, user, page, language):
    client.post(language + ASK, {"email": user.email})
    response = client.get(language + page, follow=True)
    assert response.status_code == 200
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert '<main id="main"' in page_text(response)
    assert not re.search(r"<style|<script|\sstyle=|\son[a-z]+=|placeholder=", page_text(response))


def test_page_for_the_code_says_where_the_letter_went(client, user):
    ask(client, user.email)
    page = page_text(client.get(CODE_URL))
    assert f"<strong>{user.email}</strong>" in page
    assert re.search(r'<input[^>]*name="code"[^>]*autocomplete="one-time-code"', page)
    assert 'inputmode="numeric"' in page


def test_whoever_is_signed_in_needs_no_code(user):
    assert client_for(user).get(ASK).headers["Location"] == DASHBOARD_URL
    assert client_for(user).get(CODE_URL).headers["Location"] == DASHBOARD_URL


# Wrong, late, again


def test_a_wrong_code_is_said_in_a_sentence(client, user):
    ask(client, user.email)
    page = page_text(client.post(CODE_URL, {"code": "0000-0000"}))
    assert "Wrong code. Enter the code from the latest e-mail." in page
    assert "<title>Error: " in page
    assert not is_signed_in(client)


@pytest.mark.parametrize("code", ["", "é", "1" * 5000, "\u0661\u0662", "' or 1=1"])
def test_what_is_no_code_is_refused(client, user, code):
    ask(client, user.email)
    assert client.post(CODE_URL, {"code": code}).status_code == 200
    assert not is_signed_in(client)


def test_after_five_wrong_codes_the_right_one_is_wrong_too(client, user):
    ask(client, user.email)
    for _ in range(4):
        client.post(CODE_URL, {"code": "0000-0000"})
    response = client.post(CODE_URL, {"code": "0000-0000", "next": DASHBOARD_URL}, follow=True)
    assert "Too many wrong codes." in page_text(response)
    assert response.redirect_chain[-1][0] == f"{ASK}?next=%2Fmy%2F"
    client.post(CODE_URL, {"code": sent_codes()[-1]})
    assert not is_signed_in(client)


def test_a_code_is_good_for_a_quarter_of_an_hour(client, user):
    ask(client, user.email)
    with time_machine.travel(NOVEMBER + datetime.timedelta(minutes=16)):
        response = client.post(CODE_URL, {"code": sent_codes()[-1]}, follow=True)
        assert "This code has expired. Please request a new one." in page_text(response)
        assert f'value="{user.email}"' in page_text(response)
    assert not is_signed_in(client)


def test_a_code_is_good_in_the_browser_that_asked_for_it(client, user):
    ask(client, user.email)
    other = Client()
    other.post(CODE_URL, {"code": sent_codes()[-1]})
    assert not is_signed_in(other)


def test_a_code_is_good_once(client, user):
    sign_in(client, user.email)
    client.post("/accounts/logout/")
    client.post(CODE_URL, {"code": sent_codes()[-1]})
    assert not is_signed_in(client)


def test_a_new_code_takes_the_place_of_the_first(client, user):
    ask(client, user.email)
    page = page_text(client.post(CODE_URL, {"action": "resend"}, follow=True))
    assert "Only the latest code works." in page
    first, second = sent_codes()
    client.post(CODE_URL, {"code": first})
    assert not is_signed_in(client)
    client.post(CODE_URL, {"code": second})
    assert is_signed_in(client)


def test_new_codes_are_few(client, user):
    ask(client, user.email)
    for _ in range(9):
        client.post(CODE_URL, {"action": "resend"})
    assert len(sent_codes()) <= 4


def test_another_address_can_be_used(client, user):
    ask(client, NOBODY, next="/my/days/")
    assert client.get(ASK).headers["Location"] == CODE_URL
    response = client.post(OTHER, {"next": "/my/days/"}, follow=True)
    assert response.redirect_chain[-1][0] == f"{ASK}?next=%2Fmy%2Fdays%2F"
    assert f'value="{NOBODY}"' in page_text(response)


def test_looking_at_the_page_for_another_address_changes_nothing(client, user):
    ask(client, user.email)
    assert client.get(OTHER).status_code == 405
    assert client.get(CODE_URL).status_code == 200


# Nobody learns whether an address has an account


def test_known_and_unknown_addresses_look_the_same(user):
    def pages(address):
        client = Client()
        asked = ask(client, address)
        seen = client.get(CODE_URL)
        wrong = client.post(CODE_URL, {"code": "0000-0000"})
        again = client.post(CODE_URL, {"action": "resend"}, follow=True)
        return asked.headers["Location"], *(without_marks(page, address) for page in (seen, wrong, again))

    assert pages(user.email) == pages(NOBODY)


def test_registering_looks_the_same_for_known_and_unknown_addresses(user):
    def pages(address):
        client = Client()
        sent = client.post(REGISTER_URL, form_data(email=address))
        return sent.status_code, sent.headers["Location"], without_marks(client.get(CODE_URL), address)

    assert pages(user.email) == pages(NOBODY)


def test_a_closed_account_looks_the_same(user):
    User.objects.update(is_active=False)

    def pages(address):
        client = Client()
        sent = client.post(REGISTER_URL, form_data(email=address))
        return sent.headers["Location"], without_marks(client.get(CODE_URL), address)

    assert pages(user.email) == pages(NOBODY)


def test_asking_takes_as_long_for_known_and_unknown_addresses(user):
    def seconds(address):
        cache.clear()
        client, start = Client(), time.perf_counter()
        ask(client, address)
        return time.perf_counter() - start

    known, unknown = ([seconds(address) for _ in range(15)] for address in (user.email, NOBODY))
    assert abs(statistics.median(known) - statistics.median(unknown)) < 0.05


def test_who_has_no_account_gets_no_letter_by_signing_in(client):
    ask(client, NOBODY)
    assert sent_codes() == []
    assert not User.objects.exists()


def test_a_closed_account_gets_no_letter_and_stays_outside(client, user):
    User.objects.update(is_active=False)
    ask(client, user.email)
    client.post(REGISTER_URL, form_data(email=user.email))
    assert sent_codes() == []
    assert User.objects.count() == 1


def test_an_account_that_is_closed_meanwhile_stays_outside(client, user):
    ask(client, user.email)
    User.objects.update(is_active=False)
    client.post(CODE_URL, {"code": sent_codes()[-1]})
    assert not is_signed_in(client)


# Accounts


def test_an_account_is_made_without_a_password_and_with_an_address_to_be_confirmed(client):
    client.post(REGISTER_URL, form_data(email=NOBODY))
    user = User.objects.get()
    assert not user.has_usable_password()
    assert NOBODY not in user.username
    assert not user.is_staff
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [(NOBODY, False, True)]


def test_one_address_is_one_account(user):
    assert open_account("LINH@PEOPLE.EXAMPLE") == user
    assert open_account(NOBODY) == open_account(NOBODY)
    assert User.objects.count() == 2


def test_an_address_that_somebody_had_before_is_not_theirs_any_more():
    first = open_account(NOBODY)
    prove(first, NOBODY)
    EmailAddress.objects.update(email="new@people.example")
    User.objects.update(email="new@people.example")
    assert open_account(NOBODY) != first
    assert open_account(NOBODY) == open_account(NOBODY)


# The desk


def test_a_code_does_not_open_the_desk(client):
    organizer = make_organizer("Programme editors")
    assert sign_in(client, organizer.email).headers["Location"] == "/admin/"
    response = client.get("/admin/programme/session/")
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/accounts/2fa/")


def test_who_has_a_second_factor_is_asked_for_it_after_the_code(client):
    organizer = make_organizer("Programme editors")
    add_totp(organizer)
    assert sign_in(client, organizer.email).headers["Location"] == "/accounts/2fa/authenticate/"
    assert not is_signed_in(client)
    assert client.get("/admin/").status_code == 302


def test_an_attendee_with_a_second_factor_is_asked_for_it_too(client, user):
    add_totp(user)
    sign_in(client, user.email)
    assert not is_signed_in(client)
    assert client.get(DASHBOARD_URL).status_code == 302


def test_registering_does_not_go_around_the_second_factor(client, user):
    add_totp(user)
    client.post(REGISTER_URL, form_data(email=user.email))
    enter_code(client)
    assert not is_signed_in(client)
    assert not Registration.objects.exists()


def test_what_was_typed_is_handed_in_after_the_second_factor(client, user):
    add_totp(user)
    paper = RecoveryCodes.activate(user).generate_codes()
    client.post(REGISTER_URL, form_data(email=user.email))
    asked = client.post(CODE_URL, {"code": sent_codes()[-1], "next": FINISH_URL})
    assert asked.headers["Location"] == "/accounts/2fa/authenticate/"
    assert client.post("/accounts/2fa/authenticate/", {"code": paper[0]}).headers["Location"] == FINISH_URL
    assert client.get(FINISH_URL).headers["Location"] == DASHBOARD_URL
    assert Registration.objects.get().user == user


def test_a_code_is_not_enough_to_set_up_a_second_factor_for_the_desk(client):
    sign_in(client, make_organizer("Programme editors").email)
    response = client.get("/accounts/2fa/app/")
    assert response.status_code == 302
    assert "reauthenticate" in response.headers["Location"]


def test_where_the_second_factor_may_wait_it_waits_for_the_password_alone(settings):
    organizer = make_organizer(is_superuser=True)
    settings.MFA_OPTIONAL_LOCALLY, settings.ORGANIZER_EMAIL = True, organizer.username
    by_code, by_password = Client(), Client()
    sign_in(by_code, organizer.email)
    assert by_code.get("/admin/").status_code == 302
    by_password.post(LOGIN, {"login": organizer.email, "password": PASSWORD})
    assert by_password.get("/admin/").status_code == 200


def test_organizers_keep_their_password(client):
    organizer = make_organizer()
    assert client.post(LOGIN, {"login": organizer.email, "password": PASSWORD}).headers["Location"] == "/admin/"


# Where one is sent on


@pytest.mark.parametrize("address", ELSEWHERE)
def test_a_code_leads_nowhere_else(client, user, address):
    assert ask(Client(), user.email, next=address).headers.get("Location", CODE_URL) == CODE_URL
    ask(client, user.email)
    response = client.post(CODE_URL, {"code": sent_codes()[-1], "next": address})
    assert response.headers.get("Location", DASHBOARD_URL) == DASHBOARD_URL


@pytest.mark.parametrize("address", ELSEWHERE)
def test_another_address_leads_nowhere_else(client, user, address):
    ask(client, user.email)
    assert client.post(OTHER, {"next": address}).headers.get("Location", ASK) == ASK


# Letters


@pytest.mark.parametrize("header", ["x-forwarded-host", "x-host", "forwarded"])
def test_a_code_comes_from_the_site_whatever_the_request_says(client, user, header):
    client.post(ASK, {"email": user.email}, headers={header: "evil.example"})
    assert len(sent_codes()) == 1


@pytest.mark.parametrize(
    "address", ["a@b.example\nBcc: all@people.example", "a@b.example,all@people.example", "x" * 5000]
)
def test_a_code_goes_to_one_address_only(client, address):
    ask(client, address)
    client.post(REGISTER_URL, form_data(email=address))
    assert sent_codes() == []
