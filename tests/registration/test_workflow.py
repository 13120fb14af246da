"""Operations of the registration workflow."""

import datetime

import pytest
import time_machine
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone

from conference.mail.models import QueuedEmail
from conference.registration import capacity, workflow
from conference.registration.models import (
    ErasedRegistration,
    Registration,
    RegistrationEvent,
    RegistrationStatus,
    Seat,
    SpecialNeeds,
)
from conference.registration.states import InvalidTransitionError

from ..users import make_organizer
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


def event_actions(registration):
    return list(registration.events.values_list("action", flat=True))


def email_types(registration):
    return sorted(registration.queued_emails.values_list("email_type", flat=True))


def make_confirmed_and_waitlisted():
    """One registration with the only seat of Monday, and one on the wait list for it."""
    make_quota(MONDAY, IN_PERSON, 1)
    return make_registration(), make_registration()


def get_offered_seat(registration):
    registration.refresh_from_db()
    return registration.seats.get(status="offered")


# Submission


def test_submit_category_without_approval_confirms_seats():
    registration = make_registration(days={MONDAY: IN_PERSON, TUESDAY: ONLINE, WEDNESDAY: None})
    assert registration.status == RegistrationStatus.CONFIRMED
    assert seat_statuses(registration) == {(7, "in_person"): "confirmed", (8, "online"): "confirmed"}


def test_submit_category_with_approval_only_requests_seats():
    registration = make_registration(category=make_category(needs_approval=True))
    assert registration.status == RegistrationStatus.SUBMITTED
    assert seat_statuses(registration) == {(7, "in_person"): "requested"}


def test_submit_twice_returns_first_registration():
    user = make_attendee()
    first, created = workflow.submit(user, registration_data(), {MONDAY: IN_PERSON}, language="en")
    again, created_again = workflow.submit(
        user, registration_data(badge_name="Other"), {TUESDAY: ONLINE}, language="vi"
    )
    assert (created, created_again, again) == (True, False, first)
    assert Registration.objects.get().badge_name == "Linh"
    assert seat_statuses(again) == {(7, "in_person"): "confirmed"}


def test_submit_records_events_in_order():
    events = make_registration().events.all()
    assert [event.action for event in events] == ["submitted", "approved", "seats_assigned"]


def test_approve_records_status_and_user_of_each_event(registrar):
    user = make_attendee()
    registration = make_registration(user, category=make_category(needs_approval=True))
    workflow.approve_registration(registration, by=registrar)
    events = [(event.action, event.before, event.after, event.by) for event in registration.events.all()]
    assert events == [
        ("submitted", "", "submitted", user),
        ("approved", "submitted", "approved", registrar),
        ("seats_assigned", "approved", "confirmed", registrar),
    ]


def test_submit_saves_special_needs_unless_empty():
    registration = make_registration(special_needs={"access": "A ramp", "diet": ""})
    make_registration(special_needs={"access": "", "diet": ""})
    assert [(needs.registration, needs.access) for needs in SpecialNeeds.objects.all()] == [(registration, "A ramp")]


def test_submit_after_cancellation_reuses_registration():
    registration = make_registration()
    workflow.cancel_registration(registration, by=registration.user)
    again, created = workflow.submit(
        registration.user, registration_data(badge_name="New"), {TUESDAY: ONLINE}, language="vi"
    )
    assert (created, again.pk, again.badge_name, again.status) == (
        True,
        registration.pk,
        "New",
        RegistrationStatus.CONFIRMED,
    )
    assert seat_statuses(again) == {(8, "online"): "confirmed"}


# Limits


def test_submit_full_day_waitlists():
    first, second = make_confirmed_and_waitlisted()
    assert (first.status, second.status) == (RegistrationStatus.CONFIRMED, RegistrationStatus.WAITLISTED)


