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

from conference import site_data
from conference.core import countries
from conference.models import Announcement
from conference.registration import form_options
from conference.registration.models import Category, Registration, RegistrationEvent, Seat, SpecialNeeds

from ..users import count_queries
from .factories import (
    IN_PERSON,
    MONDAY,
    ONLINE,
    TUESDAY,
    client_for,
    make_attendee,
    make_category,
    make_consent_text,
    make_quota,
    make_registration,
    make_registration_settings,
    seat_statuses,
)
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
    make_open_form,
    open_registration,
    page_text,
    register_client,
    sent_codes,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_november(conference):
    cache.clear()
    with time_machine.travel(NOVEMBER, tick=True):
        yield


@pytest.fixture
def category():
    return make_open_form()


def is_nothing_kept(client):
    return not Registration.objects.exists() and not User.objects.exists() and "form_drafts" not in client.session


# When it is there


@pytest.mark.parametrize(
    ("opens", "closes", "words"),
    [
        (None, None, "The opening date of registration will be announced here."),
        (5, 20, "Registration opens on 15 November 2020, 10:00 (Ha Noi time)."),
        (-20, -1, "Registration closed on 9 November 2020, 10:00 (Ha Noi time)."),
    ],
)
def test_outside_the_window_there_is_no_form(client, opens, closes, words):
    make_open_form()
    open_registration(opens, closes)
    response = client.get(REGISTER_URL)
    assert response.status_code == 200
    assert words in page_text(response)
    assert "<form" not in page_text(response)
    assert "public" in response.headers["Cache-Control"]


@pytest.mark.parametrize(("opens", "closes"), [(None, None), (5, 20), (-20, -1)])
def test_what_is_sent_outside_the_window_is_refused_and_not_kept(client, opens, closes):
    make_open_form()
    open_registration(opens, closes)
    response = client.post(REGISTER_URL, form_data())
    assert response.status_code == 403
    assert "no-store" in response.headers["Cache-Control"]
    assert is_nothing_kept(client)


def test_form_is_there_while_registration_is_open(client, category):
    response = client.get(REGISTER_URL)
    assert response.status_code == 200
    assert 'name="passport_name"' in page_text(response)
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize("method", ["get", "post"])
def test_without_a_text_to_agree_to_there_is_no_form_yet(client, method):
    open_registration()
    make_category()
    assert "The form is not ready yet" in page_text(getattr(client, method)(REGISTER_URL))


@pytest.mark.parametrize("method", ["get", "post"])
def test_without_an_open_category_there_is_no_form_yet(client, method):
    make_open_form(is_open=False)
    assert "The form is not ready yet" in page_text(getattr(client, method)(REGISTER_URL))


def test_a_day_that_is_over_is_not_asked_for(client, category):
    open_registration(-30, 60)
    with time_machine.travel(datetime.datetime(2020, 12, 8, 3, tzinfo=datetime.UTC)):
        page = page_text(client.get(REGISTER_URL))
        response = client.post(REGISTER_URL, form_data(**{"day_2020-12-08": ""}))
    assert "day_2020-12-07" not in page
    assert "day_2020-12-08" in page
    assert list(form_errors(response)) == ["day_2020-12-08"]


@pytest.mark.parametrize("method", ["get", "post"])
def test_after_the_last_day_there_is_nothing_to_register_for(client, category, method):
    open_registration(-30, 60)
    with time_machine.travel(datetime.datetime(2020, 12, 20, 3, tzinfo=datetime.UTC)):
        response = getattr(client, method)(REGISTER_URL)
    assert "The conference has ended." in page_text(response)
    assert "<form" not in page_text(response)


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_form_is_looked_at_or_sent_and_nothing_else(client, category, method):
    assert getattr(client, method)(REGISTER_URL).status_code == 405


def test_page_costs_a_visitor_one_query(client, category):
    for number in range(5):
        make_category(f"Another {number}")
    make_quota()
    client.get(REGISTER_URL)
    assert count_queries(client, REGISTER_URL) == 1


