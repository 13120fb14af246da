"""What can happen to a registration, one verb after the other."""

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


@pytest.fixture(autouse=True)
def _in_november(conference):
    with time_machine.travel(datetime.datetime(2020, 11, 10, 3, tzinfo=datetime.UTC), tick=True):
        yield


@pytest.fixture
def registrar():
    return make_organizer("Registrars")


def actions(registration):
    return list(registration.events.values_list("action", flat=True))


def kinds(registration):
    return sorted(registration.queued_emails.values_list("email_type", flat=True))


def waiting_for_monday():
    """Somebody who has the one seat of Monday, and somebody who waits for it."""
    make_quota(MONDAY, IN_PERSON, 1)
    return make_registration(), make_registration()


def offered(registration):
    registration.refresh_from_db()
    return registration.seats.get(status="offered")


# Submitting


def test_who_needs_no_approval_has_a_seat_at_once():
    registration = make_registration(days={MONDAY: IN_PERSON, TUESDAY: ONLINE, WEDNESDAY: None})
    assert registration.status == RegistrationStatus.CONFIRMED
    assert seat_statuses(registration) == {(7, "in_person"): "confirmed", (8, "online"): "confirmed"}


def test_who_needs_approval_has_no_seat_until_approved():
    registration = make_registration(category=make_category(needs_approval=True))
    assert registration.status == RegistrationStatus.SUBMITTED
    assert seat_statuses(registration) == {(7, "in_person"): "requested"}


def test_one_person_has_one_registration_however_often_it_is_sent():
    user = make_attendee()
    first, made = workflow.submit(user, registration_data(), {MONDAY: IN_PERSON}, language="en")
    again, made_again = workflow.submit(user, registration_data(badge_name="Other"), {TUESDAY: ONLINE}, language="vi")
    assert (made, made_again, again) == (True, False, first)
    assert Registration.objects.get().badge_name == "Linh"
    assert seat_statuses(again) == {(7, "in_person"): "confirmed"}


def test_steps_taken_at_once_are_told_in_their_order():
    steps = make_registration().events.all()
    assert [step.action for step in steps] == ["submit", "approve", "seat"]


def test_each_step_says_when_and_who(registrar):
    user = make_attendee()
    registration = make_registration(user, category=make_category(needs_approval=True))
    workflow.approve_registration(registration, by=registrar)
    steps = [(step.action, step.before, step.after, step.by) for step in registration.events.all()]
    assert steps == [
        ("submit", "", "submitted", user),
        ("approve", "submitted", "approved", registrar),
        ("seat", "approved", "confirmed", registrar),
    ]


def test_needs_are_kept_apart_and_empty_ones_are_not_kept():
    told = make_registration(special_needs={"access": "A ramp", "diet": ""})
    make_registration(special_needs={"access": "", "diet": ""})
    assert [(needs.registration, needs.access) for needs in SpecialNeeds.objects.all()] == [(told, "A ramp")]


def test_who_cancelled_can_register_again():
    registration = make_registration()
    workflow.cancel_registration(registration, by=registration.user)
    again, made = workflow.submit(
        registration.user, registration_data(badge_name="New"), {TUESDAY: ONLINE}, language="vi"
    )
    assert (made, again.pk, again.badge_name, again.status) == (
        True,
        registration.pk,
        "New",
        RegistrationStatus.CONFIRMED,
    )
    assert seat_statuses(again) == {(8, "online"): "confirmed"}


# Limits


def test_a_full_day_makes_one_wait():
    first, second = waiting_for_monday()
    assert (first.status, second.status) == (RegistrationStatus.CONFIRMED, RegistrationStatus.WAITLISTED)


def test_a_full_category_makes_one_wait_though_the_day_has_seats():
    category = make_category(seats=1)
    first, second = make_registration(category=category), make_registration(category=category)
    other = make_registration(category=make_category())
    assert (first.status, second.status, other.status) == (
        RegistrationStatus.CONFIRMED,
        RegistrationStatus.WAITLISTED,
        RegistrationStatus.CONFIRMED,
    )


def test_a_full_house_makes_one_wait_for_a_seat_in_person_only():
    make_registration_settings(seats=1)
    make_registration(days={MONDAY: IN_PERSON, TUESDAY: IN_PERSON})
    late = make_registration(days={WEDNESDAY: IN_PERSON, TUESDAY: ONLINE})
    assert seat_statuses(late) == {(9, "in_person"): "waitlisted", (8, "online"): "confirmed"}


