"""Tests of the timetable editor: the grid, the page and moves."""

import datetime
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import Permission
from django.db import connections

from sessions.admin.timetable_grid import (
    ONE_DAY,
    SessionCard,
    TimetableGrid,
    build_grid,
    load_session_cards,
    make_placement_token,
)
from sessions.models import Session

from .. import factories
from ..users import admin_client_for, count_queries, make_organizer, make_superuser

DAY = "/admin/programme/session/board/2020-12-07/"

pytestmark = pytest.mark.django_db


def get_html(response):
    return response.content.decode()


def make_move_data(session, **changes):
    """Return the data of a session's move form, with changes."""
    start = session.starts_at.astimezone(factories.HA_NOI)
    data = {
        "session": str(session.pk),
        "version": make_placement_token(session),
        "day": start.date().isoformat(),
        "start": start.strftime("%H:%M"),
        "room": str(session.room_id or ""),
    }
    return data | changes


def post_for_json(client, data):
    return client.post(DAY, data, headers={"accept": "application/json"})


def make_cards(*sessions):
    return [SessionCard(session, frozenset(), session.room) for session in sessions]


def get_titles(grid):
    """Return the title in each cell, row by row; None for an empty cell."""
    return [[cell.card and cell.card.session.title_en for cell in cells] for _time, cells in grid.rows]


# Grid


def test_build_grid_session_spans_rows_from_start_to_end():
    hall, blue = factories.make_room(order=1), factories.make_room(order=2)
    long = factories.make_session(
        "Long", room=hall, starts_at=factories.december(7, 9), ends_at=factories.december(7, 12)
    )
    short = factories.make_session(
        "Short", room=blue, starts_at=factories.december(7, 10), ends_at=factories.december(7, 11)
    )
    grid = build_grid(make_cards(long, short), [hall, blue])
    assert get_titles(grid) == [["Long", None], ["Short"], [None], [None, None]]
    assert grid.rows[0][1][0].rows == 3


def test_build_grid_overlapping_sessions_get_own_columns():
    hall = factories.make_room()
    one = factories.make_session(
        "One", room=hall, starts_at=factories.december(7, 9), ends_at=factories.december(7, 11)
    )
    two = factories.make_session(
        "Two", room=hall, starts_at=factories.december(7, 10), ends_at=factories.december(7, 12)
    )
    grid = build_grid(make_cards(one, two), [hall])
    assert grid.rooms == [(hall, 2)]
    assert get_titles(grid) == [["One", None], ["Two"], [None], [None, None]]


def test_build_grid_consecutive_sessions_share_column():
    hall = factories.make_room()
    one = factories.make_session(
        "One", room=hall, starts_at=factories.december(7, 9), ends_at=factories.december(7, 10)
    )
    two = factories.make_session(
        "Two", room=hall, starts_at=factories.december(7, 10), ends_at=factories.december(7, 11)
    )
    assert build_grid(make_cards(one, two), [hall]).rooms == [(hall, 1)]


def test_build_grid_without_sessions_has_rooms():
    hall = factories.make_room()
    assert build_grid([], [hall]) == TimetableGrid([(hall, 1)], [])


# Page


@pytest.mark.parametrize("language", ["", "/vi"])
def test_timetable_shows_all_sessions_of_day(superuser_client, language):
    factories.make_session("In the hall", room=factories.make_room())
    factories.make_session("Only a draft", room=factories.make_room(), status="draft")
    factories.make_session("Nowhere yet")
    factories.make_session("The day after", starts_at=factories.december(8, 9), ends_at=factories.december(8, 10))
    page = get_html(superuser_client.get(language + DAY))
    assert re.findall('data-title="([^"]*)"', page) == ["In the hall", "Only a draft", "Nowhere yet"]


def test_timetable_day_is_in_conference_time_zone(superuser_client):
    factories.make_session("Early", starts_at=factories.december(8, 0, 30), ends_at=factories.december(8, 2))
    assert 'data-title="Early"' not in get_html(superuser_client.get(DAY))
    assert 'data-title="Early"' in get_html(superuser_client.get(DAY.replace("07", "08")))


