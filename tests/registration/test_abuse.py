"""What keeps programs and people with bad intentions from filling in the form all day, without puzzles for others."""

import random
from urllib.parse import quote

import pytest
import time_machine
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client

from conference.registration import typed
from conference.registration.models import Letter, Registration

from .cast import an_attendee, signed_in
from .visitors import (
    ADDRESS,
    CODE,
    EDIT,
    MY,
    NOVEMBER,
    REGISTER,
    an_open_form,
    codes_sent,
    shown,
    the_form,
    type_the_code,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_november(conference):
    cache.clear()
    with time_machine.travel(NOVEMBER, tick=True):
        an_open_form()
        yield


# The field that people do not see


def test_a_program_that_fills_in_everything_is_answered_as_anybody(client):
    person, program = Client(), client
    answer = person.post(REGISTER, the_form())
    same = program.post(REGISTER, the_form(homepage="https://spam.example"))
    assert (same.status_code, same.headers["Location"]) == (answer.status_code, answer.headers["Location"])
    assert 'name="code"' in shown(program.get(CODE))


def test_a_program_gets_nothing_made(client):
    client.post(REGISTER, the_form(homepage="x"))
    assert not User.objects.exists()
    assert not Letter.objects.exists()
    assert codes_sent() == []
    assert "typed" not in client.session


def test_a_program_that_is_signed_in_gets_nothing_made_either():
    client = signed_in(an_attendee())
    assert client.post(REGISTER, the_form(email=None, homepage="x")).headers["Location"] == MY
    assert not Registration.objects.exists()


def test_people_are_neither_shown_nor_led_to_it(client):
    page = shown(client.get(REGISTER))
    field = page[page.index('<div class="sr" aria-hidden="true">') :].partition("</div>")[0]
    assert 'name="homepage"' in field
    assert 'tabindex="-1"' in field
    assert 'autocomplete="off"' in field


# How often


def test_one_address_is_not_written_to_all_day():
    for _ in range(12):
        Client().post(REGISTER, the_form())
    assert len(codes_sent()) == 5


def test_who_comes_too_often_is_told_so_and_loses_nothing(client):
    for _ in range(5):
        Client().post(REGISTER, the_form())
    response = client.post(REGISTER, the_form(badge_name="Lin"))
    assert response.status_code == 429
    assert "Too many attempts in a short time." in shown(response)
    assert 'value="Lin"' in shown(response)
    assert 'value="Lin"' in shown(client.get(REGISTER))


def test_another_spelling_is_the_same_address():
    for number in range(12):
        Client().post(REGISTER, the_form(email=ADDRESS.upper() if number % 2 else ADDRESS))
    assert len(codes_sent()) == 5


def test_a_hotel_full_of_delegates_registers_at_once():
    for number in range(60):
        assert Client().post(REGISTER, the_form(email=f"delegate{number}@people.example")).status_code == 302


def test_one_machine_does_not_register_the_world(settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"register": "3/m/ip"}
    answers = [
        Client().post(
            REGISTER, the_form(email=f"spam{number}@people.example"), headers={"x-forwarded-for": f"192.0.2.{number}"}
        )
        for number in range(5)
    ]
    assert [answer.status_code for answer in answers] == [302, 302, 302, 429, 429]


def test_codes_are_not_asked_for_all_day():
    address = an_attendee().email
    for _ in range(12):
        Client().post("/accounts/login/code/", {"email": address})
    assert len(codes_sent()) == 5


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
PAGES = [REGISTER, "/vi/register/", EDIT, "/my/days/", "/accounts/login/code/", CODE, "/accounts/login/code/other/"]


@pytest.mark.parametrize("page", [*PAGES, "/offers/x/", "/my/cancel/", "/my/erase/", "/register/finish/", MY])
def test_whatever_is_sent_there_is_an_answer(page):
    client, stranger = signed_in(an_attendee()), Client()
    chance = random.Random(page)
    names = [*the_form(), "code", "next", "action", "answer", "switch", "clear", "sure", "letter_language", "x[]"]
    for _ in range(40):
        fields = {name: quote(value) for name, value in the_form().items() if isinstance(value, str)}
        fields |= {chance.choice(names): chance.choice(HOSTILE) for _ in range(chance.randint(1, 6))}
        body = "&".join(f"{name}={value}" for name, value in fields.items())
        for visitor in (client, stranger):
            answer = visitor.generic("POST", page, body, content_type="application/x-www-form-urlencoded")
            assert answer.status_code < 500
            assert visitor.get(page).status_code < 500


# What is kept of what somebody sends


def test_strangers_do_not_fill_our_tables(settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"typed": "3/m/ip"}
    for _ in range(6):
        Client().post(REGISTER, the_form(switch="en"))
        Client().post(EDIT, {"badge_name": "x"})
    assert Session.objects.count() == 3


def test_what_is_sent_is_kept_however_many_look_around(settings, client):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"typed": "1/m/ip"}
    for _ in range(3):
        Client().post(REGISTER, the_form(switch="en"))
    client.post(REGISTER, the_form())
    type_the_code(client)
    assert Registration.objects.exists()


def test_only_so_much_is_kept(client):
    sent = the_form(switch="en", access="x" * 100_000, languages=["en"] * 500)
    client.post(REGISTER, sent | {f"more{number}": "x" for number in range(900)})
    kept = client.session[typed.KEY]["register"]["fields"]
    assert len(kept) == typed.FIELDS
    assert len(kept["access"][0]) == typed.LETTERS
    assert len(kept["languages"]) == typed.VALUES
    assert "csrfmiddlewaretoken" not in kept


def test_a_long_form_is_kept_within_reason(client):
    client.post(REGISTER, {"switch": "en"} | {f"field{number}": "x" * 2000 for number in range(50)})
    kept = client.session[typed.KEY]["register"]["fields"]
    assert sum(len(value) for values in kept.values() for value in values) <= typed.IN_ALL


def test_what_is_kept_of_a_stranger_is_kept_for_a_day_and_not_longer_than_needed(client):
    client.post(REGISTER, the_form(switch="en", access="A wheelchair place"))
    assert client.session.get_expiry_age() <= typed.DAY
    client.post(REGISTER, {"clear": "1"})
    assert client.session.get_expiry_age() > typed.DAY
    assert "wheelchair" not in str(dict(client.session))


def test_after_registering_nothing_typed_is_kept(client):
    client.post(REGISTER, the_form(access="A wheelchair place"))
    type_the_code(client)
    assert "wheelchair" not in str(dict(client.session))
    assert client.session.get_expiry_age() > typed.DAY


def test_what_strangers_send_to_pages_of_others_is_kept_for_them_alone(client):
    client.post(EDIT, {"badge_name": "Mallory"})
    user = an_attendee()
    other = signed_in(user)
    assert "Mallory" not in shown(other.get(MY))


def test_a_new_session_after_signing_in_has_what_was_typed_and_another_number(client):
    client.post(REGISTER, the_form())
    before = client.session.session_key
    type_the_code(client)
    assert client.session.session_key != before
    assert Registration.objects.exists()
