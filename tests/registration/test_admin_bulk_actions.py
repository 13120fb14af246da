"""Bulk decisions: confirmation page, execution, report."""

import re

import pytest

from conference.registration import workflow
from conference.registration.admin import bulk_actions
from conference.registration.models import Mode, Registration

from ..users import get_message_texts
from . import factories

REGISTRATIONS_URL = "/admin/registration/registration/"
BULK_ACTION_URL = f"{REGISTRATIONS_URL}bulk-action/"
MALICIOUS_TEXT = '"><img src=x onerror=1>'

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def category(media):
    return media


def open_confirmation(client, action, *registrations, query=""):
    """Choose a bulk action for registrations in the list and return the confirmation page."""
    data = {"action": f"{action}_selected", "_selected_action": [str(row.pk) for row in registrations]}
    return client.post(REGISTRATIONS_URL + query, data)


def hidden_inputs(page):
    names = ("bulk_action", "selection", "query")
    return {name: re.search(f'name="{name}" value="([^"]*)"', page.text)[1] for name in names}


def run_bulk_action(client, action, *registrations, **fields):
    return client.post(BULK_ACTION_URL, hidden_inputs(open_confirmation(client, action, *registrations)) | fields)


def statuses(*registrations):
    for registration in registrations:
        registration.refresh_from_db()
    return [registration.status for registration in registrations]


def test_bulk_approve_changes_only_the_selected_registrations(registrar_client):
    one, two, other = (factories.make_registration() for _ in range(3))
    response = run_bulk_action(registrar_client, "approve", one, two)
    assert statuses(one, two, other) == ["confirmed", "confirmed", "submitted"]
    assert get_message_texts(response) == ["2 registrations were approved."]


def test_bulk_decline_saves_the_reason_and_the_note(registrar_client):
    one, two = factories.make_registration(), factories.make_registration()
    run_bulk_action(registrar_client, "decline", one, two, reason="full", note="We are sorry.")
    assert statuses(one, two) == ["declined", "declined"]
    assert [row.events.get(action="declined").note for row in (one, two)] == ["We are sorry."] * 2


def test_bulk_decline_without_a_reason_shows_the_form_again(registrar_client):
    one = factories.make_registration()
    response = run_bulk_action(registrar_client, "decline", one, reason="", note="We are sorry.")
    assert response.status_code == 200
    assert "We are sorry." in response.text
    assert hidden_inputs(response)["selection"].startswith(str(one.pk))
    assert statuses(one) == ["submitted"]


def test_bulk_cancel_cancels_the_selected_registrations(registrar_client):
    one, two = factories.make_registration(), factories.make_registration()
    run_bulk_action(registrar_client, "cancel", one, two)
    assert statuses(one, two) == ["cancelled", "cancelled"]


def test_bulk_action_before_confirmation_changes_nothing(registrar_client):
    one = factories.make_registration(badge_name=MALICIOUS_TEXT)
    response = open_confirmation(registrar_client, "approve", one)
    assert "1 registration will be approved." in response.text
    assert MALICIOUS_TEXT not in response.text
    assert statuses(one) == ["submitted"]


def test_bulk_confirmation_lists_and_skips_impossible_registrations(registrar_client):
    one, two = factories.make_registration(), factories.make_registration(badge_name="Minh")
    workflow.decline_registration(two, by=two.user, reason="other")
    response = open_confirmation(registrar_client, "approve", one, two)
    assert "1 registration cannot be changed and is skipped." in response.text
    assert str(two.pk) not in hidden_inputs(response)["selection"]
    assert [row.badge_name for row in response.context["skipped"]] == ["Minh"]


def test_bulk_confirmation_shows_remaining_and_waitlisted_seats(registrar_client, category):
    factories.make_registration_settings(seats=100)
    factories.make_quota(seats=2)
    category.seats = 5
    category.save()
    rows = [
        factories.make_registration(days={factories.MONDAY: Mode.IN_PERSON, factories.TUESDAY: Mode.ONLINE})
        for _ in range(3)
    ]
    limits = {
        limit.name: (limit.requested, limit.available, limit.remaining, limit.waitlisted)
        for limit in open_confirmation(registrar_client, "approve", *rows).context["limits"]
    }
    assert limits == {
        "Monday, 7 December, in person": (3, 2, 0, 1),
        "Tuesday, 8 December, online": (3, None, None, 0),
        "Media": (3, 5, 2, 0),
        "Total on-site capacity": (3, 100, 97, 0),
    }


