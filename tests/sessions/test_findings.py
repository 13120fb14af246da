"""What the checks find in a draft, and what they leave alone. Each rule is seen to speak and to be silent."""

import datetime
from dataclasses import replace
from time import perf_counter
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import escape
from hypothesis import given, settings
from hypothesis import strategies as st

from conference.core.regions import MEMBER_STATES, Region, get_region
from conference.core.text import LocalizedText
from conference.models import Conference
from conference.setup.content_loader import load_content
from sessions.checks import CHECKS, Severity, filter_blocking_issues, filter_issues_for_row, find_issues, run_checks
from sessions.checks.base import CHANGE_URL_NAMES, Issue, RowReference
from sessions.checks.draft import DraftParticipation, DraftProgramme, DraftRoom, DraftSession, DraftSpeaker, load_draft
from sessions.checks.schedule import find_overlaps
from sessions.models import Participation, Room, Session
from speakers.models import Picture, Speaker

from ..factories import (
    MALICIOUS_TEXT,
    december,
    make_conference,
    make_full_programme,
    make_participation,
    make_room,
    make_session,
    make_speaker,
    make_theme,
)
from ..users import admin_client_for, make_organizer, make_superuser
from ..users import count_queries as page_queries

WHOLE = {"languages": ["en"], "interpretation": ["vi"]}


@pytest.fixture(autouse=True)
def conference(db):
    """English and Vietnamese are understood."""
    return make_conference(languages=["en", "vi"])


@pytest.fixture
def hall():
    return make_room("Main Hall", name_vi="Hội trường lớn")


def a_whole_speaker(name, **changes):
    portrait, _ = Picture.objects.get_or_create(digest="0" * 64, files=[])
    facts = {
        "biography_en": "Mediates.",
        "biography_vi": "Hòa giải.",
        "portrait": portrait,
        "portrait_alt_en": "A person.",
        "portrait_alt_vi": "Một người.",
    }
    return make_speaker(name, **facts | changes)


def a_whole_session(title="Opening", *, chair=None, **changes):
    """A session of which the checks find nothing."""
    session = make_session(title, **{"title_vi": f"{title} (vi)", "format": "both"} | WHOLE | changes)
    make_participation(session, chair or a_whole_speaker(f"Chair of {title}"), role="chair", confirmed=True)
    return session


def found(rule):
    """What one rule finds."""
    return [finding for finding in find_issues() if finding.check == rule]


def rules():
    return {finding.check for finding in find_issues()}


def levels(rule):
    return [finding.severity for finding in found(rule)]


def names(finding):
    return [row.label for row in finding.rows]


# As a whole


def test_nothing_is_found_where_nothing_is_wrong(hall):
    a_whole_session(room=hall)
    make_session("Coffee", kind="break", title_vi="Giải lao", starts_at=december(7, 20), ends_at=december(7, 21))
    assert find_issues() == []


def test_nothing_is_found_where_there_is_no_conference():
    Conference.objects.all().delete()
    assert find_issues() == []


def test_shipped_content_can_be_published_and_needs_no_second_look():
    Conference.objects.all().delete()
    load_content()
    assert {finding.severity for finding in find_issues()} == {Severity.INFO}


def test_worst_comes_first(hall):
    make_session("One", room=hall)
    make_session("Two", room=hall)
    found = [finding.severity for finding in find_issues()]
    assert found == sorted(found)
    assert found[0] == Severity.ERROR


def test_only_what_blocks_keeps_from_publishing(hall):
    make_session("One", room=hall)
    make_session("Two", room=hall)
    assert [finding.check for finding in filter_blocking_issues(find_issues())] == ["room_double_booked"]


def test_findings_about_a_row_are_those_that_touch_it(hall):
    one, two = a_whole_session("One", room=hall), a_whole_session("Two", room=hall)
    three = a_whole_session("Three", room=make_room("Blue", name_vi="Xanh"))
    everything = find_issues()
    assert (
        filter_issues_for_row(everything, "session", one.pk)
        == filter_issues_for_row(everything, "session", str(two.pk))
        == everything
    )
    assert filter_issues_for_row(everything, "room", hall.pk) == everything
    assert (
        filter_issues_for_row(everything, "session", three.pk)
        == filter_issues_for_row(everything, "speaker", hall.pk)
        == []
    )