def test_page_costs_somebody_signed_in_four_queries(client, category):
    client.get(REGISTER_URL)
    assert count_queries(client_for(make_attendee()), REGISTER_URL) == 4


def test_blank_form_is_the_same_for_everybody_but_for_its_mark(category):
    first, second = (client_for(make_attendee()).get(REGISTER_URL) for _ in range(2))
    marks = [re.search(r'name="csrfmiddlewaretoken" value="(\w{64})"', page_text(page))[1] for page in (first, second)]
    assert marks[0] != marks[1]
    assert page_text(first).replace(marks[0], marks[1]) == page_text(second)


def test_mark_of_a_blank_form_is_that_of_whoever_asked_for_it(category):
    first, second = (Client(enforce_csrf_checks=True) for _ in range(2))
    pages = [page_text(client.get(REGISTER_URL)) for client in (first, second)]
    mark = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', pages[1])[1]
    sent = form_data(csrfmiddlewaretoken=mark)
    assert (first.post(REGISTER_URL, sent).status_code, second.post(REGISTER_URL, sent).status_code) == (403, 302)


def test_who_is_signed_in_is_not_asked_for_an_address_though_others_are(client, category):
    asked, known = page_text(client.get(REGISTER_URL)), page_text(client_for(make_attendee()).get(REGISTER_URL))
    assert ('name="email"' in asked, 'name="email"' in known) == (True, False)


def test_what_organizers_change_is_in_the_form_when_it_is_looked_for_again(client, category):
    client.get(REGISTER_URL)
    category.name_en, category.description_en = "Guest of honour", "Whoever was invited."
    category.save()
    make_category("Press")
    make_consent_text(2, text_en="You may keep it for a year.")
    form_options.refresh_options()
    page = page_text(client.get(REGISTER_URL))
    for words in ("Guest of honour", "Whoever was invited.", "Press", "You may keep it for a year.", 'value="2"'):
        assert words in page


def test_seats_that_were_taken_meanwhile_are_told(client, category):
    make_quota(MONDAY, IN_PERSON, 1)
    before = page_text(client.get(REGISTER_URL))
    make_registration()
    after = page_text(client.get(REGISTER_URL))
    assert ("Few places left" in before, "Full. You would be first on the wait list." in after) == (True, True)


def test_an_announcement_is_above_the_form_for_as_long_as_it_is_shown(client, category):
    client.get(REGISTER_URL)
    hour = datetime.timedelta(hours=1)
    Announcement.objects.create(text_en="Bring your passport.", shown_from=NOVEMBER - hour, shown_until=NOVEMBER + hour)
    site_data.refresh_site_data()
    assert "Bring your passport." in page_text(client.get(REGISTER_URL))
    with time_machine.travel(NOVEMBER + 2 * hour):
        assert "Bring your passport." not in page_text(client.get(REGISTER_URL))


def test_looking_at_the_form_makes_no_session(client, category):
    client.get(REGISTER_URL)
    assert "sessionid" not in client.cookies


# How it stands with seats


def test_seats_of_each_day_and_mode_are_told(client, category):
    make_quota(MONDAY, IN_PERSON, 1)
    make_quota(TUESDAY, IN_PERSON, 5)
    make_registration()
    make_registration()
    page = page_text(client.get(REGISTER_URL))
    assert "Full. 1 person is on the wait list." in page
    assert "Few places left" in page
    assert "Places available" in page
    assert "Places available" in page


def test_a_full_house_is_told_with_what_is_left(client, category):
    for day in (7, 8, 9):
        make_quota(datetime.date(2020, 12, day), IN_PERSON, 0)
    page = page_text(client.get(REGISTER_URL))
    assert "All in-person seats are taken." in page
    assert "You can attend online, or join the wait list" in page
    assert "<form" in page


def test_the_limit_of_the_house_makes_every_day_full(client, category):
    make_registration_settings(seats=1)
    make_registration()
    page = page_text(client.get(REGISTER_URL))
    assert "All in-person seats are taken." in page
    assert page.count("Full. You would be first on the wait list.") == 3


