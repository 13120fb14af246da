"""Tests of moving several sessions: the operation, its page, and the ways to it from the list and the timetable."""

import datetime
import html
import re
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from sessions.admin.bulk_move import MoveTarget, find_new_issues, move_sessions, plan_move
from sessions.admin.selection import SessionsChangedError
from sessions.models import Session

from ..factories import HA_NOI, december, make_room, make_session, update
from ..users import count_queries

SESSIONS = "/admin/programme/session/"
MOVE = f"{SESSIONS}move/"
TIMETABLE = f"{SESSIONS}board/2020-12-07/"
OSLO = ZoneInfo("Europe/Oslo")
NO_OFFSET = datetime.timedelta()

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("conference")]


def move(*sessions, day=None, zone=HA_NOI, by=None, **offset):
    """Move the sessions and return their new times in the time zone."""
    plan = plan_move(sessions, MoveTarget(day and datetime.date.fromisoformat(day), datetime.timedelta(**offset)), zone)
    move_sessions(plan, by=by)
    return get_times(*sessions, zone=zone)


def get_times(*sessions, zone=HA_NOI):
    """Return “2020-12-07 18:00 – 2020-12-07 19:30” for each session."""
    stored = {session.pk: session for session in Session.objects.all()}
    return [
        " – ".join(
            f"{time.astimezone(zone):%Y-%m-%d %H:%M}"
            for time in (stored[session.pk].starts_at, stored[session.pk].ends_at)
        )
        for session in sessions
    ]


def make_hours(start, end, **values):
    return make_session(starts_at=start, ends_at=end, **values)


def oslo(month, day, hour, minute=0):
    return datetime.datetime(2021, month, day, hour, minute, tzinfo=OSLO)


# The operation


def test_move_to_a_day_keeps_hours_and_the_distance_of_days():
    first = make_hours(december(7, 18), december(7, 19))
    second = make_hours(december(9, 9), december(9, 10, 15))
    assert move(second, first, day="2021-03-01") == [
        "2021-03-03 09:00 – 2021-03-03 10:15",
        "2021-03-01 18:00 – 2021-03-01 19:00",
    ]


def test_move_leaves_other_sessions_and_opening_hours():
    room = make_room(opens_at=datetime.time(8), closes_at=datetime.time(20))
    other, session = make_session(room=room), make_session(room=room)
    move(session, day="2020-12-09")
    assert get_times(other) == ["2020-12-07 18:00 – 2020-12-07 19:30"]
    room.refresh_from_db()
    assert (room.opens_at, room.closes_at) == (datetime.time(8), datetime.time(20))


@pytest.mark.parametrize(
    ("offset", "expected"),
    [
        ({"hours": 1, "minutes": 30}, "2020-12-07 19:30 – 2020-12-07 21:00"),
        ({"minutes": -45}, "2020-12-07 17:15 – 2020-12-07 18:45"),
        ({"hours": 5}, "2020-12-07 23:00 – 2020-12-08 00:30"),
        ({"hours": 24 * 366 * 2}, "2022-12-09 18:00 – 2022-12-09 19:30"),
    ],
)
def test_move_by_hours_and_minutes_has_no_limit(offset, expected):
    assert move(make_session(), **offset) == [expected]


def test_move_to_a_day_and_later_does_both():
    assert move(make_session(), day="2020-12-08", hours=1) == ["2020-12-08 19:00 – 2020-12-08 20:30"]


def test_move_to_summer_time_keeps_local_hours_across_midnight():
    session = make_hours(oslo(3, 1, 23), oslo(3, 2, 1))
    assert move(session, day="2021-06-01", zone=OSLO) == ["2021-06-01 23:00 – 2021-06-02 01:00"]


def test_move_over_the_night_of_the_clock_change_keeps_local_hours():
    session = make_hours(oslo(3, 20, 23), oslo(3, 21, 4))
    assert move(session, day="2021-03-27", zone=OSLO) == ["2021-03-27 23:00 – 2021-03-28 04:00"]