def test_submit_full_category_waitlists():
    category = make_category(seats=1)
    first, second = make_registration(category=category), make_registration(category=category)
    other = make_registration(category=make_category())
    assert (first.status, second.status, other.status) == (
        RegistrationStatus.CONFIRMED,
        RegistrationStatus.WAITLISTED,
        RegistrationStatus.CONFIRMED,
    )


def test_submit_full_venue_waitlists_in_person_only():
    make_registration_settings(seats=1)
    make_registration(days={MONDAY: IN_PERSON, TUESDAY: IN_PERSON})
    late = make_registration(days={WEDNESDAY: IN_PERSON, TUESDAY: ONLINE})
    assert seat_statuses(late) == {(9, "in_person"): "waitlisted", (8, "online"): "confirmed"}


def test_submit_venue_limit_counts_each_person_once():
    make_registration_settings(seats=1)
    registration = make_registration(days={MONDAY: IN_PERSON, TUESDAY: IN_PERSON, WEDNESDAY: IN_PERSON})
    assert set(seat_statuses(registration).values()) == {"confirmed"}


def test_submit_online_while_waitlisted_confirms_interim_seat():
    make_quota(MONDAY, IN_PERSON, 0)
    registration = make_registration(online_while_waitlisted=True)
    assert seat_statuses(registration) == {(7, "in_person"): "waitlisted", (7, "online"): "confirmed"}


def test_lowered_limit_keeps_confirmed_seats():
    quota = make_quota(MONDAY, IN_PERSON, 2)
    first, second = make_registration(), make_registration()
    quota.seats = 1
    quota.save()
    third = make_registration()
    assert [seat_statuses(one)[7, "in_person"] for one in (first, second, third)] == [
        "confirmed",
        "confirmed",
        "waitlisted",
    ]
    workflow.cancel_registration(first, by=first.user)
    assert seat_statuses(third)[7, "in_person"] == "waitlisted"


def test_offer_available_seats_after_raised_limit_follows_queue():
    quota = make_quota(MONDAY, IN_PERSON, 0)
    first, second, third = make_registration(), make_registration(), make_registration()
    quota.seats = 2
    quota.save()
    assert workflow.offer_available_seats() == 2
    assert [seat_statuses(one)[7, "in_person"] for one in (first, second, third)] == [
        "offered",
        "offered",
        "waitlisted",
    ]


def test_submit_free_seat_goes_to_wait_list_first():
    quota = make_quota(MONDAY, IN_PERSON, 0)
    first = make_registration()
    quota.seats = 1
    quota.save()
    late = make_registration()
    assert seat_statuses(first) == {(7, "in_person"): "offered"}
    assert seat_statuses(late) == {(7, "in_person"): "waitlisted"}


def test_submit_waitlist_of_full_category_does_not_block_others():
    small = make_category(seats=1)
    make_registration(category=small)
    quota = make_quota(TUESDAY, IN_PERSON, 1)
    make_registration(category=small, days={TUESDAY: IN_PERSON})
    other = make_registration(category=make_category(), days={TUESDAY: IN_PERSON})
    assert seat_statuses(other) == {(8, "in_person"): "confirmed"}
    assert capacity.count_seats().for_day(quota.day, IN_PERSON).waitlisted == 1


# Decisions


def test_decline_records_reason_and_releases_seats(registrar):
    registration = make_registration(category=make_category(needs_approval=True))
    workflow.decline_registration(registration, by=registrar, reason="duplicate", note="See the other one.")
    event = registration.events.last()
    assert (registration.status, event.reason, event.note) == (
        RegistrationStatus.DECLINED,
        "duplicate",
        "See the other one.",
    )
    assert seat_statuses(registration) == {}


def test_reopen_declined_restores_requested_days(registrar):
    registration = make_registration(
        days={MONDAY: IN_PERSON, TUESDAY: ONLINE}, category=make_category(needs_approval=True)
    )
    workflow.decline_registration(registration, by=registrar, reason="other")
    workflow.reopen_registration(registration, by=registrar)
    assert registration.status == RegistrationStatus.SUBMITTED
    assert seat_statuses(registration) == {(7, "in_person"): "requested", (8, "online"): "requested"}