def test_the_house_counts_a_person_once_however_many_days_they_come():
    make_registration_settings(seats=1)
    registration = make_registration(days={MONDAY: IN_PERSON, TUESDAY: IN_PERSON, WEDNESDAY: IN_PERSON})
    assert set(seat_statuses(registration).values()) == {"confirmed"}


def test_who_likes_to_is_online_while_they_wait():
    make_quota(MONDAY, IN_PERSON, 0)
    registration = make_registration(online_while_waitlisted=True)
    assert seat_statuses(registration) == {(7, "in_person"): "waitlisted", (7, "online"): "confirmed"}


def test_lowering_a_limit_gives_nobodys_seat_away():
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


def test_raising_a_limit_offers_the_new_seats_in_line():
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


def test_nobody_who_comes_later_takes_what_is_free_for_those_who_wait():
    quota = make_quota(MONDAY, IN_PERSON, 0)
    first = make_registration()
    quota.seats = 1
    quota.save()
    late = make_registration()
    assert seat_statuses(first) == {(7, "in_person"): "offered"}
    assert seat_statuses(late) == {(7, "in_person"): "waitlisted"}


def test_who_waits_for_a_category_does_not_hold_up_the_others():
    small = make_category(seats=1)
    make_registration(category=small)
    quota = make_quota(TUESDAY, IN_PERSON, 1)
    make_registration(category=small, days={TUESDAY: IN_PERSON})
    other = make_registration(category=make_category(), days={TUESDAY: IN_PERSON})
    assert seat_statuses(other) == {(8, "in_person"): "confirmed"}
    assert capacity.count_seats().for_day(quota.day, IN_PERSON).waitlisted == 1


# Deciding


def test_a_registrar_declines_with_a_reason(registrar):
    registration = make_registration(category=make_category(needs_approval=True))
    workflow.decline_registration(registration, by=registrar, reason="duplicate", note="See the other one.")
    step = registration.events.last()
    assert (registration.status, step.reason, step.note) == (
        RegistrationStatus.DECLINED,
        "duplicate",
        "See the other one.",
    )
    assert seat_statuses(registration) == {}


def test_declining_is_undone_with_the_days_that_were_asked_for(registrar):
    registration = make_registration(
        days={MONDAY: IN_PERSON, TUESDAY: ONLINE}, category=make_category(needs_approval=True)
    )
    workflow.decline_registration(registration, by=registrar, reason="other")
    workflow.reopen_registration(registration, by=registrar)
    assert registration.status == RegistrationStatus.SUBMITTED
    assert seat_statuses(registration) == {(7, "in_person"): "requested", (8, "online"): "requested"}


def test_what_was_decided_already_is_refused(registrar):
    registration = make_registration(category=make_category(needs_approval=True))
    workflow.approve_registration(registration, by=registrar)
    with pytest.raises(InvalidTransitionError, match="approved already"):
        workflow.approve_registration(registration, by=registrar)
    assert actions(registration) == ["submit", "approve", "seat"]


def test_two_registrars_do_not_decide_twice(registrar):
    registration = make_registration(category=make_category(needs_approval=True))
    seen_by_another = Registration.objects.get(pk=registration.pk)
    workflow.decline_registration(registration, by=registrar, reason="other")
    with pytest.raises(InvalidTransitionError, match="“Declined” and cannot become “Approved”"):
        workflow.approve_registration(seen_by_another, by=make_organizer("Registrars"))
    assert Registration.objects.get().status == RegistrationStatus.DECLINED


def test_what_is_open_is_not_reconsidered(registrar):
    registration = make_registration()
    with pytest.raises(InvalidTransitionError, match="neither declined nor cancelled"):
        workflow.reopen_registration(registration, by=registrar)


# Changing one's mind


def test_changing_an_approved_fact_asks_for_approval_again_and_keeps_the_seat(registrar):
    registration = make_registration(category=make_category(needs_approval=True))
    workflow.approve_registration(registration, by=registrar)
    workflow.edit_details(registration, {"organization": "Elsewhere"}, by=registration.user)
    assert registration.status == RegistrationStatus.SUBMITTED
    assert registration.events.last().changes == {"organization": ["Da Nang Peace House", "Elsewhere"]}
    assert seat_statuses(registration) == {(7, "in_person"): "confirmed"}
    workflow.approve_registration(registration, by=registrar)
    assert registration.status == RegistrationStatus.CONFIRMED


