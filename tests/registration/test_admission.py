"""What can happen to a registration, one verb after the other."""

import datetime

import pytest
import time_machine
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone

from conference.registration import admission, seats
from conference.registration.models import Erased, Letter, Needs, Registration, Seat, State, Step
from conference.registration.states import NotPossible

from ..organizers import an_organizer
from .cast import (
    IN_PERSON,
    MONDAY,
    ONLINE,
    TUESDAY,
    WEDNESDAY,
    a_category,
    a_house,
    a_quota,
    a_registration,
    an_attendee,
    facts,
    seat_states,
    signed_in,
)


@pytest.fixture(autouse=True)
def _in_november(conference):
    with time_machine.travel(datetime.datetime(2020, 11, 10, 3, tzinfo=datetime.UTC), tick=True):
        yield


@pytest.fixture
def registrar():
    return an_organizer("Registrars")


def actions(registration):
    return list(registration.steps.values_list("action", flat=True))


def kinds(registration):
    return sorted(registration.letters.values_list("kind", flat=True))


def waiting_for_monday():
    """Somebody who has the one seat of Monday, and somebody who waits for it."""
    a_quota(MONDAY, IN_PERSON, 1)
    return a_registration(), a_registration()


def offered(registration):
    registration.refresh_from_db()
    return registration.seats.get(state="offered")


# Submitting


def test_who_needs_no_approval_has_a_seat_at_once():
    registration = a_registration(days={MONDAY: IN_PERSON, TUESDAY: ONLINE, WEDNESDAY: None})
    assert registration.state == State.CONFIRMED
    assert seat_states(registration) == {(7, "in_person"): "confirmed", (8, "online"): "confirmed"}


def test_who_needs_approval_has_no_seat_until_approved():
    registration = a_registration(category=a_category(needs_approval=True))
    assert registration.state == State.SUBMITTED
    assert seat_states(registration) == {(7, "in_person"): "asked"}


def test_one_person_has_one_registration_however_often_it_is_sent():
    user = an_attendee()
    first, made = admission.submit(user, facts(), {MONDAY: IN_PERSON}, language="en")
    again, made_again = admission.submit(user, facts(badge_name="Other"), {TUESDAY: ONLINE}, language="vi")
    assert (made, made_again, again) == (True, False, first)
    assert Registration.objects.get().badge_name == "Linh"
    assert seat_states(again) == {(7, "in_person"): "confirmed"}


def test_steps_taken_at_once_are_told_in_their_order():
    steps = a_registration().steps.all()
    assert [step.action for step in steps] == ["submit", "approve", "seat"]


def test_each_step_says_when_and_who(registrar):
    user = an_attendee()
    registration = a_registration(user, category=a_category(needs_approval=True))
    admission.approve(registration, by=registrar)
    steps = [(step.action, step.before, step.after, step.by) for step in registration.steps.all()]
    assert steps == [
        ("submit", "", "submitted", user),
        ("approve", "submitted", "approved", registrar),
        ("seat", "approved", "confirmed", registrar),
    ]


def test_needs_are_kept_apart_and_empty_ones_are_not_kept():
    told = a_registration(needs={"access": "A ramp", "diet": ""})
    a_registration(needs={"access": "", "diet": ""})
    assert [(needs.registration, needs.access) for needs in Needs.objects.all()] == [(told, "A ramp")]


def test_who_cancelled_can_register_again():
    registration = a_registration()
    admission.cancel(registration, by=registration.user)
    again, made = admission.submit(registration.user, facts(badge_name="New"), {TUESDAY: ONLINE}, language="vi")
    assert (made, again.pk, again.badge_name, again.state) == (True, registration.pk, "New", State.CONFIRMED)
    assert seat_states(again) == {(8, "online"): "confirmed"}


# Limits


def test_a_full_day_makes_one_wait():
    first, second = waiting_for_monday()
    assert (first.state, second.state) == (State.CONFIRMED, State.WAITING)


def test_a_full_category_makes_one_wait_though_the_day_has_seats():
    category = a_category(seats=1)
    first, second = a_registration(category=category), a_registration(category=category)
    other = a_registration(category=a_category())
    assert (first.state, second.state, other.state) == (State.CONFIRMED, State.WAITING, State.CONFIRMED)


def test_a_full_house_makes_one_wait_for_a_seat_in_person_only():
    a_house(seats=1)
    a_registration(days={MONDAY: IN_PERSON, TUESDAY: IN_PERSON})
    late = a_registration(days={WEDNESDAY: IN_PERSON, TUESDAY: ONLINE})
    assert seat_states(late) == {(9, "in_person"): "waiting", (8, "online"): "confirmed"}


