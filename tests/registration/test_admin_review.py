"""Review page: details, history, decisions, edits and erasure of a registration."""

import re
import uuid

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.utils.html import escape

from conference.registration import workflow
from conference.registration.models import ErasedRegistration, Mode, NeedsAccessLog, Registration, SpecialNeeds

from ..users import count_queries, get_message_texts, make_organizer
from . import factories

REGISTRATIONS_URL = "/admin/registration/registration/"
MALICIOUS_TEXT = '"><img src=x onerror=1>'

pytestmark = pytest.mark.django_db


def review_url(registration):
    return f"{REGISTRATIONS_URL}{registration.pk}/review/"


def version(page):
    return re.search(r'name="version" value="([0-9a-f]+)"', page)[1]


def decide(client, registration, decision, **fields):
    """Open the review page and send a decision."""
    page = review_url(registration)
    return client.post(page, {"decision": decision, "version": version(client.get(page).text)} | fields)


def status_of(registration):
    registration.refresh_from_db()
    return registration.status


# Page


def test_review_shows_all_details(registrar_client, media):
    user = factories.make_attendee("linh@example.org")
    days = {factories.MONDAY: Mode.IN_PERSON, factories.TUESDAY: Mode.ONLINE}
    linh = factories.make_registration(user, days, category=media, gender="female", badge_name="Linh N.")
    page = registrar_client.get(review_url(linh)).text
    for text in (
        "Linh N.",
        "Nguyen Thi Linh",
        "linh@example.org",
        "Viet Nam",
        "Da Nang Peace House",
        "Media",
    ):
        assert text in page
    assert "requested (in person)" in page
    assert "participant" in page


def test_review_shows_available_seats(registrar_client, media):
    factories.make_quota(seats=0)
    linh = factories.make_registration(
        category=media, days={factories.MONDAY: Mode.IN_PERSON, factories.TUESDAY: Mode.ONLINE}
    )
    monday, tuesday = registrar_client.get(review_url(linh)).context["seats"]
    assert (monday.available, tuesday.available) == (0, None)


def test_review_history_shows_authors_and_changes(registrar_client, registrar, media):
    linh = factories.make_registration(category=media)
    workflow.edit_details(linh, {"organization": "NUPI"}, by=linh.user)
    workflow.approve_registration(linh, by=registrar)
    page = registrar_client.get(review_url(linh)).text
    assert "<del>Da Nang Peace House</del> <ins>NUPI</ins>" in page
    assert registrar.username in page
    assert "Monday, 7 December: in person" in page


def test_review_history_shows_category_names(registrar_client, registrar, media):
    linh = factories.make_registration(category=media)
    workflow.edit_details(linh, {"category": factories.make_category("Youth", needs_approval=True)}, by=registrar)
    assert "<del>Media</del> <ins>Youth</ins>" in registrar_client.get(review_url(linh)).text


def test_review_shows_possible_duplicates_with_the_reason(registrar_client, media):
    linh = factories.make_registration(category=media)
    other = factories.make_registration(category=media, passport_name="Linh Nguyễn Thị")
    page = registrar_client.get(review_url(linh)).text
    assert review_url(other) in page
    assert "same name and country" in page
    assert other.email in page


def test_review_escapes_malicious_text(registrar_client, media, registrar):
    linh = factories.make_registration(
        category=media, badge_name=MALICIOUS_TEXT, passport_name=MALICIOUS_TEXT, organization=MALICIOUS_TEXT
    )
    factories.make_registration(category=media, passport_name=MALICIOUS_TEXT)
    workflow.decline_registration(linh, by=registrar, reason="other", note=MALICIOUS_TEXT)
    page = registrar_client.get(review_url(linh)).text
    assert MALICIOUS_TEXT not in page
    assert escape(MALICIOUS_TEXT) in page


def test_review_of_unknown_registration_returns_404(registrar_client):
    assert registrar_client.get(f"{REGISTRATIONS_URL}{uuid.uuid4()}/review/").status_code == 404


