"""Tests of the checks of the draft: each reports its issue and nothing else."""

import datetime
from dataclasses import replace
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import escape
from hypothesis import given, settings
from hypothesis import strategies as st

from conference.core.i18n.regions import MEMBER_STATES, Region, get_region
from conference.core.i18n.text import LocalizedText
from conference.models import Conference
from conference.setup.content_loader import load_content
from sessions.checks import (
    CHECKS,
    Severity,
    can_override,
    filter_blocking_issues,
    filter_issues_for_row,
    find_issues,
    run_checks,
)
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
from ..users import admin_client_for, count_queries, make_organizer, make_superuser

LANGUAGES = {"languages": ["en"], "interpretation": ["vi"]}


@pytest.fixture(autouse=True)
def conference(db):
    """A conference whose audience understands English and Vietnamese."""
    return make_conference(languages=["en", "vi"])


@pytest.fixture
def hall():
    return make_room("Main Hall", name_vi="Hội trường lớn")


def make_complete_speaker(name, **changes):
    portrait, _ = Picture.objects.get_or_create(digest="0" * 64, files=[])
    values = {
        "biography_en": "Mediates.",
        "biography_vi": "Hòa giải.",
        "portrait": portrait,
        "portrait_alt_en": "A person.",
        "portrait_alt_vi": "Một người.",
    }
    return make_speaker(name, **values | changes)


def make_complete_session(title="Opening", *, chair=None, **changes):
    """Create a session without issues."""
    session = make_session(title, **{"title_vi": f"{title} (vi)", "format": "both"} | LANGUAGES | changes)
    make_participation(session, chair or make_complete_speaker(f"Chair of {title}"), role="chair", confirmed=True)
    return session


def find_issues_of(check):
    """Return the issues of one check."""
    return [issue for issue in find_issues() if issue.check == check]


def get_check_names():
    return {issue.check for issue in find_issues()}


def get_severities(check):
    return [issue.severity for issue in find_issues_of(check)]


def get_row_labels(issue):
    return [row.label for row in issue.rows]


# All checks


def test_find_issues_complete_programme_returns_none(hall):
    make_complete_session(room=hall)
    make_session("Coffee", kind="break", title_vi="Giải lao", starts_at=december(7, 20), ends_at=december(7, 21))
    assert find_issues() == []


def test_find_issues_without_conference_returns_none():
    Conference.objects.all().delete()
    assert find_issues() == []


@pytest.mark.slow
def test_find_issues_sample_content_has_only_notes():
    Conference.objects.all().delete()
    load_content()
    assert {issue.severity for issue in find_issues()} == {Severity.INFO}


def test_find_issues_are_sorted_by_severity(hall):
    make_session("One", room=hall)
    make_session("Two", room=hall)
    severities = [issue.severity for issue in find_issues()]
    assert severities == sorted(severities)
    assert severities[0] == Severity.ERROR


def test_filter_blocking_issues_returns_errors_only(hall):
    make_session("One", room=hall)
    make_session("Two", room=hall)
    assert [issue.check for issue in filter_blocking_issues(find_issues())] == ["room_double_booked"]


def test_filter_issues_for_row_returns_issues_of_that_row(hall):
    one, two = make_complete_session("One", room=hall), make_complete_session("Two", room=hall)
    three = make_complete_session("Three", room=make_room("Blue", name_vi="Xanh"))
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


def test_row_reference_url_is_change_form():
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


def test_issue_text_is_in_active_language(hall):
    make_complete_session("One", room=hall)
    make_complete_session("Two", room=hall)
    with translation.override("vi"):
        (issue,) = find_issues()
    assert get_row_labels(issue) == ["One (vi)", "Two (vi)", "Hội trường lớn"]
    assert "07/12/2020" in issue.text


def test_issue_text_has_times_in_conference_time_zone(hall):
    make_complete_session("One", room=hall)
    make_complete_session("Two", room=hall, starts_at=december(7, 19), ends_at=december(7, 20))
    with timezone.override("America/New_York"):
        (issue,) = find_issues()
    assert issue.text == ("“One” (7 Dec 2020, 18:00–19:30) and “Two” (7 Dec 2020, 19:00–20:00) are both in Main Hall.")


def count_find_issues_queries():
    with CaptureQueriesContext(connection) as captured:
        find_issues()
    return len(captured)


