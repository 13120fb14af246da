"""Deciding about one registration after the other at the desk."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.utils.html import escape

from conference.registration import workflow
from conference.registration.models import ErasedRegistration, Mode, NeedsAccessLog, Registration, SpecialNeeds

from ..users import admin_client_for, count_queries, get_message_texts, make_organizer, make_superuser
from . import factories

REGISTRATIONS = "/admin/registration/registration/"
HOSTILE = '"><img src=x onerror=1>'

pytestmark = pytest.mark.django_db


@pytest.fixture
def media(conference):
    return factories.make_category("Media", needs_approval=True)


def review_of(registration):
    return f"{REGISTRATIONS}{registration.pk}/review/"


def seen(page):
    return re.search(r'name="seen" value="([0-9a-f]+)"', page)[1]


def decide(desk, registration, decision, **typed):
    """Look at the page and press a button on it."""
    page = review_of(registration)
    return desk.post(page, {"decision": decision, "seen": seen(desk.get(page).text)} | typed)


def state(registration):
    registration.refresh_from_db()
    return registration.status


# Reading


def test_the_review_tells_all_that_is_known(desk, media):
    user = factories.make_attendee("linh@example.org")
    days = {factories.MONDAY: Mode.IN_PERSON, factories.TUESDAY: Mode.ONLINE}
    linh = factories.make_registration(user, days, category=media, gender="female", badge_name="Linh N.")
    page = desk.get(review_of(linh)).text
    for words in (
        "Linh N.",
        "Nguyen Thi Linh",
        "linh@example.org",
        "Viet Nam",
        "Da Nang Peace House",
        "Media",
        "Female",
    ):
        assert words in page
    assert "requested (in person)" in page
    assert "participant" in page


def test_the_review_tells_how_many_seats_are_free(desk, media):
    factories.make_quota(seats=0)
    linh = factories.make_registration(
        category=media, days={factories.MONDAY: Mode.IN_PERSON, factories.TUESDAY: Mode.ONLINE}
    )
    monday, tuesday = desk.get(review_of(linh)).context["seats"]
    assert (monday.available, tuesday.available) == (0, None)


def test_the_history_tells_who_did_what(desk, registrar, media):
    linh = factories.make_registration(category=media)
    workflow.edit_details(linh, {"organization": "NUPI"}, by=linh.user)
    workflow.approve_registration(linh, by=registrar)
    page = desk.get(review_of(linh)).text
    assert "<del>Da Nang Peace House</del> <ins>NUPI</ins>" in page
    assert registrar.username in page
    assert "Monday, 7 December: in person" in page


def test_a_change_of_category_stands_in_the_history_by_name(desk, registrar, media):
    linh = factories.make_registration(category=media)
    workflow.edit_details(linh, {"category": factories.make_category("Youth", needs_approval=True)}, by=registrar)
    assert "<del>Media</del> <ins>Youth</ins>" in desk.get(review_of(linh)).text


def test_possible_duplicates_are_pointed_out_with_why(desk, media):
    linh = factories.make_registration(category=media)
    other = factories.make_registration(category=media, passport_name="Linh Nguyễn Thị")
    page = desk.get(review_of(linh)).text
    assert review_of(other) in page
    assert "same name and country" in page
    assert other.email in page


def test_hostile_words_are_text_in_the_review(desk, media, registrar):
    linh = factories.make_registration(category=media, badge_name=HOSTILE, passport_name=HOSTILE, organization=HOSTILE)
    factories.make_registration(category=media, passport_name=HOSTILE)
    workflow.decline_registration(linh, by=registrar, reason="other", note=HOSTILE)
    page = desk.get(review_of(linh)).text
    assert HOSTILE not in page
    assert escape(HOSTILE) in page


@pytest.mark.parametrize("key", ["7d444840-9dc0-11d1-b245-5ffdce74fad2"])
def test_what_does_not_exist_has_no_review(desk, key):
    assert desk.get(f"{REGISTRATIONS}{key}/review/").status_code == 404


def test_a_long_queue_and_history_take_as_many_queries_as_short_ones(desk, media, registrar):
    linh = factories.make_registration(category=media)
    for _ in range(2):
        factories.make_registration(category=media)
    for_few = count_queries(desk, review_of(linh))
    for number in range(10):
        factories.make_registration(category=media)
        workflow.edit_details(linh, {"organization": f"Organization {number}"}, by=registrar)
    assert count_queries(desk, review_of(linh)) == for_few


# Deciding


def test_approving_admits_and_leads_to_the_next_in_order(desk, media):
    first, second, third = (factories.make_registration(category=media) for _ in range(3))
    response = decide(desk, second, "approve")
    assert response.headers["Location"] == review_of(third)
    assert (state(first), state(second)) == ("submitted", "confirmed")
    assert get_message_texts(response) == ["“Linh” was approved: Confirmed."]


def test_after_the_last_comes_the_first_that_was_left(desk, media):
    first, _second, third = (factories.make_registration(category=media) for _ in range(3))
    assert decide(desk, third, "approve").headers["Location"] == review_of(first)


def test_after_the_only_one_there_is_nothing_left(desk, media):
    response = decide(desk, factories.make_registration(category=media), "approve")
    assert response.headers["Location"] == REGISTRATIONS
    assert "No other registration in this list is pending." in get_message_texts(response)


def test_the_page_tells_how_many_are_left(desk, media):
    registrations = [factories.make_registration(category=media) for _ in range(3)]
    assert "2 of 3 remaining" in desk.get(review_of(registrations[1])).text


def test_the_next_is_one_of_those_that_the_list_was_narrowed_to(desk, media):
    youth = factories.make_category("Youth", needs_approval=True)
    first, _other, last = (factories.make_registration(category=category) for category in (media, youth, media))
    filters = f"?_changelist_filters=category%3D{media.pk}%26state__exact%3Dconfirmed"
    page = desk.get(review_of(first) + filters).text
    assert "1 of 2 remaining" in page
    response = desk.post(review_of(first) + filters, {"decision": "approve", "seen": seen(page)})
    assert response.headers["Location"].partition("&")[0] == review_of(last) + filters.partition("&")[0]


@pytest.mark.parametrize("filters", ["day=x", "needs__isnull=0", "p=x", "%00", "status__exact=%27", "q=" + "x" * 500])
def test_whatever_stands_in_the_address_the_review_opens(desk, media, filters):
    linh = factories.make_registration(category=media)
    assert desk.get(review_of(linh), {"_changelist_filters": filters}).status_code == 200


def test_declining_takes_a_reason_and_words_for_the_person(desk, media):
    linh = factories.make_registration(category=media)
    response = decide(desk, linh, "decline", reason="category", note="Please register as a delegate.")
    assert response.status_code == 302
    step = linh.events.get(action="decline")
    assert (state(linh), step.reason, step.note) == ("declined", "category", "Please register as a delegate.")
    assert step.by.groups.get().name == "Registrars"


@pytest.mark.parametrize(("reason", "note"), [("", "A note"), ("x", "A note"), ("other", "x" * 1001)])
def test_a_reason_that_is_none_declines_nobody_and_keeps_what_was_typed(desk, media, reason, note):
    linh = factories.make_registration(category=media)
    response = decide(desk, linh, "decline", reason=reason, note=note)
    assert response.status_code == 200
    assert note in response.text
    assert "Please correct the marked fields below." in response.text
    assert state(linh) == "submitted"


def test_reconsidering_undoes_declining(desk, media):
    linh = factories.make_registration(category=media)
    decide(desk, linh, "decline", reason="other")
    decide(desk, linh, "reconsider")
    assert state(linh) == "submitted"
    assert factories.seat_statuses(linh) == {(7, "in_person"): "requested"}


def test_cancelling_gives_the_seats_back(desk):
    linh = factories.make_registration()
    decide(desk, linh, "cancel")
    assert state(linh) == "cancelled"
    assert factories.seat_statuses(linh) == {}


def test_only_what_is_possible_is_offered(desk, media, registrar):
    linh = factories.make_registration(category=media)
    assert desk.get(review_of(linh)).context["possible"] == {"approve", "decline", "cancel"}
    workflow.approve_registration(linh, by=registrar)
    assert desk.get(review_of(linh)).context["possible"] == {"decline", "cancel"}
    workflow.cancel_registration(linh, by=linh.user)
    assert desk.get(review_of(linh)).context["possible"] == {"reconsider"}


@pytest.mark.parametrize("decision", ["", "x", "erase"])
def test_what_is_no_decision_does_nothing(desk, media, decision):
    linh = factories.make_registration(category=media)
    response = decide(desk, linh, decision)
    assert response.status_code == 400
    assert "Choose an action." in response.text
    assert state(linh) == "submitted"


# Two at once


def test_the_second_of_two_registrars_is_told_what_the_first_did(desk, registrar, media):
    linh = factories.make_registration(category=media)
    shown = seen(desk.get(review_of(linh)).text)
    colleague = make_organizer("Registrars")
    workflow.approve_registration(linh, by=colleague)
    typed = {"decision": "decline", "seen": shown, "reason": "other", "note": "My note"}
    response = desk.post(review_of(linh), typed)
    assert response.status_code == 409
    assert f"Last change: Approved, by {colleague.username}." in response.text
    assert "My note" in response.text
    assert state(linh) == "confirmed"


def test_a_decision_about_facts_that_changed_meanwhile_is_not_made(desk, media):
    linh = factories.make_registration(category=media)
    shown = seen(desk.get(review_of(linh)).text)
    workflow.edit_details(linh, {"organization": "Another"}, by=linh.user)
    response = desk.post(review_of(linh), {"decision": "approve", "seen": shown})
    assert response.status_code == 409
    assert "Last change: Details changed, by participant." in response.text
    assert "Another" in response.text
    assert state(linh) == "submitted"


def test_a_decision_about_who_was_erased_meanwhile_finds_nobody(desk, media):
    linh = factories.make_registration(category=media)
    shown = seen(desk.get(review_of(linh)).text)
    workflow.erase_user(linh.user)
    assert desk.post(review_of(linh), {"decision": "approve", "seen": shown}).status_code == 404


def test_a_double_click_approves_once(desk, media):
    linh = factories.make_registration(category=media)
    sent = {"decision": "approve", "seen": seen(desk.get(review_of(linh)).text)}
    assert [desk.post(review_of(linh), sent).status_code for _ in range(2)] == [302, 409]
    assert linh.events.filter(action="approve").count() == 1


# Who may


@pytest.mark.parametrize("decision", ["approve", "decline", "cancel", "reconsider"])
def test_who_may_only_look_decides_nothing(media, registrar, decision):
    linh = factories.make_registration(category=media)
    looker = admin_client_for(make_organizer("Hospitality"))
    page = looker.get(review_of(linh))
    assert (page.status_code, 'name="decision"' in page.text) == (200, False)
    response = looker.post(review_of(linh), {"decision": decision, "reason": "other"})
    assert response.status_code == 403
    assert "You do not have access to this page" in response.text
    assert state(linh) == "submitted"


def test_the_needs_are_not_on_the_page_of_a_registrar(desk, media):
    linh = factories.make_registration(category=media, special_needs={"access": "A ramp", "diet": "No pork"})
    page = desk.get(review_of(linh)).text
    assert "ramp" not in page
    assert "/needs/" not in page


# Facts put right


def facts_of(desk, registration, **changes):
    form = desk.get(f"{REGISTRATIONS}{registration.pk}/change/")
    shown = form.context["adminform"].build_form
    values = {name: shown[name].value() for name in shown.fields}
    sent = {name: value for name, value in values.items() if value not in (None, False)}
    return sent | {"country": registration.country.code, "token": form.context["token"]} | changes


def correct(desk, registration, **changes):
    return desk.post(f"{REGISTRATIONS}{registration.pk}/change/", facts_of(desk, registration, **changes))


def test_a_registrar_puts_facts_right_and_the_history_tells_of_it(desk, registrar, media):
    linh = factories.make_registration(category=media)
    response = correct(desk, linh, organization="NUPI")
    assert response.headers["Location"] == review_of(linh)
    linh.refresh_from_db()
    step = linh.events.get(action="edit")
    assert (linh.organization, step.by, step.changes) == (
        "NUPI",
        registrar,
        {"organization": ["Da Nang Peace House", "NUPI"]},
    )


def test_what_is_approved_stays_approved_when_a_registrar_corrects_it(desk, registrar, media):
    linh = factories.make_registration(category=media)
    workflow.approve_registration(linh, by=registrar)
    correct(desk, linh, passport_name="Nguyen Thi Lin")
    assert (state(linh), linh.passport_name) == ("confirmed", "Nguyen Thi Lin")


def test_nothing_about_a_person_is_left_in_the_desks_own_log(desk, media):
    correct(desk, factories.make_registration(category=media), organization="NUPI")
    assert LogEntry.objects.count() == 0


def test_saving_over_what_the_person_changed_meanwhile_is_told_first(desk, media):
    linh = factories.make_registration(category=media)
    sent = facts_of(desk, linh, organization="Mine")
    workflow.edit_details(linh, {"organization": "Theirs"}, by=linh.user)
    response = desk.post(f"{REGISTRATIONS}{linh.pk}/change/", sent)
    assert "“Organization” was changed to “Theirs”" in response.text
    assert 'value="Mine"' in response.text
    linh.refresh_from_db()
    assert linh.organization == "Theirs"
    desk.post(f"{REGISTRATIONS}{linh.pk}/change/", sent | {"token": response.context["token"]})
    linh.refresh_from_db()
    assert linh.organization == "Mine"


def test_what_cannot_be_corrected_is_told_in_the_form_which_keeps_what_was_typed(desk, media):
    linh = factories.make_registration(category=media)
    sent = facts_of(desk, linh, organization="Mine")
    workflow.cancel_registration(linh, by=linh.user)
    response = desk.post(f"{REGISTRATIONS}{linh.pk}/change/", sent)
    assert response.status_code == 200
    assert "This registration is closed." in response.text
    assert 'value="Mine"' in response.text
    linh.refresh_from_db()
    assert linh.organization == "Da Nang Peace House"


def test_nothing_but_the_facts_is_taken_from_the_form(desk, media):
    linh = factories.make_registration(category=media)
    correct(desk, linh, status="confirmed", user="1", submitted_at="2020-01-01", organization="NUPI")
    linh.refresh_from_db()
    assert (linh.status, linh.user.is_superuser, linh.organization) == ("submitted", False, "NUPI")


def test_the_history_of_the_desk_leads_to_the_review(desk, media):
    linh = factories.make_registration(category=media)
    response = desk.get(f"{REGISTRATIONS}{linh.pk}/history/")
    assert response.headers["Location"] == f"{review_of(linh)}#history"


# Erased


@pytest.fixture
def boss(conference):
    factories.make_registration_settings()
    return admin_client_for(make_superuser())


def test_erasing_is_asked_first_and_leaves_the_count(boss, media):
    linh = factories.make_registration(category=media, special_needs={"access": "A ramp", "diet": ""})
    page = f"{REGISTRATIONS}{linh.pk}/erase/"
    assert "this cannot be undone" in boss.get(page).text
    assert boss.post(page).status_code == 200
    assert Registration.objects.count() == 1
    assert boss.post(page, {"sure": "yes"}).headers["Location"] == REGISTRATIONS
    assert not Registration.objects.exists()
    assert not User.objects.filter(pk=linh.user_id).exists()
    assert not SpecialNeeds.objects.exists()
    assert not NeedsAccessLog.objects.exists()
    assert ErasedRegistration.objects.count() == 1


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_registrar_erases_nobody(desk, media, method):
    linh = factories.make_registration(category=media)
    response = getattr(desk, method)(f"{REGISTRATIONS}{linh.pk}/erase/", {"sure": "yes"})
    assert response.status_code == 403
    assert Registration.objects.count() == 1


def test_a_registrar_is_not_offered_to_erase(desk, boss, media):
    linh = factories.make_registration(category=media)
    assert "/erase/" not in desk.get(review_of(linh)).text
    assert "/erase/" in boss.get(review_of(linh)).text
