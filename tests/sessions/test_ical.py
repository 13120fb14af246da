import copy
import datetime
import re
import unicodedata
import uuid

import pytest
import time_machine
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from sessions.formats.ical import programme_to_ics, sessions_to_ics
from sessions.models import Release, Room, Session
from sessions.releases.document import load_programme
from sessions.releases.publish import add_revision_fields, read_draft_document

from ..factories import (
    MALICIOUS_TEXT,
    december,
    make_room,
    make_session,
    make_speaker,
    make_theme,
    publish_release,
)

INJECTION = "Peace\r\nEND:VEVENT\r\nBEGIN:VEVENT\nUID:evil\rSUMMARY:evil"


def unfold(content):
    """Return the unfolded lines (RFC 5545 3.1), and check the length and characters of the folded ones."""
    assert content.endswith(b"\r\n")
    sent = content.split(b"\r\n")[:-1]
    for line in sent:
        assert len(line) <= 75
        assert not re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", line)
        line.decode()
    return content.replace(b"\r\n ", b"").decode().split("\r\n")[:-1]


def get_values(content, name):
    """Return the raw values of each property of this name, without parameters."""
    pattern = re.compile(rf'{name}(?:;[^":;]*(?:"[^"]*"[^":;]*)*)*:(.*)', re.DOTALL)
    return [match[1] for match in map(pattern.fullmatch, unfold(content)) if match]


def unescape(value):
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value, flags=re.DOTALL)


def get_event(content, slug="opening"):
    """Return the parsed event of the session with this slug."""
    events = [e for e in Calendar.from_ical(content).events if e["URL"].endswith(f"/sessions/{slug}/")]
    assert len(events) == 1
    return events[0]


@pytest.fixture
def feed(published):
    return programme_to_ics(published, "Women, Peace and Security")


# Contents


def test_feed_contains_published_sessions_and_no_draft(published, feed):
    read = Calendar.from_ical(feed)
    assert [e["UID"] for e in read.events] == [str(session.id) for session in published.sessions]
    assert b"Secret" not in feed


def test_event_has_all_properties_that_clients_require(feed):
    for e in Calendar.from_ical(feed).events:
        assert all(
            e.get(name) for name in ("UID", "DTSTAMP", "SUMMARY", "LOCATION", "DTSTART", "DTEND", "URL", "STATUS")
        )


def test_calendar_has_version_and_no_method(feed):
    read = Calendar.from_ical(feed)
    assert (read["VERSION"], read["CALSCALE"]) == ("2.0", "GREGORIAN")
    assert read["PRODID"]
    assert "METHOD" not in read


def test_uid_is_the_uuid_of_the_session(feed):
    for identity in get_values(feed, "UID"):
        assert str(uuid.UUID(identity)) == identity


def test_times_are_in_the_conference_time_zone_with_a_vtimezone(feed):
    e = get_event(feed)
    assert e["DTSTART"].params["TZID"] == e["DTEND"].params["TZID"] == "Asia/Ho_Chi_Minh"
    assert (e.start, e.end) == (december(7, 18), december(7, 19, 30))
    assert "20201207T180000" in get_values(feed, "DTSTART")
    (zone,) = Calendar.from_ical(feed).timezones
    assert zone["TZID"] == "Asia/Ho_Chi_Minh"
    assert get_values(feed, "TZOFFSETTO") == ["+0700"]


def test_vtimezone_starts_before_the_first_event(feed):
    (described_from, *_) = get_values(feed, "DTSTART")
    assert described_from < "20201207T000000"


def test_vtimezone_covers_a_change_to_summer_time(conference):
    conference.time_zone = "Europe/Oslo"
    conference.save()
    for day in (27, 29):
        starts_at = datetime.datetime(2021, 3, day, 12, tzinfo=datetime.UTC)
        make_session(f"March {day}", starts_at=starts_at, ends_at=starts_at + datetime.timedelta(hours=1))
    content = programme_to_ics(publish_release())
    starts = [e.start.astimezone(datetime.UTC).hour for e in Calendar.from_ical(content).events]
    assert starts == [12, 12]
    assert {"20210327T130000", "20210329T140000"} <= set(get_values(content, "DTSTART"))
    assert {"+0100", "+0200"} <= set(get_values(content, "TZOFFSETTO"))