def test_every_row_leads_to_its_form():
    theme, room = make_theme(), make_room()
    session = make_session(room=room, themes=[theme], parts=[("chair", make_speaker())])
    keys = {
        "session": session.pk,
        "room": room.pk,
        "theme": theme.pk,
        "speaker": session.speakers.get().pk,
        "conference": 1,
    }
    assert set(keys) == set(CHANGE_URL_NAMES)
    for kind, key in keys.items():
        assert RowReference(kind, str(key), "").url.endswith(f"/{kind}/{key}/change/")


def test_sentences_are_in_the_language_of_the_reader(hall):
    a_whole_session("One", room=hall)
    a_whole_session("Two", room=hall)
    with translation.override("vi"):
        (finding,) = find_issues()
    assert names(finding) == ["One (vi)", "Two (vi)", "Hội trường lớn"]
    assert "07/12/2020" in finding.text


def test_times_are_on_the_conferences_clock(hall):
    a_whole_session("One", room=hall)
    a_whole_session("Two", room=hall, starts_at=december(7, 19), ends_at=december(7, 20))
    with timezone.override("America/New_York"):
        (finding,) = find_issues()
    assert finding.text == (
        "“One” (7 Dec 2020, 18:00–19:30) and “Two” (7 Dec 2020, 19:00–20:00) are both in Main Hall."
    )


def queries():
    with CaptureQueriesContext(connection) as captured:
        find_issues()
    return len(captured)


def test_cost_does_not_grow_with_the_programme(hall):
    def three_more(title):
        for number in range(3):
            session = make_session(
                f"{title} {number}", room=hall, parts=[("chair", make_speaker()), ("panellist", "Awaited")]
            )
            session.themes.add(make_theme())

    three_more("First")
    few = queries()
    for number in range(9):
        three_more(f"Later {number}")
    assert queries() == few <= 6


def test_no_name_can_smuggle_in_markup():
    make_full_programme()
    Session.objects.filter(slug="budgets").update(room=Room.objects.first(), title_vi=MALICIOUS_TEXT)
    page = render_to_string("admin/programme/_issues.html", {"findings": find_issues()})
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert "<b>" not in page


def test_list_says_levels_in_words_and_links_to_the_rows(hall):
    one = a_whole_session("One", room=hall)
    a_whole_session("Two", room=hall)
    page = render_to_string("admin/programme/_issues.html", {"findings": find_issues()})
    assert "Blocks publishing" in page
    assert f'<a href="/admin/programme/session/{one.pk}/change/">One</a>' in page


def test_empty_list_says_that_nothing_was_found():
    page = render_to_string("admin/programme/_issues.html", {"findings": []})
    assert "No problems found." in page


# On the forms of the admin


def form_of(kind, row):
    return reverse(CHANGE_URL_NAMES[kind], args=[row.pk])


@pytest.mark.parametrize("kind", CHANGE_URL_NAMES)
def test_form_shows_what_concerns_its_row(conference, kind):
    linh, peace, hall = make_speaker("Linh"), make_theme("Peace"), make_room("Hall")
    one = make_session("One", room=hall, themes=[peace], parts=[("chair", linh)], starts_at=december(6, 9))
    row = {"session": one, "speaker": linh, "room": hall, "theme": peace, "conference": conference}[kind]
    page = admin_client_for(make_superuser()).get(form_of(kind, row))
    (expected, *_) = filter_issues_for_row(find_issues(), kind, row.pk)
    assert escape(expected.text) in page.content.decode()


def test_form_is_silent_where_nothing_is_wrong(hall):
    session = a_whole_session(room=hall)
    page = admin_client_for(make_superuser()).get(form_of("session", session))
    assert "findings-of-row" not in page.content.decode()


