import datetime

import pytest

from sessions.timetable import coming_up, going_on, timetable
from tests.cast import a_release, a_room, a_session, at


def day(number):
    return datetime.date(2020, 12, number)


def titles(sessions):
    return [str(session.title) for session in sessions]


@pytest.fixture
def three_evenings(conference):
    """A session on each evening, published."""
    for number in (7, 8, 9):
        a_session(f"Evening {number}", starts_at=at(number, 18), ends_at=at(number, 19))
    return a_release()


def test_sessions_at_the_same_time_stand_side_by_side_in_the_order_of_their_rooms(conference):
    second, first = a_room(order=2), a_room(order=1)
    a_session("Without room")
    a_session("Second", room=second)
    a_session("First", room=first)
    a_session("Later", room=first, starts_at=at(7, 20), ends_at=at(7, 21))
    programme = a_release()
    (evening,) = timetable(programme, programme.sessions)
    assert [titles(slot.sessions) for slot in evening.slots] == [["First", "Second", "Without room"], ["Later"]]


def test_sessions_that_overlap_without_starting_together_have_slots_of_their_own(conference):
    a_session("Long", starts_at=at(7, 18), ends_at=at(7, 21))
    a_session("Short", starts_at=at(7, 19), ends_at=at(7, 20))
    programme = a_release()
    (evening,) = timetable(programme, programme.sessions)
    assert [titles(slot.sessions) for slot in evening.slots] == [["Long"], ["Short"]]


def test_an_exhibition_stands_beside_the_slots_of_its_day(conference):
    a_session("Mines and bombs", kind="exhibition", ends_at=at(7, 22))
    a_session("Opening")
    programme = a_release()
    (evening,) = timetable(programme, programme.sessions)
    assert titles(evening.all_along) == ["Mines and bombs"]
    assert [titles(slot.sessions) for slot in evening.slots] == [["Opening"]]


def test_a_day_with_nothing_but_an_exhibition_is_shown(conference):
    a_session("Mines and bombs", kind="exhibition", ends_at=at(7, 22))
    programme = a_release()
    assert [evening.date for evening in timetable(programme, programme.sessions)] == [day(7)]


def test_days_without_any_session_asked_for_are_left_out(three_evenings):
    assert [evening.date for evening in timetable(three_evenings, three_evenings.sessions[1:2])] == [day(8)]


def test_no_sessions_make_no_days(three_evenings):
    assert timetable(three_evenings, []) == []


def test_a_session_belongs_to_the_day_on_which_it_starts_in_ha_noi(conference):
    a_session("Past midnight", starts_at=at(8, 0, 30), ends_at=at(8, 1))
    a_session("Until after midnight", starts_at=at(7, 23), ends_at=at(8, 1))
    programme = a_release()
    days = timetable(programme, programme.sessions)
    assert [(d.date, titles(d.slots[0].sessions)) for d in days] == [
        (day(7), ["Until after midnight"]),
        (day(8), ["Past midnight"]),
    ]


@pytest.mark.parametrize(
    ("today", "order"),
    [(None, [7, 8, 9]), (6, [7, 8, 9]), (7, [7, 8, 9]), (8, [8, 9, 7]), (9, [9, 7, 8]), (10, [7, 8, 9])],
)
def test_today_comes_first_while_the_event_is_on_and_only_then(three_evenings, today, order):
    days = timetable(three_evenings, three_evenings.sessions, today and day(today))
    assert [evening.date.day for evening in days] == order


def test_a_session_is_on_from_its_start_until_just_before_its_end(three_evenings):
    last_moment = at(7, 19) - datetime.timedelta(microseconds=1)
    assert titles(going_on(three_evenings, at(7, 18))) == ["Evening 7"]
    assert titles(going_on(three_evenings, last_moment)) == ["Evening 7"]
    assert going_on(three_evenings, at(7, 19)) == []


def test_what_starts_now_is_not_coming_up_any_more(three_evenings):
    assert titles(coming_up(three_evenings, at(7, 18))) == ["Evening 8"]


def test_everything_that_starts_next_at_the_same_time_is_coming_up(conference):
    first, second = a_room(order=1), a_room(order=2)
    a_session("One", room=first)
    a_session("Two", room=second)
    a_session("Later", starts_at=at(7, 20), ends_at=at(7, 21))
    assert titles(coming_up(a_release(), at(7, 12))) == ["One", "Two"]


def test_cancelled_sessions_are_neither_on_nor_coming_up(conference):
    a_session("Cancelled", status="cancelled")
    programme = a_release()
    assert going_on(programme, at(7, 18)) == coming_up(programme, at(7, 12)) == []


def test_an_exhibition_is_on_but_never_what_comes_next(conference):
    a_session("Mines and bombs", kind="exhibition")
    programme = a_release()
    assert titles(going_on(programme, at(7, 18))) == ["Mines and bombs"]
    assert coming_up(programme, at(7, 12)) == []


def test_nothing_comes_after_the_last_session(three_evenings):
    assert coming_up(three_evenings, at(9, 18)) == []
