"""Admin page of the registration period."""

import datetime
import re

import pytest
from django.contrib.auth.models import Permission

from conference.models import Conference
from conference.site_data import get_site_data

from ..factories import reload_site
from ..users import admin_client_for, make_organizer
from .registration_flow import NOVEMBER, open_registration

PERIOD = "/admin/registration/period/"

pytestmark = pytest.mark.usefixtures("november")


@pytest.fixture
def registration_open(conference):
    open_registration()


def get_version(client):
    return re.search(r'name="version" value="([^"]*)"', client.get(PERIOD).text)[1]


def post(client, action, **data):
    return client.post(PERIOD, {"action": action, "version": get_version(client)} | data)


def times(name, value):
    """POST data of a date and time in Ha Noi, or of an empty field."""
    date, _space, time = value.partition(" ")
    return {f"{name}_0": date, f"{name}_1": time}


def get_period():
    return Conference.objects.values_list("registration_opens_at", "registration_closes_at").get()


@pytest.mark.parametrize(
    ("opens", "closes", "state"),
    [
        (None, None, "Not open: there is no opening date yet."),
        (5, 20, "Opens on 15 November 2020, 10:00."),
        (-5, 20, "Open until 30 November 2020, 10:00."),
        (-5, None, "Open until the conference ends on Wednesday, 9 December 2020."),
        (-5, -1, "Closed since 9 November 2020, 10:00."),
    ],
)
def test_period_page_states_the_phase(registrar_client, opens, closes, state):
    open_registration(opens, closes)
    assert state in registrar_client.get(PERIOD).text


def test_period_page_after_the_event_says_so_and_offers_nothing(registrar_client, conference):
    open_registration(closes=None)
    Conference.objects.update(starts_on="2020-11-01", ends_on="2020-11-02")
    reload_site()
    text = registrar_client.get(PERIOD).text
    assert "Closed because the event is over." in text
    assert 'name="action"' not in text


def test_open_now_opens_registration_at_once(registrar_client):
    open_registration(5, 20)
    response = registrar_client.post(PERIOD, {"action": "open", "version": get_version(registrar_client)}, follow=True)
    assert "Saved. Registration: Open until 30 November 2020, 10:00." in response.text
    reload_site()
    assert get_site_data().registration_phase == "open"


def test_open_now_after_closing_removes_the_closing_time(registrar_client):
    open_registration(-5, -1)
    assert post(registrar_client, "open").status_code == 302
    assert get_period() == (NOVEMBER - datetime.timedelta(days=5), None)


def test_close_now_closes_registration_and_records_who(registrar_client, registrar, registration_open):
    post(registrar_client, "close")
    reload_site()
    assert get_site_data().registration_phase == "closed"
    record = Conference.history.order_by("history_id").last()
    assert (record.history_user, record.history_change_reason) == (registrar, "Registration closed")


def test_extend_sets_the_closing_time(registrar_client, registration_open):
    post(registrar_client, "extend", **times("extension-closes_at", "2020-12-05 18:00"))
    assert get_period()[1] == datetime.datetime(2020, 12, 5, 11, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("until", "error"),
    [
        ("2020-11-01 18:00", "Enter a time in the future."),
        ("2020-12-10 00:01", "Registration must close before the conference ends on Wednesday, 9 December 2020."),
        ("", "This field is required."),
        ("tomorrow soon", "Enter a valid date."),
    ],
)
def test_extend_contradiction_is_explained_at_the_field(registrar_client, registration_open, until, error):
    before = get_period()
    response = post(registrar_client, "extend", **times("extension-closes_at", until))
    assert error in response.context["extend_form"].errors["closes_at"]
    assert get_period() == before


@pytest.mark.parametrize(
    ("opens", "closes", "errors"),
    [
        ("2020-11-20 09:00", "2020-11-19 09:00", {"closes_at": ["Registration must close after it opens."]}),
        (
            "2020-12-20 09:00",
            "",
            {"opens_at": ["Registration must open before the conference ends on Wednesday, 9 December 2020."]},
        ),
        ("", "2020-11-19 09:00", {"opens_at": ["Enter when registration opens, or leave both fields empty."]}),
    ],
)
def test_save_contradiction_is_explained_at_the_field(registrar_client, registration_open, opens, closes, errors):
    response = post(registrar_client, "save", **times("opens_at", opens), **times("closes_at", closes))
    assert response.context["save_form"].errors == errors
    assert (opens or closes)[:10] in response.text


def test_save_stores_both_times(registrar_client, registration_open):
    post(registrar_client, "save", **times("opens_at", "2020-11-20 09:00"), **times("closes_at", "2020-12-09 23:59"))
    assert [time.isoformat() for time in get_period()] == ["2020-11-20T02:00:00+00:00", "2020-12-09T16:59:00+00:00"]


@pytest.mark.parametrize("data", [{"action": "close", "version": "old"}, {"action": "purge"}, {"action": "extend"}, {}])
def test_outdated_or_unknown_action_saves_nothing(registrar_client, registration_open, data):
    before = get_period()
    response = registrar_client.post(PERIOD, data)
    assert (response.status_code, get_period()) == (409, before)
    assert "Nothing was saved" in response.text


def test_page_without_permission_is_forbidden(registration_open):
    assert admin_client_for(make_organizer("Communications")).get(PERIOD).status_code == 403


def test_action_with_view_permission_only_is_forbidden(registration_open):
    viewer = make_organizer()
    viewer.user_permissions.add(Permission.objects.get(codename="view_registrationsettings"))
    client = admin_client_for(viewer)
    assert 'name="action"' not in client.get(PERIOD).text
    assert client.post(PERIOD, {"action": "close"}).status_code == 403


def test_dashboard_states_the_phase_with_a_link(registrar_client, registration_open):
    text = registrar_client.get("/admin/").text
    assert "Open until 30 November 2020, 10:00." in text
    assert f'href="{PERIOD}"' in text