def test_find_issues_query_count_is_constant(hall):
    def three_more(title):
        for number in range(3):
            session = make_session(
                f"{title} {number}", room=hall, parts=[("chair", make_speaker()), ("panellist", "To be announced")]
            )
            session.themes.add(make_theme())

    three_more("First")
    before = count_find_issues_queries()
    for number in range(9):
        three_more(f"Later {number}")
    assert count_find_issues_queries() == before <= 9


@pytest.fixture
def staff_request(rf):
    """A request of a user who may open every page."""
    request = rf.get("/admin/")
    request.user = User(is_superuser=True)
    return request


def test_issues_template_escapes_names(staff_request):
    make_full_programme()
    Session.objects.filter(slug="budgets").update(room=Room.objects.first(), title_vi=MALICIOUS_TEXT)
    page = render_to_string("admin/programme/_issues.html", {"issues": find_issues()}, staff_request)
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert "<b>" not in page


def test_issues_template_shows_severity_and_links(hall, staff_request):
    one = make_complete_session("One", room=hall)
    make_complete_session("Two", room=hall)
    page = render_to_string("admin/programme/_issues.html", {"issues": find_issues()}, staff_request)
    assert "Blocks publishing" in page
    assert f'<a href="/admin/programme/session/{one.pk}/change/">One</a>' in page


def test_issues_template_without_issues_says_so():
    page = render_to_string("admin/programme/_issues.html", {"issues": []})
    assert "No problems found." in page


# Change forms


def get_change_url(model_name, row):
    return reverse(CHANGE_URL_NAMES[model_name], args=[row.pk])


@pytest.mark.parametrize("model_name", CHANGE_URL_NAMES)
def test_change_form_shows_issues_of_row(conference, model_name):
    linh, peace, hall = make_speaker("Linh"), make_theme("Peace"), make_room("Hall")
    one = make_session("One", room=hall, themes=[peace], parts=[("chair", linh)], starts_at=december(6, 9))
    row = {"session": one, "speaker": linh, "room": hall, "theme": peace, "conference": conference}[model_name]
    page = admin_client_for(make_superuser()).get(get_change_url(model_name, row))
    expected, *_ = filter_issues_for_row(find_issues(), model_name, row.pk)
    assert escape(expected.text) in page.content.decode()


def test_change_form_without_issues_shows_no_section(hall):
    session = make_complete_session(room=hall)
    page = admin_client_for(make_superuser()).get(get_change_url("session", session))
    assert "object-issues" not in page.content.decode()


@pytest.mark.parametrize("group", ["Registrars", "Communications"])
def test_change_form_without_session_permission_hides_issues(conference, group):
    make_session("Secret talks", status="draft", starts_at=december(6, 9))
    page = admin_client_for(make_organizer(group)).get(get_change_url("conference", conference))
    assert page.status_code == 200
    assert "Secret talks" not in page.content.decode()


@pytest.mark.slow
def test_change_form_query_count_is_constant(hall):
    session = make_complete_session(room=hall)
    client = admin_client_for(make_superuser())
    before = count_queries(client, get_change_url("session", session))
    for _ in range(9):
        make_session(room=hall, parts=[("chair", "To be announced")])
    assert count_queries(client, get_change_url("session", session)) == before


# Draft and cancelled sessions


def test_room_double_booked_draft_session_is_warning(hall):
    make_complete_session("One", room=hall)
    make_complete_session("Two", room=hall, status="draft")
    assert get_severities("room_double_booked") == [Severity.WARNING]


def test_find_issues_incomplete_draft_session_has_only_notes():
    make_session("One", status="draft")
    assert {issue.severity for issue in find_issues()} == {Severity.INFO}


def test_find_issues_cancelled_session_does_not_overlap(hall):
    chair = make_complete_speaker("Linh")
    make_complete_session("One", room=hall, chair=chair)
    make_complete_session("Two", room=hall, chair=chair, status="cancelled", notice_en="Ill.", notice_vi="Ốm.")
    assert find_issues() == []


# Schedule


def test_room_double_booked_overlapping_sessions_is_error(hall):
    make_complete_session("One", room=hall)
    make_complete_session("Two", room=hall, starts_at=december(7, 19), ends_at=december(7, 20))
    (issue,) = find_issues_of("room_double_booked")
    assert issue.severity == Severity.ERROR
    assert get_row_labels(issue) == ["One", "Two", "Main Hall"]