def test_approve_twice_raises_error(registrar):
    registration = make_registration(category=make_category(needs_approval=True))
    workflow.approve_registration(registration, by=registrar)
    with pytest.raises(InvalidTransitionError, match="already approved"):
        workflow.approve_registration(registration, by=registrar)
    assert event_actions(registration) == ["submitted", "approved", "seats_assigned"]


def test_approve_after_concurrent_decline_raises_error(registrar):
    registration = make_registration(category=make_category(needs_approval=True))
    stale_copy = Registration.objects.get(pk=registration.pk)
    workflow.decline_registration(registration, by=registrar, reason="other")
    with pytest.raises(InvalidTransitionError, match="from “Declined” to “Approved”"):
        workflow.approve_registration(stale_copy, by=make_organizer("Registrars"))
    assert Registration.objects.get().status == RegistrationStatus.DECLINED


def test_reopen_open_registration_raises_error(registrar):
    registration = make_registration()
    with pytest.raises(InvalidTransitionError, match="not declined or cancelled"):
        workflow.reopen_registration(registration, by=registrar)


# Changes


def test_edit_details_reviewed_field_requires_approval_and_keeps_seat(registrar):
    registration = make_registration(category=make_category(needs_approval=True))
    workflow.approve_registration(registration, by=registrar)
    workflow.edit_details(registration, {"organization": "Elsewhere"}, by=registration.user)
    assert registration.status == RegistrationStatus.SUBMITTED
    assert registration.events.last().changes == {"organization": ["Da Nang Peace House", "Elsewhere"]}
    assert seat_statuses(registration) == {(7, "in_person"): "confirmed"}
    workflow.approve_registration(registration, by=registrar)
    assert registration.status == RegistrationStatus.CONFIRMED


def test_edit_details_unreviewed_field_keeps_approval(registrar):
    registration = make_registration(category=make_category(needs_approval=True))
    workflow.approve_registration(registration, by=registrar)
    workflow.edit_details(registration, {"languages": ["fr"]}, by=registration.user)
    assert registration.status == RegistrationStatus.CONFIRMED


def test_edit_details_by_registrar_keeps_approval(registrar):
    registration = make_registration(category=make_category(needs_approval=True))
    workflow.approve_registration(registration, by=registrar)
    workflow.edit_details(registration, {"country": "LA"}, by=registrar)
    assert registration.status == RegistrationStatus.CONFIRMED
    assert registration.events.last().changes == {"country": ["VN", "LA"]}


def test_edit_details_unchanged_records_no_event():
    registration = make_registration()
    before = event_actions(registration)
    workflow.edit_details(registration, registration_data(category=registration.category), by=registration.user)
    assert event_actions(registration) == before


def test_edit_details_full_category_raises_error():
    full = make_category(seats=1)
    make_registration(category=full)
    registration = make_registration(category=make_category())
    with pytest.raises(InvalidTransitionError, match="No seats are left in this category"):
        workflow.edit_details(registration, {"category": full}, by=registration.user)
    assert Registration.objects.get(pk=registration.pk).category != full


def test_change_days_free_seats_are_confirmed():
    registration = make_registration()
    workflow.change_days(registration, {MONDAY: ONLINE, TUESDAY: IN_PERSON}, by=registration.user)
    assert seat_statuses(registration) == {(7, "online"): "confirmed", (8, "in_person"): "confirmed"}


def test_change_days_full_day_keeps_present_seat_as_interim():
    make_quota(MONDAY, IN_PERSON, 0)
    registration = make_registration(days={MONDAY: ONLINE})
    workflow.change_days(registration, {MONDAY: IN_PERSON}, by=registration.user)
    assert seat_statuses(registration) == {(7, "online"): "confirmed", (7, "in_person"): "waitlisted"}
    workflow.change_days(registration, {MONDAY: ONLINE}, by=registration.user)
    assert seat_statuses(registration) == {(7, "online"): "confirmed"}
    assert not registration.seats.get(status="confirmed").is_interim


