"""The join page: who may attend online, which streams can be opened, and what is recorded."""

import pytest
import time_machine

from conference.registration import workflow
from conference.registration.attendance.joining import record_online_attendance
from conference.registration.models import OnlineAttendance, Seat, Verdict
from conference.registration.privacy import export_personal_data
from conference.registration.states import InvalidTransitionError

from ..factories import december, make_session, publish_release
from .factories import (
    IN_PERSON,
    MONDAY,
    ONLINE,
    TUESDAY,
    WEDNESDAY,
    client_for,
    make_category,
    make_quota,
    make_registration,
)

pytestmark = pytest.mark.usefixtures("conference")
JOIN = "/my/join/"
STREAM = "https://stream.example/opening?a=1&b=2"


@pytest.fixture
def opening(conference):
    """A published plenary on Monday from 18:00 to 19:30 with a stream."""
    session = make_session("Opening", links=[("stream", STREAM), ("recording", "https://video.example/")])
    make_session("Talk without a stream", starts_at=december(7, 20), ends_at=december(7, 21))
    publish_release()
    return session


def press(registration, at, session="opening", stream="0"):
    """Press a button of the join page at a time, signed in as the attendee."""
    with time_machine.travel(at, tick=False):
        return client_for(registration.user).post(JOIN, {"session": session, "stream": stream})


def get_page(registration, at):
    with time_machine.travel(at, tick=False):
        return client_for(registration.user).get(JOIN)


ACCESS = [
    # days, day of December, verdict
    ({MONDAY: ONLINE}, 7, Verdict.ADMIT),
    ({MONDAY: IN_PERSON}, 7, Verdict.ADMIT),
    ({TUESDAY: ONLINE}, 7, Verdict.NOT_TODAY),
    ({MONDAY: ONLINE}, 8, Verdict.OVER),
    ({MONDAY: ONLINE, WEDNESDAY: ONLINE}, 8, Verdict.NOT_TODAY),
    ({MONDAY: ONLINE}, 6, Verdict.NOT_TODAY),
    ({WEDNESDAY: ONLINE}, 10, Verdict.OVER),
]


@pytest.mark.parametrize(("days", "day", "verdict"), ACCESS)
def test_online_access_by_days(days, day, verdict):
    assert make_registration(days=days).check_online_access(december(day, 18)).verdict == verdict


@pytest.mark.parametrize(
    ("status", "verdict"),
    [("waitlisted", Verdict.WAITLISTED), ("requested", Verdict.WAITLISTED), ("released", Verdict.NO_DAYS)],
)
def test_online_access_without_a_confirmed_seat_is_refused(status, verdict):
    registration = make_registration(days={MONDAY: ONLINE})
    registration.seats.update(status=status)
    assert registration.check_online_access(december(7, 18)).verdict == verdict


def test_online_access_with_an_interim_seat_is_allowed():
    make_quota(MONDAY, IN_PERSON, 0)
    registration = make_registration(days={MONDAY: IN_PERSON}, online_while_waitlisted=True)
    assert registration.seats.filter(mode=ONLINE, status=Seat.Status.CONFIRMED, is_interim=True).exists()
    assert registration.check_online_access(december(7, 18)).is_allowed


def test_online_access_of_pending_and_cancelled_registrations_is_refused():
    pending = make_registration(days={MONDAY: ONLINE}, category=make_category(needs_approval=True))
    cancelled = make_registration(days={MONDAY: ONLINE}, category=make_category())
    workflow.cancel_registration(cancelled, by=cancelled.user)
    verdicts = [item.check_online_access(december(7, 18)).verdict for item in (pending, cancelled)]
    assert verdicts == [Verdict.UNDER_REVIEW, Verdict.CANCELLED]


def test_join_page_lists_only_sessions_with_a_stream(opening):
    page = get_page(make_registration(days={MONDAY: ONLINE}), december(7, 18)).text
    assert "Opening" in page
    assert "Talk without a stream" not in page
    assert "video.example" not in page
    assert "We do not record which sessions you watch" in page


