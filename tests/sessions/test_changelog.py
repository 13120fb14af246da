"""Tests of the changes between releases: descriptions, public pages, markers and the feed."""

import datetime
from xml.etree import ElementTree

import pytest
import time_machine

from conference.core.polling import PolledValue
from sessions.models import Room
from sessions.releases.changelog import describe_changes, describe_changes_for_public
from sessions.releases.document import load_programme
from sessions.releases.publish import publish_draft
from speakers.models import Speaker

from .. import factories

ATOM = "{http://www.w3.org/2005/Atom}"

pytestmark = pytest.mark.django_db


@pytest.fixture
def opening(conference):
    """Publish a session on 1 December and return it."""
    session = factories.make_session(
        "Opening",
        title_vi="Khai mạc",
        room=factories.make_room("Main Hall"),
        parts=[("chair", factories.make_speaker("Linh"))],
    )
    with time_machine.travel(factories.december(1, 12), tick=False):
        factories.publish_release(note_en="The first one.", note_vi="Bản đầu tiên.", private_note="Internal.")
    return session


def get_page(client, page):
    return client.get(page).content.decode()


def list_changes(release, section_id):
    """Return label, before and after of each change in the only object of a section."""
    (section,) = [section for section in describe_changes(release.changes) if section.id == section_id]
    return [(change.label, change.before, change.after) for change in section.objects[0].changes]


# Descriptions


def test_describe_changes_time_has_date_and_range(opening):
    factories.update(opening, starts_at=factories.december(8, 18), ends_at=factories.december(8, 19))
    assert list_changes(publish_draft(), "sessions-changed") == [
        ("time", "7 December 2020, 18:00–19:30", "8 December 2020, 18:00–19:00")
    ]


def test_describe_changes_speakers_have_name_and_role(opening):
    opening.participations.all().delete()
    factories.make_participation(opening, factories.make_speaker("Ingrid"), role="keynote", online=True)
    assert list_changes(publish_draft(), "sessions-changed") == [
        ("speaker added", "", "Ingrid (Keynote, by video)"),
        ("speaker removed", "Linh (Chair)", ""),
    ]


def test_describe_changes_role_has_before_and_after(opening):
    opening.participations.update(role="moderator")
    assert list_changes(publish_draft(), "sessions-changed") == [
        ("role of a speaker", "Linh (Chair)", "Linh (Moderator)")
    ]


def test_describe_changes_order_of_speakers(opening):
    factories.make_participation(opening, factories.make_speaker("Ingrid"), role="chair", order=1)
    publish_draft()
    opening.participations.filter(speaker__name_en="Linh").update(order=9)
    assert list_changes(publish_draft(), "sessions-changed") == [("order of speakers", "Linh, Ingrid", "Ingrid, Linh")]


def test_describe_changes_text_label_has_language(opening):
    factories.update(opening, title_vi="Lễ khai mạc")
    assert list_changes(publish_draft(), "sessions-changed") == [("title (Vietnamese)", "Khai mạc", "Lễ khai mạc")]


def test_describe_changes_room_fields(opening):
    factories.update(Room.objects.get(), capacity=300, online=True)
    assert list_changes(publish_draft(), "rooms-changed") == [("online", "no", "yes"), ("seats", "", "300")]


def test_describe_changes_speaker_name(opening):
    factories.update(Speaker.objects.get(), name_en="Linh Nguyen")
    assert list_changes(publish_draft(), "speakers-changed") == [("name (English)", "Linh", "Linh Nguyen")]


def test_describe_changes_cancelled_session_has_own_section_and_badge(opening):
    factories.update(opening, status="cancelled", starts_at=factories.december(7, 17))
    (section,) = describe_changes(publish_draft().changes)
    assert (section.id, section.objects[0].badges) == ("sessions-cancelled", ("Cancelled", "New time"))


def test_describe_changes_for_public_uses_active_language_and_programme_time_zone(opening):
    factories.update(
        opening, title_en="Grand opening", title_vi="Lễ khai mạc", starts_at=factories.december(7, 17), slug="grand"
    )
    release = publish_draft()
    facts = release.document["conference"] | {"time_zone": "Europe/Oslo"}
    programme = load_programme(release.document | {"conference": facts})
    (section,) = describe_changes_for_public(release.changes, programme)
    assert [(change.label, change.before, change.after) for change in section.objects[0].changes] == [
        ("time", "7 December 2020, 12:00–13:30", "7 December 2020, 11:00–13:30"),
        ("title", "Opening", "Grand opening"),
    ]
    assert section.objects[0].url == "/sessions/grand/"