def test_move_to_an_hour_that_does_not_exist_is_reported_and_keeps_the_order():
    session = make_hours(oslo(3, 27, 2, 30), oslo(3, 27, 3))
    plan = plan_move([session], MoveTarget(datetime.date(2021, 3, 28), NO_OFFSET), OSLO)
    assert [entry.session for entry in plan.clock_changes] == [session]
    move_sessions(plan, by=None)
    assert get_times(session, zone=OSLO) == ["2021-03-28 03:30 – 2021-03-28 04:00"]


def test_move_that_keeps_local_hours_reports_no_clock_change():
    session = make_hours(oslo(3, 1, 23), oslo(3, 2, 1))
    assert plan_move([session], MoveTarget(datetime.date(2021, 6, 1), NO_OFFSET), OSLO).clock_changes == []


@pytest.mark.parametrize(
    "target",
    [
        MoveTarget(datetime.date(2020, 12, 7), NO_OFFSET),
        MoveTarget(datetime.date(2020, 12, 8), datetime.timedelta(days=-1)),
        MoveTarget(datetime.date(9999, 12, 31), NO_OFFSET),
        MoveTarget(datetime.date(9999, 12, 31), datetime.timedelta(days=2)),
        MoveTarget(datetime.date(1, 1, 1), NO_OFFSET),
        MoveTarget(None, datetime.timedelta(days=300 * 366)),
    ],
)
def test_plan_move_to_nowhere_raises_error(target):
    with pytest.raises(ValidationError):
        plan_move([make_session()], target, HA_NOI)


def test_move_records_user_and_reason_in_history_of_each_session(superuser_client):
    sessions = [make_session(), make_session()]
    user = superuser_client.get(SESSIONS).wsgi_request.user
    move(*sessions, day="2020-12-08", by=user)
    for session in sessions:
        record = session.history.first()
        assert (record.starts_at, record.history_user) == (december(8, 18), user)
        assert record.history_change_reason == "Moved to another day or time."


def test_move_after_concurrent_change_moves_nothing():
    one, two = make_session(), make_session()
    plan = plan_move([one, two], MoveTarget(datetime.date(2020, 12, 8), NO_OFFSET), HA_NOI)
    update(Session.objects.get(pk=two.pk), starts_at=december(7, 17))
    with pytest.raises(SessionsChangedError):
        move_sessions(plan, by=None)
    assert get_times(one) == ["2020-12-07 18:00 – 2020-12-07 19:30"]


def test_move_after_concurrent_edit_of_text_keeps_the_edit():
    session = make_session("Opening")
    plan = plan_move([session], MoveTarget(datetime.date(2020, 12, 8), NO_OFFSET), HA_NOI)
    update(Session.objects.get(pk=session.pk), title_en="Renamed")
    move_sessions(plan, by=None)
    stored = Session.objects.get()
    assert (stored.title_en, stored.starts_at) == ("Renamed", december(8, 18))


# What the checks would find


def find_new_checks(*sessions, day):
    plan = plan_move(sessions, MoveTarget(datetime.date.fromisoformat(day), NO_OFFSET), HA_NOI)
    return [issue.check for issue in find_new_issues(plan)]


def test_new_issues_are_those_of_the_new_times():
    hall = make_room()
    session = make_session("Moved", room=hall)
    make_hours(december(8, 18), december(8, 19), room=hall)
    assert find_new_checks(session, day="2020-12-08") == ["room_double_booked"]
    assert find_new_checks(session, day="2020-12-12") == ["outside_conference_dates"]


def test_issues_that_only_name_other_times_are_not_new():
    hall = make_room()
    one, two, without_room = make_session(room=hall), make_session(room=hall), make_session()
    assert find_new_checks(one, two, without_room, day="2020-12-08") == []


# The page


def get_hidden_values(page):
    """Return the hidden inputs of a page."""
    inputs = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in inputs}


def select(client, *sessions, query=""):
    """Run the action of the session list and return the page."""
    data = {"action": "move_selected", "_selected_action": [str(session.pk) for session in sessions]}
    return client.post(SESSIONS + query, data)


def submit(client, page, url=None, **data):
    """Send the form of a page with its hidden inputs."""
    url = url or html.unescape(re.search(rf'action="([^"]*{MOVE}[^"]*)"', page.text)[1])
    return client.post(url, get_hidden_values(page.text) | {"direction": "later"} | data)


