"""Deadlines: nothing is offered, requested or accepted for a day that is over."""

import pytest
import time_machine

from conference import site_data
from conference.mail.models import QueuedEmail
from conference.registration import workflow
from conference.registration.days import end_of_day, is_day_over
from conference.registration.formatting import upcoming_days
from conference.registration.models import Registration, RegistrationStatus, Seat
from conference.registration.offer_tokens import OfferStatus, make_offer_token, resolve_offer_token
from conference.registration.states import InvalidTransitionError

from .. import factories
from ..factories import december, make_session, publish_release
from .factories import (
    IN_PERSON,
    MONDAY,
    ONLINE,
    TUESDAY,
    WEDNESDAY,
    client_for,
    make_attendee,
    make_category,
    make_quota,
    make_registration,
    make_registration_settings,
    registration_data,
    seat_statuses,
)

pytestmark = pytest.mark.usefixtures("november")

MIDNIGHT = december(8, 0)


def at(*time):
    return time_machine.travel(december(*time), tick=False)


def make_wait_list(people=2, **changes):
    """Registrations on the wait list for Monday in person, and the quota, which is 0."""
    quota = make_quota(MONDAY, IN_PERSON, 0)
    return [make_registration(**changes) for _ in range(people)], quota


def offer(quota, seats=1):
    quota.seats = seats
    quota.save()
    return workflow.offer_available_seats()


def get_offer(registration):
    return registration.seats.get(status="offered")


# Days


def test_day_without_sessions_is_over_at_midnight_of_the_conference():
    with at(7, 23, 59):
        assert not is_day_over(MONDAY)
    with at(8, 0):
        assert is_day_over(MONDAY)
        assert upcoming_days() == [TUESDAY, WEDNESDAY]


def test_day_with_sessions_is_over_after_the_last_one():
    make_session(ends_at=december(7, 22))
    make_session(status="cancelled", ends_at=december(7, 23))
    publish_release()
    assert end_of_day(MONDAY) == december(7, 22)
    with at(7, 22):
        assert (is_day_over(MONDAY), is_day_over(TUESDAY)) == (True, False)


def test_day_whose_last_session_ends_after_midnight_is_not_over_before():
    make_session(starts_at=december(7, 23), ends_at=december(8, 1))
    publish_release()
    with at(8, 0, 30):
        assert upcoming_days() == [MONDAY, TUESDAY, WEDNESDAY]


# Offers


def test_offer_long_before_the_day_has_the_whole_period():
    make_registration_settings(offer_hours=48)
    [registration], quota = make_wait_list(1)
    with at(1, 9):
        offer(quota)
    assert get_offer(registration).offered_until == december(3, 9)


def test_offer_shortly_before_the_day_leaves_time_for_the_next_in_line():
    (first, second), quota = make_wait_list()
    with at(7, 14):
        offer(quota)
        assert get_offer(first).offered_until == december(7, 19)
    with at(7, 19):
        workflow.expire_offers()
        assert get_offer(second).offered_until == december(7, 21, 30)


def test_offer_in_the_last_hour_ends_with_the_day():
    [registration], quota = make_wait_list(1)
    with at(7, 23, 30):
        offer(quota)
    assert get_offer(registration).offered_until == MIDNIGHT


def test_offer_ends_with_the_last_session_of_the_day():
    make_session(ends_at=december(7, 20))
    publish_release()
    [registration], quota = make_wait_list(1)
    with at(7, 19, 30):
        offer(quota)
    assert get_offer(registration).offered_until == december(7, 20)


def test_offer_is_not_made_for_a_day_that_is_over():
    make_session(ends_at=december(7, 20))
    publish_release()
    _registrations, quota = make_wait_list(1)
    with at(7, 20, 30):
        assert offer(quota) == 0


@pytest.fixture
def late_offer():
    """An offer whose stored end is after its day, as earlier versions made them; it is for Monday."""
    [registration], quota = make_wait_list(1)
    offer(quota)
    Seat.objects.filter(status="offered").update(offered_until=december(9, 12))
    return get_offer(registration)


def test_late_offer_is_shown_to_end_with_its_day(client, late_offer):
    assert (
        "Reserved for you until 8 December 2020, 00:00" in client.get(f"/offers/{make_offer_token(late_offer)}/").text
    )
    assert "until 8 December 2020, 00:00" in client_for(late_offer.registration.user).get("/my/").text


def test_late_offer_cannot_be_accepted_after_the_day(client, late_offer):
    page = f"/offers/{make_offer_token(late_offer)}/"
    with at(8, 0, 1):
        assert resolve_offer_token(make_offer_token(late_offer))[1] is OfferStatus.EXPIRED
        assert "This offer has expired" in client.post(page, {"answer": "accept"}).text
        with pytest.raises(InvalidTransitionError, match="expired"):
            workflow.accept_offer(late_offer, by=late_offer.registration.user)
        assert "/offers/" not in client_for(late_offer.registration.user).get("/my/").text
    assert seat_statuses(late_offer.registration) == {(7, "in_person"): "offered"}


