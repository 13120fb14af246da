"""Tickets: codes, replacement, and the ticket page."""

import base64
import datetime
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.core.signing import Signer
from django.db import connection
from django.utils import translation

from conference import site_data
from conference.core import qr
from conference.mail.models import QueuedEmail
from conference.registration import workflow
from conference.registration.models import Registration, RegistrationEvent, RegistrationStatus, Ticket, Verdict
from conference.registration.states import InvalidTransitionError
from conference.registration.tickets import issuance

from ..factories import december, update
from ..users import count_queries
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

WEEK = datetime.timedelta(days=7)
TICKET_URL, PDF_URL, REISSUE_URL = "/my/ticket/", "/my/ticket.pdf", "/my/ticket/new/"


@pytest.fixture(autouse=True)
def _venue(conference):
    conference.venue_en, conference.venue_vi = "Convention Hall", "Trung tâm Hội nghị"
    conference.save()
    site_data.refresh_site_data()


@pytest.fixture
def registration():
    """A confirmed registration: Monday in person, Tuesday online."""
    return make_registration(days={MONDAY: IN_PERSON, TUESDAY: ONLINE}, badge_name="Nguyễn Thị Linh")


@pytest.fixture
def attendee_client(registration):
    return client_for(registration.user)


def check(code):
    """The verdict about a code as of now."""
    ticket = issuance.find_ticket(code)
    return ticket.registration.check_admission(ticket=ticket).verdict


# Codes


def test_ticket_is_issued_once(registration):
    assert issuance.get_or_issue_ticket(registration) == issuance.get_or_issue_ticket(registration)
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize("status", [status for status in RegistrationStatus if status != RegistrationStatus.CONFIRMED])
def test_ticket_of_an_unconfirmed_registration_is_not_issued(registration, status):
    registration.status = status
    with pytest.raises(InvalidTransitionError, match="Only confirmed registrations"):
        issuance.get_or_issue_ticket(registration)
    assert not Ticket.objects.exists()


def test_code_consists_of_id_and_signature(registration):
    ticket = issuance.get_or_issue_ticket(registration)
    number, signature = issuance.encode_ticket(ticket).split(".")
    assert base64.urlsafe_b64decode(number + "==") == ticket.pk.bytes
    # 256 bits of HMAC.
    assert len(base64.urlsafe_b64decode(signature + "=")) == 32


def test_code_finds_its_ticket(registration):
    ticket = issuance.get_or_issue_ticket(registration)
    assert issuance.find_ticket(issuance.encode_ticket(ticket)) == ticket


@pytest.mark.parametrize("template", [" {}\n", "\ufeff{}\u200b", "{}\u00a0"])
def test_code_pasted_with_invisible_characters_finds_its_ticket(registration, template):
    ticket = issuance.get_or_issue_ticket(registration)
    assert issuance.find_ticket(template.format(issuance.encode_ticket(ticket))) == ticket


def test_code_with_any_character_changed_finds_nothing(registration):
    code = issuance.encode_ticket(issuance.get_or_issue_ticket(registration))
    changed = [code[:i] + ("A" if letter != "A" else "B") + code[i + 1 :] for i, letter in enumerate(code)]
    assert [issuance.find_ticket(other) for other in changed] == [None] * len(code)


def test_code_signed_with_another_salt_finds_nothing(registration):
    number, _signature = issuance.encode_ticket(issuance.get_or_issue_ticket(registration)).split(".")
    assert issuance.find_ticket(Signer(sep=".", salt="offer").sign(number)) is None


MALFORMED_CODES = [
    *["", "x", "..", "a" * 5000, "💥" * 50, "\ud800", "a.b.c", "=" * 22],
    "AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
]


@pytest.mark.parametrize("code", MALFORMED_CODES)
def test_malformed_code_finds_nothing(code):
    assert issuance.find_ticket(code) is None