def test_room_double_booked_adjacent_sessions_is_not_reported(hall):
    make_complete_session("One", room=hall)
    make_complete_session("Two", room=hall, starts_at=december(7, 19, 30), ends_at=december(7, 20))
    assert find_issues_of("room_double_booked") == []


def test_room_double_booked_names_each_overlapping_session(hall):
    long = make_complete_session("Long", room=hall, ends_at=december(7, 23))
    short = make_complete_session("Short", room=hall, starts_at=december(7, 19), ends_at=december(7, 20))
    late = make_complete_session("Late", room=hall, starts_at=december(7, 22), ends_at=december(7, 23))
    touched = {row.id for issue in find_issues_of("room_double_booked") for row in issue.rows}
    assert {str(session.pk) for session in (long, short, late)} < touched


def test_room_double_booked_exhibition_and_session_is_warning(hall):
    make_complete_session("One", room=hall)
    make_session("Pictures", kind="exhibition", room=hall)
    assert get_severities("room_double_booked") == [Severity.WARNING]


def test_room_double_booked_two_exhibitions_is_warning(hall):
    make_session("Pictures", kind="exhibition", room=hall)
    make_session("Maps", kind="exhibition", room=hall)
    assert get_severities("room_double_booked") == [Severity.WARNING]


def test_room_double_booked_break_in_exhibition_is_not_reported(hall):
    make_session("Pictures", kind="exhibition", room=hall)
    make_session("Coffee", kind="break", room=hall)
    assert find_issues_of("room_double_booked") == []


def load_draft_with(**changes):
    """Return a draft of one session with changed values; the database would refuse some of them."""
    make_complete_session(room=make_room("Only room", name_vi="Phòng duy nhất"))
    draft = load_draft()
    return replace(draft, sessions=tuple(replace(session, **changes) for session in draft.sessions))


def test_end_before_start_blocks_publishing():
    (issue,) = filter_blocking_issues(run_checks(load_draft_with(ends_at=december(7, 17))))
    assert issue.check == "end_before_start"


def test_end_before_start_cannot_be_overridden():
    assert not can_override(filter_blocking_issues(run_checks(load_draft_with(ends_at=december(7, 17)))))


def test_room_double_booked_can_be_overridden(hall):
    for name in ("One", "Two"):
        make_complete_session(name, room=hall)
    assert can_override(filter_blocking_issues(find_issues()))


def test_end_after_start_is_not_reported():
    assert run_checks(load_draft_with(ends_at=december(7, 23))) == []


def test_outside_conference_dates_before_first_day_is_warning():
    make_complete_session(starts_at=december(6, 23), ends_at=december(7, 1))
    assert get_severities("outside_conference_dates") == [Severity.WARNING]


def test_outside_conference_dates_after_last_midnight_is_warning():
    make_complete_session(starts_at=december(9, 23), ends_at=december(10, 0, 30))
    assert get_severities("outside_conference_dates") == [Severity.WARNING]


def test_outside_conference_dates_until_last_midnight_is_not_reported():
    make_complete_session(starts_at=december(9, 23), ends_at=december(10, 0))
    assert find_issues_of("outside_conference_dates") == []


def hours(opens, closes):
    times = [value and datetime.time.fromisoformat(value) for value in (opens, closes)]
    return dict(zip(("opens_at", "closes_at"), times, strict=True))


@pytest.mark.parametrize(
    ("opens", "closes"), [("18:30", None), (None, "19:00"), ("08:00", "19:00"), ("19:00", "02:00")]
)
def test_outside_room_hours_closed_room_is_warning(opens, closes):
    make_complete_session(room=make_room(**hours(opens, closes)))
    assert get_severities("outside_room_hours") == [Severity.WARNING]


@pytest.mark.parametrize(
    ("opens", "closes"), [(None, None), ("18:00", "19:30"), (None, "19:30"), ("17:00", "02:00"), ("08:00", "00:00")]
)
def test_outside_room_hours_open_room_is_not_reported(opens, closes):
    make_complete_session(room=make_room(**hours(opens, closes)))
    assert find_issues_of("outside_room_hours") == []


def test_outside_room_hours_after_midnight_in_late_room_is_not_reported():
    make_complete_session(
        room=make_room(**hours("17:00", "02:00")), starts_at=december(8, 0, 30), ends_at=december(8, 1, 30)
    )
    assert find_issues_of("outside_room_hours") == []


