"""List of registrations: columns, filters, search, permissions and the capacity overview."""

import datetime

import pytest
from django.urls import reverse

from conference.registration import workflow
from conference.registration.models import Mode, Ticket
from conference.registration.tickets.issuance import reissue_ticket

from ..users import admin_client_for, count_queries, make_organizer
from . import factories

REGISTRATIONS_URL = "/admin/registration/registration/"
MALICIOUS_TEXT = '"><img src=x onerror=1>'

pytestmark = pytest.mark.django_db


def names(response):
    assert response.status_code == 200
    return [row.badge_name for row in response.context["cl"].result_list]


def filtered_names(client, **query):
    return sorted(names(client.get(REGISTRATIONS_URL, query)))


def test_list_shows_details_and_days(registrar_client, media):
    days = {factories.MONDAY: Mode.IN_PERSON, factories.TUESDAY: Mode.ONLINE}
    factories.make_registration(badge_name="Linh", organization="Peace House", category=media, days=days)
    page = registrar_client.get(REGISTRATIONS_URL).text
    for text in ("Linh", "Viet Nam", "Peace House", "Media", "Submitted"):
        assert text in page
    assert '<span class="visually-hidden">Monday, 7 December: requested (in person)</span>' in page
    assert '<span class="visually-hidden">Tuesday, 8 December: requested (online)</span>' in page


def test_list_shows_confirmed_waitlisted_and_interim_seats(registrar_client):
    factories.make_quota(factories.MONDAY, Mode.IN_PERSON, seats=1)
    factories.make_registration(badge_name="First")
    factories.make_registration(badge_name="Second", online_while_waitlisted=True)
    page = registrar_client.get(REGISTRATIONS_URL).text
    assert "Monday, 7 December: in person</span>" in page
    assert "Monday, 7 December: on the wait list (in person)</span>" in page
    assert "Monday, 7 December: online (interim)</span>" in page


def test_list_explains_the_seat_symbols(registrar_client):
    page = registrar_client.get(REGISTRATIONS_URL).text
    assert '<span class="seat-badge-symbol" aria-hidden="true">■</span> In person' in page
    assert '<span class="seat-badge-symbol" aria-hidden="true">…</span> On the wait list' in page


def test_list_rows_link_to_the_review_with_the_filters(registrar_client, media):
    linh = factories.make_registration(category=media)
    page = registrar_client.get(REGISTRATIONS_URL, {"status__exact": "submitted"}).text
    url = reverse("admin:registration_registration_review", args=[linh.pk])
    assert f'href="{url}?_changelist_filters=status__exact%3Dsubmitted"' in page


def test_list_offers_neither_add_nor_delete(registrar_client):
    page = registrar_client.get(REGISTRATIONS_URL).text
    assert f"{REGISTRATIONS_URL}add/" not in page
    assert "delete_selected" not in page


# Filters


def test_list_filtered_by_status(registrar_client, media):
    factories.make_registration(badge_name="Asked", category=media)
    factories.make_registration(badge_name="In", category=factories.make_category())
    assert filtered_names(registrar_client, status__exact="submitted") == ["Asked"]
    assert filtered_names(registrar_client, status__exact="confirmed") == ["In"]


def test_list_filtered_by_category_and_country(registrar_client, media):
    factories.make_registration(badge_name="One", category=media, country="NO")
    factories.make_registration(badge_name="Two", category=media)
    factories.make_registration(badge_name="Three", category=factories.make_category())
    assert filtered_names(registrar_client, category=media.pk) == ["One", "Two"]
    assert filtered_names(registrar_client, category=media.pk, country="NO") == ["One"]


def test_list_filters_for_day_and_mode_apply_to_the_same_seat(registrar_client):
    factories.make_registration(
        badge_name="Monday", days={factories.MONDAY: Mode.IN_PERSON, factories.TUESDAY: Mode.ONLINE}
    )
    factories.make_registration(badge_name="Tuesday", days={factories.TUESDAY: Mode.IN_PERSON})
    assert filtered_names(registrar_client, day="2020-12-08") == ["Monday", "Tuesday"]
    assert filtered_names(registrar_client, day="2020-12-08", mode="in_person") == ["Tuesday"]
    assert filtered_names(registrar_client, mode="in_person") == ["Monday", "Tuesday"]
    assert filtered_names(registrar_client, mode="in_person", day="2020-12-09") == []


def test_list_filtered_by_seat_status(registrar_client):
    factories.make_quota(seats=1)
    factories.make_registration(badge_name="Has one")
    factories.make_registration(badge_name="Waits")
    assert filtered_names(registrar_client, seat="waitlisted") == ["Waits"]
    assert filtered_names(registrar_client, seat="taken", day="2020-12-07") == ["Has one"]