def test_change_days_without_days_leaves_status_approved():
    registration = make_registration()
    workflow.change_days(registration, {MONDAY: None}, by=registration.user)
    assert (registration.status, seat_statuses(registration)) == (RegistrationStatus.APPROVED, {})


def test_change_days_released_seat_is_offered_to_wait_list():
    first, second = make_confirmed_and_waitlisted()
    workflow.change_days(first, {MONDAY: ONLINE}, by=first.user)
    assert seat_statuses(second) == {(7, "in_person"): "offered"}


def test_change_days_unchanged_records_no_event():
    registration = make_registration()
    before = event_actions(registration)
    workflow.change_days(registration, {MONDAY: IN_PERSON, TUESDAY: None}, by=registration.user)
    assert event_actions(registration) == before


def test_change_days_pending_registration_updates_requests():
    registration = make_registration(category=make_category(needs_approval=True))
    workflow.change_days(registration, {MONDAY: ONLINE, TUESDAY: ONLINE}, by=registration.user)
    assert registration.status == RegistrationStatus.SUBMITTED
    assert seat_statuses(registration) == {(7, "online"): "requested", (8, "online"): "requested"}


def test_change_days_past_day_raises_error():
    registration = make_registration()
    on_tuesday = time_machine.travel(datetime.datetime(2020, 12, 8, 3, tzinfo=datetime.UTC))
    with on_tuesday, pytest.raises(InvalidTransitionError, match="Past days"):
        workflow.change_days(registration, {MONDAY: ONLINE}, by=registration.user)


def test_change_days_of_cancelled_registration_raises_error():
    registration = make_registration()
    workflow.cancel_registration(registration, by=registration.user)
    with pytest.raises(InvalidTransitionError, match="closed"):
        workflow.change_days(registration, {}, by=registration.user)


def test_edit_details_of_cancelled_registration_by_organizer_raises_error(registrar):
    registration = make_registration()
    workflow.cancel_registration(registration, by=registration.user)
    with pytest.raises(InvalidTransitionError, match="closed"):
        workflow.edit_details(registration, {"badge_name": "L."}, by=registrar)


def make_declined(registrar, **changes):
    registration = make_registration(**{"category": make_category(needs_approval=True)} | changes)
    workflow.decline_registration(registration, by=registrar, reason="incomplete")
    return registration


def test_resubmit_declined_is_pending_with_new_details_and_the_same_days(registrar):
    registration = make_declined(registrar, days={MONDAY: IN_PERSON, TUESDAY: ONLINE})
    workflow.resubmit_declined(registration, {"organization": "NUPI"}, by=registration.user)
    assert (registration.status, registration.organization) == ("submitted", "NUPI")
    assert seat_statuses(registration) == {(7, "in_person"): "requested", (8, "online"): "requested"}
    event = registration.events.last()
    assert event.action == "resubmitted"
    assert event.changes["organization"] == ["Da Nang Peace House", "NUPI"]


@pytest.mark.parametrize("status", ["pending", "cancelled"])
def test_resubmit_of_other_status_raises_error(status):
    registration = make_registration(category=make_category(needs_approval=True))
    if status == "cancelled":
        workflow.cancel_registration(registration, by=registration.user)
    with pytest.raises(InvalidTransitionError, match="not declined"):
        workflow.resubmit_declined(registration, {}, by=registration.user)


def test_resubmit_declined_in_category_without_approval_is_reviewed(registrar):
    registration, observer = make_declined(registrar), make_category()
    workflow.resubmit_declined(registration, {"category": observer}, by=registration.user)
    assert registration.status == "submitted"


def test_edit_details_after_decline_and_reopen_cannot_avoid_the_review(registrar):
    registration, observer = make_declined(registrar), make_category()
    workflow.reopen_registration(registration, by=registrar)
    workflow.edit_details(registration, {"category": observer}, by=registration.user)
    assert registration.status == "submitted"


