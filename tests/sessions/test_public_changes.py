"""What everybody is told of changes: pages, marks, and the feed."""

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
    """Published on the first of December."""
    session = factories.make_session(
        "Opening",
        title_vi="Khai mạc",
        room=factories.make_room("Main Hall"),
        objects=[("chair", factories.make_speaker("Linh"))],
    )
    with time_machine.travel(factories.december(1, 12), tick=False):
        factories.publish_release(note_en="The first one.", note_vi="Bản đầu tiên.", private_note="Between us.")
    return session


def change(row, **values):
    for name, value in values.items():
        setattr(row, name, value)
    row.save()


def shown(client, page):
    return client.get(page).content.decode()


def told(release, section):
    """Labels, befores and afters of the only thing in a section."""
    (found,) = [found for found in describe_changes(release.changes) if found.id == section]
    return [(change.label, change.before, change.after) for change in found.objects[0].changes]


# In words


def test_another_time_is_told_from_until_with_its_day(opening):
    change(opening, starts_at=factories.december(8, 18), ends_at=factories.december(8, 19))
    assert told(publish_draft(), "sessions-changed") == [
        ("time", "7 December 2020, 18:00–19:30", "8 December 2020, 18:00–19:00")
    ]


def test_who_came_and_who_left_is_told_by_name_and_role(opening):
    opening.participations.all().delete()
    factories.make_participation(opening, factories.make_speaker("Ingrid"), role="keynote", online=True)
    assert told(publish_draft(), "sessions-changed") == [
        ("speaker added", "", "Ingrid (Keynote, by video)"),
        ("speaker removed", "Linh (Chair)", ""),
    ]


def test_another_role_is_told_from_to(opening):
    opening.participations.update(role="moderator")
    assert told(publish_draft(), "sessions-changed") == [("role of a speaker", "Linh (Chair)", "Linh (Moderator)")]


def test_another_order_of_speakers_is_told(opening):
    factories.make_participation(opening, factories.make_speaker("Ingrid"), role="chair", order=1)
    publish_draft()
    opening.participations.filter(speaker__name_en="Linh").update(order=9)
    assert told(publish_draft(), "sessions-changed") == [("order of speakers", "Linh, Ingrid", "Ingrid, Linh")]


def test_a_text_is_told_with_its_language(opening):
    change(opening, title_vi="Lễ khai mạc")
    assert told(publish_draft(), "sessions-changed") == [("title (Vietnamese)", "Khai mạc", "Lễ khai mạc")]


def test_a_room_tells_what_changed_in_it(opening):
    change(Room.objects.get(), capacity=300, online=True)
    assert told(publish_draft(), "rooms-changed") == [("online", "no", "yes"), ("seats", "", "300")]


def test_a_renamed_speaker_is_told(opening):
    change(Speaker.objects.get(), name_en="Linh Nguyen")
    assert told(publish_draft(), "speakers-changed") == [("name (English)", "Linh", "Linh Nguyen")]


def test_a_cancelled_session_stands_apart_and_says_so(opening):
    change(opening, status="cancelled", starts_at=factories.december(7, 17))
    (section,) = describe_changes(publish_draft().changes)
    assert (section.id, section.objects[0].badges) == ("sessions-cancelled", ("Cancelled", "New time"))


def test_changes_of_an_early_version_are_still_told(opening):
    none = {"added": [], "removed": [], "changed": []}
    changes = {"sessions": none, "speakers": none, "others": ["rooms", "ends_on"]}
    (section,) = describe_changes(changes)
    assert [part.name for part in section.objects] == ["Rooms", "Last day"]


def test_a_reader_is_told_in_one_language_and_on_the_programmes_clock(opening):
    change(opening, title_en="Grand opening", title_vi="Lễ khai mạc", starts_at=factories.december(7, 17), slug="grand")
    release = publish_draft()
    programme = load_programme(release.document | {"time_zone": "Europe/Oslo"})
    (section,) = describe_changes_for_public(release.changes, programme)
    assert [(change.label, change.before, change.after) for change in section.objects[0].changes] == [
        ("time", "7 December 2020, 12:00–13:30", "7 December 2020, 11:00–13:30"),
        ("title", "Opening", "Grand opening"),
    ]
    assert section.objects[0].url == "/sessions/grand/"


# Pages


def test_the_page_of_a_release_tells_each_field_from_to(client, opening):
    change(opening, title_en="Grand opening")
    factories.publish_release()
    page = shown(client, "/programme/changes/2/")
    assert "Before: </span>Opening</del>" in page
    assert "Now: </span>Grand opening</ins>" in page
    assert '<a href="/sessions/opening/">' in page


def test_the_page_of_a_release_speaks_the_readers_language(client, opening):
    change(opening, title_en="Grand opening", title_vi="Lễ khai mạc")
    factories.publish_release()
    page = shown(client, "/vi/programme/changes/2/")
    assert "Lễ khai mạc</ins>" in page
    assert "Grand opening</ins>" not in page