@pytest.mark.parametrize("group", ["Registrars", "Communications"])
def test_who_may_not_see_sessions_is_told_nothing_of_them(conference, group):
    make_session("Secret talks", status="draft", starts_at=december(6, 9))
    page = admin_client_for(make_organizer(group)).get(form_of("conference", conference))
    assert page.status_code == 200
    assert "Secret talks" not in page.content.decode()


def test_form_costs_the_same_however_much_there_is(hall):
    session = a_whole_session(room=hall)
    client = admin_client_for(make_superuser())
    few = page_queries(client, form_of("session", session))
    for _ in range(9):
        make_session(room=hall, parts=[("chair", "Awaited")])
    assert page_queries(client, form_of("session", session)) == few


# A draft is not published


def test_draft_never_blocks_but_is_warned_of(hall):
    a_whole_session("One", room=hall)
    a_whole_session("Two", room=hall, status="draft")
    assert levels("room_double_booked") == [Severity.WARNING]


def test_unfinished_draft_is_only_mentioned():
    make_session("One", status="draft")
    assert {finding.severity for finding in find_issues()} == {Severity.INFO}


def test_cancelled_session_clashes_with_nothing(hall):
    chair = a_whole_speaker("Linh")
    a_whole_session("One", room=hall, chair=chair)
    a_whole_session("Two", room=hall, chair=chair, status="cancelled", notice_en="Ill.", notice_vi="Ốm.")
    assert find_issues() == []


# When and where


def test_room_cannot_hold_two_sessions_at_once(hall):
    a_whole_session("One", room=hall)
    a_whole_session("Two", room=hall, starts_at=december(7, 19), ends_at=december(7, 20))
    (finding,) = found("room_double_booked")
    assert finding.severity == Severity.ERROR
    assert names(finding) == ["One", "Two", "Main Hall"]


def test_room_can_hold_one_session_right_after_another(hall):
    a_whole_session("One", room=hall)
    a_whole_session("Two", room=hall, starts_at=december(7, 19, 30), ends_at=december(7, 20))
    assert found("room_double_booked") == []


def test_every_session_in_a_clash_is_named(hall):
    long = a_whole_session("Long", room=hall, ends_at=december(7, 23))
    short = a_whole_session("Short", room=hall, starts_at=december(7, 19), ends_at=december(7, 20))
    late = a_whole_session("Late", room=hall, starts_at=december(7, 22), ends_at=december(7, 23))
    touched = {row.id for finding in found("room_double_booked") for row in finding.rows}
    assert {str(session.pk) for session in (long, short, late)} < touched


def test_exhibition_in_the_room_of_a_session_is_asked_about(hall):
    a_whole_session("One", room=hall)
    make_session("Pictures", kind="exhibition", room=hall)
    assert levels("room_double_booked") == [Severity.WARNING]


def test_two_exhibitions_in_one_room_are_asked_about(hall):
    make_session("Pictures", kind="exhibition", room=hall)
    make_session("Maps", kind="exhibition", room=hall)
    assert levels("room_double_booked") == [Severity.WARNING]


def test_coffee_in_the_exhibition_is_no_clash(hall):
    make_session("Pictures", kind="exhibition", room=hall)
    make_session("Coffee", kind="break", room=hall)
    assert found("room_double_booked") == []


def a_sound_draft(**changes):
    """One session, not through the tables, which refuse some of what a rule knows."""
    a_whole_session(room=make_room("Only room", name_vi="Phòng duy nhất"))
    draft = load_draft()
    return replace(draft, sessions=tuple(replace(session, **changes) for session in draft.sessions))


def test_session_must_end_after_it_starts():
    (finding,) = filter_blocking_issues(run_checks(a_sound_draft(ends_at=december(7, 17))))
    assert finding.check == "end_before_start"


def test_session_that_ends_after_it_starts_is_fine():
    assert run_checks(a_sound_draft(ends_at=december(7, 23))) == []


