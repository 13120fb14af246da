"""A free seat, offered by a link: looking changes nothing, one click answers, and the link dies with the offer."""

import datetime

import pytest
import time_machine
from django.core import signing
from django.core.cache import cache
from django.test import Client

from conference.registration import workflow
from conference.registration.models import RegistrationEvent
from conference.registration.offer_tokens import OfferStatus, make_offer_token, resolve_offer_token

from .factories import (
    IN_PERSON,
    MONDAY,
    ONLINE,
    make_attendee,
    make_category,
    make_quota,
    make_registration,
    seat_statuses,
)
from .registration_flow import NOVEMBER, open_registration, page_text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_november(conference):
    cache.clear()
    with time_machine.travel(NOVEMBER, tick=True):
        open_registration()
        yield


@pytest.fixture
def seat():
    """Of somebody who waited, and to whom it is offered now."""
    make_category()
    quota = make_quota(MONDAY, IN_PERSON, 0)
    registration = make_registration(
        make_attendee("linh@people.example"), badge_name="Linh", online_while_waitlisted=True
    )
    quota.seats = 1
    quota.save()
    workflow.offer_available_seats()
    return registration.seats.get(status="offered")


@pytest.fixture
def page(seat):
    return f"/offers/{make_offer_token(seat)}/"


def later(**more):
    return time_machine.travel(NOVEMBER + datetime.timedelta(**more), tick=True)


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_changes_nothing(client, seat, page, method):
    for _ in range(3):
        assert getattr(client, method)(page).status_code == 200
    seat.refresh_from_db()
    assert seat.status == "offered"
    assert not RegistrationEvent.objects.filter(action__in=("offer_accepted", "offer_declined")).exists()


def test_page_says_what_is_offered_and_until_when(client, page):
    text = page_text(client.get(page))
    assert "A seat is available for you" in text
    assert "Monday, 7 December 2020, in person" in text
    assert "Reserved for you until 12 November 2020, 10:00 (Ha Noi time)." in text


def test_page_names_nobody_and_is_kept_by_nobody(client, page):
    response = client.get(page)
    assert "Linh" not in page_text(response)
    assert "linh@" not in page_text(response)
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["X-Robots-Tag"] == "noindex"


def test_seat_is_taken_with_one_click_and_without_signing_in(seat, page):
    client = Client(enforce_csrf_checks=True)
    response = client.post(page, {"answer": "accept"}, follow=True)
    assert "Your seat is confirmed" in page_text(response)
    assert seat_statuses(seat.registration) == {(7, "in_person"): "confirmed"}
    event = RegistrationEvent.objects.get(action="offer_accepted")
    assert event.by == seat.registration.user


def test_seat_is_left_with_one_click(client, seat, page):
    response = client.post(page, {"answer": "decline"}, follow=True)
    assert "You declined the seat" in page_text(response)
    assert seat_statuses(seat.registration) == {(7, "online"): "confirmed"}


@pytest.mark.parametrize("answer", ["", "delete", "lapse", "accept "])
def test_other_answers_change_nothing(client, seat, page, answer):
    assert "A seat is available for you" in page_text(client.post(page, {"answer": answer}))
    seat.refresh_from_db()
    assert seat.status == "offered"


@pytest.mark.parametrize("answer", ["accept", "decline"])
def test_answering_twice_is_answering_once(client, page, answer):
    for _ in range(3):
        assert client.post(page, {"answer": answer}).status_code in (200, 302)
    assert RegistrationEvent.objects.filter(action__in=("offer_accepted", "offer_declined")).count() == 1


def test_who_has_taken_it_cannot_leave_it_by_the_same_link(client, seat, page):
    client.post(page, {"answer": "accept"})
    client.post(page, {"answer": "decline"})
    seat.refresh_from_db()
    assert seat.status == "confirmed"


@pytest.mark.parametrize("answer", ["accept", "decline"])
def test_too_late_is_too_late(client, seat, page, answer):
    with later(hours=49):
        assert "This offer has expired" in page_text(client.get(page))
        assert "This offer has expired" in page_text(client.post(page, {"answer": answer}))
    seat.refresh_from_db()
    assert seat.status == "offered"


def test_link_of_a_lapsed_offer_is_dead(client, seat, page):
    with later(hours=49):
        workflow.expire_offers()
        text = page_text(client.post(page, {"answer": "accept"}))
    seat.refresh_from_db()
    assert seat.status != "confirmed"
    assert "This offer has expired" in text or "This link has been replaced" in text


def test_link_of_a_cancelled_registration_is_dead(client, seat, page):
    workflow.cancel_registration(seat.registration, by=seat.registration.user)
    client.post(page, {"answer": "accept"})
    assert seat_statuses(seat.registration) == {}


def test_link_of_an_erased_registration_leads_nowhere(client, seat, page):
    workflow.erase_user(seat.registration.user)
    response = client.get(page)
    assert response.status_code == 404
    assert "This link does not work" in page_text(response)


@pytest.mark.parametrize("token", ["x", "a.b", "e30.x", "1", "%F0%9F%8E%9F", "a" * 2000, "..", "-"])
def test_a_forged_link_leads_nowhere(client, seat, token):
    response = client.get(f"/offers/{token}/")
    assert response.status_code == 404
    assert client.post(f"/offers/{token}/", {"answer": "accept"}).status_code == 404


def test_every_letter_of_the_link_counts(seat):
    token = make_offer_token(seat)
    for place in range(0, len(token), 7):
        other = "A" if token[place] != "A" else "B"
        assert resolve_offer_token(token[:place] + other + token[place + 1 :])[1] is OfferStatus.INVALID


@pytest.mark.parametrize("told", [[1], "1", None, {}, [None, None], ["x", "y"], [1, 2, 3], ["9" * 30, ""]])
def test_what_is_signed_for_something_else_is_no_offer(seat, told):
    token = signing.Signer(salt="offer", sep=".").sign_object(told)
    assert resolve_offer_token(token) == (None, OfferStatus.INVALID)
    assert resolve_offer_token(signing.dumps([seat.pk, seat.queued_since.isoformat()], salt="ticket")) == (
        None,
        OfferStatus.INVALID,
    )


def test_page_costs_at_most_six_queries(client, page, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        client.get(page)


def test_an_online_seat_is_called_online(client):
    make_category()
    quota = make_quota(MONDAY, ONLINE, 0)
    registration = make_registration(days={MONDAY: ONLINE})
    quota.seats = 1
    quota.save()
    workflow.offer_available_seats()
    seat = registration.seats.get(status="offered")
    assert "Monday, 7 December 2020, online" in page_text(client.get(f"/offers/{make_offer_token(seat)}/"))