@pytest.mark.parametrize("page", ["/programme/changes/", "/programme/changes/1/", "/programme.atom", "/programme/"])
def test_what_the_desk_notes_for_itself_is_nowhere(client, opening, page):
    assert "Between us." not in shown(client, page)


def test_hostile_words_are_text(client, published):
    for page in ("/programme/changes/1/", "/programme.atom"):
        assert "<script>alert" not in shown(client, page)


# Marks


@pytest.mark.parametrize("page", ["/programme/", "/sessions/opening/"])
def test_a_changed_session_bears_the_release_that_changed_it(client, opening, page):
    change(opening, title_en="Grand opening")
    factories.publish_release()
    assert '<a href="/programme/changes/2/">Changed in release 2</a>' in shown(client, page)


@pytest.mark.parametrize("page", ["/programme/", "/sessions/opening/"])
def test_a_cancelled_session_bears_the_release_that_cancelled_it(client, opening, page):
    change(opening, status="cancelled")
    factories.publish_release()
    change(opening, notice_en="The typhoon.")
    factories.publish_release()
    assert '<a href="/programme/changes/2/">Cancelled in release 2</a>' in shown(client, page)


def test_a_session_that_takes_place_after_all_is_changed_then(client, opening):
    change(opening, status="cancelled")
    factories.publish_release()
    change(opening, status="confirmed")
    factories.publish_release()
    assert "Changed in release 3" in shown(client, "/programme/")


def test_a_new_session_bears_no_mark(client, opening):
    factories.make_session("Closing")
    factories.publish_release()
    assert "in release" not in shown(client, "/programme/")


def test_a_session_that_comes_back_is_new(client, opening):
    change(opening, title_en="Grand opening")
    factories.publish_release()
    change(opening, status="draft")
    factories.make_session("Closing")
    factories.publish_release()
    change(opening, status="confirmed")
    factories.publish_release()
    assert "Changed in release" not in shown(client, "/programme/")


# The feed


def feed(client, address="/programme.atom"):
    response = client.get(address)
    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    return ElementTree.fromstring(response.content)  # noqa: S314 - it is our own


def test_the_feed_has_what_atom_asks_for(client, opening):
    root = feed(client)
    assert root.tag == f"{ATOM}feed"
    for element in (root, *root.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{name}")) == 1
            assert element.findtext(f"{ATOM}{name}")
    assert root.findtext(f"{ATOM}author/{ATOM}name") == "Women, Peace and Security"
    assert {link.get("rel") for link in root.findall(f"{ATOM}link")} == {"alternate", "self"}


def test_the_feed_tells_releases_the_newest_first(client, opening):
    change(opening, title_en="Grand opening")
    with time_machine.travel(factories.december(2, 12), tick=False):
        factories.publish_release(note_en="Another title.")
    root = feed(client)
    entries = root.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == ["Release 2", "Release 1"]
    assert root.findtext(f"{ATOM}updated") == entries[0].findtext(f"{ATOM}updated") == "2020-12-02T05:00:00+00:00"
    assert "Another title." in entries[0].findtext(f"{ATOM}summary")
    assert "<ins>Grand opening</ins>" in entries[0].findtext(f"{ATOM}summary")


def test_identities_outlive_a_move_of_the_site(client, opening, settings):
    before = [element.text for element in feed(client).iter(f"{ATOM}id")]
    settings.SITE_URL = "https://elsewhere.example"
    # As in a new process.
    PolledValue.clear_all()
    root = feed(client)
    assert [element.text for element in root.iter(f"{ATOM}id")] == before
    assert "https://elsewhere.example/programme/changes/1/" in [link.get("href") for link in root.iter(f"{ATOM}link")]


def test_each_language_has_a_feed_of_its_own(client, opening):
    english, vietnamese = feed(client), feed(client, "/vi/programme.atom")
    assert vietnamese.get("{http://www.w3.org/XML/1998/namespace}lang") == "vi"
    assert "Bản đầu tiên." in vietnamese.findtext(f"{ATOM}entry/{ATOM}summary")
    assert not {e.text for e in english.iter(f"{ATOM}id")} & {e.text for e in vietnamese.iter(f"{ATOM}id")}


@pytest.mark.parametrize("page", ["/programme/", "/programme/changes/", "/programme/changes/1/"])
def test_browsers_find_the_feed(client, opening, page):
    assert 'type="application/atom+xml" href="/programme.atom"' in shown(client, page)


def test_the_feed_is_sent_once_and_confirmed_after(client, opening):
    tag = client.get("/programme.atom").headers["ETag"]
    with time_machine.travel(datetime.datetime(2021, 1, 1, tzinfo=datetime.UTC)):
        assert client.get("/programme.atom", headers={"If-None-Match": tag}).status_code == 304


def test_control_characters_do_not_break_the_feed(client, opening):
    change(opening, title_en="Grand\x0bopening\x08")
    factories.publish_release()
    assert "Grandopening" in feed(client).findtext(f"{ATOM}entry/{ATOM}summary")
