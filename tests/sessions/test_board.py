"""The board: one day of the draft as time by room, and sessions moved on it."""

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


@pytest.fixture
def desk(conference):
    return admin_client_for(make_superuser())


@pytest.fixture
def viewer(conference):
    user = make_organizer()
    user.user_permissions.set(Permission.objects.filter(codename="view_session"))
    return admin_client_for(user)


def shown(response):
    return response.content.decode()


def a_move(session, **changes):
    """The form on a session as it is shown now, with what somebody types in it."""
    start = session.starts_at.astimezone(factories.HA_NOI)
    facts = {
        "session": str(session.pk),
        "version": make_placement_token(session),
        "day": start.date().isoformat(),
        "start": start.strftime("%H:%M"),
        "room": str(session.room_id or ""),
    }
    return facts | changes


def by_script(desk, sent, page=DAY):
    return desk.post(page, sent, headers={"accept": "application/json"})


def cards(*sessions):
    return [SessionCard(session, frozenset(), session.room) for session in sessions]


def titles(table):
    """What begins in each cell, row by row; None where a cell is empty."""
    return [[cell.card and cell.card.session.title_en for cell in cells] for _time, cells in table.rows]


# The table


def test_a_session_fills_the_rows_from_its_start_to_its_end():
    hall, blue = factories.make_room(order=1), factories.make_room(order=2)
    long = factories.make_session(
        "Long", room=hall, starts_at=factories.december(7, 9), ends_at=factories.december(7, 12)
    )
    short = factories.make_session(
        "Short", room=blue, starts_at=factories.december(7, 10), ends_at=factories.december(7, 11)
    )
    table = build_grid(cards(long, short), [hall, blue])
    assert titles(table) == [["Long", None], ["Short"], [None], [None, None]]
    assert table.rows[0][1][0].rows == 3


def test_a_room_in_which_sessions_overlap_has_a_column_for_each():
    hall = factories.make_room()
    one = factories.make_session(
        "One", room=hall, starts_at=factories.december(7, 9), ends_at=factories.december(7, 11)
    )
    two = factories.make_session(
        "Two", room=hall, starts_at=factories.december(7, 10), ends_at=factories.december(7, 12)
    )
    table = build_grid(cards(one, two), [hall])
    assert table.rooms == [(hall, 2)]
    assert titles(table) == [["One", None], ["Two"], [None], [None, None]]


def test_sessions_that_follow_each_other_share_a_column():
    hall = factories.make_room()
    one = factories.make_session(
        "One", room=hall, starts_at=factories.december(7, 9), ends_at=factories.december(7, 10)
    )
    two = factories.make_session(
        "Two", room=hall, starts_at=factories.december(7, 10), ends_at=factories.december(7, 11)
    )
    assert build_grid(cards(one, two), [hall]).rooms == [(hall, 1)]


def test_a_day_without_sessions_still_has_its_rooms():
    hall = factories.make_room()
    assert build_grid([], [hall]) == TimetableGrid([(hall, 1)], [])


# The page


@pytest.mark.parametrize("language", ["", "/vi"])
def test_board_shows_every_session_of_the_day_drafts_and_the_unplaced_included(desk, language):
    factories.make_session("In the hall", room=factories.make_room())
    factories.make_session("Only a draft", room=factories.make_room(), status="draft")
    factories.make_session("Nowhere yet")
    factories.make_session("The day after", starts_at=factories.december(8, 9), ends_at=factories.december(8, 10))
    page = shown(desk.get(language + DAY))
    assert re.findall('data-title="([^"]*)"', page) == ["In the hall", "Only a draft", "Nowhere yet"]


def test_days_are_those_of_the_conferences_clock(desk):
    factories.make_session("Early", starts_at=factories.december(8, 0, 30), ends_at=factories.december(8, 2))
    assert 'data-title="Early"' not in shown(desk.get(DAY))
    assert 'data-title="Early"' in shown(desk.get(DAY.replace("07", "08")))


def test_board_leads_to_every_day_of_the_conference_and_others_with_sessions(desk):
    factories.make_session(starts_at=factories.december(5, 9), ends_at=factories.december(5, 10))
    page = shown(desk.get(DAY))
    days = re.findall(r'href="/admin/programme/session/board/([0-9-]+)/"', page)
    assert days == ["2020-12-05", "2020-12-07", "2020-12-08", "2020-12-09"]


def test_the_board_without_a_day_leads_to_the_first(desk):
    assert desk.get("/admin/programme/session/board/").headers["Location"] == DAY


def test_sixty_sessions_take_as_many_queries_as_one(desk):
    def add(n):
        for number in range(n):
            start = factories.december(7, 8) + number * datetime.timedelta(minutes=10)
            parts = [("chair", factories.make_speaker()), ("panellist", factories.make_speaker())]
            factories.make_session(
                room=factories.make_room(), parts=parts, starts_at=start, ends_at=start + ONE_DAY / 24
            )

    add(1)
    for_one = count_queries(desk, DAY)
    add(59)
    assert count_queries(desk, DAY) == for_one


