"""Limits at the desk: raised, lowered, said; nobody loses a seat."""

import datetime
import re

import pytest
import time_machine

from conference.models import Conference
from conference.registration.models import Category, ConsentText, Mode, Quota, RegistrationSettings

from ..users import admin_client_for, count_queries, empty_formsets, get_message_texts, make_organizer, make_superuser
from . import factories

QUOTAS, HOUSE = "/admin/registration/quota/", "/admin/registration/registrationsettings/1/change/"
CATEGORIES, CONSENTS = "/admin/registration/category/", "/admin/registration/consenttext/"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_november(conference):
    """Of days that are over no seat is offered."""
    with time_machine.travel(datetime.datetime(2020, 11, 10, 3, tzinfo=datetime.UTC), tick=True):
        yield


def seats_of_the_days(desk, **seats):
    """Fill in the table: seats are by day and mode, as in seats_7_in_person; the others stay as they are."""
    page = desk.get(QUOTAS)
    rows = page.context["cl"].formset.forms
    sent = {"form-TOTAL_FORMS": str(len(rows)), "form-INITIAL_FORMS": str(len(rows)), "_save": "Save"}
    sent["form-tokens"] = re.search('name="form-tokens" value="([^"]*)"', page.text)[1].replace("&amp;", "&")
    for number, row in enumerate(rows):
        quota = row.instance
        value = seats.get(f"seats_{quota.day.day}_{quota.mode}", quota.seats)
        sent |= {f"form-{number}-id": str(quota.pk), f"form-{number}-seats": "" if value is None else str(value)}
    return desk.post(QUOTAS, sent)


def limits():
    return {(quota.day.day, quota.mode): quota.seats for quota in Quota.objects.all()}


def test_every_day_has_a_row_for_each_mode_once_somebody_looks(desk):
    factories.make_quota(factories.TUESDAY, Mode.ONLINE, seats=7)
    for _ in range(2):
        desk.get(QUOTAS)
    expected = dict.fromkeys([(day, mode.value) for day in (7, 8, 9) for mode in Mode])
    assert limits() == expected | {(8, "online"): 7}


def test_the_table_tells_what_is_taken_and_who_waits(desk):
    factories.make_quota(seats=1)
    factories.make_registration()
    factories.make_registration()
    rows = {
        (row.day.day, row.mode): (row.taken_count, row.waitlisted_count)
        for row in desk.get(QUOTAS).context["cl"].result_list
    }
    assert rows[7, "in_person"] == (1, 1)
    assert rows[8, "online"] == (0, 0)


def test_limits_are_set_in_the_table(desk):
    response = seats_of_the_days(desk, seats_7_in_person=200, seats_8_online=1000)
    assert response.status_code == 302
    assert (limits()[7, "in_person"], limits()[8, "online"], limits()[9, "online"]) == (200, 1000, None)


@pytest.mark.parametrize("seats", ["-1", "x", "9" * 30])
def test_what_is_no_number_of_seats_is_told_in_the_table(desk, seats):
    response = seats_of_the_days(desk, seats_7_in_person=seats)
    assert response.status_code == 200
    assert "Please correct the error below." in response.text
    assert limits()[7, "in_person"] is None


def test_every_input_of_the_table_says_whose_it_is(desk):
    assert 'aria-label="Seats of “Monday, 7 December, in person”"' in desk.get(QUOTAS).text


def test_more_days_take_as_many_queries(desk):
    desk.get(QUOTAS)
    few = count_queries(desk, QUOTAS)
    Conference.objects.update(ends_on="2020-12-30")
    assert count_queries(desk, QUOTAS) == few


def test_lowering_under_what_is_taken_is_allowed_said_and_takes_nobodys_seat(desk):
    rows = [factories.make_registration() for _ in range(3)]
    response = seats_of_the_days(desk, seats_7_in_person=2)
    assert limits()[7, "in_person"] == 2
    (words, _saved) = get_message_texts(response)
    assert words == (
        "Monday, 7 December, in person: 3 seats are taken, and the limit is now 2. They are "
        "kept, but no new seat is given until fewer than 2 are taken."
    )
    assert [factories.seat_statuses(row) for row in rows] == [{(7, "in_person"): "confirmed"}] * 3


def test_after_lowering_nobody_is_given_a_seat(desk):
    factories.make_registration()
    seats_of_the_days(desk, seats_7_in_person=0)
    assert factories.seat_statuses(factories.make_registration()) == {(7, "in_person"): "waitlisted"}


def test_raising_offers_what_is_free_to_those_who_wait_in_order(desk):
    factories.make_quota(seats=1)
    _first, second, third = (factories.make_registration() for _ in range(3))
    response = seats_of_the_days(desk, seats_7_in_person=2)
    assert "1 seat was offered to the wait list." in get_message_texts(response)
    assert factories.seat_statuses(second) == {(7, "in_person"): "offered"}
    assert factories.seat_statuses(third) == {(7, "in_person"): "waitlisted"}


def test_taking_a_limit_away_offers_seats_to_all(desk):
    factories.make_quota(seats=0)
    waiting = [factories.make_registration() for _ in range(2)]
    response = seats_of_the_days(desk, seats_7_in_person="")
    assert "2 seats were offered to the wait list." in get_message_texts(response)
    assert {state for row in waiting for state in factories.seat_statuses(row).values()} == {"offered"}


def test_one_day_and_mode_has_a_form_of_its_own(desk):
    quota = factories.make_quota(seats=0)
    waiting = factories.make_registration()
    page = f"{QUOTAS}{quota.pk}/change/"
    desk.post(page, {"seats": "5", "token": desk.get(page).context["token"]})
    assert limits()[7, "in_person"] == 5
    assert factories.seat_statuses(waiting) == {(7, "in_person"): "offered"}


