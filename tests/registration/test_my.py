"""What an attendee has: where it stands, what may be changed, what may be taken along, and the way out."""

import datetime
import json
import re

import pytest
import time_machine
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client

from conference.registration import admission
from conference.registration.models import Category, Erased, Letter, Needs, Registration, Seat, State, Step

from ..organizers import an_organizer, at_the_desk, queries
from .cast import (
    IN_PERSON,
    MONDAY,
    ONLINE,
    TUESDAY,
    a_category,
    a_quota,
    a_registration,
    an_attendee,
    seat_states,
    signed_in,
)
from .visitors import (
    CANCEL,
    DAYS,
    EDIT,
    ERASE,
    MY,
    NOVEMBER,
    REGISTER,
    a_database_that_is_down,
    a_window,
    an_open_form,
    codes_sent,
    errors,
    shown,
    the_form,
)

CALENDAR, DATA = "/my/days.ics", "/my/data.json"
PAGES = [MY, EDIT, DAYS, CANCEL, ERASE, DATA, CALENDAR]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_november(conference):
    cache.clear()
    with time_machine.travel(NOVEMBER, tick=True):
        an_open_form()
        yield


@pytest.fixture
def user():
    return an_attendee()


@pytest.fixture
def client(user):
    return signed_in(user)


def facts(**changes):
    names = "passport_name badge_name country organization function category gender languages access diet"
    sent = {name: value for name, value in the_form().items() if name in names.split()}
    return sent | {"letter_language": "en"} | changes


def days(**changes):
    """monday, tuesday, wednesday: a mode or nothing."""
    names = {"monday": "day_2020-12-07", "tuesday": "day_2020-12-08", "wednesday": "day_2020-12-09"}
    return {names.get(name, name): value for name, value in changes.items() if value}


# Whose it is


