"""The form: when it is there, what it asks, what it refuses, and that nothing typed into it is lost."""

import datetime
import re

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.utils import translation

from conference import site
from conference.models import Announcement
from conference.registration import countries, terms
from conference.registration.models import Category, Needs, Registration, Seat, Step

from ..organizers import queries
from .cast import (
    IN_PERSON,
    MONDAY,
    ONLINE,
    TUESDAY,
    a_category,
    a_consent,
    a_house,
    a_quota,
    a_registration,
    an_attendee,
    seat_states,
    signed_in,
)
from .visitors import (
    ADDRESS,
    CODE,
    FINISH,
    MY,
    NOVEMBER,
    REGISTER,
    a_database_that_is_down,
    a_window,
    an_open_form,
    codes_sent,
    errors,
    registered,
    shown,
    the_form,
    type_the_code,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_november(conference):
    cache.clear()
    with time_machine.travel(NOVEMBER, tick=True):
        yield


@pytest.fixture
def category():
    return an_open_form()


def is_nothing_kept(client):
    return not Registration.objects.exists() and not User.objects.exists() and "typed" not in client.session


# When it is there


@pytest.mark.parametrize(
    ("opens", "closes", "words"),
    [
        (None, None, "When registration opens, it will be announced here."),
        (5, 20, "Registration opens on 15 November 2020, 10:00 (Ha Noi time)."),
        (-20, -1, "Registration closed on 9 November 2020, 10:00 (Ha Noi time)."),
    ],
)
def test_outside_the_window_there_is_no_form(client, opens, closes, words):
    an_open_form()
    a_window(opens, closes)
    response = client.get(REGISTER)
    assert response.status_code == 200
    assert words in shown(response)
    assert "<form" not in shown(response)
    assert "public" in response.headers["Cache-Control"]


@pytest.mark.parametrize(("opens", "closes"), [(None, None), (5, 20), (-20, -1)])
def test_what_is_sent_outside_the_window_is_refused_and_not_kept(client, opens, closes):
    an_open_form()
    a_window(opens, closes)
    response = client.post(REGISTER, the_form())
    assert response.status_code == 403
    assert "no-store" in response.headers["Cache-Control"]
    assert is_nothing_kept(client)


def test_form_is_there_while_registration_is_open(client, category):
    response = client.get(REGISTER)
    assert response.status_code == 200
    assert 'name="passport_name"' in shown(response)
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize("method", ["get", "post"])
def test_without_a_text_to_agree_to_there_is_no_form_yet(client, method):
    a_window()
    a_category()
    assert "The form is being prepared" in shown(getattr(client, method)(REGISTER))


@pytest.mark.parametrize("method", ["get", "post"])
def test_without_an_open_category_there_is_no_form_yet(client, method):
    an_open_form(is_open=False)
    assert "The form is being prepared" in shown(getattr(client, method)(REGISTER))


def test_a_day_that_is_over_is_not_asked_for(client, category):
    a_window(-30, 60)
    with time_machine.travel(datetime.datetime(2020, 12, 8, 3, tzinfo=datetime.UTC)):
        page = shown(client.get(REGISTER))
        response = client.post(REGISTER, the_form(**{"day_2020-12-08": ""}))
    assert "day_2020-12-07" not in page
    assert "day_2020-12-08" in page
    assert list(errors(response)) == ["day_2020-12-08"]


@pytest.mark.parametrize("method", ["get", "post"])
def test_after_the_last_day_there_is_nothing_to_register_for(client, category, method):
    a_window(-30, 60)
    with time_machine.travel(datetime.datetime(2020, 12, 20, 3, tzinfo=datetime.UTC)):
        response = getattr(client, method)(REGISTER)
    assert "The conference is over." in shown(response)
    assert "<form" not in shown(response)


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_form_is_looked_at_or_sent_and_nothing_else(client, category, method):
    assert getattr(client, method)(REGISTER).status_code == 405


def test_page_costs_a_visitor_five_queries(client, category):
    for number in range(5):
        a_category(f"Another {number}")
    a_quota()
    client.get(REGISTER)
    assert queries(client, REGISTER) == 5


def test_page_costs_somebody_signed_in_eight_queries(client, category):
    client.get(REGISTER)
    assert queries(signed_in(an_attendee()), REGISTER) == 8


def test_blank_form_is_the_same_for_everybody_but_for_its_mark(category):
    first, second = (signed_in(an_attendee()).get(REGISTER) for _ in range(2))
    marks = [re.search(r'name="csrfmiddlewaretoken" value="(\w{64})"', shown(page))[1] for page in (first, second)]
    assert marks[0] != marks[1]
    assert shown(first).replace(marks[0], marks[1]) == shown(second)


def test_mark_of_a_blank_form_is_that_of_whoever_asked_for_it(category):
    first, second = (Client(enforce_csrf_checks=True) for _ in range(2))
    pages = [shown(client.get(REGISTER)) for client in (first, second)]
    mark = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', pages[1])[1]
    sent = the_form(csrfmiddlewaretoken=mark)
    assert (first.post(REGISTER, sent).status_code, second.post(REGISTER, sent).status_code) == (403, 302)


def test_who_is_signed_in_is_not_asked_for_an_address_though_others_are(client, category):
    asked, known = shown(client.get(REGISTER)), shown(signed_in(an_attendee()).get(REGISTER))
    assert ('name="email"' in asked, 'name="email"' in known) == (True, False)


def test_what_organizers_change_is_in_the_form_when_it_is_looked_for_again(client, category):
    client.get(REGISTER)
    category.name_en, category.description_en = "Guest of honour", "Whoever was invited."
    category.save()
    a_category("Press")
    a_consent(2, text_en="You may keep it for a year.")
    terms.renew()
    page = shown(client.get(REGISTER))
    for words in ("Guest of honour", "Whoever was invited.", "Press", "You may keep it for a year.", 'value="2"'):
        assert words in page


def test_seats_that_were_taken_meanwhile_are_told(client, category):
    a_quota(MONDAY, IN_PERSON, 1)
    before = shown(client.get(REGISTER))
    a_registration()
    after = shown(client.get(REGISTER))
    assert ("Few seats are left." in before, "Full. You can be the first on the wait list." in after) == (True, True)


def test_an_announcement_is_above_the_form_for_as_long_as_it_is_shown(client, category):
    client.get(REGISTER)
    hour = datetime.timedelta(hours=1)
    Announcement.objects.create(text_en="Bring your passport.", shown_from=NOVEMBER - hour, shown_until=NOVEMBER + hour)
    site.renew()
    assert "Bring your passport." in shown(client.get(REGISTER))
    with time_machine.travel(NOVEMBER + 2 * hour):
        assert "Bring your passport." not in shown(client.get(REGISTER))


def test_looking_at_the_form_makes_no_session(client, category):
    client.get(REGISTER)
    assert "sessionid" not in client.cookies


# How it stands with seats


def test_seats_of_each_day_and_mode_are_told(client, category):
    a_quota(MONDAY, IN_PERSON, 1)
    a_quota(TUESDAY, IN_PERSON, 5)
    a_registration()
    a_registration()
    page = shown(client.get(REGISTER))
    assert "Full. 1 person is waiting." in page
    assert "Few seats are left." in page
    assert "There are seats." in page
    assert "There is room." in page


def test_a_full_house_is_told_with_what_is_left(client, category):
    for day in (7, 8, 9):
        a_quota(datetime.date(2020, 12, day), IN_PERSON, 0)
    page = shown(client.get(REGISTER))
    assert "All seats in the house are taken." in page
    assert "You can attend online, or join the wait list" in page
    assert "<form" in page


def test_the_limit_of_the_house_makes_every_day_full(client, category):
    a_house(seats=1)
    a_registration()
    page = shown(client.get(REGISTER))
    assert "All seats in the house are taken." in page
    assert page.count("Full. You can be the first on the wait list.") == 3


def test_when_all_is_full_one_can_still_join_the_wait_list(category):
    for day in (7, 8, 9):
        for mode in (IN_PERSON, ONLINE):
            a_quota(datetime.date(2020, 12, day), mode, 0)
    assert "All seats are taken, in the house and online." in shown(Client().get(REGISTER))
    registered()
    assert seat_states(Registration.objects.get()) == {(7, "in_person"): "waiting", (8, "online"): "waiting"}


def test_a_category_without_places_says_so(client, category):
    Category.objects.update(seats=0)
    assert "All places are taken; you would wait." in shown(client.get(REGISTER))


# What it asks


@pytest.mark.parametrize(
    ("name", "token"),
    [
        ("email", "email"),
        ("passport_name", "name"),
        ("badge_name", "nickname"),
        ("country", "country"),
        ("organization", "organization"),
        ("function", "organization-title"),
    ],
)
def test_fields_tell_a_browser_what_they_are_for(client, category, name, token):
    element = re.search(rf'<(?:input|select)[^>]*name="{name}"[^>]*>', shown(client.get(REGISTER)))[0]
    assert f'autocomplete="{token}"' in element


def test_every_field_says_what_it_is_for(client, category):
    page = shown(client.get(REGISTER))
    for described in re.findall(r'aria-describedby="([^"]+)"', page):
        assert all(f'id="{name}"' in page for name in described.split()), described


def test_only_open_categories_are_asked_for(client, category):
    a_category("Secret guests", slug="secret", is_open=False)
    assert "Secret guests" not in shown(client.get(REGISTER))


def test_the_newest_text_is_agreed_to(client, category):
    a_consent(2, text_en="The **newest** text.")
    page = shown(client.get(REGISTER))
    assert "The <strong>newest</strong> text." in page
    assert "Version 2 of this text." in page


def test_who_is_signed_in_is_not_asked_for_an_address(category):
    assert 'name="email"' not in shown(signed_in(an_attendee()).get(REGISTER))


@pytest.mark.parametrize(
    ("language", "first", "second"),
    [("en", "Austria", "Azerbaijan"), ("vi", "Dominica", "Đan Mạch"), ("vi", "Đức", "Ecuador"), ("vi", "Áo", "Ấn Độ")],
)
def test_countries_are_in_the_order_of_the_readers_alphabet(language, first, second):
    with translation.override(language):
        names = [name for _code, name in countries.choices()]
    assert names.index(first) < names.index(second)


def test_every_country_and_territory_is_there_once(client, category):
    codes = re.findall(r'<option value="([A-Z]{2})"', shown(client.get(REGISTER)))
    assert len(codes) == len(set(codes)) == 249


# The whole way


def test_a_visitor_registers(client, category):
    response = client.post(REGISTER, the_form())
    assert response.headers["Location"] == f"{CODE}?next=%2Fregister%2Ffinish%2F"
    assert not Registration.objects.exists()
    response = type_the_code(client)
    assert response.redirect_chain[-1][0] == MY
    registration = Registration.objects.get()
    assert registration.user.email == ADDRESS
    assert registration.category == category
    assert registration.state == "confirmed"
    assert seat_states(registration) == {(7, "in_person"): "confirmed", (8, "online"): "confirmed"}
    assert registration.consent.number == 1
    assert registration.languages == ["en", "vi"]


def test_registering_confirms_the_address(client, category):
    registered(client)
    assert EmailAddress.objects.get().verified
    assert not User.objects.get().has_usable_password()


def test_needs_are_kept_apart(client, category):
    registered(client, access="A wheelchair place\r\nand a desk", diet="No nuts")
    needs = Needs.objects.get()
    assert (needs.access, needs.diet) == ("A wheelchair place\nand a desk", "No nuts")


def test_no_needs_leave_no_row(client, category):
    registered(client)
    assert not Needs.objects.exists()


def test_letters_come_in_the_language_of_the_page(client, category):
    client.post("/vi/register/", the_form())
    sent = {"code": codes_sent()[-1], "next": f"/vi{FINISH}"}
    response = client.post(f"/vi{CODE}", sent, follow=True)
    assert response.redirect_chain[-1][0] == "/vi/my/"
    assert Registration.objects.get().letter_language == "vi"


def test_somebody_signed_in_registers_at_once(category):
    user = an_attendee()
    response = signed_in(user).post(REGISTER, the_form(email=None))
    assert response.headers["Location"] == MY
    assert Registration.objects.get().user == user
    assert not codes_sent()


def test_a_category_that_needs_approval_is_only_asked_for(category):
    Category.objects.update(needs_approval=True)
    registered()
    assert Registration.objects.get().state == "submitted"


# Once


def test_the_same_form_twice_makes_one_registration(category):
    client = signed_in(an_attendee())
    for _ in range(3):
        assert client.post(REGISTER, the_form(email=None)).headers["Location"] == MY
    assert Registration.objects.count() == 1
    assert Step.objects.filter(action="submit").count() == 1


def test_a_second_click_is_not_told_that_it_was_refused(category):
    client = signed_in(an_attendee())
    for _ in range(2):
        response = client.post(REGISTER, the_form(email=None), follow=True)
    assert "was not taken over" not in shown(response)


def test_finishing_twice_makes_one_registration(client, category):
    registered(client)
    assert client.get(FINISH).headers["Location"] == MY
    assert Registration.objects.count() == 1


def test_finishing_without_anything_typed_leads_to_ones_own_page(category):
    assert signed_in(an_attendee()).get(FINISH).headers["Location"] == MY


def test_who_is_registered_is_told_that_what_was_typed_was_not_taken_over(category):
    user = an_attendee(ADDRESS)
    with time_machine.travel(NOVEMBER - datetime.timedelta(days=1)):
        a_registration(user, badge_name="Before")
    client = Client()
    client.post(REGISTER, the_form(badge_name="After"))
    response = type_the_code(client)
    assert "You are registered already. What you have just typed was not taken over." in shown(response)
    assert Registration.objects.get().badge_name == "Before"
    assert "typed" not in client.session or not client.session["typed"]


def test_who_is_registered_does_not_see_the_form(category):
    user = an_attendee()
    a_registration(user)
    assert signed_in(user).get(REGISTER).headers["Location"] == MY


def test_two_first_visitors_with_one_address_get_one_account(category):
    first, second = Client(), Client()
    first.post(REGISTER, the_form())
    second.post(REGISTER, the_form(email="LINH@People.Example"))
    one, other = codes_sent()
    type_the_code(first, one)
    type_the_code(second, other)
    assert EmailAddress.objects.get().verified
    assert User.objects.count() == Registration.objects.count() == 1


# What it refuses


@pytest.mark.parametrize(
    "field", ["email", "passport_name", "badge_name", "country", "organization", "category", "consent"]
)
def test_what_is_needed_is_asked_for(client, category, field):
    response = client.post(REGISTER, the_form(**{field: ""}))
    assert list(errors(response)) == [field]
    assert is_nothing_kept(client)


@pytest.mark.parametrize("field", ["function", "gender", "languages", "access", "diet", "homepage", "online_meanwhile"])
def test_what_is_optional_may_be_left_out(client, category, field):
    assert client.post(REGISTER, the_form(**{field: None})).status_code == 302


def test_at_least_one_day_is_chosen(client, category):
    response = client.post(REGISTER, the_form(**{"day_2020-12-07": "", "day_2020-12-08": None}))
    assert errors(response) == {"day_2020-12-07": ["Choose at least one day, in person or online."]}
    assert 'href="#id_day_2020-12-07_0"' in shown(response)


@pytest.mark.parametrize("field", ["passport_name", "badge_name", "organization", "function"])
@pytest.mark.parametrize(
    "text",
    [
        "https://evil.example",
        "Linh www.evil.example",
        "WWW.evil.example",
        "linh@evil.example",
        "<b>Linh",
        "Linh>",
        "Li\x07nh",
        "Li\nBcc: all",
        "Li\u202enh",
        "Li\u2028nh",
        "Li\ue000nh",
    ],
)
def test_a_name_is_no_address_no_markup_and_has_no_hidden_signs(client, category, field, text):
    assert list(errors(client.post(REGISTER, the_form(**{field: text})))) == [field]


@pytest.mark.parametrize("text", ["...", "123", "★"])
def test_a_name_has_letters(client, category, text):
    assert list(errors(client.post(REGISTER, the_form(passport_name=text)))) == ["passport_name"]


@pytest.mark.parametrize(
    "text", ["Nguyễn Thị Linh", "محمد بن عبد الله", "王小明", "O’Connor-Ångström", "می\u200cخواهم"]
)
def test_names_of_every_script_are_taken_as_they_are(client, category, text):
    registered(client, passport_name=text, badge_name=text)
    assert Registration.objects.get().passport_name == text


def test_names_are_composed_and_trimmed(client, category):
    registered(client, passport_name="  Nguye\u0302\u0303n \u00a0 Thi\u0323\u200e Linh\ufeff ")
    assert Registration.objects.get().passport_name == "Nguyễn Thị Linh"


@pytest.mark.parametrize(("field", "longest"), [("passport_name", 150), ("badge_name", 80), ("diet", 300)])
def test_what_is_too_long_is_refused(client, category, field, longest):
    assert client.post(REGISTER, the_form(**{field: "x" * longest})).status_code == 302
    assert list(errors(client.post(REGISTER, the_form(**{field: "x" * (longest + 1)})))) == [field]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "nobody"),
        ("email", "a" * 150 + "@people.example"),
        ("country", "XX"),
        ("category", "no-such"),
        ("category", "1"),
        ("gender", "x"),
        ("languages", "tlh"),
        ("day_2020-12-07", "both"),
        ("consent", "99"),
        ("consent", "on"),
    ],
)
def test_what_is_not_in_the_list_is_refused(client, category, field, value):
    assert field in errors(client.post(REGISTER, the_form(**{field: value})))
    assert is_nothing_kept(client)