def test_times_in_utc_need_no_vtimezone(conference):
    conference.time_zone = "UTC"
    conference.save()
    make_session("Opening")
    content = programme_to_ics(publish_release())
    assert get_values(content, "DTSTART") == ["20201207T110000Z"]


def test_dtstamp_is_the_time_of_revision_in_utc(conference):
    make_session("Opening")
    with time_machine.travel(december(1, 9), tick=False):
        programme = publish_release()
    with time_machine.travel(december(5, 9), tick=False):
        content = programme_to_ics(programme)
    assert get_values(content, "DTSTAMP") == get_values(content, "LAST-MODIFIED") == ["20201201T020000Z"]


def test_moved_session_has_higher_sequence_and_same_uid(conference):
    row = make_session("Opening")
    before = get_event(programme_to_ics(publish_release()))
    row.starts_at = december(7, 17)
    row.save()
    after = get_event(programme_to_ics(publish_release()))
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert after["DTSTAMP"].dt >= before["DTSTAMP"].dt
    assert after["UID"] == before["UID"]


@pytest.mark.parametrize(
    ("slug", "status"), [("opening", "CONFIRMED"), ("commitments", "TENTATIVE"), ("field-visit", "CANCELLED")]
)
def test_event_status_is_that_of_the_session(feed, slug, status):
    assert get_event(feed, slug)["STATUS"] == status


def test_cancelled_session_description_starts_with_its_notice(feed):
    e = get_event(feed, "field-visit")
    assert e["SUMMARY"] == "Field visit"
    assert e["DESCRIPTION"].startswith("Cancelled.\n\nCancelled because of the typhoon.\n")


@pytest.mark.parametrize(
    ("slug", "place"),
    [
        ("opening", "Main Hall, Ha Noi, Viet Nam"),
        ("commitments", "Online"),
        ("field-visit", "Room to be announced, Ha Noi, Viet Nam"),
    ],
)
def test_location_is_the_room_and_the_address(feed, slug, place):
    assert get_event(feed, slug)["LOCATION"] == place


def test_categories_are_kind_and_themes(feed):
    assert get_event(feed, "women-at-the-table").categories == [
        "Workshop",
        "Taking part in peace",
        "Funding & inclusion",
    ]


def test_stream_is_a_conference_property_with_video_and_audio(feed):
    assert [line for line in unfold(feed) if line.startswith("CONFERENCE")] == [
        "CONFERENCE;FEATURE=VIDEO,AUDIO;LABEL=Stream;VALUE=URI:https://stream.example/opening"
    ]


def test_stream_has_its_label_and_other_links_are_omitted(conference):
    row = make_session(
        "Opening", links=[("stream", "https://stream.example/fr"), ("document", "https://example.org/d")]
    )
    row.links.filter(kind="stream").update(label_en='In French; "live": yes, really')
    content = programme_to_ics(publish_release())
    (link,) = get_event(content).conferences
    assert link.uri == "https://stream.example/fr"
    assert link.label == 'In French; "live": yes, really'
    assert b"example.org/d" not in content


def test_description_has_texts_speakers_languages_and_url(feed):
    assert get_event(feed)["DESCRIPTION"].split("\n\n") == [
        "Words of welcome from Ha Noi.",
        "The conference opens.\nRead the programme.",
        "Chair: Dr. Nguyen Thi Linh, Mediator, Da Nang Peace House\nRemarks: Ingrid Østby",
        "Languages: English, Vietnamese\nInterpretation into: French\n"
        "Captions: English\nSign language: International Sign",
        "http://127.0.0.1:8000/sessions/opening/",
    ]


def test_description_shows_placeholder_and_video_participation(conference):
    session = make_session("Opening", parts=[("panellist", "Youth delegate, to be announced")])
    session.participations.update(online=True)
    description = get_event(programme_to_ics(publish_release()))["DESCRIPTION"]
    assert "Panellist: Youth delegate, to be announced (by video)" in description


