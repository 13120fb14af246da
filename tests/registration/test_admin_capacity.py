"""Admin of the capacity limits and the consent text."""

import re

import pytest

from conference.models import Conference
from conference.registration.models import Category, ConsentText, Mode, Quota, RegistrationSettings

from ..users import count_queries, empty_formsets, get_message_texts
from . import factories

QUOTAS_URL, SETTINGS_URL = "/admin/registration/quota/", "/admin/registration/registrationsettings/1/change/"
CATEGORIES_URL, CONSENT_TEXTS_URL = "/admin/registration/category/", "/admin/registration/consenttext/"

pytestmark = pytest.mark.usefixtures("november")


def save_quotas(client, **seats):
    """Save the list of quotas. seats are given as seats_7_in_person=10; other rows stay unchanged."""
    page = client.get(QUOTAS_URL)
    rows = page.context["cl"].formset.forms
    data = {"form-TOTAL_FORMS": str(len(rows)), "form-INITIAL_FORMS": str(len(rows)), "_save": "Save"}
    data["form-tokens"] = re.search('name="form-tokens" value="([^"]*)"', page.text)[1].replace("&amp;", "&")
    for number, row in enumerate(rows):
        quota = row.instance
        value = seats.get(f"seats_{quota.day.day}_{quota.mode}", quota.seats)
        data |= {f"form-{number}-id": str(quota.pk), f"form-{number}-seats": "" if value is None else str(value)}
    return client.post(QUOTAS_URL, data)


def quota_limits():
    return {(quota.day.day, quota.mode): quota.seats for quota in Quota.objects.all()}


def test_quota_list_creates_missing_rows_once(registrar_client):
    factories.make_quota(factories.TUESDAY, Mode.ONLINE, seats=7)
    for _ in range(2):
        registrar_client.get(QUOTAS_URL)
    expected = dict.fromkeys([(day, mode.value) for day in (7, 8, 9) for mode in Mode])
    assert quota_limits() == expected | {(8, "online"): 7}


def test_quota_list_counts_taken_and_waitlisted_seats(registrar_client):
    factories.make_quota(seats=1)
    factories.make_registration()
    factories.make_registration()
    rows = {
        (row.day.day, row.mode): (row.taken_count, row.waitlisted_count)
        for row in registrar_client.get(QUOTAS_URL).context["cl"].result_list
    }
    assert rows[7, "in_person"] == (1, 1)
    assert rows[8, "online"] == (0, 0)


def test_quota_list_saves_limits(registrar_client):
    response = save_quotas(registrar_client, seats_7_in_person=200, seats_8_online=1000)
    assert response.status_code == 302
    assert (quota_limits()[7, "in_person"], quota_limits()[8, "online"], quota_limits()[9, "online"]) == (
        200,
        1000,
        None,
    )


@pytest.mark.parametrize("seats", ["-1", "x", "9" * 30])
def test_quota_list_with_invalid_number_shows_an_error(registrar_client, seats):
    response = save_quotas(registrar_client, seats_7_in_person=seats)
    assert response.status_code == 200
    assert "Please correct the error below." in response.text
    assert quota_limits()[7, "in_person"] is None


def test_quota_list_inputs_have_accessible_names(registrar_client):
    assert 'aria-label="Seats of “Monday, 7 December, in person”"' in registrar_client.get(QUOTAS_URL).text


def test_quota_list_query_count_is_independent_of_days(registrar_client):
    registrar_client.get(QUOTAS_URL)
    few = count_queries(registrar_client, QUOTAS_URL)
    Conference.objects.update(ends_on="2020-12-30")
    assert count_queries(registrar_client, QUOTAS_URL) == few


def test_lowered_quota_below_taken_warns_and_keeps_all_seats(registrar_client):
    rows = [factories.make_registration() for _ in range(3)]
    response = save_quotas(registrar_client, seats_7_in_person=2)
    assert quota_limits()[7, "in_person"] == 2
    (message, _saved) = get_message_texts(response)
    assert message == (
        "Monday, 7 December, in person: 3 seats are taken, and the limit is now 2. They are "
        "kept, but no new seat is assigned until fewer than 2 are taken."
    )
    assert [factories.seat_statuses(row) for row in rows] == [{(7, "in_person"): "confirmed"}] * 3