@pytest.mark.parametrize("number", ["", "x", "é", "AAAA", "A" * 400])
def test_signed_malformed_id_finds_nothing(number):
    assert issuance.find_ticket(issuance.ticket_signer().sign(number)) is None


def test_code_lookup_takes_one_query_for_any_code(registration, django_assert_num_queries):
    ticket = issuance.get_or_issue_ticket(registration)
    for code in (issuance.encode_ticket(ticket), "x", "x.y"):
        with django_assert_num_queries(1):
            issuance.find_ticket(code)


def test_validation_url_is_the_same_in_every_language(registration, settings):
    ticket = issuance.get_or_issue_ticket(registration)
    with translation.override("vi"):
        assert issuance.validation_url(ticket) == f"{settings.SITE_URL}/ticket/{issuance.encode_ticket(ticket)}/"


def test_short_code_is_the_beginning_of_the_id(registration):
    ticket = issuance.get_or_issue_ticket(registration)
    assert re.fullmatch("[0-9A-F]{4} [0-9A-F]{4}", issuance.short_code(ticket))
    assert str(ticket.pk).startswith(issuance.short_code(ticket).replace(" ", "").lower())


# Validity: the rule is Registration.check_admission(); test_ticket_voiding.py has what makes a ticket void.


def test_ticket_of_a_confirmed_registration_is_for_its_day(registration):
    assert check(issuance.encode_ticket(issuance.get_or_issue_ticket(registration))) is Verdict.NOT_TODAY


def test_voided_ticket_is_replaced(registration):
    old = issuance.get_or_issue_ticket(registration)
    issuance.reissue_ticket(registration, registration.user)
    assert check(issuance.encode_ticket(old)) is Verdict.REPLACED


def test_ticket_admits_again_after_a_review_of_the_organization():
    registration = make_registration(category=make_category(needs_approval=True))
    workflow.approve_registration(registration, by=None)
    code = issuance.encode_ticket(issuance.get_or_issue_ticket(registration))
    workflow.edit_details(registration, {"organization": "Another organization"}, by=registration.user)
    assert check(code) is Verdict.UNDER_REVIEW
    workflow.approve_registration(registration, by=None)
    assert check(code) is Verdict.NOT_TODAY


def test_ticket_of_an_erased_registration_is_not_found(registration):
    code = issuance.encode_ticket(issuance.get_or_issue_ticket(registration))
    workflow.erase_user(registration.user)
    assert issuance.find_ticket(code) is None


def test_code_signed_with_another_key_finds_nothing(registration, settings):
    code = issuance.encode_ticket(issuance.get_or_issue_ticket(registration))
    settings.SECRET_KEY = "another-key-another-key-another-key-another-key-another-key"
    assert issuance.find_ticket(code) is None


def test_code_signed_with_a_fallback_key_stays_valid(registration, settings):
    code = issuance.encode_ticket(issuance.get_or_issue_ticket(registration))
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-another-key-another-key-another-key-another-key"
    assert issuance.find_ticket(code) == issuance.get_or_issue_ticket(registration)
    assert issuance.encode_ticket(issuance.get_or_issue_ticket(registration)) != code


# Replacement


def test_reissue_voids_the_old_ticket(registration):
    old = issuance.get_or_issue_ticket(registration)
    new = issuance.reissue_ticket(registration, registration.user)
    old.refresh_from_db()
    assert old.voided_at is not None
    assert (issuance.get_or_issue_ticket(registration), new.voided_at) == (new, None)


def test_reissue_is_recorded_as_an_event(registration):
    issuance.get_or_issue_ticket(registration)
    issuance.reissue_ticket(registration, registration.user)
    event = registration.events.get(action=RegistrationEvent.Action.TICKET_REISSUED)
    assert (event.by, event.before, event.after) == (
        registration.user,
        RegistrationStatus.CONFIRMED,
        RegistrationStatus.CONFIRMED,
    )


