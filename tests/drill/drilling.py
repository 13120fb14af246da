"""The drill itself: who comes, what is killed meanwhile, what is looked at while it goes on."""

import contextlib
import random
import threading
import time

from django.db import connection
from django.utils import timezone

from conference.models import Conference
from conference.registration.models import Consent, Letter, Seat
from conference.registration.seats import TAKEN
from tests.bench.serving import gunicorn
from tests.registration.cast import IN_PERSON, a_category, a_house, a_quota

from .checking import checked
from .killing import Post, kill_again_and_again
from .people import Crowd, invited

UNSENT = (Letter.State.QUEUED, Letter.State.SENDING)
# Seconds: for letters to go out, and between two looks at the seats.
SECONDS_FOR_LETTERS, LOOK = 180, 0.1


def drill(folder, variables, mail, people, seats, kills, seed):
    """Findings."""
    day = Conference.objects.get().starts_on
    a_house()
    category, consent = a_category("Observers"), Consent.objects.first()
    a_quota(day, IN_PERSON, seats)
    with contextlib.ExitStack() as until_the_end:
        log = until_the_end.enter_context(open(folder / "worker.log", "w"))
        post = Post(variables, log)
        until_the_end.callback(post.stop)
        server = until_the_end.enter_context(gunicorn("conference.wsgi", folder, variables, "/readyz"))
        crowd = Crowd(invited(people, server.address, day, category, consent), mail)
        watch = until_the_end.enter_context(watching(day, seats))
        crowd.start()
        back = kill_again_and_again(server, post, crowd, kills, random.Random(seed))
        crowd.stay_until_the_end()
        send_the_rest(post)
    return checked(crowd, mail, watch, back, post.killed, day, seats)


class Watch(threading.Thread):
    """How many seats are taken, at many moments."""

    def __init__(self, day):
        super().__init__(daemon=True)
        self.day, self.taken, self.over = day, [], threading.Event()

    def run(self):
        while not self.over.wait(LOOK):
            self.taken.append(Seat.objects.filter(day=self.day, mode=IN_PERSON, state__in=TAKEN).count())
        connection.close()


@contextlib.contextmanager
def watching(day, seats):
    watch = Watch(day)
    watch.start()
    try:
        yield watch
    finally:
        watch.over.set()
        watch.join()


def send_the_rest(post):
    """What a killed worker had claimed is due ten minutes later; nobody waits for that here."""
    post.stop()
    Letter.objects.filter(state=Letter.State.SENDING).update(next_try_at=timezone.now())
    post.start()
    ends_at = time.monotonic() + SECONDS_FOR_LETTERS
    while time.monotonic() < ends_at and Letter.objects.filter(state__in=UNSENT).exists():
        time.sleep(0.2)
