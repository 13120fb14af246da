"""All public pages, files and e-mails take the names, days, time zone and place from the same release."""

import datetime

import pytest

from conference.site_data import get_conference_info, get_site_data
from sessions.models import Session
from sessions.releases.publish import republish_release
from sessions.releases.restore import restore_release

from .. import factories
from ..users import admin_client_for, make_superuser

PAGES = (
    "/",
    "/vi/",
    "/programme/",
    "/programme/changes/",
    "/programme.ics",
    "/programme.atom",
    "/speakers/",
)
OLD_FACTS = ("Women, Peace and Security", "7 to 9 December 2020", "Ha Noi")
NEW_FACTS = ("Peace Forum", "18 to 20 January 2027", "Hue")


@pytest.fixture
def moved(published, conference):
    """The conference with other facts in the draft."""
    factories.update(
        conference,
        short_name_en="Peace Forum",
        name_en="A Forum about Peace",
        city_en="Hue",
        venue_en="Opera house",
        country="LA",
        time_zone="Asia/Tokyo",
        starts_on=datetime.date(2027, 1, 18),
        ends_on=datetime.date(2027, 1, 20),
    )
    factories.reload_site()
    return conference


def read_facts():
    info = get_conference_info()
    return info.short_name, info.date_range, info.city


def test_unpublished_facts_change_no_public_page(published, conference, client):
    before = {path: client.get(path).content for path in PAGES}
    factories.update(conference, city_en="Hue", time_zone="Asia/Tokyo", ends_on=datetime.date(2020, 12, 12))
    factories.reload_site()
    assert {path: client.get(path).content for path in before} == before


def test_unpublished_facts_are_not_in_emails_and_tickets(moved):
    assert read_facts() == OLD_FACTS
    assert get_site_data().time_zone.key == "Asia/Ho_Chi_Minh"


def test_publishing_changes_all_facts_together(moved, client):
    factories.publish_release()
    assert read_facts() == NEW_FACTS
    home, agenda = client.get("/").text, client.get("/programme/").text
    assert "2020" not in home.split("Programme by day")[0]
    for page in (home, agenda):
        assert "Peace Forum" in page
        assert "Ha Noi" not in page.split('<main id="main"')[0]
    assert b"X-WR-CALNAME:Peace Forum" in client.get("/programme.ics").content
    assert b"X-WR-TIMEZONE:Asia/Tokyo" in client.get("/programme.ics").content


def test_publishing_again_an_earlier_release_undoes_all_facts(moved):
    factories.publish_release()
    republish_release(1)
    factories.reload_site()
    assert read_facts() == OLD_FACTS
    assert get_site_data().country == "VN"


def test_restoring_a_release_restores_all_facts_of_the_draft(moved):
    factories.publish_release()
    restore_release(1)
    moved.refresh_from_db()
    assert (moved.short_name_en, moved.city_en, moved.venue_en, moved.country.code) == (
        "Women, Peace and Security",
        "Ha Noi",
        "",
        "VN",
    )
    assert (moved.starts_on.year, moved.time_zone) == (2020, "Asia/Ho_Chi_Minh")


def test_facts_before_the_first_release_are_the_draft(conference):
    factories.update(conference, city_en="Hue")
    assert str(get_site_data().city) == "Hue"


@pytest.mark.parametrize("path", ["/preview/", "/preview/programme/", "/preview/speakers/"])
def test_preview_page_shows_the_draft(moved, path):
    text = admin_client_for(make_superuser()).get(path).text
    assert "Peace Forum" in text
    assert "A Forum about Peace" in text


def test_preview_of_the_home_page_shows_the_days_and_place_of_the_draft(moved):
    text = admin_client_for(make_superuser()).get("/preview/").text
    assert "20 January 2027" in text
    assert "Hue, Lao" in text


def test_preview_of_the_home_page_without_permission_is_not_shown(moved, client):
    assert client.get("/preview/").status_code == 302


def test_change_page_lists_the_changed_facts(moved, client):
    factories.publish_release()
    text = client.get("/programme/changes/2/").text
    assert "7 to 9 December 2020</del>" in text
    assert "18 to 20 January 2027</ins>" in text
    for label in ("Days", "Time zone", "City", "Country", "Name of the conference"):
        assert label in text


@pytest.mark.parametrize(
    ("name", "value"), [("city_en", "Hue"), ("venue_en", "Opera house"), ("time_zone", "Asia/Tokyo")]
)
def test_new_place_or_time_zone_revises_every_calendar_event(published, conference, name, value):
    factories.update(conference, **{name: value})
    before = {session.revised_at for session in published.sessions}
    after = factories.publish_release()
    assert before.isdisjoint(session.revised_at for session in after.sessions)
    assert {session.sequence for session in after.sessions} == {1}


def test_new_name_revises_no_calendar_event(published, conference):
    factories.update(conference, name_en="A Forum about Peace")
    assert {session.sequence for session in factories.publish_release().sessions} == {0}


def test_time_zone_change_marks_sessions_with_another_local_time(published, conference, client):
    factories.update(conference, time_zone="Asia/Tokyo")
    factories.publish_release()
    text = client.get("/programme/changes/2/").text
    assert "7 December 2020, 18:00–19:30 (Asia/Ho_Chi_Minh)</del>" in text
    assert "7 December 2020, 20:00–21:30 (Asia/Tokyo)</ins>" in text
    assert Session.objects.get(slug="opening").starts_at.hour == 11


def test_preview_of_the_changes_lists_what_readers_will_see_differently(moved):
    client = admin_client_for(make_superuser())
    assert 'href="/preview/programme/changes/2/"' in client.get("/preview/programme/").text
    text = client.get("/preview/programme/changes/2/").text
    assert "18 to 20 January 2027</ins>" in text
    assert "20:00–21:30 (Asia/Tokyo)</ins>" in text
    assert 'href="/preview/sessions/opening/"' in text


@pytest.mark.parametrize(
    ("zone", "country", "place"),
    [
        ("Asia/Ho_Chi_Minh", "VN", "Ha Noi"),
        ("Asia/Saigon", "VN", "Ha Noi"),
        ("Asia/Bangkok", "VN", "Ha Noi"),
        ("Asia/Tokyo", "VN", "Tokyo"),
        ("America/St_Johns", "CA", "Ha Noi"),
        ("Asia/Tokyo", "", "Ha Noi"),
    ],
)
def test_clock_is_named_after_the_city_only_if_it_shows_its_time(conference, zone, country, place):
    factories.update(conference, time_zone=zone, country=country)
    assert str(get_site_data().clock_place) == place


def test_no_page_names_the_city_beside_the_clock_of_another_country(published, conference, client):
    factories.update(conference, time_zone="Asia/Tokyo")
    factories.publish_release()
    agenda = client.get("/programme/").text
    assert "Ha Noi time" not in agenda
    assert "Tokyo time" in agenda
    assert "Tokyo time (Asia/Tokyo, UTC+9)" in admin_client_for(make_superuser()).get("/admin/").text
