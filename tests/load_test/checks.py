"""Checks after all attendees have finished and all e-mails are sent."""

import email
import email.policy
from collections import Counter
from datetime import date

from django.contrib.auth.models import User
from django.db import connection

from conference.mail.email_types import ACCOUNT_EMAIL_TYPE
from conference.mail.models import QueuedEmail
from conference.registration.models import Registration, Seat
from tests.registration.factories import IN_PERSON
from tests.registration.smtp_server import FakeSMTPServer

from .attendees import AttendeeThreads
from .results import CheckResult, expect_equal, expect_none, summarize_times

# Seconds within which the site must respond after a kill.
MAX_RECOVERY_SECONDS = 5
EMAIL_TYPE_BY_STATUS = {"confirmed": "confirmed", "waitlisted": "waitlisted"}


def check_all(
    threads: AttendeeThreads,
    mail: FakeSMTPServer,
    samples: list[int],
    recovery_times: list[float],
    worker_kills: int,
    day: date,
    seats: int,
) -> list[CheckResult]:
    """Return all results. samples are numbers of taken seats during the test."""
    return [
        CheckResult("attendees", len(threads.attendees)),
        *check_attendees(threads),
        *check_responses(threads),
        *check_recovery(recovery_times, worker_kills),
        *check_seats(samples, day, seats, len(threads.attendees)),
        *check_emails(mail, worker_kills),
        *check_database(),
        *response_times(threads),
    ]


def check_attendees(threads: AttendeeThreads) -> list[CheckResult]:
    attendees = threads.attendees
    registered = Counter(Registration.objects.values_list("user__email", flat=True))
    acknowledged = [attendee.email for attendee in attendees if attendee.acknowledged_at]
    accounts = Counter(User.objects.values_list("email", flat=True))
    return [
        expect_equal("acknowledged", len(acknowledged), len(attendees)),
        expect_none("gave up", [attendee.failure for attendee in attendees if attendee.failure]),
        expect_none("acknowledged without registration", [one for one in acknowledged if not registered[one]]),
        expect_none("registered twice", [one for one, number in registered.items() if number > 1]),
        expect_none("duplicate accounts", [one for one, number in accounts.items() if one and number > 1]),
        CheckResult("logged in with a code", sum(attendee.needs_code for attendee in attendees)),
        CheckResult("of these started again", sum(attendee.restarts for attendee in attendees)),
    ]


def check_responses(threads: AttendeeThreads) -> list[CheckResult]:
    attempts = threads.attempts()
    statuses = Counter(attempt.status for attempt in attempts)
    registered = set(Registration.objects.values_list("user__email", flat=True))
    with_error = [
        attendee.email
        for attendee in threads.attendees
        if any(attempt.status >= 500 for attempt in attendee.browser.attempts)
    ]
    rejected = [f"{attempt.request} {attempt.status}" for attempt in attempts if 400 <= attempt.status < 500]
    return [
        CheckResult("requests", len(attempts)),
        CheckResult("broken connections", statuses[0]),
        expect_none("responses 500", [attempt.request for attempt in attempts if attempt.status == 500]),
        CheckResult("responses 502 to 504", sum(number for status, number in statuses.items() if status > 500)),
        expect_none("not registered after a 5xx", [one for one in with_error if one not in registered]),
        expect_none("responses 4xx", rejected),
    ]


def check_recovery(recovery_times: list[float], worker_kills: int) -> list[CheckResult]:
    slow = [f"{seconds:.1f} s" for seconds in recovery_times if seconds >= MAX_RECOVERY_SECONDS]
    after_one, after_all = recovery_times[::2], recovery_times[1::2]
    return [
        CheckResult(
            "kills of one worker, all workers, e-mail worker", f"{len(after_one)}, {len(after_all)}, {worker_kills}"
        ),
        CheckResult("slowest recovery after a kill of one worker", f"{max(after_one, default=0):.2f} s"),
        CheckResult("slowest recovery after a kill of all workers", f"{max(after_all, default=0):.2f} s"),
        expect_none(f"recoveries of {MAX_RECOVERY_SECONDS} s or more", slow),
    ]


def check_seats(samples: list[int], day: date, seats: int, attendees: int) -> list[CheckResult]:
    statuses = Counter(Seat.objects.filter(day=day, mode=IN_PERSON).values_list("status", flat=True))
    return [
        expect_none(f"samples with more than {seats} taken", [taken for taken in samples if taken > seats]),
        CheckResult("samples", len(samples), bool(samples)),
        expect_equal("seats confirmed", statuses["confirmed"], min(seats, attendees)),
        expect_equal("seats offered", statuses["offered"], 0),
        expect_equal("seats waitlisted", statuses["waitlisted"], max(attendees - seats, 0)),
    ]


def check_emails(mail: FakeSMTPServer, worker_kills: int) -> list[CheckResult]:
    emails = QueuedEmail.objects.exclude(email_type=ACCOUNT_EMAIL_TYPE)
    queued = Counter(emails.values_list("user", "email_type"))
    expected = Counter(
        (user, EMAIL_TYPE_BY_STATUS.get(status)) for user, status in Registration.objects.values_list("user", "status")
    )
    unsent = QueuedEmail.objects.exclude(status=QueuedEmail.Status.SENT).values_list("email_type", "status", "error")
    message_ids = set(emails.values_list("message_id", flat=True))
    delivered = Counter(map(recipient_and_message_id, list(mail.messages)))
    per_recipient = Counter(recipient for recipient, message_id in delivered if message_id in message_ids)
    duplicates = sum(number - 1 for number in delivered.values())
    return [
        *(
            expect_equal(
                f"e-mails of type {email_type}",
                sum(number for (_user, queued_type), number in queued.items() if queued_type == email_type),
                Registration.objects.filter(status=status).count(),
            )
            for status, email_type in EMAIL_TYPE_BY_STATUS.items()
        ),
        expect_none("missing e-mails", list((expected - queued).elements())),
        expect_none("unexpected e-mails", list((queued - expected).elements())),
        expect_none("e-mails not sent", [" ".join(values) for values in unsent]),
        expect_none("e-mails not delivered", list(message_ids - {message_id for _to, message_id in delivered})),
        expect_none("recipients of two e-mails", [one for one, number in per_recipient.items() if number > 1]),
        CheckResult("delivered twice, at most once for each kill", duplicates, duplicates <= worker_kills),
    ]


def recipient_and_message_id(text: bytes) -> tuple[str, str]:
    message = email.message_from_bytes(text, policy=email.policy.default)
    return str(message["To"]), str(message["Message-ID"])


def check_database() -> list[CheckResult]:
    if connection.vendor != "sqlite":
        return []
    with connection.cursor() as cursor:
        integrity = cursor.execute("PRAGMA integrity_check").fetchall()
        violations = cursor.execute("PRAGMA foreign_key_check").fetchall()
    return [expect_equal("integrity_check", integrity[0][0], "ok"), expect_none("foreign_key_check", violations)]


def response_times(threads: AttendeeThreads) -> list[CheckResult]:
    answered = [attempt for attempt in threads.attempts() if attempt.status]
    times = [
        attendee.acknowledged_at - attendee.started_at for attendee in threads.attendees if attendee.acknowledged_at
    ]
    return [
        *(
            summarize_times(request, [attempt.seconds for attempt in answered if attempt.request == request])
            for request in sorted({attempt.request for attempt in answered})
        ),
        summarize_times("first request to acknowledgement", times),
    ]