def test_submit_again_after_decline_and_cancellation_cannot_avoid_the_review(registrar):
    registration, observer = make_declined(registrar), make_category()
    workflow.reopen_registration(registration, by=registrar)
    workflow.cancel_registration(registration, by=registration.user)
    data = registration_data(category=observer)
    again, created = workflow.submit(registration.user, data, {MONDAY: IN_PERSON}, language="en")
    assert (created, again.status) == (True, "submitted")


def test_approved_after_a_decline_may_change_category_as_others(registrar):
    registration, observer = make_declined(registrar), make_category()
    workflow.reopen_registration(registration, by=registrar)
    workflow.approve_registration(registration, by=registrar)
    workflow.edit_details(registration, {"category": observer}, by=registration.user)
    assert registration.status == "confirmed"


def test_reopen_does_not_say_that_the_registration_was_received(registrar):
    registration = make_declined(registrar)
    workflow.reopen_registration(registration, by=registrar)
    types = list(QueuedEmail.objects.order_by("created_at").values_list("email_type", flat=True))
    assert types == ["received", "declined", "reopened"]


def test_edit_details_online_while_waitlisted_releases_and_confirms_interim_seat():
    make_quota(MONDAY, IN_PERSON, 0)
    registration = make_registration(online_while_waitlisted=True)
    workflow.edit_details(registration, {"online_while_waitlisted": False}, by=registration.user)
    assert seat_statuses(registration) == {(7, "in_person"): "waitlisted"}
    workflow.edit_details(registration, {"online_while_waitlisted": True}, by=registration.user)
    assert seat_statuses(registration) == {(7, "in_person"): "waitlisted", (7, "online"): "confirmed"}


def test_change_days_with_online_choice_is_one_event_and_one_email():
    make_quota(MONDAY, IN_PERSON, 0)
    registration = make_registration(days={MONDAY: ONLINE})
    before, emails = event_actions(registration), len(email_types(registration))
    workflow.change_days(registration, {MONDAY: IN_PERSON}, by=registration.user, online_while_waitlisted=True)
    assert event_actions(registration) == [*before, "days_changed"]
    assert len(email_types(registration)) == emails + 1
    assert registration.events.last().changes["online_while_waitlisted"] == [False, True]


def test_change_days_with_error_keeps_online_choice():
    registration = make_registration()
    on_tuesday = time_machine.travel(datetime.datetime(2020, 12, 8, 3, tzinfo=datetime.UTC))
    with on_tuesday, pytest.raises(InvalidTransitionError, match="Past days"):
        workflow.change_days(registration, {MONDAY: ONLINE}, by=registration.user, online_while_waitlisted=True)
    assert not Registration.objects.get().online_while_waitlisted


# Cancellation and offers


def test_cancel_offers_seat_to_next_in_queue_until_deadline():
    make_registration_settings(offer_hours=24)
    first, second = make_confirmed_and_waitlisted()
    third = make_registration()
    workflow.cancel_registration(first, by=first.user)
    seat = get_offered_seat(second)
    assert abs(seat.offered_until - timezone.now() - datetime.timedelta(hours=24)) < datetime.timedelta(minutes=1)
    assert (second.status, seat_statuses(third)) == (RegistrationStatus.OFFERED, {(7, "in_person"): "waitlisted"})


def test_accept_offer_confirms_seat():
    first, second = make_confirmed_and_waitlisted()
    workflow.cancel_registration(first, by=first.user)
    workflow.accept_offer(get_offered_seat(second), by=second.user)
    second.refresh_from_db()
    assert (second.status, seat_statuses(second)) == (RegistrationStatus.CONFIRMED, {(7, "in_person"): "confirmed"})


def test_accept_offer_releases_interim_seat():
    make_quota(MONDAY, IN_PERSON, 1)
    first, second = make_registration(), make_registration(online_while_waitlisted=True)
    workflow.cancel_registration(first, by=first.user)
    workflow.accept_offer(get_offered_seat(second), by=second.user)
    assert seat_statuses(second) == {(7, "in_person"): "confirmed"}


