"""The registration form: when it is open, what it shows, which input it accepts, and how it is submitted."""

import datetime
import re

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.test import Client
from django.utils import translation

from conference import site_data
from conference.core.i18n import countries
from conference.core.i18n.regions import MEMBER_AND_OBSERVER_STATES
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
    enter_code,
    form_data,
    form_errors,
    make_open_form,
    open_registration,
    page_text,
    register_client,
    sent_codes,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("november")]

CONFERENCE_DATES = [datetime.date(2020, 12, day) for day in (7, 8, 9)]


def is_nothing_saved(client):
    return not Registration.objects.exists() and not User.objects.exists() and "form_drafts" not in client.session


# Availability of the form


@pytest.mark.parametrize(
    ("opens", "closes", "message"),
    [
        (None, None, "The opening date of registration will be announced here."),
        (5, 20, "Registration opens on 15 November 2020, 10:00 (Ha Noi time)."),
        (-20, -1, "Registration closed on 9 November 2020, 10:00 (Ha Noi time)."),
    ],
)
def test_register_outside_the_period_shows_a_message_and_accepts_nothing(client, opens, closes, message):
    make_open_form()
    open_registration(opens, closes)
    page = client.get(REGISTER_URL)
    assert page.status_code == 200
    assert message in page_text(page)
    assert "<form" not in page_text(page)
    assert "public" in page.headers["Cache-Control"]
    response = client.post(REGISTER_URL, form_data())
    assert response.status_code == 403
    assert "no-store" in response.headers["Cache-Control"]
    assert is_nothing_saved(client)


def test_register_within_the_period_shows_the_form_uncached(client, open_category):
    response = client.get(REGISTER_URL)
    assert response.status_code == 200
    assert 'name="passport_name"' in page_text(response)
    assert "no-store" in response.headers["Cache-Control"]
    assert "sessionid" not in client.cookies


@pytest.mark.parametrize("method", ["get", "post"])
def test_register_without_a_consent_text_says_the_form_is_not_ready(client, method):
    open_registration()
    make_category()
    assert "The form is not ready yet" in page_text(getattr(client, method)(REGISTER_URL))


@pytest.mark.parametrize("method", ["get", "post"])
def test_register_without_an_open_category_says_the_form_is_not_ready(client, method):
    make_open_form(is_open=False)
    assert "The form is not ready yet" in page_text(getattr(client, method)(REGISTER_URL))


def test_register_on_the_second_day_omits_the_first_day(client, open_category):
    open_registration(-30, 60)
    with time_machine.travel(datetime.datetime(2020, 12, 8, 3, tzinfo=datetime.UTC)):
        page = page_text(client.get(REGISTER_URL))
        response = client.post(REGISTER_URL, form_data(**{"day_2020-12-08": ""}))
    assert "day_2020-12-07" not in page
    assert "day_2020-12-08" in page
    assert list(form_errors(response)) == ["day_2020-12-08"]


@pytest.mark.parametrize("method", ["get", "post"])
def test_register_after_the_last_day_says_the_conference_has_ended(client, open_category, method):
    open_registration(-30, 60)
    with time_machine.travel(datetime.datetime(2020, 12, 20, 3, tzinfo=datetime.UTC)):
        response = getattr(client, method)(REGISTER_URL)
    assert "The conference has ended." in page_text(response)
    assert "<form" not in page_text(response)


def test_register_with_another_method_answers_405(client, open_category):
    assert client.put(REGISTER_URL).status_code == 405


def test_register_page_queries_for_availability_only(client, published, open_category):
    for number in range(5):
        make_category(f"Another {number}")
    make_quota()
    client.get(REGISTER_URL)
    assert count_queries(client, REGISTER_URL) == 5


@pytest.mark.slow
def test_register_page_for_a_user_adds_three_queries(client, open_category):
    client.get(REGISTER_URL)
    assert count_queries(client_for(make_attendee()), REGISTER_URL) == 8