def test_lowered_quota_gives_no_new_seat(registrar_client):
    factories.make_registration()
    save_quotas(registrar_client, seats_7_in_person=0)
    assert factories.seat_statuses(factories.make_registration()) == {(7, "in_person"): "waitlisted"}


def test_raised_quota_offers_seats_in_queue_order(registrar_client):
    factories.make_quota(seats=1)
    _first, second, third = (factories.make_registration() for _ in range(3))
    response = save_quotas(registrar_client, seats_7_in_person=2)
    assert "1 seat was offered to the wait list." in get_message_texts(response)
    assert factories.seat_statuses(second) == {(7, "in_person"): "offered"}
    assert factories.seat_statuses(third) == {(7, "in_person"): "waitlisted"}


def test_removed_quota_offers_seats_to_the_whole_wait_list(registrar_client):
    factories.make_quota(seats=0)
    waitlisted = [factories.make_registration() for _ in range(2)]
    response = save_quotas(registrar_client, seats_7_in_person="")
    assert "2 seats were offered to the wait list." in get_message_texts(response)
    assert {state for row in waitlisted for state in factories.seat_statuses(row).values()} == {"offered"}


def test_quota_form_saves_the_limit_and_offers_seats(registrar_client):
    quota = factories.make_quota(seats=0)
    waitlisted = factories.make_registration()
    page = f"{QUOTAS_URL}{quota.pk}/change/"
    registrar_client.post(page, {"seats": "5", "token": registrar_client.get(page).context["token"]})
    assert quota_limits()[7, "in_person"] == 5
    assert factories.seat_statuses(waitlisted) == {(7, "in_person"): "offered"}


def test_quota_list_with_outdated_values_keeps_concurrent_changes(registrar_client):
    quota = factories.make_quota(seats=1)
    page = registrar_client.get(QUOTAS_URL)
    tokens = re.search('name="form-tokens" value="([^"]*)"', page.text)[1].replace("&amp;", "&")
    Quota.objects.filter(pk=quota.pk).update(seats=50)
    rows = page.context["cl"].formset.forms
    data = {"form-TOTAL_FORMS": str(len(rows)), "form-INITIAL_FORMS": str(len(rows)), "_save": "Save"}
    data["form-tokens"] = tokens
    for number, row in enumerate(rows):
        value = "" if row.instance.seats is None else row.instance.seats
        data |= {f"form-{number}-id": str(row.instance.pk), f"form-{number}-seats": str(value)}
    registrar_client.post(QUOTAS_URL, data)
    quota.refresh_from_db()
    assert quota.seats == 50


# Category and total capacity


def change_category(client, category, **changes):
    page = f"{CATEGORIES_URL}{category.pk}/change/"
    form = client.get(page)
    data = {"name_en": category.name_en, "slug": category.slug, "order": "0", "is_open": "on", "color": category.color}
    return client.post(page, data | {"token": form.context["token"]} | changes)


def test_raised_category_limit_offers_seats(registrar_client):
    category = factories.make_category(seats=1)
    _first, second = (factories.make_registration(category=category) for _ in range(2))
    assert factories.seat_statuses(second) == {(7, "in_person"): "waitlisted"}
    assert "1 seat was offered to the wait list." in get_message_texts(
        change_category(registrar_client, category, seats="2")
    )
    assert factories.seat_statuses(second) == {(7, "in_person"): "offered"}


def test_lowered_category_limit_warns(registrar_client):
    category = factories.make_category("Media")
    factories.make_registration(category=category)
    messages = get_message_texts(change_category(registrar_client, category, seats="0"))
    assert messages[0] == ("Media: 1 seat is taken, and the limit is now 0. It is kept, but no new seat is assigned.")
    assert Category.objects.get().seats == 0