def test_session_before_the_first_day_is_outside_the_dates():
    a_whole_session(starts_at=december(6, 23), ends_at=december(7, 1))
    assert levels("outside_the_dates") == [Severity.WARNING]


def test_session_until_after_the_last_midnight_is_outside_the_dates():
    a_whole_session(starts_at=december(9, 23), ends_at=december(10, 0, 30))
    assert levels("outside_the_dates") == [Severity.WARNING]


def test_session_until_the_last_midnight_is_within_the_dates():
    a_whole_session(starts_at=december(9, 23), ends_at=december(10, 0))
    assert found("outside_the_dates") == []


def hours(opens, closes):
    times = [value and datetime.time.fromisoformat(value) for value in (opens, closes)]
    return dict(zip(("opens_at", "closes_at"), times, strict=True))


@pytest.mark.parametrize(
    ("opens", "closes"), [("18:30", None), (None, "19:00"), ("08:00", "19:00"), ("19:00", "02:00")]
)
def test_session_while_its_room_is_closed_is_found(opens, closes):
    a_whole_session(room=make_room(**hours(opens, closes)))
    assert levels("outside_the_rooms_hours") == [Severity.WARNING]


@pytest.mark.parametrize(
    ("opens", "closes"), [(None, None), ("18:00", "19:30"), (None, "19:30"), ("17:00", "02:00"), ("08:00", "00:00")]
)
def test_session_while_its_room_is_open_is_fine(opens, closes):
    a_whole_session(room=make_room(**hours(opens, closes)))
    assert found("outside_the_rooms_hours") == []


def test_session_after_midnight_fits_a_room_that_closes_late():
    a_whole_session(room=make_room(**hours("17:00", "02:00")), starts_at=december(8, 0, 30), ends_at=december(8, 1, 30))
    assert found("outside_the_rooms_hours") == []


def test_session_without_a_room_is_found():
    a_whole_session(room=None)
    assert levels("no_room") == [Severity.WARNING]


def test_online_session_and_break_need_no_room():
    a_whole_session(room=None, format="online")
    make_session("Coffee", kind="break", room=None)
    assert found("no_room") == []


# Who


def in_two_sessions(speaker, first, second, **changes):
    """A speaker's parts in two sessions that overlap unless changed."""
    one = a_whole_session("One", room=make_room())
    two = a_whole_session("Two", room=make_room(), **changes)
    make_participation(one, speaker, role=first, confirmed=True)
    make_participation(two, speaker, role=second, confirmed=True)


def test_speaker_cannot_be_in_two_places_at_once():
    in_two_sessions(a_whole_speaker("Linh"), "panellist", "panellist")
    (finding,) = found("speaker_in_two_places")
    assert finding.severity == Severity.ERROR
    assert names(finding) == ["One", "Two", "Linh"]


def test_speaker_who_only_gives_a_speech_may_come_and_go():
    in_two_sessions(a_whole_speaker("Linh"), "remarks", "panellist")
    assert levels("speaker_in_two_places") == [Severity.WARNING]


def test_speaker_can_be_in_one_place_after_another():
    in_two_sessions(
        a_whole_speaker("Linh"), "panellist", "panellist", starts_at=december(8, 9), ends_at=december(8, 10)
    )
    assert found("speaker_in_two_places") == []


def test_speaker_with_two_roles_in_one_session_is_in_one_place(hall):
    linh = a_whole_speaker("Linh")
    make_participation(a_whole_session(room=hall, chair=linh), linh, role="keynote", confirmed=True)
    assert found("speaker_in_two_places") == found("chair_in_two_places") == []


def test_chair_cannot_be_in_two_places_at_once():
    in_two_sessions(a_whole_speaker("Linh"), "moderator", "remarks")
    assert levels("chair_in_two_places") == [Severity.ERROR]
    assert found("speaker_in_two_places") == []


def test_chair_can_be_in_one_place_after_another():
    in_two_sessions(a_whole_speaker("Linh"), "chair", "chair", starts_at=december(8, 9), ends_at=december(8, 10))
    assert found("chair_in_two_places") == []