def test_no_room_is_warning():
    make_complete_session(room=None)
    assert get_severities("no_room") == [Severity.WARNING]


def test_no_room_online_session_or_break_is_not_reported():
    make_complete_session(room=None, format="online")
    make_session("Coffee", kind="break", room=None)
    assert find_issues_of("no_room") == []


# Speakers


def make_two_sessions_of(speaker, first, second, **changes):
    """Create two overlapping sessions with roles of one speaker; changes apply to the second."""
    one = make_complete_session("One", room=make_room())
    two = make_complete_session("Two", room=make_room(), **changes)
    make_participation(one, speaker, role=first, confirmed=True)
    make_participation(two, speaker, role=second, confirmed=True)


def test_speaker_double_booked_panellist_is_error():
    make_two_sessions_of(make_complete_speaker("Linh"), "panellist", "panellist")
    (issue,) = find_issues_of("speaker_double_booked")
    assert issue.severity == Severity.ERROR
    assert get_row_labels(issue) == ["One", "Two", "Linh"]


def test_speaker_double_booked_speech_only_is_warning():
    make_two_sessions_of(make_complete_speaker("Linh"), "remarks", "panellist")
    assert get_severities("speaker_double_booked") == [Severity.WARNING]


def test_speaker_double_booked_consecutive_sessions_is_not_reported():
    make_two_sessions_of(
        make_complete_speaker("Linh"), "panellist", "panellist", starts_at=december(8, 9), ends_at=december(8, 10)
    )
    assert find_issues_of("speaker_double_booked") == []


def test_speaker_double_booked_two_roles_in_session_is_not_reported(hall):
    linh = make_complete_speaker("Linh")
    make_participation(make_complete_session(room=hall, chair=linh), linh, role="keynote", confirmed=True)
    assert find_issues_of("speaker_double_booked") == find_issues_of("chair_double_booked") == []


def test_chair_double_booked_is_error():
    make_two_sessions_of(make_complete_speaker("Linh"), "moderator", "chair")
    assert get_severities("chair_double_booked") == [Severity.ERROR]
    assert find_issues_of("speaker_double_booked") == []


@pytest.mark.parametrize(("role", "severity"), [("panellist", Severity.ERROR), ("remarks", Severity.WARNING)])
def test_speaker_double_booked_who_chairs_one_session_is_reported_as_speaker(role, severity):
    make_two_sessions_of(make_complete_speaker("Linh"), "moderator", role)
    assert find_issues_of("chair_double_booked") == []
    assert get_severities("speaker_double_booked") == [severity]


def test_chair_double_booked_consecutive_sessions_is_not_reported():
    make_two_sessions_of(
        make_complete_speaker("Linh"), "chair", "chair", starts_at=december(8, 9), ends_at=december(8, 10)
    )
    assert find_issues_of("chair_double_booked") == []


def test_insufficient_transfer_time_five_minutes_is_warning():
    make_two_sessions_of(
        make_complete_speaker("Linh"), "panellist", "panellist", starts_at=december(7, 19, 35), ends_at=december(7, 21)
    )
    (issue,) = find_issues_of("insufficient_transfer_time")
    assert issue.severity == Severity.WARNING
    assert "less than 10 minutes" in issue.text


def test_insufficient_transfer_time_ten_minutes_is_not_reported():
    make_two_sessions_of(
        make_complete_speaker("Linh"), "panellist", "panellist", starts_at=december(7, 19, 40), ends_at=december(7, 21)
    )
    assert find_issues_of("insufficient_transfer_time") == []


def test_insufficient_transfer_time_same_room_or_video_is_not_reported(hall):
    linh, ingrid = make_complete_speaker("Linh"), make_complete_speaker("Ingrid")
    one = make_complete_session("One", room=hall, chair=linh)
    make_complete_session("Two", room=hall, chair=linh, starts_at=december(7, 19, 30), ends_at=december(7, 20))
    three = make_complete_session("Three", room=make_room(), starts_at=december(7, 19, 30), ends_at=december(7, 20))
    for session in (one, three):
        make_participation(session, ingrid, online=True, confirmed=True)
    assert find_issues_of("insufficient_transfer_time") == []