def test_the_house_counts_a_person_once_however_many_days_they_come():
    a_house(seats=1)
    registration = a_registration(days={MONDAY: IN_PERSON, TUESDAY: IN_PERSON, WEDNESDAY: IN_PERSON})
    assert set(seat_states(registration).values()) == {"confirmed"}


def test_who_likes_to_is_online_while_they_wait():
    a_quota(MONDAY, IN_PERSON, 0)
    registration = a_registration(online_meanwhile=True)
    assert seat_states(registration) == {(7, "in_person"): "waiting", (7, "online"): "confirmed"}


def test_lowering_a_limit_gives_nobodys_seat_away():
    quota = a_quota(MONDAY, IN_PERSON, 2)
    first, second = a_registration(), a_registration()
    quota.seats = 1
    quota.save()
    third = a_registration()
    assert [seat_states(one)[7, "in_person"] for one in (first, second, third)] == ["confirmed", "confirmed", "waiting"]
    admission.cancel(first, by=first.user)
    assert seat_states(third)[7, "in_person"] == "waiting"


def test_raising_a_limit_offers_the_new_seats_in_line():
    quota = a_quota(MONDAY, IN_PERSON, 0)
    first, second, third = a_registration(), a_registration(), a_registration()
    quota.seats = 2
    quota.save()
    assert admission.offer_free_seats() == 2
    assert [seat_states(one)[7, "in_person"] for one in (first, second, third)] == ["offered", "offered", "waiting"]


def test_nobody_who_comes_later_takes_what_is_free_for_those_who_wait():
    quota = a_quota(MONDAY, IN_PERSON, 0)
    first = a_registration()
    quota.seats = 1
    quota.save()
    late = a_registration()
    assert seat_states(first) == {(7, "in_person"): "offered"}
    assert seat_states(late) == {(7, "in_person"): "waiting"}


def test_who_waits_for_a_category_does_not_hold_up_the_others():
    small = a_category(seats=1)
    a_registration(category=small)
    quota = a_quota(TUESDAY, IN_PERSON, 1)
    a_registration(category=small, days={TUESDAY: IN_PERSON})
    other = a_registration(category=a_category(), days={TUESDAY: IN_PERSON})
    assert seat_states(other) == {(8, "in_person"): "confirmed"}
    assert seats.counts().of(quota.day, IN_PERSON).waiting == 1


# Deciding


def test_a_registrar_declines_with_a_reason(registrar):
    registration = a_registration(category=a_category(needs_approval=True))
    admission.decline(registration, by=registrar, reason="duplicate", note="See the other one.")
    step = registration.steps.last()
    assert (registration.state, step.reason, step.note) == (State.DECLINED, "duplicate", "See the other one.")
    assert seat_states(registration) == {}


def test_declining_is_undone_with_the_days_that_were_asked_for(registrar):
    registration = a_registration(days={MONDAY: IN_PERSON, TUESDAY: ONLINE}, category=a_category(needs_approval=True))
    admission.decline(registration, by=registrar, reason="other")
    admission.reconsider(registration, by=registrar)
    assert registration.state == State.SUBMITTED
    assert seat_states(registration) == {(7, "in_person"): "asked", (8, "online"): "asked"}


def test_what_was_decided_already_is_refused(registrar):
    registration = a_registration(category=a_category(needs_approval=True))
    admission.approve(registration, by=registrar)
    with pytest.raises(NotPossible, match="approved already"):
        admission.approve(registration, by=registrar)
    assert actions(registration) == ["submit", "approve", "seat"]


def test_two_registrars_do_not_decide_twice(registrar):
    registration = a_registration(category=a_category(needs_approval=True))
    seen_by_another = Registration.objects.get(pk=registration.pk)
    admission.decline(registration, by=registrar, reason="other")
    with pytest.raises(NotPossible, match="“Declined” and cannot become “Approved”"):
        admission.approve(seen_by_another, by=an_organizer("Registrars"))
    assert Registration.objects.get().state == State.DECLINED


def test_what_is_open_is_not_reconsidered(registrar):
    registration = a_registration()
    with pytest.raises(NotPossible, match="neither declined nor cancelled"):
        admission.reconsider(registration, by=registrar)


# Changing one's mind


def test_changing_an_approved_fact_asks_for_approval_again_and_keeps_the_seat(registrar):
    registration = a_registration(category=a_category(needs_approval=True))
    admission.approve(registration, by=registrar)
    admission.edit(registration, {"organization": "Elsewhere"}, by=registration.user)
    assert registration.state == State.SUBMITTED
    assert registration.steps.last().changes == {"organization": ["Da Nang Peace House", "Elsewhere"]}
    assert seat_states(registration) == {(7, "in_person"): "confirmed"}
    admission.approve(registration, by=registrar)
    assert registration.state == State.CONFIRMED