def test_when_all_is_full_one_can_still_join_the_wait_list(category):
    for day in (7, 8, 9):
        for mode in (IN_PERSON, ONLINE):
            make_quota(datetime.date(2020, 12, day), mode, 0)
    assert "All seats are taken, in person and online." in page_text(Client().get(REGISTER_URL))
    register_client()
    assert seat_statuses(Registration.objects.get()) == {(7, "in_person"): "waitlisted", (8, "online"): "waitlisted"}


def test_a_category_without_places_says_so(client, category):
    Category.objects.update(seats=0)
    assert "All places are taken; you would join the wait list." in page_text(client.get(REGISTER_URL))


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
    element = re.search(rf'<(?:input|select)[^>]*name="{name}"[^>]*>', page_text(client.get(REGISTER_URL)))[0]
    assert f'autocomplete="{token}"' in element


def test_every_field_says_what_it_is_for(client, category):
    page = page_text(client.get(REGISTER_URL))
    for described in re.findall(r'aria-describedby="([^"]+)"', page):
        assert all(f'id="{name}"' in page for name in described.split()), described


def test_only_open_categories_are_asked_for(client, category):
    make_category("Secret guests", slug="secret", is_open=False)
    assert "Secret guests" not in page_text(client.get(REGISTER_URL))


def test_the_newest_text_is_agreed_to(client, category):
    make_consent_text(2, text_en="The **newest** text.")
    page = page_text(client.get(REGISTER_URL))
    assert "The <strong>newest</strong> text." in page
    assert "Version 2 of this text." in page


def test_who_is_signed_in_is_not_asked_for_an_address(category):
    assert 'name="email"' not in page_text(client_for(make_attendee()).get(REGISTER_URL))


@pytest.mark.parametrize(
    ("language", "first", "second"),
    [("en", "Austria", "Azerbaijan"), ("vi", "Dominica", "Đan Mạch"), ("vi", "Đức", "Ecuador"), ("vi", "Áo", "Ấn Độ")],
)
def test_countries_are_in_the_order_of_the_readers_alphabet(language, first, second):
    with translation.override(language):
        names = [name for _code, name in countries.country_choices()]
    assert names.index(first) < names.index(second)


def test_every_country_and_territory_is_there_once(client, category):
    codes = re.findall(r'<option value="([A-Z]{2})"', page_text(client.get(REGISTER_URL)))
    assert len(codes) == len(set(codes)) == 249


# The whole way


def test_a_visitor_registers(client, category):
    response = client.post(REGISTER_URL, form_data())
    assert response.headers["Location"] == f"{CODE_URL}?next=%2Fregister%2Ffinish%2F"
    assert not Registration.objects.exists()
    response = enter_code(client)
    assert response.redirect_chain[-1][0] == DASHBOARD_URL
    registration = Registration.objects.get()
    assert registration.user.email == EMAIL
    assert registration.category == category
    assert registration.status == "confirmed"
    assert seat_statuses(registration) == {(7, "in_person"): "confirmed", (8, "online"): "confirmed"}
    assert registration.consent_text.number == 1
    assert registration.languages == ["en", "vi"]


def test_registering_confirms_the_address(client, category):
    register_client(client)
    assert EmailAddress.objects.get().verified
    assert not User.objects.get().has_usable_password()


def test_needs_are_kept_apart(client, category):
    register_client(client, access="A wheelchair place\r\nand a desk", diet="No nuts")
    needs = SpecialNeeds.objects.get()
    assert (needs.access, needs.diet) == ("A wheelchair place\nand a desk", "No nuts")


def test_no_needs_leave_no_row(client, category):
    register_client(client)
    assert not SpecialNeeds.objects.exists()


def test_letters_come_in_the_language_of_the_page(client, category):
    client.post("/vi/register/", form_data())
    sent = {"code": sent_codes()[-1], "next": f"/vi{FINISH_URL}"}
    response = client.post(f"/vi{CODE_URL}", sent, follow=True)
    assert response.redirect_chain[-1][0] == "/vi/my/"
    assert Registration.objects.get().email_language == "vi"