def test_bulk_action_skips_and_reports_registrations_changed_since(registrar_client):
    one, two = factories.make_registration(), factories.make_registration(badge_name="Minh")
    data = hidden_inputs(open_confirmation(registrar_client, "approve", one, two))
    workflow.edit_details(two, {"organization": "Another"}, by=two.user)
    response = registrar_client.post(BULK_ACTION_URL, data)
    assert statuses(one, two) == ["confirmed", "submitted"]
    assert get_message_texts(response) == [
        "1 registration was approved.",
        "Not changed: “Minh”. It has changed since you opened the page.",
    ]


def test_bulk_action_with_one_impossible_registration_changes_the_others(registrar_client):
    one, two = factories.make_registration(), factories.make_registration(badge_name="Minh")
    data = hidden_inputs(open_confirmation(registrar_client, "approve", one, two))
    workflow.approve_registration(two, by=two.user)
    response = registrar_client.post(BULK_ACTION_URL, data)
    assert statuses(one, two) == ["confirmed", "confirmed"]
    assert get_message_texts(response)[0] == "1 registration was approved."


def test_bulk_report_names_ten_failures_and_counts_the_rest(registrar_client):
    rows = [factories.make_registration() for _ in range(12)]
    data = hidden_inputs(open_confirmation(registrar_client, "cancel", *rows))
    for row in rows:
        workflow.cancel_registration(row, by=row.user)
    messages = get_message_texts(registrar_client.post(BULK_ACTION_URL, data))
    assert len(messages) == 11
    assert messages[-1] == "2 more were not changed."


def test_bulk_action_redirects_to_the_filtered_list(registrar_client):
    one = factories.make_registration()
    page = open_confirmation(registrar_client, "approve", one, query="?status__exact=submitted&p=0&q=linh")
    response = registrar_client.post(BULK_ACTION_URL, hidden_inputs(page) | {"query": "status__exact=submitted&q=linh"})
    assert response.headers["Location"] == f"{REGISTRATIONS_URL}?status__exact=submitted&q=linh"


def test_bulk_action_with_too_many_registrations_is_rejected(registrar_client, monkeypatch):
    monkeypatch.setattr(bulk_actions, "MAX_SELECTED", 2)
    rows = [factories.make_registration() for _ in range(3)]
    response = open_confirmation(registrar_client, "approve", *rows)
    assert get_message_texts(response) == ["You have selected 3 registrations. Select at most 2."]


@pytest.mark.parametrize(
    "data",
    [{}, {"bulk_action": "x"}, {"bulk_action": "approve", "selection": "x:y"}, {"selection": ":::: \t"}],
)
def test_bulk_action_with_malformed_input_changes_nothing(registrar_client, data):
    one = factories.make_registration()
    assert registrar_client.post(BULK_ACTION_URL, data).status_code == 302
    assert statuses(one) == ["submitted"]


def test_bulk_action_without_permission_is_forbidden(registrar_client, hospitality_client):
    one = factories.make_registration()
    data = hidden_inputs(open_confirmation(registrar_client, "approve", one))
    open_confirmation(hospitality_client, "approve", one)
    assert hospitality_client.post(BULK_ACTION_URL, data).status_code == 403
    assert hospitality_client.get(BULK_ACTION_URL).status_code == 405
    assert statuses(one) == ["submitted"]


@pytest.mark.slow
def test_bulk_approve_of_more_than_the_capacity_confirms_up_to_the_limit(registrar_client):
    factories.make_quota(seats=10)
    run_bulk_action(registrar_client, "approve", *(factories.make_registration() for _ in range(14)))
    assert Registration.objects.filter(status="confirmed").count() == 10
    assert Registration.objects.filter(status="waitlisted").count() == 4