def test_changing_the_badge_asks_nobody(registrar):
    registration = a_registration(category=a_category(needs_approval=True))
    admission.approve(registration, by=registrar)
    admission.edit(registration, {"badge_name": "L."}, by=registration.user)
    assert registration.state == State.CONFIRMED


def test_a_registrar_corrects_a_fact_without_another_approval(registrar):
    registration = a_registration(category=a_category(needs_approval=True))
    admission.approve(registration, by=registrar)
    admission.edit(registration, {"country": "LA"}, by=registrar)
    assert registration.state == State.CONFIRMED
    assert registration.steps.last().changes == {"country": ["VN", "LA"]}


def test_saving_what_is_the_same_leaves_no_trace():
    registration = a_registration()
    before = actions(registration)
    admission.edit(registration, facts(category=registration.category), by=registration.user)
    assert actions(registration) == before


def test_who_has_a_seat_cannot_move_into_a_full_category():
    full = a_category(seats=1)
    a_registration(category=full)
    registration = a_registration(category=a_category())
    with pytest.raises(NotPossible, match="no seat left in this category"):
        admission.edit(registration, {"category": full}, by=registration.user)
    assert Registration.objects.get(pk=registration.pk).category != full


def test_a_day_is_switched_where_there_is_a_seat():
    registration = a_registration()
    admission.choose_days(registration, {MONDAY: ONLINE, TUESDAY: IN_PERSON}, by=registration.user)
    assert seat_states(registration) == {(7, "online"): "confirmed", (8, "in_person"): "confirmed"}


def test_a_day_that_is_full_is_waited_for_while_the_seat_one_has_is_kept():
    a_quota(MONDAY, IN_PERSON, 0)
    registration = a_registration(days={MONDAY: ONLINE})
    admission.choose_days(registration, {MONDAY: IN_PERSON}, by=registration.user)
    assert seat_states(registration) == {(7, "online"): "confirmed", (7, "in_person"): "waiting"}
    admission.choose_days(registration, {MONDAY: ONLINE}, by=registration.user)
    assert seat_states(registration) == {(7, "online"): "confirmed"}
    assert not registration.seats.get(state="confirmed").meanwhile


def test_who_drops_their_last_day_is_approved_and_nothing_more():
    registration = a_registration()
    admission.choose_days(registration, {MONDAY: None}, by=registration.user)
    assert (registration.state, seat_states(registration)) == (State.APPROVED, {})


def test_a_dropped_day_is_offered_to_who_waits():
    first, second = waiting_for_monday()
    admission.choose_days(first, {MONDAY: ONLINE}, by=first.user)
    assert seat_states(second) == {(7, "in_person"): "offered"}


def test_choosing_what_one_has_leaves_no_trace():
    registration = a_registration()
    before = actions(registration)
    admission.choose_days(registration, {MONDAY: IN_PERSON, TUESDAY: None}, by=registration.user)
    assert actions(registration) == before


def test_days_are_chosen_anew_while_one_waits_for_approval():
    registration = a_registration(category=a_category(needs_approval=True))
    admission.choose_days(registration, {MONDAY: ONLINE, TUESDAY: ONLINE}, by=registration.user)
    assert registration.state == State.SUBMITTED
    assert seat_states(registration) == {(7, "online"): "asked", (8, "online"): "asked"}


def test_a_day_that_is_over_stays_as_it_was():
    registration = a_registration()
    on_tuesday = time_machine.travel(datetime.datetime(2020, 12, 8, 3, tzinfo=datetime.UTC))
    with on_tuesday, pytest.raises(NotPossible, match="day that is over"):
        admission.choose_days(registration, {MONDAY: ONLINE}, by=registration.user)


@pytest.mark.parametrize("verb", [admission.edit, admission.choose_days])
def test_nothing_is_changed_in_what_is_cancelled(verb):
    registration = a_registration()
    admission.cancel(registration, by=registration.user)
    with pytest.raises(NotPossible, match="closed"):
        verb(registration, {}, by=registration.user)


def test_who_gives_up_being_online_meanwhile_gives_that_seat_back():
    a_quota(MONDAY, IN_PERSON, 0)
    registration = a_registration(online_meanwhile=True)
    admission.edit(registration, {"online_meanwhile": False}, by=registration.user)
    assert seat_states(registration) == {(7, "in_person"): "waiting"}
    admission.edit(registration, {"online_meanwhile": True}, by=registration.user)
    assert seat_states(registration) == {(7, "in_person"): "waiting", (7, "online"): "confirmed"}


