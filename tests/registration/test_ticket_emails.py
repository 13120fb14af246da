"""Tickets that are attached to e-mails when these are sent."""

import io
import logging

import pytest
from django.core import mail
from django.db import OperationalError
from pypdf import PdfReader

from conference.mail import attachments, sender
from conference.mail.models import QueuedEmail
from conference.registration import workflow
from conference.registration.emails import queue_registration_email
from conference.registration.models import Ticket
from conference.registration.tickets import issuance

from ..outbox import send_pending_emails
from .factories import IN_PERSON, MONDAY, ONLINE, make_category, make_quota, make_registration

pytestmark = pytest.mark.usefixtures("conference")


@pytest.fixture
def broken_source():
    """Let attachments of confirmations fail; yields the list of errors to raise, one for each attempt."""
    original, errors = attachments.attachment_sources["confirmed"], []

    def fail(_email):
        raise errors.pop(0)

    attachments.register_attachment(["confirmed"], fail)
    yield errors
    attachments.register_attachment(["confirmed"], original)


def attached_pdfs(message):
    return [file.content for file in message.attachments if getattr(file, "mimetype", "") == "application/pdf"]


def read_text(pdf):
    return " ".join(PdfReader(io.BytesIO(pdf)).pages[0].extract_text().split())


def test_confirmation_has_the_ticket_in_the_language_of_the_email():
    registration = make_registration(language="vi", badge_name="Linh")
    [pdf] = attached_pdfs(send_pending_emails()[-1])
    assert "Thứ Hai, ngày 7 tháng 12 năm 2020" in read_text(pdf)
    assert issuance.short_code(registration.tickets.get()) in read_text(pdf)


def test_no_ticket_is_issued_when_the_email_is_queued():
    make_registration()
    assert not Ticket.objects.exists()


def test_email_has_the_ticket_that_is_valid_when_it_is_sent():
    registration = make_registration()
    old = issuance.get_or_issue_ticket(registration)
    workflow.edit_details(registration, {"badge_name": "Minh"}, by=registration.user)
    texts = [read_text(pdf) for message in send_pending_emails() for pdf in attached_pdfs(message)]
    new = registration.tickets.get(voided_at=None)
    assert len(texts) == 2
    assert all(issuance.short_code(new) in text and issuance.short_code(old) not in text for text in texts)


def test_email_sent_after_a_cancellation_has_no_ticket():
    registration = make_registration()
    workflow.cancel_registration(registration, by=registration.user)
    assert [attached_pdfs(message) for message in send_pending_emails()] == [[], []]
    assert not Ticket.objects.exists()


@pytest.mark.parametrize("values", [{"days": {MONDAY: ONLINE}}, {"online_while_waitlisted": True}])
def test_email_without_a_day_in_person_has_no_ticket(values):
    make_quota(MONDAY, IN_PERSON, 0)
    make_registration(**values)
    assert attached_pdfs(send_pending_emails()[-1]) == []


def test_email_during_a_review_has_no_ticket():
    registration = make_registration(category=make_category(needs_approval=True))
    workflow.approve_registration(registration, by=None)
    QueuedEmail.objects.all().delete()
    workflow.edit_details(registration, {"function": "Judge"}, by=registration.user)
    workflow.change_days(registration, {MONDAY: None}, by=registration.user)
    assert [attached_pdfs(message) for message in send_pending_emails()] == [[], []]


@pytest.mark.parametrize(("email_type", "number"), [("changed", 1), ("ticket_replaced", 1), ("cancelled", 0)])
def test_ticket_is_attached_by_type(email_type, number):
    registration = make_registration()
    QueuedEmail.objects.all().delete()
    queue_registration_email(email_type, registration)
    assert len(attached_pdfs(send_pending_emails()[-1])) == number


def test_email_is_sent_without_a_ticket_that_cannot_be_made(broken_source, caplog):
    broken_source.append(ValueError("no font"))
    make_registration()
    with caplog.at_level(logging.ERROR):
        message = send_pending_emails()[-1]
    assert attached_pdfs(message) == []
    assert QueuedEmail.objects.get().status == QueuedEmail.Status.SENT
    assert "without its attachment" in caplog.text
    assert "Linh" not in caplog.text


def test_email_waits_if_the_database_is_unavailable(broken_source):
    broken_source.append(OperationalError("server closed the connection"))
    make_registration()
    assert sender.send_pending() == 0
    assert mail.outbox == []
    assert QueuedEmail.objects.get().status == QueuedEmail.Status.QUEUED


def test_replacement_is_emailed():
    registration = make_registration()
    QueuedEmail.objects.all().delete()
    issuance.get_or_issue_ticket(registration)
    new = issuance.reissue_ticket(registration, registration.user)
    [pdf] = attached_pdfs(send_pending_emails()[-1])
    assert issuance.short_code(new) in read_text(pdf)