def test_a_clash_is_said_on_both_sessions(desk):
    hall, linh = factories.make_room(), factories.make_speaker()
    factories.make_session("One", room=hall, parts=[("chair", linh)])
    factories.make_session("Two", room=hall)
    factories.make_session("Three", room=factories.make_room(), parts=[("panellist", linh)])
    page = shown(desk.get(DAY))
    for words in ("Same room as: Two.", "Same room as: One.", "Same speaker as: Three."):
        assert words in page


def test_a_cancelled_session_clashes_with_nothing(desk):
    hall = factories.make_room()
    factories.make_session("One", room=hall)
    factories.make_session("Two", room=hall, status="cancelled", notice_en="Rain.")
    assert not any(card.room_conflicts for card in load_session_cards(datetime.date(2020, 12, 7)))


def test_an_empty_board_says_so(desk):
    assert "No sessions on this day." in shown(desk.get(DAY))


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_that_is_none_is_not_found(desk, day):
    assert desk.get(f"/admin/programme/session/board/{day}/").status_code == 404


def test_no_markup_of_the_board_has_a_script_or_style_of_its_own(desk):
    factories.make_session('"><img src=x onerror=1>', slug="hostile", room=factories.make_room())
    page = shown(desk.get(DAY))
    assert not re.search(r"<style|\sstyle=|<img|<script[^>]*>[^<]", page)


# Moving


def test_a_session_is_moved_in_time_and_to_another_room_and_lasts_as_long(desk):
    session, blue = factories.make_session(room=factories.make_room()), factories.make_room()
    response = desk.post(DAY, a_move(session, start="09:05", room=str(blue.pk)))
    assert response.headers["Location"] == DAY
    session.refresh_from_db()
    assert (session.starts_at, session.ends_at, session.room) == (
        factories.december(7, 9, 5),
        factories.december(7, 10, 35),
        blue,
    )


def test_a_session_is_moved_to_another_day(desk):
    session = factories.make_session()
    desk.post(DAY, a_move(session, day="2020-12-09"))
    session.refresh_from_db()
    assert session.starts_at == factories.december(9, 18)


def test_a_session_can_leave_its_room(desk):
    session = factories.make_session(room=factories.make_room())
    desk.post(DAY, a_move(session, room=""))
    session.refresh_from_db()
    assert session.room is None


def test_a_move_is_told_in_words_and_kept_in_the_history_with_who_did_it(desk):
    session = factories.make_session("Opening", room=factories.make_room("Main Hall"))
    page = shown(desk.post(DAY, a_move(session, start="09:00"), follow=True))
    assert "“Opening” is now on Monday, 7 December, 09:00–10:30, Main Hall." in page
    assert session.history.first().history_user.is_superuser


def test_a_move_to_where_it_is_leaves_no_trace(desk):
    session = factories.make_session()
    desk.post(DAY, a_move(session))
    assert session.history.count() == 1


def test_a_script_is_told_where_the_session_is_now(desk):
    session, hall = factories.make_session(), factories.make_room()
    answer = by_script(desk, a_move(session, start="09:05", room=str(hall.pk))).json()
    session.refresh_from_db()
    assert answer["version"] == make_placement_token(session)
    assert (answer["start_minute"], answer["duration_minutes"], answer["room"], answer["is_shown_day"]) == (
        545,
        90,
        str(hall.pk),
        True,
    )


def test_a_script_is_told_what_the_checks_find_about_every_session_after_the_move(desk):
    hall = factories.make_room()
    one, two = factories.make_session("One", room=hall), factories.make_session("Two")
    findings = by_script(desk, a_move(two, room=str(hall.pk))).json()["issues"]
    for session in (one, two):
        assert any("One" in text and "Two" in text for text in findings[str(session.pk)])
    two.refresh_from_db()
    findings = by_script(desk, a_move(two, room="")).json()["issues"]
    assert not any("Two" in text for text in findings.get(str(one.pk), []))


def test_a_script_is_told_how_much_is_not_published_after_the_move(desk):
    session = factories.make_session()
    factories.publish_release()
    assert "1 unpublished change" in by_script(desk, a_move(session, start="09:05")).json()["bar"]


def test_whoever_may_not_see_releases_is_told_nothing_of_what_is_published(conference):
    user = make_organizer()
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_session", "change_session"]))
    assert by_script(admin_client_for(user), a_move(factories.make_session(), start="09:05")).json()["bar"] == ""