def test_somebody_signed_in_registers_at_once(category):
    user = make_attendee()
    response = client_for(user).post(REGISTER_URL, form_data(email=None))
    assert response.headers["Location"] == DASHBOARD_URL
    assert Registration.objects.get().user == user
    assert not sent_codes()


def test_a_category_that_needs_approval_is_only_asked_for(category):
    Category.objects.update(needs_approval=True)
    register_client()
    assert Registration.objects.get().status == "submitted"


# Once


def test_the_same_form_twice_makes_one_registration(category):
    client = client_for(make_attendee())
    for _ in range(3):
        assert client.post(REGISTER_URL, form_data(email=None)).headers["Location"] == DASHBOARD_URL
    assert Registration.objects.count() == 1
    assert RegistrationEvent.objects.filter(action="submitted").count() == 1


def test_a_second_click_is_not_told_that_it_was_refused(category):
    client = client_for(make_attendee())
    for _ in range(2):
        response = client.post(REGISTER_URL, form_data(email=None), follow=True)
    assert "was not taken over" not in page_text(response)


def test_finishing_twice_makes_one_registration(client, category):
    register_client(client)
    assert client.get(FINISH_URL).headers["Location"] == DASHBOARD_URL
    assert Registration.objects.count() == 1


def test_finishing_without_anything_typed_leads_to_ones_own_page(category):
    assert client_for(make_attendee()).get(FINISH_URL).headers["Location"] == DASHBOARD_URL


def test_who_is_registered_is_told_that_what_was_typed_was_not_taken_over(category):
    user = make_attendee(EMAIL)
    with time_machine.travel(NOVEMBER - datetime.timedelta(days=1)):
        make_registration(user, badge_name="Before")
    client = Client()
    client.post(REGISTER_URL, form_data(badge_name="After"))
    response = enter_code(client)
    assert "You are already registered. The form was not saved." in page_text(response)
    assert Registration.objects.get().badge_name == "Before"
    assert "form_drafts" not in client.session or not client.session["typed"]


def test_who_is_registered_does_not_see_the_form(category):
    user = make_attendee()
    make_registration(user)
    assert client_for(user).get(REGISTER_URL).headers["Location"] == DASHBOARD_URL


def test_two_first_visitors_with_one_address_get_one_account(category):
    first, second = Client(), Client()
    first.post(REGISTER_URL, form_data())
    second.post(REGISTER_URL, form_data(email="LINH@People.Example"))
    one, other = sent_codes()
    enter_code(first, one)
    enter_code(second, other)
    assert EmailAddress.objects.get().verified
    assert User.objects.count() == Registration.objects.count() == 1


# What it refuses


@pytest.mark.parametrize(
    "field", ["email", "passport_name", "badge_name", "country", "organization", "category", "consent"]
)
def test_what_is_needed_is_asked_for(client, category, field):
    response = client.post(REGISTER_URL, form_data(**{field: ""}))
    assert list(form_errors(response)) == [field]
    assert is_nothing_kept(client)


@pytest.mark.parametrize(
    "field", ["function", "gender", "languages", "access", "diet", "homepage", "online_while_waitlisted"]
)
def test_what_is_optional_may_be_left_out(client, category, field):
    assert client.post(REGISTER_URL, form_data(**{field: None})).status_code == 302


def test_at_least_one_day_is_chosen(client, category):
    response = client.post(REGISTER_URL, form_data(**{"day_2020-12-07": "", "day_2020-12-08": None}))
    assert form_errors(response) == {"day_2020-12-07": ["Choose at least one day, in person or online."]}
    assert 'href="#id_day_2020-12-07_0"' in page_text(response)


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
    assert list(form_errors(client.post(REGISTER_URL, form_data(**{field: text})))) == [field]


@pytest.mark.parametrize("text", ["...", "123", "★"])
def test_a_name_has_letters(client, category, text):
    assert list(form_errors(client.post(REGISTER_URL, form_data(passport_name=text)))) == ["passport_name"]