def test_a_closed_category_cannot_be_sent(client, category):
    a_category("Secret guests", slug="secret", is_open=False)
    assert list(errors(client.post(REGISTER, the_form(category="secret")))) == ["category"]


def test_an_older_text_cannot_be_agreed_to(client, category):
    a_consent(2)
    assert errors(client.post(REGISTER, the_form(consent="1"))) == {
        "consent": ["This text has changed since you opened the page. Read it and agree again."]
    }


def test_fields_that_nobody_is_asked_decide_nothing(client, category):
    other = an_attendee()
    more = {
        "state": "confirmed",
        "user": other.pk,
        "id": "00000000-0000-0000-0000-000000000001",
        "is_staff": "1",
        "needs_approval": "",
        "state_by": other.pk,
        "letter_language": "vi",
        "submitted_at": "2000-01-01",
        "day_2020-12-10": "in_person",
        "made": "1",
    }
    Category.objects.update(needs_approval=True)
    registered(client, **more)
    registration = Registration.objects.get()
    assert registration.state == "submitted"
    assert registration.user.email == ADDRESS
    assert not registration.user.is_staff
    assert registration.letter_language == "en"
    assert registration.submitted_at.year == 2020
    assert not Seat.objects.filter(day__day=10).exists()


# What is wrong is said