def get_html(response):
    return " ".join(response.text.split())


def test_action_of_the_list_asks_for_the_target(superuser_client):
    session, _other = make_session("Opening"), make_session("Other")
    page = select(superuser_client, session)
    assert "1 session selected." in get_html(page)
    assert get_hidden_values(page.text)["sessions"] == str(session.pk)
    assert 'name="confirm"' not in page.text


def test_preview_shows_old_and_new_times_and_changes_nothing(superuser_client):
    session = make_session('<b>"Opening"', slug="opening")
    page = submit(superuser_client, select(superuser_client, session), day="2021-01-18")
    assert html.escape('<b>"Opening"') in page.text
    assert "7 Dec 2020, 18:00–19:30" in page.text
    assert "18 Jan 2021, 18:00–19:30" in page.text
    assert "is outside the dates of the conference." in html.unescape(page.text)
    assert get_times(session) == ["2020-12-07 18:00 – 2020-12-07 19:30"]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({"day": "2021-01-18"}, "2021-01-18 18:00 – 2021-01-18 19:30"),
        ({"hours": "1", "minutes": "15"}, "2020-12-07 19:15 – 2020-12-07 20:45"),
        ({"hours": "1", "direction": "earlier"}, "2020-12-07 17:00 – 2020-12-07 18:30"),
    ],
)
def test_confirmed_preview_moves_the_selection_and_returns_to_the_list(superuser_client, target, expected):
    session, other = make_session(), make_session()
    preview = submit(superuser_client, select(superuser_client, session, query="?day=2020-12-07"), **target)
    response = submit(superuser_client, preview, **target, confirm="Move sessions")
    assert response.headers["Location"] == f"{SESSIONS}?day=2020-12-07"
    assert get_times(session, other) == [expected, "2020-12-07 18:00 – 2020-12-07 19:30"]


def test_confirmation_of_another_target_shows_its_preview(superuser_client):
    session = make_session()
    preview = submit(superuser_client, select(superuser_client, session), day="2020-12-08")
    page = submit(superuser_client, preview, day="2020-12-09", confirm="Move sessions")
    assert "Nothing was moved yet, because you changed the target." in page.text
    assert "9 Dec 2020, 18:00–19:30" in page.text
    assert get_times(session) == ["2020-12-07 18:00 – 2020-12-07 19:30"]


def test_confirmation_without_preview_moves_nothing(superuser_client):
    session = make_session()
    page = submit(superuser_client, select(superuser_client, session), day="2020-12-08", confirm="Move sessions")
    assert page.status_code == 200
    assert get_times(session) == ["2020-12-07 18:00 – 2020-12-07 19:30"]


@pytest.mark.parametrize("change", ["edit", "delete"])
def test_confirmation_after_concurrent_change_moves_nothing(superuser_client, change):
    one, two = make_session(), make_session()
    preview = submit(superuser_client, select(superuser_client, one, two), day="2020-12-08")
    if change == "edit":
        update(two, starts_at=december(7, 17))
    else:
        two.delete()
    page = submit(superuser_client, preview, day="2020-12-08", confirm="Move sessions")
    assert page.status_code == 409
    assert "Nothing was changed: one of these sessions was changed" in page.text
    assert 'value="2020-12-08"' in page.text
    assert get_times(one) == ["2020-12-07 18:00 – 2020-12-07 19:30"]


@pytest.mark.parametrize(
    "target",
    [
        {},
        {"day": "2020-12-07"},
        {"day": "tomorrow"},
        {"day": "9999-12-31"},
        {"hours": "-1"},
        {"hours": "1.5"},
        {"minutes": "9" * 5000},
        {"hours": "1", "direction": "sideways"},
    ],
)
def test_invalid_target_is_explained_and_moves_nothing(superuser_client, target):
    session = make_session()
    page = submit(superuser_client, select(superuser_client, session), **target, confirm="Move sessions")
    assert page.status_code == 200
    assert "errorlist" in page.text
    assert get_times(session) == ["2020-12-07 18:00 – 2020-12-07 19:30"]