def test_register_options_changed_by_organizers_are_shown(client, open_category):
    client.get(REGISTER_URL)
    open_category.name_en, open_category.description_en = "Guest of honour", "By invitation."
    open_category.save()
    make_category("Press")
    make_consent_text(2, text_en="You may keep it for a **year**.")
    form_options.refresh_options()
    page = page_text(client.get(REGISTER_URL))
    for text in ("Guest of honour", "By invitation.", "Press", "a <strong>year</strong>.", "Version 2 of this text."):
        assert text in page


def test_register_announcement_is_shown_until_it_expires(client, open_category):
    client.get(REGISTER_URL)
    hour = datetime.timedelta(hours=1)
    Announcement.objects.create(text_en="Bring your passport.", shown_from=NOVEMBER - hour, shown_until=NOVEMBER + hour)
    site_data.refresh_site_data()
    assert "Bring your passport." in page_text(client.get(REGISTER_URL))
    with time_machine.travel(NOVEMBER + 2 * hour):
        assert "Bring your passport." not in page_text(client.get(REGISTER_URL))


# Availability of seats


def test_register_availability_is_shown_for_each_day_and_mode(client, open_category):
    make_quota(MONDAY, IN_PERSON, 1)
    make_quota(TUESDAY, IN_PERSON, 5)
    assert "wait list" not in page_text(client.get(REGISTER_URL)).partition("<form id")[2]
    make_registration()
    assert "Full. You would be first on the wait list." in page_text(client.get(REGISTER_URL))
    make_registration()
    page = page_text(client.get(REGISTER_URL))
    for label in ("Full. 1 person is on the wait list.", "Few places left", "Places available"):
        assert label in page


def test_register_all_in_person_seats_taken_offers_online_attendance(client, open_category):
    for day in CONFERENCE_DATES:
        make_quota(day, IN_PERSON, 0)
    page = page_text(client.get(REGISTER_URL))
    assert "All in-person seats are taken." in page
    assert "You can attend online, or join the wait list" in page
    assert "<form" in page


def test_register_total_capacity_reached_makes_every_day_full(client, open_category):
    make_registration_settings(seats=1)
    make_registration()
    page = page_text(client.get(REGISTER_URL))
    assert "All in-person seats are taken." in page
    assert page.count("Full. You would be first on the wait list.") == 3


def test_register_all_seats_taken_joins_the_wait_list(open_category):
    for day in CONFERENCE_DATES:
        for mode in (IN_PERSON, ONLINE):
            make_quota(day, mode, 0)
    assert "All seats are taken, in person and online." in page_text(Client().get(REGISTER_URL))
    register_client()
    assert seat_statuses(Registration.objects.get()) == {(7, "in_person"): "waitlisted", (8, "online"): "waitlisted"}


def test_register_full_category_says_so(client, open_category):
    Category.objects.update(seats=0)
    assert "All places are taken; you would join the wait list." in page_text(client.get(REGISTER_URL))


# Fields


def test_register_fields_have_autocomplete_tokens(client, open_category):
    page = page_text(client.get(REGISTER_URL))
    tokens = {
        "email": "email",
        "passport_name": "name",
        "badge_name": "nickname",
        "country": "country",
        "organization": "organization",
        "function": "organization-title",
    }
    for name, token in tokens.items():
        element = re.search(rf'<(?:input|select)[^>]*name="{name}"[^>]*>', page)[0]
        assert f'autocomplete="{token}"' in element


def test_register_descriptions_of_fields_exist(client, open_category):
    page = page_text(client.get(REGISTER_URL))
    for ids in re.findall(r'aria-describedby="([^"]+)"', page):
        assert all(f'id="{element_id}"' in page for element_id in ids.split()), ids


def test_register_signed_in_user_is_not_asked_for_an_email_address(client, open_category):
    assert 'name="email"' in page_text(client.get(REGISTER_URL))
    assert 'name="email"' not in page_text(client_for(make_attendee()).get(REGISTER_URL))


