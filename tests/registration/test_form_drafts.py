"""Drafts of the registration form: entries outlive sign-in, another language, errors and an expired session."""

import datetime
import re

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from conference import site_data
from conference.registration import form_options
from conference.registration.models import Registration

from .factories import client_for, make_attendee, make_consent_text
from .registration_flow import (
    CODE_URL,
    DASHBOARD_URL,
    EMAIL,
    FINISH_URL,
    NOVEMBER,
    REGISTER_URL,
    database_down,
    enter_code,
    form_data,
    form_errors,
    open_registration,
    page_text,
    sent_codes,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("november")]

OTHER_ADDRESS_URL, REQUEST_CODE_URL = "/accounts/login/code/other/", "/accounts/login/code/"


def test_change_language_keeps_the_entries_and_sends_nothing(client, open_category):
    data = form_data(badge_name="Lin", email="not yet", change_language="vi")
    response = client.post("/vi/register/", data, follow=True)
    assert response.redirect_chain == [("/vi/register/", 302)]
    assert 'value="Lin"' in page_text(response)
    assert 'value="not yet"' in page_text(response)
    assert "problems" not in page_text(response)
    assert not sent_codes()


def test_language_buttons_submit_the_form_without_validation(client, open_category):
    page = page_text(client.get(REGISTER_URL))
    assert re.search(
        r'<button\s+type="submit" form="form" name="change_language"[^>]*formaction="/vi/register/" formnovalidate',
        page,
    )
    first = re.search(r'<button[^>]*form="form"[^>]*>', page)[0]
    assert "name=" not in first
    assert "formaction" not in first


@pytest.mark.slow
def test_clear_button_deletes_the_draft(client, open_category):
    client.post(REGISTER_URL, form_data(badge_name="Lin", change_language="en"))
    assert "Your entries are below." in page_text(client.get(REGISTER_URL))
    page = page_text(client.post(REGISTER_URL, {"clear": "1"}, follow=True))
    assert 'value="Lin"' not in page
    assert "Your entries are below." not in page


def test_change_language_of_a_signed_in_user_does_not_register(open_category):
    client = client_for(make_attendee(EMAIL))
    client.post(REGISTER_URL, form_data(change_language="en"))
    client.get(FINISH_URL)
    client.get(DASHBOARD_URL)
    assert not Registration.objects.exists()


def test_draft_is_shown_while_the_code_is_not_entered(client, open_category):
    client.post(REGISTER_URL, form_data(badge_name="Lin"))
    page = page_text(client.get(REGISTER_URL))
    assert 'value="Lin"' in page
    assert f'value="{EMAIL}"' in page


def test_draft_with_a_mistyped_address_can_be_corrected(client, open_category):
    client.post(REGISTER_URL, form_data(email="lihn@people.example", badge_name="Lin"))
    response = client.post(OTHER_ADDRESS_URL, {"next": FINISH_URL}, follow=True)
    assert response.redirect_chain == [(REGISTER_URL, 302)]
    assert 'value="Lin"' in page_text(response)
    client.post(REGISTER_URL, form_data(badge_name="Lin"))
    enter_code(client)
    assert Registration.objects.get().user.email == EMAIL


def test_draft_with_another_address_than_the_code_is_shown_again(client, open_category):
    client.post(REGISTER_URL, form_data(email="lihn@people.example", badge_name="Lin"))
    client.post(OTHER_ADDRESS_URL)
    client.post(REQUEST_CODE_URL, {"email": EMAIL, "next": FINISH_URL})
    response = enter_code(client)
    assert response.redirect_chain[-1][0] == REGISTER_URL
    assert 'value="Lin"' in page_text(response)
    client.post(REGISTER_URL, form_data(email=None, badge_name="Lin"))
    assert Registration.objects.get().user.email == EMAIL


def test_draft_outlives_an_expired_code(client, open_category):
    client.post(REGISTER_URL, form_data())
    with time_machine.travel(NOVEMBER + datetime.timedelta(minutes=20)):
        response = enter_code(client)
        assert "This code has expired." in page_text(response)
        client.post(REQUEST_CODE_URL, {"email": EMAIL, "next": FINISH_URL})
        assert enter_code(client).redirect_chain[-1][0] == DASHBOARD_URL
    assert Registration.objects.get().badge_name == "Linh"


def test_draft_is_submitted_after_sign_in_on_another_page(client, open_category):
    client.post(REGISTER_URL, form_data())
    client.post(OTHER_ADDRESS_URL)
    client.post(REQUEST_CODE_URL, {"email": EMAIL})
    assert client.post(CODE_URL, {"code": sent_codes()[-1]}).headers["Location"] == DASHBOARD_URL
    assert client.get(DASHBOARD_URL).headers["Location"] == FINISH_URL
    client.get(FINISH_URL)
    assert Registration.objects.exists()


def test_draft_of_another_person_is_not_submitted(open_category):
    client = Client()
    client.post(REGISTER_URL, form_data(email="first@people.example"))
    client.post(OTHER_ADDRESS_URL)
    client.post(REQUEST_CODE_URL, {"email": make_attendee().email})
    response = client.post(CODE_URL, {"code": sent_codes()[-1], "next": FINISH_URL}, follow=True)
    assert response.redirect_chain[-1][0] == REGISTER_URL
    assert not Registration.objects.exists()
    assert client.get(DASHBOARD_URL).status_code == 200


def test_draft_that_became_invalid_is_shown_with_its_errors(client, open_category):
    client.post(REGISTER_URL, form_data())
    make_consent_text(2)
    form_options.refresh_options()
    response = enter_code(client)
    assert list(form_errors(response)) == ["consent"]
    assert 'value="Linh"' in page_text(response)
    assert 'action="/register/"' in page_text(response)