def test_no_speakers_is_warning(hall):
    make_session("One", room=hall)
    assert get_severities("no_speakers") == [Severity.WARNING]


def test_no_speakers_break_or_exhibition_is_not_reported(hall):
    make_session("Coffee", kind="break")
    make_session("Pictures", kind="exhibition", room=hall, languages=[])
    assert get_check_names() <= {"missing_translation"}
    assert find_issues_of("no_speakers") == []


def test_unconfirmed_speakers_are_listed_in_one_warning(hall):
    session = make_complete_session(room=hall)
    for name in ("Linh", "Ingrid"):
        make_participation(session, make_complete_speaker(name))
    (issue,) = find_issues_of("unconfirmed_speakers")
    assert issue.severity == Severity.WARNING
    assert issue.text == "Speakers not confirmed for “Opening”: Linh, Ingrid."
    assert get_row_labels(issue) == ["Opening", "Linh", "Ingrid"]


def test_unconfirmed_speakers_tentative_session_is_note(hall):
    make_participation(make_complete_session(room=hall, status="tentative"), make_complete_speaker("Linh"))
    assert get_severities("unconfirmed_speakers") == [Severity.INFO]


def test_unconfirmed_speakers_confirmed_is_not_reported(hall):
    make_participation(make_complete_session(room=hall), make_complete_speaker("Linh"), confirmed=True)
    assert find_issues_of("unconfirmed_speakers") == []


def test_unnamed_speakers_placeholder_is_note(hall):
    make_participation(
        make_complete_session(room=hall), "Member State, to be announced", placeholder_vi="Sẽ được thông báo"
    )
    (issue,) = find_issues()
    assert (issue.check, issue.severity) == ("unnamed_speakers", Severity.INFO)
    assert "Member State, to be announced" in issue.text


def test_unnamed_speakers_without_placeholder_is_not_reported(hall):
    make_complete_session(room=hall)
    assert find_issues_of("unnamed_speakers") == []


def test_no_chair_panel_is_note(hall):
    make_session("One", room=hall, parts=[("panellist", make_speaker())])
    assert get_severities("no_chair") == [Severity.INFO]


def test_no_chair_ceremony_is_not_reported(hall):
    make_session("One", kind="ceremony", room=hall, parts=[("remarks", make_speaker())])
    assert find_issues_of("no_chair") == []


def test_no_portrait_and_no_biography_are_notes(hall):
    make_complete_session(room=hall, chair=make_speaker("Linh"))
    assert get_severities("no_portrait") == get_severities("no_biography") == [Severity.INFO]


def test_portrait_without_alt_text_is_warning(hall):
    make_complete_session(room=hall, chair=make_complete_speaker("Linh", portrait_alt_en="", portrait_alt_vi=""))
    assert get_severities("portrait_without_alt_text") == [Severity.WARNING]


def test_complete_speaker_profile_is_not_reported(hall):
    make_complete_session(room=hall)
    assert not get_check_names() & {"no_portrait", "no_biography", "portrait_without_alt_text"}


def test_speaker_without_session_is_not_reported():
    make_speaker("Linh")
    assert find_issues() == []


# Languages


def test_no_interpretation_into_audience_language_is_warning(hall):
    make_complete_session(room=hall, interpretation=["fr"])
    (issue,) = find_issues_of("no_interpretation")
    assert issue.severity == Severity.WARNING
    assert issue.text == "“Opening” is held in English. No interpretation into: Vietnamese."


def test_no_interpretation_all_languages_covered_is_not_reported(hall):
    make_complete_session(room=hall, languages=["vi"], interpretation=["en"])
    assert not get_check_names() & {"no_interpretation", "no_floor_language", "audience_languages_unset"}


def test_no_floor_language_is_warning(hall):
    make_complete_session(room=hall, languages=[])
    assert get_severities("no_floor_language") == [Severity.WARNING]


def test_audience_languages_unset_is_note(conference, hall):
    Conference.objects.update(languages=[])
    make_complete_session(room=hall)
    (issue,) = find_issues()
    assert (issue.check, issue.severity) == ("audience_languages_unset", Severity.INFO)
    assert [row.kind for row in issue.rows] == ["conference"]


# Texts