def test_timetable_links_to_all_days(superuser_client):
    factories.make_session(starts_at=factories.december(5, 9), ends_at=factories.december(5, 10))
    page = get_html(superuser_client.get(DAY))
    days = re.findall(r'href="/admin/programme/session/board/([0-9-]+)/"', page)
    assert days == ["2020-12-05", "2020-12-07", "2020-12-08", "2020-12-09"]


def test_timetable_without_day_redirects_to_first_day(superuser_client):
    assert superuser_client.get("/admin/programme/session/board/").headers["Location"] == DAY


@pytest.mark.slow
def test_timetable_query_count_is_independent_of_sessions(superuser_client):
    def add(n):
        for number in range(n):
            start = factories.december(7, 8) + number * datetime.timedelta(minutes=10)
            parts = [("chair", factories.make_speaker()), ("panellist", factories.make_speaker())]
            factories.make_session(
                room=factories.make_room(), parts=parts, starts_at=start, ends_at=start + ONE_DAY / 24
            )

    add(1)
    small = count_queries(superuser_client, DAY)
    add(59)
    assert count_queries(superuser_client, DAY) == small


def test_timetable_shows_conflict_on_both_sessions(superuser_client):
    hall, linh = factories.make_room(), factories.make_speaker()
    factories.make_session("One", room=hall, parts=[("chair", linh)])
    factories.make_session("Two", room=hall)
    factories.make_session("Three", room=factories.make_room(), parts=[("panellist", linh)])
    page = get_html(superuser_client.get(DAY))
    for words in ("Same room as: Two.", "Same room as: One.", "Same speaker as: Three."):
        assert words in page


def test_load_session_cards_cancelled_session_has_no_conflicts(superuser_client):
    hall = factories.make_room()
    factories.make_session("One", room=hall)
    factories.make_session("Two", room=hall, status="cancelled", notice_en="Rain.")
    assert not any(card.room_conflicts for card in load_session_cards(datetime.date(2020, 12, 7)))


def test_timetable_without_sessions_shows_notice(superuser_client):
    assert "No sessions on this day." in get_html(superuser_client.get(DAY))


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_timetable_of_implausible_day_is_not_found(superuser_client, day):
    assert superuser_client.get(f"/admin/programme/session/board/{day}/").status_code == 404


def test_timetable_escapes_titles_and_has_no_inline_code(superuser_client):
    factories.make_session('"><img src=x onerror=1>', slug="malicious", room=factories.make_room())
    page = get_html(superuser_client.get(DAY))
    assert not re.search(r"<style|\sstyle=|<img|<script[^>]*>[^<]", page)


# Moves


def test_move_changes_time_and_room_and_keeps_duration(superuser_client):
    session, blue = factories.make_session(room=factories.make_room()), factories.make_room()
    response = superuser_client.post(DAY, make_move_data(session, start="09:05", room=str(blue.pk)))
    assert response.headers["Location"] == DAY
    session.refresh_from_db()
    assert (session.starts_at, session.ends_at, session.room) == (
        factories.december(7, 9, 5),
        factories.december(7, 10, 35),
        blue,
    )


def test_move_to_other_day_changes_date(superuser_client):
    session = factories.make_session()
    superuser_client.post(DAY, make_move_data(session, day="2020-12-09"))
    session.refresh_from_db()
    assert session.starts_at == factories.december(9, 18)


def test_move_without_room_clears_room(superuser_client):
    session = factories.make_session(room=factories.make_room())
    superuser_client.post(DAY, make_move_data(session, room=""))
    session.refresh_from_db()
    assert session.room is None


def test_move_shows_message_and_records_user(superuser_client):
    session = factories.make_session("Opening", room=factories.make_room("Main Hall"))
    page = get_html(superuser_client.post(DAY, make_move_data(session, start="09:00"), follow=True))
    assert "“Opening” is now on Monday, 7 December 2020, 09:00–10:30, Main Hall." in page
    assert session.history.first().history_user.is_superuser


def test_move_to_same_placement_creates_no_history(superuser_client):
    session = factories.make_session()
    superuser_client.post(DAY, make_move_data(session))
    assert session.history.count() == 1