def test_errors_are_summed_up_at_the_top_and_said_at_the_field(client, category):
    page = shown(client.post(REGISTER, the_form(passport_name="", country="")))
    assert "<title>Error: Register" in page
    summary = re.search(r'<div class="problems"[^>]*>.*?</div>', page, re.DOTALL)[0]
    assert 'role="alert"' in summary
    assert 'tabindex="-1" autofocus' in summary
    assert re.findall(r'href="#(\w+)"', summary) == ["id_passport_name", "id_country"]
    field = re.search(r'<input[^>]*name="passport_name"[^>]*>', page)[0]
    assert 'aria-invalid="true"' in field
    described = re.search(r'aria-describedby="([^"]+)"', field)[1].split()
    assert all(f'id="{name}"' in page for name in described)
    assert "id_passport_name_error" in described


def test_what_was_typed_is_still_there_after_an_error(client, category):
    page = shown(client.post(REGISTER, the_form(passport_name="", badge_name="Lin", gender="female", diet="No nuts")))
    for kept in ('value="Lin"', 'value="No nuts"', '<option value="female" selected>', '<option value="VN" selected>'):
        assert kept in page
    assert re.search(r'name="day_2020-12-08" value="online"[^>]* checked', page)
    assert re.search(r'name="category" value="observer"[^>]* checked', page)
    assert re.search(r'name="consent" value="1"[^>]* checked', page)
    assert page.count("checked") == 3 + 3 + 2


