"""The list of registrations at the desk: what a row tells, what narrows it, and the limits above it."""

import datetime

import pytest
from django.urls import reverse

from conference.registration import workflow
from conference.registration.models import Mode

from ..users import admin_client_for, count_queries, make_organizer
from . import factories

REGISTRATIONS = "/admin/registration/registration/"
HOSTILE = '"><img src=x onerror=1>'

pytestmark = pytest.mark.django_db


@pytest.fixture
def media(conference):
    return factories.make_category("Media", name_vi="Báo chí", needs_approval=True)


def names(response):
    assert response.status_code == 200
    return [row.badge_name for row in response.context["cl"].result_list]


def narrowed(desk, **query):
    return sorted(names(desk.get(REGISTRATIONS, query)))


def test_the_list_tells_who_from_where_for_whom_and_which_days(desk, media):
    days = {factories.MONDAY: Mode.IN_PERSON, factories.TUESDAY: Mode.ONLINE}
    factories.make_registration(badge_name="Linh", organization="Peace House", category=media, days=days)
    page = desk.get(REGISTRATIONS).text
    for words in ("Linh", "Viet Nam", "Peace House", "Media", "Submitted"):
        assert words in page
    assert '<span class="visually-hidden">Monday, 7 December: requested (in person)</span>' in page
    assert '<span class="visually-hidden">Tuesday, 8 December: requested (online)</span>' in page


def test_days_tell_what_is_confirmed_waited_for_and_online_meanwhile(desk):
    factories.make_quota(factories.MONDAY, Mode.IN_PERSON, seats=1)
    factories.make_registration(badge_name="First")
    factories.make_registration(badge_name="Second", online_while_waitlisted=True)
    page = desk.get(REGISTRATIONS).text
    assert "Monday, 7 December: in person</span>" in page
    assert "Monday, 7 December: on the wait list (in person)</span>" in page
    assert "Monday, 7 December: online (interim)</span>" in page


def test_the_signs_of_the_days_are_explained_above_the_list(desk):
    page = desk.get(REGISTRATIONS).text
    assert '<span class="seat-badge-symbol" aria-hidden="true">■</span> In person' in page
    assert '<span class="seat-badge-symbol" aria-hidden="true">…</span> Waiting' in page


def test_a_row_leads_to_the_review_and_the_list_is_remembered(desk, media):
    linh = factories.make_registration(category=media)
    page = desk.get(REGISTRATIONS, {"status__exact": "submitted"}).text
    address = reverse("admin:registration_registration_review", args=[linh.pk])
    assert f'href="{address}?_changelist_filters=state__exact%3Dsubmitted"' in page


def test_a_registrar_neither_adds_nor_deletes_registrations(desk):
    page = desk.get(REGISTRATIONS).text
    assert f"{REGISTRATIONS}add/" not in page
    assert "delete_selected" not in page


# Narrowed


def test_the_list_is_narrowed_to_a_state(desk, media):
    factories.make_registration(badge_name="Asked", category=media)
    factories.make_registration(badge_name="In", category=factories.make_category())
    assert narrowed(desk, status__exact="submitted") == ["Asked"]
    assert narrowed(desk, status__exact="confirmed") == ["In"]


def test_the_list_is_narrowed_to_a_category_and_a_country(desk, media):
    factories.make_registration(badge_name="One", category=media, country="NO")
    factories.make_registration(badge_name="Two", category=media)
    factories.make_registration(badge_name="Three", category=factories.make_category())
    assert narrowed(desk, category=media.pk) == ["One", "Two"]
    assert narrowed(desk, category=media.pk, country="NO") == ["One"]


def test_a_day_and_a_mode_are_asked_of_the_same_seat(desk):
    factories.make_registration(
        badge_name="Monday", days={factories.MONDAY: Mode.IN_PERSON, factories.TUESDAY: Mode.ONLINE}
    )
    factories.make_registration(badge_name="Tuesday", days={factories.TUESDAY: Mode.IN_PERSON})
    assert narrowed(desk, day="2020-12-08") == ["Monday", "Tuesday"]
    assert narrowed(desk, day="2020-12-08", mode="in_person") == ["Tuesday"]
    assert narrowed(desk, mode="in_person") == ["Monday", "Tuesday"]
    assert narrowed(desk, mode="in_person", day="2020-12-09") == []


def test_the_list_is_narrowed_to_those_who_wait(desk):
    factories.make_quota(seats=1)
    factories.make_registration(badge_name="Has one")
    factories.make_registration(badge_name="Waits")
    assert narrowed(desk, seat="waitlisted") == ["Waits"]
    assert narrowed(desk, seat="taken", day="2020-12-07") == ["Has one"]


def test_who_gave_a_seat_back_is_not_among_those_of_the_day(desk):
    linh = factories.make_registration()
    workflow.cancel_registration(linh, by=linh.user)
    assert narrowed(desk, day="2020-12-07") == []


def test_the_list_is_narrowed_to_possible_duplicates(desk):
    factories.make_registration(badge_name="Linh")
    factories.make_registration(badge_name="Linh again")
    factories.make_registration(badge_name="Minh", passport_name="Tran Van Minh")
    assert narrowed(desk, duplicates="yes") == ["Linh", "Linh again"]


@pytest.mark.parametrize(
    "query",
    [
        {"day": "x"},
        {"day": "2020-02-30"},
        {"mode": "x"},
        {"category": "x"},
        {"category": "99999999999999999999999"},
        {"country": HOSTILE},
        {"status__exact": "x"},
    ],
)
def test_what_there_is_not_finds_nobody(desk, query):
    factories.make_registration()
    assert narrowed(desk, **query) == []