@pytest.mark.parametrize(
    ("language", "first", "second"), [("en", "Austria", "Azerbaijan"), ("vi", "Dominica", "Đan Mạch")]
)
def test_country_choices_are_in_alphabetical_order_of_the_language(language, first, second):
    with translation.override(language):
        names = [name for _code, name in countries.country_choices()]
    assert names.index(first) < names.index(second)


def test_register_countries_are_listed_once(client, open_category):
    codes = re.findall(r'<option value="([A-Z]{2})"', page_text(client.get(REGISTER_URL)))
    assert len(codes) == len(set(codes)) == 242
    assert not {"AQ", "BV", "XO"} & set(codes)


@pytest.mark.parametrize("language", ["en", "vi"])
def test_country_choices_begin_with_member_and_observer_states(language):
    with translation.override(language):
        codes = [code for code, _name in countries.country_choices()]
    assert {"KI", "PS", "VA", "VN"} <= set(codes[:195])
    assert len(MEMBER_AND_OBSERVER_STATES) == len(set(MEMBER_AND_OBSERVER_STATES)) == 195
    assert not {"HK", "PR", "TW", "GL"} & set(codes[:195])


@pytest.mark.parametrize(
    ("code", "english", "vietnamese"),
    [
        ("VN", "Viet Nam", "Việt Nam"),
        ("LA", "Lao People’s Democratic Republic", "Cộng hòa Dân chủ Nhân dân Lào"),
        ("RU", "Russian Federation", "Liên bang Nga"),
        ("TR", "Türkiye", "Thổ Nhĩ Kỳ"),
        ("LY", "Libya", "Libya"),
        ("AQ", "AQ", "AQ"),
    ],
)
def test_country_name_is_that_of_the_united_nations(code, english, vietnamese):
    for language, name in (("en", english), ("vi", vietnamese)):
        with translation.override(language):
            assert countries.get_country_name(code) == name


# Submission


def test_register_anonymous_visitor_is_registered_after_the_code(client, open_category):
    response = client.post(REGISTER_URL, form_data())
    assert response.headers["Location"] == f"{CODE_URL}?next=%2Fregister%2Ffinish%2F"
    assert not Registration.objects.exists()
    response = enter_code(client)
    assert response.redirect_chain[-1][0] == DASHBOARD_URL
    registration = Registration.objects.get()
    assert registration.user.email == EMAIL
    assert registration.category == open_category
    assert registration.status == "confirmed"
    assert seat_statuses(registration) == {(7, "in_person"): "confirmed", (8, "online"): "confirmed"}
    assert registration.consent_text.number == 1
    assert registration.languages == ["en", "vi"]
    assert EmailAddress.objects.get().verified
    assert not registration.user.has_usable_password()


def test_register_special_needs_are_stored_separately(client, open_category):
    register_client(client, access="A wheelchair place\r\nand a desk", diet="No nuts")
    needs = SpecialNeeds.objects.get()
    assert (needs.access, needs.diet) == ("A wheelchair place\nand a desk", "No nuts")


def test_register_without_special_needs_stores_none(client, open_category):
    register_client(client)
    assert not SpecialNeeds.objects.exists()


def test_register_in_vietnamese_sets_the_email_language(client, open_category):
    client.post("/vi/register/", form_data())
    response = client.post(f"/vi{CODE_URL}", {"code": sent_codes()[-1], "next": f"/vi{FINISH_URL}"}, follow=True)
    assert response.redirect_chain[-1][0] == "/vi/my/"
    assert Registration.objects.get().email_language == "vi"


def test_register_signed_in_user_is_registered_at_once(open_category):
    user = make_attendee()
    response = client_for(user).post(REGISTER_URL, form_data(email=None))
    assert response.headers["Location"] == DASHBOARD_URL
    assert Registration.objects.get().user == user
    assert not sent_codes()


def test_register_category_with_approval_is_submitted(open_category):
    Category.objects.update(needs_approval=True)
    register_client()
    assert Registration.objects.get().status == "submitted"


