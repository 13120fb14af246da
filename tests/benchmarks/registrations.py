"""Complete registrations: each signed-in attendee opens the form and submits it; a seat is assigned, an e-mail queued.

Each attendee has their own IP address, as behind a proxy; the rate limits are those of any site.
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
    """Result of 32 concurrent clients. p50 and p99 are seconds from requesting the form to the redirect."""

    per_second: float
    p50: float
    p99: float
    rejected: int


def measure_registrations(site, number):
    attendees = json.loads(site.run("-m", "tests.benchmarks.attendees", "make", str(number + CLIENTS)))
    with site.serve(TRUSTED_PROXIES="1") as server:
        # The first registrations open the database connections and load the templates of each worker.
        register_all(attendees[:CLIENTS], server.address)
        return register_all(attendees[CLIENTS:], server.address)


def register_all(attendees, address):
    queue, durations, rejected = Queue(), [], []
    for attendee in attendees:
        queue.put(attendee)
    threads = [
        threading.Thread(target=register_from_queue, args=(address, queue, durations, rejected))
        for _client in range(CLIENTS)
    ]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - started
    p50, p99 = (percentile(durations or [0], share) for share in (0.5, 0.99))
    return RegistrationRun(len(durations) / seconds, p50, p99, len(rejected))


def register_from_queue(address, queue, durations, rejected):
    parts = urlsplit(address)
    while True:
        try:
            number, session_key = queue.get_nowait()
        except Empty:
            return
        started = time.monotonic()
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
        succeeded = register_attendee(connection, address, number, session_key)
        connection.close()
        (durations if succeeded else rejected).append(time.monotonic() - started)


def register_attendee(connection, address, number, session_key):
    """Return whether the registration was accepted."""
    ip_address = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
    headers = {"Cookie": f"sessionid={session_key}", "X-Forwarded-For": ip_address}
    connection.request("GET", "/register/", headers=headers)
    response = connection.getresponse()
    page = response.read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    if response.status != 200 or not token:
        return False
    for cookie in response.headers.get_all("Set-Cookie", []):
        headers["Cookie"] += f"; {cookie.partition(';')[0]}"
    data = urlencode([("csrfmiddlewaretoken", token[1]), *filled_in(page, number)])
    connection.request("POST", "/register/", data, headers | {"Content-Type": FORM_TYPE, "Origin": address})
    response = connection.getresponse()
    response.read()
    return response.status == 302 and response.headers["Location"].endswith("/my/")


def filled_in(page, number):
    """Return the form data of an observer who attends the first day in person."""
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