def test_decline_offer_keeps_interim_seat_and_offers_to_next():
    make_quota(MONDAY, IN_PERSON, 1)
    first, second, third = make_registration(), make_registration(online_while_waitlisted=True), make_registration()
    workflow.cancel_registration(first, by=first.user)
    workflow.decline_offer(get_offered_seat(second), by=second.user)
    assert seat_statuses(second) == {(7, "online"): "confirmed"}
    assert not second.seats.get(status="confirmed").is_interim
    assert seat_statuses(third) == {(7, "in_person"): "offered"}


def test_decline_offer_after_acceptance_raises_error():
    first, second = make_confirmed_and_waitlisted()
    workflow.cancel_registration(first, by=first.user)
    seat = get_offered_seat(second)
    workflow.accept_offer(seat, by=second.user)
    with pytest.raises(InvalidTransitionError, match="no longer offered to you"):
        workflow.decline_offer(seat, by=second.user)


def test_expire_offers_moves_seat_to_end_of_queue():
    first, second = make_confirmed_and_waitlisted()
    third = make_registration()
    workflow.cancel_registration(first, by=first.user)
    with time_machine.travel(timezone.now() + datetime.timedelta(hours=49)):
        with pytest.raises(InvalidTransitionError, match="expired"):
            workflow.accept_offer(get_offered_seat(second), by=second.user)
        assert workflow.expire_offers() == 1
        assert seat_statuses(third) == {(7, "in_person"): "offered"}
        assert capacity.waitlist_position(second.seats.get()) == 1
        second.refresh_from_db()
        assert (second.status, event_actions(second)[-1]) == (RegistrationStatus.WAITLISTED, "offer_expired")


def test_expire_offers_twice_removes_seat_from_queue():
    first, second = make_confirmed_and_waitlisted()
    workflow.cancel_registration(first, by=first.user)
    for days in (3, 6):
        with time_machine.travel(timezone.now() + datetime.timedelta(days=days)):
            workflow.expire_offers()
            workflow.offer_available_seats()
    assert seat_statuses(second) == {}
    assert event_actions(second)[-4:] == ["offer_made", "offer_expired", "offer_made", "offer_expired"]


def test_expire_offers_pending_registration_waitlists_seat(registrar):
    make_quota(MONDAY, IN_PERSON, 1)
    category = make_category(needs_approval=True)
    first, second = make_registration(category=category), make_registration(category=category)
    for one in (first, second):
        workflow.approve_registration(one, by=registrar)
    workflow.cancel_registration(first, by=registrar)
    second.refresh_from_db()
    workflow.edit_details(second, {"function": "Judge"}, by=second.user)
    with time_machine.travel(timezone.now() + datetime.timedelta(hours=49)):
        workflow.expire_offers()
    second.refresh_from_db()
    assert (second.status, seat_statuses(second)) == (RegistrationStatus.SUBMITTED, {(7, "in_person"): "waitlisted"})


def test_cancel_past_day_makes_no_offer():
    first, second = make_confirmed_and_waitlisted()
    with time_machine.travel(datetime.datetime(2020, 12, 8, 3, tzinfo=datetime.UTC)):
        workflow.cancel_registration(first, by=first.user)
    assert seat_statuses(second) == {(7, "in_person"): "waitlisted"}


def test_cancel_pending_registration_gets_offer_after_approval_only(registrar):
    make_quota(MONDAY, IN_PERSON, 1)
    category = make_category(needs_approval=True)
    first, second = make_registration(category=category), make_registration(category=category)
    for one in (first, second):
        workflow.approve_registration(one, by=registrar)
    workflow.edit_details(second, {"function": "Judge"}, by=second.user)
    workflow.cancel_registration(first, by=first.user)
    assert seat_statuses(second) == {(7, "in_person"): "waitlisted"}
    workflow.approve_registration(second, by=registrar)
    assert seat_statuses(second) == {(7, "in_person"): "offered"}