@pytest.mark.parametrize(
    "text", ["Nguyễn Thị Linh", "محمد بن عبد الله", "王小明", "O’Connor-Ångström", "می\u200cخواهم"]
)
def test_names_of_every_script_are_taken_as_they_are(client, category, text):
    register_client(client, passport_name=text, badge_name=text)
    assert Registration.objects.get().passport_name == text


def test_names_are_composed_and_trimmed(client, category):
    register_client(client, passport_name="  Nguye\u0302\u0303n \u00a0 Thi\u0323\u200e Linh\ufeff ")
    assert Registration.objects.get().passport_name == "Nguyễn Thị Linh"


@pytest.mark.parametrize(("field", "longest"), [("passport_name", 150), ("badge_name", 80), ("diet", 300)])
def test_what_is_too_long_is_refused(client, category, field, longest):
    assert client.post(REGISTER_URL, form_data(**{field: "x" * longest})).status_code == 302
    assert list(form_errors(client.post(REGISTER_URL, form_data(**{field: "x" * (longest + 1)})))) == [field]


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
    assert field in form_errors(client.post(REGISTER_URL, form_data(**{field: value})))
    assert is_nothing_kept(client)


def test_a_closed_category_cannot_be_sent(client, category):
    make_category("Secret guests", slug="secret", is_open=False)
    assert list(form_errors(client.post(REGISTER_URL, form_data(category="secret")))) == ["category"]


def test_an_older_text_cannot_be_agreed_to(client, category):
    make_consent_text(2)
    assert form_errors(client.post(REGISTER_URL, form_data(consent="1"))) == {
        "consent": ["This text has changed since you opened the page. Please read it and agree again."]
    }


def test_fields_that_nobody_is_asked_decide_nothing(client, category):
    other = make_attendee()
    more = {
        "status": "confirmed",
        "user": other.pk,
        "id": "00000000-0000-0000-0000-000000000001",
        "is_staff": "1",
        "needs_approval": "",
        "status_changed_by": other.pk,
        "email_language": "vi",
        "submitted_at": "2000-01-01",
        "day_2020-12-10": "in_person",
        "made": "1",
    }
    Category.objects.update(needs_approval=True)
    register_client(client, **more)
    registration = Registration.objects.get()
    assert registration.status == "submitted"
    assert registration.user.email == EMAIL
    assert not registration.user.is_staff
    assert registration.email_language == "en"
    assert registration.submitted_at.year == 2020
    assert not Seat.objects.filter(day__day=10).exists()


# What is wrong is said


def test_errors_are_summed_up_at_the_top_and_said_at_the_field(client, category):
    page = page_text(client.post(REGISTER_URL, form_data(passport_name="", country="")))
    assert "<title>Error: Register" in page
    summary = re.search(r'<div class="error-summary"[^>]*>.*?</div>', page, re.DOTALL)[0]
    assert 'role="alert"' in summary
    assert 'tabindex="-1" autofocus' in summary
    assert re.findall(r'href="#(\w+)"', summary) == ["id_passport_name", "id_country"]
    field = re.search(r'<input[^>]*name="passport_name"[^>]*>', page)[0]
    assert 'aria-invalid="true"' in field
    described = re.search(r'aria-describedby="([^"]+)"', field)[1].split()
    assert all(f'id="{name}"' in page for name in described)
    assert "id_passport_name_error" in described


def test_what_was_typed_is_still_there_after_an_error(client, category):
    page = page_text(
        client.post(REGISTER_URL, form_data(passport_name="", badge_name="Lin", gender="female", diet="No nuts"))
    )
    for kept in ('value="Lin"', 'value="No nuts"', '<option value="female" selected>', '<option value="VN" selected>'):
        assert kept in page
    assert re.search(r'name="day_2020-12-08" value="online"[^>]* checked', page)
    assert re.search(r'name="category" value="observer"[^>]* checked', page)
    assert re.search(r'name="consent" value="1"[^>]* checked', page)
    assert page.count("checked") == 3 + 3 + 2


def test_what_was_typed_is_shown_as_text(client, category):
    page = page_text(client.post(REGISTER_URL, form_data(badge_name='"><script>alert(1)</script>')))
    assert "<script>alert" not in page


# Nothing typed is lost


