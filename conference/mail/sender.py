"""Sending the letters that are written: who claims one alone tries it, and however often it is tried it has one
Message-ID.

A letter is claimed and that is committed before the mail server hears of it, so several workers never send one letter
twice. What a killed worker had claimed is tried again once the claim has run out. A mail server that takes a letter and
then falls silent is the one case in which a letter may arrive twice; whoever reads mail sees by the Message-ID that
they are one.
"""

import logging
import smtplib
import time
import unicodedata
from collections.abc import Callable
from datetime import timedelta
from email.mime.text import MIMEText
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import InterfaceError, OperationalError, close_old_connections, connection, connections
from django.utils import timezone, translation
from django.utils.translation import gettext_noop

from conference.site_data import get_conference_info

from .models import QueuedEmail
from .outbox import claim_email

logger = logging.getLogger(__name__)

Status = QueuedEmail.Status
# What is raised where the database is away or busy for too long.
DATABASE_ERRORS = (OperationalError, InterfaceError)
# After each try that failed; together a little more than three days, then it is given up.
RETRY_DELAYS = [min(timedelta(minutes=2**tries), timedelta(hours=6)) for tries in range(20)]
# In the browser of a site on one machine, codes can be read for so long.
SECRET_LIFETIME = timedelta(hours=1)
EMAILS_PER_CONNECTION = 50
POLL_SECONDS, PERIODIC_SECONDS = 1, 60

EXPIRED_MESSAGE = gettext_noop("It expired before it could be sent.")


# Tasks of other apps that the worker runs once a minute, see register_periodic_task().
periodic_tasks: list[Callable[[], object]] = []


def register_periodic_task(task: Callable[[], object]) -> None:
    """Have the worker run a task once a minute. Apps call this in AppConfig.ready()."""
    if task not in periodic_tasks:
        periodic_tasks.append(task)


class StopSignal:
    """Asked for by a signal or a thread. Nothing in it waits for a lock, for a signal may come at any point."""

    is_requested = False

    def request(self, *_signal):
        self.is_requested = True

    def wait(self, seconds):
        """Whether it was asked for, after so many seconds."""
        if not self.is_requested:
            time.sleep(seconds)
        return self.is_requested


# The worker


def run_worker(stop):
    """Send what is due each second and do what else comes with time each minute, until stop is asked for. While the
    database is away it goes on trying, and so it does whatever else happens."""
    next_duties, healthy = 0, True
    while not stop.is_requested:
        try:
            close_old_connections()
            send_pending(stop)
            if time.monotonic() >= next_duties:
                next_duties = time.monotonic() + PERIODIC_SECONDS
                run_periodic_tasks()
        except Exception as error:
            # Said once, not each second.
            if healthy:
                logger.error(
                    "E-mails are delayed: %s", str(error).strip(), exc_info=not isinstance(error, DATABASE_ERRORS)
                )
            healthy = False
            connection.close()
        else:
            if not healthy:
                logger.warning("E-mails are sent again.")
            healthy = True
        stop.wait(POLL_SECONDS)
    connections.close_all()


def run_periodic_tasks() -> None:
    """Run each task that is due once a minute. A task that fails does not stop the others.

    Raises OperationalError or InterfaceError if the database is unavailable.
    """
    for task in (delete_expired_secrets, *periodic_tasks):
        try:
            task()
        except DATABASE_ERRORS:
            raise
        except Exception:
            logger.exception("The periodic task %s failed.", task.__name__)


def delete_expired_secrets():
    """Codes that came too late for sending are given up; no text of theirs is kept."""
    now = timezone.now()
    late = QueuedEmail.objects.filter(status=Status.QUEUED, expires_at__lte=now)
    read = QueuedEmail.objects.filter(
        is_secret=True, created_at__lte=now - SECRET_LIFETIME, status=Status.SENT
    ).exclude(text="")
    # Asked first, because on SQLite whoever writes holds up all others.
    if late.exists():
        late.update(status=Status.FAILED, error=EXPIRED_MESSAGE, next_attempt_at=None, text="", html="")
    if read.exists():
        read.update(text="", html="")


# One letter after the other


def send_pending(stop=None):
    """Send the letters that are due now, and return how many went out. Where the mail server does not answer it is
    left alone until the next call. Raises OperationalError or InterfaceError where the database is away."""
    line, sent = SMTPSession(), 0
    try:
        while not (stop and stop.is_requested) and (letter := claim_email()):
            error = line.send(letter)
            record_result(letter, error, stop)
            sent += error is None
            if is_server_error(error):
                break
    finally:
        line.close()
    return sent