# Pages


def test_release_page_shows_before_and_after(client, opening):
    factories.update(opening, title_en="Grand opening")
    factories.publish_release()
    page = get_page(client, "/programme/changes/2/")
    assert "Before: </span>Opening</del>" in page
    assert "Now: </span>Grand opening</ins>" in page
    assert '<a href="/sessions/opening/">' in page


def test_release_page_vietnamese_shows_vietnamese_text(client, opening):
    factories.update(opening, title_en="Grand opening", title_vi="Lễ khai mạc")
    factories.publish_release()
    page = get_page(client, "/vi/programme/changes/2/")
    assert "Lễ khai mạc</ins>" in page
    assert "Grand opening</ins>" not in page


@pytest.mark.parametrize("page", ["/programme/changes/1/", "/programme.atom"])
def test_public_pages_do_not_show_private_note(client, opening, page):
    assert "Internal." not in get_page(client, page)


def test_release_page_and_feed_escape_malicious_text(client, published):
    for page in ("/programme/changes/1/", "/programme.atom"):
        assert "<script>alert" not in get_page(client, page)


# Change markers


def publish_in_december(day):
    with time_machine.travel(factories.december(day, 12), tick=False):
        factories.publish_release()


@pytest.mark.parametrize("page", ["/programme/", "/sessions/opening/"])
def test_change_marker_says_what_changed_and_links_to_the_entry(client, opening, page):
    factories.update(opening, ends_at=factories.december(7, 20))
    publish_in_december(6)
    marker = '<a href="/programme/changes/2/#sessions.opening">Time changed on 6 December</a>'
    assert marker in get_page(client, page)
    assert '<li id="sessions.opening">' in get_page(client, "/programme/changes/2/")


@pytest.mark.parametrize(
    ("changes", "english", "vietnamese"),
    [
        ({"room": None}, "Room changed on 6 December", "Đổi phòng ngày 6 tháng 12"),
        (
            {"room": None, "ends_at": factories.december(7, 20)},
            "Time and room changed on 6 December",
            "Đổi giờ và phòng ngày 6 tháng 12",
        ),
        (
            {"title_en": "Grand opening", "title_vi": "Đại lễ", "format": "online"},
            "Changed on 6 December: title, format",
            "Thay đổi ngày 6 tháng 12: tiêu đề, hình thức",
        ),
        ({"status": "tentative"}, "Tentative since 6 December", "Dự kiến từ ngày 6 tháng 12"),
        ({"summary_en": "a", "summary_vi": "b"}, "Description changed on 6 December", "Sửa mô tả ngày 6 tháng 12"),
    ],
)
def test_change_marker_is_a_sentence_in_each_language(client, opening, changes, english, vietnamese):
    factories.update(opening, **changes)
    publish_in_december(6)
    assert f">{english}</a>" in get_page(client, "/sessions/opening/")
    assert f">{vietnamese}</a>" in get_page(client, "/vi/sessions/opening/")


def test_change_marker_in_another_year_has_the_year(client, opening):
    factories.update(opening, room=None)
    with time_machine.travel(datetime.datetime(2021, 1, 5, 12, tzinfo=datetime.UTC), tick=False):
        factories.publish_release()
    assert "Room changed on 5 January 2021<" in get_page(client, "/sessions/opening/")


def test_change_marker_of_a_text_is_shown_in_its_language_only(client, opening):
    factories.update(opening, title_vi="Lễ khai mạc")
    publish_in_december(6)
    assert "change-marker" not in get_page(client, "/sessions/opening/")
    assert "change-marker" in get_page(client, "/vi/sessions/opening/")


def test_change_marker_of_a_minor_change_does_not_hide_a_major_one(client, opening):
    factories.update(opening, room=None)
    publish_in_december(5)
    factories.update(opening, summary_en="New words.")
    publish_in_december(6)
    assert "Room changed on 5 December" in get_page(client, "/sessions/opening/")


def test_change_marker_of_a_new_slug_alone_is_not_shown(client, opening):
    factories.update(opening, slug="grand-opening")
    publish_in_december(6)
    assert "change-marker" not in get_page(client, "/sessions/grand-opening/")


@pytest.mark.parametrize("page", ["/programme/", "/sessions/opening/"])
def test_change_marker_cancelled_session_links_to_cancelling_release(client, opening, page):
    factories.update(opening, status="cancelled")
    publish_in_december(5)
    factories.update(opening, notice_en="The typhoon.")
    publish_in_december(6)
    marker = '<a href="/programme/changes/2/#sessions.opening">Cancelled on 5 December</a>'
    assert marker in get_page(client, page)