@pytest.mark.parametrize("page", PAGES)
def test_who_is_not_signed_in_is_asked_to(page):
    response = Client().get(page)
    assert response.headers["Location"] == f"/accounts/login/code/?next={page}"
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_kept_by_nobody(client, user, page):
    a_registration(user)
    response = client.get(page)
    assert response.status_code == 200
    for rule in ("no-store", "private"):
        assert rule in response.headers["Cache-Control"]
    assert "Cookie" in response.headers["Vary"]
    assert response.headers["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize("page", PAGES)
def test_after_signing_out_nothing_is_shown(client, user, page):
    a_registration(user)
    client.get(page)
    client.post("/accounts/logout/")
    assert client.get(page).status_code == 302


@pytest.mark.parametrize("page", [MY, EDIT, DATA])
def test_a_page_shows_ones_own_registration_whatever_is_asked_for(client, user, page):
    a_registration(user, badge_name="Linh")
    other = a_registration(badge_name="Secret Guest")
    for name in ("id", "user", "registration", "pk"):
        text = shown(client.get(page, {name: other.pk}))
        assert "Secret Guest" not in text
        assert "Linh" in text


@pytest.mark.parametrize(("page", "most"), [(MY, 6), (EDIT, 6), (DAYS, 9), (CANCEL, 6), (ERASE, 6)])
def test_page_of_own_registration_makes_few_queries(client, user, page, most):
    a_quota(MONDAY, IN_PERSON, 1)
    a_registration()
    registration = a_registration(user, {MONDAY: IN_PERSON, TUESDAY: ONLINE}, needs={"access": "a", "diet": "b"})
    admission.choose_days(registration, {TUESDAY: IN_PERSON}, by=user)
    assert queries(client, page) <= most


def test_page_costs_the_same_however_many_wait(client, user):
    a_quota(MONDAY, IN_PERSON, 1)
    a_registration()
    a_registration(user)
    before = queries(client, MY)
    for _ in range(3):
        a_registration()
    assert queries(client, MY) == before


# Without a registration


@pytest.mark.parametrize("page", [EDIT, DAYS, CANCEL])
@pytest.mark.parametrize("method", ["get", "post"])
def test_without_a_registration_there_is_nothing_to_change(client, page, method):
    assert getattr(client, method)(page).headers["Location"] == MY


def test_who_has_not_registered_is_shown_a_way_on(client):
    page = shown(client.get(MY))
    assert "You have not registered" in page
    assert f'href="{REGISTER}"' in page.partition("<main")[2]


def test_an_organizer_without_a_registration_is_shown_a_way_on():
    page = shown(at_the_desk(an_organizer()).get(MY))
    assert "You have not registered" in page
    assert 'href="/admin/"' in page


def test_without_a_registration_there_is_no_calendar(client):
    assert client.get(CALENDAR).status_code == 404


# Where it stands


@pytest.mark.parametrize(
    ("state", "heading"),
    [
        (State.SUBMITTED, "Your request is with the organizers"),
        (State.APPROVED, "You are admitted, but have no day left"),
        (State.WAITING, "You are on the wait list"),
        (State.OFFERED, "A seat is offered to you"),
        (State.CONFIRMED, "You are registered"),
        (State.DECLINED, "Your request was declined"),
        (State.CANCELLED, "Your registration is cancelled"),
    ],
)
def test_every_state_is_told_in_plain_words(client, user, state, heading):
    a_registration(user)
    Registration.objects.update(state=state)
    page = shown(client.get(MY))
    assert f"<h1>{heading}</h1>" in page
    assert re.search(r'<p class="lead">\s*\w+', page)


def test_each_day_is_told(client, user):
    a_quota(TUESDAY, IN_PERSON, 0)
    a_registration(user, {MONDAY: IN_PERSON, TUESDAY: IN_PERSON}, online_meanwhile=True)
    page = shown(client.get(MY))
    for words in (
        "In person: confirmed",
        "In person: on the wait list, number 1",
        "Online meanwhile: confirmed",
        "Not this day",
    ):
        assert words in page


def test_place_on_the_wait_list_is_told(client, user):
    a_quota(MONDAY, IN_PERSON, 0)
    for _ in range(3):
        a_registration()
    a_registration(user)
    assert "number 4" in shown(client.get(MY))


def test_an_offer_is_told_with_its_end_and_its_link(client, user):
    quota = a_quota(MONDAY, IN_PERSON, 0)
    a_registration(user)
    quota.seats = 1
    quota.save()
    admission.offer_free_seats()
    page = shown(client.get(MY))
    assert "A seat is offered to you" in page
    assert "offered to you until 12 November 2020, 10:00 (Ha Noi time)" in page
    assert re.search(r'href="/offers/[^"]+/"', page)


def test_only_a_confirmed_registration_has_its_ticket_and_calendar(client, user):
    a_registration(user)
    assert "/my/ticket/" in shown(client.get(MY))
    assert CALENDAR in shown(client.get(MY))
    admission.cancel(user.registration, by=user)
    assert "/my/ticket/" not in shown(client.get(MY))
    assert CALENDAR not in shown(client.get(MY))


def test_what_has_happened_is_told_in_words_without_names_of_organizers(client, user):
    registrar = an_organizer("Registrars")
    Category.objects.update(needs_approval=True)
    registration = a_registration(user)
    admission.decline(registration, by=registrar, reason=Step.Reason.INCOMPLETE, note="Send a <copy>.")
    page = shown(client.get(MY))
    assert "You registered." in page
    assert "The organizers declined your request." in page
    assert "Send a &lt;copy&gt;." in page
    assert registrar.email not in page


@pytest.mark.parametrize("action", Step.Action.values)
def test_every_step_has_words(client, user, action):
    a_registration(user)
    Step.objects.update(action=action)
    steps = re.findall(r"</time> <span>(.*?)</span>", shown(client.get(MY)), re.DOTALL)
    assert steps
    assert all(step.strip() for step in steps)


def test_what_somebody_typed_is_shown_as_text(client, user):
    a_registration(user, badge_name='"><img src=x onerror=1>', needs={"access": "<b>x</b>", "diet": "{{ 7|add:1 }}"})
    page = shown(client.get(MY))
    assert "<img" not in page.partition("<main")[2]
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "{{ 7|add:1 }}" in page


# Changing what was told


def test_what_was_told_stands_in_the_form(client, user):
    a_registration(user, badge_name="Lin", needs={"access": "", "diet": "No nuts"})
    page = shown(client.get(EDIT))
    assert 'value="Lin"' in page
    assert 'value="No nuts"' in page
    assert '<option value="VN" selected>' in page


def test_what_was_told_is_changed(client, user):
    a_registration(user)
    response = client.post(EDIT, facts(badge_name="Lin", letter_language="vi", diet="No nuts"), follow=True)
    assert "Your changes are saved." in shown(response)
    registration = Registration.objects.get()
    assert (registration.badge_name, registration.letter_language) == ("Lin", "vi")
    assert Needs.objects.get().diet == "No nuts"


def test_changing_an_approved_fact_asks_for_approval_again(client, user):
    Category.objects.update(needs_approval=True)
    registration = a_registration(user)
    admission.approve(registration, by=an_organizer())
    assert "has to be approved again" in shown(client.get(EDIT))
    client.post(EDIT, facts(organization="Another house"))
    page = shown(client.get(MY))
    assert "they look at it again. Your seats are kept" in page
    assert seat_states(registration) == {(7, "in_person"): "confirmed"}


def test_errors_are_said_and_what_was_typed_stays(client, user):
    a_registration(user)
    response = client.post(EDIT, facts(passport_name="", badge_name="Lin"))
    assert list(errors(response)) == ["passport_name"]
    assert 'value="Lin"' in shown(response)
    assert "<title>Error: " in shown(response)


def test_the_category_one_has_can_be_kept_when_it_is_closed(client, user):
    category = a_category("Closed", slug="closed")
    a_registration(user, category=category)
    Category.objects.filter(pk=category.pk).update(is_open=False)
    client.post(EDIT, facts(category="closed", badge_name="Lin"))
    assert Registration.objects.get().badge_name == "Lin"


@pytest.mark.django_db(transaction=True)
def test_a_category_that_was_deleted_a_moment_ago_cannot_be_changed_to(client, user):
    registration, gone = a_registration(user), a_category("Closed", slug="closed")
    client.get(EDIT)
    gone.delete()
    response = client.post(EDIT, facts(category="closed", badge_name="Lin"))
    assert "This category cannot be chosen any more. Choose another one." in shown(response)
    assert 'value="Lin"' in shown(response)
    assert Registration.objects.get().category == registration.category


def test_fields_that_nobody_is_asked_change_nothing(client, user):
    Category.objects.update(needs_approval=True)
    registration = a_registration(user)
    client.post(EDIT, facts(state="confirmed", user=an_attendee().pk, consent="", state_by="1", is_staff="1"))
    registration.refresh_from_db()
    assert registration.state == "submitted"
    assert registration.user == user


@pytest.mark.parametrize("state", [State.DECLINED, State.CANCELLED])
@pytest.mark.parametrize("page", [EDIT, DAYS, CANCEL])
def test_what_is_closed_cannot_be_changed(client, user, state, page):
    registration = a_registration(user)
    Registration.objects.update(state=state)
    assert client.post(page, facts() | days(monday="online")).headers["Location"] == MY
    assert Registration.objects.get().state == state
    assert Registration.objects.get().badge_name == registration.badge_name


# Changing days


def test_form_shows_the_days_one_has_and_how_it_stands(client, user):
    a_quota(TUESDAY, IN_PERSON, 0)
    a_registration(user, {MONDAY: IN_PERSON, TUESDAY: IN_PERSON})
    page = shown(client.get(DAYS))
    assert re.search(r'name="day_2020-12-07" value="in_person"[^>]* checked', page)
    for words in ("You have it.", "You are waiting for it, as number 1.", "There is room."):
        assert words in page


def test_form_tells_where_ones_category_is_full_in_the_house_and_online(client, user):
    media = a_category(seats=1)
    a_registration(an_attendee(), category=media)
    a_registration(user, {MONDAY: IN_PERSON}, category=media)
    assert shown(client.get(DAYS)).count("Your category is full. You would wait.</p>") == 5


def test_form_tells_a_seat_that_is_held_meanwhile_from_one_that_was_asked_for(client, user):
    a_quota(MONDAY, IN_PERSON, 0)
    a_registration(user, {MONDAY: IN_PERSON}, online_meanwhile=True)
    page = shown(client.get(DAYS))
    assert "You have it meanwhile." in page
    assert re.search(r'name="day_2020-12-07" value="in_person"[^>]* checked', page)


def test_a_day_is_switched_to_online(client, user):
    registration = a_registration(user, {MONDAY: IN_PERSON, TUESDAY: IN_PERSON})
    client.post(DAYS, days(monday="online", tuesday="in_person"))
    assert seat_states(registration) == {(7, "online"): "confirmed", (8, "in_person"): "confirmed"}


def test_a_day_is_dropped_and_another_added(client, user):
    registration = a_registration(user, {MONDAY: IN_PERSON})
    client.post(DAYS, days(wednesday="online"))
    assert seat_states(registration) == {(9, "online"): "confirmed"}


def test_a_full_day_is_waited_for_and_the_seat_one_has_is_kept(client, user):
    a_quota(MONDAY, IN_PERSON, 0)
    registration = a_registration(user, {MONDAY: ONLINE})
    client.post(DAYS, days(monday="in_person", online_meanwhile="on"))
    assert seat_states(registration) == {(7, "online"): "confirmed", (7, "in_person"): "waiting"}


def test_dropping_every_day_is_said_to_be_wrong(client, user):
    registration = a_registration(user)
    response = client.post(DAYS, {})
    assert "day_2020-12-07" in errors(response)
    assert seat_states(registration) == {(7, "in_person"): "confirmed"}


def test_days_that_are_over_are_not_changed(client, user):
    registration = a_registration(user)
    with time_machine.travel(datetime.datetime(2020, 12, 8, 3, tzinfo=datetime.UTC)):
        page = shown(signed_in(user).get(DAYS))
        assert "day_2020-12-07" not in page
        signed_in(user).post(DAYS, days(monday="online", tuesday="online"))
    assert seat_states(registration) == {(7, "in_person"): "confirmed", (8, "online"): "confirmed"}


def test_after_the_conference_no_day_can_be_changed(user):
    a_registration(user)
    with time_machine.travel(datetime.datetime(2020, 12, 20, 3, tzinfo=datetime.UTC)):
        assert signed_in(user).get(DAYS).headers["Location"] == MY
        assert DAYS not in shown(signed_in(user).get(MY))


# Cancelling


def test_cancelling_asks_first(client, user):
    registration = a_registration(user)
    assert "Yes, cancel" in shown(client.get(CANCEL))
    registration.refresh_from_db()
    assert registration.state == "confirmed"


def test_cancelling_gives_everything_back(client, user):
    registration = a_registration(user)
    page = shown(client.post(CANCEL, follow=True))
    assert "Your registration is cancelled" in page
    assert "Register again" in page
    assert seat_states(registration) == {}


def test_cancelling_twice_changes_nothing(client, user):
    a_registration(user)
    for _ in range(2):
        client.post(CANCEL)
    assert Step.objects.filter(action="cancel").count() == 1


def test_after_the_window_nobody_is_invited_to_register_again(client, user):
    a_registration(user)
    client.post(CANCEL)
    a_window(-30, -1)
    assert "Register again" not in shown(client.get(MY))


# Nothing typed is lost


@pytest.mark.parametrize(("page", "sent"), [(EDIT, facts(badge_name="Lin")), (DAYS, days(wednesday="online"))])
def test_a_session_that_ended_keeps_what_was_typed(user, page, sent):
    a_registration(user)
    client = Client()
    response = client.post(page, sent)
    assert response.headers["Location"] == f"/accounts/login/code/?next={page}"
    client.post("/accounts/login/code/", {"email": user.email, "next": page})
    code = {"code": codes_sent()[-1], "next": page}
    response = client.post("/accounts/login/code/confirm/", code, follow=True)
    assert response.redirect_chain[-1][0] == page
    assert "This is what you typed. It has not been sent yet." in shown(response)
    assert Registration.objects.get().badge_name == "Linh"
    if page == EDIT:
        assert 'value="Lin"' in shown(response)
    else:
        assert re.search(r'name="day_2020-12-09" value="online"[^>]* checked', shown(response))


@pytest.mark.parametrize(("page", "sent"), [(EDIT, facts(badge_name="Lin")), (DAYS, days(wednesday="online"))])
def test_another_language_keeps_what_was_typed(client, user, page, sent):
    a_registration(user)
    response = client.post(f"/vi{page}", sent | {"switch": "vi"}, follow=True)
    assert response.redirect_chain == [(f"/vi{page}", 302)]
    assert Step.objects.filter(action__in=("edit", "choose")).count() == 0
    kept = 'value="Lin"' if page == EDIT else 'name="day_2020-12-09" value="online"'
    assert kept in shown(response)


@pytest.mark.parametrize(("page", "sent"), [(EDIT, facts(badge_name="Lin")), (DAYS, days(wednesday="online"))])
def test_a_form_without_its_mark_is_shown_again_and_nothing_is_done(user, page, sent):
    a_registration(user)
    response = signed_in(user, enforce_csrf_checks=True).post(page, sent)
    assert response.status_code == 403
    assert "Press once more." in shown(response)
    assert Step.objects.filter(action__in=("edit", "choose")).count() == 0


@pytest.mark.parametrize("page", [EDIT, DAYS])
def test_what_was_kept_can_be_let_go(client, user, page):
    a_registration(user)
    client.post(page, facts(badge_name="Lin", switch="en"))
    client.post(page, {"clear": "1"})
    page = shown(client.get(page))
    assert "This is what you typed" not in page
    assert 'value="Lin"' not in page


@pytest.mark.parametrize("page", [EDIT, DAYS])
def test_while_the_database_is_down_what_was_typed_is_given_back(client, user, page):
    a_registration(user)
    client.get(page)
    with a_database_that_is_down():
        response = client.post(page, facts(badge_name="Lin"))
    assert response.status_code == 503
    assert '<input type="hidden" name="badge_name" value="Lin">' in shown(response)


@pytest.mark.parametrize("page", [CANCEL, ERASE])
def test_a_session_that_ended_neither_cancels_nor_erases(user, page):
    a_registration(user)
    Client().post(page, {"sure": "yes"})
    assert Registration.objects.get().state == "confirmed"


# Taking it along


def test_calendar_has_just_ones_own_days(client, user):
    a_registration(user, {TUESDAY: ONLINE})
    response = client.get(CALENDAR)
    assert response.headers["Content-Type"].startswith("text/calendar")
    assert shown(response).count("BEGIN:VEVENT") == 1


def test_data_is_everything_and_no_secret(client, user):
    registration = a_registration(user, needs={"access": "A wheelchair place", "diet": "No nuts"})
    Letter.objects.create(
        user=user, kind="code", to=user.email, language="en", subject="Code", text="1234-5678", is_secret=True
    )
    told = json.loads(shown(client.get(DATA)))
    assert told["account"]["addresses"] == [{"email": user.email, "verified": True, "primary": True}]
    assert told["registration"]["passport_name"] == registration.passport_name
    assert told["registration"]["needs"]["diet"] == "No nuts"
    assert told["registration"]["seats"][0]["day"] == "2020-12-07"
    assert told["registration"]["steps"][0] | {"at": ""} == told["registration"]["steps"][0] | {"by": "you", "at": ""}
    assert told["registration"]["consent"]["text"] == "You may keep what I tell you."
    assert len(told["letters"]) == Letter.objects.count()
    assert "1234-5678" not in str(told)


def test_data_does_not_name_organizers(client, user):
    registrar = an_organizer()
    Category.objects.update(needs_approval=True)
    admission.approve(a_registration(user), by=registrar)
    assert registrar.email not in shown(client.get(DATA))
    assert '"by": "organizers"' in shown(client.get(DATA))


def test_data_is_there_without_a_registration(client, user):
    assert json.loads(shown(client.get(DATA)))["registration"] is None


# The way out


def test_erasing_asks_first(client, user):
    a_registration(user)
    assert "Erase your data?" in shown(client.get(ERASE))
    response = client.post(ERASE)
    assert "Tick the box" in shown(response)
    assert Registration.objects.exists()


def test_erasing_leaves_a_number_and_nothing_else(client, user):
    a_registration(user)
    response = client.post(ERASE, {"sure": "yes"})
    assert "Your data is erased" in shown(response)
    assert user.email not in shown(response)
    assert not Registration.objects.exists()
    assert not User.objects.filter(pk=user.pk).exists()
    assert not Letter.objects.exists()
    assert not Seat.objects.exists()
    assert Erased.objects.count() == 1


def test_after_erasing_nobody_is_signed_in(client, user):
    a_registration(user)
    client.post(ERASE, {"sure": "yes"})
    assert client.get(MY).status_code == 302
    assert not any("_auth_user_id" in session.get_decoded() for session in Session.objects.all())


def test_erasing_leaves_an_organizers_account():
    organizer = an_organizer()
    a_registration(organizer)
    response = at_the_desk(organizer).post(ERASE, {"sure": "yes"})
    assert "Your account at the organizers’ desk stays." in shown(response)
    assert User.objects.filter(pk=organizer.pk).exists()
    assert not Registration.objects.exists()
