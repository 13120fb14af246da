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
from datetime import timedelta
from email.mime.text import MIMEText
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import InterfaceError, OperationalError, close_old_connections, connection, connections, transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext_noop

from .in_words import facts
from .letters import new_message_id
from .models import Letter

logger = logging.getLogger(__name__)

State = Letter.State
# What is raised where the database is away or busy for too long.
AWAY = (OperationalError, InterfaceError)
# What a killed sender had claimed waits no longer than this, and a sign-in code is still valid then. A mail server that
# takes longer over one e-mail may receive it twice, with the same Message-ID.
CLAIM = timedelta(minutes=1)
# After each try that failed; together a little more than three days, then it is given up.
PAUSES = [min(timedelta(minutes=2**tries), timedelta(hours=6)) for tries in range(20)]
# In the browser of a site on one machine, codes can be read for so long.
READABLE = timedelta(hours=1)
# A worker that runs sends within seconds.
TOO_LONG = timedelta(minutes=10)
LETTERS_PER_CONNECTION = 50
EVERY_SECOND, EVERY_MINUTE = 1, 60

TOO_LATE = gettext_noop("It was good for a few minutes only and could not be sent in time.")


class Stop:
    """Asked for by a signal or a thread. Nothing in it waits for a lock, for a signal may come at any point."""

    asked = False

    def ask(self, *_signal):
        self.asked = True

    def wait(self, seconds):
        """Whether it was asked for, after so many seconds."""
        if not self.asked:
            time.sleep(seconds)
        return self.asked


def waiting_too_long():
    """How many letters should have gone out ten minutes ago: is there a worker, and a mail server?"""
    since = timezone.now() - TOO_LONG
    # Those that are sent again are older than that from the start.
    long_due = Q(tries__gt=0) | Q(next_try_at__isnull=True) | Q(next_try_at__lte=since)
    unsent = Letter.objects.filter(state__in=(State.QUEUED, State.SENDING), created_at__lte=since)
    return unsent.filter(long_due).count()


def send_again(letters):
    """Put letters of this queryset that were sent or given up back into the queue, and return how many. What was sent
    once goes out as another letter; what was secret is wiped and cannot be sent."""
    done = letters.filter(state__in=(State.SENT, State.FAILED)).exclude(text="")
    with transaction.atomic():
        found = list(done.select_for_update())
        for letter in found:
            if letter.state == State.SENT:
                letter.message_id = new_message_id()
            letter.state, letter.tries, letter.error = State.QUEUED, 0, ""
            letter.next_try_at = timezone.now()
            letter.save(update_fields=["message_id", "state", "tries", "error", "next_try_at"])
    return len(found)


# The worker


def work(stop):
    """Send what is due each second and do what else comes with time each minute, until stop is asked for. While the
    database is away it goes on trying, and so it does whatever else happens."""
    next_duties, healthy = 0, True
    while not stop.asked:
        try:
            close_old_connections()
            send_due(stop)
            if time.monotonic() >= next_duties:
                next_duties = time.monotonic() + EVERY_MINUTE
                do_duties()
        except Exception as error:
            # Said once, not each second.
            if healthy:
                logger.error("Letters wait: %s", str(error).strip(), exc_info=not isinstance(error, AWAY))
            healthy = False
            connection.close()
        else:
            if not healthy:
                logger.warning("Letters go out again.")
            healthy = True
        stop.wait(EVERY_SECOND)
    connections.close_all()


def do_duties():
    """What time brings by itself: codes that are too old, offers that lapse, seats that are free. What fails stops
    nothing else. Raises OperationalError or InterfaceError where the database is away."""
    from . import admission

    for duty in (wipe_secrets, admission.lapse_offers, admission.offer_free_seats):
        try:
            duty()
        except AWAY:
            raise
        except Exception:
            logger.exception("A duty of each minute failed.")


def wipe_secrets():
    """Codes that came too late for sending are given up; no text of theirs is kept."""
    now = timezone.now()
    late = Letter.objects.filter(state=State.QUEUED, good_until__lte=now)
    read = Letter.objects.filter(is_secret=True, created_at__lte=now - READABLE, state=State.SENT).exclude(text="")
    # Asked first, because on SQLite whoever writes holds up all others.
    if late.exists():
        late.update(state=State.FAILED, error=TOO_LATE, next_try_at=None, text="", html="")
    if read.exists():
        read.update(text="", html="")


# One letter after the other


def send_due(stop=None):
    """Send the letters that are due now, and return how many went out. Where the mail server does not answer it is
    left alone until the next call. Raises OperationalError or InterfaceError where the database is away."""
    line, sent = Line(), 0
    try:
        while not (stop and stop.asked) and (letter := claim()):
            error = line.send(letter)
            settle(letter, error, stop)
            sent += error is None
            if _is_of_the_server(error):
                break
    finally:
        line.close()
    return sent