def test_missing_translation_text_has_form_labels(hall):
    make_complete_session(room=hall, title_vi="", summary_vi="Lời chào.")
    (issue,) = find_issues_of("missing_translation")
    assert issue.severity == Severity.WARNING
    assert issue.text == ("The translation of “Opening” is incomplete. Missing: title (Vietnamese), summary (English).")


@pytest.mark.parametrize("row", [make_room, make_theme])
def test_missing_translation_room_or_theme_is_warning(row):
    row("One")
    assert get_severities("missing_translation") == [Severity.WARNING]


def test_missing_translation_unlisted_speaker_is_note():
    make_speaker("Linh", function_en="Mediator")
    assert get_severities("missing_translation") == [Severity.INFO]


def test_missing_translation_listed_speaker_is_warning(hall):
    make_complete_session(room=hall, chair=make_complete_speaker("Linh", function_en="Mediator"))
    assert get_severities("missing_translation") == [Severity.WARNING]


def test_missing_translation_speaker_name_is_optional(hall):
    make_complete_session(room=hall, chair=make_complete_speaker("Linh", name_vi=""))
    assert find_issues_of("missing_translation") == []


def test_missing_placeholder_translation_is_warning(hall):
    make_participation(make_complete_session(room=hall), "To be announced")
    assert get_severities("missing_placeholder_translation") == [Severity.WARNING]


def test_missing_placeholder_translation_complete_is_not_reported(hall):
    make_participation(make_complete_session(room=hall), "To be announced", placeholder_vi="Ai đó")
    assert find_issues_of("missing_placeholder_translation") == []


def test_stale_translation_is_warning(hall):
    make_complete_session(room=hall, stale_translations=["title"])
    (issue,) = find_issues()
    assert (issue.check, issue.severity) == ("stale_translation", Severity.WARNING)
    assert "title (Vietnamese)" in issue.text


@pytest.mark.parametrize("stale", [[], ["summary"], ["unknown"], [["title"]], [None, 7]])
def test_stale_translation_without_translation_is_not_reported(hall, stale):
    make_complete_session(room=hall, stale_translations=stale)
    assert find_issues_of("stale_translation") == []


def test_duplicate_title_ignores_diacritics_and_is_reported_once(hall):
    linh = make_complete_speaker("Linh")
    make_complete_session("Hòa bình", room=hall, slug="one", chair=linh)
    make_complete_session("Hoa Binh", room=hall, chair=linh, starts_at=december(8, 9), ends_at=december(8, 10))
    (issue,) = find_issues_of("duplicate_title")
    assert issue.severity == Severity.WARNING
    assert "7 Dec 2020" in issue.text
    assert "8 Dec 2020" in issue.text


def test_duplicate_title_break_or_exhibition_is_not_reported(hall):
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
    assert find_issues_of("duplicate_title") == []


def test_cancelled_without_notice_is_warning(hall):
    make_complete_session(room=hall, status="cancelled")
    assert get_severities("cancelled_without_notice") == [Severity.WARNING]


def test_cancelled_with_notice_is_not_reported(hall):
    make_complete_session(room=hall, status="cancelled", notice_en="The speaker is ill.", notice_vi="Diễn giả ốm.")
    assert find_issues() == []


# Balance


def make_panel(*speakers, placeholders=0):
    session = make_complete_session(chair=make_complete_speaker("First", **speakers[0]), room=make_room())
    for number, values in enumerate(speakers[1:]):
        make_participation(session, make_complete_speaker(f"Other {number}", **values), confirmed=True)
    for _ in range(placeholders):
        make_participation(session, "To be announced", placeholder_vi="Ai đó")


def test_one_gender_is_note():
    make_panel(*[{"gender": "man"}] * 3, {})
    (issue,) = find_issues_of("one_gender")
    assert issue.severity == Severity.INFO
    assert [row.kind for row in issue.rows] == ["session"]


def test_one_gender_mixed_panel_is_not_reported():
    make_panel({"gender": "man"}, {"gender": "man"}, {"gender": "woman"})
    assert find_issues_of("one_gender") == []


@pytest.mark.parametrize("unknown", [[{}] * 4])
def test_one_gender_stated_by_less_than_half_is_not_reported(unknown):
    make_panel(*[{"gender": "man"}] * 3, *unknown)
    assert find_issues_of("one_gender") == []


def test_one_gender_half_placeholders_is_not_reported():
    make_panel(*[{"gender": "man"}] * 3, placeholders=4)
    assert find_issues_of("one_gender") == []


