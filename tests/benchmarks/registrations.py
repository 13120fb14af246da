"""Whole registrations: somebody signed in has the form shown, fills it in, sends it; a seat is taken, a letter queued.

Each comes from an address of their own, as behind a proxy; the limits on one address are as on any site.
"""

import datetime
import http.client
import json
import re
import threading
import time
from dataclasses import dataclass
from queue import Empty, Queue
from urllib.parse import urlencode, urlsplit

from .measurements import percentile

CLIENTS = 32
FORM_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class RegistrationRun:
    """What 32 people at a time managed. p50 and p99 are seconds from asking for the form to being led on, and
    worker_seconds what the site's processes computed for each."""

    per_second: float
    p50: float
    p99: float
    worker_seconds: float
    refused: int


def measure_registrations(site, number):
    """So many registrations in a site, and what the database says became of them."""
    people = json.loads(site.run("-m", "tests.benchmarks.attendees", "make", str(number + CLIENTS)))
    with site.proxied() as server:
        # Every worker has made its connections and read its templates.
        register_all(people[:CLIENTS], server)
        result = register_all(people[CLIENTS:], server)
    return result, json.loads(site.run("-m", "tests.benchmarks.attendees", "count"))


def register_all(people, server):
    """A Rush of these people."""
    waiting, taken, refused = Queue(), [], []
    for person in people:
        waiting.put(person)
    threads = [
        threading.Thread(target=register_worker, args=(server.address, waiting, taken, refused))
        for _client in range(CLIENTS)
    ]
    begun, computed = time.monotonic(), server.computed()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lasted, each = time.monotonic() - begun, (server.computed() - computed) / len(people)
    p50, p99 = (percentile(taken or [0], part) for part in (0.5, 0.99))
    return RegistrationRun(len(taken) / lasted, p50, p99, each, len(refused))


def register_worker(address, waiting, taken, refused):
    parts = urlsplit(address)
    while True:
        try:
            number, key = waiting.get_nowait()
        except Empty:
            return
        begun = time.monotonic()
        # Each person has a browser of their own.
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
        ended = register_attendee(connection, address, number, key)
        connection.close()
        (taken if ended else refused).append(time.monotonic() - begun)


def register_attendee(connection, address, number, key):
    """Whether they were led to their own page."""
    own = {"Cookie": f"sessionid={key}", "X-Forwarded-For": f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"}
    connection.request("GET", "/register/", headers=own)
    form = connection.getresponse()
    page = form.read().decode()
    mark = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    if form.status != 200 or not mark:
        return False
    for cookie in form.headers.get_all("Set-Cookie", []):
        own["Cookie"] += f"; {cookie.partition(';')[0]}"
    sent = urlencode([("csrfmiddlewaretoken", mark[1]), *filled_in(page, number)])
    connection.request("POST", "/register/", sent, own | {"Content-Type": FORM_TYPE, "Origin": address})
    answer = connection.getresponse()
    answer.read()
    return answer.status == 302 and answer.headers["Location"].endswith("/my/")


def filled_in(page, number):
    """The first day in person, for somebody who is admitted at once."""
    days = sorted(set(re.findall(r'name="day_(\d{4}-\d\d-\d\d)"', page)), key=datetime.date.fromisoformat)
    consent = re.search(r'name="consent" value="(\d+)"', page)[1]
    return [
        ("passport_name", f"Nguyen Thi Linh {chr(65 + number % 26)}"),
        ("badge_name", "Linh"),
        ("country", "VN"),
        ("organization", "Da Nang Peace House"),
        ("function", "Mediator"),
        ("category", "observer"),
        (f"day_{days[0]}", "in_person"),
        *((f"day_{day}", "") for day in days[1:]),
        ("languages", "en"),
        ("languages", "vi"),
        ("consent", consent),
        ("homepage", ""),
    ]
