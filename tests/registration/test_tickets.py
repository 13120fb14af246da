"""Tickets: what their codes hold, when they are valid, how a new one replaces the old one, and their pages."""

import base64
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.signing import Signer
from django.db import connection
from django.test import Client
from django.utils import translation

from conference import site_data
from conference.core import qr
from conference.registration import workflow
from conference.registration.models import Registration, RegistrationEvent, RegistrationStatus, Ticket
from conference.registration.states import InvalidTransitionError
from conference.registration.tickets import issuance

from ..users import admin_client_for, count_queries, make_organizer
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
)

pytestmark = pytest.mark.django_db

TICKET, PDF, NEW = "/my/ticket/", "/my/ticket.pdf", "/my/ticket/new/"


@pytest.fixture(autouse=True)
def _in_ha_noi(conference):
    conference.venue_en, conference.venue_vi = "Convention Hall", "Trung tâm Hội nghị"
    conference.save()
    site_data.refresh_site_data()


@pytest.fixture
def linh():
    """A confirmed registration: Monday in person, Tuesday online."""
    return make_registration(days={MONDAY: IN_PERSON, TUESDAY: ONLINE}, badge_name="Nguyễn Thị Linh")


@pytest.fixture
def browser(linh):
    return client_for(linh.user)


def asked(ticket):
    """What a stranger's browser is answered about a ticket."""
    return Client().get(f"/ticket/{issuance.encode_ticket(ticket)}/")


# The ticket and its code


def test_confirmed_registration_has_one_ticket(linh):
    assert issuance.get_or_issue_ticket(linh) == issuance.get_or_issue_ticket(linh)
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize("state", [state for state in RegistrationStatus if state != RegistrationStatus.CONFIRMED])
def test_there_is_no_ticket_for_what_is_not_confirmed(linh, state):
    linh.status = state
    with pytest.raises(InvalidTransitionError, match="Only confirmed registrations"):
        issuance.get_or_issue_ticket(linh)
    assert not Ticket.objects.exists()


def test_code_holds_the_number_of_the_ticket_and_a_signature_and_nothing_else(linh):
    ticket = issuance.get_or_issue_ticket(linh)
    number, signature = issuance.encode_ticket(ticket).split(".")
    assert base64.urlsafe_b64decode(number + "==") == ticket.pk.bytes
    # 256 bits of HMAC.
    assert len(base64.urlsafe_b64decode(signature + "=")) == 32


def test_code_leads_back_to_the_ticket(linh):
    ticket = issuance.get_or_issue_ticket(linh)
    assert issuance.find_ticket(issuance.encode_ticket(ticket)) == ticket


def test_code_with_any_letter_changed_leads_nowhere(linh):
    code = issuance.encode_ticket(issuance.get_or_issue_ticket(linh))
    changed = [code[:i] + ("A" if letter != "A" else "B") + code[i + 1 :] for i, letter in enumerate(code)]
    assert [issuance.find_ticket(other) for other in changed] == [None] * len(code)


def test_number_signed_for_another_purpose_leads_nowhere(linh):
    number, _signature = issuance.encode_ticket(issuance.get_or_issue_ticket(linh)).split(".")
    assert issuance.find_ticket(Signer(sep=".", salt="offer").sign(number)) is None


UNREADABLE = [
    *["", ".", "x", "..", "a" * 5000, "١٢٣", "💥" * 50, "\ud800", "a.b.c", "%", "=" * 22],
    *["../../etc/passwd", "' OR 1=1"],
    "AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
]


@pytest.mark.parametrize("code", UNREADABLE)
def test_what_is_no_code_leads_nowhere(code):
    assert issuance.find_ticket(code) is None


@pytest.mark.parametrize("number", ["", "x", "é", "AAAA", "A" * 400])
def test_signed_nonsense_leads_nowhere(number):
    assert issuance.find_ticket(issuance.ticket_signer().sign(number)) is None


def test_every_code_costs_the_same_number_of_queries(linh, django_assert_num_queries):
    ticket = issuance.get_or_issue_ticket(linh)
    for code in (issuance.encode_ticket(ticket), "x", "x.y"):
        with django_assert_num_queries(1):
            issuance.is_valid_ticket(issuance.find_ticket(code))


def test_address_is_that_of_the_site_in_any_language(linh, settings):
    ticket = issuance.get_or_issue_ticket(linh)
    with translation.override("vi"):
        assert issuance.validation_url(ticket) == f"{settings.SITE_URL}/ticket/{issuance.encode_ticket(ticket)}/"


def test_spoken_code_is_the_beginning_of_the_number(linh):
    ticket = issuance.get_or_issue_ticket(linh)
    assert re.fullmatch("[0-9A-F]{4} [0-9A-F]{4}", issuance.short_code(ticket))
    assert str(ticket.pk).startswith(issuance.short_code(ticket).replace(" ", "").lower())