def test_changing_the_badge_asks_nobody(registrar):
    registration = make_registration(category=make_category(needs_approval=True))
    workflow.approve_registration(registration, by=registrar)
    workflow.edit_details(registration, {"badge_name": "L."}, by=registration.user)
    assert registration.status == RegistrationStatus.CONFIRMED


def test_a_registrar_corrects_a_fact_without_another_approval(registrar):
    registration = make_registration(category=make_category(needs_approval=True))
    workflow.approve_registration(registration, by=registrar)
    workflow.edit_details(registration, {"country": "LA"}, by=registrar)
    assert registration.status == RegistrationStatus.CONFIRMED
    assert registration.events.last().changes == {"country": ["VN", "LA"]}


def test_saving_what_is_the_same_leaves_no_trace():
    registration = make_registration()
    before = actions(registration)
    workflow.edit_details(registration, registration_data(category=registration.category), by=registration.user)
    assert actions(registration) == before


def test_who_has_a_seat_cannot_move_into_a_full_category():
    full = make_category(seats=1)
    make_registration(category=full)
    registration = make_registration(category=make_category())
    with pytest.raises(InvalidTransitionError, match="no seat left in this category"):
        workflow.edit_details(registration, {"category": full}, by=registration.user)
    assert Registration.objects.get(pk=registration.pk).category != full


def test_a_day_is_switched_where_there_is_a_seat():
    registration = make_registration()
    workflow.change_days(registration, {MONDAY: ONLINE, TUESDAY: IN_PERSON}, by=registration.user)
    assert seat_statuses(registration) == {(7, "online"): "confirmed", (8, "in_person"): "confirmed"}


def test_a_day_that_is_full_is_waited_for_while_the_seat_one_has_is_kept():
    make_quota(MONDAY, IN_PERSON, 0)
    registration = make_registration(days={MONDAY: ONLINE})
    workflow.change_days(registration, {MONDAY: IN_PERSON}, by=registration.user)
    assert seat_statuses(registration) == {(7, "online"): "confirmed", (7, "in_person"): "waitlisted"}
    workflow.change_days(registration, {MONDAY: ONLINE}, by=registration.user)
    assert seat_statuses(registration) == {(7, "online"): "confirmed"}
    assert not registration.seats.get(status="confirmed").is_interim


def test_who_drops_their_last_day_is_approved_and_nothing_more():
    registration = make_registration()
    workflow.change_days(registration, {MONDAY: None}, by=registration.user)
    assert (registration.status, seat_statuses(registration)) == (RegistrationStatus.APPROVED, {})


def test_a_dropped_day_is_offered_to_who_waits():
    first, second = waiting_for_monday()
    workflow.change_days(first, {MONDAY: ONLINE}, by=first.user)
    assert seat_statuses(second) == {(7, "in_person"): "offered"}


def test_choosing_what_one_has_leaves_no_trace():
    registration = make_registration()
    before = actions(registration)
    workflow.change_days(registration, {MONDAY: IN_PERSON, TUESDAY: None}, by=registration.user)
    assert actions(registration) == before


def test_days_are_chosen_anew_while_one_waits_for_approval():
    registration = make_registration(category=make_category(needs_approval=True))
    workflow.change_days(registration, {MONDAY: ONLINE, TUESDAY: ONLINE}, by=registration.user)
    assert registration.status == RegistrationStatus.SUBMITTED
    assert seat_statuses(registration) == {(7, "online"): "requested", (8, "online"): "requested"}


def test_a_day_that_is_over_stays_as_it_was():
    registration = make_registration()
    on_tuesday = time_machine.travel(datetime.datetime(2020, 12, 8, 3, tzinfo=datetime.UTC))
    with on_tuesday, pytest.raises(InvalidTransitionError, match="day that is over"):
        workflow.change_days(registration, {MONDAY: ONLINE}, by=registration.user)


@pytest.mark.parametrize("verb", [workflow.edit_details, workflow.change_days])
def test_nothing_is_changed_in_what_is_cancelled(verb):
    registration = make_registration()
    workflow.cancel_registration(registration, by=registration.user)
    with pytest.raises(InvalidTransitionError, match="closed"):
        verb(registration, {}, by=registration.user)