def test_what_was_typed_is_shown_as_text(client, category):
    page = shown(client.post(REGISTER, the_form(badge_name='"><script>alert(1)</script>')))
    assert "<script>alert" not in page


# Nothing typed is lost


def test_another_language_keeps_what_was_typed(client, category):
    response = client.post("/vi/register/", the_form(badge_name="Lin", email="not yet", switch="vi"), follow=True)
    assert response.redirect_chain == [("/vi/register/", 302)]
    assert 'value="Lin"' in shown(response)
    assert 'value="not yet"' in shown(response)
    assert "problems" not in shown(response)
    assert not codes_sent()


def test_languages_are_switched_by_the_form_itself(client, category):
    page = shown(client.get(REGISTER))
    assert re.search(
        r'<button type="submit" form="form" name="switch"[^>]*formaction="/vi/register/" formnovalidate', page
    )
    first = re.search(r'<button[^>]*form="form"[^>]*>', page)[0]
    assert "name=" not in first
    assert "formaction" not in first


def test_what_is_kept_can_be_emptied(client, category):
    client.post(REGISTER, the_form(badge_name="Lin", switch="en"))
    assert "This is what you typed." in shown(client.get(REGISTER))
    page = shown(client.post(REGISTER, {"clear": "1"}, follow=True))
    assert 'value="Lin"' not in page
    assert "This is what you typed." not in page