def test_another_language_keeps_what_was_typed(client, category):
    response = client.post(
        "/vi/register/", form_data(badge_name="Lin", email="not yet", change_language="vi"), follow=True
    )
    assert response.redirect_chain == [("/vi/register/", 302)]
    assert 'value="Lin"' in page_text(response)
    assert 'value="not yet"' in page_text(response)
    assert "problems" not in page_text(response)
    assert not sent_codes()


def test_languages_are_switched_by_the_form_itself(client, category):
    page = page_text(client.get(REGISTER_URL))
    assert re.search(
        r'<button type="submit" form="form" name="change_language"[^>]*formaction="/vi/register/" formnovalidate', page
    )
    first = re.search(r'<button[^>]*form="form"[^>]*>', page)[0]
    assert "name=" not in first
    assert "formaction" not in first


def test_what_is_kept_can_be_emptied(client, category):
    client.post(REGISTER_URL, form_data(badge_name="Lin", change_language="en"))
    assert "Your entries are below." in page_text(client.get(REGISTER_URL))
    page = page_text(client.post(REGISTER_URL, {"clear": "1"}, follow=True))
    assert 'value="Lin"' not in page
    assert "Your entries are below." not in page


def test_switching_the_language_sends_nothing(category):
    user = make_attendee(EMAIL)
    client = client_for(user)
    client.post(REGISTER_URL, form_data(change_language="en"))
    client.get(FINISH_URL)
    client.get(DASHBOARD_URL)
    assert not Registration.objects.exists()


def test_the_way_to_the_mailbox_keeps_what_was_typed(client, category):
    client.post(REGISTER_URL, form_data(badge_name="Lin"))
    page = page_text(client.get(REGISTER_URL))
    assert 'value="Lin"' in page
    assert f'value="{EMAIL}"' in page


def test_a_mistyped_address_is_put_right_in_the_form(client, category):
    client.post(REGISTER_URL, form_data(email="lihn@people.example", badge_name="Lin"))
    response = client.post("/accounts/login/code/other/", {"next": FINISH_URL}, follow=True)
    assert response.redirect_chain == [(REGISTER_URL, 302)]
    assert 'value="Lin"' in page_text(response)
    client.post(REGISTER_URL, form_data(badge_name="Lin"))
    enter_code(client)
    assert Registration.objects.get().user.email == EMAIL


def test_a_code_for_another_address_on_the_way_is_sent_there_and_what_was_typed_is_looked_at_again(client, category):
    client.post(REGISTER_URL, form_data(email="lihn@people.example", badge_name="Lin"))
    client.post("/accounts/login/code/other/")
    client.post("/accounts/login/code/", {"email": EMAIL, "next": FINISH_URL})
    response = enter_code(client)
    assert response.redirect_chain[-1][0] == REGISTER_URL
    assert 'value="Lin"' in page_text(response)
    client.post(REGISTER_URL, form_data(email=None, badge_name="Lin"))
    assert Registration.objects.get().user.email == EMAIL


def test_a_code_that_is_too_late_keeps_what_was_typed(client, category):
    client.post(REGISTER_URL, form_data())
    with time_machine.travel(NOVEMBER + datetime.timedelta(minutes=20)):
        response = enter_code(client)
        assert "This code has expired." in page_text(response)
        client.post("/accounts/login/code/", {"email": EMAIL, "next": FINISH_URL})
        assert enter_code(client).redirect_chain[-1][0] == DASHBOARD_URL
    assert Registration.objects.get().badge_name == "Linh"


def test_signing_in_by_another_door_finishes_what_was_typed(client, category):
    client.post(REGISTER_URL, form_data())
    client.post("/accounts/login/code/other/")
    client.post("/accounts/login/code/", {"email": EMAIL})
    assert client.post(CODE_URL, {"code": sent_codes()[-1]}).headers["Location"] == DASHBOARD_URL
    assert client.get(DASHBOARD_URL).headers["Location"] == FINISH_URL
    client.get(FINISH_URL)
    assert Registration.objects.exists()