# Feed and file


def test_feed_has_name_time_zone_source_and_refresh_interval(feed):
    assert {
        "NAME:Women\\, Peace and Security",
        "X-WR-CALNAME:Women\\, Peace and Security",
        "X-WR-TIMEZONE:Asia/Ho_Chi_Minh",
        "SOURCE;VALUE=URI:http://127.0.0.1:8000/programme.ics",
        "URL:http://127.0.0.1:8000/programme/",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
    } <= set(unfold(feed))


def test_feed_without_name_has_no_name_property(published):
    assert (
        get_values(programme_to_ics(published), "NAME") == get_values(programme_to_ics(published), "X-WR-CALNAME") == []
    )


def test_session_file_contains_only_that_session(published):
    content = sessions_to_ics([published.session("opening")], published)
    assert len(Calendar.from_ical(content).events) == 1
    assert not [line for line in unfold(content) if line.startswith(("NAME", "X-WR", "SOURCE", "REFRESH"))]


def test_session_file_and_feed_have_the_same_event(published, feed):
    alone = sessions_to_ics([published.session("opening")], published)
    assert get_event(alone) == get_event(feed)


def test_feed_without_sessions_is_an_empty_calendar(conference):
    content = programme_to_ics(publish_release(), "Nothing yet")
    assert Calendar.from_ical(content).events == []
    unfold(content)


# Languages


def test_texts_and_urls_are_in_the_active_language(published):
    with translation.override("vi"):
        content = programme_to_ics(published)
    e = get_event(content)
    assert (e["SUMMARY"], e["SUMMARY"].params["LANGUAGE"]) == ("Lễ khai mạc", "vi")
    assert (e["LOCATION"], e["LOCATION"].params["LANGUAGE"]) == ("Hội trường lớn, Hà Nội, Việt Nam", "vi")
    assert e["URL"] == "http://127.0.0.1:8000/vi/sessions/opening/"
    assert get_values(content, "SOURCE") == ["http://127.0.0.1:8000/vi/programme.ics"]
    assert "Nguyễn Thị Linh" in e["DESCRIPTION"]


def test_untranslated_title_has_its_language_parameter(published):
    with translation.override("vi"):
        e = get_event(programme_to_ics(published), "commitments")
    assert e["SUMMARY"].params["LANGUAGE"] == "en"


def test_uid_is_the_same_in_every_language(published):
    with translation.override("vi"):
        vietnamese = programme_to_ics(published)
    assert get_values(vietnamese, "UID") == get_values(programme_to_ics(published), "UID")


def test_long_vietnamese_lines_are_folded_between_characters(conference):
    title = "Phụ nữ, hòa bình và an ninh: " * 6
    make_session(title, slug="long", title_vi=title, description_en=title * 50)
    content = programme_to_ics(publish_release(), title)
    assert unescape(get_values(content, "SUMMARY")[0]) == title.strip()
    assert max(map(len, content.split(b"\r\n"))) > 70


# Reproducible and safe


def test_same_release_gives_the_same_bytes_at_any_time(published, feed):
    with time_machine.travel(december(20, 12)):
        later = programme_to_ics(published, "Women, Peace and Security")
    assert later == feed


def test_reloaded_release_gives_the_same_bytes(conference):
    make_session(
        "Opening", themes=[make_theme(), make_theme()], parts=[("chair", make_speaker()), ("keynote", make_speaker())]
    )
    document = add_revision_fields(read_draft_document(), None, 1, december(1, 9))
    assert programme_to_ics(load_programme(document)) == programme_to_ics(load_programme(document))


def test_malicious_text_is_escaped(published, feed):
    e = get_event(feed, "budgets")
    title = get_values(sessions_to_ics([published.session("budgets")], published), "SUMMARY")
    assert unescape(title[0]) == " ".join(f"Budgets {MALICIOUS_TEXT}".split())
    assert '<script>alert("1")</script>' in e["DESCRIPTION"]
    assert feed.count(b"BEGIN:VEVENT\r\n") == len(published.sessions)