def test_somebody_who_saw_an_older_board_is_refused_and_told_what_the_other_changed(desk, viewer):
    session = factories.make_session("Opening", room=factories.make_room("Main Hall"))
    old = a_move(session, start="08:00")
    desk.post(DAY, a_move(session, start="20:00"))
    response = desk.post(DAY, old)
    assert response.status_code == 409
    assert "changed “Opening” in the meantime (start: 7 Dec 2020, 18:00 → 7 Dec 2020, 20:00;" in shown(response)
    session.refresh_from_db()
    assert session.starts_at == factories.december(7, 20)


def test_a_script_that_saw_an_older_board_is_told_where_the_session_is_now(desk):
    session, hall = factories.make_session(), factories.make_room("Main Hall")
    old = a_move(session, start="08:00")
    desk.post(DAY, a_move(session, room=str(hall.pk)))
    response = by_script(desk, old)
    answer = response.json()
    assert response.status_code == 409
    assert (answer["start_minute"], answer["room"]) == (18 * 60, str(hall.pk))
    assert "room: none → Main Hall" in answer["message"]


def test_who_edits_only_the_words_of_a_session_is_in_nobodys_way(desk):
    session = factories.make_session()
    old = a_move(session, start="08:00")
    session.title_en = "Renamed"
    session.save()
    desk.post(DAY, old)
    session.refresh_from_db()
    assert (session.title_en, session.starts_at) == ("Renamed", factories.december(7, 8))


def test_a_session_that_somebody_has_deleted_is_told_to_be_gone(desk):
    session = factories.make_session()
    sent = a_move(session, start="08:00")
    session.delete()
    response = desk.post(DAY, sent)
    assert response.status_code == 409
    assert "this session was deleted" in shown(response)


@pytest.mark.parametrize(
    "wrong",
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
def test_what_cannot_be_understood_moves_nothing(desk, wrong):
    session = factories.make_session()
    response = desk.post(DAY, a_move(session, start="08:00") | wrong)
    assert response.status_code == 400
    assert "Not moved" in shown(response)
    assert Session.objects.get().starts_at == factories.december(7, 18)


@pytest.mark.parametrize("strange", ["x", "||", "|||", "a|b|c|d", "|||||||"])
def test_a_strange_token_moves_nothing(desk, strange):
    session = factories.make_session()
    assert desk.post(DAY, a_move(session, start="08:00", version=strange)).status_code == 409
    assert Session.objects.get().starts_at == factories.december(7, 18)


def test_looking_moves_nothing(desk):
    session = factories.make_session()
    assert desk.get(DAY, a_move(session, start="08:00")).status_code == 200
    assert Session.objects.get().starts_at == factories.december(7, 18)


# Who may


def test_a_viewer_sees_the_board_without_a_form(viewer):
    factories.make_session("Opening", room=factories.make_room())
    page = shown(viewer.get(DAY))
    assert 'data-title="Opening"' in page
    assert "editor-move" not in page


def test_a_viewer_who_moves_is_refused_in_words(viewer):
    session = factories.make_session()
    response = viewer.post(DAY, a_move(session, start="08:00"))
    assert response.status_code == 403
    assert "do not have access to this page" in shown(response)
    assert Session.objects.get().starts_at == factories.december(7, 18)


@pytest.mark.parametrize("group", ["Registrars", "Communications"])
def test_who_may_not_see_drafts_does_not_see_the_board(conference, group):
    client = admin_client_for(make_organizer(group))
    assert client.get(DAY).status_code == 403
    assert client.get("/admin/programme/session/board/").status_code == 403
    assert client.post(DAY, {}).status_code == 403


def test_a_move_without_the_forms_token_is_refused(conference):
    client = admin_client_for(make_superuser(), enforce_csrf_checks=True)
    session = factories.make_session()
    assert client.post(DAY, a_move(session, start="08:00")).status_code == 403
    assert Session.objects.get().starts_at == factories.december(7, 18)


# Two at once


def at_once(*jobs):
    """Run all at the same moment, each with a connection of its own; what each returned."""
    together = threading.Barrier(len(jobs))

    def run(job):
        together.wait(timeout=10)
        try:
            return job()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


@pytest.mark.django_db(transaction=True)
def test_of_people_who_move_a_session_at_once_one_does_and_the_others_are_told(conference):
    session = factories.make_session(room=factories.make_room())
    desks = [admin_client_for(make_superuser()) for _ in range(4)]
    moves = [a_move(session, start=f"{9 + number:02}:00") for number in range(4)]
    jobs = [lambda desk=desk, sent=sent: by_script(desk, sent) for desk, sent in zip(desks, moves, strict=True)]
    answers = at_once(*jobs)
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    moved = next(answer.json() for answer in answers if answer.status_code == 200)
    session.refresh_from_db()
    assert make_placement_token(session) == moved["version"]
    assert {answer.json()["version"] for answer in answers} == {moved["version"]}
