"""The e-mail worker: each e-mail is sent once, despite failures of the mail server, the database and other workers."""

import datetime
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.db import OperationalError, connections
from django.test import Client
from django.utils import timezone

from conference.mail import sender
from conference.mail.models import QueuedEmail
from conference.mail.outbox import (
    CLAIM_TIMEOUT,
    claim_email,
    generate_message_id,
    queue_account_email,
    requeue,
)
from conference.mail.sender import RETRY_DELAYS, record_result, send_pending
from conference.registration.emails import queue_registration_email
from conference.registration.models import Seat

from .. import factories
from ..settings_subprocess import SECRET_KEY
from ..users import PASSWORD, admin_client_for, make_organizer
from .factories import make_attendee, make_quota, make_registration
from .smtp_server import run_smtp_server

SMTP = "django.core.mail.backends.smtp.EmailBackend"
Status = QueuedEmail.Status

pytestmark = pytest.mark.usefixtures("conference")


def make_email(to="somebody@example.org", **changes):
    values = {"email_type": "confirmed", "language": "en", "subject": "Subject", "text": "Text"}
    return QueuedEmail.objects.create(**values | {"to": to, "message_id": generate_message_id()} | changes)


def make_code_email(text="Your code is 12345678.", **changes):
    email = queue_account_email(
        "somebody@example.org", "A code", text, user=make_attendee(), language="en", is_secret=True
    )
    QueuedEmail.objects.filter(pk=email.pk).update(**changes)
    return reload(email)


def reload(email):
    return QueuedEmail.objects.get(pk=email.pk)


def travel(**delta):
    return time_machine.travel(timezone.now() + datetime.timedelta(**delta), tick=False)


def subjects():
    return [message.subject for message in mail.outbox]


@pytest.fixture
def server(settings):
    with run_smtp_server() as server:
        use_mail_server(settings, server.port)
        yield server


def use_mail_server(settings, port):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP, "127.0.0.1", port
    settings.EMAIL_TIMEOUT = 30


@pytest.fixture
def week_before_conference():
    """The time stands still a week before the first day."""
    with time_machine.travel(factories.december(7, 9) - datetime.timedelta(days=7), tick=False) as clock:
        yield clock


# Sending


def test_send_pending_due_email_records_result():
    email = make_email()
    assert send_pending() == 1
    email = reload(email)
    assert (email.status, email.attempts, email.error, email.next_attempt_at) == (Status.SENT, 1, "", None)
    assert email.sent_at is not None
    assert subjects() == ["Subject"]


def test_send_pending_sent_email_is_skipped():
    make_email()
    assert (send_pending(), send_pending()) == (1, 0)


def test_send_pending_code_is_sent_before_older_emails():
    make_email(subject="A long list")
    make_code_email()
    send_pending()
    assert subjects() == ["A code", "A long list"]


def test_send_pending_new_email_is_sent_before_failed_attempts():
    make_email(subject="Refused", attempts=3, next_attempt_at=timezone.now())
    make_email(subject="New")
    send_pending()
    assert subjects() == ["New", "Refused"]


def test_send_pending_many_emails_reuse_connection(server):
    for number in range(sender.EMAILS_PER_CONNECTION + 1):
        make_email(f"somebody{number}@example.org")
    send_pending()
    assert len(server.messages) == sender.EMAILS_PER_CONNECTION + 1
    assert server.connections == 2


def test_send_pending_delivers_complete_message(server):
    email = queue_registration_email("confirmed", make_registration(language="vi"))
    QueuedEmail.objects.exclude(pk=email.pk).delete()
    send_pending()
    message = message_from_bytes(server.messages[0], policy=policy.default)
    assert message["Message-ID"] == email.message_id
    assert message["Subject"].strip() == email.subject
    assert "Kính gửi" in message.get_body(["plain"]).get_content()


# Failures