def test_an_older_table_does_not_undo_what_somebody_else_set(desk):
    quota = factories.make_quota(seats=1)
    page = desk.get(QUOTAS)
    tokens = re.search('name="form-tokens" value="([^"]*)"', page.text)[1].replace("&amp;", "&")
    Quota.objects.filter(pk=quota.pk).update(seats=50)
    rows = page.context["cl"].formset.forms
    sent = {"form-TOTAL_FORMS": str(len(rows)), "form-INITIAL_FORMS": str(len(rows)), "_save": "Save"}
    sent["form-tokens"] = tokens
    for number, row in enumerate(rows):
        value = "" if row.instance.seats is None else row.instance.seats
        sent |= {f"form-{number}-id": str(row.instance.pk), f"form-{number}-seats": str(value)}
    desk.post(QUOTAS, sent)
    quota.refresh_from_db()
    assert quota.seats == 50


# Category and house


def change_category(desk, category, **changes):
    page = f"{CATEGORIES}{category.pk}/change/"
    form = desk.get(page)
    sent = {"name_en": category.name_en, "slug": category.slug, "order": "0", "is_open": "on"}
    return desk.post(page, sent | {"token": form.context["token"]} | changes)


def test_a_category_is_raised_and_who_waits_is_offered_a_seat(desk):
    category = factories.make_category(seats=1)
    _first, second = (factories.make_registration(category=category) for _ in range(2))
    assert factories.seat_statuses(second) == {(7, "in_person"): "waitlisted"}
    assert "1 seat was offered to the wait list." in get_message_texts(change_category(desk, category, seats="2"))
    assert factories.seat_statuses(second) == {(7, "in_person"): "offered"}


def test_a_category_is_lowered_and_that_is_said(desk):
    category = factories.make_category("Media")
    factories.make_registration(category=category)
    words = get_message_texts(change_category(desk, category, seats="0"))
    assert words[0] == ("Media: 1 seat is taken, and the limit is now 0. It is kept, but no other seat is given.")
    assert Category.objects.get().seats == 0


def test_a_new_category_is_added(desk):
    sent = {"name_en": "Youth", "slug": "", "order": "1", "is_open": "on", "seats": ""} | empty_formsets()
    assert desk.post(f"{CATEGORIES}add/", sent).status_code == 302
    assert Category.objects.get().slug == "youth"


def test_the_house_is_one_row_and_its_list_leads_to_it(desk):
    RegistrationSettings.objects.all().delete()
    assert desk.get("/admin/registration/registrationsettings/").headers["Location"] == HOUSE
    assert RegistrationSettings.objects.count() == 1


def test_the_house_is_lowered_and_raised_like_the_others(desk):
    factories.make_registration()
    sent = {"seats": "0", "offer_hours": "48", "token": desk.get(HOUSE).context["token"]}
    assert get_message_texts(desk.post(HOUSE, sent))[0].startswith(
        "Total on-site capacity: 1 seat is taken, and the limit is now 0."
    )
    second = factories.make_registration()
    assert factories.seat_statuses(second) == {(7, "in_person"): "waitlisted"}
    sent = {"seats": "2", "offer_hours": "48", "token": desk.get(HOUSE).context["token"]}
    assert "1 seat was offered to the wait list." in get_message_texts(desk.post(HOUSE, sent))


@pytest.mark.parametrize("page", [QUOTAS, CATEGORIES, "/admin/registration/registrationsettings/", CONSENTS])
def test_who_does_not_admit_changes_no_limit(conference, page):
    factories.make_registration_settings()
    client = admin_client_for(make_organizer("Hospitality"))
    assert (client.get(page).status_code, client.post(page).status_code) == (403, 403)


def test_a_limit_that_is_set_back_to_a_higher_one_offers_seats_too(desk):
    category = factories.make_category(seats=5)
    change_category(desk, category, seats="0")
    waiting = factories.make_registration(category=category)
    history = f"{CATEGORIES}{category.pk}/history/"
    back = re.search(rf'href="({history}\d+/)"', desk.get(history).text)[1]
    assert "1 seat was offered to the wait list." in get_message_texts(
        desk.post(back, {"token": desk.get(back).context["token"]})
    )
    assert factories.seat_statuses(waiting) == {(7, "in_person"): "offered"}


# Consent


def test_a_new_wording_is_a_new_version_and_the_current_one(desk):
    factories.make_consent_text()
    begins = desk.get(f"{CONSENTS}add/").context["adminform"].build_form["text_en"].value()
    assert begins == "You may keep what I tell you."
    assert desk.post(f"{CONSENTS}add/", {"text_en": "New words."}).status_code == 302
    assert [(row.number, row.text_en) for row in ConsentText.objects.all()] == [
        (2, "New words."),
        (1, "You may keep what I tell you."),
    ]


@pytest.mark.parametrize("who", ["Registrars", "everything"])
def test_a_wording_is_never_changed(conference, who):
    consent = factories.make_consent_text()
    client = admin_client_for(make_organizer(who) if who == "Registrars" else make_superuser())
    assert client.get(f"{CONSENTS}{consent.pk}/change/").status_code == 200
    assert client.post(f"{CONSENTS}{consent.pk}/change/", {"text_en": "Mine"}).status_code == 403
    assert client.post(f"{CONSENTS}{consent.pk}/delete/", {"post": "yes"}).status_code == 403
    assert ConsentText.objects.get().text_en == "You may keep what I tell you."


def test_the_list_of_wordings_tells_which_is_current(desk):
    factories.make_consent_text(1)
    factories.make_consent_text(2)
    page = desk.get(CONSENTS).text
    assert page.count('alt="True"') == page.count('alt="False"') == 1