def test_join_page_get_records_nothing(opening):
    get_page(make_registration(days={MONDAY: ONLINE}), december(7, 18))
    assert not OnlineAttendance.objects.exists()


def test_button_records_presence_once_and_leads_to_the_stream(opening):
    registration = make_registration(days={MONDAY: ONLINE})
    responses = [press(registration, december(7, 18, minute)) for minute in (0, 40)]
    assert [response.headers["Refresh"] for response in responses] == [f"0; url={STREAM}"] * 2
    assert f'href="{STREAM.replace("&", "&amp;")}"' in responses[0].text
    attendance = registration.online_attendances.get()
    assert (attendance.day, attendance.first_at, attendance.last_at) == (MONDAY, december(7, 18), december(7, 18, 40))
    assert "since 18:00" in get_page(registration, december(7, 19)).text


@pytest.mark.parametrize(
    ("hour", "minute", "text"),
    [(17, 29, "You can join from 17:30"), (17, 30, "<button"), (20, 0, "<button"), (20, 1, "This session is over")],
)
def test_stream_can_be_joined_shortly_before_until_shortly_after_the_session(opening, hour, minute, text):
    registration = make_registration(days={MONDAY: ONLINE})
    assert text in get_page(registration, december(7, hour, minute)).text
    press(registration, december(7, hour, minute))
    assert OnlineAttendance.objects.exists() == (text == "<button")


@pytest.mark.parametrize(
    ("session", "stream"), [("opening", "1"), ("opening", "-1"), ("opening", "x" * 5000), ("nothing", "0"), ("", "")]
)
def test_unknown_stream_is_reported_and_records_nothing(opening, session, stream):
    registration = make_registration(days={MONDAY: ONLINE})
    response = press(registration, december(7, 18), session, stream)
    assert (response.status_code, "not available now" in response.text) == (200, True)
    assert not OnlineAttendance.objects.exists()


@pytest.mark.parametrize(
    ("day", "text"), [(6, "You have no place today. Your days: Monday"), (8, "Your days are over")]
)
def test_join_page_on_another_day_explains(opening, day, text):
    registration = make_registration(days={MONDAY: ONLINE})
    assert text in get_page(registration, december(day, 18)).text
    press(registration, december(day, 18))
    assert not OnlineAttendance.objects.exists()


def test_join_page_without_streams_says_so(published):
    registration = make_registration(days={TUESDAY: ONLINE})
    assert "No session of today has a stream yet" in get_page(registration, december(8, 18)).text


def test_join_page_without_a_registration_leads_to_the_dashboard(opening, client):
    assert client.get(JOIN).headers["Location"].startswith("/accounts/")
    registration = make_registration()
    client = client_for(registration.user)
    registration.delete()
    assert client.get(JOIN).headers["Location"] == "/my/"


def test_presence_is_not_recorded_after_cancellation_in_another_window(opening):
    registration = make_registration(days={MONDAY: ONLINE})
    workflow.cancel_registration(registration, by=registration.user)
    with time_machine.travel(december(7, 18), tick=False), pytest.raises(InvalidTransitionError):
        record_online_attendance(registration)


def test_presence_is_in_the_file_with_personal_data_and_erased_with_the_account(opening):
    registration = make_registration(days={MONDAY: ONLINE})
    press(registration, december(7, 18))
    data = export_personal_data(registration.user, registration)["registration"]["online_attendance"]
    assert data == [{"day": MONDAY, "first_at": december(7, 18), "last_at": december(7, 18)}]
    workflow.erase_user(registration.user)
    assert not OnlineAttendance.objects.exists()


def test_dashboard_links_to_the_join_page(opening):
    client = client_for(make_registration(days={MONDAY: ONLINE}).user)
    assert 'href="/my/join/"' in client.get("/my/").text
    assert "Tham dự trực tuyến" in client.get("/vi/my/join/").text
