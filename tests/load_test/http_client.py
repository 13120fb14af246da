"""HTTP client that repeats a request until it has a response, as a person would."""

import http.client
import re
import time
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

CSRF_TOKEN_PATTERN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
# Seconds: for one response, between two attempts, and until the client gives up.
TIMEOUT, RETRY_PAUSE, MAX_WAIT = 60, 0.5, 300


class GaveUpError(Exception):
    """The attendee could not complete the registration. The text is the reason."""


@dataclass(frozen=True)
class Attempt:
    """One attempt of a request. Times are of the monotonic clock; status is 0 for a broken connection."""

    request: str
    status: int
    started: float
    ended: float
    location: str = ""
    body: str = field(default="", repr=False)

    @property
    def seconds(self) -> float:
        return self.ended - self.started

    @property
    def path(self) -> str:
        """The path of the redirect."""
        return urlsplit(self.location).path


@dataclass
class HTTPBrowser:
    """Client with cookies. address is the IP address that the proxy reports."""

    site: str
    address: str
    cookies: dict = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)

    def get(self, path: str) -> Attempt:
        return self.repeat_until_answered("GET", path, None)

    def send(self, page: Attempt, path: str, form: dict) -> Attempt:
        """Submit a form with the CSRF token of a page."""
        token = CSRF_TOKEN_PATTERN.search(page.body)
        if not token:
            raise GaveUpError(f"{page.request} ({page.status}) has no form")
        return self.repeat_until_answered("POST", path, form | {"csrfmiddlewaretoken": token[1]})

    def repeat_until_answered(self, method: str, path: str, form: dict | None) -> Attempt:
        deadline = time.monotonic() + MAX_WAIT
        while time.monotonic() < deadline:
            attempt = self.request_once(method, path, form)
            if 0 < attempt.status < 500:
                return attempt
            time.sleep(RETRY_PAUSE)
        raise GaveUpError(f"{method} {path} was not answered")

    def request_once(self, method: str, path: str, form: dict | None) -> Attempt:
        request, started = f"{method} {path.partition('?')[0]}", time.monotonic()
        connection = http.client.HTTPConnection(urlsplit(self.site).netloc, timeout=TIMEOUT)
        try:
            connection.request(method, path, form and urlencode(form, doseq=True), self.build_headers(form))
            response = connection.getresponse()
            body = response.read().decode()
            location = response.headers.get("Location", "")
            self.store_cookies(response.headers.get_all("Set-Cookie", []))
            attempt = Attempt(request, response.status, started, time.monotonic(), location, body)
        except (OSError, http.client.HTTPException):
            attempt = Attempt(request, 0, started, time.monotonic())
        finally:
            connection.close()
        self.attempts.append(attempt)
        return attempt

    def build_headers(self, form: dict | None) -> dict[str, str]:
        headers = {"X-Forwarded-For": self.address, "Accept-Language": "en"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if form:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.site}
        return headers

    def store_cookies(self, lines: list[str]) -> None:
        for line in lines:
            for name, cookie in SimpleCookie(line).items():
                self.cookies[name] = cookie.value
        self.cookies = {name: value for name, value in self.cookies.items() if value}