def test_speaker_needs_some_minutes_from_room_to_room():
    in_two_sessions(
        a_whole_speaker("Linh"), "panellist", "panellist", starts_at=december(7, 19, 35), ends_at=december(7, 21)
    )
    (finding,) = found("no_time_to_move")
    assert finding.severity == Severity.WARNING
    assert "less than 10 minutes" in finding.text


def test_speaker_with_ten_minutes_between_rooms_has_time():
    in_two_sessions(
        a_whole_speaker("Linh"), "panellist", "panellist", starts_at=december(7, 19, 40), ends_at=december(7, 21)
    )
    assert found("no_time_to_move") == []


def test_speaker_who_stays_in_the_room_or_speaks_by_video_needs_no_time(hall):
    linh, ingrid = a_whole_speaker("Linh"), a_whole_speaker("Ingrid")
    one = a_whole_session("One", room=hall, chair=linh)
    a_whole_session("Two", room=hall, chair=linh, starts_at=december(7, 19, 30), ends_at=december(7, 20))
    three = a_whole_session("Three", room=make_room(), starts_at=december(7, 19, 30), ends_at=december(7, 20))
    for session in (one, three):
        make_participation(session, ingrid, online=True, confirmed=True)
    assert found("no_time_to_move") == []


def test_session_without_anybody_is_found(hall):
    make_session("One", room=hall)
    assert levels("no_speakers") == [Severity.WARNING]


def test_breaks_and_exhibitions_need_nobody(hall):
    make_session("Coffee", kind="break")
    make_session("Pictures", kind="exhibition", room=hall, languages=[])
    assert rules() <= {"missing_translation"}
    assert found("no_speakers") == []


def test_unconfirmed_speakers_of_a_session_are_named_together(hall):
    session = a_whole_session(room=hall)
    for name in ("Linh", "Ingrid"):
        make_participation(session, a_whole_speaker(name))
    (finding,) = found("unconfirmed_speakers")
    assert finding.severity == Severity.WARNING
    assert finding.text == "Speakers not confirmed for “Opening”: Linh, Ingrid."
    assert names(finding) == ["Opening", "Linh", "Ingrid"]


def test_unconfirmed_speaker_of_a_tentative_session_is_only_mentioned(hall):
    make_participation(a_whole_session(room=hall, status="tentative"), a_whole_speaker("Linh"))
    assert levels("unconfirmed_speakers") == [Severity.INFO]


def test_confirmed_speakers_are_not_asked_about(hall):
    make_participation(a_whole_session(room=hall), a_whole_speaker("Linh"), confirmed=True)
    assert found("unconfirmed_speakers") == []


def test_who_is_awaited_is_mentioned(hall):
    make_participation(a_whole_session(room=hall), "Member State, to be announced", placeholder_vi="Sẽ được thông báo")
    (finding,) = find_issues()
    assert (finding.check, finding.severity) == ("awaited_speakers", Severity.INFO)
    assert "Member State, to be announced" in finding.text


def test_nobody_is_awaited_where_everybody_is_named(hall):
    a_whole_session(room=hall)
    assert found("awaited_speakers") == []


def test_panel_without_a_chair_is_mentioned(hall):
    make_session("One", room=hall, parts=[("panellist", make_speaker())])
    assert levels("no_chair") == [Severity.INFO]


def test_ceremony_needs_no_chair(hall):
    make_session("One", kind="ceremony", room=hall, parts=[("remarks", make_speaker())])
    assert found("no_chair") == []


def test_portrait_and_biography_are_missed(hall):
    a_whole_session(room=hall, chair=make_speaker("Linh"))
    assert levels("no_portrait") == levels("no_biography") == [Severity.INFO]


def test_portrait_must_be_described(hall):
    a_whole_session(room=hall, chair=a_whole_speaker("Linh", portrait_alt_en="", portrait_alt_vi=""))
    assert levels("portrait_without_words") == [Severity.WARNING]