TEMPORARY_FAILURES = {
    "connection": {"CONNECT": "421 busy"},
    "sender": {"MAIL": "451 not now"},
    "recipient": {"RCPT": "451 greylisted"},
    "before the message": {"DATA": "451 not now"},
    "after the message": {".": "451 not now"},
    "disconnect at the sender": {"MAIL": None},
    "disconnect after the message": {".": None},
    "authentication": {"MAIL": "530 authentication required"},
}


@pytest.mark.parametrize("replies", TEMPORARY_FAILURES.values(), ids=TEMPORARY_FAILURES)
def test_send_pending_temporary_failure_is_retried_after_a_minute(server, replies):
    server.replies = replies
    email = make_email()
    before = timezone.now()
    assert send_pending() == 0
    email = reload(email)
    assert (email.status, email.attempts) == (Status.QUEUED, 1)
    assert email.error
    assert before + RETRY_DELAYS[0] <= email.next_attempt_at <= timezone.now() + RETRY_DELAYS[0]
    assert claim_email() is None
    server.replies = {}
    with travel(minutes=2):
        assert send_pending() == 1
    assert reload(email).status == Status.SENT


def test_send_pending_refused_connection_records_error(settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        use_mail_server(settings, taken.getsockname()[1])
        email = make_email()
        assert send_pending() == 0
    assert "refused" in reload(email).error


@pytest.mark.slow
def test_send_pending_hanging_server_stops_after_first_timeout(server, settings):
    server.is_hanging = True
    settings.EMAIL_TIMEOUT = 0.3
    emails = [make_email() for _ in range(3)]
    assert send_pending() == 0
    # After the first timeout the others are not tried.
    assert sorted(reload(email).attempts for email in emails) == [0, 0, 1]


def test_send_pending_rejected_recipient_does_not_stop_others(server):
    server.replies = {"RCPT": "451 greylisted"}
    emails = [make_email() for _ in range(3)]
    send_pending()
    assert [reload(email).attempts for email in emails] == [1, 1, 1]


@pytest.mark.parametrize("replies", [{"RCPT": "550 5.1.1 no such mailbox"}, {".": "550 5.1.1 no such mailbox"}])
def test_send_pending_permanent_failure_records_reply(server, replies):
    server.replies = replies
    email = make_email()
    send_pending()
    email = reload(email)
    assert (email.status, email.error) == (Status.FAILED, "550 5.1.1 no such mailbox")


def test_retry_delays_grow_to_six_hours_within_three_days():
    assert RETRY_DELAYS[:4] == [datetime.timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]
    assert max(RETRY_DELAYS) == datetime.timedelta(hours=6)
    assert datetime.timedelta(hours=72) <= sum(RETRY_DELAYS, datetime.timedelta()) <= datetime.timedelta(hours=78)


def test_send_pending_fails_finally_after_three_days(server):
    server.replies = {"RCPT": "451 greylisted"}
    email = make_email(created_at=timezone.now())
    began = timezone.now()
    for _ in range(len(RETRY_DELAYS) + 1):
        due = reload(email).next_attempt_at or began
        with time_machine.travel(due + datetime.timedelta(seconds=1), tick=False):
            send_pending()
    assert reload(email).status == Status.FAILED
    assert due - began >= datetime.timedelta(hours=72)


def test_send_pending_invalid_message_fails_and_others_are_sent():
    broken, good = make_email(to="two@example.org\nBcc: all@people.example"), make_email()
    assert send_pending() == 1
    assert reload(broken).status == Status.FAILED
    assert reload(good).status == Status.SENT


def test_record_result_error_is_one_line_without_password(server, settings):
    settings.EMAIL_HOST_PASSWORD = "the-password-of-the-mail-server"
    error = ConnectionError("login the-password-of-the-mail-server\r\n\x00" + "x" * 1000)
    email = make_email()
    record_result(claim_email(), error)
    description = reload(email).error
    assert "password-of" not in description
    assert len(description) <= 500
    assert not re.search(r"[\x00-\x1f]", description)


def test_send_pending_retry_keeps_message_id(server):
    server.replies = {".": None}
    make_email()
    send_pending()
    server.replies = {}
    with travel(minutes=2):
        send_pending()
    first, second = (message_from_bytes(message)["Message-ID"] for message in server.messages)
    assert first == second


# Killed and concurrent workers


def test_send_pending_expired_claim_is_sent_with_same_message_id():
    email = make_email()
    claimed = claim_email()
    assert (claim_email(), send_pending()) == (None, 0)
    with time_machine.travel(timezone.now() + CLAIM_TIMEOUT + datetime.timedelta(seconds=1), tick=False):
        assert send_pending() == 1
    assert mail.outbox[0].extra_headers["Message-ID"] == email.message_id == claimed.message_id


def test_record_result_expired_claim_changes_nothing():
    email = make_email()
    stuck = claim_email()
    with time_machine.travel(timezone.now() + CLAIM_TIMEOUT + datetime.timedelta(seconds=1), tick=False):
        send_pending()
        record_result(stuck, ConnectionError("too late"))
    assert reload(email).status == Status.SENT


def test_record_result_erased_email_is_ignored():
    make_email()
    claimed = claim_email()
    QueuedEmail.objects.all().delete()
    record_result(claimed, None)
    assert not QueuedEmail.objects.exists()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_send_pending_concurrent_workers_send_each_email_once(server):
    message_ids = {make_email(f"somebody{number}@example.org").message_id for number in range(40)}
    barrier = threading.Barrier(8)

    def work():
        try:
            barrier.wait(60)
            return send_pending()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        sent = sum(job.result() for job in [pool.submit(work) for _ in range(8)])
    received = [message_from_bytes(message)["Message-ID"] for message in server.messages]
    assert sent == len(received) == 40
    assert set(received) == message_ids
    assert set(QueuedEmail.objects.values_list("status", "attempts")) == {(Status.SENT, 1)}


@pytest.mark.django_db(transaction=True)
def test_send_without_claim_delivers_twice(server, monkeypatch):
    """Control: the test above would fail without claims."""
    make_email()
    barrier = threading.Barrier(2)

    def read_without_claim():
        email = QueuedEmail.objects.get(status=Status.QUEUED)
        barrier.wait(60)
        return email

    def work():
        session = sender.SMTPSession()
        try:
            return session.send(read_without_claim())
        finally:
            session.close()
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert [job.result() for job in [pool.submit(work) for _ in range(2)]] == [None, None]
    assert len(server.messages) == 2


# Secret e-mails


def test_send_pending_secret_text_is_deleted():
    code = make_code_email()
    send_pending()
    assert "12345678" in mail.outbox[0].body
    assert (reload(code).text, reload(code).status) == ("", Status.SENT)


def test_send_pending_temporary_failure_keeps_secret_text(server):
    server.replies = {"RCPT": "451 greylisted"}
    code = make_code_email()
    send_pending()
    assert "12345678" in reload(code).text


def test_send_pending_permanent_failure_deletes_secret_text(server):
    server.replies = {"RCPT": "550 no such mailbox"}
    code = make_code_email()
    send_pending()
    assert (reload(code).text, reload(code).status) == ("", Status.FAILED)


def test_send_pending_expired_code_is_not_sent_and_deleted():
    code = make_code_email(expires_at=timezone.now() + datetime.timedelta(minutes=15))
    with travel(minutes=16):
        assert send_pending() == 0
        sender.run_periodic_tasks()
    code = reload(code)
    assert (code.status, code.text, code.error) == (Status.FAILED, "", sender.EXPIRED_MESSAGE)


def test_dev_outbox_keeps_secret_text_for_an_hour(settings):
    settings.DEV_OUTBOX = True
    code = make_code_email()
    send_pending()
    assert "12345678" in reload(code).text
    with travel(minutes=61):
        sender.run_periodic_tasks()
    assert reload(code).text == ""


# Requeueing


def test_requeue_sent_email_gets_new_message_id():
    email = make_email()
    send_pending()
    assert requeue(QueuedEmail.objects.all()) == 1
    assert send_pending() == 1
    assert reload(email).message_id != email.message_id
    assert len(mail.outbox) == 2


def test_requeue_failed_email_keeps_message_id():
    email = make_email(status=Status.FAILED, attempts=21, error="550 no such mailbox")
    assert requeue(QueuedEmail.objects.all()) == 1
    assert (reload(email).message_id, reload(email).attempts, reload(email).error) == (email.message_id, 0, "")


@pytest.mark.parametrize("status", [Status.QUEUED, Status.SENDING])
def test_requeue_unsent_email_is_skipped(status):
    make_email(status=status)
    assert requeue(QueuedEmail.objects.all()) == 0


def test_requeue_deleted_text_is_skipped():
    make_code_email()
    send_pending()
    assert requeue(QueuedEmail.objects.all()) == 0


# Overdue e-mails


def test_overdue_counts_unsent_emails_after_ten_minutes():
    make_email()
    make_email(status=Status.SENT)
    make_email(status=Status.FAILED)
    assert QueuedEmail.objects.overdue().count() == 0
    with travel(minutes=11):
        make_email()
        assert QueuedEmail.objects.overdue().count() == 1


def test_overdue_requeued_email_counts_after_ten_minutes():
    make_email(status=Status.SENT)
    with travel(days=3):
        requeue(QueuedEmail.objects.all())
        assert QueuedEmail.objects.overdue().count() == 0
    with travel(days=3, minutes=11):
        assert QueuedEmail.objects.overdue().count() == 1


# E-mails of allauth


def test_password_reset_hanging_mail_server_does_not_delay_response(server, client):
    server.is_hanging = True
    organizer = make_organizer()
    assert client.post("/accounts/password/reset/", {"email": organizer.email}).status_code == 302
    assert server.connections == 0
    assert QueuedEmail.objects.filter(to=organizer.email, status=Status.QUEUED).count() == 1


def test_password_reset_unavailable_mail_server_is_retried(server, settings):
    server.replies = {"CONNECT": "421 going down"}
    organizer = make_organizer()
    Client().post("/accounts/password/reset/", {"email": organizer.email})
    send_pending()
    assert not server.messages
    server.replies = {}
    with travel(minutes=2):
        send_pending()
    assert len(server.messages) == 1


@pytest.mark.parametrize("language", ["en", "vi"])
def test_login_code_email_is_secret_and_expires_in_15_minutes(client, language):
    organizer = make_organizer()
    prefix = "" if language == "en" else f"/{language}"
    client.post(f"{prefix}/accounts/login/code/", {"email": organizer.email})
    email = QueuedEmail.objects.get()
    assert (email.to, email.user, email.language, email.is_secret) == (organizer.email, organizer, language, True)
    assert abs(email.expires_at - timezone.now() - datetime.timedelta(minutes=15)) < datetime.timedelta(minutes=1)


def test_password_reset_email_is_secret_without_expiry(client):
    client.post("/accounts/password/reset/", {"email": make_organizer().email})
    email = QueuedEmail.objects.get()
    assert (email.is_secret, email.expires_at) == (True, None)


def test_password_change_email_is_not_secret():
    organizer = make_organizer()
    change = {"oldpassword": PASSWORD, "password1": "another-long-password", "password2": "another-long-password"}
    admin_client_for(organizer).post("/accounts/password/change/", change)
    email = QueuedEmail.objects.get()
    assert (email.is_secret, email.user) == (False, organizer)


def test_delete_account_deletes_its_emails(client):
    organizer = make_organizer()
    client.post("/accounts/password/reset/", {"email": organizer.email})
    organizer.delete()
    assert not QueuedEmail.objects.exists()


# The command


def test_send_emails_once_sends_due_emails(capsys):
    make_email()
    call_command("send_emails", "--once")
    assert "E-mails sent: 1." in capsys.readouterr().out


def test_periodic_tasks_offer_seats_and_expire_offers(week_before_conference):
    quota = make_quota(seats=0)
    seat = make_registration().seats.get()
    quota.seats = 1
    quota.save()
    sender.run_periodic_tasks()
    seat.refresh_from_db()
    assert seat.status == Seat.Status.OFFERED
    week_before_conference.shift(datetime.timedelta(hours=49))
    sender.run_periodic_tasks()
    seat.refresh_from_db()
    assert seat.expired_offers == 1


def test_periodic_task_with_error_does_not_stop_sending(monkeypatch, caplog):
    def fails():
        raise RuntimeError("an error")

    monkeypatch.setattr("conference.mail.sender.periodic_tasks", [fails])
    make_email()
    call_command("send_emails", "--once")
    assert len(mail.outbox) == 1
    assert "an error" in caplog.text


def test_send_emails_once_unavailable_database_exits_with_error(capsys):
    database = connections["default"]
    database.execute_wrappers.append(raise_operational_error)
    try:
        with pytest.raises(SystemExit) as ended:
            call_command("send_emails", "--once")
    finally:
        database.execute_wrappers.remove(raise_operational_error)
    assert ended.value.code == 1
    assert "The database is not available: away" in capsys.readouterr().err


def raise_operational_error(execute, sql, *rest):
    raise OperationalError("away")


@pytest.mark.django_db(transaction=True)
def test_record_result_retries_until_database_is_available():
    email, wrappers = make_email(), connections["default"].execute_wrappers
    claimed = claim_email()
    wrappers.append(raise_operational_error)
    # It retries until the database is available or the stop is requested.
    record_result(claimed, None, StopAfterRounds(3, lambda left: wrappers.clear() if left == 1 else None))
    assert reload(email).status == Status.SENT
    assert send_pending() == 0


class StopAfterRounds(sender.StopSignal):
    """Stop signal that is set after a number of waits, which return immediately."""

    def __init__(self, number, on_wait=lambda left: None):
        self.left, self.on_wait = number, on_wait

    def wait(self, seconds):
        self.left -= 1
        self.on_wait(self.left)
        self.is_requested = self.left <= 0
        return self.is_requested


@pytest.mark.django_db(transaction=True)
def test_run_worker_continues_until_stopped():
    make_email()
    sender.run_worker(StopAfterRounds(3, lambda left: make_email() if left == 2 else None))
    assert len(mail.outbox) == 2


@pytest.mark.django_db(transaction=True)
def test_run_worker_survives_unavailable_database(settings, caplog):
    make_email()
    database = connections["default"]
    name = database.settings_dict["NAME"]
    database.close()
    database.settings_dict["NAME"] = f"/nowhere/{name}"

    def comes_back(left):
        if left == 2:
            database.settings_dict["NAME"] = name

    try:
        sender.run_worker(StopAfterRounds(4, comes_back))
    finally:
        database.settings_dict["NAME"] = name
    assert len(mail.outbox) == 1
    assert caplog.text.count("The e-mail worker cannot send: ") == 1
    assert "The e-mail worker sends again." in caplog.text


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_send_emails_signal_exits_cleanly(tmp_path, number):
    """The command runs in its own process, on a database without tables, which it reports and waits for."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment |= {"SECRET_KEY": SECRET_KEY, "DATA_DIR": str(tmp_path)}
    command = [sys.executable, "manage.py", "send_emails"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as worker:
        try:
            assert "The e-mail worker is running" in worker.stdout.readline()
            worker.send_signal(number)
            assert worker.wait(60) == 0
        finally:
            worker.kill()
