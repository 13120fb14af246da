"""The e-mail worker: it sends queued e-mails and runs the periodic tasks.

A worker commits its claim of an e-mail before it contacts the mail server, so several workers never send the same one.
The e-mails of a killed worker are sent when its claims expire. An e-mail can arrive twice if the mail server accepts it
without replying; mail programs then recognize the duplicate by its Message-ID.
"""

import logging
import re
import smtplib
import time
import unicodedata
from collections.abc import Callable
from datetime import timedelta
from email.mime.text import MIMEText
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import close_old_connections, connection, connections
from django.utils import timezone, translation
from django.utils.translation import gettext_noop

from conference.core.email_addresses import canonical_email
from conference.site_data import get_conference_info

from .attachments import DATABASE_ERRORS, render_attachment
from .models import QueuedEmail
from .outbox import claim_email

logger = logging.getLogger(__name__)

Status = QueuedEmail.Status
# Delays after failed attempts, a little more than three days in total.
RETRY_DELAYS = [min(timedelta(minutes=2**attempt), timedelta(hours=6)) for attempt in range(20)]
# The development outbox shows codes for this time.
SECRET_LIFETIME = timedelta(hours=1)
EMAILS_PER_CONNECTION = 50
POLL_SECONDS, PERIODIC_SECONDS = 1, 60

EXPIRED_MESSAGE = gettext_noop("It expired before it could be sent.")

# Tasks of other apps, see register_periodic_task().
periodic_tasks: list[Callable[[], object]] = []


def register_periodic_task(task: Callable[[], object]) -> None:
    """Let the worker run a task once a minute. Apps call this in AppConfig.ready()."""
    if task not in periodic_tasks:
        periodic_tasks.append(task)


class StopSignal:
    """Request to stop, set by a signal handler or a thread. It uses no lock, because signals can come at any time."""

    is_requested = False

    def request(self, *_signal: object) -> None:
        self.is_requested = True

    def wait(self, seconds: float) -> bool:
        """Sleep unless the stop is requested, and return whether it is requested then."""
        if not self.is_requested:
            time.sleep(seconds)
        return self.is_requested


def run_worker(stop: StopSignal) -> None:
    """Send due e-mails each second and run the periodic tasks each minute until the stop is requested.

    Errors are logged, and the worker continues.
    """
    next_periodic_run, is_failing = 0.0, False
    while not stop.is_requested:
        try:
            close_old_connections()
            send_pending(stop)
            if time.monotonic() >= next_periodic_run:
                next_periodic_run = time.monotonic() + PERIODIC_SECONDS
                run_periodic_tasks()
        except Exception as error:
            # Only the first of consecutive errors is logged.
            if not is_failing:
                traceback = not isinstance(error, DATABASE_ERRORS)
                logger.error("The e-mail worker cannot send: %s", str(error).strip(), exc_info=traceback)
            is_failing = True
            connection.close()
        else:
            if is_failing:
                logger.warning("The e-mail worker sends again.")
            is_failing = False
        stop.wait(POLL_SECONDS)
    connections.close_all()


def run_periodic_tasks() -> None:
    """Run each task that is due once a minute. A task that fails does not stop the others.

    Raise OperationalError or InterfaceError if the database is unavailable.
    """
    for task in (delete_expired_secrets, *periodic_tasks):
        try:
            task()
        except DATABASE_ERRORS:
            raise
        except Exception:
            logger.exception("The e-mail worker could not run the periodic task %s.", task.__name__)


def delete_expired_secrets() -> None:
    """Mark expired e-mails as failed, and delete the text of old secret ones."""
    now = timezone.now()
    expired = QueuedEmail.objects.filter(status=Status.QUEUED, expires_at__lte=now)
    old = QueuedEmail.objects.filter(is_secret=True, created_at__lte=now - SECRET_LIFETIME, status=Status.SENT)
    old = old.exclude(text="")
    # exists() avoids a write lock, which on SQLite would block all other writers.
    if expired.exists():
        expired.update(status=Status.FAILED, error=EXPIRED_MESSAGE, next_attempt_at=None, text="", html="")
    if old.exists():
        old.update(text="", html="")


def send_pending(stop: StopSignal | None = None) -> int:
    """Send the e-mails that are due and return how many were sent.

    Stop at the first failure of the mail server. Raise OperationalError or InterfaceError if the database is
    unavailable.
    """
    session, sent = SMTPSession(), 0
    try:
        while not (stop and stop.is_requested) and (email := claim_email()):
            error = session.send(email)
            record_result(email, error, stop)
            sent += error is None
            if is_server_error(error):
                break
    finally:
        session.close()
    return sent