def test_speaker_with_portrait_and_biography_misses_nothing(hall):
    a_whole_session(room=hall)
    assert not rules() & {"no_portrait", "no_biography", "portrait_without_words"}


def test_speaker_who_is_in_no_session_misses_nothing():
    make_speaker("Linh")
    assert find_issues() == []


# Who can follow


def test_language_of_the_audience_without_interpretation_is_found(hall):
    a_whole_session(room=hall, interpretation=["fr"])
    (finding,) = found("no_interpretation")
    assert finding.severity == Severity.WARNING
    assert finding.text == "“Opening” is held in English. No interpretation into: Vietnamese."


def test_session_that_the_audience_can_follow_is_fine(hall):
    a_whole_session(room=hall, languages=["vi"], interpretation=["en"])
    assert not rules() & {"no_interpretation", "no_floor_language", "audience_unknown"}


def test_session_without_a_language_is_found(hall):
    a_whole_session(room=hall, languages=[])
    assert levels("no_floor_language") == [Severity.WARNING]


def test_languages_of_the_audience_are_asked_for(conference, hall):
    Conference.objects.update(languages=[])
    a_whole_session(room=hall)
    (finding,) = find_issues()
    assert (finding.check, finding.severity) == ("audience_unknown", Severity.INFO)
    assert [row.kind for row in finding.rows] == ["conference"]


# What is written


def test_missing_translation_is_named_as_the_form_names_it(hall):
    a_whole_session(room=hall, title_vi="", summary_vi="Lời chào.")
    (finding,) = found("missing_translation")
    assert finding.severity == Severity.WARNING
    assert finding.text == (
        "The translation of “Opening” is incomplete. Missing: title (Vietnamese), summary (English)."
    )


@pytest.mark.parametrize("row", [make_room, make_theme])
def test_rooms_and_themes_must_be_translated(row):
    row("One")
    assert levels("missing_translation") == [Severity.WARNING]


def test_speaker_whom_nobody_sees_is_only_mentioned():
    make_speaker("Linh", function_en="Mediator")
    assert levels("missing_translation") == [Severity.INFO]


def test_speaker_on_stage_must_be_translated(hall):
    a_whole_session(room=hall, chair=a_whole_speaker("Linh", function_en="Mediator"))
    assert levels("missing_translation") == [Severity.WARNING]


def test_name_that_is_the_same_in_every_language_needs_no_translation(hall):
    a_whole_session(room=hall, chair=a_whole_speaker("Linh", name_vi=""))
    assert found("missing_translation") == []


def test_who_is_awaited_must_be_translated(hall):
    make_participation(a_whole_session(room=hall), "Somebody")
    assert levels("missing_translation_of_who_is_awaited") == [Severity.WARNING]


def test_who_is_awaited_in_every_language_is_translated(hall):
    make_participation(a_whole_session(room=hall), "Somebody", placeholder_vi="Ai đó")
    assert found("missing_translation_of_who_is_awaited") == []


def test_translation_that_is_behind_is_found(hall):
    a_whole_session(room=hall, stale_translations=["title"])
    (finding,) = find_issues()
    assert (finding.check, finding.severity) == ("stale_translation", Severity.WARNING)
    assert "title (Vietnamese)" in finding.text


@pytest.mark.parametrize("stale", [[], ["summary"], ["nothing of the kind"], [["title"]], [None, 7]])
def test_what_is_not_translated_cannot_be_behind(hall, stale):
    a_whole_session(room=hall, stale_translations=stale)
    assert found("stale_translation") == []


def test_same_title_twice_is_found_once_whatever_its_marks(hall):
    linh = a_whole_speaker("Linh")
    a_whole_session("Hòa bình", room=hall, slug="one", chair=linh)
    a_whole_session("Hoa Binh", room=hall, chair=linh, starts_at=december(8, 9), ends_at=december(8, 10))
    (finding,) = found("same_title_twice")
    assert finding.severity == Severity.WARNING
    assert "7 Dec 2020" in finding.text
    assert "8 Dec 2020" in finding.text