def test_offer_available_seats_first_come_first_served():
    quota = make_quota(MONDAY, IN_PERSON, 0)
    queue = [make_registration() for _ in range(4)]
    assert [capacity.waitlist_position(one.seats.get()) for one in queue] == [1, 2, 3, 4]
    quota.seats = 3
    quota.save()
    workflow.offer_available_seats()
    assert [seat_statuses(one)[7, "in_person"] for one in queue] == ["offered"] * 3 + ["waitlisted"]


# Erasure


def test_erase_user_keeps_only_anonymous_record():
    registration = make_registration(special_needs={"access": "A ramp", "diet": "No nuts"}, gender="female")
    user = registration.user
    workflow.erase_user(user)
    assert not any(
        model.objects.exists() for model in (Registration, Seat, RegistrationEvent, SpecialNeeds, QueuedEmail)
    )
    assert not User.objects.filter(pk=user.pk).exists()
    record = ErasedRegistration.objects.get()
    assert (record.category, record.region, record.status) == (registration.category, "asia_pacific", "confirmed")
    assert record.seats == [["2020-12-07", "in_person"]]


def test_erase_user_records_the_date_of_the_conference_time_zone():
    registration = make_registration()
    Registration.objects.update(submitted_at=datetime.datetime(2020, 11, 9, 20, tzinfo=datetime.UTC))
    workflow.erase_user(registration.user)
    assert ErasedRegistration.objects.get().submitted_on == datetime.date(2020, 11, 10)


def test_erase_user_offers_seat_to_next_in_queue():
    first, second = make_confirmed_and_waitlisted()
    workflow.erase_user(first.user)
    assert seat_statuses(second) == {(7, "in_person"): "offered"}


def test_erase_user_ends_all_sessions():
    user, other = make_registration().user, make_registration().user
    for account in (user, user, other):
        client_for(account)
    workflow.erase_user(user)
    assert [session.get_decoded()["_auth_user_id"] for session in Session.objects.all()] == [str(other.pk)]


def test_erase_user_organizer_keeps_account():
    organizer = make_organizer()
    make_registration(organizer)
    workflow.erase_user(organizer)
    assert (Registration.objects.exists(), User.objects.filter(pk=organizer.pk).exists()) == (False, True)


def test_count_seats_matches_rows(registrar):
    make_registration_settings(seats=5)
    make_quota(MONDAY, IN_PERSON, 2)
    category = make_category(seats=9)
    for _ in range(3):
        make_registration(category=category, days={MONDAY: IN_PERSON, TUESDAY: ONLINE}, online_while_waitlisted=True)
    counts = capacity.count_seats()
    monday, online = counts.for_day(MONDAY, IN_PERSON), counts.for_day(TUESDAY, ONLINE)
    assert (monday.taken, monday.limit, monday.waitlisted, monday.is_full) == (2, 2, 1, True)
    assert (online.taken, online.limit, online.is_full) == (3, None, False)
    assert (counts.for_day(MONDAY, ONLINE).taken, counts.in_person.taken, counts.in_person.limit) == (1, 2, 5)
    assert (counts.for_category(category.pk).taken, counts.for_category(category.pk).available) == (3, 6)


def test_count_seats_without_limits_counts_people():
    registration = make_registration(days={MONDAY: IN_PERSON})
    counts = capacity.count_seats()
    assert (counts.in_person, counts.for_category(registration.category_id)) == (
        capacity.SeatCount(taken=1),
        capacity.SeatCount(taken=1),
    )


@pytest.mark.slow
def test_count_seats_number_of_queries_is_constant(django_assert_num_queries):
    make_registration()
    with django_assert_num_queries(5):
        capacity.count_seats()
    for _ in range(29):
        make_registration()
    with django_assert_num_queries(5):
        capacity.count_seats()
