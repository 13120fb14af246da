"""Protection of the registration form against spam and flooding."""

import random
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client

from conference.mail.models import QueuedEmail
from conference.registration import form_drafts
from conference.registration.models import Registration

from .factories import client_for, make_attendee
from .registration_flow import (
    CODE_URL,
    DASHBOARD_URL,
    EDIT_URL,
    EMAIL,
    REGISTER_URL,
    enter_code,
    form_data,
    page_text,
    sent_codes,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_category")]


# Honeypot


def test_honeypot_filled_in_gets_the_usual_response(client):
    response = Client().post(REGISTER_URL, form_data())
    bot_response = client.post(REGISTER_URL, form_data(homepage="https://spam.example"))
    assert bot_response.status_code == response.status_code
    assert bot_response.headers["Location"] == response.headers["Location"]
    assert 'name="code"' in page_text(client.get(CODE_URL))


def test_honeypot_filled_in_creates_nothing(client):
    client.post(REGISTER_URL, form_data(homepage="x"))
    assert not User.objects.exists()
    assert not QueuedEmail.objects.exists()
    assert sent_codes() == []
    assert "form_drafts" not in client.session


def test_honeypot_filled_in_by_a_user_creates_nothing():
    client = client_for(make_attendee())
    assert client.post(REGISTER_URL, form_data(email=None, homepage="x")).headers["Location"] == DASHBOARD_URL
    assert not Registration.objects.exists()


def test_honeypot_is_hidden_from_people(client):
    page = page_text(client.get(REGISTER_URL))
    field = page[page.index('<div class="visually-hidden" aria-hidden="true">') :].partition("</div>")[0]
    assert 'name="homepage"' in field
    assert 'tabindex="-1"' in field
    assert 'autocomplete="off"' in field


# Rate limits


def test_rate_limit_codes_to_one_address():
    for _ in range(7):
        Client().post(REGISTER_URL, form_data())
    assert len(sent_codes()) == 5


def test_rate_limit_reached_keeps_the_entries(client):
    for _ in range(5):
        Client().post(REGISTER_URL, form_data())
    response = client.post(REGISTER_URL, form_data(badge_name="Lin"))
    assert response.status_code == 429
    assert "Too many attempts in a short time." in page_text(response)
    assert 'value="Lin"' in page_text(response)
    assert 'value="Lin"' in page_text(client.get(REGISTER_URL))


def test_rate_limit_counts_spellings_of_an_address_together():
    for number in range(7):
        Client().post(REGISTER_URL, form_data(email=EMAIL.upper() if number % 2 else EMAIL))
    assert len(sent_codes()) == 5


@pytest.mark.slow
def test_rate_limit_allows_many_visitors_behind_one_address():
    for number in range(20):
        assert Client().post(REGISTER_URL, form_data(email=f"delegate{number}@people.example")).status_code == 302


def test_rate_limit_ignores_forged_client_addresses(settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"register": "3/m/ip"}
    responses = [
        Client().post(
            REGISTER_URL,
            form_data(email=f"spam{number}@people.example"),
            headers={"x-forwarded-for": f"192.0.2.{number}"},
        )
        for number in range(5)
    ]
    assert [response.status_code for response in responses] == [302, 302, 302, 429, 429]


def test_rate_limit_login_codes():
    address = make_attendee().email
    for _ in range(7):
        Client().post("/accounts/login/code/", {"email": address})
    assert len(sent_codes()) == 5


def test_rate_limit_offer_links(client, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"offer": "3/m/ip"}
    statuses = [client.post(f"/offers/{number}/", {"answer": "accept"}).status_code for number in range(5)]
    assert statuses == [404, 404, 404, 429, 429]


# Malformed requests

MALFORMED_VALUES = [
    *[
        "",
        "%FF%FE",
        "%ED%A0%80",
        "%00",
        "%0d%0aBcc:%20a@b.example",
        "%E2%80%AE",
        "%F0%9F%8E%9F",
        "x" * 60_000,
        "9" * 5000,
    ],
    *["-1", "[]", "{{7*7}}", "%27%20or%201=1--", "%3Cscript%3E", "1e999", "in_person", "None", "true", "%EF%BF%BF"],
]
PAGES = [
    REGISTER_URL,
    "/vi/register/",
    EDIT_URL,
    "/my/days/",
    "/accounts/login/code/",
    CODE_URL,
    "/accounts/login/code/other/",
]


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", [*PAGES, "/offers/x/", "/my/cancel/", "/my/erase/", "/register/finish/", DASHBOARD_URL]
)
def test_malformed_posts_cause_no_server_error(page):
    clients = client_for(make_attendee()), Client()
    generator = random.Random(page)
    names = [
        *form_data(),
        "code",
        "next",
        "action",
        "answer",
        "change_language",
        "clear",
        "confirm",
        "email_language",
        "x[]",
    ]
    for _ in range(10):
        fields = {name: quote(value) for name, value in form_data().items() if isinstance(value, str)}
        fields |= {generator.choice(names): generator.choice(MALFORMED_VALUES) for _ in range(generator.randint(1, 6))}
        body = "&".join(f"{name}={value}" for name, value in fields.items())
        for client in clients:
            response = client.generic("POST", page, body, content_type="application/x-www-form-urlencoded")
            assert response.status_code < 500
            assert client.get(page).status_code < 500