def test_reissue_of_a_cancelled_registration_fails(registration):
    old = issuance.get_or_issue_ticket(registration)
    workflow.cancel_registration(Registration.objects.get(pk=registration.pk), by=registration.user)
    with pytest.raises(InvalidTransitionError):
        issuance.reissue_ticket(registration, registration.user)
    assert list(registration.tickets.all()) == [old]


def test_reissue_sends_the_new_ticket(registration):
    issuance.get_or_issue_ticket(registration)
    issuance.reissue_ticket(registration, registration.user)
    email = QueuedEmail.objects.get(email_type="ticket_replaced")
    assert "Your earlier ticket is no longer valid. Your new ticket is attached" in email.text


def test_reissue_of_a_replaced_ticket_returns_the_current_one(registration):
    old = issuance.get_or_issue_ticket(registration)
    new = issuance.reissue_ticket(registration, registration.user, old=old.pk)
    assert issuance.reissue_ticket(registration, registration.user, old=old.pk) == new
    assert registration.events.filter(action=RegistrationEvent.Action.TICKET_REISSUED).count() == 1


def run_in_parallel(number, function):
    """Call a function in threads that start together. Return the results."""
    start = threading.Barrier(number, timeout=60)

    def run(_):
        try:
            start.wait()
            return function()
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_reissue_in_parallel_leaves_one_valid_ticket(registration):
    issuance.get_or_issue_ticket(registration)
    tickets = run_in_parallel(6, lambda: issuance.reissue_ticket(Registration.objects.get(pk=registration.pk), None))
    assert len({ticket.pk for ticket in tickets}) == 6
    assert Ticket.objects.filter(voided_at=None).count() == 1


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_first_issue_in_parallel_makes_one_ticket(registration):
    tickets = run_in_parallel(6, lambda: issuance.get_or_issue_ticket(Registration.objects.get(pk=registration.pk)))
    assert {ticket.pk for ticket in tickets} == {Ticket.objects.get().pk}


# Ticket page


def test_ticket_page_shows_person_conference_and_days(attendee_client):
    page = attendee_client.get(TICKET_URL).text
    for text in (
        *["<h1><bdi>Nguyễn Thị Linh</bdi></h1>", "Nguyen Thi Linh", "Da Nang Peace House", "Viet Nam"],
        *["7–9 December 2020", "Convention Hall, Ha Noi", "Ha Noi time, UTC+7"],
    ):
        assert text in page
    assert ticket_days(page) == ({7: "In person", 8: "Online"}, True)


def ticket_days(page):
    """{day of the month: text} of the days on a ticket page, and whether it has a QR code."""
    days = re.findall(r"\w+, (\d+) December 2020: <strong>([^<]+)</strong>", page)
    return {int(day): text for day, text in days}, 'class="qr"' in page


def test_ticket_page_says_on_which_days_there_is_no_entry():
    make_quota(WEDNESDAY, IN_PERSON, 0)
    registration = make_registration(days={MONDAY: IN_PERSON, TUESDAY: ONLINE, WEDNESDAY: IN_PERSON})
    page = client_for(registration.user).get(TICKET_URL).text
    assert ticket_days(page) == ({7: "In person", 8: "Online", 9: "Wait list: no entry"}, True)
    assert page.count('class="is-no-entry"') == 2


@pytest.mark.parametrize(
    ("values", "note", "days"),
    [
        ({"days": {MONDAY: ONLINE}}, "You attend online", {7: "Online"}),
        (
            {"days": {TUESDAY: IN_PERSON, MONDAY: ONLINE}},
            "You are on the wait list. This ticket does not admit you",
            {7: "Online", 8: "Wait list: no entry"},
        ),
        (
            {"days": {TUESDAY: IN_PERSON}, "online_while_waitlisted": True},
            "You are on the wait list. This ticket does not admit you",
            {8: "Online, until an in-person seat is free"},
        ),
    ],
)
def test_ticket_that_admits_on_no_day_says_why_and_has_no_code(values, note, days):
    make_quota(TUESDAY, IN_PERSON, 0)
    page = client_for(make_registration(**values).user).get(TICKET_URL).text
    assert "Ticket: no entry" in page
    assert note in page
    assert "at the entrance" not in page
    assert ticket_days(page) == (days, False)