# When it is valid


def test_ticket_of_a_confirmed_registration_is_valid(linh):
    assert issuance.is_valid_ticket(issuance.get_or_issue_ticket(linh))


def test_no_ticket_is_not_valid():
    assert not issuance.is_valid_ticket(None)


def test_void_ticket_is_not_valid(linh):
    old = issuance.get_or_issue_ticket(linh)
    issuance.reissue_ticket(linh, linh.user)
    assert not issuance.is_valid_ticket(issuance.find_ticket(issuance.encode_ticket(old)))


def test_ticket_is_not_valid_after_cancelling_and_again_after_registering_again(linh):
    code = issuance.encode_ticket(issuance.get_or_issue_ticket(linh))
    workflow.cancel_registration(linh, by=linh.user)
    assert not issuance.is_valid_ticket(issuance.find_ticket(code))
    make_registration(linh.user)
    assert issuance.is_valid_ticket(issuance.find_ticket(code))


def test_ticket_is_not_valid_while_a_changed_fact_awaits_approval():
    registration = make_registration(category=make_category(needs_approval=True))
    workflow.approve_registration(registration, by=None)
    code = issuance.encode_ticket(issuance.get_or_issue_ticket(registration))
    workflow.edit_details(registration, {"organization": "Another House"}, by=registration.user)
    assert not issuance.is_valid_ticket(issuance.find_ticket(code))
    workflow.approve_registration(registration, by=None)
    assert issuance.is_valid_ticket(issuance.find_ticket(code))


def test_ticket_of_somebody_erased_is_not_valid(linh):
    code = issuance.encode_ticket(issuance.get_or_issue_ticket(linh))
    workflow.erase_user(linh.user)
    assert not issuance.is_valid_ticket(issuance.find_ticket(code))


def test_code_signed_with_another_key_is_not_valid(linh, settings):
    code = issuance.encode_ticket(issuance.get_or_issue_ticket(linh))
    settings.SECRET_KEY = "another-key-another-key-another-key-another-key-another-key"
    assert issuance.find_ticket(code) is None


def test_code_signed_with_a_key_from_before_stays_valid(linh, settings):
    code = issuance.encode_ticket(issuance.get_or_issue_ticket(linh))
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-another-key-another-key-another-key-another-key"
    assert issuance.find_ticket(code) == issuance.get_or_issue_ticket(linh)
    assert issuance.encode_ticket(issuance.get_or_issue_ticket(linh)) != code


# A new one


def test_new_ticket_voids_the_old_one(linh):
    old = issuance.get_or_issue_ticket(linh)
    new = issuance.reissue_ticket(linh, linh.user)
    old.refresh_from_db()
    assert old.voided_at is not None
    assert (issuance.get_or_issue_ticket(linh), new.voided_at) == (new, None)


def test_new_ticket_is_in_the_history(linh):
    issuance.get_or_issue_ticket(linh)
    issuance.reissue_ticket(linh, linh.user)
    step = linh.events.get(action=RegistrationEvent.Action.TICKET_REISSUED)
    assert (step.by, step.before, step.after) == (linh.user, RegistrationStatus.CONFIRMED, RegistrationStatus.CONFIRMED)


def test_there_is_no_new_ticket_for_what_was_cancelled_meanwhile(linh):
    old = issuance.get_or_issue_ticket(linh)
    workflow.cancel_registration(Registration.objects.get(pk=linh.pk), by=linh.user)
    with pytest.raises(InvalidTransitionError):
        issuance.reissue_ticket(linh, linh.user)
    assert list(linh.tickets.all()) == [old]


def test_ticket_that_was_replaced_is_not_replaced_again(linh):
    old = issuance.get_or_issue_ticket(linh)
    new = issuance.reissue_ticket(linh, linh.user, old=old.pk)
    assert issuance.reissue_ticket(linh, linh.user, old=old.pk) == new
    assert linh.events.filter(action=RegistrationEvent.Action.TICKET_REISSUED).count() == 1


def at_once(number, deed):
    """Do something in so many threads that start together; what each returned."""
    start = threading.Barrier(number)

    def one(_):
        try:
            start.wait()
            return deed()
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(one, range(number)))


@pytest.mark.django_db(transaction=True)
def test_of_tickets_issued_at_once_one_is_live(linh):
    issuance.get_or_issue_ticket(linh)
    issued = at_once(6, lambda: issuance.reissue_ticket(Registration.objects.get(pk=linh.pk), None))
    assert len({ticket.pk for ticket in issued}) == 6
    assert Ticket.objects.filter(voided_at=None).count() == 1


@pytest.mark.django_db(transaction=True)
def test_first_ticket_asked_for_at_once_is_one(linh):
    found = at_once(6, lambda: issuance.get_or_issue_ticket(Registration.objects.get(pk=linh.pk)))
    assert {ticket.pk for ticket in found} == {Ticket.objects.get().pk}