def test_switching_the_language_sends_nothing(category):
    user = an_attendee(ADDRESS)
    client = signed_in(user)
    client.post(REGISTER, the_form(switch="en"))
    client.get(FINISH)
    client.get(MY)
    assert not Registration.objects.exists()


def test_the_way_to_the_mailbox_keeps_what_was_typed(client, category):
    client.post(REGISTER, the_form(badge_name="Lin"))
    page = shown(client.get(REGISTER))
    assert 'value="Lin"' in page
    assert f'value="{ADDRESS}"' in page


def test_a_mistyped_address_is_put_right_in_the_form(client, category):
    client.post(REGISTER, the_form(email="lihn@people.example", badge_name="Lin"))
    response = client.post("/accounts/login/code/other/", {"next": FINISH}, follow=True)
    assert response.redirect_chain == [(REGISTER, 302)]
    assert 'value="Lin"' in shown(response)
    client.post(REGISTER, the_form(badge_name="Lin"))
    type_the_code(client)
    assert Registration.objects.get().user.email == ADDRESS


def test_a_code_for_another_address_on_the_way_is_sent_there_and_what_was_typed_is_looked_at_again(client, category):
    client.post(REGISTER, the_form(email="lihn@people.example", badge_name="Lin"))
    client.post("/accounts/login/code/other/")
    client.post("/accounts/login/code/", {"email": ADDRESS, "next": FINISH})
    response = type_the_code(client)
    assert response.redirect_chain[-1][0] == REGISTER
    assert 'value="Lin"' in shown(response)
    client.post(REGISTER, the_form(email=None, badge_name="Lin"))
    assert Registration.objects.get().user.email == ADDRESS