def test_days_and_being_online_meanwhile_are_one_change_with_one_letter():
    a_quota(MONDAY, IN_PERSON, 0)
    registration = a_registration(days={MONDAY: ONLINE})
    before, letters = actions(registration), len(kinds(registration))
    admission.choose_days(registration, {MONDAY: IN_PERSON}, by=registration.user, online_meanwhile=True)
    assert actions(registration) == [*before, "choose"]
    assert len(kinds(registration)) == letters + 1
    assert registration.steps.last().changes["online_meanwhile"] == [False, True]


def test_a_refused_choice_of_days_changes_nothing_else_either():
    registration = a_registration()
    on_tuesday = time_machine.travel(datetime.datetime(2020, 12, 8, 3, tzinfo=datetime.UTC))
    with on_tuesday, pytest.raises(NotPossible, match="day that is over"):
        admission.choose_days(registration, {MONDAY: ONLINE}, by=registration.user, online_meanwhile=True)
    assert not Registration.objects.get().online_meanwhile


# Cancelling and offers


def test_a_freed_seat_is_offered_to_the_next_in_line_with_a_deadline():
    a_house(offer_hours=24)
    first, second = waiting_for_monday()
    third = a_registration()
    admission.cancel(first, by=first.user)
    seat = offered(second)
    assert abs(seat.offered_until - timezone.now() - datetime.timedelta(hours=24)) < datetime.timedelta(minutes=1)
    assert (second.state, seat_states(third)) == (State.OFFERED, {(7, "in_person"): "waiting"})


def test_an_offer_is_accepted():
    first, second = waiting_for_monday()
    admission.cancel(first, by=first.user)
    admission.accept(offered(second), by=second.user)
    second.refresh_from_db()
    assert (second.state, seat_states(second)) == (State.CONFIRMED, {(7, "in_person"): "confirmed"})


def test_accepting_gives_back_the_seat_held_meanwhile():
    a_quota(MONDAY, IN_PERSON, 1)
    first, second = a_registration(), a_registration(online_meanwhile=True)
    admission.cancel(first, by=first.user)
    admission.accept(offered(second), by=second.user)
    assert seat_states(second) == {(7, "in_person"): "confirmed"}


def test_a_refused_offer_goes_to_the_next_and_the_seat_held_meanwhile_stays():
    a_quota(MONDAY, IN_PERSON, 1)
    first, second, third = a_registration(), a_registration(online_meanwhile=True), a_registration()
    admission.cancel(first, by=first.user)
    admission.refuse(offered(second), by=second.user)
    assert seat_states(second) == {(7, "online"): "confirmed"}
    assert not second.seats.get(state="confirmed").meanwhile
    assert seat_states(third) == {(7, "in_person"): "offered"}


def test_an_offer_is_answered_once():
    first, second = waiting_for_monday()
    admission.cancel(first, by=first.user)
    seat = offered(second)
    admission.accept(seat, by=second.user)
    with pytest.raises(NotPossible, match="not offered to you any more"):
        admission.refuse(seat, by=second.user)


def test_an_offer_lapses_to_the_end_of_the_list():
    first, second = waiting_for_monday()
    third = a_registration()
    admission.cancel(first, by=first.user)
    with time_machine.travel(timezone.now() + datetime.timedelta(hours=49)):
        with pytest.raises(NotPossible, match="lapsed"):
            admission.accept(offered(second), by=second.user)
        assert admission.lapse_offers() == 1
        assert seat_states(third) == {(7, "in_person"): "offered"}
        assert seats.place_in_line(second.seats.get()) == 1
        second.refresh_from_db()
        assert (second.state, actions(second)[-1]) == (State.WAITING, "lapse")


def test_who_lets_two_offers_lapse_is_not_asked_again():
    first, second = waiting_for_monday()
    admission.cancel(first, by=first.user)
    for days in (3, 6):
        with time_machine.travel(timezone.now() + datetime.timedelta(days=days)):
            admission.lapse_offers()
            admission.offer_free_seats()
    assert seat_states(second) == {}
    assert actions(second)[-4:] == ["offer", "lapse", "offer", "lapse"]


