"""Attendees who register through the site, each in a thread. Some log in with a code on the way."""

import re
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

from django.db import connection

from conference.mail.models import QueuedEmail
from conference.registration.models import Category, ConsentText
from tests.registration import factories
from tests.registration.registration_flow import CODE_URL, DASHBOARD_URL, FINISH_URL, REGISTER_URL
from tests.registration.smtp_server import FakeSMTPServer

from .http_client import Attempt, GaveUpError, HTTPBrowser

# One attendee of this number logs in with a code.
CODE_LOGIN_SHARE = 10
MAX_ATTEMPTS, EMAIL_TIMEOUT = 5, 120
# Threads that look for their code take turns, because the database accepts few connections.
EMAIL_LOCK = threading.Lock()


@dataclass
class Attendee:
    """One attendee. Times are of the monotonic clock; acknowledged_at is when the site confirmed the registration."""

    email: str
    browser: HTTPBrowser
    needs_code: bool
    form: dict
    started_at: float = 0
    acknowledged_at: float = 0
    # How often the whole form had to be submitted again.
    restarts: int = 0
    failure: str = ""

    def register(self, mail: FakeSMTPServer) -> None:
        """Register, and record the result or the failure."""
        self.started_at = time.monotonic()
        try:
            if self.needs_code:
                self.register_with_code(mail)
            else:
                page = self.browser.get(REGISTER_URL)
                self.check_acknowledged(self.browser.send(page, REGISTER_URL, self.form))
            self.check_dashboard()
        except GaveUpError as error:
            self.failure = str(error)
        except Exception as error:
            self.failure = repr(error)

    def register_with_code(self, mail: FakeSMTPServer) -> None:
        for self.restarts in range(MAX_ATTEMPTS):
            page = self.browser.get(REGISTER_URL)
            response = self.browser.send(page, REGISTER_URL, self.form | {"email": self.email})
            if response.path != CODE_URL:
                raise GaveUpError(f"redirected to {response.path!r} ({response.status}) instead of the code page")
            page = self.browser.get(response.location)
            code = wait_for_code(self.email, mail)
            if self.browser.send(page, CODE_URL, {"code": code, "next": FINISH_URL}).path == FINISH_URL:
                self.check_acknowledged(self.browser.get(FINISH_URL))
                return
            # The code was accepted, but the response with the session was lost.
            self.browser.cookies.clear()
        raise GaveUpError("no code was accepted")

    def check_acknowledged(self, response: Attempt) -> None:
        if response.path != DASHBOARD_URL:
            raise GaveUpError(f"{response.request} led to {response.path!r} ({response.status})")
        self.acknowledged_at = time.monotonic()

    def check_dashboard(self) -> None:
        page = self.browser.get(DASHBOARD_URL)
        if page.status != 200 or self.form["organization"] not in page.body:
            raise GaveUpError(f"{DASHBOARD_URL} ({page.status}) does not show the registration")


def make_attendees(number: int, site: str, day: date, category: Category, consent_text: ConsentText) -> list[Attendee]:
    """Return attendees with a verified address who all request a seat on one day."""
    return [make_attendee(index, site, day, category, consent_text) for index in range(number)]


def make_attendee(index: int, site: str, day: date, category: Category, consent_text: ConsentText) -> Attendee:
    browser = HTTPBrowser(site, f"10.0.{index // 250}.{index % 250 + 1}")
    user = factories.make_attendee(f"person{index}@people.example")
    needs_code = index % CODE_LOGIN_SHARE == 0
    if not needs_code:
        browser.cookies = {name: morsel.value for name, morsel in factories.client_for(user).cookies.items()}
    form = {
        "passport_name": "Nguyen Thi Linh",
        "badge_name": "Linh",
        "country": "VN",
        "organization": "Da Nang Peace House",
        "function": "Mediator",
        "category": category.slug,
        f"day_{day}": "in_person",
        "languages": ["en", "vi"],
        "consent": str(consent_text.number),
    }
    return Attendee(user.email, browser, needs_code, form)


def wait_for_code(address: str, mail: FakeSMTPServer) -> str:
    """Return the code in the newest e-mail to an address, delivered or still queued."""
    deadline = time.monotonic() + EMAIL_TIMEOUT
    while time.monotonic() < deadline:
        time.sleep(0.5)
        with EMAIL_LOCK:
            email = QueuedEmail.objects.filter(to=address, is_secret=True).order_by("-created_at").first()
            connection.close()
        if email is None:
            continue
        delivered = [text.decode() for text in list(mail.messages) if email.message_id.encode() in text]
        for text in [*delivered, email.text]:
            if match := re.search(r"\b\d{4}-\d{4}\b", text):
                return match[0]
    raise GaveUpError("no e-mail with a code arrived")


class AttendeeThreads:
    """All attendees, registering at the same time."""

    def __init__(self, attendees: list[Attendee], mail: FakeSMTPServer):
        self.attendees, self.mail = attendees, mail
        self.pool = ThreadPoolExecutor(len(attendees))
        self.barrier = threading.Barrier(len(attendees))
        self.jobs: list[Future] = []

    def start(self) -> None:
        self.jobs = [self.pool.submit(self.register, attendee) for attendee in self.attendees]

    def register(self, attendee: Attendee) -> None:
        self.barrier.wait()
        attendee.register(self.mail)

    def is_finished(self) -> bool:
        return all(job.done() for job in self.jobs)

    def wait(self) -> None:
        self.pool.shutdown(wait=True)

    def count_acknowledged(self) -> int:
        return sum(bool(attendee.acknowledged_at) for attendee in self.attendees)

    def attempts(self) -> list[Attempt]:
        return [attempt for attendee in self.attendees for attempt in list(attendee.browser.attempts)]