def test_a_code_that_is_too_late_keeps_what_was_typed(client, category):
    client.post(REGISTER, the_form())
    with time_machine.travel(NOVEMBER + datetime.timedelta(minutes=20)):
        response = type_the_code(client)
        assert "This code is not good any more." in shown(response)
        client.post("/accounts/login/code/", {"email": ADDRESS, "next": FINISH})
        assert type_the_code(client).redirect_chain[-1][0] == MY
    assert Registration.objects.get().badge_name == "Linh"


def test_signing_in_by_another_door_finishes_what_was_typed(client, category):
    client.post(REGISTER, the_form())
    client.post("/accounts/login/code/other/")
    client.post("/accounts/login/code/", {"email": ADDRESS})
    assert client.post(CODE, {"code": codes_sent()[-1]}).headers["Location"] == MY
    assert client.get(MY).headers["Location"] == FINISH
    client.get(FINISH)
    assert Registration.objects.exists()


def test_a_session_that_ended_asks_for_the_address_and_keeps_the_rest(client, category):
    response = client.post(REGISTER, the_form(email=None, badge_name="Lin"))
    assert list(errors(response)) == ["email"]
    assert 'value="Lin"' in shown(response)


def test_somebody_elses_form_is_not_sent_for_whoever_signs_in(category):
    client = Client()
    client.post(REGISTER, the_form(email="first@people.example"))
    client.post("/accounts/login/code/other/")
    client.post("/accounts/login/code/", {"email": an_attendee().email})
    response = client.post(CODE, {"code": codes_sent()[-1], "next": FINISH}, follow=True)
    assert response.redirect_chain[-1][0] == REGISTER
    assert not Registration.objects.exists()
    assert client.get(MY).status_code == 200