@pytest.mark.slow
def test_register_double_click_makes_one_registration_without_a_warning(open_category):
    client = client_for(make_attendee())
    for _ in range(2):
        response = client.post(REGISTER_URL, form_data(email=None), follow=True)
    assert response.redirect_chain[-1][0] == DASHBOARD_URL
    assert "The form was not saved." not in page_text(response)
    assert Registration.objects.count() == 1
    assert RegistrationEvent.objects.filter(action="submitted").count() == 1


def test_complete_registration_twice_makes_one_registration(client, open_category):
    register_client(client)
    assert client.get(FINISH_URL).headers["Location"] == DASHBOARD_URL
    assert Registration.objects.count() == 1


def test_complete_registration_without_a_draft_redirects_to_the_dashboard(open_category):
    assert client_for(make_attendee()).get(FINISH_URL).headers["Location"] == DASHBOARD_URL


def test_register_again_keeps_the_registration_and_warns(open_category):
    user = make_attendee(EMAIL)
    with time_machine.travel(NOVEMBER - datetime.timedelta(days=1)):
        make_registration(user, badge_name="Before")
    client = Client()
    client.post(REGISTER_URL, form_data(badge_name="After"))
    response = enter_code(client)
    assert "You are already registered. The form was not saved." in page_text(response)
    assert Registration.objects.get().badge_name == "Before"
    assert not client.session.get("form_drafts")


def test_register_page_of_a_registered_user_redirects_to_the_dashboard(open_category):
    user = make_attendee()
    make_registration(user)
    assert client_for(user).get(REGISTER_URL).headers["Location"] == DASHBOARD_URL


def test_register_one_address_in_two_browsers_makes_one_account(open_category):
    first, second = Client(), Client()
    first.post(REGISTER_URL, form_data())
    second.post(REGISTER_URL, form_data(email="LINH@People.Example"))
    first_code, second_code = sent_codes()
    enter_code(first, first_code)
    enter_code(second, second_code)
    assert EmailAddress.objects.get().verified
    assert User.objects.count() == Registration.objects.count() == 1


def test_register_after_cancelling_registers_again(open_category):
    client = register_client()
    client.post("/my/cancel/")
    assert client.get(REGISTER_URL).status_code == 200
    client.post(REGISTER_URL, form_data(email=None, badge_name="Once more"))
    assert Registration.objects.get().badge_name == "Once more"
    assert Registration.objects.get().status == "confirmed"


# Validation


def test_register_required_fields_left_empty_are_errors(client, open_category):
    required = ["email", "passport_name", "badge_name", "country", "organization", "category", "consent"]
    response = client.post(REGISTER_URL, form_data(**dict.fromkeys(required, "")))
    assert set(form_errors(response)) == set(required)
    assert is_nothing_saved(client)


def test_register_optional_fields_may_be_missing(client, open_category):
    optional = ["function", "gender", "languages", "access", "diet", "homepage", "online_while_waitlisted"]
    optional += ["show_on_badge"]
    assert client.post(REGISTER_URL, form_data(**dict.fromkeys(optional))).status_code == 302


def test_register_no_day_chosen_is_an_error_at_the_first_day(client, open_category):
    response = client.post(REGISTER_URL, form_data(**{"day_2020-12-07": "", "day_2020-12-08": None}))
    assert form_errors(response) == {"day_2020-12-07": ["Choose at least one day, in person or online."]}
    assert 'href="#id_day_2020-12-07_0"' in page_text(response)


@pytest.mark.parametrize(
    "text", ["https://evil.example", "WWW.evil.example", "linh@evil.example", "<b>Linh", "Li\x07nh", "Li\nBcc: all"]
)
def test_register_name_with_an_address_markup_or_control_character_is_an_error(client, open_category, text):
    fields = ["passport_name", "badge_name", "organization", "function"]
    assert list(form_errors(client.post(REGISTER_URL, form_data(**dict.fromkeys(fields, text))))) == fields


@pytest.mark.parametrize("text", ["Li\u202enh", "Li\u2028nh", "Li\ue000nh", "...", "123", "★"])
def test_register_name_with_forbidden_characters_or_without_letters_is_an_error(client, open_category, text):
    assert list(form_errors(client.post(REGISTER_URL, form_data(passport_name=text)))) == ["passport_name"]


