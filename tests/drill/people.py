"""Those who register: most are signed in already, some give an address and type the code from the letter."""

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.db import connection

from conference.registration.models import Letter
from tests.registration.cast import an_attendee, signed_in

from .browsing import Browser, GaveUp

REGISTER, FINISH, CODE, MY = "/register/", "/register/finish/", "/accounts/login/code/confirm/", "/my/"
# Of so many people one signs in on the way.
SIGN_IN_BY_CODE = 10
TIMES, SECONDS_FOR_A_LETTER = 5, 120
# For looking into the mailbox: the database has few connections to give.
ONE_AT_A_TIME = threading.Lock()


@dataclass
class Person:
    """acknowledged_at, on the monotonic clock, is when the site said that they are registered."""

    address: str
    browser: Browser
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
        except GaveUp as error:
            self.gave_up = str(error)
        except Exception as error:
            self.gave_up = repr(error)

    def _signed_in(self):
        page = self.browser.get(REGISTER)
        self._is_acknowledged(self.browser.send(page, REGISTER, self.form))

    def _by_code(self, mail):
        for self.begun_anew in range(TIMES):
            page = self.browser.get(REGISTER)
            asked = self.browser.send(page, REGISTER, self.form | {"email": self.address})
            if asked.path != CODE:
                raise GaveUp(f"sent to {asked.path!r} ({asked.status}) in place of the code")
            page = self.browser.get(asked.location)
            code = code_for(self.address, mail)
            if self.browser.send(page, CODE, {"code": code, "next": FINISH}).path == FINISH:
                self._is_acknowledged(self.browser.get(FINISH))
                return
            # The code was taken, but the answer that signs them in got lost.
            self.browser.cookies.clear()
        raise GaveUp("no code was right")

    def _is_acknowledged(self, answer):
        if answer.path != MY:
            raise GaveUp(f"{answer.what} led to {answer.path!r} ({answer.status})")
        self.acknowledged_at = time.monotonic()

    def _looks(self):
        page = self.browser.get(MY)
        if page.status != 200 or self.form["organization"] not in page.body:
            raise GaveUp(f"{MY} ({page.status}) does not show the registration")


def invited(number, site, day, category, consent):
    """So many people with a verified address, who all want to come on this day, and their forms filled in."""
    return [_person(one, site, day, category, consent) for one in range(number)]


def _person(number, site, day, category, consent):
    browser = Browser(site, f"10.0.{number // 250}.{number % 250 + 1}")
    user = an_attendee(f"person{number}@people.example")
    signs_in = number % SIGN_IN_BY_CODE == 0
    if not signs_in:
        browser.cookies = {name: morsel.value for name, morsel in signed_in(user).cookies.items()}
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
    return Person(user.email, browser, signs_in, form)


def code_for(address, mail):
    """The code in the newest letter to somebody: as it came, or while it is on its way as it was written."""
    ends_at = time.monotonic() + SECONDS_FOR_A_LETTER
    while time.monotonic() < ends_at:
        time.sleep(0.5)
        with ONE_AT_A_TIME:
            letter = Letter.objects.filter(to=address, is_secret=True).order_by("-created_at").first()
            connection.close()
        if letter is None:
            continue
        came = [text.decode() for text in list(mail.letters) if letter.message_id.encode() in text]
        for text in [*came, letter.text]:
            if found := re.search(r"\b\d{4}-\d{4}\b", text):
                return found[0]
    raise GaveUp("no letter with a code came")


class Crowd:
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
