"""Tests of the agenda layout and of current and next sessions."""

import datetime

import pytest

from sessions.agenda import build_agenda, get_current_sessions, get_next_sessions, get_now_and_next

from ..factories import december, make_room, make_session, publish_release


def day(number):
    return datetime.date(2020, 12, number)


def get_titles(sessions):
    return [str(session.title) for session in sessions]


@pytest.fixture
def three_evenings(conference):
    """Publish one session on each of three evenings."""
    for number in (7, 8, 9):
        make_session(f"Evening {number}", starts_at=december(number, 18), ends_at=december(number, 19))
    return publish_release()


def test_build_agenda_same_start_shares_slot_in_room_order(conference):
    second, first = make_room(order=2), make_room(order=1)
    make_session("Without room")
    make_session("Second", room=second)
    make_session("First", room=first)
    make_session("Later", room=first, starts_at=december(7, 20), ends_at=december(7, 21))
    programme = publish_release()
    (evening,) = build_agenda(programme, programme.sessions)
    assert [get_titles(slot.sessions) for slot in evening.slots] == [["First", "Second", "Without room"], ["Later"]]


def test_build_agenda_different_start_has_own_slot(conference):
    make_session("Long", starts_at=december(7, 18), ends_at=december(7, 21))
    make_session("Short", starts_at=december(7, 19), ends_at=december(7, 20))
    programme = publish_release()
    (evening,) = build_agenda(programme, programme.sessions)
    assert [get_titles(slot.sessions) for slot in evening.slots] == [["Long"], ["Short"]]


def test_build_agenda_exhibition_is_in_the_slot_of_its_start(conference):
    make_session("Mines and bombs", kind="exhibition", ends_at=december(7, 22))
    make_session("Opening")
    make_session("Later", starts_at=december(7, 21), ends_at=december(7, 22))
    programme = publish_release()
    (evening,) = build_agenda(programme, programme.sessions)
    slots = [(get_titles(slot.sessions), get_titles(slot.parallel_sessions)) for slot in evening.slots]
    assert slots == [(["Opening"], ["Mines and bombs"]), (["Later"], [])]


def test_build_agenda_exhibition_alone_has_own_slot(conference):
    make_session("Opening")
    make_session("Mines", kind="exhibition", starts_at=december(7, 18, 30), ends_at=december(7, 22))
    programme = publish_release()
    (evening,) = build_agenda(programme, programme.sessions)
    assert [str(slot.first_session.title) for slot in evening.slots] == ["Opening", "Mines"]


def test_build_agenda_day_with_only_exhibition_is_included(conference):
    make_session("Mines and bombs", kind="exhibition", ends_at=december(7, 22))
    programme = publish_release()
    assert [evening.date for evening in build_agenda(programme, programme.sessions)] == [day(7)]


def test_build_agenda_days_without_given_sessions_are_omitted(three_evenings):
    assert [evening.date for evening in build_agenda(three_evenings, three_evenings.sessions[1:2])] == [day(8)]


def test_build_agenda_without_sessions_is_empty(three_evenings):
    assert build_agenda(three_evenings, []) == []


def test_build_agenda_day_is_start_in_conference_time_zone(conference):
    make_session("Past midnight", starts_at=december(8, 0, 30), ends_at=december(8, 1))
    make_session("Until after midnight", starts_at=december(7, 23), ends_at=december(8, 1))
    programme = publish_release()
    days = build_agenda(programme, programme.sessions)
    assert [(d.date, get_titles(d.slots[0].sessions)) for d in days] == [
        (day(7), ["Until after midnight"]),
        (day(8), ["Past midnight"]),
    ]


@pytest.mark.parametrize(
    ("today", "order"),
    [(None, [7, 8, 9]), (6, [7, 8, 9]), (7, [7, 8, 9]), (8, [8, 9, 7]), (9, [9, 7, 8]), (10, [7, 8, 9])],
)
def test_build_agenda_during_conference_starts_with_today(three_evenings, today, order):
    days = build_agenda(three_evenings, three_evenings.sessions, today and day(today))
    assert [evening.date.day for evening in days] == order


def test_get_current_sessions_includes_start_and_excludes_end(three_evenings):
    last_moment = december(7, 19) - datetime.timedelta(microseconds=1)
    assert get_titles(get_current_sessions(three_evenings, december(7, 18))) == ["Evening 7"]
    assert get_titles(get_current_sessions(three_evenings, last_moment)) == ["Evening 7"]
    assert get_current_sessions(three_evenings, december(7, 19)) == []


def test_get_next_sessions_excludes_session_that_starts_now(three_evenings):
    assert get_titles(get_next_sessions(three_evenings, december(7, 18))) == ["Evening 8"]


def test_get_next_sessions_returns_all_of_next_start(conference):
    first, second = make_room(order=1), make_room(order=2)
    make_session("One", room=first)
    make_session("Two", room=second)
    make_session("Later", starts_at=december(7, 20), ends_at=december(7, 21))
    assert get_titles(get_next_sessions(publish_release(), december(7, 12))) == ["One", "Two"]


def test_current_and_next_sessions_exclude_cancelled(conference):
    make_session("Cancelled", status="cancelled")
    programme = publish_release()
    assert get_current_sessions(programme, december(7, 18)) == get_next_sessions(programme, december(7, 12)) == []


def test_exhibition_is_current_but_not_next(conference):
    make_session("Mines and bombs", kind="exhibition")
    programme = publish_release()
    assert get_titles(get_current_sessions(programme, december(7, 18))) == ["Mines and bombs"]
    assert get_next_sessions(programme, december(7, 12)) == []


def test_get_next_sessions_after_last_session_is_empty(three_evenings):
    assert get_next_sessions(three_evenings, december(9, 18)) == []


def test_break_is_neither_current_nor_next(conference):
    make_session("Coffee", kind="break", starts_at=december(7, 18), ends_at=december(7, 18, 30))
    make_session("Plenary", starts_at=december(7, 18, 30), ends_at=december(7, 19))
    programme = publish_release()
    assert get_current_sessions(programme, december(7, 18)) == []
    assert get_titles(get_next_sessions(programme, december(7, 17))) == ["Plenary"]


def test_get_current_sessions_lists_exhibitions_last(conference):
    make_session("A", kind="exhibition", room=make_room(order=1))
    make_session("B", room=make_room(order=2))
    assert get_titles(get_current_sessions(publish_release(), december(7, 18))) == ["B", "A"]


@pytest.mark.parametrize(("now", "is_today"), [(december(7, 12), True), (december(7, 20), False)])
def test_get_now_and_next_tells_whether_next_is_today(three_evenings, now, is_today):
    assert get_now_and_next(three_evenings, now).is_next_today == is_today
