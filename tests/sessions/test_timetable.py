import datetime

import pytest

from sessions.agenda import build_agenda, get_current_sessions, get_next_sessions

from ..factories import december, make_room, make_session, publish_release


def day(number):
    return datetime.date(2020, 12, number)


def titles(sessions):
    return [str(session.title) for session in sessions]


@pytest.fixture
def three_evenings(conference):
    """A session on each evening, published."""
    for number in (7, 8, 9):
        make_session(f"Evening {number}", starts_at=december(number, 18), ends_at=december(number, 19))
    return publish_release()


def test_sessions_at_the_same_time_stand_side_by_side_in_the_order_of_their_rooms(conference):
    second, first = make_room(order=2), make_room(order=1)
    make_session("Without room")
    make_session("Second", room=second)
    make_session("First", room=first)
    make_session("Later", room=first, starts_at=december(7, 20), ends_at=december(7, 21))
    programme = publish_release()
    (evening,) = build_agenda(programme, programme.sessions)
    assert [titles(slot.sessions) for slot in evening.slots] == [["First", "Second", "Without room"], ["Later"]]


def test_sessions_that_overlap_without_starting_together_have_slots_of_their_own(conference):
    make_session("Long", starts_at=december(7, 18), ends_at=december(7, 21))
    make_session("Short", starts_at=december(7, 19), ends_at=december(7, 20))
    programme = publish_release()
    (evening,) = build_agenda(programme, programme.sessions)
    assert [titles(slot.sessions) for slot in evening.slots] == [["Long"], ["Short"]]


def test_an_exhibition_stands_beside_the_slots_of_its_day(conference):
    make_session("Mines and bombs", kind="exhibition", ends_at=december(7, 22))
    make_session("Opening")
    programme = publish_release()
    (evening,) = build_agenda(programme, programme.sessions)
    assert titles(evening.all_along) == ["Mines and bombs"]
    assert [titles(slot.sessions) for slot in evening.slots] == [["Opening"]]


def test_a_day_with_nothing_but_an_exhibition_is_shown(conference):
    make_session("Mines and bombs", kind="exhibition", ends_at=december(7, 22))
    programme = publish_release()
    assert [evening.date for evening in build_agenda(programme, programme.sessions)] == [day(7)]


def test_days_without_any_session_asked_for_are_left_out(three_evenings):
    assert [evening.date for evening in build_agenda(three_evenings, three_evenings.sessions[1:2])] == [day(8)]


def test_no_sessions_make_no_days(three_evenings):
    assert build_agenda(three_evenings, []) == []


def test_a_session_belongs_to_the_day_on_which_it_starts_in_ha_noi(conference):
    make_session("Past midnight", starts_at=december(8, 0, 30), ends_at=december(8, 1))
    make_session("Until after midnight", starts_at=december(7, 23), ends_at=december(8, 1))
    programme = publish_release()
    days = build_agenda(programme, programme.sessions)
    assert [(d.date, titles(d.slots[0].sessions)) for d in days] == [
        (day(7), ["Until after midnight"]),
        (day(8), ["Past midnight"]),
    ]


@pytest.mark.parametrize(
    ("today", "order"),
    [(None, [7, 8, 9]), (6, [7, 8, 9]), (7, [7, 8, 9]), (8, [8, 9, 7]), (9, [9, 7, 8]), (10, [7, 8, 9])],
)
def test_today_comes_first_while_the_event_is_on_and_only_then(three_evenings, today, order):
    days = build_agenda(three_evenings, three_evenings.sessions, today and day(today))
    assert [evening.date.day for evening in days] == order


def test_a_session_is_on_from_its_start_until_just_before_its_end(three_evenings):
    last_moment = december(7, 19) - datetime.timedelta(microseconds=1)
    assert titles(get_current_sessions(three_evenings, december(7, 18))) == ["Evening 7"]
    assert titles(get_current_sessions(three_evenings, last_moment)) == ["Evening 7"]
    assert get_current_sessions(three_evenings, december(7, 19)) == []


def test_what_starts_now_is_not_coming_up_any_more(three_evenings):
    assert titles(get_next_sessions(three_evenings, december(7, 18))) == ["Evening 8"]


def test_everything_that_starts_next_at_the_same_time_is_coming_up(conference):
    first, second = make_room(order=1), make_room(order=2)
    make_session("One", room=first)
    make_session("Two", room=second)
    make_session("Later", starts_at=december(7, 20), ends_at=december(7, 21))
    assert titles(get_next_sessions(publish_release(), december(7, 12))) == ["One", "Two"]


def test_cancelled_sessions_are_neither_on_nor_coming_up(conference):
    make_session("Cancelled", status="cancelled")
    programme = publish_release()
    assert get_current_sessions(programme, december(7, 18)) == get_next_sessions(programme, december(7, 12)) == []


def test_an_exhibition_is_on_but_never_what_comes_next(conference):
    make_session("Mines and bombs", kind="exhibition")
    programme = publish_release()
    assert titles(get_current_sessions(programme, december(7, 18))) == ["Mines and bombs"]
    assert get_next_sessions(programme, december(7, 12)) == []


def test_nothing_comes_after_the_last_session(three_evenings):
    assert get_next_sessions(three_evenings, december(9, 18)) == []
