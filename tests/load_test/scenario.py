"""The load test: concurrent registrations while processes are killed."""

import contextlib
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from django.db import connection
from django.utils import timezone

from conference.mail.models import UNSENT_STATUSES, QueuedEmail
from conference.models import Conference
from conference.registration.models import ConsentText, Seat
from tests.benchmarks.servers import start_gunicorn
from tests.registration.factories import IN_PERSON, make_category, make_quota, make_registration_settings
from tests.registration.smtp_server import FakeSMTPServer

from .attendees import AttendeeThreads, make_attendees
from .checks import check_all
from .fault_injection import EmailWorkerProcess, kill_repeatedly
from .results import CheckResult

# Seconds: for sending the remaining e-mails, and between two samples of the seats.
EMAIL_TIMEOUT, SAMPLE_INTERVAL = 180, 0.1


def run_load_test(
    folder: Path, variables: dict[str, str], mail: FakeSMTPServer, people: int, seats: int, kills: int, seed: int
) -> list[CheckResult]:
    day = Conference.objects.get().starts_on
    make_registration_settings()
    category, consent_text = make_category("Observers"), ConsentText.objects.first()
    make_quota(day, IN_PERSON, seats)
    with contextlib.ExitStack() as stack:
        log = stack.enter_context(open(folder / "worker.log", "w"))
        email_worker = EmailWorkerProcess(variables, log)
        stack.callback(email_worker.stop)
        server = stack.enter_context(start_gunicorn("conference.wsgi", folder, variables, "/readyz"))
        threads = AttendeeThreads(make_attendees(people, server.address, day, category, consent_text), mail)
        samples = stack.enter_context(sample_taken_seats(day))
        threads.start()
        recovery_times = kill_repeatedly(server, email_worker, threads, kills, seed)
        threads.wait()
        send_remaining_emails(email_worker)
    return check_all(threads, mail, samples, recovery_times, email_worker.kills, day, seats)


@contextlib.contextmanager
def sample_taken_seats(day: date) -> Iterator[list[int]]:
    """Append the number of taken seats to the list at intervals."""
    samples: list[int] = []
    stop = threading.Event()

    def sample() -> None:
        while not stop.wait(SAMPLE_INTERVAL):
            samples.append(Seat.objects.taken().filter(day=day, mode=IN_PERSON).count())
        connection.close()

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield samples
    finally:
        stop.set()
        thread.join()


def send_remaining_emails(email_worker: EmailWorkerProcess) -> None:
    """Send all e-mails, without waiting for the claims of killed workers to expire."""
    email_worker.stop()
    QueuedEmail.objects.filter(status=QueuedEmail.Status.SENDING).update(next_attempt_at=timezone.now())
    email_worker.start()
    deadline = time.monotonic() + EMAIL_TIMEOUT
    while time.monotonic() < deadline and QueuedEmail.objects.filter(status__in=UNSENT_STATUSES).exists():
        time.sleep(0.2)
