"""Those who register: most are signed in already, some give an address and type the code from the letter."""

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.db import connection

from conference.mail.models import QueuedEmail
from tests.registration.factories import client_for, make_attendee

from .http_client import GaveUpError, HTTPBrowser

REGISTER_URL, FINISH_URL, CODE_URL, DASHBOARD_URL = (
    "/register/",
    "/register/finish/",
    "/accounts/login/code/confirm/",
    "/my/",
)
# Of so many people one signs in on the way.
CODE_LOGIN_SHARE = 10
MAX_ATTEMPTS, EMAIL_TIMEOUT = 5, 120
# For looking into the mailbox: the database has few connections to give.
EMAIL_LOCK = threading.Lock()


@dataclass
class Attendee:
    """acknowledged_at, on the monotonic clock, is when the site said that they are registered."""

    address: str
    browser: HTTPBrowser
    signs_in: bool
    form: dict
    began_at: float = 0
    acknowledged_at: float = 0
    # How often all had to be typed once more.
    begun_anew: int = 0
    gave_up: str = ""

    def registers(self, mail):
        self.began_at = time.monotonic()
        try:
            if self.signs_in:
                self._by_code(mail)
            else:
                self._signed_in()
            self._looks()
        except GaveUpError as error:
            self.gave_up = str(error)
        except Exception as error:
            self.gave_up = repr(error)

    def _signed_in(self):
        page = self.browser.get(REGISTER_URL)
        self._is_acknowledged(self.browser.send(page, REGISTER_URL, self.form))

    def _by_code(self, mail):
        for self.begun_anew in range(MAX_ATTEMPTS):
            page = self.browser.get(REGISTER_URL)
            asked = self.browser.send(page, REGISTER_URL, self.form | {"email": self.address})
            if asked.path != CODE_URL:
                raise GaveUpError(f"sent to {asked.path!r} ({asked.status}) in place of the code")
            page = self.browser.get(asked.location)
            code = find_code(self.address, mail)
            if self.browser.send(page, CODE_URL, {"code": code, "next": FINISH_URL}).path == FINISH_URL:
                self._is_acknowledged(self.browser.get(FINISH_URL))
                return
            # The code was taken, but the answer that signs them in got lost.
            self.browser.cookies.clear()
        raise GaveUpError("no code was right")

    def _is_acknowledged(self, answer):
        if answer.path != DASHBOARD_URL:
            raise GaveUpError(f"{answer.what} led to {answer.path!r} ({answer.status})")
        self.acknowledged_at = time.monotonic()

    def _looks(self):
        page = self.browser.get(DASHBOARD_URL)
        if page.status != 200 or self.form["organization"] not in page.body:
            raise GaveUpError(f"{DASHBOARD_URL} ({page.status}) does not show the registration")


def make_attendees(number, site, day, category, consent):
    """So many people with a verified address, who all want to come on this day, and their forms filled in."""
    return [make_attendee(one, site, day, category, consent) for one in range(number)]


def make_attendee(number, site, day, category, consent):
    browser = HTTPBrowser(site, f"10.0.{number // 250}.{number % 250 + 1}")
    user = make_attendee(f"person{number}@people.example")
    signs_in = number % CODE_LOGIN_SHARE == 0
    if not signs_in:
        browser.cookies = {name: morsel.value for name, morsel in client_for(user).cookies.items()}
    form = {
        "passport_name": "Nguyen Thi Linh",
        "badge_name": "Linh",
        "country": "VN",
        "organization": "Da Nang Peace House",
        "function": "Mediator",
        "category": category.slug,
        f"day_{day}": "in_person",
        "languages": ["en", "vi"],
        "consent": str(consent.number),
    }
    return Attendee(user.email, browser, signs_in, form)


def find_code(address, mail):
    """The code in the newest letter to somebody: as it came, or while it is on its way as it was written."""
    ends_at = time.monotonic() + EMAIL_TIMEOUT
    while time.monotonic() < ends_at:
        time.sleep(0.5)
        with EMAIL_LOCK:
            letter = QueuedEmail.objects.filter(to=address, is_secret=True).order_by("-created_at").first()
            connection.close()
        if letter is None:
            continue
        came = [text.decode() for text in list(mail.messages) if letter.message_id.encode() in text]
        for text in [*came, letter.text]:
            if found := re.search(r"\b\d{4}-\d{4}\b", text):
                return found[0]
    raise GaveUpError("no letter with a code came")


class AttendeeThreads:
    """All of them at once."""

    def __init__(self, people, mail):
        self.people, self.mail = people, mail
        self.pool = ThreadPoolExecutor(len(people))
        self.begin = threading.Barrier(len(people))
        self.ends = []

    def start(self):
        self.ends = [self.pool.submit(self._one, person) for person in self.people]

    def _one(self, person):
        self.begin.wait()
        person.registers(self.mail)

    def has_gone(self):
        return all(end.done() for end in self.ends)

    def stay_until_the_end(self):
        self.pool.shutdown(wait=True)

    def acknowledged(self):
        return sum(bool(person.acknowledged_at) for person in self.people)

    def tries(self):
        return [one for person in self.people for one in list(person.browser.tries)]