def claim():
    """A letter that is due and from now on is this caller's alone, or None. What was never tried comes first, so
    that a code is not held up by what the mail server refuses."""
    while _due().exists():
        with transaction.atomic(durable=True):
            due = _due().order_by("tries", "-is_secret", "created_at", "pk")
            letter = due.select_for_update(skip_locked=True).first()
            if letter:
                letter.state, letter.tries = State.SENDING, letter.tries + 1
                letter.next_try_at = timezone.now() + CLAIM
                letter.save(update_fields=["state", "tries", "next_try_at"])
                return letter
        # Others are claiming all that is due.
        time.sleep(0.01)
    return None


def _due():
    now = timezone.now()
    still_good = Q(good_until__isnull=True) | Q(good_until__gt=now)
    waiting = Q(state=State.QUEUED, next_try_at__isnull=True) | Q(state=State.QUEUED, next_try_at__lte=now)
    return Letter.objects.filter(still_good, waiting | Q(state=State.SENDING, next_try_at__lte=now))


class Line:
    """The way to the mail server: opened by the first letter, kept for those that follow."""

    def __init__(self):
        self.connection, self.letters = None, 0

    def send(self, letter):
        """None, or the error. Never raises: what cannot be written as mail must not stop the others."""
        try:
            self._open()
            self.connection.send_messages([message(letter)])
        except Exception as error:
            self.close()
            return error
        return None

    def _open(self):
        if self.letters == LETTERS_PER_CONNECTION:
            self.close()
        if self.connection is None:
            opened = get_connection()
            opened.open()
            self.connection = opened
        self.letters += 1

    def close(self):
        connection, self.connection, self.letters = self.connection, None, 0
        if connection is None:
            return
        try:
            connection.close()
        except (smtplib.SMTPException, OSError):
            # All that was to be said is said.
            logger.debug("The mail server did not say goodbye.", exc_info=True)


def message(letter):
    """The letter as mail: the same at every try but for its date."""
    with translation.override(letter.language):
        said = facts()
    mail = EmailMultiAlternatives(
        letter.subject,
        letter.text,
        _sender(said.short_name),
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
        mail.attach(_calendar(letter.calendar))
    return mail


def _sender(name):
    own_name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return settings.DEFAULT_FROM_EMAIL if own_name else formataddr((name, address))


def _calendar(text):
    part = MIMEText(text, "calendar", "utf-8")
    part.set_param("method", "PUBLISH")
    part.add_header("Content-Disposition", "attachment", filename="days.ics")
    return part


# What became of it


def settle(letter, error, stop=None):
    """Write down what became of a claimed letter; while the database is away, wait for it: what was sent and not
    written down would be sent again."""
    while True:
        try:
            return _write_down(letter, error)
        except AWAY:
            connection.close()
            if stop is None or stop.wait(EVERY_SECOND):
                raise


def _write_down(letter, error):
    now = timezone.now()
    if error is None:
        outcome = {"state": State.SENT, "sent_at": now, "next_try_at": None, "error": ""}
        kept = settings.LETTERS_IN_BROWSER
    else:
        last = letter.tries > len(PAUSES) or _is_for_good(error)
        pause = None if last else now + PAUSES[letter.tries - 1]
        outcome = {"state": State.FAILED if last else State.QUEUED, "next_try_at": pause, "error": in_words(error)}
        kept = not last
    if letter.is_secret and not kept:
        outcome |= {"text": "", "html": ""}
    # Only while it is still this caller's: it may be erased, or claimed anew because the caller was stuck for long.
    Letter.objects.filter(pk=letter.pk, state=State.SENDING, tries=letter.tries).update(**outcome)


def _is_for_good(error):
    """Whether trying again is in vain: the mail server refuses the recipient or the letter, or it is no letter."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _words in error.recipients.values())
    if isinstance(error, smtplib.SMTPDataError):
        return error.smtp_code >= 500
    return isinstance(error, ValueError | smtplib.SMTPNotSupportedError)


def _is_of_the_server(error):
    """Whether the next letter would fare no better."""
    return isinstance(error, OSError) and not isinstance(
        error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError | smtplib.SMTPNotSupportedError
    )


def in_words(error):
    """For the desk: what the mail server said, or what happened; on one line, without the password."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        said = "; ".join(f"{code} {_decoded(words)}" for code, words in error.recipients.values())
    elif isinstance(error, smtplib.SMTPResponseException):
        said = f"{error.smtp_code} {_decoded(error.smtp_error)}"
    else:
        said = f"{type(error).__name__}: {error}"
    if settings.EMAIL_HOST_PASSWORD:
        said = said.replace(settings.EMAIL_HOST_PASSWORD, "…")
    line = " ".join("".join(" " if unicodedata.category(letter) in ("Cc", "Cs") else letter for letter in said).split())
    return line[:500]


def _decoded(words):
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
