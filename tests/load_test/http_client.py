"""A browser, and what somebody does with it whom the site does not answer: the same again, after a moment."""

import http.client
import re
import time
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

CSRF_TOKEN_PATTERN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
# Seconds: for one answer, between two tries, and until somebody gives up.
TIMEOUT, RETRY_PAUSE, MAX_WAIT = 60, 0.5, 300


class GaveUpError(Exception):
    """Somebody who did not get where they wanted to; says why."""


@dataclass(frozen=True)
class Attempt:
    """One try: its times on the monotonic clock, and the status, 0 where the line broke."""

    what: str
    status: int
    began: float
    ended: float
    location: str = ""
    body: str = field(default="", repr=False)

    @property
    def seconds(self):
        return self.ended - self.began

    @property
    def path(self):
        """Where it leads to."""
        return urlsplit(self.location).path


@dataclass
class HTTPBrowser:
    """comes_from is the address that the proxy in front saw."""

    site: str
    comes_from: str
    cookies: dict = field(default_factory=dict)
    tries: list = field(default_factory=list)

    def get(self, path):
        return self._until_answered("GET", path, None)

    def send(self, page, path, form):
        """A form of this page."""
        mark = CSRF_TOKEN_PATTERN.search(page.body)
        if not mark:
            raise GaveUpError(f"{page.what} ({page.status}) has no form")
        return self._until_answered("POST", path, form | {"csrfmiddlewaretoken": mark[1]})

    def _until_answered(self, method, path, form):
        ends_at = time.monotonic() + MAX_WAIT
        while time.monotonic() < ends_at:
            answer = self._once(method, path, form)
            if 0 < answer.status < 500:
                return answer
            time.sleep(RETRY_PAUSE)
        raise GaveUpError(f"{method} {path} was not answered")

    def _once(self, method, path, form):
        what, began = f"{method} {path.partition('?')[0]}", time.monotonic()
        connection = http.client.HTTPConnection(urlsplit(self.site).netloc, timeout=TIMEOUT)
        try:
            connection.request(method, path, form and urlencode(form, doseq=True), self._headers(form))
            response = connection.getresponse()
            body = response.read().decode()
            location = response.headers.get("Location", "")
            self._keep(response.headers.get_all("Set-Cookie", []))
            answer = Attempt(what, response.status, began, time.monotonic(), location, body)
        except (OSError, http.client.HTTPException):
            answer = Attempt(what, 0, began, time.monotonic())
        finally:
            connection.close()
        self.tries.append(answer)
        return answer

    def _headers(self, form):
        headers = {"X-Forwarded-For": self.comes_from, "Accept-Language": "en"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if form:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.site}
        return headers

    def _keep(self, lines):
        for line in lines:
            for name, cookie in SimpleCookie(line).items():
                self.cookies[name] = cookie.value
        self.cookies = {name: value for name, value in self.cookies.items() if value}