def test_ticket_of_a_later_wait_list_does_not_say_online_on_a_day_online():
    make_quota(TUESDAY, IN_PERSON, 0)
    registration = make_registration(days={MONDAY: ONLINE, TUESDAY: IN_PERSON})
    with time_machine.travel(december(7, 12)):
        assert "You are on the wait list." in client_for(registration.user).get(TICKET_URL).text


def test_ticket_for_days_that_moved_has_no_code(registration, attendee_client, conference):
    update(conference, starts_on=MONDAY + WEEK, ends_on=WEDNESDAY + WEEK)
    site_data.refresh_site_data()
    page = attendee_client.get(TICKET_URL).text
    assert "this ticket is for none of the new days" in page
    assert ticket_days(page) == (dict.fromkeys((7, 8), "No longer a day of the conference"), False)


def test_ticket_is_over_after_its_last_day(registration, attendee_client):
    with time_machine.travel(december(9, 12)):
        assert "The days of this ticket are over." in client_for(registration.user).get(TICKET_URL).text


def test_ticket_page_names_an_interim_seat():
    make_quota(MONDAY, IN_PERSON, 0)
    registration = make_registration(online_while_waitlisted=True)
    assert (
        "<strong>Online, until an in-person seat is free</strong>" in client_for(registration.user).get(TICKET_URL).text
    )


def test_ticket_page_shows_the_qr_code_as_svg(attendee_client, registration):
    page = attendee_client.get(TICKET_URL).text
    rows = qr.build_matrix(issuance.validation_url(issuance.get_or_issue_ticket(registration)))
    assert f'<path fill="#000" d="{qr.svg_path(rows)}"/>' in page
    assert f'<path fill="#fff" d="M0 0h{len(rows)}v{len(rows)}h-{len(rows)}z"/>' in page
    assert re.search(r'<svg class="qr"[^>]* role="img" aria-labelledby="qr"[^>]*><title id="qr">[^<]+</title>', page)


def test_qr_path_covers_exactly_the_dark_modules():
    rows = qr.build_matrix("https://conference.example/ticket/x/")
    bars = [map(int, bar) for bar in re.findall(r"M(\d+) (\d+)h(\d+)", qr.svg_path(rows))]
    covered = {(x + offset, y) for x, y, length in bars for offset in range(length)}
    assert covered == {(x, y) for y, row in enumerate(rows) for x, dark in enumerate(row) if dark}


def test_qr_code_has_a_quiet_zone_of_four_modules():
    rows = qr.build_matrix("x")
    quiet = [*rows[:4], *rows[-4:], *(row[:4] + row[-4:] for row in rows)]
    assert not any(dark for row in quiet for dark in row)


def test_ticket_page_in_vietnamese(attendee_client):
    page = attendee_client.get("/vi" + TICKET_URL).text
    assert "Trung tâm Hội nghị, Hà Nội" in page
    assert "Thứ Hai, ngày 7 tháng 12 năm 2020" in page


def test_user_input_is_not_interpreted():
    registration = make_registration(badge_name="<b>&{{ 7|add:1 }}", organization="<script>alert(1)</script>")
    page = client_for(registration.user).get(TICKET_URL).text
    assert "&lt;b&gt;&amp;{{ 7|add:1 }}" in page
    assert "<script>alert" not in page


def test_ticket_page_is_small_and_has_no_script(attendee_client):
    page = attendee_client.get(TICKET_URL)
    assert len(page.content) < 25_000
    assert "<script" not in page.text


@pytest.mark.parametrize("path", [TICKET_URL, PDF_URL, REISSUE_URL])
def test_ticket_is_not_cached_or_indexed(attendee_client, path):
    response = attendee_client.get(path)
    assert response.status_code == 200
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize("path", [TICKET_URL, PDF_URL, REISSUE_URL])
def test_ticket_of_an_anonymous_visitor_redirects_to_sign_in(client, registration, path):
    response = client.get(path)
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/accounts/")