# Drafts


def test_rate_limit_drafts_of_anonymous_visitors(settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"draft": "3/m/ip"}
    for _ in range(6):
        Client().post(REGISTER_URL, form_data(change_language="en"))
        Client().post(EDIT_URL, {"badge_name": "x"})
    assert Session.objects.count() == 3


def test_rate_limit_of_drafts_does_not_apply_to_submissions(settings, client):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"draft": "1/m/ip"}
    for _ in range(3):
        Client().post(REGISTER_URL, form_data(change_language="en"))
    client.post(REGISTER_URL, form_data())
    enter_code(client)
    assert Registration.objects.exists()


def test_draft_size_is_limited_per_field(client):
    data = form_data(change_language="en", access="x" * 100_000, languages=["en"] * 500)
    client.post(REGISTER_URL, data | {f"more{number}": "x" for number in range(900)})
    fields = client.session[form_drafts.SESSION_KEY]["registration:register"]["fields"]
    assert len(fields) == form_drafts.MAX_FIELDS
    assert len(fields["access"][0]) == form_drafts.MAX_VALUE_LENGTH
    assert len(fields["languages"]) == form_drafts.MAX_VALUES_PER_FIELD
    assert "csrfmiddlewaretoken" not in fields


def test_draft_size_is_limited_in_total(client):
    client.post(REGISTER_URL, {"change_language": "en"} | {f"field{number}": "x" * 2000 for number in range(50)})
    fields = client.session[form_drafts.SESSION_KEY]["registration:register"]["fields"]
    assert sum(len(value) for values in fields.values() for value in values) <= form_drafts.MAX_TOTAL_LENGTH


def test_draft_of_an_anonymous_visitor_expires_within_a_day(client):
    client.post(REGISTER_URL, form_data(change_language="en", access="A wheelchair place"))
    assert client.session.get_expiry_age() <= form_drafts.ANONYMOUS_LIFETIME
    client.post(REGISTER_URL, {"clear": "1"})
    assert client.session.get_expiry_age() > form_drafts.ANONYMOUS_LIFETIME
    assert "wheelchair" not in str(dict(client.session))


def test_draft_is_deleted_after_registration(client):
    client.post(REGISTER_URL, form_data(access="A wheelchair place"))
    enter_code(client)
    assert "wheelchair" not in str(dict(client.session))
    assert client.session.get_expiry_age() > form_drafts.ANONYMOUS_LIFETIME


def test_draft_of_an_anonymous_visitor_is_not_shown_to_others(client):
    client.post(EDIT_URL, {"badge_name": "Mallory"})
    user = make_attendee()
    other = client_for(user)
    assert "Mallory" not in page_text(other.get(DASHBOARD_URL))


def test_session_key_changes_at_sign_in_and_keeps_the_draft(client):
    client.post(REGISTER_URL, form_data())
    before = client.session.session_key
    enter_code(client)
    assert client.session.session_key != before
    assert Registration.objects.exists()
