"""Admin of the conference: its facts are a draft, and a new time zone needs a decision about the sessions."""

import datetime
import re

import pytest

from conference.models import Conference
from sessions.models import Room, Session

from .. import factories
from ..users import admin_client_for, form_errors, make_superuser
from .test_content_admin import CONFERENCE, conference_data

TOKYO = {"time_zone": "Asia/Tokyo"}


@pytest.fixture
def organizer_client(published):
    return admin_client_for(make_superuser())


def get_times(slug="opening"):
    session = Session.objects.get(slug=slug)
    return session.starts_at.isoformat(), session.ends_at.isoformat()


@pytest.mark.parametrize("changes", [{"ends_on": "2020-12-10"}, {"name_en": "Other name"}, {"city_en": "Hue"}])
def test_conference_form_saves_facts_as_draft(organizer_client, client, changes):
    before = client.get("/").content
    response = organizer_client.post(CONFERENCE, conference_data(**changes), follow=True)
    assert "not public until the programme is published" in response.text
    factories.reload_site()
    assert client.get("/").content == before


def test_conference_form_live_text_is_public_at_once(organizer_client, client):
    facts = {name: value for name, value in vars(Conference.objects.get()).items() if not name.startswith("_")}
    data = {name: value for name, value in facts.items() if isinstance(value, str)}
    organizer_client.post(CONFERENCE, conference_data(**data | {"notice_en": "An illustrative programme."}))
    factories.reload_site()
    assert "An illustrative programme." in client.get("/").text


def test_conference_form_new_time_zone_asks_what_is_kept(organizer_client):
    response = organizer_client.post(CONFERENCE, conference_data(**TOKYO))
    assert form_errors(response).keys() == {"kept_times"}
    assert "18:00" in response.text
    assert "20:00" in response.text
    assert re.search(r'<input[^>]*value="local_hours"[^>]*checked', response.text)
    assert Conference.objects.get().time_zone == "Asia/Ho_Chi_Minh"


def test_conference_form_unchanged_time_zone_does_not_ask(organizer_client):
    assert "kept_times" not in organizer_client.get(CONFERENCE).text
    assert organizer_client.post(CONFERENCE, conference_data()).status_code == 302


def test_conference_form_new_time_zone_without_sessions_does_not_ask(conference):
    assert admin_client_for(make_superuser()).post(CONFERENCE, conference_data(**TOKYO)).status_code == 302
    assert Conference.objects.get().time_zone == "Asia/Tokyo"


@pytest.mark.parametrize("zone", ["Asia/Nowhere", "../etc/passwd", ""])
def test_conference_form_unknown_time_zone_is_refused(organizer_client, zone):
    response = organizer_client.post(CONFERENCE, conference_data(time_zone=zone))
    assert form_errors(response).keys() == {"time_zone"}


def test_conference_form_local_hours_moves_sessions(organizer_client):
    organizer_client.post(CONFERENCE, conference_data(**TOKYO, kept_times="local_hours"))
    assert get_times() == ("2020-12-07T09:00:00+00:00", "2020-12-07T10:30:00+00:00")
    record = Session.history.filter(slug="opening").first()
    assert record.history_change_reason == "The time zone was changed from Asia/Ho_Chi_Minh to Asia/Tokyo."
    assert record.history_user is not None


def test_conference_form_moments_keeps_sessions_and_shifts_room_hours(organizer_client):
    Room.objects.filter(slug="main-hall").update(opens_at=datetime.time(8), closes_at=datetime.time(22, 30))
    organizer_client.post(CONFERENCE, conference_data(**TOKYO, kept_times="moments"))
    assert get_times() == ("2020-12-07T11:00:00+00:00", "2020-12-07T12:30:00+00:00")
    hall = Room.objects.get(slug="main-hall")
    assert (hall.opens_at, hall.closes_at) == (datetime.time(10), datetime.time(0, 30))


def test_conference_form_unknown_choice_is_refused(organizer_client):
    response = organizer_client.post(CONFERENCE, conference_data(**TOKYO, kept_times="both"))
    assert form_errors(response).keys() == {"kept_times"}


@pytest.mark.parametrize(("kept", "after"), [("local_hours", "18:00–19:30"), ("moments", "20:00–21:30")])
def test_publish_page_after_new_time_zone_names_the_zone_of_each_time(organizer_client, kept, after):
    organizer_client.post(CONFERENCE, conference_data(**TOKYO, kept_times=kept))
    text = organizer_client.get("/admin/programme/release/publish/").text
    assert "<del>7 December 2020, 18:00–19:30 (Asia/Ho_Chi_Minh)</del>" in text
    assert f"<ins>7 December 2020, {after} (Asia/Tokyo)</ins>" in text


def test_revert_to_another_time_zone_is_refused(organizer_client):
    organizer_client.post(CONFERENCE, conference_data(**TOKYO, kept_times="local_hours"))
    history = organizer_client.get("/admin/conference/conference/1/history/")
    key = next(entry.key for entry in history.context["timeline"] if entry.key)
    response = organizer_client.post(f"/admin/conference/conference/1/history/{key}/", follow=True)
    assert "Not restored" in response.text
    assert Conference.objects.get().time_zone == "Asia/Tokyo"
