"""Ready pages while people register and an organizer publishes: how long who reads waits then.

People come evenly spread over the time, not each when the one before is done, and each is timed from the moment at
which they were to come.
"""

import http.client
import json
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from statistics import median
from urllib.parse import urlsplit

from . import load_generator
from .measurements import median_run, percentile
from .registrations import CLIENTS, register_all, register_attendee
from .servers import ROOT, clean_environment

REGISTRATIONS_PER_SECOND, PUBLISH_INTERVAL = 20, 10
# At most so many register at a moment; who has to wait for that is timed as waiting.
MAX_CONCURRENT = 32
# Seconds for each page.
WARM_UP = 2


@dataclass(frozen=True)
class MixedLoadResult:
    """Runs by page, p50 and p99 of a registration in seconds, what was refused, and seconds of each publishing."""

    runs: dict
    registered: int
    p50: float
    p99: float
    refused: int
    published: tuple

    @classmethod
    def middle(cls, several):
        """Made of the medians of several; who came, was refused and published is added up."""
        runs = {path: median_run([one.runs[path] for one in several]) for path in several[0].runs}
        p50, p99 = median(one.p50 for one in several), median(one.p99 for one in several)
        registered, refused = sum(one.registered for one in several), sum(one.refused for one in several)
        return cls(runs, registered, p50, p99, refused, sum((one.published for one in several), ()))


def measure_mixed_load(site, front, pages, length):
    """Each of these pages, so many seconds, asked of what front makes of the site's server: a context manager."""
    number = CLIENTS + REGISTRATIONS_PER_SECOND * length * len(pages)
    people = json.loads(site.run("-m", "tests.benchmarks.attendees", "make", str(number)))
    with site.proxied() as server, front(server) as asked:
        register_all(people[:CLIENTS], server)
        for path in pages:
            load_generator.run_load(asked.address + path, WARM_UP)
        organizer = publisher_process(site, server.address, length * len(pages))
        crowd = RegistrationStream(server.address, people[CLIENTS:])
        runs = {path: load_generator.run_paced_load(asked.address + path, length) for path in pages}
        taken, refused = crowd.end()
        published = tuple(json.loads(organizer.communicate(timeout=120)[0]))
    p50, p99 = (percentile(taken or [0], part) for part in (0.5, 0.99))
    return MixedLoadResult(runs, len(taken), p50, p99, len(refused), published)


def publisher_process(site, address, length):
    """One who has sat down at the desk and publishes from now on."""
    environment = clean_environment() | site.variables | {"DJANGO_SETTINGS_MODULE": "conference.settings"}
    environment["SITE_URL"] = address
    command = [sys.executable, "-m", "tests.benchmarks.publisher", address, str(length), str(PUBLISH_INTERVAL)]
    organizer = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    organizer.stdout.readline()
    return organizer


class RegistrationStream:
    """People who register from now on."""

    def __init__(self, address, people):
        self.address, self.people, self.begun = address, people, time.monotonic()
        self.next, self.lock = 0, threading.Lock()
        self.taken, self.refused = [], []
        self.threads = [threading.Thread(target=self._come) for _one in range(MAX_CONCURRENT)]
        for thread in self.threads:
            thread.start()

    def end(self):
        for thread in self.threads:
            thread.join()
        return self.taken, self.refused

    def _come(self):
        parts = urlsplit(self.address)
        while (turn := self._whose_turn()) < len(self.people):
            due = self.begun + turn / REGISTRATIONS_PER_SECOND
            time.sleep(max(0, due - time.monotonic()))
            connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
            ended = register_attendee(connection, self.address, *self.people[turn])
            connection.close()
            (self.taken if ended else self.refused).append(time.monotonic() - due)

    def _whose_turn(self):
        with self.lock:
            self.next += 1
            return self.next - 1