# Its page


def test_ticket_shows_whose_it_is_and_for_what(browser):
    page = browser.get(TICKET).text
    for words in (
        *["<h1><bdi>Nguyễn Thị Linh</bdi></h1>", "Nguyen Thi Linh", "Da Nang Peace House", "Viet Nam"],
        *["7–9 December 2020", "Convention Hall, Ha Noi", "Ha Noi time, UTC+7"],
        *["Monday, 7 December 2020: <strong>In person</strong>", "Tuesday, 8 December 2020: <strong>Online</strong>"],
    ):
        assert words in page
    assert "9 December 2020:" not in page


def test_ticket_shows_only_days_that_are_confirmed():
    make_quota(WEDNESDAY, IN_PERSON, 0)
    registration = make_registration(days={MONDAY: IN_PERSON, WEDNESDAY: IN_PERSON})
    page = client_for(registration.user).get(TICKET).text
    assert "Monday, 7 December 2020" in page
    assert "Wednesday, 9 December 2020" not in page


def test_ticket_says_what_holds_until_there_is_a_seat():
    make_quota(MONDAY, IN_PERSON, 0)
    registration = make_registration(online_while_waitlisted=True)
    assert "<strong>Online, until an in-person seat is free</strong>" in client_for(registration.user).get(TICKET).text


def test_ticket_shows_the_code_as_a_picture_of_one_path_on_white(browser, linh):
    page = browser.get(TICKET).text
    rows = qr.build_matrix(issuance.validation_url(issuance.get_or_issue_ticket(linh)))
    assert f'<path fill="#000" d="{qr.svg_path(rows)}"/>' in page
    assert f'<path fill="#fff" d="M0 0h{len(rows)}v{len(rows)}h-{len(rows)}z"/>' in page
    assert re.search(r'<svg class="qr"[^>]* role="img" aria-labelledby="qr"[^>]*><title id="qr">[^<]+</title>', page)


def test_path_covers_the_dark_squares_and_no_others():
    rows = qr.build_matrix("https://conference.example/ticket/x/")
    bars = [map(int, bar) for bar in re.findall(r"M(\d+) (\d+)h(\d+)", qr.svg_path(rows))]
    covered = {(x + along, y) for x, y, length in bars for along in range(length)}
    assert covered == {(x, y) for y, row in enumerate(rows) for x, dark in enumerate(row) if dark}


def test_code_has_four_squares_of_quiet_around_it():
    rows = qr.build_matrix("x")
    quiet = [*rows[:4], *rows[-4:], *(row[:4] + row[-4:] for row in rows)]
    assert not any(dark for row in quiet for dark in row)


def test_ticket_in_vietnamese_is_in_vietnamese(browser):
    page = browser.get("/vi" + TICKET).text
    assert "Trung tâm Hội nghị, Hà Nội" in page
    assert "Thứ Hai, ngày 7 tháng 12 năm 2020" in page


def test_what_somebody_typed_stays_text():
    registration = make_registration(badge_name="<b>&{{ 7|add:1 }}", organization="<script>alert(1)</script>")
    page = client_for(registration.user).get(TICKET).text
    assert "&lt;b&gt;&amp;{{ 7|add:1 }}" in page
    assert "<script>alert" not in page


def test_ticket_is_small_and_needs_no_script(browser):
    page = browser.get(TICKET)
    assert len(page.content) < 25_000
    assert "<script" not in page.text


@pytest.mark.parametrize("path", [TICKET, PDF, NEW])
def test_ticket_is_kept_by_nobody_and_listed_nowhere(browser, path):
    response = browser.get(path)
    assert response.status_code == 200
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize("path", [TICKET, PDF, NEW])
def test_ticket_is_for_those_who_are_signed_in(client, linh, path):
    response = client.get(path)
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/accounts/")


def test_ticket_is_that_of_whoever_is_signed_in(linh):
    other = make_registration(badge_name="Somebody Else")
    page = client_for(other.user).get(TICKET).text
    assert "Somebody Else" in page
    assert "Linh</bdi></h1>" not in page


@pytest.mark.parametrize("path", [TICKET, PDF])
def test_ticket_does_not_answer_post(browser, path):
    assert browser.post(path).status_code == 405


def test_ticket_costs_at_most_six_queries(browser, linh):
    issuance.get_or_issue_ticket(linh)
    browser.get(TICKET)
    assert count_queries(browser, TICKET) <= 6


@pytest.mark.parametrize("path", [TICKET, PDF, NEW])
def test_who_has_not_registered_is_told_so(path):
    response = client_for(make_attendee()).get(path, follow=True)
    assert response.redirect_chain[-1][0] == "/my/"
    assert "You are not registered" in response.text