def test_list_filtered_by_day_omits_released_seats(registrar_client):
    linh = factories.make_registration()
    workflow.cancel_registration(linh, by=linh.user)
    assert filtered_names(registrar_client, day="2020-12-07") == []


@pytest.mark.slow
def test_list_filtered_by_possible_duplicates(registrar_client):
    factories.make_registration(badge_name="Linh")
    factories.make_registration(badge_name="Linh again")
    factories.make_registration(badge_name="Minh", passport_name="Tran Van Minh")
    assert filtered_names(registrar_client, duplicates="yes") == ["Linh", "Linh again"]


@pytest.mark.parametrize(
    "query",
    [
        {"day": "x"},
        {"day": "2020-02-30"},
        {"mode": "x"},
        {"category": "x"},
        {"category": "99999999999999999999999"},
        {"country": MALICIOUS_TEXT},
        {"status__exact": "x"},
    ],
)
def test_list_with_unknown_filter_value_is_empty(registrar_client, query):
    factories.make_registration()
    assert filtered_names(registrar_client, **query) == []


@pytest.mark.parametrize(
    "query",
    [
        {"special_needs__isnull": "0"},
        {"special_needs__diet__icontains": "a"},
        {"user__password__startswith": "p"},
        {"x": "1"},
    ],
)
def test_list_with_lookup_outside_the_filters_is_rejected(registrar_client, query):
    factories.make_registration(special_needs={"access": "", "diet": "vegan"})
    assert registrar_client.get(REGISTRATIONS_URL, query).status_code in (302, 400)


@pytest.mark.parametrize("search_text", ["nguyen thi", "NGUYỄN", "linh@example.org", "da nang", "house nguyen"])
def test_list_search_ignores_accents_and_covers_names_organization_and_email(registrar_client, search_text):
    linh = factories.make_attendee("linh@example.org")
    factories.make_registration(linh, passport_name="Nguyễn Thị Linh", organization="Đà Nẵng Peace House")
    factories.make_registration(badge_name="Minh", passport_name="Tran Van Minh", organization="NUPI")
    assert filtered_names(registrar_client, q=search_text) == ["Linh"]


@pytest.mark.parametrize(
    "search_text",
    [
        "walesa",
        "Wałęsa, Łucja",
        "oneill",
        "O’Neill",
        "womens union",
        "hanoi",
        "Ha Noi",
        "linh@straße.example",
        "linh@xn--strae-oqa.example",
        "LINH@Straße.example\u200b",
        "ｌｉｎｈ＠straße．example",
        "straße.example",
    ],
)
def test_list_search_ignores_punctuation_spaces_and_spellings_of_the_address(registrar_client, search_text):
    linh = factories.make_attendee("linh@straße.example")
    factories.make_registration(
        linh, badge_name="Łucja Wałęsa-O'Neill", organization="Women's Union of Ha Noi", passport_name="Lucja"
    )
    factories.make_registration(badge_name="Minh", passport_name="Tran Van Minh", organization="NUPI")
    assert filtered_names(registrar_client, q=search_text) == ["Łucja Wałęsa-O'Neill"]


def test_list_search_query_count_is_independent_of_rows(registrar_client):
    factories.make_registration(badge_name="Linh")
    for_one = count_queries(registrar_client, f"{REGISTRATIONS_URL}?q=linh")
    for _ in range(5):
        factories.make_registration(badge_name="Linh")
    assert count_queries(registrar_client, f"{REGISTRATIONS_URL}?q=linh") == for_one


def test_list_escapes_malicious_text(registrar_client):
    factories.make_registration(badge_name=MALICIOUS_TEXT, organization=MALICIOUS_TEXT, passport_name=MALICIOUS_TEXT)
    page = registrar_client.get(REGISTRATIONS_URL, {"q": MALICIOUS_TEXT}).text
    assert MALICIOUS_TEXT not in page
    assert "&quot;&gt;&lt;img src=x onerror=1&gt;" in page


@pytest.mark.slow
def test_list_query_count_is_independent_of_rows(registrar_client, media):
    factories.make_registration(category=media)
    for_one = count_queries(registrar_client, REGISTRATIONS_URL)
    for number in range(29):
        category = factories.make_category(f"Category {number} of many")
        factories.make_registration(
            category=category, days={factories.MONDAY: Mode.IN_PERSON, factories.TUESDAY: Mode.ONLINE}
        )
    assert count_queries(registrar_client, REGISTRATIONS_URL) == for_one


def test_list_in_vietnamese_shows_translated_names(registrar_client, media):
    factories.make_registration(category=media)
    page = registrar_client.get(f"/vi{REGISTRATIONS_URL}").text
    assert "Báo chí" in page


# Users who may only view