class SMTPSession:
    """The way to the mail server: opened by the first letter, kept for those that follow."""

    def __init__(self):
        self.connection, self.sent_count = None, 0

    def send(self, letter):
        """None, or the error. Never raises: what cannot be written as mail must not stop the others."""
        try:
            self.open_connection()
            self.connection.send_messages([build_message(letter)])
        except Exception as error:
            self.close()
            return error
        return None

    def open_connection(self):
        if self.sent_count == EMAILS_PER_CONNECTION:
            self.close()
        if self.connection is None:
            opened = get_connection()
            opened.open()
            self.connection = opened
        self.sent_count += 1

    def close(self):
        connection, self.connection, self.sent_count = self.connection, None, 0
        if connection is None:
            return
        try:
            connection.close()
        except (smtplib.SMTPException, OSError):
            # All that was to be said is said.
            logger.debug("The mail server closed the connection without QUIT.", exc_info=True)


def build_message(letter):
    """The letter as mail: the same at every try but for its date."""
    with translation.override(letter.language):
        said = get_conference_info()
    mail = EmailMultiAlternatives(
        letter.subject,
        letter.text,
        sender_address(said.short_name),
        [letter.to],
        reply_to=[said.contact] if said.contact else None,
        headers={
            "Message-ID": letter.message_id,
            # RFC 3834: no holiday notes in answer to this.
            "Auto-Submitted": "auto-generated",
            "Content-Language": letter.language,
        },
    )
    if letter.html:
        mail.attach_alternative(letter.html, "text/html")
    if letter.calendar:
        mail.attach(calendar_attachment(letter.calendar))
    return mail


def sender_address(name):
    own_name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return settings.DEFAULT_FROM_EMAIL if own_name else formataddr((name, address))


def calendar_attachment(text):
    part = MIMEText(text, "calendar", "utf-8")
    part.set_param("method", "PUBLISH")
    part.add_header("Content-Disposition", "attachment", filename="days.ics")
    return part


# What became of it


def record_result(letter, error, stop=None):
    """Write down what became of a claimed letter; while the database is away, wait for it: what was sent and not
    written down would be sent again."""
    while True:
        try:
            return save_result(letter, error)
        except DATABASE_ERRORS:
            connection.close()
            if stop is None or stop.wait(POLL_SECONDS):
                raise


def save_result(letter, error):
    now = timezone.now()
    if error is None:
        outcome = {"status": Status.SENT, "sent_at": now, "next_attempt_at": None, "error": ""}
        kept = settings.DEV_OUTBOX
    else:
        last = letter.attempts > len(RETRY_DELAYS) or is_permanent_error(error)
        pause = None if last else now + RETRY_DELAYS[letter.attempts - 1]
        outcome = {
            "status": Status.FAILED if last else Status.QUEUED,
            "next_attempt_at": pause,
            "error": describe_error(error),
        }
        kept = not last
    if letter.is_secret and not kept:
        outcome |= {"text": "", "html": ""}
    # Only while it is still this caller's: it may be erased, or claimed anew because the caller was stuck for long.
    QueuedEmail.objects.filter(pk=letter.pk, status=Status.SENDING, attempts=letter.attempts).update(**outcome)


def is_permanent_error(error):
    """Whether trying again is in vain: the mail server refuses the recipient or the letter, or it is no letter."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _words in error.recipients.values())
    if isinstance(error, smtplib.SMTPDataError):
        return error.smtp_code >= 500
    return isinstance(error, ValueError | smtplib.SMTPNotSupportedError)


def is_server_error(error):
    """Whether the next letter would fare no better."""
    return isinstance(error, OSError) and not isinstance(
        error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError | smtplib.SMTPNotSupportedError
    )


def describe_error(error):
    """For the desk: what the mail server said, or what happened; on one line, without the password."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        said = "; ".join(f"{code} {decode_reply(words)}" for code, words in error.recipients.values())
    elif isinstance(error, smtplib.SMTPResponseException):
        said = f"{error.smtp_code} {decode_reply(error.smtp_error)}"
    else:
        said = f"{type(error).__name__}: {error}"
    if settings.EMAIL_HOST_PASSWORD:
        said = said.replace(settings.EMAIL_HOST_PASSWORD, "…")
    line = " ".join("".join(" " if unicodedata.category(letter) in ("Cc", "Cs") else letter for letter in said).split())
    return line[:500]


def decode_reply(words):
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