@pytest.mark.parametrize("text", ["محمد بن عبد الله", "O’Connor-Ångström", "می\u200cخواهم"])
def test_register_name_in_any_script_is_stored_unchanged(client, open_category, text):
    register_client(client, passport_name=text, badge_name=text)
    assert Registration.objects.get().passport_name == text


def test_register_name_is_composed_and_trimmed(client, open_category):
    register_client(client, passport_name="  Nguye\u0302\u0303n \u00a0 Thi\u0323\u200e Linh\ufeff ")
    assert Registration.objects.get().passport_name == "Nguyễn Thị Linh"


def test_register_tab_and_other_spaces_in_a_name_become_one_space(client, open_category):
    register_client(client, passport_name="Nguyen\tThi\u205f Linh", badge_name="\tLinh")
    saved = Registration.objects.get()
    assert (saved.passport_name, saved.badge_name) == ("Nguyen Thi Linh", "Linh")


def test_register_organization_may_be_a_number(client, open_category):
    register_client(client, organization="350")
    assert Registration.objects.get().organization == "350"


def test_register_organization_of_signs_only_is_an_error(client, open_category):
    errors = form_errors(client.post(REGISTER_URL, form_data(organization="...")))
    assert errors == {"organization": ["Enter at least one letter or digit."]}


@pytest.mark.parametrize("address", ["nguyễn@example.org", "王@example.org"])
def test_register_mailbox_outside_ascii_is_explained(client, open_category, address):
    errors = form_errors(client.post(REGISTER_URL, form_data(email=address)))
    message = "We cannot send to an address that has letters such as é, ễ or 王 before the @. Enter another one."
    assert errors == {"email": [message]}


def test_register_text_longer_than_its_field_is_an_error(client, open_category):
    limits = {"passport_name": 150, "badge_name": 80, "diet": 300}
    longest = {name: "x" * limit for name, limit in limits.items()}
    assert client.post(REGISTER_URL, form_data(**longest)).status_code == 302
    too_long = {name: text + "x" for name, text in longest.items()}
    assert set(form_errors(client.post(REGISTER_URL, form_data(**too_long)))) == set(limits)


def test_register_values_outside_the_choices_are_errors(client, open_category):
    make_category("Invited guests", slug="closed", is_open=False)
    invalid = {
        "email": "nobody",
        "country": "XX",
        "category": "closed",
        "gender": "x",
        "languages": "tlh",
        "day_2020-12-07": "both",
        "consent": "on",
    }
    response = client.post(REGISTER_URL, form_data(**invalid))
    assert set(form_errors(response)) == set(invalid)
    assert is_nothing_saved(client)
    assert "Invited guests" not in page_text(response)


def test_register_outdated_consent_text_is_an_error(client, open_category):
    make_consent_text(2)
    assert form_errors(client.post(REGISTER_URL, form_data(consent="1"))) == {
        "consent": ["This text has changed since you opened the page. Please read it and agree again."]
    }


def test_register_fields_outside_the_form_are_ignored(client, open_category):
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


# Errors


def test_register_errors_are_in_a_summary_and_at_the_fields(client, open_category):
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


def test_register_errors_keep_the_entered_values(client, open_category):
    page = page_text(
        client.post(REGISTER_URL, form_data(passport_name="", badge_name="Lin", gender="female", diet="No nuts"))
    )
    for html in ('value="Lin"', 'value="No nuts"', '<option value="female" selected>', '<option value="VN" selected>'):
        assert html in page
    assert re.search(r'name="day_2020-12-08" value="online"[^>]* checked', page)
    assert re.search(r'name="category" value="observer"[^>]* checked', page)
    assert re.search(r'name="consent" value="1"[^>]* checked', page)
    # Three days, category, two languages, consent, and online attendance while waiting.
    assert page.count("checked") == 8


def test_register_errors_escape_the_entered_values(client, open_category):
    page = page_text(client.post(REGISTER_URL, form_data(badge_name='"><script>alert(1)</script>')))
    assert "<script>alert" not in page
