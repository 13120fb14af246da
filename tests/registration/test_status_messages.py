"""Sentences about the status of registrations, seats, events and offers."""

import datetime

import pytest

from conference.registration.models import Mode, Registration, RegistrationEvent, RegistrationStatus, Seat
from conference.registration.offer_tokens import OfferStatus
from conference.registration.status_messages import (
    CLOSED_OFFER_MESSAGES,
    OFFER_HEADINGS,
    describe_attendance,
    describe_event,
    describe_own_seat,
    next_step,
)

Action = RegistrationEvent.Action
ATTENDEE_ID, ORGANIZER_ID = 1, 2


def make_event(action, **fields):
    return RegistrationEvent(action=action, **{"after": RegistrationStatus.CONFIRMED} | fields)


def make_seat(status, mode=Mode.IN_PERSON, **fields):
    seat = Seat(day=datetime.date(2020, 12, 7), status=status, mode=mode, **fields)
    seat.place = 3
    return seat


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (make_event(Action.EDITED, by_id=ATTENDEE_ID), "You changed your details."),
        (make_event(Action.EDITED, by_id=ORGANIZER_ID), "The organizers changed your details."),
        (
            make_event(Action.EDITED, by_id=ATTENDEE_ID, before="confirmed", after="submitted"),
            "You changed your details. Approval is required again.",
        ),
        (
            make_event(Action.EDITED, by_id=ATTENDEE_ID, before="submitted", after="submitted"),
            "You changed your details.",
        ),
        (make_event(Action.APPROVED, by_id=ORGANIZER_ID), "The organizers approved your registration."),
        (make_event(Action.APPROVED, by_id=None), "Approved automatically."),
        (make_event(Action.SEATS_ASSIGNED, after="confirmed"), "Your place was confirmed."),
        (make_event(Action.SEATS_ASSIGNED, after="waitlisted"), "No seat was available; you joined the wait list."),
        (make_event(Action.SEATS_ASSIGNED, after="offered"), "Your seats were checked again."),
        (
            make_event(Action.DECLINED, by_id=ORGANIZER_ID, reason="duplicate", after="declined"),
            "The organizers declined your registration. Reason: This person is already registered.",
        ),
        (make_event(Action.CANCELLED, by_id=ATTENDEE_ID), "You cancelled your registration."),
        (make_event(Action.CANCELLED, by_id=ORGANIZER_ID), "The organizers cancelled your registration."),
        (make_event(Action.DAYS_CHANGED, by_id=ATTENDEE_ID), "You changed your days."),
        (make_event(Action.DAYS_CHANGED, by_id=ORGANIZER_ID), "The organizers changed your days."),
        (make_event(Action.OFFER_EXPIRED, by_id=None), "An offer expired."),
    ],
)
def test_describe_event_depends_on_user_and_status(event, message):
    assert describe_event(event, Registration(user_id=ATTENDEE_ID)) == message


@pytest.mark.parametrize(
    ("status", "seats", "message"),
    [
        ("submitted", [make_seat("requested")], "The organizers are reviewing your registration."),
        ("submitted", [make_seat("confirmed")], "You changed details that were already approved"),
        ("confirmed", [make_seat("confirmed")], "You do not need to do anything. Bring your ticket"),
        ("confirmed", [make_seat("confirmed", Mode.ONLINE)], "You do not need to do anything. On your days, join"),
        (
            "confirmed",
            [make_seat("confirmed", Mode.ONLINE), make_seat("confirmed")],
            "You do not need to do anything. Bring your ticket",
        ),
        (
            "confirmed",
            [make_seat("confirmed"), make_seat("offered"), make_seat("waitlisted")],
            "Another seat is offered to you.",
        ),
        ("confirmed", [make_seat("confirmed"), make_seat("waitlisted")], "Some days are confirmed."),
        ("declined", [], "The reason is below. If something was missing or wrong, correct it"),
    ],
)
def test_next_step_depends_on_status_and_seats(conference, status, seats, message):
    assert str(next_step(Registration(status=status), seats)).startswith(message)


def test_next_step_after_the_conference_does_not_ask_a_declined_person_to_send_again():
    assert str(next_step(Registration(status="declined"), [], is_over=True)) == "The reason is below."


@pytest.mark.parametrize(
    ("seat", "message", "hint"),
    [
        (make_seat("requested"), "In person: requested", "Requested."),
        (make_seat("waitlisted", Mode.ONLINE), "Online: on the wait list, number 3", "On the wait list, number 3."),
        (make_seat("confirmed", Mode.ONLINE), "Online: confirmed", "Confirmed."),
        (make_seat("confirmed", is_interim=True), "In person (interim): confirmed", "Confirmed while you wait."),
    ],
)
def test_seat_messages_depend_on_mode_and_status(conference, seat, message, hint):
    assert describe_attendance(seat) == message
    assert describe_own_seat(seat) == hint


@pytest.mark.django_db
def test_seat_message_of_an_offer_has_the_expiry_in_the_conference_time_zone(conference):
    seat = make_seat("offered", offered_until=datetime.datetime(2020, 11, 12, 3, tzinfo=datetime.UTC))
    message = "In person: a seat is offered to you until 12 November 2020, 10:00 (Ha Noi time)."
    assert describe_attendance(seat) == message


def test_offer_messages_exist_for_each_status():
    assert set(OFFER_HEADINGS) == set(OfferStatus)
    assert set(CLOSED_OFFER_MESSAGES) == set(OfferStatus) - {OfferStatus.OPEN}