def test_change_marker_reinstated_session_is_no_longer_cancelled(client, opening):
    factories.update(opening, status="cancelled")
    publish_in_december(5)
    factories.update(opening, status="confirmed")
    publish_in_december(6)
    assert "No longer cancelled since 6 December" in get_page(client, "/programme/")


def test_change_marker_keeps_the_time_zone(client, opening):
    factories.update(opening, room=None)
    publish_in_december(6)
    url = "/programme/changes/2/?tz=Europe%2FOslo#sessions.opening"
    assert f'<a href="{url}">' in get_page(client, "/programme/?tz=Europe/Oslo")


def test_change_marker_new_session_has_none(client, opening):
    factories.make_session("Closing")
    factories.publish_release()
    assert "change-marker" not in get_page(client, "/programme/")


def test_change_marker_returned_session_has_none(client, opening):
    factories.update(opening, title_en="Grand opening")
    factories.publish_release()
    factories.update(opening, status="draft")
    factories.make_session("Closing")
    factories.publish_release()
    factories.update(opening, status="confirmed")
    factories.publish_release()
    assert "change-marker" not in get_page(client, "/programme/")


def test_release_list_does_not_count_breaks(client, opening):
    factories.make_session("Coffee", kind="break")
    factories.make_session("Closing")
    factories.publish_release()
    page = get_page(client, "/programme/changes/")
    assert "1 session added" in page
    assert "2 sessions added" not in page


# Feed


def get_feed(client, url="/programme.atom"):
    response = client.get(url)
    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    return ElementTree.fromstring(response.content)  # noqa: S314 - our own output


def test_feed_has_required_atom_elements(client, opening):
    root = get_feed(client)
    assert root.tag == f"{ATOM}feed"
    for element in (root, *root.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{name}")) == 1
            assert element.findtext(f"{ATOM}{name}")
    assert root.findtext(f"{ATOM}author/{ATOM}name") == "Women, Peace and Security"
    assert {link.get("rel") for link in root.findall(f"{ATOM}link")} == {"alternate", "self"}


def test_feed_lists_newest_release_first(client, opening):
    factories.update(opening, title_en="Grand opening")
    with time_machine.travel(factories.december(2, 12), tick=False):
        factories.publish_release(note_en="Another title.")
    root = get_feed(client)
    entries = root.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == ["Release 2", "Release 1"]
    assert root.findtext(f"{ATOM}updated") == entries[0].findtext(f"{ATOM}updated") == "2020-12-02T05:00:00+00:00"
    assert "Another title." in entries[0].findtext(f"{ATOM}summary")
    assert "<ins>Grand opening</ins>" in entries[0].findtext(f"{ATOM}summary")


def test_feed_ids_do_not_depend_on_site_url(client, opening, settings):
    before = [element.text for element in get_feed(client).iter(f"{ATOM}id")]
    settings.SITE_URL = "https://elsewhere.example"
    # As in a new process.
    PolledValue.clear_all()
    root = get_feed(client)
    assert [element.text for element in root.iter(f"{ATOM}id")] == before
    assert "https://elsewhere.example/programme/changes/1/" in [link.get("href") for link in root.iter(f"{ATOM}link")]


def test_feed_each_language_has_its_own_entries(client, opening):
    english, vietnamese = get_feed(client), get_feed(client, "/vi/programme.atom")
    assert vietnamese.get("{http://www.w3.org/XML/1998/namespace}lang") == "vi"
    assert "Bản đầu tiên." in vietnamese.findtext(f"{ATOM}entry/{ATOM}summary")
    assert not {e.text for e in english.iter(f"{ATOM}id")} & {e.text for e in vietnamese.iter(f"{ATOM}id")}


@pytest.mark.parametrize("page", ["/programme/", "/programme/changes/", "/programme/changes/1/"])
def test_pages_link_to_feed(client, opening, page):
    assert 'type="application/atom+xml" href="/programme.atom"' in get_page(client, page)


def test_feed_unchanged_is_not_modified(client, opening):
    tag = client.get("/programme.atom").headers["ETag"]
    with time_machine.travel(datetime.datetime(2021, 1, 1, tzinfo=datetime.UTC)):
        assert client.get("/programme.atom", headers={"If-None-Match": tag}).status_code == 304


def test_feed_removes_control_characters(client, opening):
    factories.update(opening, title_en="Grand\x0bopening\x08")
    factories.publish_release()
    assert "Grandopening" in get_feed(client).findtext(f"{ATOM}entry/{ATOM}summary")