@pytest.mark.slow
def test_review_query_count_is_independent_of_queue_and_history(registrar_client, media, registrar):
    linh = factories.make_registration(category=media)
    for _ in range(2):
        factories.make_registration(category=media)
    for_few = count_queries(registrar_client, review_url(linh))
    for number in range(10):
        factories.make_registration(category=media)
        workflow.edit_details(linh, {"organization": f"Organization {number}"}, by=registrar)
    assert count_queries(registrar_client, review_url(linh)) == for_few


# Decisions


def test_approve_confirms_and_redirects_to_the_next(registrar_client, media):
    first, second, third = (factories.make_registration(category=media) for _ in range(3))
    response = decide(registrar_client, second, "approve")
    assert response.headers["Location"] == review_url(third)
    assert (status_of(first), status_of(second)) == ("submitted", "confirmed")
    assert get_message_texts(response) == ["“Linh” was approved: Confirmed."]


def test_approve_of_the_last_redirects_to_the_first_pending(registrar_client, media):
    first, _second, third = (factories.make_registration(category=media) for _ in range(3))
    assert decide(registrar_client, third, "approve").headers["Location"] == review_url(first)


def test_approve_of_the_only_one_redirects_to_the_list(registrar_client, media):
    response = decide(registrar_client, factories.make_registration(category=media), "approve")
    assert response.headers["Location"] == REGISTRATIONS_URL
    assert "No other registration in this list is pending." in get_message_texts(response)


def test_review_shows_the_position_in_the_queue(registrar_client, media):
    registrations = [factories.make_registration(category=media) for _ in range(3)]
    assert "2 of 3 remaining" in registrar_client.get(review_url(registrations[1])).text


def test_approve_redirects_within_the_filtered_list(registrar_client, media):
    youth = factories.make_category("Youth", needs_approval=True)
    first, _other, last = (factories.make_registration(category=category) for category in (media, youth, media))
    filters = f"?_changelist_filters=category%3D{media.pk}%26status__exact%3Dconfirmed"
    page = registrar_client.get(review_url(first) + filters).text
    assert "1 of 2 remaining" in page
    response = registrar_client.post(review_url(first) + filters, {"decision": "approve", "version": version(page)})
    assert response.headers["Location"].partition("&")[0] == review_url(last) + filters.partition("&")[0]


@pytest.mark.parametrize(
    "filters", ["day=x", "special_needs__isnull=0", "p=x", "%00", "status__exact=%27", "q=" + "x" * 500]
)
def test_review_with_malformed_filters_succeeds(registrar_client, media, filters):
    linh = factories.make_registration(category=media)
    assert registrar_client.get(review_url(linh), {"_changelist_filters": filters}).status_code == 200


def test_decline_saves_the_reason_and_the_note(registrar_client, media):
    linh = factories.make_registration(category=media)
    response = decide(registrar_client, linh, "decline", reason="category", note="Please register as a delegate.")
    assert response.status_code == 302
    event = linh.events.get(action="declined")
    assert (status_of(linh), event.reason, event.note) == ("declined", "category", "Please register as a delegate.")
    assert event.by.groups.get().name == "Registrars"


@pytest.mark.parametrize(("reason", "note"), [("", "A note"), ("x", "A note"), ("other", "x" * 1001)])
def test_decline_with_invalid_input_shows_the_form_again(registrar_client, media, reason, note):
    linh = factories.make_registration(category=media)
    response = decide(registrar_client, linh, "decline", reason=reason, note=note)
    assert response.status_code == 200
    assert note in response.text
    assert "Please correct the marked fields below." in response.text
    assert status_of(linh) == "submitted"


def test_reopen_after_decline_restores_the_requested_seats(registrar_client, media):
    linh = factories.make_registration(category=media)
    decide(registrar_client, linh, "decline", reason="other")
    decide(registrar_client, linh, "reopen")
    assert status_of(linh) == "submitted"
    assert factories.seat_statuses(linh) == {(7, "in_person"): "requested"}


def test_cancel_releases_the_seats(registrar_client):
    linh = factories.make_registration()
    decide(registrar_client, linh, "cancel")
    assert status_of(linh) == "cancelled"
    assert factories.seat_statuses(linh) == {}