def test_one_region_is_note():
    make_panel({"country": "NO"}, {"country": "SE"}, {"country": "US"})
    (issue,) = find_issues_of("one_region")
    assert issue.severity == Severity.INFO
    assert "Western European and other States" in issue.text


@pytest.mark.parametrize("countries", [["NO", "SE", "VN"], ["NO", "SE"], ["NO", "SE", "NO", "", "", "", ""]])
def test_one_region_several_or_unknown_regions_is_not_reported(countries):
    make_panel(*({"country": country} for country in countries))
    assert find_issues_of("one_region") == []


def test_regions_each_member_state_is_in_one_group():
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
def test_get_region_unknown_country_is_none(code):
    assert get_region(code) is None


# Any draft


def texts(*names):
    return st.fixed_dictionaries(dict.fromkeys(names, text))


text = st.dictionaries(st.sampled_from(["en", "vi"]), st.text(min_size=1, max_size=10)).map(LocalizedText)
datetimes = st.datetimes(timezones=st.just(datetime.UTC))
times = st.none() | st.times()
stale = st.lists(st.sampled_from(["title", "name", "nonsense"])).map(tuple)
codes = st.lists(st.sampled_from(["en", "vi", "fr", "xx"])).map(tuple)


def rows(kind):
    return st.builds(RowReference, st.just(kind), st.uuids().map(str), st.text(max_size=10))


rooms = st.builds(
    DraftRoom,
    rows("room"),
    text,
    texts("name", "place", "access"),
    stale,
    st.booleans(),
    times,
    times,
)
speakers = st.builds(
    DraftSpeaker,
    rows("speaker"),
    text,
    texts("biography", "portrait_alt", "function"),
    stale,
    st.sampled_from(["", "VN", "NO", "XX"]),
    st.sampled_from(["", "man", "woman", "other"]),
    st.booleans(),
)


@st.composite
def drafts(draw):
    known_rooms = draw(st.lists(rooms, max_size=2))
    known_speakers = draw(st.lists(speakers, max_size=3))
    someone = st.sampled_from([None, *known_speakers])
    parts = st.builds(
        DraftParticipation, st.sampled_from(Participation.Role.values), someone, text, st.booleans(), st.booleans()
    )
    sessions = st.builds(
        DraftSession,
        rows("session"),
        text,
        texts("title", "summary", "notice"),
        stale,
        st.sampled_from(Session.Kind.values),
        st.sampled_from(Session.Status.values),
        st.sampled_from(Session.Format.values),
        datetimes,
        datetimes,
        st.sampled_from([None, *known_rooms]),
        codes,
        codes,
        st.lists(parts, max_size=4).map(tuple),
    )
    return DraftProgramme(
        row=draw(rows("conference")),
        time_zone=ZoneInfo(draw(st.sampled_from(["Asia/Ho_Chi_Minh", "America/New_York", "UTC"]))),
        starts_on=draw(st.dates()),
        ends_on=draw(st.dates()),
        languages=draw(codes),
        rooms=tuple(known_rooms),
        themes=(),
        speakers=tuple(known_speakers),
        sessions=tuple(sorted(draw(st.lists(sessions, max_size=5)), key=lambda s: (s.starts_at, s.ends_at, s.row.id))),
    )


@pytest.mark.slow
@settings(deadline=None)
@given(drafts())
def test_run_checks_any_draft_does_not_fail(draft):
    for issue in run_checks(draft):
        assert isinstance(issue, Issue)
        assert issue.text
        assert issue.rows


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 5)), max_size=8))
def test_find_overlaps_returns_all_overlapping_sessions(spans):
    sessions = [SimpleNamespace(starts_at=start, ends_at=start + length) for start, length in sorted(spans)]
    pairs = list(find_overlaps(sessions))
    paired = {id(session) for pair in pairs for session in pair}
    overlapping = {
        id(one)
        for one in sessions
        for other in sessions
        if one is not other and one.starts_at < other.ends_at and other.starts_at < one.ends_at
    }
    assert paired == overlapping
    assert len(pairs) < max(len(sessions), 1)


@pytest.mark.slow
def test_find_issues_large_programme_finds_issues(hall):
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
    assert len(find_issues()) > 900


def test_checks_are_registered_once():
    assert len({check.__name__ for check in CHECKS}) == len(CHECKS)
