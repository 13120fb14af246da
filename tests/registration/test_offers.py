"""Offers of free seats, and the links to answer them."""

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


@pytest.fixture(autouse=True)
def _open_registration(november):
    cache.clear()
    open_registration()


@pytest.fixture
def seat():
    """A seat that is offered to a waitlisted registration."""
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
def test_offer_page_get_changes_nothing(client, seat, page, method):
    for _ in range(3):
        assert getattr(client, method)(page).status_code == 200
    seat.refresh_from_db()
    assert seat.status == "offered"
    assert not RegistrationEvent.objects.filter(action__in=("offer_accepted", "offer_declined")).exists()


def test_offer_page_shows_day_and_deadline(client, page):
    text = page_text(client.get(page))
    assert "A seat is available for you" in text
    assert "Monday, 7 December 2020, in person" in text
    assert "Reserved for you until 12 November 2020, 10:00 (Ha Noi time)." in text


def test_offer_page_has_no_personal_data_and_is_not_cached(client, page):
    response = client.get(page)
    assert "Linh" not in page_text(response)
    assert "linh@" not in page_text(response)
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["X-Robots-Tag"] == "noindex"


def test_offer_accept_without_login_or_csrf_token_confirms_seat(seat, page):
    client = Client(enforce_csrf_checks=True)
    response = client.post(page, {"answer": "accept"}, follow=True)
    assert "Your seat is confirmed" in page_text(response)
    assert seat_statuses(seat.registration) == {(7, "in_person"): "confirmed"}
    event = RegistrationEvent.objects.get(action="offer_accepted")
    assert event.by == seat.registration.user


def test_offer_decline_releases_seat(client, seat, page):
    response = client.post(page, {"answer": "decline"}, follow=True)
    assert "You declined the seat" in page_text(response)
    assert seat_statuses(seat.registration) == {(7, "online"): "confirmed"}


@pytest.mark.parametrize("answer", ["", "delete", "expire", "accept "])
def test_offer_invalid_answer_changes_nothing(client, seat, page, answer):
    assert "A seat is available for you" in page_text(client.post(page, {"answer": answer}))
    seat.refresh_from_db()
    assert seat.status == "offered"


@pytest.mark.parametrize("answer", ["accept", "decline"])
def test_offer_repeated_answer_is_recorded_once(client, page, answer):
    for _ in range(3):
        assert client.post(page, {"answer": answer}).status_code in (200, 302)
    assert RegistrationEvent.objects.filter(action__in=("offer_accepted", "offer_declined")).count() == 1


def test_offer_decline_after_acceptance_keeps_seat(client, seat, page):
    client.post(page, {"answer": "accept"})
    client.post(page, {"answer": "decline"})
    seat.refresh_from_db()
    assert seat.status == "confirmed"


@pytest.mark.parametrize("answer", ["accept", "decline"])
def test_offer_expired_cannot_be_answered(client, seat, page, answer):
    with later(hours=49):
        assert "This offer has expired" in page_text(client.get(page))
        assert "This offer has expired" in page_text(client.post(page, {"answer": answer}))
    seat.refresh_from_db()
    assert seat.status == "offered"


def test_offer_link_after_expiry_is_invalid(client, seat, page):
    with later(hours=49):
        workflow.expire_offers()
        text = page_text(client.post(page, {"answer": "accept"}))
    seat.refresh_from_db()
    assert seat.status != "confirmed"
    assert "This offer has expired" in text or "This link has been replaced" in text


def test_offer_link_after_cancellation_is_invalid(client, seat, page):
    workflow.cancel_registration(seat.registration, by=seat.registration.user)
    client.post(page, {"answer": "accept"})
    assert seat_statuses(seat.registration) == {}


def test_offer_link_after_erasure_is_not_found(client, seat, page):
    workflow.erase_user(seat.registration.user)
    response = client.get(page)
    assert response.status_code == 404
    assert "This link does not work" in page_text(response)


@pytest.mark.parametrize("token", ["x", "a.b", "%F0%9F%8E%9F", "a" * 2000])
def test_offer_forged_token_is_not_found(client, seat, token):
    response = client.get(f"/offers/{token}/")
    assert response.status_code == 404
    assert client.post(f"/offers/{token}/", {"answer": "accept"}).status_code == 404


@pytest.mark.parametrize("template", ["{} ", "\ufeff{}\u200b"])
def test_resolve_offer_token_pasted_with_invisible_characters_finds_the_seat(seat, template):
    assert resolve_offer_token(template.format(make_offer_token(seat)))[0] == seat


def test_resolve_offer_token_modified_token_is_invalid(seat):
    token = make_offer_token(seat)
    for index in range(0, len(token), 7):
        other = "A" if token[index] != "A" else "B"
        assert resolve_offer_token(token[:index] + other + token[index + 1 :])[1] is OfferStatus.INVALID


@pytest.mark.parametrize("value", [[1], None, [None, None], ["x", "y"], ["9" * 30, ""]])
def test_resolve_offer_token_other_signed_values_are_invalid(seat, value):
    token = signing.Signer(salt="offer", sep=".").sign_object(value)
    assert resolve_offer_token(token) == (None, OfferStatus.INVALID)
    assert resolve_offer_token(signing.dumps([seat.pk, seat.queued_since.isoformat()], salt="ticket")) == (
        None,
        OfferStatus.INVALID,
    )


def test_offer_page_uses_at_most_six_queries(client, published, page, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        client.get(page)


def test_offer_page_online_seat_is_described(client):
    make_category()
    quota = make_quota(MONDAY, ONLINE, 0)
    registration = make_registration(days={MONDAY: ONLINE})
    quota.seats = 1
    quota.save()
    workflow.offer_available_seats()
    seat = registration.seats.get(status="offered")
    assert "Monday, 7 December 2020, online" in page_text(client.get(f"/offers/{make_offer_token(seat)}/"))