def test_add_category(registrar_client):
    data = {"name_en": "Youth", "slug": "", "order": "1", "is_open": "on", "seats": "", "color": "#1d6b3a"}
    data |= empty_formsets()
    assert registrar_client.post(f"{CATEGORIES_URL}add/", data).status_code == 302
    assert Category.objects.get().slug == "youth"


def test_settings_list_redirects_to_the_only_row(registrar_client):
    RegistrationSettings.objects.all().delete()
    assert registrar_client.get("/admin/registration/registrationsettings/").headers["Location"] == SETTINGS_URL
    assert RegistrationSettings.objects.count() == 1


def test_total_capacity_lowered_warns_and_raised_offers_seats(registrar_client):
    factories.make_registration()
    data = {"seats": "0", "offer_hours": "48", "token": registrar_client.get(SETTINGS_URL).context["token"]}
    assert get_message_texts(registrar_client.post(SETTINGS_URL, data))[0].startswith(
        "Total on-site capacity: 1 seat is taken, and the limit is now 0."
    )
    second = factories.make_registration()
    assert factories.seat_statuses(second) == {(7, "in_person"): "waitlisted"}
    data = {"seats": "2", "offer_hours": "48", "token": registrar_client.get(SETTINGS_URL).context["token"]}
    assert "1 seat was offered to the wait list." in get_message_texts(registrar_client.post(SETTINGS_URL, data))


@pytest.mark.parametrize(
    "page", [QUOTAS_URL, CATEGORIES_URL, "/admin/registration/registrationsettings/", CONSENT_TEXTS_URL]
)
def test_capacity_pages_without_permission_are_forbidden(hospitality_client, page):
    assert hospitality_client.get(page).status_code == 403
    assert hospitality_client.post(page).status_code == 403


def test_restored_higher_limit_offers_seats(registrar_client):
    category = factories.make_category(seats=5)
    change_category(registrar_client, category, seats="0")
    waitlisted = factories.make_registration(category=category)
    history = f"{CATEGORIES_URL}{category.pk}/history/"
    back = re.search(rf'href="({history}\d+/)"', registrar_client.get(history).text)[1]
    assert "1 seat was offered to the wait list." in get_message_texts(
        registrar_client.post(back, {"token": registrar_client.get(back).context["token"]})
    )
    assert factories.seat_statuses(waitlisted) == {(7, "in_person"): "offered"}


# Consent text


def test_new_consent_text_starts_from_the_current_one_and_gets_the_next_number(registrar_client):
    factories.make_consent_text()
    initial = registrar_client.get(f"{CONSENT_TEXTS_URL}add/").context["adminform"].form["text_en"].value()
    assert initial == "You may keep what I tell you."
    assert registrar_client.post(f"{CONSENT_TEXTS_URL}add/", {"text_en": "New text."}).status_code == 302
    assert [(row.number, row.text_en) for row in ConsentText.objects.all()] == [
        (2, "New text."),
        (1, "You may keep what I tell you."),
    ]


def test_consent_text_cannot_be_changed_or_deleted(registrar_client, superuser_client):
    consent = factories.make_consent_text()
    for client in (registrar_client, superuser_client):
        assert client.get(f"{CONSENT_TEXTS_URL}{consent.pk}/change/").status_code == 200
        assert client.post(f"{CONSENT_TEXTS_URL}{consent.pk}/change/", {"text_en": "Mine"}).status_code == 403
        assert client.post(f"{CONSENT_TEXTS_URL}{consent.pk}/delete/", {"post": "yes"}).status_code == 403
    assert ConsentText.objects.get().text_en == "You may keep what I tell you."


def test_consent_text_list_marks_the_current_version(registrar_client):
    factories.make_consent_text(1)
    factories.make_consent_text(2)
    page = registrar_client.get(CONSENT_TEXTS_URL).text
    assert page.count('alt="True"') == page.count('alt="False"') == 1