def test_who_gives_up_being_online_meanwhile_gives_that_seat_back():
    make_quota(MONDAY, IN_PERSON, 0)
    registration = make_registration(online_while_waitlisted=True)
    workflow.edit_details(registration, {"online_while_waitlisted": False}, by=registration.user)
    assert seat_statuses(registration) == {(7, "in_person"): "waitlisted"}
    workflow.edit_details(registration, {"online_while_waitlisted": True}, by=registration.user)
    assert seat_statuses(registration) == {(7, "in_person"): "waitlisted", (7, "online"): "confirmed"}


def test_days_and_being_online_meanwhile_are_one_change_with_one_letter():
    make_quota(MONDAY, IN_PERSON, 0)
    registration = make_registration(days={MONDAY: ONLINE})
    before, letters = actions(registration), len(kinds(registration))
    workflow.change_days(registration, {MONDAY: IN_PERSON}, by=registration.user, online_while_waitlisted=True)
    assert actions(registration) == [*before, "choose"]
    assert len(kinds(registration)) == letters + 1
    assert registration.events.last().changes["online_while_waitlisted"] == [False, True]


def test_a_refused_choice_of_days_changes_nothing_else_either():
    registration = make_registration()
    on_tuesday = time_machine.travel(datetime.datetime(2020, 12, 8, 3, tzinfo=datetime.UTC))
    with on_tuesday, pytest.raises(InvalidTransitionError, match="day that is over"):
        workflow.change_days(registration, {MONDAY: ONLINE}, by=registration.user, online_while_waitlisted=True)
    assert not Registration.objects.get().online_while_waitlisted


# Cancelling and offers


def test_a_freed_seat_is_offered_to_the_next_in_line_with_a_deadline():
    make_registration_settings(offer_hours=24)
    first, second = waiting_for_monday()
    third = make_registration()
    workflow.cancel_registration(first, by=first.user)
    seat = offered(second)
    assert abs(seat.offered_until - timezone.now() - datetime.timedelta(hours=24)) < datetime.timedelta(minutes=1)
    assert (second.status, seat_statuses(third)) == (RegistrationStatus.OFFERED, {(7, "in_person"): "waitlisted"})


def test_an_offer_is_accepted():
    first, second = waiting_for_monday()
    workflow.cancel_registration(first, by=first.user)
    workflow.accept_offer(offered(second), by=second.user)
    second.refresh_from_db()
    assert (second.status, seat_statuses(second)) == (RegistrationStatus.CONFIRMED, {(7, "in_person"): "confirmed"})


def test_accepting_gives_back_the_seat_held_meanwhile():
    make_quota(MONDAY, IN_PERSON, 1)
    first, second = make_registration(), make_registration(online_while_waitlisted=True)
    workflow.cancel_registration(first, by=first.user)
    workflow.accept_offer(offered(second), by=second.user)
    assert seat_statuses(second) == {(7, "in_person"): "confirmed"}


def test_a_refused_offer_goes_to_the_next_and_the_seat_held_meanwhile_stays():
    make_quota(MONDAY, IN_PERSON, 1)
    first, second, third = make_registration(), make_registration(online_while_waitlisted=True), make_registration()
    workflow.cancel_registration(first, by=first.user)
    workflow.decline_offer(offered(second), by=second.user)
    assert seat_statuses(second) == {(7, "online"): "confirmed"}
    assert not second.seats.get(status="confirmed").is_interim
    assert seat_statuses(third) == {(7, "in_person"): "offered"}


def test_an_offer_is_answered_once():
    first, second = waiting_for_monday()
    workflow.cancel_registration(first, by=first.user)
    seat = offered(second)
    workflow.accept_offer(seat, by=second.user)
    with pytest.raises(InvalidTransitionError, match="not offered to you any more"):
        workflow.decline_offer(seat, by=second.user)


def test_an_offer_lapses_to_the_end_of_the_list():
    first, second = waiting_for_monday()
    third = make_registration()
    workflow.cancel_registration(first, by=first.user)
    with time_machine.travel(timezone.now() + datetime.timedelta(hours=49)):
        with pytest.raises(InvalidTransitionError, match="lapsed"):
            workflow.accept_offer(offered(second), by=second.user)
        assert workflow.expire_offers() == 1
        assert seat_statuses(third) == {(7, "in_person"): "offered"}
        assert capacity.waitlist_position(second.seats.get()) == 1
        second.refresh_from_db()
        assert (second.status, actions(second)[-1]) == (RegistrationStatus.WAITLISTED, "lapse")