def test_move_as_json_returns_placement(superuser_client):
    session, hall = factories.make_session(), factories.make_room()
    result = post_for_json(superuser_client, make_move_data(session, start="09:05", room=str(hall.pk))).json()
    session.refresh_from_db()
    assert result["version"] == make_placement_token(session)
    assert (result["start_minute"], result["duration_minutes"], result["room"], result["is_shown_day"]) == (
        545,
        90,
        str(hall.pk),
        True,
    )


def test_move_as_json_returns_issues_of_all_sessions(superuser_client):
    hall = factories.make_room()
    one, two = factories.make_session("One", room=hall), factories.make_session("Two")
    issues = post_for_json(superuser_client, make_move_data(two, room=str(hall.pk))).json()["issues"]
    for session in (one, two):
        assert any("One" in text and "Two" in text for text in issues[str(session.pk)])
    two.refresh_from_db()
    issues = post_for_json(superuser_client, make_move_data(two, room="")).json()["issues"]
    assert not any("Two" in text for text in issues.get(str(one.pk), []))


def test_move_as_json_returns_toolbar(superuser_client):
    session = factories.make_session()
    factories.publish_release()
    assert (
        "1 unpublished change" in post_for_json(superuser_client, make_move_data(session, start="09:05")).json()["bar"]
    )


def test_move_as_json_without_release_permission_returns_no_toolbar(conference):
    user = make_organizer()
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_session", "change_session"]))
    assert (
        post_for_json(admin_client_for(user), make_move_data(factories.make_session(), start="09:05")).json()["bar"]
        == ""
    )


def test_move_with_outdated_version_shows_changes(superuser_client, viewer_client):
    session = factories.make_session("Opening", room=factories.make_room("Main Hall"))
    data = make_move_data(session, start="08:00")
    superuser_client.post(DAY, make_move_data(session, start="20:00"))
    response = superuser_client.post(DAY, data)
    assert response.status_code == 409
    assert "changed “Opening” in the meantime (start: 7 Dec 2020, 18:00 → 7 Dec 2020, 20:00;" in get_html(response)
    session.refresh_from_db()
    assert session.starts_at == factories.december(7, 20)


def test_move_as_json_with_outdated_version_returns_placement(superuser_client):
    session, hall = factories.make_session(), factories.make_room("Main Hall")
    data = make_move_data(session, start="08:00")
    superuser_client.post(DAY, make_move_data(session, room=str(hall.pk)))
    response = post_for_json(superuser_client, data)
    result = response.json()
    assert response.status_code == 409
    assert (result["start_minute"], result["room"]) == (18 * 60, str(hall.pk))
    assert "room: none → Main Hall" in result["message"]


def test_move_after_edit_of_text_succeeds(superuser_client):
    session = factories.make_session()
    data = make_move_data(session, start="08:00")
    session.title_en = "Renamed"
    session.save()
    superuser_client.post(DAY, data)
    session.refresh_from_db()
    assert (session.title_en, session.starts_at) == ("Renamed", factories.december(7, 8))


def test_move_of_deleted_session_shows_error(superuser_client):
    session = factories.make_session()
    data = make_move_data(session, start="08:00")
    session.delete()
    response = superuser_client.post(DAY, data)
    assert response.status_code == 409
    assert "this session was deleted" in get_html(response)


@pytest.mark.parametrize(
    "invalid",
    [
        {"start": ""},
        {"start": "25:00"},
        {"day": "2020-02-30"},
        {"day": "9999-12-31"},
        {"day": "0001-01-01"},
        {"room": "x"},
        {"room": "7d444840-9dc0-11d1-b245-5ffdce74fad2"},
        {"session": "x"},
        {"version": ""},
    ],
)
def test_move_with_invalid_data_changes_nothing(superuser_client, invalid):
    session = factories.make_session()
    response = superuser_client.post(DAY, make_move_data(session, start="08:00") | invalid)
    assert response.status_code == 400
    assert "Not moved" in get_html(response)
    assert Session.objects.get().starts_at == factories.december(7, 18)