def test_list_for_viewers_has_no_actions(hospitality_client):
    factories.make_registration(badge_name="Linh", passport_name="Nguyen Thi Secret")
    page = hospitality_client.get(REGISTRATIONS_URL).text
    assert "Linh" in page
    assert 'name="action"' not in page
    assert "possible duplicates" not in page


def test_list_search_for_viewers_ignores_private_fields(hospitality_client):
    linh = factories.make_attendee("secret@example.org")
    factories.make_registration(linh, passport_name="Nguyen Thi Hidden")
    assert filtered_names(hospitality_client, q="hidden") == filtered_names(hospitality_client, q="secret") == []
    assert filtered_names(hospitality_client, q="linh") == ["Linh"]


@pytest.mark.parametrize("page_name", ["review", "change"])
def test_registration_pages_for_viewers_omit_private_fields(hospitality_client, page_name):
    user = factories.make_attendee("secret@example.org")
    linh = factories.make_registration(user, passport_name="Nguyen Thi Hidden", gender="female")
    page = hospitality_client.get(f"{REGISTRATIONS_URL}{linh.pk}/{page_name}/").text
    assert "Peace House" in page
    for secret in ("Hidden", "secret@example.org", "Female"):
        assert secret not in page


# Capacity overview


def test_list_shows_the_capacity_overview(registrar_client):
    factories.make_registration_settings(seats=10)
    factories.make_quota(seats=2)
    category = factories.make_category("Youth", seats=3)
    for _ in range(3):
        factories.make_registration(category=category)
    overview = registrar_client.get(REGISTRATIONS_URL).context["capacity"]
    monday = dict(overview.days[0].counts)[Mode.IN_PERSON]
    assert (monday.taken, monday.limit, monday.waitlisted, monday.is_full) == (2, 2, 1, True)
    assert [(c.name, c.count.taken, c.count.limit) for c in overview.categories] == [("Youth", 2, 3)]
    assert (overview.in_person.taken, overview.in_person.limit) == (2, 10)
    assert [day.day for day in overview.days] == [factories.MONDAY + n * datetime.timedelta(1) for n in range(3)]


def test_capacity_overview_links_to_the_wait_list_and_the_limits(registrar_client):
    category = factories.make_category("Youth")
    factories.make_quota(seats=0)
    factories.make_registration(category=category)
    page = registrar_client.get(REGISTRATIONS_URL).text
    assert f'href="{REGISTRATIONS_URL}?day=2020-12-07&amp;mode=in_person&amp;seat=waitlisted"' in page
    assert 'href="/admin/registration/quota/"' in page
    assert f'href="/admin/registration/category/{category.pk}/change/"' in page
    assert 'href="/admin/registration/registrationsettings/"' in page


def test_capacity_overview_for_viewers_has_no_links_to_the_limits(hospitality_client):
    factories.make_category("Youth")
    page = hospitality_client.get(REGISTRATIONS_URL).text
    assert "Youth" in page
    assert "/admin/registration/quota/" not in page


def test_list_without_conference_or_registrations_succeeds(db):
    page = admin_client_for(make_organizer("Registrars")).get(REGISTRATIONS_URL)
    assert page.status_code == 200
    assert "There is no conference yet." in page.text


# Ticket number


def make_ticket(pk="1a2b3c4d-0000-4000-8000-000000000001", **changes):
    registration = factories.make_registration(**changes)
    Ticket.objects.filter(registration=registration).delete()
    return Ticket.objects.create(pk=pk, registration=registration)


@pytest.mark.parametrize("number", ["1A2B 3C4D", "1a2b3c4d", " 1A2B-3C4D ", "１Ａ２Ｂ\u00a03C4D", "1a2b3c4d-0000-4000"])
def test_search_finds_the_number_of_a_ticket(registrar_client, number):
    make_ticket(badge_name="Linh")
    make_ticket("1a2b3c4e-0000-4000-8000-000000000001", badge_name="Minh")
    assert filtered_names(registrar_client, q=number) == ["Linh"]


def test_search_finds_the_number_of_a_replaced_ticket(registrar_client):
    ticket = make_ticket(badge_name="Linh")
    reissue_ticket(ticket.registration, None)
    assert filtered_names(registrar_client, q="1A2B 3C4D") == ["Linh"]


def test_search_for_part_of_a_ticket_number_finds_nothing(registrar_client):
    make_ticket(badge_name="Linh")
    assert filtered_names(registrar_client, q="1A2B 3C") == []


def test_search_for_a_name_of_hexadecimal_letters_finds_the_person(registrar_client):
    factories.make_registration(badge_name="Fadebaccade")
    assert filtered_names(registrar_client, q="fadebaccade") == ["Fadebaccade"]
