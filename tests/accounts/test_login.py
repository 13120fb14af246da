"""Sign-in with a password, sign-out, password change and reset, and the user's e-mail addresses."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from ..outbox import send_pending_emails
from ..users import PASSWORD, admin_client_for, make_organizer
from .redirects import OTHER_HOSTS

LOGIN, LOGOUT, RESET = "/accounts/login/", "/accounts/logout/", "/accounts/password/reset/"
CHANGE_PASSWORD, ADDRESSES = "/accounts/password/change/", "/accounts/email/"
REAUTHENTICATE = "/accounts/reauthenticate/"
NEW_PASSWORD = "another-long-password"

pytestmark = pytest.mark.django_db


def sign_in(client, email, password=PASSWORD, **request):
    return client.post(LOGIN, {"login": email, "password": password}, **request)


def is_signed_in(client):
    return client.get(ADDRESSES).status_code == 200


def change_password(client, new_password=NEW_PASSWORD):
    data = {"oldpassword": PASSWORD, "password1": new_password, "password2": new_password}
    return client.post(CHANGE_PASSWORD, data)


def choose_new_password(client, link):
    form = client.get(link, follow=True)
    return client.post(form.redirect_chain[-1][0], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})


# Sign-in and sign-out


@pytest.mark.parametrize(
    ("prefix", "is_staff", "target"), [("", True, "/admin/"), ("/vi", True, "/vi/admin/"), ("", False, "/my/")]
)
def test_login_with_password_redirects_by_role_and_language(client, prefix, is_staff, target):
    user = make_organizer(is_staff=is_staff)
    response = client.post(prefix + LOGIN, {"login": user.email, "password": PASSWORD})
    assert response.headers["Location"] == target
    assert is_signed_in(client)


def test_login_for_an_admin_page_returns_to_that_page(client, organizer):
    response = client.get("/admin/programme/session/", follow=True)
    assert response.redirect_chain[-1][0].startswith(LOGIN)
    assert 'name="next" value="/admin/programme/session/"' in response.text
    data = {"login": organizer.email, "password": PASSWORD, "next": "/admin/programme/session/"}
    assert client.post(LOGIN, data).headers["Location"] == "/admin/programme/session/"


def test_admin_login_url_does_not_sign_in(client, organizer):
    client.post("/admin/login/", {"username": organizer.username, "password": PASSWORD})
    assert not is_signed_in(client)


def test_admin_password_change_redirects_to_the_account_page(organizer):
    response = admin_client_for(organizer).post("/admin/password_change/", {"old_password": PASSWORD})
    assert response.headers["Location"] == CHANGE_PASSWORD


def test_admin_logout_signs_out(organizer):
    client = admin_client_for(organizer)
    assert client.post("/admin/logout/").headers["Location"] == "/"
    assert not is_signed_in(client)


def test_logout_invalidates_the_session_cookie(organizer):
    client = admin_client_for(organizer)
    session_cookie = client.cookies["sessionid"].value
    client.post(LOGOUT)
    client.cookies["sessionid"] = session_cookie
    assert not is_signed_in(client)


@pytest.mark.parametrize("method", ["get", "post"])
def test_signup_creates_no_account(client, method):
    data = {"email": "new@people.example", "password1": NEW_PASSWORD, "is_staff": "1", "is_superuser": "1"}
    response = getattr(client, method)("/accounts/signup/", data)
    assert "Accounts are for organizers" in response.text
    assert not EmailAddress.objects.exists()


def test_login_to_a_closed_account_is_refused(client):
    sign_in(client, make_organizer(is_active=False).email)
    assert not is_signed_in(client)


def test_closing_an_account_ends_its_sessions(organizer):
    client = admin_client_for(organizer)
    organizer.is_active = False
    organizer.save()
    assert not is_signed_in(client)
    assert client.get("/admin/").status_code == 302


def test_login_with_unproved_address_is_refused_and_sends_no_email(client, organizer):
    EmailAddress.objects.update(verified=False)
    assert "Wrong e-mail address or password." in sign_in(client, organizer.email).text
    assert not is_signed_in(client)
    assert not send_pending_emails()


def test_login_errors_are_the_same_for_a_wrong_password_and_an_unknown_address(organizer):
    def error_page(email):
        page = sign_in(Client(), email, "wrong").text
        return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page).replace(email, "")

    assert "Wrong e-mail address or password." in error_page(organizer.email)
    assert error_page(organizer.email) == error_page("nobody@people.example")


# Pages

PUBLIC_PAGES = [
    LOGIN,
    "/accounts/signup/",
    RESET,
    f"{RESET}done/",
    f"{RESET}key/done/",
    f"{RESET}key/1-x/",
    "/accounts/inactive/",
    "/accounts/confirm-email/",
    "/accounts/confirm-email/nothing/",
]
SIGNED_IN_PAGES = [CHANGE_PASSWORD, ADDRESSES, REAUTHENTICATE, LOGOUT]


@pytest.mark.parametrize(
    ("prefix", "name"), [("", "Women, Peace and Security"), ("/vi", "Phụ nữ, Hòa bình và An ninh")]
)
@pytest.mark.parametrize("path", [*PUBLIC_PAGES, *SIGNED_IN_PAGES])
def test_account_page_uses_the_site_layout_and_is_private(client, organizer, path, prefix, name):
    if path in SIGNED_IN_PAGES:
        client = admin_client_for(organizer)
    response = client.get(prefix + path, follow=True)
    assert response.status_code == 200
    assert {"private", "no-store"} <= set(response.headers["Cache-Control"].replace(" ", "").split(","))
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert '<main id="main"' in response.text
    assert name in response.text
    assert not re.search(r"<style|<script|\sstyle=|\son[a-z]+=|placeholder=", response.text)


def test_login_fields_have_autocomplete_attributes(client, organizer):
    page = client.get(LOGIN).text
    assert re.search(r'<input[^>]*autocomplete="email"[^>]*id="id_login"', page)
    assert re.search(r'<input[^>]*autocomplete="current-password"', page)
    assert admin_client_for(organizer).get(CHANGE_PASSWORD).text.count('autocomplete="new-password"') == 2


def test_login_form_shows_errors_in_a_summary_and_at_the_field(client):
    page = client.post(LOGIN, {"login": "nobody", "password": ""}).text
    assert 'role="alert"' in page
    assert '<a href="#id_password">' in page
    assert 'aria-invalid="true"' in page
    for described_by in re.findall(r'aria-describedby="([^"]+)"', page):
        assert all(f'id="{name}"' in page for name in described_by.split())


def test_login_with_accept_json_answers_html(client):
    response = client.get(LOGIN, headers={"accept": "application/json"})
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"


def test_accounts_root_redirects_to_login(client):
    assert client.get("/accounts/").headers["Location"] == reverse("account_login")


# E-mails


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1@evil.example", "a b"])
def test_password_reset_for_another_host_is_refused(client, organizer, host):
    assert client.post(RESET, {"email": organizer.email}, headers={"host": host}).status_code == 400
    assert not send_pending_emails()


@pytest.mark.parametrize("header", ["x-forwarded-host", "forwarded", "x-original-host"])
def test_password_reset_link_ignores_host_headers(client, organizer, header, settings):
    """CVE-2021-30185."""
    client.post(RESET, {"email": organizer.email}, headers={header: "evil.example", "host": "localhost"})
    [email] = send_pending_emails()
    assert "evil" not in email.subject + email.body
    assert "localhost" not in email.body
    assert f"{settings.SITE_URL}{RESET}key/" in email.body
    assert email.subject == "Women, Peace and Security: Choose a new password"


def test_password_reset_link_sets_the_password_once(client, organizer, sent_link):
    client.post(RESET, {"email": organizer.email})
    link = sent_link()
    choose_new_password(client, link)
    assert sign_in(Client(), organizer.email, NEW_PASSWORD).status_code == 302
    assert "This link has expired" in Client().get(link, follow=True).text


def test_password_reset_answers_are_the_same_for_an_unknown_address(organizer):
    known = Client().post(RESET, {"email": organizer.email}, follow=True)
    unknown = Client().post(RESET, {"email": "nobody@people.example"}, follow=True)
    assert known.content == unknown.content
    assert known.redirect_chain == unknown.redirect_chain


@pytest.mark.parametrize(
    "email", ["a@b.example\nBcc: all@people.example", "a@b.example,all@people.example", "x" * 5000]
)
def test_password_reset_for_an_invalid_address_sends_no_email(client, email):
    client.post(RESET, {"email": email})
    assert not send_pending_emails()


def test_password_change_is_notified_without_the_user_agent(organizer):
    change_password(admin_client_for(organizer, headers={"user-agent": "Click https://evil.example"}))
    [email] = send_pending_emails()
    assert email.to == [organizer.email]
    assert "The password of your account was changed." in email.body
    assert "evil" not in email.body


def test_password_reset_of_an_invited_organizer_leads_to_the_setup_of_a_second_factor(client, sent_link):
    User.objects.create_user("new@people.example", "new@people.example", is_staff=True)
    client.post(RESET, {"email": "new@people.example"})
    choose_new_password(client, sent_link())
    response = client.post(LOGIN, {"login": "new@people.example", "password": NEW_PASSWORD}, follow=True)
    assert response.redirect_chain[-1][0] == "/accounts/2fa/"


# Redirects


@pytest.mark.parametrize("url", OTHER_HOSTS)
def test_login_does_not_redirect_to_another_host(client, organizer, url):
    response = client.post(LOGIN, {"login": organizer.email, "password": PASSWORD, "next": url})
    assert response.headers.get("Location", "/admin/") == "/admin/"


@pytest.mark.parametrize(
    ("method", "path", "target"),
    [("get", LOGIN, "/admin/"), ("post", LOGOUT, "/"), ("post", REAUTHENTICATE, "/admin/")],
)
def test_signed_in_page_does_not_redirect_to_another_host(organizer, method, path, target):
    for url in OTHER_HOSTS:
        client = admin_client_for(organizer)
        response = getattr(client, method)(path, {"password": PASSWORD, "next": url})
        assert response.headers.get("Location", target) == target, url


@pytest.mark.parametrize("path", [LOGIN, "/accounts/signup/", RESET])
def test_account_page_links_to_no_other_host(client, path):
    for url in OTHER_HOSTS:
        targets = re.findall(r'\s(?:href|action|src)="([^"]*)"', client.get(path, {"next": url}).text)
        assert all(re.match(r"/(?![/\\])|#", target) for target in targets), url


# Rate limits


def test_login_attempts_are_limited_whatever_x_forwarded_for_says(client, organizer):
    for number in range(15):
        sign_in(client, organizer.email, "wrong", headers={"x-forwarded-for": f"192.0.2.{number}"})
    response = sign_in(client, organizer.email, headers={"x-forwarded-for": "198.51.100.1"})
    assert "There were too many attempts." in response.text
    assert not is_signed_in(client)


def test_login_to_the_own_account_does_not_reset_the_limit_of_another(client, organizer):
    own = make_organizer()
    for _ in range(4):
        sign_in(client, organizer.email, "wrong")
    sign_in(client, own.email)
    client.post(LOGOUT)
    for _ in range(4):
        response = sign_in(client, organizer.email, "wrong")
    assert "There were too many attempts." in response.text


def test_login_above_the_rate_limit_shows_an_error_page(client):
    for number in range(31):
        response = sign_in(client, f"user{number}@people.example", "wrong")
    assert response.status_code == 429
    assert "Too many requests" in response.text
    assert "minutes" not in response.text
    assert '<main id="main"' in response.text
    assert "no-store" in response.headers["Cache-Control"]


def test_reauthentication_attempts_are_limited(organizer):
    client = admin_client_for(organizer)
    statuses = [client.post(REAUTHENTICATE, {"password": "wrong"}).status_code for _ in range(15)]
    assert statuses[-1] == 429


# Forms of other sites


@pytest.mark.parametrize("headers", [{}, {"origin": "null"}, {"origin": "http://127.0.0.1.evil.example"}])
def test_login_form_of_another_site_is_refused(organizer, headers):
    client = Client(enforce_csrf_checks=True)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(LOGIN).text)[1]
    data = {"login": organizer.email, "password": PASSWORD}
    if headers:
        data["csrfmiddlewaretoken"] = token
    assert client.post(LOGIN, data, headers=headers).status_code == 403
    assert not is_signed_in(client)


@pytest.mark.parametrize("path", [LOGOUT, CHANGE_PASSWORD, ADDRESSES, REAUTHENTICATE, RESET])
def test_account_form_without_csrf_token_is_refused(organizer, path):
    assert admin_client_for(organizer, enforce_csrf_checks=True).post(path).status_code == 403


# Passwords and addresses


def test_password_change_accepts_long_unicode_and_signs_out_other_browsers(organizer):
    here, elsewhere = admin_client_for(organizer), admin_client_for(organizer)
    password = "Mật khẩu dài với dấu 🕊 " * 3
    change_password(here, password)
    assert is_signed_in(here)
    assert not is_signed_in(elsewhere)
    assert sign_in(Client(), organizer.email, password).status_code == 302


@pytest.mark.parametrize("weak", ["short1", "password123", "organizer"])
def test_password_change_to_a_weak_password_is_refused(organizer, weak):
    assert 'role="alert"' in change_password(admin_client_for(organizer), weak).text
    organizer.refresh_from_db()
    assert organizer.check_password(PASSWORD)


def test_add_address_requires_reauthentication_and_sends_a_confirmation(organizer):
    client = admin_client_for(organizer)
    response = client.post(ADDRESSES, {"action_add": "", "email": "second@people.example"})
    assert not EmailAddress.objects.filter(email="second@people.example").exists()
    client.post(response.headers["Location"], {"password": PASSWORD, "next": ADDRESSES})
    assert EmailAddress.objects.filter(user=organizer, email="second@people.example", verified=False).exists()
    assert any(email.to == ["second@people.example"] for email in send_pending_emails())


def test_remove_address_keeps_the_last_one(organizer):
    client = admin_client_for(organizer)
    client.post(REAUTHENTICATE, {"password": PASSWORD})
    client.post(ADDRESSES, {"action_remove": "", "email": organizer.email})
    assert EmailAddress.objects.filter(user=organizer).exists()