@pytest.mark.parametrize("version", ["x", "||", "|||", "a|b|c|d", "|||||||"])
def test_move_with_malformed_version_changes_nothing(superuser_client, version):
    session = factories.make_session()
    assert superuser_client.post(DAY, make_move_data(session, start="08:00", version=version)).status_code == 409
    assert Session.objects.get().starts_at == factories.december(7, 18)


def test_timetable_get_with_move_data_changes_nothing(superuser_client):
    session = factories.make_session()
    assert superuser_client.get(DAY, make_move_data(session, start="08:00")).status_code == 200
    assert Session.objects.get().starts_at == factories.december(7, 18)


# Permissions


def test_timetable_for_viewer_has_no_move_form(viewer_client):
    factories.make_session("Opening", room=factories.make_room())
    page = get_html(viewer_client.get(DAY))
    assert 'data-title="Opening"' in page
    assert "editor-move" not in page


def test_move_by_viewer_is_forbidden(viewer_client):
    session = factories.make_session()
    response = viewer_client.post(DAY, make_move_data(session, start="08:00"))
    assert response.status_code == 403
    assert "do not have access to this page" in get_html(response)
    assert Session.objects.get().starts_at == factories.december(7, 18)


@pytest.mark.parametrize("group", ["Registrars", "Communications"])
def test_timetable_without_permission_is_forbidden(conference, group):
    client = admin_client_for(make_organizer(group))
    assert client.get(DAY).status_code == 403
    assert client.get("/admin/programme/session/board/").status_code == 403
    assert client.post(DAY, {}).status_code == 403


def test_move_without_csrf_token_is_forbidden(conference):
    client = admin_client_for(make_superuser(), enforce_csrf_checks=True)
    session = factories.make_session()
    assert client.post(DAY, make_move_data(session, start="08:00")).status_code == 403
    assert Session.objects.get().starts_at == factories.december(7, 18)


# Concurrency


def run_concurrently(*jobs):
    """Run all jobs at the same time, each with its own connection, and return their results."""
    barrier = threading.Barrier(len(jobs))

    def run(job):
        barrier.wait(timeout=60)
        try:
            return job()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_concurrent_moves_only_first_succeeds(conference):
    session = factories.make_session(room=factories.make_room())
    clients = [admin_client_for(make_superuser()) for _ in range(4)]
    moves = [make_move_data(session, start=f"{9 + number:02}:00") for number in range(4)]
    jobs = [
        lambda superuser_client=superuser_client, data=data: post_for_json(superuser_client, data)
        for superuser_client, data in zip(clients, moves, strict=True)
    ]
    responses = run_concurrently(*jobs)
    assert sorted(result.status_code for result in responses) == [200, 409, 409, 409]
    moved = next(result.json() for result in responses if result.status_code == 200)
    session.refresh_from_db()
    assert make_placement_token(session) == moved["version"]
    assert {result.json()["version"] for result in responses} == {moved["version"]}


# Days


def test_timetable_of_days_in_one_year_names_them_without_year(superuser_client):
    page = get_html(superuser_client.get(DAY))
    assert ">Monday, 7 December</a>" in page


def test_timetable_of_days_in_two_years_names_them_with_year(superuser_client):
    start = factories.december(7, 18) + 30 * ONE_DAY
    factories.make_session(starts_at=start, ends_at=start + datetime.timedelta(hours=1))
    page = get_html(superuser_client.get(DAY))
    assert ">Monday, 7 December 2020</a>" in page
    assert ">Wednesday, 6 January 2021</a>" in page


def test_add_link_of_timetable_keeps_day(superuser_client):
    [url] = re.findall(r'href="([^"]*/session/add/[^"]*)"', get_html(superuser_client.get(DAY)))
    page = get_html(superuser_client.get(url))
    for name in ("starts_at_0", "ends_at_0"):
        assert re.search(rf'<input[^>]*name="{name}"[^>]*value="2020-12-07"|value="2020-12-07"[^>]*name="{name}"', page)


@pytest.mark.parametrize("day", ["x", "2020-99-99", "99999-01-01", "0001-01-01"])
def test_add_form_ignores_invalid_day(superuser_client, day):
    assert superuser_client.get(f"/admin/programme/session/add/?day={day}").status_code == 200
