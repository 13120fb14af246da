"""The drill itself: who comes, what is killed meanwhile, what is looked at while it goes on."""

import contextlib
import random
import threading
import time

from django.db import connection
from django.utils import timezone

from conference.mail.models import QueuedEmail
from conference.models import Conference
from conference.registration.capacity import TAKEN_STATUSES
from conference.registration.models import ConsentText, Seat
from tests.benchmarks.servers import start_gunicorn
from tests.registration.factories import IN_PERSON, make_category, make_quota, make_registration_settings

from .attendees import AttendeeThreads, make_attendees
from .checks import check_all
from .fault_injection import EmailWorkerProcess, kill_repeatedly

UNSENT = (QueuedEmail.Status.QUEUED, QueuedEmail.Status.SENDING)
# Seconds: for letters to go out, and between two looks at the seats.
EMAIL_TIMEOUT, WATCH_INTERVAL = 180, 0.1


def run_load_test(folder, variables, mail, people, seats, kills, seed):
    """Findings."""
    day = Conference.objects.get().starts_on
    make_registration_settings()
    category, consent = make_category("Observers"), ConsentText.objects.first()
    make_quota(day, IN_PERSON, seats)
    with contextlib.ExitStack() as until_the_end:
        log = until_the_end.enter_context(open(folder / "worker.log", "w"))
        post = EmailWorkerProcess(variables, log)
        until_the_end.callback(post.stop)
        server = until_the_end.enter_context(start_gunicorn("conference.wsgi", folder, variables, "/readyz"))
        crowd = AttendeeThreads(make_attendees(people, server.address, day, category, consent), mail)
        watch = until_the_end.enter_context(watch_seats(day, seats))
        crowd.start()
        back = kill_repeatedly(server, post, crowd, kills, random.Random(seed))
        crowd.stay_until_the_end()
        send_remaining_emails(post)
    return check_all(crowd, mail, watch, back, post.killed, day, seats)


class SeatWatcher(threading.Thread):
    """How many seats are taken, at many moments."""

    def __init__(self, day):
        super().__init__(daemon=True)
        self.day, self.taken, self.over = day, [], threading.Event()

    def run(self):
        while not self.over.wait(WATCH_INTERVAL):
            self.taken.append(Seat.objects.filter(day=self.day, mode=IN_PERSON, status__in=TAKEN_STATUSES).count())
        connection.close()


@contextlib.contextmanager
def watch_seats(day, seats):
    watch = SeatWatcher(day)
    watch.start()
    try:
        yield watch
    finally:
        watch.over.set()
        watch.join()


def send_remaining_emails(post):
    """What a killed worker had claimed is due ten minutes later; nobody waits for that here."""
    post.stop()
    QueuedEmail.objects.filter(status=QueuedEmail.Status.SENDING).update(next_attempt_at=timezone.now())
    post.start()
    ends_at = time.monotonic() + EMAIL_TIMEOUT
    while time.monotonic() < ends_at and QueuedEmail.objects.filter(status__in=UNSENT).exists():
        time.sleep(0.2)