def test_draft_submitted_before_the_close_is_accepted_within_the_grace_period(client, open_category):
    open_registration(-30, 0.001)
    client.post(REGISTER_URL, form_data())
    with time_machine.travel(NOVEMBER + datetime.timedelta(minutes=10)):
        assert enter_code(client).redirect_chain[-1][0] == DASHBOARD_URL
    assert Registration.objects.exists()


def test_draft_submitted_before_the_close_is_rejected_after_the_grace_period(client, open_category):
    open_registration(-30, 0.001)
    client.post(REGISTER_URL, form_data())
    with time_machine.travel(NOVEMBER + datetime.timedelta(hours=3)):
        client.post(REQUEST_CODE_URL, {"email": EMAIL, "next": FINISH_URL})
        assert enter_code(client).status_code == 403
        assert client.get(DASHBOARD_URL).status_code == 200
    assert not Registration.objects.exists()


def test_expired_session_asks_for_the_address_and_keeps_the_entries(client, open_category):
    response = client.post(REGISTER_URL, form_data(email=None, badge_name="Lin"))
    assert list(form_errors(response)) == ["email"]
    assert 'value="Lin"' in page_text(response)


def test_database_down_returns_the_entries_in_a_retry_form(client, open_category):
    client.get(REGISTER_URL)
    with database_down():
        response = client.post(REGISTER_URL, form_data(badge_name='"Lin"'))
        assert client.get(REGISTER_URL).status_code == 503
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "60"
    assert "no-store" in response.headers["Cache-Control"]
    page = page_text(response)
    assert '<input type="hidden" name="badge_name" value="&quot;Lin&quot;">' in page
    assert page.count('<input type="hidden" name="languages"') == 2
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))
    assert client.post(REGISTER_URL, fields).headers["Location"].startswith(CODE_URL)


def test_database_down_before_the_options_were_loaded_returns_the_entries(client, open_category):
    site_data.get_site_data()
    with database_down():
        response = client.post(REGISTER_URL, form_data(badge_name="Lin"))
    assert response.status_code == 503
    assert 'name="badge_name" value="Lin"' in page_text(response)


@pytest.mark.django_db(transaction=True)
def test_category_deleted_since_the_page_was_loaded_is_an_error_that_keeps_the_entries(open_category):
    client = client_for(make_attendee())
    client.get(REGISTER_URL)
    open_category.delete()
    response = client.post(REGISTER_URL, form_data(badge_name="Lin"))
    assert "This category is no longer available. Choose another one." in page_text(response)
    assert 'value="Lin"' in page_text(response)
    assert not Registration.objects.exists()


def test_missing_csrf_token_shows_the_form_with_its_entries(open_category):
    client = Client(enforce_csrf_checks=True)
    client.get(REGISTER_URL)
    response = client.post(REGISTER_URL, form_data(badge_name="Lin"))
    assert response.status_code == 403
    assert 'value="Lin"' in page_text(response)
    assert "because your session changed" in page_text(response)
    assert not User.objects.exists()
    assert "form_drafts" not in client.session


def test_missing_csrf_token_from_another_origin_shows_an_error_page(open_category):
    client = Client(enforce_csrf_checks=True)
    response = client.post(REGISTER_URL, form_data(badge_name="Lin"), headers={"origin": "https://evil.example"})
    assert response.status_code == 403
    assert "Lin" not in page_text(response)


# Cookies


def post_without_cookies(client, url, data):
    """Submit as a browser that accepts no cookies, and follow the redirect that repeats the submission."""
    response = client.post(url, data)
    client.cookies.clear()
    assert response.status_code == 307
    return client.post(response.headers["Location"], data)


def test_blocked_cookies_are_explained_and_the_entries_kept(open_category):
    response = post_without_cookies(Client(enforce_csrf_checks=True), REGISTER_URL, form_data(badge_name="Lin"))
    assert response.status_code == 403
    assert "your browser accepts no cookies from this site" in page_text(response)
    assert "Please submit it again" not in page_text(response)
    assert 'value="Lin"' in page_text(response)


def test_blocked_cookies_are_explained_in_vietnamese(open_category):
    response = post_without_cookies(Client(enforce_csrf_checks=True), f"/vi{REGISTER_URL}", form_data())
    assert "cookie" in page_text(response)
    assert "your browser" not in page_text(response)


def test_cleared_cookies_are_not_said_to_be_blocked(open_category):
    client = Client(enforce_csrf_checks=True)
    response = client.post(REGISTER_URL, form_data(badge_name="Lin"), follow=True)
    assert "because your session changed" in page_text(response)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page_text(response))[1]
    response = client.post(REGISTER_URL, form_data() | {"csrfmiddlewaretoken": token})
    assert response.status_code == 302


def test_blocked_cookies_on_the_sign_in_page_are_explained(open_category):
    response = post_without_cookies(Client(enforce_csrf_checks=True), "/accounts/login/code/", {"email": "a@b.example"})
    assert response.status_code == 403
    assert "your browser accepts no cookies from this site" in page_text(response)


def test_cookie_check_keeps_the_query(open_category):
    response = Client(enforce_csrf_checks=True).post("/accounts/login/code/?next=/my/days/", {})
    assert response.headers["Location"] == "/accounts/login/code/?next=%2Fmy%2Fdays%2F&cookie-check=1"


def test_cookie_check_is_not_for_other_origins(open_category):
    client = Client(enforce_csrf_checks=True)
    response = client.post(REGISTER_URL, form_data(), headers={"origin": "https://evil.example"})
    assert response.status_code == 403