def test_expire_offers_after_the_day_closes_the_wait_list(late_offer):
    with at(8, 0, 1):
        assert workflow.expire_offers() == 1
    assert seat_statuses(late_offer.registration) == {}
    email = QueuedEmail.objects.get(email_type="offer_expired")
    assert "The day is over, so the wait list for it is closed." in email.text


def test_offer_email_is_not_sent_after_the_offer(late_offer):
    email = QueuedEmail.objects.get(email_type="offer")
    assert email.expires_at is not None
    with at(8, 0, 1):
        assert email not in QueuedEmail.objects.due()


# Requests


def test_submit_for_a_day_that_is_over_changes_nothing():
    data, user = registration_data(), make_attendee()
    with at(8, 9), pytest.raises(InvalidTransitionError, match="A day that you chose is over"):
        workflow.submit(user, data, {MONDAY: IN_PERSON, TUESDAY: ONLINE}, language="en")
    assert not Registration.objects.exists()


@pytest.fixture
def pending():
    """A pending registration for Monday and Tuesday in person."""
    return make_registration(days={MONDAY: IN_PERSON, TUESDAY: IN_PERSON}, category=make_category(needs_approval=True))


def test_approve_confirms_only_days_that_are_not_over(pending):
    with at(8, 9):
        workflow.approve_registration(pending, by=None)
    assert seat_statuses(pending) == {(8, "in_person"): "confirmed"}


def test_approve_after_all_requested_days_is_refused(pending):
    with at(9, 9), pytest.raises(InvalidTransitionError, match="All requested days are over"):
        workflow.approve_registration(pending, by=None)
    pending.refresh_from_db()
    assert pending.status == RegistrationStatus.SUBMITTED


def test_approve_again_after_the_conference_keeps_the_seats(pending):
    workflow.approve_registration(pending, by=None)
    workflow.edit_details(pending, {"function": "Judge"}, by=pending.user)
    with at(10, 9):
        workflow.approve_registration(pending, by=None)
    assert pending.status == RegistrationStatus.CONFIRMED


def test_reopen_restores_only_days_that_are_not_over(pending):
    workflow.cancel_registration(pending, by=None)
    with at(8, 9):
        workflow.reopen_registration(pending, by=None)
    assert seat_statuses(pending) == {(8, "in_person"): "requested"}


def test_change_days_after_the_last_session_is_refused():
    make_session(ends_at=december(7, 20))
    publish_release()
    registration = make_registration()
    with at(7, 20, 30), pytest.raises(InvalidTransitionError, match="Past days"):
        workflow.change_days(registration, {MONDAY: None}, by=registration.user)


def test_interim_online_seat_is_not_assigned_for_a_day_that_is_over():
    [registration], _quota = make_wait_list(1, days={MONDAY: IN_PERSON, TUESDAY: ONLINE})
    with at(8, 9):
        workflow.edit_details(registration, {"online_while_waitlisted": True}, by=registration.user)
    assert seat_statuses(registration) == {(7, "in_person"): "waitlisted", (8, "online"): "confirmed"}


# Texts


def test_dashboard_says_that_the_wait_list_of_a_past_day_is_closed():
    [registration], _quota = make_wait_list(1, days={MONDAY: IN_PERSON, TUESDAY: ONLINE})
    with at(8, 9):
        page = client_for(registration.user).get("/my/").text
    assert "In person: no seat became available" in page
    assert "number 1" not in page


def test_dashboard_asks_for_nothing_after_the_conference():
    [registration], _quota = make_wait_list(1)
    with at(10, 9):
        page = client_for(registration.user).get("/my/").text
    assert "The conference has ended." in page
    assert "we will offer it to you" not in page


def test_registration_is_not_open_after_the_last_day(conference):
    factories.update(conference, registration_opens_at=december(1, 9), registration_closes_at=december(20, 9))
    site_data.refresh_site_data()
    with at(9, 23, 59):
        assert site_data.get_site_data().registration_phase == "open"
        assert "until 10 December 2020, 00:00" in site_data.get_site_data().registration_status
    with at(10, 0):
        assert site_data.get_site_data().registration_phase == "over"


def test_registration_without_an_end_closes_after_the_last_day(conference):
    factories.update(conference, registration_opens_at=december(1, 9), registration_closes_at=None)
    site_data.refresh_site_data()
    with at(10, 0):
        assert site_data.get_site_data().registration_phase == "over"
        assert site_data.get_site_data().registration_status == "The conference has ended."
