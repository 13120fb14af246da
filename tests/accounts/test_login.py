"""Signing in, passwords and addresses: the pages, and what others have tried elsewhere (rows of the list of faults)."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from conference import site_data

from ..outbox import send_pending_emails
from ..users import PASSWORD, admin_client_for, make_organizer

LOGIN, LOGOUT, RESET = "/accounts/login/", "/accounts/logout/", "/accounts/password/reset/"
CHANGE, ADDRESSES, AGAIN = "/accounts/password/change/", "/accounts/email/", "/accounts/reauthenticate/"
NEW = "another-long-password"

# Ways to write an address elsewhere that have fooled others.
ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    "/\n/evil.example",
    "\x00//evil.example",
    " //evil.example",
    "//evil.example/%2f..",
    "http://evil.example",
    "https://evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "http:\\\\evil.example",
    "HtTpS://evil.example",
    "ftp://evil.example",
    "//evil.example@127.0.0.1",
    "http://127.0.0.1@evil.example",
    "http://127.0.0.1.evil.example",
    "http://evil.example#127.0.0.1",
    "//evil.example?127.0.0.1",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_has_tried_yet(conference):
    cache.clear()
    site_data.refresh_site_data()


@pytest.fixture
def organizer():
    return make_organizer("Programme editors")


def sign_in(client, email, password=PASSWORD, **request):
    return client.post(LOGIN, {"login": email, "password": password}, **request)


def is_signed_in(client):
    return client.get(ADDRESSES).status_code == 200


def shown(response):
    return response.content.decode()


# The way in


def test_an_organizer_signs_in_and_comes_to_the_desk(client, organizer):
    assert sign_in(client, organizer.email).headers["Location"] == "/admin/"
    assert is_signed_in(client)


def test_from_the_vietnamese_page_one_comes_to_the_vietnamese_desk(client, organizer):
    response = client.post("/vi/accounts/login/", {"login": organizer.email, "password": PASSWORD})
    assert response.headers["Location"] == "/vi/admin/"


def test_somebody_without_a_desk_comes_to_their_own_page(client):
    visitor = make_organizer(is_staff=False)
    assert sign_in(client, visitor.email).headers["Location"] == "/my/"


def test_the_desk_sends_everybody_to_the_one_door(client, organizer):
    response = client.get("/admin/programme/session/", follow=True)
    assert response.redirect_chain[-1][0].startswith(LOGIN)
    assert 'name="next" value="/admin/programme/session/"' in shown(response)


def test_after_signing_in_one_is_where_one_wanted_to_be(client, organizer):
    response = client.post(LOGIN, {"login": organizer.email, "password": PASSWORD, "next": "/admin/programme/room/"})
    assert response.headers["Location"] == "/admin/programme/room/"


def test_the_desks_own_door_opens_to_nobody(client, organizer):
    client.post("/admin/login/", {"username": organizer.username, "password": PASSWORD})
    assert not is_signed_in(client)


def test_the_desks_own_password_page_leads_to_the_other_one(organizer):
    response = admin_client_for(organizer).post("/admin/password_change/", {"old_password": PASSWORD})
    assert response.headers["Location"] == CHANGE


def test_signing_out_at_the_desk_ends_it(organizer):
    client = admin_client_for(organizer)
    assert client.post("/admin/logout/").headers["Location"] == "/"
    assert not is_signed_in(client)


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_makes_an_account_by_themselves(client, method):
    facts = {"email": "new@people.example", "password1": NEW, "is_staff": "1", "is_superuser": "1"}
    response = getattr(client, method)("/accounts/signup/", facts)
    assert "Accounts are for organizers" in shown(response)
    assert not EmailAddress.objects.exists()


def test_a_closed_account_stays_outside(client):
    closed = make_organizer(is_active=False)
    response = sign_in(client, closed.email)
    assert response.status_code in (200, 302)
    assert not is_signed_in(client)


def test_password_sign_in_unproved_address_is_refused_and_writes_to_nobody(client, organizer):
    EmailAddress.objects.update(verified=False)
    page = shown(sign_in(client, organizer.email))
    assert "There is no account with this address and this password." in page
    assert not is_signed_in(client)
    assert not send_pending_emails()


# The pages

OPEN = [
    LOGIN,
    "/accounts/signup/",
    RESET,
    f"{RESET}done/",
    f"{RESET}key/done/",
    f"{RESET}key/1-x/",
    "/accounts/inactive/",
]
OPEN += ["/accounts/confirm-email/", "/accounts/confirm-email/nothing/"]
SIGNED_IN = [CHANGE, ADDRESSES, AGAIN, LOGOUT]


@pytest.mark.parametrize("language", ["", "/vi"])
@pytest.mark.parametrize("page", [*OPEN, *SIGNED_IN])
def test_every_page_is_in_the_sites_frame_and_kept_by_nobody(client, organizer, page, language):
    if page in SIGNED_IN:
        client = admin_client_for(organizer)
    response = client.get(language + page, follow=True)
    assert response.status_code == 200
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["X-Robots-Tag"] == "noindex"
    text = shown(response)
    assert '<main id="main"' in text
    assert ("Phụ nữ, Hòa bình và An ninh" if language else "Women, Peace and Security") in text
    assert not re.search(r"<style|<script|\sstyle=|\son[a-z]+=|placeholder=", text)


def test_a_signed_in_page_is_never_another_ones(organizer):
    response = admin_client_for(organizer).get(ADDRESSES)
    assert organizer.email in shown(response)
    assert "private" in response.headers["Cache-Control"]
    assert "Cookie" in response.headers["Vary"]


def test_fields_tell_a_browser_what_they_are_for(client, organizer):
    assert re.search(r'<input[^>]*autocomplete="email"[^>]*id="id_login"', shown(client.get(LOGIN)))
    assert re.search(r'<input[^>]*autocomplete="current-password"', shown(client.get(LOGIN)))
    assert shown(admin_client_for(organizer).get(CHANGE)).count('autocomplete="new-password"') == 2


def test_what_is_wrong_is_said_above_and_at_the_field(client):
    page = shown(client.post(LOGIN, {"login": "nobody", "password": ""}))
    assert 'role="alert"' in page
    assert '<a href="#id_password">' in page
    assert 'aria-invalid="true"' in page
    for described in re.findall(r'aria-describedby="([^"]+)"', page):
        assert all(f'id="{name}"' in page for name in described.split())


def test_a_wrong_password_is_said_in_a_sentence(client, organizer):
    page = shown(sign_in(client, organizer.email, "wrong"))
    assert "Wrong e-mail address or password." in page


# Letters: row 1, CVE-2021-30185


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1@evil.example", "a b"])
def test_a_letter_is_not_sent_for_a_host_that_is_not_ours(client, organizer, host):
    assert client.post(RESET, {"email": organizer.email}, headers={"host": host}).status_code == 400
    assert not send_pending_emails()


@pytest.mark.parametrize("header", ["x-forwarded-host", "x-host", "forwarded", "x-original-host", "x-forwarded-server"])
def test_a_letter_names_the_site_and_not_what_the_request_says(client, organizer, header, settings):
    client.post(RESET, {"email": organizer.email}, headers={header: "evil.example"})
    assert "evil" not in send_pending_emails()[0].subject + send_pending_emails()[0].body
    assert f"{settings.SITE_URL}{RESET}key/" in send_pending_emails()[0].body


def test_a_letter_names_the_site_by_its_one_name(client, organizer):
    client.post(RESET, {"email": organizer.email}, headers={"host": "localhost"})
    assert "localhost" not in send_pending_emails()[0].body
    assert send_pending_emails()[0].subject == "Women, Peace and Security: Choose a new password"


def test_a_new_password_is_chosen_through_a_letter(client, organizer):
    client.post(RESET, {"email": organizer.email})
    link = re.search(r"http://127\.0\.0\.1:8000(\S+)", send_pending_emails()[0].body)[1]
    form = client.get(link, follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
    assert sign_in(Client(), organizer.email, NEW).status_code == 302


def test_a_link_to_a_new_password_works_once(client, organizer):
    client.post(RESET, {"email": organizer.email})
    link = re.search(r"http://127\.0\.0\.1:8000(\S+)", send_pending_emails()[0].body)[1]
    form = client.get(link, follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
    assert "This link has expired" in shown(Client().get(link, follow=True))


def test_nobody_learns_whether_an_address_has_an_account(organizer):
    known = Client().post(RESET, {"email": organizer.email}, follow=True)
    unknown = Client().post(RESET, {"email": "nobody@people.example"}, follow=True)
    assert known.content == unknown.content
    assert known.redirect_chain == unknown.redirect_chain


def test_a_wrong_password_and_an_unknown_address_look_the_same(organizer):
    def answer(email):
        page = shown(sign_in(Client(), email, "wrong"))
        return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page).replace(email, "")

    assert answer(organizer.email) == answer("nobody@people.example")


@pytest.mark.parametrize(
    "email",
    ["a@b.example\nBcc: all@people.example", "a@b.example,all@people.example", "=cmd|' /C calc'!A0", "x" * 5000],
)
def test_a_letter_goes_to_one_address_only(client, email):
    client.post(RESET, {"email": email})
    assert not send_pending_emails()


def test_whose_password_was_changed_is_told(organizer):
    client = admin_client_for(organizer)
    client.post(CHANGE, {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert send_pending_emails()[0].to == [organizer.email]
    assert "The password of your account was changed." in send_pending_emails()[0].body


def test_what_a_browser_calls_itself_is_not_in_a_letter(organizer):
    client = admin_client_for(organizer, headers={"user-agent": "Click https://evil.example"})
    client.post(CHANGE, {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert "evil" not in send_pending_emails()[0].body


# Where one is sent on: rows 2 and 3


@pytest.mark.parametrize("address", ELSEWHERE)
def test_signing_in_leads_nowhere_else(client, organizer, address):
    response = client.post(LOGIN, {"login": organizer.email, "password": PASSWORD, "next": address})
    assert response.headers.get("Location", "/admin/") == "/admin/"


@pytest.mark.parametrize("page", [LOGIN, "/accounts/signup/", RESET])
def test_no_link_of_a_page_leads_where_its_address_says(client, page):
    for address in ELSEWHERE:
        targets = re.findall(r'\s(?:href|action|src)="([^"]*)"', shown(client.get(page, {"next": address})))
        assert all(re.match(r"/(?![/\\])|#", target) for target in targets), address


@pytest.mark.parametrize("address", ELSEWHERE)
def test_who_is_signed_in_already_is_sent_nowhere_else(organizer, address):
    response = admin_client_for(organizer).get(LOGIN, {"next": address})
    assert response.headers.get("Location", "/admin/") == "/admin/"


@pytest.mark.parametrize("address", ELSEWHERE)
def test_signing_out_leads_nowhere_else(organizer, address):
    response = admin_client_for(organizer).post(LOGOUT, {"next": address})
    assert response.headers.get("Location", "/") == "/"


@pytest.mark.parametrize("address", ELSEWHERE)
def test_showing_that_it_is_still_oneself_leads_nowhere_else(organizer, address):
    response = admin_client_for(organizer).post(AGAIN, {"password": PASSWORD, "next": address})
    assert "evil" not in response.headers.get("Location", "")
    assert ":alert" not in response.headers.get("Location", "")


# How often: rows 29 and 30


def test_wrong_passwords_are_counted_whatever_address_they_claim_to_come_from(client, organizer):
    for number in range(15):
        sign_in(client, organizer.email, "wrong", headers={"x-forwarded-for": f"192.0.2.{number}"})
    response = sign_in(client, organizer.email, headers={"x-forwarded-for": "198.51.100.1"})
    assert "There were too many attempts." in shown(response)
    assert not is_signed_in(client)


def test_wrong_passwords_are_counted_for_each_account_from_many_addresses(organizer):
    for number in range(6):
        sign_in(Client(REMOTE_ADDR=f"192.0.2.{number}"), organizer.email, "wrong")
    client = Client(REMOTE_ADDR="198.51.100.1")
    sign_in(client, organizer.email)
    assert not is_signed_in(client)


def test_ones_own_password_between_does_not_make_others_forgotten(client, organizer):
    own = make_organizer()
    for _ in range(4):
        sign_in(client, organizer.email, "wrong")
    sign_in(client, own.email)
    client.post(LOGOUT)
    for _ in range(4):
        response = sign_in(client, organizer.email, "wrong")
    assert "There were too many attempts." in shown(response)


def test_too_many_requests_get_a_page_of_our_own(client):
    for number in range(31):
        response = sign_in(client, f"somebody{number}@people.example", "wrong")
    assert response.status_code == 429
    assert "Too many requests" in shown(response)
    assert '<main id="main"' in shown(response)
    assert "no-store" in response.headers["Cache-Control"]


def test_wrong_passwords_are_counted_where_one_shows_that_it_is_oneself(organizer):
    client = admin_client_for(organizer)
    answers = [client.post(AGAIN, {"password": "wrong"}).status_code for _ in range(15)]
    assert answers[-1] == 429


# What ends: row 31


def test_a_cookie_is_dead_after_signing_out(organizer):
    client = admin_client_for(organizer)
    kept = client.cookies["sessionid"].value
    client.post(LOGOUT)
    client.cookies["sessionid"] = kept
    assert not is_signed_in(client)


def test_other_browsers_are_signed_out_by_a_new_password(organizer):
    here, elsewhere = admin_client_for(organizer), admin_client_for(organizer)
    here.post(CHANGE, {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert is_signed_in(here)
    assert not is_signed_in(elsewhere)


def test_a_closed_account_is_signed_out_at_once(organizer):
    client = admin_client_for(organizer)
    organizer.is_active = False
    organizer.save()
    assert not is_signed_in(client)
    assert client.get("/admin/").status_code == 302


def test_signing_in_makes_a_new_session(client, organizer):
    client.get(LOGIN)
    client.session["planted"] = "x"
    client.session.save()
    before = client.session.session_key
    sign_in(client, organizer.email)
    assert client.session.session_key != before


def test_opening_the_page_to_sign_out_does_not_sign_out(organizer):
    client = admin_client_for(organizer)
    client.get(LOGOUT)
    assert is_signed_in(client)


# From elsewhere: row 32


def test_a_form_from_elsewhere_signs_nobody_in(organizer):
    client = Client(enforce_csrf_checks=True)
    assert sign_in(client, organizer.email).status_code == 403
    assert not is_signed_in(client)


@pytest.mark.parametrize("origin", ["null", "https://evil.example", "http://127.0.0.1.evil.example"])
def test_even_with_a_token_a_form_from_elsewhere_signs_nobody_in(organizer, origin):
    client = Client(enforce_csrf_checks=True)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', shown(client.get(LOGIN)))[1]
    facts = {"login": organizer.email, "password": PASSWORD, "csrfmiddlewaretoken": token}
    assert client.post(LOGIN, facts, headers={"origin": origin}).status_code == 403
    assert not is_signed_in(client)


@pytest.mark.parametrize("page", [LOGOUT, CHANGE, ADDRESSES, AGAIN, RESET])
def test_no_form_is_taken_from_elsewhere(organizer, page):
    assert admin_client_for(organizer, enforce_csrf_checks=True).post(page).status_code == 403


# Passwords and addresses


def test_a_long_password_with_any_letters_is_taken(organizer):
    client, long = admin_client_for(organizer), "Mật khẩu dài với dấu 🕊 " * 3
    client.post(CHANGE, {"oldpassword": PASSWORD, "password1": long, "password2": long})
    assert sign_in(Client(), organizer.email, long).status_code == 302


@pytest.mark.parametrize("weak", ["short1", "password123", "organizer"])
def test_a_weak_password_is_refused(organizer, weak):
    page = admin_client_for(organizer).post(CHANGE, {"oldpassword": PASSWORD, "password1": weak, "password2": weak})
    assert 'role="alert"' in shown(page)
    assert organizer.check_password(PASSWORD)


def test_another_address_is_added_once_somebody_showed_that_it_is_still_them(organizer):
    client = admin_client_for(organizer)
    asked = client.post(ADDRESSES, {"action_add": "", "email": "second@people.example"})
    assert not EmailAddress.objects.filter(email="second@people.example").exists()
    client.post(asked.headers["Location"], {"password": PASSWORD, "next": ADDRESSES})
    assert EmailAddress.objects.filter(user=organizer, email="second@people.example", verified=False).exists()
    assert any(letter.to == ["second@people.example"] for letter in send_pending_emails())


def test_an_accounts_last_address_is_not_removed(organizer):
    client = admin_client_for(organizer)
    client.post(AGAIN, {"password": PASSWORD})
    client.post(ADDRESSES, {"action_remove": "", "email": organizer.email})
    assert EmailAddress.objects.filter(user=organizer).exists()


def test_nothing_here_is_answered_as_data(client, organizer):
    response = client.get(LOGIN, headers={"accept": "application/json"})
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"


def test_the_address_above_them_all_leads_to_signing_in(client):
    assert client.get("/accounts/").headers["Location"] == reverse("account_login")


# Inviting


def test_an_invited_organizer_chooses_a_password_and_sets_up_a_second_factor(client):
    somebody = User.objects.create_user("new@people.example", "new@people.example", is_staff=True)
    assert not somebody.has_usable_password()
    client.post(RESET, {"email": "new@people.example"})
    link = re.search(r"http://127\.0\.0\.1:8000(\S+)", send_pending_emails()[0].body)[1]
    form = client.get(link, follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
    response = client.post(LOGIN, {"login": "new@people.example", "password": NEW}, follow=True)
    assert response.redirect_chain[-1][0] == "/accounts/2fa/"