class SMTPSession:
    """Connection to the mail server, opened for the first e-mail and reused for the next ones."""

    def __init__(self) -> None:
        self.connection, self.sent_count = None, 0

    def send(self, email: QueuedEmail) -> Exception | None:
        """Send an e-mail and return None or the error. It never raises, so that other e-mails are still sent."""
        try:
            self.open_connection()
            self.connection.send_messages([build_message(email)])
        except Exception as error:
            self.close()
            return error
        return None

    def open_connection(self) -> None:
        if self.sent_count == EMAILS_PER_CONNECTION:
            self.close()
        if self.connection is None:
            new_connection = get_connection()
            new_connection.open()
            self.connection = new_connection
        self.sent_count += 1

    def close(self) -> None:
        connection, self.connection, self.sent_count = self.connection, None, 0
        if connection is None:
            return
        try:
            connection.close()
        except (smtplib.SMTPException, OSError):
            # All e-mails of this connection have been accepted or rejected already.
            logger.debug("The mail server closed the connection without QUIT.", exc_info=True)


def build_message(email: QueuedEmail) -> EmailMultiAlternatives:
    """Return the message, which is the same for all attempts except for its date and a file that is made now."""
    with translation.override(email.language):
        conference = get_conference_info()
    message = EmailMultiAlternatives(
        email.subject,
        email.text,
        sender_address(conference.short_name),
        [email.to],
        reply_to=[conference.contact] if conference.contact else None,
        headers={
            "Message-ID": email.message_id,
            # RFC 3834 section 5: this prevents automatic replies.
            "Auto-Submitted": "auto-generated",
            "Content-Language": email.language,
        },
    )
    if email.html:
        message.attach_alternative(email.html, "text/html")
    for part in calendar_attachments(email.calendar):
        message.attach(part)
    if attachment := render_attachment(email):
        message.attach(*attachment)
    return message


def sender_address(default_name: str) -> str:
    """Return DEFAULT_FROM_EMAIL in its canonical form, with the default name if it has none."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return formataddr((name or default_name, canonical_email(address)))


def calendar_attachments(text: str) -> list[MIMEText]:
    """Return a part for each of the iCalendar files in a text. Each has one method (RFC 6047 section 2.4)."""
    parts = []
    for number, content in enumerate(re.findall(r"(?s)BEGIN:VCALENDAR.*?END:VCALENDAR\r\n", text), start=1):
        method = re.search(r"(?m)^METHOD:(\w+)", content)
        part = MIMEText(content, "calendar", "utf-8")
        part.set_param("method", method[1] if method else "PUBLISH")
        part.add_header("Content-Disposition", "attachment", filename=f"day-{number}.ics")
        parts.append(part)
    return parts


def record_result(email: QueuedEmail, error: Exception | None, stop: StopSignal | None = None) -> None:
    """Save the result of an attempt. With a stop signal, retry while the database is unavailable.

    A sent e-mail whose result is lost would be sent again.
    """
    while True:
        try:
            return save_result(email, error)
        except DATABASE_ERRORS:
            connection.close()
            if stop is None or stop.wait(POLL_SECONDS):
                raise


def save_result(email: QueuedEmail, error: Exception | None) -> None:
    now = timezone.now()
    if error is None:
        values = {"status": Status.SENT, "sent_at": now, "next_attempt_at": None, "error": ""}
        keeps_text = settings.DEV_OUTBOX
    else:
        is_final = email.attempts > len(RETRY_DELAYS) or is_permanent_error(error)
        values = {
            "status": Status.FAILED if is_final else Status.QUEUED,
            "next_attempt_at": None if is_final else now + RETRY_DELAYS[email.attempts - 1],
            "error": describe_error(error),
        }
        keeps_text = not is_final
    if email.is_secret and not keeps_text:
        values |= {"text": "", "html": ""}
    # The row may have been erased, or claimed by another worker after the claim of this one expired.
    QueuedEmail.objects.filter(pk=email.pk, status=Status.SENDING, attempts=email.attempts).update(**values)


def is_permanent_error(error: Exception) -> bool:
    """Return whether another attempt would fail too: the recipient or the message is rejected or invalid."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _reply in error.recipients.values())
    if isinstance(error, smtplib.SMTPDataError):
        return error.smtp_code >= 500
    return isinstance(error, ValueError | smtplib.SMTPNotSupportedError)


def is_server_error(error: Exception | None) -> bool:
    """Return whether the next e-mail would fail as well."""
    return isinstance(error, OSError) and not isinstance(
        error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError | smtplib.SMTPNotSupportedError
    )


def describe_error(error: Exception) -> str:
    """Return the mail server's reply or the exception for organizers, on one line and without the password."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        text = "; ".join(f"{code} {decode_reply(reply)}" for code, reply in error.recipients.values())
    elif isinstance(error, smtplib.SMTPResponseException):
        text = f"{error.smtp_code} {decode_reply(error.smtp_error)}"
    else:
        text = f"{type(error).__name__}: {error}"
    if settings.EMAIL_HOST_PASSWORD:
        text = text.replace(settings.EMAIL_HOST_PASSWORD, "…")
    printable = "".join(" " if unicodedata.category(character) in ("Cc", "Cs") else character for character in text)
    return " ".join(printable.split())[:500]


def decode_reply(reply: bytes | str) -> str:
    return reply.decode("utf-8", "replace") if isinstance(reply, bytes) else str(reply)