@pytest.mark.parametrize(
    "query", ["", "?day=x", "?day=2020-12-08", "?day=2020-12-07&room=x", "?day=2020-12-07&room=", "?list=%0d%0a%26"]
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_page_without_sessions_says_so(superuser_client, query, method):
    make_session()
    page = getattr(superuser_client, method)(MOVE + query)
    assert page.status_code == 200
    assert "There are no sessions to move." in page.text


def test_page_with_invalid_keys_ignores_them(superuser_client):
    make_session()
    page = superuser_client.post(MOVE, {"sessions": "x 1", "day": "2020-12-08"})
    assert "There are no sessions to move." in page.text


@pytest.mark.parametrize("method", ["get", "post"])
def test_page_is_closed_to_viewers(viewer_client, method):
    make_session()
    assert getattr(viewer_client, method)(f"{MOVE}?day=2020-12-07").status_code == 403


@pytest.mark.slow
def test_preview_query_count_is_independent_of_sessions(superuser_client):
    make_session(room=make_room())
    small = count_queries(superuser_client, f"{MOVE}?day=2020-12-07")
    for _number in range(20):
        make_session(room=make_room())
    assert count_queries(superuser_client, f"{MOVE}?day=2020-12-07") == small


# From the timetable


def test_timetable_links_to_the_page_of_the_day_and_of_each_room(superuser_client):
    hall = make_room("Main Hall")
    make_session(room=hall)
    page = get_html(superuser_client.get(TIMETABLE))
    assert f'<a href="{MOVE}?day=2020-12-07">Move this day</a>' in page
    assert f'<a href="{MOVE}?day=2020-12-07&amp;room={hall.pk}">Main Hall</a>' in page


def test_timetable_for_viewer_has_no_links_to_move_sessions(viewer_client):
    make_session(room=make_room())
    assert MOVE not in viewer_client.get(TIMETABLE).text


def test_timetable_without_sessions_has_no_links_to_move_them(superuser_client):
    make_room()
    assert MOVE not in superuser_client.get(TIMETABLE).text


def test_move_of_a_day_leads_to_the_timetable_of_the_new_day(superuser_client):
    one, two = make_session(room=make_room()), make_session(status="draft")
    next_day = make_hours(december(8, 0), december(8, 1))
    preview = submit(superuser_client, superuser_client.get(f"{MOVE}?day=2020-12-07"), day="2021-01-18")
    response = submit(superuser_client, preview, day="2021-01-18", confirm="Move sessions")
    assert response.headers["Location"] == f"{SESSIONS}board/2021-01-18/"
    assert {time[:10] for time in get_times(one, two)} == {"2021-01-18"}
    assert get_times(next_day) == ["2020-12-08 00:00 – 2020-12-08 01:00"]


def test_move_of_a_room_moves_its_sessions_of_the_day_only(superuser_client):
    hall = make_room()
    session, elsewhere = make_session(room=hall), make_session(room=make_room())
    other_day = make_hours(december(8, 9), december(8, 10), room=hall)
    page = superuser_client.get(f"{MOVE}?day=2020-12-07&room={hall.pk}")
    preview = submit(superuser_client, page, minutes="30")
    assert get_hidden_values(preview.text)["sessions"] == str(session.pk)
    submit(superuser_client, preview, minutes="30", confirm="Move sessions")
    assert get_times(session, elsewhere, other_day) == [
        "2020-12-07 18:30 – 2020-12-07 20:00",
        "2020-12-07 18:00 – 2020-12-07 19:30",
        "2020-12-08 09:00 – 2020-12-08 10:00",
    ]


def test_move_of_a_day_leaves_sessions_added_after_the_page_was_opened(superuser_client):
    make_session()
    page = superuser_client.get(f"{MOVE}?day=2020-12-07")
    added = make_session()
    preview = submit(superuser_client, page, day="2020-12-08")
    submit(superuser_client, preview, day="2020-12-08", confirm="Move sessions")
    assert get_times(added) == ["2020-12-07 18:00 – 2020-12-07 19:30"]


def test_page_in_vietnamese_returns_to_vietnamese_pages(superuser_client):
    make_session()
    page = superuser_client.get(f"/vi{MOVE}?day=2020-12-07")
    assert f'href="/vi{TIMETABLE}"' in page.text