def test_a_session_that_ended_asks_for_the_address_and_keeps_the_rest(client, category):
    response = client.post(REGISTER_URL, form_data(email=None, badge_name="Lin"))
    assert list(form_errors(response)) == ["email"]
    assert 'value="Lin"' in page_text(response)


def test_somebody_elses_form_is_not_sent_for_whoever_signs_in(category):
    client = Client()
    client.post(REGISTER_URL, form_data(email="first@people.example"))
    client.post("/accounts/login/code/other/")
    client.post("/accounts/login/code/", {"email": make_attendee().email})
    response = client.post(CODE_URL, {"code": sent_codes()[-1], "next": FINISH_URL}, follow=True)
    assert response.redirect_chain[-1][0] == REGISTER_URL
    assert not Registration.objects.exists()
    assert client.get(DASHBOARD_URL).status_code == 200


def test_what_became_wrong_on_the_way_to_the_mailbox_is_said(client, category):
    client.post(REGISTER_URL, form_data())
    make_consent_text(2)
    form_options.refresh_options()
    response = enter_code(client)
    assert list(form_errors(response)) == ["consent"]
    assert 'value="Linh"' in page_text(response)
    assert 'action="/register/"' in page_text(response)


def test_who_pressed_in_time_may_type_the_code_after_the_end(client, category):
    open_registration(-30, 0.001)
    client.post(REGISTER_URL, form_data())
    with time_machine.travel(NOVEMBER + datetime.timedelta(minutes=10)):
        assert enter_code(client).redirect_chain[-1][0] == DASHBOARD_URL
    assert Registration.objects.exists()


def test_who_pressed_long_ago_comes_too_late(client, category):
    open_registration(-30, 0.001)
    client.post(REGISTER_URL, form_data())
    with time_machine.travel(NOVEMBER + datetime.timedelta(hours=3)):
        client.post("/accounts/login/code/", {"email": EMAIL, "next": FINISH_URL})
        assert enter_code(client).status_code == 403
        assert client.get(DASHBOARD_URL).status_code == 200
    assert not Registration.objects.exists()


def test_while_the_database_is_down_what_was_typed_is_given_back(client, category):
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
    sent = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))
    assert client.post(REGISTER_URL, sent).headers["Location"].startswith(CODE_URL)


def test_what_was_typed_is_given_back_where_the_form_was_never_read(client, category):
    site_data.get_site_data()
    with database_down():
        response = client.post(REGISTER_URL, form_data(badge_name="Lin"))
    assert (response.status_code, 'name="badge_name" value="Lin"' in page_text(response)) == (503, True)


@pytest.mark.django_db(transaction=True)
def test_a_category_that_was_deleted_a_moment_ago_is_refused_and_what_was_typed_stays(category):
    client = client_for(make_attendee())
    client.get(REGISTER_URL)
    category.delete()
    response = client.post(REGISTER_URL, form_data(badge_name="Lin"))
    assert "This category is no longer available. Choose another one." in page_text(response)
    assert 'value="Lin"' in page_text(response)
    assert not Registration.objects.exists()


def test_a_form_without_its_mark_is_shown_again_with_what_was_typed(category):
    client = Client(enforce_csrf_checks=True)
    response = client.post(REGISTER_URL, form_data(badge_name="Lin"))
    assert response.status_code == 403
    assert 'value="Lin"' in page_text(response)
    assert "because your session changed" in page_text(response)
    assert is_nothing_kept(client)


def test_a_form_from_elsewhere_is_not_shown_again(category):
    client = Client(enforce_csrf_checks=True)
    response = client.post(REGISTER_URL, form_data(badge_name="Lin"), headers={"origin": "https://evil.example"})
    assert response.status_code == 403
    assert "Lin" not in page_text(response)


def test_who_cancelled_finds_the_form_again(category):
    client = register_client()
    client.post("/my/cancel/")
    assert client.get(REGISTER_URL).status_code == 200
    client.post(REGISTER_URL, form_data(email=None, badge_name="Once more"))
    assert Registration.objects.get().badge_name == "Once more"
    assert Registration.objects.get().status == "confirmed"