def test_breaks_and_daily_exhibitions_may_share_a_title(hall):
    for kind in ("break", "exhibition"):
        for day in (7, 8):
            make_session(
                "Daily",
                kind=kind,
                slug=f"{kind}-{day}",
                room=hall,
                starts_at=december(day, 9),
                ends_at=december(day, 10),
            )
    assert found("same_title_twice") == []


def test_cancelled_session_must_say_why(hall):
    a_whole_session(room=hall, status="cancelled")
    assert levels("cancelled_without_a_notice") == [Severity.WARNING]


def test_cancelled_session_that_says_why_is_fine(hall):
    a_whole_session(room=hall, status="cancelled", notice_en="The speaker is ill.", notice_vi="Diễn giả ốm.")
    assert find_issues() == []


# Balance


def a_panel(*people, awaited=0):
    session = a_whole_session(chair=a_whole_speaker("First", **people[0]), room=make_room())
    for number, facts in enumerate(people[1:]):
        make_participation(session, a_whole_speaker(f"Other {number}", **facts), confirmed=True)
    for _ in range(awaited):
        make_participation(session, "Somebody", placeholder_vi="Ai đó")


def test_panel_of_one_stated_gender_is_mentioned():
    a_panel(*[{"gender": "man"}] * 3, {})
    (finding,) = found("one_gender")
    assert finding.severity == Severity.INFO
    assert [row.kind for row in finding.rows] == ["session"]


def test_panel_of_several_genders_is_balanced():
    a_panel({"gender": "man"}, {"gender": "man"}, {"gender": "woman"})
    assert found("one_gender") == []


@pytest.mark.parametrize("unknown", [[{}] * 4, [{}] * 40])
def test_nothing_is_said_of_gender_where_fewer_than_half_have_stated_it(unknown):
    a_panel(*[{"gender": "man"}] * 3, *unknown)
    assert found("one_gender") == []


def test_nothing_is_said_of_gender_where_half_of_the_panel_is_awaited():
    a_panel(*[{"gender": "man"}] * 3, placeholder=4)
    assert found("one_gender") == []


def test_panel_from_one_region_is_mentioned():
    a_panel({"country": "NO"}, {"country": "SE"}, {"country": "US"})
    (finding,) = found("one_region")
    assert finding.severity == Severity.INFO
    assert "Western European and other States" in finding.text


@pytest.mark.parametrize("countries", [["NO", "SE", "VN"], ["NO", "SE"], ["NO", "SE", "NO", "", "", "", ""]])
def test_panel_from_several_or_unknown_regions_is_not(countries):
    a_panel(*({"country": country} for country in countries))
    assert found("one_region") == []


def test_each_member_state_stands_in_one_regional_group():
    states = [code for codes in MEMBER_STATES.values() for code in codes.split()]
    # All but Kiribati, which belongs to none.
    assert len(states) == len(set(states)) == 192
    assert {group: len(codes.split()) for group, codes in MEMBER_STATES.items()} == {
        Region.AFRICA: 54,
        Region.ASIA_PACIFIC: 53,
        Region.EASTERN_EUROPE: 23,
        Region.LATIN_AMERICA: 33,
        Region.WESTERN_EUROPE: 29,
    }


@pytest.mark.parametrize("code", ["", "KI", "XX", "vn"])
def test_what_is_in_no_group_has_no_region(code):
    assert get_region(code) is None


# Whatever a draft holds


def texts(*names):
    return st.fixed_dictionaries(dict.fromkeys(names, text))


text = st.dictionaries(st.sampled_from(["en", "vi"]), st.text(min_size=1, max_size=10)).map(LocalizedText)
moments = st.datetimes(timezones=st.just(datetime.UTC))
times = st.none() | st.times()
stale = st.lists(st.sampled_from(["title", "name", "nonsense"])).map(tuple)
codes = st.lists(st.sampled_from(["en", "vi", "fr", "xx"])).map(tuple)