@pytest.mark.parametrize("path", [TICKET, PDF, NEW])
def test_who_is_not_confirmed_is_told_when_there_will_be_a_ticket(path):
    registration = make_registration(category=make_category(needs_approval=True))
    page = client_for(registration.user).get(path, follow=True).text
    assert "Under review" in page
    assert "Your ticket will be here when your registration is confirmed" in page
    assert not Ticket.objects.exists()


# Asking for a new one


def test_asking_for_a_new_ticket_changes_nothing_yet(browser, linh):
    old = issuance.get_or_issue_ticket(linh)
    assert "The old ticket becomes invalid" in browser.get(NEW).text
    assert issuance.get_or_issue_ticket(linh) == old


def test_new_ticket_is_made_on_confirmation(browser, linh):
    old = issuance.get_or_issue_ticket(linh)
    response = browser.post(NEW, {"ticket": str(old.pk)}, follow=True)
    assert response.redirect_chain == [(TICKET, 302)]
    assert "Your ticket was replaced. The old ticket is no longer valid." in response.text
    assert not issuance.is_valid_ticket(issuance.find_ticket(issuance.encode_ticket(old)))
    assert issuance.short_code(issuance.get_or_issue_ticket(linh)) in response.text


def test_form_sent_twice_makes_one_new_ticket(browser, linh):
    form = {"ticket": str(issuance.get_or_issue_ticket(linh).pk)}
    browser.post(NEW, form)
    browser.post(NEW, form)
    assert linh.tickets.count() == 2


@pytest.mark.parametrize("number", ["", "x", "0" * 5000, "{}", "00000000-0000-0000-0000-000000000000"])
def test_form_with_nonsense_in_it_is_answered(browser, number):
    assert browser.post(NEW, {"ticket": number}).status_code == 302


def test_nobody_gets_a_new_ticket_for_somebody_else(linh):
    old = issuance.get_or_issue_ticket(linh)
    client_for(make_registration().user).post(NEW, {"ticket": str(old.pk)})
    assert issuance.is_valid_ticket(issuance.find_ticket(issuance.encode_ticket(old)))


def test_new_ticket_wants_the_form_of_this_site(linh):
    old = issuance.get_or_issue_ticket(linh)
    assert client_for(linh.user, enforce_csrf_checks=True).post(NEW).status_code == 403
    assert issuance.get_or_issue_ticket(linh) == old


# What a stranger learns


def test_valid_ticket_is_valid(linh):
    assert "✓ Valid" in asked(issuance.get_or_issue_ticket(linh)).text


def test_void_ticket_is_told_from_nothing_that_never_was(linh):
    old = issuance.get_or_issue_ticket(linh)
    issuance.reissue_ticket(linh, None)
    code = issuance.encode_ticket(old)
    never = code[:-2] + "AA"
    assert asked(old).text.replace(code, "") == Client().get(f"/ticket/{never}/").text.replace(never, "")
    assert "✗ Not valid" in asked(old).text


def test_stranger_learns_nothing_about_the_person(linh):
    page = asked(issuance.get_or_issue_ticket(linh)).text
    for words in ("Linh", "Peace House", "Category", str(linh.pk), "Monday"):
        assert words not in page


def test_answer_has_the_same_status_and_headers_whatever_the_ticket(linh):
    valid, other = asked(issuance.get_or_issue_ticket(linh)), Client().get("/ticket/x/")
    assert (valid.status_code, other.status_code) == (200, 200)
    assert list(valid.headers) == list(other.headers)
    differing = {name for name in valid.headers if valid.headers[name] != other.headers[name]}
    assert differing == {"Content-Length"}


def test_answer_is_kept_by_nobody_listed_nowhere_and_not_passed_on(linh):
    headers = asked(issuance.get_or_issue_ticket(linh)).headers
    assert "no-store" in headers["Cache-Control"]
    assert headers["X-Robots-Tag"] == "noindex"
    assert headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("code", ["x", "a" * 5000, "%D9%A1%D9%A2", "%F0%9F%92%A5", "a.b.c", "%25", "%3Cscript%3E"])
def test_unreadable_code_is_not_valid(client, code):
    response = client.get(f"/ticket/{code}/")
    assert response.status_code == 200
    assert "Not valid" in response.text
    assert "<script" not in response.text


def test_stranger_cannot_post(client):
    assert client.post("/ticket/x/").status_code == 405


def test_stranger_sees_no_way_to_the_desk(linh):
    assert "/admin/" not in asked(issuance.get_or_issue_ticket(linh)).text


def test_registrar_sees_the_way_to_the_registration(linh):
    registrar = admin_client_for(make_organizer("Registrars"))
    page = registrar.get(f"/ticket/{issuance.encode_ticket(issuance.get_or_issue_ticket(linh))}/").text
    assert f"/admin/registration/registration/{linh.pk}/change/" in page