def test_who_lets_two_offers_lapse_is_not_asked_again():
    first, second = waiting_for_monday()
    workflow.cancel_registration(first, by=first.user)
    for days in (3, 6):
        with time_machine.travel(timezone.now() + datetime.timedelta(days=days)):
            workflow.expire_offers()
            workflow.offer_available_seats()
    assert seat_statuses(second) == {}
    assert actions(second)[-4:] == ["offer", "lapse", "offer", "lapse"]


def test_an_offer_also_lapses_while_approval_is_awaited_again(registrar):
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


def test_no_seat_is_offered_on_a_day_that_is_over():
    first, second = waiting_for_monday()
    with time_machine.travel(datetime.datetime(2020, 12, 8, 3, tzinfo=datetime.UTC)):
        workflow.cancel_registration(first, by=first.user)
    assert seat_statuses(second) == {(7, "in_person"): "waitlisted"}


def test_who_awaits_approval_again_keeps_their_place_but_is_offered_nothing(registrar):
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


def test_the_line_is_first_come_first_served():
    quota = make_quota(MONDAY, IN_PERSON, 0)
    line = [make_registration() for _ in range(4)]
    assert [capacity.waitlist_position(one.seats.get()) for one in line] == [1, 2, 3, 4]
    quota.seats = 3
    quota.save()
    workflow.offer_available_seats()
    assert [seat_statuses(one)[7, "in_person"] for one in line] == ["offered"] * 3 + ["waitlisted"]


# Forgetting


def test_erasing_leaves_nothing_but_a_count():
    registration = make_registration(special_needs={"access": "A ramp", "diet": "No nuts"}, gender="female")
    user = registration.user
    workflow.erase_user(user)
    assert not any(
        model.objects.exists() for model in (Registration, Seat, RegistrationEvent, SpecialNeeds, QueuedEmail)
    )
    assert not User.objects.filter(pk=user.pk).exists()
    left = ErasedRegistration.objects.get()
    assert (left.category, left.region, left.status) == (registration.category, "asia_pacific", "confirmed")
    assert left.seats == [["2020-12-07", "in_person"]]


def test_an_erased_persons_seat_goes_to_the_next_in_line():
    first, second = waiting_for_monday()
    workflow.erase_user(first.user)
    assert seat_statuses(second) == {(7, "in_person"): "offered"}


def test_every_browser_of_an_erased_person_is_signed_out_and_forgets_what_was_typed():
    user, other = make_registration().user, make_registration().user
    for somebody in (user, user, other):
        client_for(somebody)
    workflow.erase_user(user)
    assert [session.get_decoded()["_auth_user_id"] for session in Session.objects.all()] == [str(other.pk)]


def test_of_an_organizer_only_the_registration_is_erased():
    organizer = make_organizer()
    make_registration(organizer)
    workflow.erase_user(organizer)
    assert (Registration.objects.exists(), User.objects.filter(pk=organizer.pk).exists()) == (False, True)


def test_the_counts_are_those_of_the_rows(registrar):
    make_registration_settings(seats=5)
    make_quota(MONDAY, IN_PERSON, 2)
    category = make_category(seats=9)
    for _ in range(3):
        make_registration(category=category, days={MONDAY: IN_PERSON, TUESDAY: ONLINE}, online_while_waitlisted=True)
    found = capacity.count_seats()
    monday, online = found.for_day(MONDAY, IN_PERSON), found.for_day(TUESDAY, ONLINE)
    assert (monday.taken, monday.limit, monday.waitlisted, monday.is_full) == (2, 2, 1, True)
    assert (online.taken, online.limit, online.is_full) == (3, None, False)
    assert (found.for_day(MONDAY, ONLINE).taken, found.in_person.taken, found.in_person.limit) == (1, 2, 5)
    assert (found.for_category(category.pk).taken, found.for_category(category.pk).available) == (3, 6)


def test_counts_without_limits_include_people():
    registration = make_registration(days={MONDAY: IN_PERSON})
    found = capacity.count_seats()
    assert (found.in_person, found.for_category(registration.category_id)) == (
        capacity.SeatCount(taken=1),
        capacity.SeatCount(taken=1),
    )


def test_counting_takes_as_many_queries_for_one_as_for_thirty(django_assert_num_queries):
    make_registration()
    with django_assert_num_queries(5):
        capacity.count_seats()
    for _ in range(29):
        make_registration()
    with django_assert_num_queries(5):
        capacity.count_seats()