def test_what_became_wrong_on_the_way_to_the_mailbox_is_said(client, category):
    client.post(REGISTER, the_form())
    a_consent(2)
    terms.renew()
    response = type_the_code(client)
    assert list(errors(response)) == ["consent"]
    assert 'value="Linh"' in shown(response)
    assert 'action="/register/"' in shown(response)


def test_who_pressed_in_time_may_type_the_code_after_the_end(client, category):
    a_window(-30, 0.001)
    client.post(REGISTER, the_form())
    with time_machine.travel(NOVEMBER + datetime.timedelta(minutes=10)):
        assert type_the_code(client).redirect_chain[-1][0] == MY
    assert Registration.objects.exists()


def test_who_pressed_long_ago_comes_too_late(client, category):
    a_window(-30, 0.001)
    client.post(REGISTER, the_form())
    with time_machine.travel(NOVEMBER + datetime.timedelta(hours=3)):
        client.post("/accounts/login/code/", {"email": ADDRESS, "next": FINISH})
        assert type_the_code(client).status_code == 403
        assert client.get(MY).status_code == 200
    assert not Registration.objects.exists()


def test_while_the_database_is_down_what_was_typed_is_given_back(client, category):
    client.get(REGISTER)
    with a_database_that_is_down():
        response = client.post(REGISTER, the_form(badge_name='"Lin"'))
        assert client.get(REGISTER).status_code == 503
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "60"
    assert "no-store" in response.headers["Cache-Control"]
    page = shown(response)
    assert '<input type="hidden" name="badge_name" value="&quot;Lin&quot;">' in page
    assert page.count('<input type="hidden" name="languages"') == 2
    sent = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))
    assert client.post(REGISTER, sent).headers["Location"].startswith(CODE)


def test_what_was_typed_is_given_back_where_the_form_was_never_read(client, category):
    site.site()
    with a_database_that_is_down():
        response = client.post(REGISTER, the_form(badge_name="Lin"))
    assert (response.status_code, 'name="badge_name" value="Lin"' in shown(response)) == (503, True)


@pytest.mark.django_db(transaction=True)
def test_a_category_that_was_deleted_a_moment_ago_is_refused_and_what_was_typed_stays(category):
    client = signed_in(an_attendee())
    client.get(REGISTER)
    category.delete()
    response = client.post(REGISTER, the_form(badge_name="Lin"))
    assert "This category cannot be chosen any more. Choose another one." in shown(response)
    assert 'value="Lin"' in shown(response)
    assert not Registration.objects.exists()


def test_a_form_without_its_mark_is_shown_again_with_what_was_typed(category):
    client = Client(enforce_csrf_checks=True)
    response = client.post(REGISTER, the_form(badge_name="Lin"))
    assert response.status_code == 403
    assert 'value="Lin"' in shown(response)
    assert "Press once more." in shown(response)
    assert is_nothing_kept(client)


def test_a_form_from_elsewhere_is_not_shown_again(category):
    client = Client(enforce_csrf_checks=True)
    response = client.post(REGISTER, the_form(badge_name="Lin"), headers={"origin": "https://evil.example"})
    assert response.status_code == 403
    assert "Lin" not in shown(response)


def test_who_cancelled_finds_the_form_again(category):
    client = registered()
    client.post("/my/cancel/")
    assert client.get(REGISTER).status_code == 200
    client.post(REGISTER, the_form(email=None, badge_name="Once more"))
    assert Registration.objects.get().badge_name == "Once more"
    assert Registration.objects.get().state == "confirmed"