def test_review_offers_only_possible_decisions(registrar_client, media, registrar):
    linh = factories.make_registration(category=media)
    assert registrar_client.get(review_url(linh)).context["decisions"] == {"approve", "decline", "cancel"}
    workflow.approve_registration(linh, by=registrar)
    assert registrar_client.get(review_url(linh)).context["decisions"] == {"decline", "cancel"}
    workflow.cancel_registration(linh, by=linh.user)
    assert registrar_client.get(review_url(linh)).context["decisions"] == {"reopen"}


@pytest.mark.parametrize("decision", ["", "x", "erase"])
def test_review_with_unknown_decision_returns_400(registrar_client, media, decision):
    linh = factories.make_registration(category=media)
    response = decide(registrar_client, linh, decision)
    assert response.status_code == 400
    assert "Choose an action." in response.text
    assert status_of(linh) == "submitted"


# Concurrent changes


def test_decision_after_another_decision_conflicts_and_keeps_the_note(registrar_client, registrar, media):
    linh = factories.make_registration(category=media)
    token = version(registrar_client.get(review_url(linh)).text)
    colleague = make_organizer("Registrars")
    workflow.approve_registration(linh, by=colleague)
    data = {"decision": "decline", "version": token, "reason": "other", "note": "My note"}
    response = registrar_client.post(review_url(linh), data)
    assert response.status_code == 409
    assert f"Last change: Approved, by {colleague.username}." in response.text
    assert "My note" in response.text
    assert status_of(linh) == "confirmed"


def test_decision_after_changed_details_conflicts(registrar_client, media):
    linh = factories.make_registration(category=media)
    token = version(registrar_client.get(review_url(linh)).text)
    workflow.edit_details(linh, {"organization": "Another"}, by=linh.user)
    response = registrar_client.post(review_url(linh), {"decision": "approve", "version": token})
    assert response.status_code == 409
    assert "Last change: Details changed, by participant." in response.text
    assert "Another" in response.text
    assert status_of(linh) == "submitted"


def test_decision_after_erasure_returns_404(registrar_client, media):
    linh = factories.make_registration(category=media)
    token = version(registrar_client.get(review_url(linh)).text)
    workflow.erase_user(linh.user)
    assert registrar_client.post(review_url(linh), {"decision": "approve", "version": token}).status_code == 404


def test_approve_sent_twice_applies_once(registrar_client, media):
    linh = factories.make_registration(category=media)
    data = {"decision": "approve", "version": version(registrar_client.get(review_url(linh)).text)}
    assert [registrar_client.post(review_url(linh), data).status_code for _ in range(2)] == [302, 409]
    assert linh.events.filter(action="approved").count() == 1


# Permissions


@pytest.mark.parametrize("decision", ["approve", "reopen"])
def test_decision_without_permission_is_forbidden(media, hospitality_client, decision):
    linh = factories.make_registration(category=media)
    page = hospitality_client.get(review_url(linh))
    assert (page.status_code, 'name="decision"' in page.text) == (200, False)
    response = hospitality_client.post(review_url(linh), {"decision": decision, "reason": "other"})
    assert response.status_code == 403
    assert "You do not have access to this page" in response.text
    assert status_of(linh) == "submitted"


def test_review_for_registrars_omits_special_needs(registrar_client, media):
    linh = factories.make_registration(category=media, special_needs={"access": "A ramp", "diet": "No pork"})
    page = registrar_client.get(review_url(linh)).text
    assert "ramp" not in page
    assert "/specialneeds/" not in page


# Details


def details_data(client, registration, **changes):
    form = client.get(f"{REGISTRATIONS_URL}{registration.pk}/change/")
    fields = form.context["adminform"].form
    values = {name: fields[name].value() for name in fields.fields}
    data = {name: value for name, value in values.items() if value not in (None, False)}
    return data | {"country": registration.country.code, "token": form.context["token"]} | changes


def edit_details(client, registration, **changes):
    return client.post(f"{REGISTRATIONS_URL}{registration.pk}/change/", details_data(client, registration, **changes))


def test_edit_details_saves_and_records_the_registrar(registrar_client, registrar, media):
    linh = factories.make_registration(category=media)
    response = edit_details(registrar_client, linh, organization="NUPI")
    assert response.headers["Location"] == review_url(linh)
    linh.refresh_from_db()
    event = linh.events.get(action="edited")
    assert (linh.organization, event.by, event.changes) == (
        "NUPI",
        registrar,
        {"organization": ["Da Nang Peace House", "NUPI"]},
    )