def test_an_offer_also_lapses_while_approval_is_awaited_again(registrar):
    a_quota(MONDAY, IN_PERSON, 1)
    category = a_category(needs_approval=True)
    first, second = a_registration(category=category), a_registration(category=category)
    for one in (first, second):
        admission.approve(one, by=registrar)
    admission.cancel(first, by=registrar)
    second.refresh_from_db()
    admission.edit(second, {"function": "Judge"}, by=second.user)
    with time_machine.travel(timezone.now() + datetime.timedelta(hours=49)):
        admission.lapse_offers()
    second.refresh_from_db()
    assert (second.state, seat_states(second)) == (State.SUBMITTED, {(7, "in_person"): "waiting"})


def test_no_seat_is_offered_on_a_day_that_is_over():
    first, second = waiting_for_monday()
    with time_machine.travel(datetime.datetime(2020, 12, 8, 3, tzinfo=datetime.UTC)):
        admission.cancel(first, by=first.user)
    assert seat_states(second) == {(7, "in_person"): "waiting"}


def test_who_awaits_approval_again_keeps_their_place_but_is_offered_nothing(registrar):
    a_quota(MONDAY, IN_PERSON, 1)
    category = a_category(needs_approval=True)
    first, second = a_registration(category=category), a_registration(category=category)
    for one in (first, second):
        admission.approve(one, by=registrar)
    admission.edit(second, {"function": "Judge"}, by=second.user)
    admission.cancel(first, by=first.user)
    assert seat_states(second) == {(7, "in_person"): "waiting"}
    admission.approve(second, by=registrar)
    assert seat_states(second) == {(7, "in_person"): "offered"}


def test_the_line_is_first_come_first_served():
    quota = a_quota(MONDAY, IN_PERSON, 0)
    line = [a_registration() for _ in range(4)]
    assert [seats.place_in_line(one.seats.get()) for one in line] == [1, 2, 3, 4]
    quota.seats = 3
    quota.save()
    admission.offer_free_seats()
    assert [seat_states(one)[7, "in_person"] for one in line] == ["offered"] * 3 + ["waiting"]


# Forgetting


def test_erasing_leaves_nothing_but_a_count():
    registration = a_registration(needs={"access": "A ramp", "diet": "No nuts"}, gender="female")
    user = registration.user
    admission.erase(user)
    assert not any(model.objects.exists() for model in (Registration, Seat, Step, Needs, Letter))
    assert not User.objects.filter(pk=user.pk).exists()
    left = Erased.objects.get()
    assert (left.category, left.region, left.state) == (registration.category, "asia_pacific", "confirmed")
    assert left.seats == [["2020-12-07", "in_person"]]


def test_an_erased_persons_seat_goes_to_the_next_in_line():
    first, second = waiting_for_monday()
    admission.erase(first.user)
    assert seat_states(second) == {(7, "in_person"): "offered"}


def test_every_browser_of_an_erased_person_is_signed_out_and_forgets_what_was_typed():
    user, other = a_registration().user, a_registration().user
    for somebody in (user, user, other):
        signed_in(somebody)
    admission.erase(user)
    assert [session.get_decoded()["_auth_user_id"] for session in Session.objects.all()] == [str(other.pk)]


def test_of_an_organizer_only_the_registration_is_erased():
    organizer = an_organizer()
    a_registration(organizer)
    admission.erase(organizer)
    assert (Registration.objects.exists(), User.objects.filter(pk=organizer.pk).exists()) == (False, True)


def test_the_counts_are_those_of_the_rows(registrar):
    a_house(seats=5)
    a_quota(MONDAY, IN_PERSON, 2)
    category = a_category(seats=9)
    for _ in range(3):
        a_registration(category=category, days={MONDAY: IN_PERSON, TUESDAY: ONLINE}, online_meanwhile=True)
    found = seats.counts()
    monday, online = found.of(MONDAY, IN_PERSON), found.of(TUESDAY, ONLINE)
    assert (monday.taken, monday.limit, monday.waiting, monday.is_full) == (2, 2, 1, True)
    assert (online.taken, online.limit, online.is_full) == (3, None, False)
    assert (found.of(MONDAY, ONLINE).taken, found.house.taken, found.house.limit) == (1, 2, 5)
    assert (found.of_category(category.pk).taken, found.of_category(category.pk).free) == (3, 6)


def test_counts_without_limits_include_people():
    registration = a_registration(days={MONDAY: IN_PERSON})
    found = seats.counts()
    assert (found.house, found.of_category(registration.category_id)) == (seats.Tally(taken=1), seats.Tally(taken=1))


def test_counting_takes_as_many_queries_for_one_as_for_thirty(django_assert_num_queries):
    a_registration()
    with django_assert_num_queries(5):
        seats.counts()
    for _ in range(29):
        a_registration()
    with django_assert_num_queries(5):
        seats.counts()