def test_ticket_page_shows_the_own_ticket(registration):
    other = make_registration(badge_name="Somebody Else")
    page = client_for(other.user).get(TICKET_URL).text
    assert "Somebody Else" in page
    assert "Linh</bdi></h1>" not in page


@pytest.mark.parametrize("path", [TICKET_URL, PDF_URL])
def test_ticket_post_is_not_allowed(attendee_client, path):
    assert attendee_client.post(path).status_code == 405


def test_ticket_page_takes_at_most_six_queries(attendee_client, registration):
    issuance.get_or_issue_ticket(registration)
    attendee_client.get(TICKET_URL)
    assert count_queries(attendee_client, TICKET_URL) <= 6


@pytest.mark.parametrize("path", [TICKET_URL, PDF_URL, REISSUE_URL])
def test_ticket_without_a_registration_redirects_to_the_dashboard(path):
    response = client_for(make_attendee()).get(path, follow=True)
    assert response.redirect_chain[-1][0] == "/my/"
    assert "You are not registered" in response.text


@pytest.mark.parametrize("path", [TICKET_URL, PDF_URL, REISSUE_URL])
def test_ticket_of_an_unconfirmed_registration_shows_the_status(path):
    registration = make_registration(category=make_category(needs_approval=True))
    page = client_for(registration.user).get(path, follow=True).text
    assert "Under review" in page
    assert "Your ticket will be here when your registration is confirmed" in page
    assert not Ticket.objects.exists()


# Replacement form


def test_reissue_page_changes_nothing(attendee_client, registration):
    old = issuance.get_or_issue_ticket(registration)
    assert "The old ticket becomes invalid" in attendee_client.get(REISSUE_URL).text
    assert issuance.get_or_issue_ticket(registration) == old


def test_reissue_form_replaces_the_ticket(attendee_client, registration):
    old = issuance.get_or_issue_ticket(registration)
    response = attendee_client.post(REISSUE_URL, {"ticket": str(old.pk)}, follow=True)
    assert response.redirect_chain == [(TICKET_URL, 302)]
    assert "Your ticket was replaced. The old ticket is no longer valid." in response.text
    assert check(issuance.encode_ticket(old)) is Verdict.REPLACED
    assert issuance.short_code(issuance.get_or_issue_ticket(registration)) in response.text


def test_reissue_form_sent_twice_makes_one_ticket(attendee_client, registration):
    form = {"ticket": str(issuance.get_or_issue_ticket(registration).pk)}
    attendee_client.post(REISSUE_URL, form)
    attendee_client.post(REISSUE_URL, form)
    assert registration.tickets.count() == 2


@pytest.mark.parametrize("number", ["", "0" * 5000, "00000000-0000-0000-0000-000000000000"])
def test_reissue_form_with_a_malformed_id_redirects(attendee_client, number):
    assert attendee_client.post(REISSUE_URL, {"ticket": number}).status_code == 302


def test_reissue_form_with_the_id_of_another_ticket_keeps_it(registration):
    old = issuance.get_or_issue_ticket(registration)
    client_for(make_registration().user).post(REISSUE_URL, {"ticket": str(old.pk)})
    assert check(issuance.encode_ticket(old)) is Verdict.NOT_TODAY


def test_reissue_form_sent_very_often_is_refused(attendee_client):
    statuses = [attendee_client.post(REISSUE_URL).status_code for _ in range(12)]
    assert (statuses[0], statuses[-1]) == (302, 429)
    assert QueuedEmail.objects.filter(email_type="ticket_replaced").count() == statuses.count(302)


def test_reissue_form_requires_a_csrf_token(registration):
    old = issuance.get_or_issue_ticket(registration)
    assert client_for(registration.user, enforce_csrf_checks=True).post(REISSUE_URL).status_code == 403
    assert issuance.get_or_issue_ticket(registration) == old