@pytest.mark.parametrize(
    "query", [{"needs__isnull": "0"}, {"needs__diet__icontains": "a"}, {"user__password__startswith": "p"}, {"x": "1"}]
)
def test_nothing_is_guessed_through_the_address_of_the_list(desk, query):
    factories.make_registration(special_needs={"access": "", "diet": "vegan"})
    assert desk.get(REGISTRATIONS, query).status_code in (302, 400)


@pytest.mark.parametrize("sought", ["nguyen thi", "NGUYỄN", "linh@example.org", "da nang", "house nguyen"])
def test_a_search_looks_at_names_organization_and_address_and_minds_no_marks(desk, sought):
    linh = factories.make_attendee("linh@example.org")
    factories.make_registration(linh, passport_name="Nguyễn Thị Linh", organization="Đà Nẵng Peace House")
    factories.make_registration(badge_name="Minh", passport_name="Tran Van Minh", organization="NUPI")
    assert narrowed(desk, q=sought) == ["Linh"]


def test_hostile_names_are_text_in_the_list(desk):
    factories.make_registration(badge_name=HOSTILE, organization=HOSTILE, passport_name=HOSTILE)
    page = desk.get(REGISTRATIONS, {"q": HOSTILE}).text
    assert HOSTILE not in page
    assert "&quot;&gt;&lt;img src=x onerror=1&gt;" in page


def test_thirty_rows_take_as_many_queries_as_one(desk, media):
    factories.make_registration(category=media)
    for_one = count_queries(desk, REGISTRATIONS)
    for number in range(29):
        category = factories.make_category(f"Category {number} of many")
        factories.make_registration(
            category=category, days={factories.MONDAY: Mode.IN_PERSON, factories.TUESDAY: Mode.ONLINE}
        )
    assert count_queries(desk, REGISTRATIONS) == for_one


def test_the_desk_speaks_vietnamese(desk, media):
    factories.make_registration(category=media)
    page = desk.get(f"/vi{REGISTRATIONS}").text
    assert "Báo chí" in page


# Who may only look


@pytest.fixture
def hospitality(conference):
    factories.make_registration_settings()
    return admin_client_for(make_organizer("Hospitality"))


def test_who_may_only_look_sees_names_and_days_and_decides_nothing(hospitality):
    factories.make_registration(badge_name="Linh", passport_name="Nguyen Thi Secret")
    page = hospitality.get(REGISTRATIONS).text
    assert "Linh" in page
    assert 'name="action"' not in page
    assert "possible duplicates" not in page


def test_who_may_only_look_finds_nobody_by_passport_or_address(hospitality):
    linh = factories.make_attendee("secret@example.org")
    factories.make_registration(linh, passport_name="Nguyen Thi Hidden")
    assert narrowed(hospitality, q="hidden") == narrowed(hospitality, q="secret") == []
    assert narrowed(hospitality, q="linh") == ["Linh"]


@pytest.mark.parametrize("page", ["review", "change"])
def test_who_may_only_look_is_told_neither_passport_address_nor_gender(hospitality, page):
    user = factories.make_attendee("secret@example.org")
    linh = factories.make_registration(user, passport_name="Nguyen Thi Hidden", gender="female")
    shown = hospitality.get(f"{REGISTRATIONS}{linh.pk}/{page}/").text
    assert "Peace House" in shown
    for secret in ("Hidden", "secret@example.org", "Female"):
        assert secret not in shown


# Limits in sight


def test_what_is_taken_of_each_limit_stands_above_the_list(desk):
    factories.make_registration_settings(seats=10)
    factories.make_quota(seats=2)
    category = factories.make_category("Youth", seats=3)
    for _ in range(3):
        factories.make_registration(category=category)
    seen = desk.get(REGISTRATIONS).context["in_sight"]
    monday = dict(seen.days[0].counts)[Mode.IN_PERSON]
    assert (monday.taken, monday.limit, monday.waitlisted, monday.is_full) == (2, 2, 1, True)
    assert [(c.name, c.count.taken, c.count.limit) for c in seen.categories] == [("Youth", 2, 3)]
    assert (seen.in_person.taken, seen.in_person.limit) == (2, 10)
    assert [day.day for day in seen.days] == [factories.MONDAY + n * datetime.timedelta(1) for n in range(3)]


def test_who_waits_is_a_link_to_them_and_limits_are_links_to_their_forms(desk):
    category = factories.make_category("Youth")
    factories.make_quota(seats=0)
    factories.make_registration(category=category)
    page = desk.get(REGISTRATIONS).text
    assert f'href="{REGISTRATIONS}?day=2020-12-07&amp;mode=in_person&amp;seat=waiting"' in page
    assert 'href="/admin/registration/quota/"' in page
    assert f'href="/admin/registration/category/{category.pk}/change/"' in page
    assert 'href="/admin/registration/registrationsettings/"' in page


def test_who_may_not_change_limits_is_not_led_to_them(hospitality):
    factories.make_category("Youth")
    page = hospitality.get(REGISTRATIONS).text
    assert "Youth" in page
    assert "/admin/registration/quota/" not in page


def test_the_list_opens_without_a_conference_and_without_anybody(db):
    page = admin_client_for(make_organizer("Registrars")).get(REGISTRATIONS)
    assert page.status_code == 200
    assert "There is no conference yet." in page.text