def test_text_with_line_breaks_cannot_inject_components(conference):
    room, theme = make_room("Hall", name_vi=INJECTION), make_theme("Theme", name_vi=INJECTION)
    Room.objects.update(name_en=INJECTION)
    row = make_session(
        "Opening",
        room=room,
        themes=[theme],
        parts=[("chair", make_speaker("Linh", name_vi=INJECTION, function_en=INJECTION)), ("panellist", INJECTION)],
        links=[("stream", "https://stream.example/\r\nEND:VEVENT")],
        **{f"{name}_en": INJECTION for name in ("summary", "description", "notice")},
    )
    Session.objects.update(title_en=INJECTION)
    row.links.update(label_en=INJECTION)
    programme = publish_release()
    for language in ("en", "vi"):
        with translation.override(language):
            content = programme_to_ics(programme, INJECTION)
        names = [line for line in unfold(content) if line.startswith(("BEGIN", "END", "UID"))]
        assert names == [
            "BEGIN:VCALENDAR",
            "BEGIN:VTIMEZONE",
            "BEGIN:STANDARD",
            "END:STANDARD",
            "END:VTIMEZONE",
            "BEGIN:VEVENT",
            f"UID:{row.pk}",
            "END:VEVENT",
            "END:VCALENDAR",
        ]
        assert len(Calendar.from_ical(content).events) == 1


def to_single_line(text):
    """Return the text on one line, without control characters."""
    parts = text.splitlines()
    return " ".join("".join(c for c in " ".join(parts) if unicodedata.category(c) not in ("Cc", "Cs")).split())


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(text=st.text(max_size=200) | st.lists(st.sampled_from('\\;,:"nN\r\n\t\v\x00\x85\u2028 aầ😀')).map("".join))
def test_any_text_is_parsed_back_unchanged(published, text):
    document = copy.deepcopy(Release.objects.get().document)
    for session in document["sessions"]:
        session.update({name: {"en": text} for name in ("title", "summary", "description", "notice")})
    for room in document["rooms"]:
        room["name"] = {"en": text}
    content = programme_to_ics(load_programme(document), text)
    assert len(Calendar.from_ical(content).events) == len(document["sessions"]) == len(get_values(content, "UID"))
    assert {unescape(title) for title in get_values(content, "SUMMARY")} == {to_single_line(text)}


# Views


def test_session_calendar_view_returns_a_named_file(published, client):
    response = client.get("/sessions/opening.ics")
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'inline; filename="opening.ics"'
    assert response.content == sessions_to_ics([published.session("opening")], published)


def test_programme_calendar_view_is_named_after_the_conference(published, client, conference):
    conference.short_name_en = 'Peace & "Security", <2020>; Ha Noi'
    conference.save()
    programme = publish_release()
    response = client.get("/programme.ics")
    assert response.content == programme_to_ics(programme, conference.short_name_en)
    assert unescape(get_values(response.content, "X-WR-CALNAME")[0]) == conference.short_name_en


def test_programme_calendar_view_has_a_vietnamese_name(published, client):
    assert get_values(client.get("/vi/programme.ics").content, "NAME") == ["Phụ nữ\\, Hòa bình và An ninh"]


def test_programme_calendar_view_with_matching_etag_returns_304(published, client):
    tag = client.get("/programme.ics").headers["ETag"]
    assert client.get("/programme.ics", headers={"If-None-Match": tag}).status_code == 304


def test_session_calendar_view_redirects_from_a_former_slug(published, client):
    Session.objects.filter(slug="opening").update(slug="grand-opening")
    publish_release()
    response = client.get("/sessions/opening.ics")
    assert (response.status_code, response.headers["Location"]) == (302, "/sessions/grand-opening.ics")


@pytest.mark.parametrize("slug", ["secret-talks", "no-such-session"])
def test_session_calendar_view_of_unpublished_session_returns_404(published, client, slug):
    assert client.get(f"/sessions/{slug}.ics").status_code == 404
