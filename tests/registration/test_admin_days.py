"""Days chosen at the desk for somebody else."""

import datetime
import re

import pytest
import time_machine

from conference.mail.models import QueuedEmail
from conference.registration import workflow
from conference.registration.models import Registration

from ..users import admin_client_for, count_queries, get_message_texts, make_organizer
from . import factories
from .factories import IN_PERSON, MONDAY, ONLINE, TUESDAY, WEDNESDAY

NOVEMBER = datetime.datetime(2020, 11, 20, 3, tzinfo=datetime.UTC)
AFTERWARDS = datetime.datetime(2020, 12, 11, 3, tzinfo=datetime.UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _before_the_conference():
    with time_machine.travel(NOVEMBER, tick=True):
        yield


@pytest.fixture
def linh(conference):
    return factories.make_registration(days={MONDAY: IN_PERSON})


def of(registration, page="days"):
    return f"/admin/registration/registration/{registration.pk}/{page}/"


def chosen(**days):
    names = {"monday": MONDAY, "tuesday": TUESDAY, "wednesday": WEDNESDAY}
    return {f"day_{names[name].isoformat()}": mode for name, mode in days.items()}


def seen(page):
    return {"seen": re.search(r'name="seen" value="([0-9a-f]+)"', page)[1]}


def choose(desk, registration, **days):
    """Look at the page, choose and save."""
    return desk.post(of(registration), seen(desk.get(of(registration)).text) | chosen(**days))


def test_a_registrar_chooses_other_days_for_somebody(desk, registrar, linh):
    response = choose(desk, linh, monday="", tuesday="in_person", wednesday="online")
    assert response.headers["Location"] == of(linh, "review")
    assert get_message_texts(response) == ["The days of “Linh” were saved."]
    assert factories.seat_statuses(linh) == {(8, IN_PERSON): "confirmed", (9, ONLINE): "confirmed"}
    assert linh.events.get(action="choose").by == registrar


def test_the_person_is_told_by_letter(desk, linh):
    choose(desk, linh, monday="online")
    letter = QueuedEmail.objects.order_by("created_at").last()
    assert (letter.to, letter.email_type) == (linh.email, "changed")


def test_who_is_not_approved_yet_asks_for_the_other_days_and_has_no_letter(desk, conference):
    waits = factories.make_registration(category=factories.make_category("Media", needs_approval=True))
    before = QueuedEmail.objects.count()
    choose(desk, waits, monday="", tuesday="online")
    assert factories.seat_statuses(waits) == {(8, ONLINE): "requested"}
    assert QueuedEmail.objects.count() == before


def test_what_is_full_is_waited_for_and_the_seat_of_that_day_is_kept_until_then(desk, conference):
    factories.make_quota(TUESDAY, seats=0)
    linh = factories.make_registration(days={TUESDAY: ONLINE})
    choose(desk, linh, tuesday="in_person")
    assert factories.seat_statuses(linh) == {(8, ONLINE): "confirmed", (8, IN_PERSON): "waitlisted"}


def test_being_online_meanwhile_is_chosen_with_the_days(desk, linh):
    page = desk.get(of(linh)).text
    desk.post(of(linh), seen(page) | chosen(monday="in_person") | {"online_while_waitlisted": "on"})
    linh.refresh_from_db()
    assert linh.online_while_waitlisted


def test_being_online_meanwhile_is_given_up_with_the_days(desk, conference):
    factories.make_quota(seats=0)
    linh = factories.make_registration(days={MONDAY: IN_PERSON}, online_while_waitlisted=True)
    choose(desk, linh, monday="in_person")
    linh.refresh_from_db()
    assert not linh.online_while_waitlisted
    assert factories.seat_statuses(linh) == {(7, IN_PERSON): "waitlisted"}


def test_saving_what_is_so_already_changes_nothing_and_says_so(desk, linh):
    letters = QueuedEmail.objects.count()
    assert get_message_texts(choose(desk, linh, monday="in_person")) == ["Nothing was changed."]
    assert (linh.events.filter(action="choose").count(), QueuedEmail.objects.count()) == (0, letters)


@pytest.mark.parametrize(
    ("needs_approval", "words"),
    [
        (False, "The participant is informed by e-mail."),
        (True, "Seats are assigned when the registration is approved."),
    ],
)
def test_the_page_tells_what_follows(desk, conference, needs_approval, words):
    other = factories.make_registration(category=factories.make_category(needs_approval=needs_approval))
    assert words in desk.get(of(other)).text


def test_the_page_shows_what_they_have_and_how_it_stands_with_seats(desk, conference):
    factories.make_quota(TUESDAY, seats=0)
    page = desk.get(of(factories.make_registration(days={MONDAY: IN_PERSON, WEDNESDAY: ONLINE}))).text
    on = {day: page.partition(f"{day} December 2020</legend>")[2].partition("</fieldset>")[0] for day in (7, 8, 9)}
    assert [re.findall(r'value="(\w*)" id="[^"]+"[^>]* checked', answers) for answers in on.values()] == [
        ["in_person"],
        [""],
        ["online"],
    ]
    assert "Confirmed</p>" in on[7]
    assert "Full. The wait list is empty.</p>" in on[8]
    assert "Places available</p>" in on[9]


def test_the_page_tells_that_a_category_is_full_in_the_house_and_online(desk, conference):
    factories.make_registration(category=(media := factories.make_category("Media", seats=1)))
    page = desk.get(of(factories.make_registration(category=media))).text
    assert page.count("The category is full. The participant would join the wait list.</p>") == 5


def test_the_page_shows_what_they_have_only_for_now(desk, conference):
    factories.make_quota(seats=0)
    page = desk.get(of(factories.make_registration(days={MONDAY: IN_PERSON}, online_while_waitlisted=True))).text
    monday = page.partition("</fieldset>")[0]
    assert ("On the wait list</p>" in monday, "Online (interim)</p>" in monday) == (True, True)
    assert re.findall(r'value="(\w*)" id="[^"]+"[^>]* checked', monday) == ["in_person"]


def test_a_seat_in_the_house_that_is_kept_for_now_is_called_so(desk, linh):
    factories.make_quota(MONDAY, ONLINE, seats=0)
    choose(desk, linh, monday="online")
    assert factories.seat_statuses(linh) == {(7, IN_PERSON): "confirmed", (7, ONLINE): "waitlisted"}
    assert "In person (interim)</p>" in desk.get(of(linh)).text
    review = desk.get(of(linh, "review")).text
    assert ("in person (interim)" in review, "online (interim)" in review) == (True, False)


def test_no_day_at_all_is_refused_in_words_and_changes_nothing(desk, linh):
    response = choose(desk, linh, monday="", tuesday="", wednesday="")
    assert response.status_code == 200
    assert "Choose at least one day, in person or online." in response.text
    assert factories.seat_statuses(linh) == {(7, IN_PERSON): "confirmed"}


def test_over_what_the_person_changed_meanwhile_nothing_is_saved_and_the_choice_stays(desk, linh):
    before = seen(desk.get(of(linh)).text)
    workflow.change_days(linh, {MONDAY: ONLINE}, by=linh.user)
    response = desk.post(of(linh), before | chosen(monday="in_person", tuesday="online"))
    assert response.status_code == 409
    assert "Not saved: this registration has changed" in response.text
    assert re.search(r'name="day_2020-12-08" value="online"[^>]* checked', response.text)
    assert factories.seat_statuses(linh) == {(7, ONLINE): "confirmed"}
    desk.post(of(linh), seen(response.text) | chosen(monday="in_person", tuesday="online"))
    assert factories.seat_statuses(linh) == {(7, IN_PERSON): "confirmed", (8, ONLINE): "confirmed"}


def test_who_cancelled_meanwhile_keeps_that_and_the_registrar_is_told(desk, linh):
    before = seen(desk.get(of(linh)).text)
    workflow.cancel_registration(linh, by=linh.user)
    response = desk.post(of(linh), before | chosen(monday="online"))
    assert response.headers["Location"] == of(linh, "review")
    assert get_message_texts(response) == ["The days of “Linh” can no longer be changed."]
    linh.refresh_from_db()
    assert linh.status == "cancelled"


def test_a_double_click_chooses_once(desk, linh):
    sent = seen(desk.get(of(linh)).text) | chosen(monday="online")
    assert [get_message_texts(desk.post(of(linh), sent))[-1] for _time in range(2)] == [
        "The days of “Linh” were saved.",
        "Nothing was changed.",
    ]
    assert linh.events.filter(action="choose").count() == 1


def test_the_review_leads_to_it(desk, linh):
    assert f'href="{of(linh)}"' in desk.get(of(linh, "review")).text


def test_nothing_can_be_chosen_once_it_is_over(registrar, linh):
    with time_machine.travel(AFTERWARDS, tick=True):
        desk = admin_client_for(registrar)
        assert of(linh) not in desk.get(of(linh, "review")).text
        assert desk.get(of(linh)).headers["Location"] == of(linh, "review")


def test_nothing_can_be_chosen_for_who_is_declined(desk, registrar, conference):
    waits = factories.make_registration(category=factories.make_category("Media", needs_approval=True))
    workflow.decline_registration(waits, by=registrar, reason="other")
    assert of(waits) not in desk.get(of(waits, "review")).text
    assert desk.post(of(waits), chosen(monday="online")).headers["Location"] == of(waits, "review")


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_may_only_look_chooses_no_days(linh, method):
    desk = admin_client_for(make_organizer("Hospitality"))
    response = getattr(desk, method)(of(linh), chosen(monday="online"))
    assert response.status_code == 403
    assert factories.seat_statuses(linh) == {(7, IN_PERSON): "confirmed"}


def test_what_does_not_exist_has_no_days(desk):
    assert desk.get(of(Registration())).status_code == 404


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({}, 200),
        ({"seen": "x"}, 200),
        ({"day_2020-12-07": "by ship"}, 200),
        ({"day_2021-01-01": "online"}, 200),
        ({"day_2020-12-07": "online"}, 409),
        ({"day_2020-12-07": "online", "seen": "x"}, 409),
    ],
)
def test_what_no_form_of_ours_sends_changes_nothing(desk, linh, sent, status):
    assert desk.post(of(linh), sent).status_code == status
    assert factories.seat_statuses(linh) == {(7, IN_PERSON): "confirmed"}


def test_who_may_only_look_is_not_led_there(linh):
    page = admin_client_for(make_organizer("Hospitality")).get(of(linh, "review"))
    assert (page.status_code, of(linh) in page.text) == (200, False)


def test_many_others_take_no_more_queries(desk, linh):
    for_one = count_queries(desk, of(linh))
    for _time in range(5):
        factories.make_registration(days={MONDAY: IN_PERSON, TUESDAY: ONLINE})
    assert count_queries(desk, of(linh)) == for_one