def rows(kind):
    return st.builds(RowReference, st.just(kind), st.uuids().map(str), st.text(max_size=10))


rooms = st.builds(
    DraftRoom,
    rows("room"),
    text,
    st.booleans(),
    times,
    times,
    texts("name", "place", "access"),
    stale,
)
people = st.builds(
    DraftSpeaker,
    rows("speaker"),
    text,
    st.sampled_from(["", "VN", "NO", "XX"]),
    st.sampled_from(["", "man", "woman", "other"]),
    st.booleans(),
    texts("biography", "portrait_alt", "function"),
    stale,
)


@st.composite
def drafts(draw):
    known_rooms = draw(st.lists(rooms, max_size=2))
    known_people = draw(st.lists(people, max_size=3))
    someone = st.sampled_from([None, *known_people])
    parts = st.builds(
        DraftParticipation, st.sampled_from(Participation.Role.values), someone, text, st.booleans(), st.booleans()
    )
    sessions = st.builds(
        DraftSession,
        rows("session"),
        text,
        st.sampled_from(Session.Kind.values),
        st.sampled_from(Session.Status.values),
        st.sampled_from(Session.Format.values),
        moments,
        moments,
        st.sampled_from([None, *known_rooms]),
        codes,
        codes,
        st.lists(parts, max_size=4).map(tuple),
        texts("title", "summary", "notice"),
        stale,
    )
    return DraftProgramme(
        row=draw(rows("conference")),
        time_zone=ZoneInfo(draw(st.sampled_from(["Asia/Ho_Chi_Minh", "America/New_York", "UTC"]))),
        starts_on=draw(st.dates()),
        ends_on=draw(st.dates()),
        languages=draw(codes),
        rooms=tuple(known_rooms),
        themes=(),
        speakers=tuple(known_people),
        sessions=tuple(sorted(draw(st.lists(sessions, max_size=5)), key=lambda s: (s.starts_at, s.ends_at, s.row.id))),
    )


@settings(deadline=None)
@given(drafts())
def test_no_draft_is_too_strange_to_be_checked(draft):
    for finding in run_checks(draft):
        assert isinstance(finding, Issue)
        assert finding.text
        assert finding.rows


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 5)), max_size=8))
def test_every_session_that_overlaps_another_is_in_some_pair_and_no_other(spans):
    sessions = [SimpleNamespace(starts_at=start, ends_at=start + length) for start, length in sorted(spans)]
    pairs = list(find_overlaps(sessions))
    met = {id(session) for pair in pairs for session in pair}
    meant = {
        id(one)
        for one in sessions
        for other in sessions
        if one is not other and one.starts_at < other.ends_at and other.starts_at < one.ends_at
    }
    assert met == meant
    assert len(pairs) < max(len(sessions), 1)


def test_a_large_programme_is_checked_while_a_page_waits(hall):
    rooms = [make_room() for _ in range(20)]
    people = Speaker.objects.bulk_create(
        Speaker(name_en=f"Speaker {n}", sort_name=f"{n}", slug=f"speaker-{n}", country="VN") for n in range(900)
    )
    sessions = Session.objects.bulk_create(
        Session(
            title_en=f"Session {n}",
            slug=f"session-{n}",
            kind="workshop",
            status="confirmed",
            room=rooms[n % 20],
            starts_at=december(7, 8) + datetime.timedelta(minutes=45 * (n // 20)),
            ends_at=december(7, 9) + datetime.timedelta(minutes=45 * (n // 20)),
        )
        for n in range(900)
    )
    Participation.objects.bulk_create(
        Participation(session=session, speaker=people[(3 * n + k) % 900], role="panellist")
        for n, session in enumerate(sessions)
        for k in range(3)
    )
    began = perf_counter()
    assert len(find_issues()) > 900
    # Measured at 0.3 s where everything is wrong; the bound allows for a busy machine and no more than linear growth.
    assert perf_counter() - began < 3


def test_every_rule_is_registered_once():
    assert len({rule.__name__ for rule in CHECKS}) == len(CHECKS)