def test_edit_details_by_registrar_keeps_the_status(registrar_client, registrar, media):
    linh = factories.make_registration(category=media)
    workflow.approve_registration(linh, by=registrar)
    edit_details(registrar_client, linh, passport_name="Nguyen Thi Lin")
    assert (status_of(linh), linh.passport_name) == ("confirmed", "Nguyen Thi Lin")


def test_edit_details_writes_no_admin_log_entry(registrar_client, media):
    edit_details(registrar_client, factories.make_registration(category=media), organization="NUPI")
    assert LogEntry.objects.count() == 0


def test_edit_details_after_concurrent_change_warns_then_saves(registrar_client, media):
    linh = factories.make_registration(category=media)
    data = details_data(registrar_client, linh, organization="Mine")
    workflow.edit_details(linh, {"organization": "Theirs"}, by=linh.user)
    response = registrar_client.post(f"{REGISTRATIONS_URL}{linh.pk}/change/", data)
    assert "“Organization” was changed to “Theirs”" in response.text
    assert 'value="Mine"' in response.text
    linh.refresh_from_db()
    assert linh.organization == "Theirs"
    registrar_client.post(f"{REGISTRATIONS_URL}{linh.pk}/change/", data | {"token": response.context["token"]})
    linh.refresh_from_db()
    assert linh.organization == "Mine"


def test_edit_details_of_closed_registration_shows_an_error(registrar_client, media):
    linh = factories.make_registration(category=media)
    data = details_data(registrar_client, linh, organization="Mine")
    workflow.cancel_registration(linh, by=linh.user)
    response = registrar_client.post(f"{REGISTRATIONS_URL}{linh.pk}/change/", data)
    assert response.status_code == 200
    assert "This registration is closed." in response.text
    assert 'value="Mine"' in response.text
    linh.refresh_from_db()
    assert linh.organization == "Da Nang Peace House"


def test_edit_details_ignores_other_fields(registrar_client, media):
    linh = factories.make_registration(category=media)
    edit_details(registrar_client, linh, status="confirmed", user="1", submitted_at="2020-01-01", organization="NUPI")
    linh.refresh_from_db()
    assert (linh.status, linh.user.is_superuser, linh.organization) == ("submitted", False, "NUPI")


def test_history_redirects_to_the_review(registrar_client, media):
    linh = factories.make_registration(category=media)
    response = registrar_client.get(f"{REGISTRATIONS_URL}{linh.pk}/history/")
    assert response.headers["Location"] == f"{review_url(linh)}#history"


# Erasure


@pytest.mark.slow
def test_erase_after_confirmation_keeps_only_statistics(superuser_client, media):
    linh = factories.make_registration(category=media, special_needs={"access": "A ramp", "diet": ""})
    page = f"{REGISTRATIONS_URL}{linh.pk}/erase/"
    assert "this cannot be undone" in superuser_client.get(page).text
    assert superuser_client.post(page).status_code == 200
    assert Registration.objects.count() == 1
    assert superuser_client.post(page, {"confirm": "yes"}).headers["Location"] == REGISTRATIONS_URL
    assert not Registration.objects.exists()
    assert not User.objects.filter(pk=linh.user_id).exists()
    assert not SpecialNeeds.objects.exists()
    assert not NeedsAccessLog.objects.exists()
    assert ErasedRegistration.objects.count() == 1


@pytest.mark.parametrize("method", ["get", "post"])
def test_erase_by_registrar_is_forbidden(registrar_client, media, method):
    linh = factories.make_registration(category=media)
    response = getattr(registrar_client, method)(f"{REGISTRATIONS_URL}{linh.pk}/erase/", {"confirm": "yes"})
    assert response.status_code == 403
    assert Registration.objects.count() == 1


def test_review_links_to_erase_for_superusers_only(registrar_client, superuser_client, media):
    linh = factories.make_registration(category=media)
    assert "/erase/" not in registrar_client.get(review_url(linh)).text
    assert "/erase/" in superuser_client.get(review_url(linh)).text
