"""What keeps programs and people with bad intentions from filling in the form all day, without puzzles for others."""

import random
from urllib.parse import quote

import pytest
import time_machine
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.cache import cache
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
    NOVEMBER,
    REGISTER_URL,
    enter_code,
    form_data,
    make_open_form,
    page_text,
    sent_codes,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_november(conference):
    cache.clear()
    with time_machine.travel(NOVEMBER, tick=True):
        make_open_form()
        yield


# The field that people do not see


def test_a_program_that_fills_in_everything_is_answered_as_anybody(client):
    person, program = Client(), client
    answer = person.post(REGISTER_URL, form_data())
    same = program.post(REGISTER_URL, form_data(homepage="https://spam.example"))
    assert (same.status_code, same.headers["Location"]) == (answer.status_code, answer.headers["Location"])
    assert 'name="code"' in page_text(program.get(CODE_URL))


def test_a_program_gets_nothing_made(client):
    client.post(REGISTER_URL, form_data(homepage="x"))
    assert not User.objects.exists()
    assert not QueuedEmail.objects.exists()
    assert sent_codes() == []
    assert "form_drafts" not in client.session


def test_a_program_that_is_signed_in_gets_nothing_made_either():
    client = client_for(make_attendee())
    assert client.post(REGISTER_URL, form_data(email=None, homepage="x")).headers["Location"] == DASHBOARD_URL
    assert not Registration.objects.exists()


def test_people_are_neither_shown_nor_led_to_it(client):
    page = page_text(client.get(REGISTER_URL))
    field = page[page.index('<div class="visually-hidden" aria-hidden="true">') :].partition("</div>")[0]
    assert 'name="homepage"' in field
    assert 'tabindex="-1"' in field
    assert 'autocomplete="off"' in field


# How often


def test_one_address_is_not_written_to_all_day():
    for _ in range(12):
        Client().post(REGISTER_URL, form_data())
    assert len(sent_codes()) == 5


def test_who_comes_too_often_is_told_so_and_loses_nothing(client):
    for _ in range(5):
        Client().post(REGISTER_URL, form_data())
    response = client.post(REGISTER_URL, form_data(badge_name="Lin"))
    assert response.status_code == 429
    assert "Too many attempts in a short time." in page_text(response)
    assert 'value="Lin"' in page_text(response)
    assert 'value="Lin"' in page_text(client.get(REGISTER_URL))


def test_another_spelling_is_the_same_address():
    for number in range(12):
        Client().post(REGISTER_URL, form_data(email=EMAIL.upper() if number % 2 else EMAIL))
    assert len(sent_codes()) == 5


def test_a_hotel_full_of_delegates_registers_at_once():
    for number in range(60):
        assert Client().post(REGISTER_URL, form_data(email=f"delegate{number}@people.example")).status_code == 302


def test_one_machine_does_not_register_the_world(settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"register": "3/m/ip"}
    answers = [
        Client().post(
            REGISTER_URL,
            form_data(email=f"spam{number}@people.example"),
            headers={"x-forwarded-for": f"192.0.2.{number}"},
        )
        for number in range(5)
    ]
    assert [answer.status_code for answer in answers] == [302, 302, 302, 429, 429]


def test_codes_are_not_asked_for_all_day():
    address = make_attendee().email
    for _ in range(12):
        Client().post("/accounts/login/code/", {"email": address})
    assert len(sent_codes()) == 5


def test_links_to_offers_are_not_guessed_all_day(client, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"offer": "3/m/ip"}
    answers = [client.post(f"/offers/{number}/", {"answer": "accept"}).status_code for number in range(5)]
    assert answers == [404, 404, 404, 429, 429]


# Whatever is sent

HOSTILE = [
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


@pytest.mark.parametrize(
    "page", [*PAGES, "/offers/x/", "/my/cancel/", "/my/erase/", "/register/finish/", DASHBOARD_URL]
)
def test_whatever_is_sent_there_is_an_answer(page):
    client, stranger = client_for(make_attendee()), Client()
    chance = random.Random(page)
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
    for _ in range(40):
        fields = {name: quote(value) for name, value in form_data().items() if isinstance(value, str)}
        fields |= {chance.choice(names): chance.choice(HOSTILE) for _ in range(chance.randint(1, 6))}
        body = "&".join(f"{name}={value}" for name, value in fields.items())
        for visitor in (client, stranger):
            answer = visitor.generic("POST", page, body, content_type="application/x-www-form-urlencoded")
            assert answer.status_code < 500
            assert visitor.get(page).status_code < 500


# What is kept of what somebody sends


def test_strangers_do_not_fill_our_tables(settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"draft": "3/m/ip"}
    for _ in range(6):
        Client().post(REGISTER_URL, form_data(change_language="en"))
        Client().post(EDIT_URL, {"badge_name": "x"})
    assert Session.objects.count() == 3


def test_what_is_sent_is_kept_however_many_look_around(settings, client):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"draft": "1/m/ip"}
    for _ in range(3):
        Client().post(REGISTER_URL, form_data(change_language="en"))
    client.post(REGISTER_URL, form_data())
    enter_code(client)
    assert Registration.objects.exists()


def test_only_so_much_is_kept(client):
    sent = form_data(change_language="en", access="x" * 100_000, languages=["en"] * 500)
    client.post(REGISTER_URL, sent | {f"more{number}": "x" for number in range(900)})
    kept = client.session[form_drafts.SESSION_KEY]["registration:register"]["fields"]
    assert len(kept) == form_drafts.MAX_FIELDS
    assert len(kept["access"][0]) == form_drafts.MAX_VALUE_LENGTH
    assert len(kept["languages"]) == form_drafts.MAX_VALUES_PER_FIELD
    assert "csrfmiddlewaretoken" not in kept


def test_a_long_form_is_kept_within_reason(client):
    client.post(REGISTER_URL, {"change_language": "en"} | {f"field{number}": "x" * 2000 for number in range(50)})
    kept = client.session[form_drafts.SESSION_KEY]["registration:register"]["fields"]
    assert sum(len(value) for values in kept.values() for value in values) <= form_drafts.MAX_TOTAL_LENGTH


def test_what_is_kept_of_a_stranger_is_kept_for_a_day_and_not_longer_than_needed(client):
    client.post(REGISTER_URL, form_data(change_language="en", access="A wheelchair place"))
    assert client.session.get_expiry_age() <= form_drafts.ANONYMOUS_LIFETIME
    client.post(REGISTER_URL, {"clear": "1"})
    assert client.session.get_expiry_age() > form_drafts.ANONYMOUS_LIFETIME
    assert "wheelchair" not in str(dict(client.session))


def test_after_registering_nothing_typed_is_kept(client):
    client.post(REGISTER_URL, form_data(access="A wheelchair place"))
    enter_code(client)
    assert "wheelchair" not in str(dict(client.session))
    assert client.session.get_expiry_age() > form_drafts.ANONYMOUS_LIFETIME


def test_what_strangers_send_to_pages_of_others_is_kept_for_them_alone(client):
    client.post(EDIT_URL, {"badge_name": "Mallory"})
    user = make_attendee()
    other = client_for(user)
    assert "Mallory" not in page_text(other.get(DASHBOARD_URL))


def test_a_new_session_after_signing_in_has_what_was_typed_and_another_number(client):
    client.post(REGISTER_URL, form_data())
    before = client.session.session_key
    enter_code(client)
    assert client.session.session_key != before
    assert Registration.objects.exists()
