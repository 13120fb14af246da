"""The real server while its database is locked, or refuses, hangs or drops connections."""

import json
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from itertools import compress
from urllib.parse import urlencode, urlsplit

import psycopg
import pytest
from django.db import connection

from .benchmarks.registrations import FORM_TYPE, filled_in
from .benchmarks.servers import start_gunicorn
from .core.tcp_proxy import TCPProxy
from .load_test.environment import environment_for, run_command, temporary_database

pytestmark = [pytest.mark.slow, pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")]

PEOPLE, SEAT_LOCK_THREADS = 16, 8
# Seconds after which a test fails.
TIMEOUT = 120
PASSWORD = "correct-horse-battery-staple"
CSRF_TOKEN_START = 'name="csrfmiddlewaretoken" value="'


class Browser:
    """HTTP client with its own cookies."""

    def __init__(self, server, session_key=None):
        self.address, self.cookies = server.address, {"sessionid": session_key} if session_key else {}

    def request(self, method, path, fields=()):
        """Return status, headers and text."""
        parts = urlsplit(self.address)
        http = HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if method == "POST":
            body, headers["Content-Type"], headers["Origin"] = urlencode(fields), FORM_TYPE, self.address
        try:
            http.request(method, path, body, headers)
            response = http.getresponse()
            for cookie in response.headers.get_all("Set-Cookie", []):
                name, _equals, value = cookie.partition(";")[0].partition("=")
                self.cookies[name] = value
            return response.status, response.headers, response.read().decode()
        finally:
            http.close()

    def get(self, path):
        return self.request("GET", path)

    def post(self, path, page, fields):
        token = page.partition(CSRF_TOKEN_START)[2].partition('"')[0]
        return self.request("POST", path, [("csrfmiddlewaretoken", token), *fields])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Folder, environment and session keys of attendees of a site that is set up in its own database."""
    folder = tmp_path_factory.mktemp("site")
    server = os.environ["DATABASE_URL"].rpartition("/")[0]
    with temporary_database(folder, server) as url:
        variables = environment_for(folder, url, mail_port=9) | {"TRUSTED_PROXIES": "0", "ORGANIZER_PASSWORD": PASSWORD}
        run_command(variables, "manage.py", "quickstart", "--no-serve")
        people = json.loads(run_command(variables, "-m", "tests.benchmarks.attendees", "make", str(PEOPLE + 2)))
        yield folder, variables, people


@contextmanager
def run_site(site, **variables):
    folder, environment, _people = site
    with start_gunicorn("conference.wsgi", folder, environment | variables, "/readyz", workers=1) as server:
        yield server


@contextmanager
def lock_on_settings_row(site):
    """Context in which another transaction locks the registration settings."""
    with psycopg.connect(site[1]["DATABASE_URL"]) as database:
        database.execute("SELECT id FROM registration_registrationsettings FOR UPDATE")
        yield


def count_waiting_for_lock(site):
    with psycopg.connect(site[1]["DATABASE_URL"], autocommit=True) as database:
        query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        return database.execute(query).fetchone()[0]


def wait_until(condition):
    """Wait until a condition is true or the time is over, and return whether it is."""
    pause, deadline = threading.Event(), time.monotonic() + TIMEOUT
    while not condition() and time.monotonic() < deadline:
        pause.wait(0.05)
    return condition()


def open_form(server, number, session_key):
    """Return a client, the page with the form, and the data to submit."""
    browser = Browser(server, session_key)
    page = browser.get("/register/")[2]
    return browser, page, filled_in(page, number)


def sign_in(server):
    browser = Browser(server)
    page = browser.get("/accounts/login/")[2]
    return browser.post("/accounts/login/", page, [("login", "organizer@conference.example"), ("password", PASSWORD)])


def test_register_waiting_for_lock_does_not_block_other_pages(site):
    # Nothing times out before the lock is released.
    timeouts = {"DATABASE_LOCK_TIMEOUT": "600", "DATABASE_STATEMENT_TIMEOUT": "600", "DATABASE_IDLE_TIMEOUT": "600"}
    with run_site(site, **timeouts) as server, ThreadPoolExecutor(PEOPLE) as pool:
        forms = [open_form(server, number, key) for number, key in site[2][:PEOPLE]]
        with lock_on_settings_row(site):
            jobs = [pool.submit(browser.post, "/register/", page, fields) for browser, page, fields in forms]
            assert wait_until(lambda: sum(job.done() for job in jobs) == PEOPLE - SEAT_LOCK_THREADS)
            visitor = Browser(server)
            answers = [visitor.get(path)[0] for path in ("/healthz", "/static/css/site.css", "/programme/?q=peace")]
            assert (answers, sign_in(server)[0]) == ([200] * 3, 302)
            assert wait_until(lambda: count_waiting_for_lock(site) == SEAT_LOCK_THREADS)
            rejected = [job.done() for job in jobs]
        results = [job.result(TIMEOUT) for job in jobs]
        waited = [status for (status, *_rest), out in zip(results, rejected, strict=True) if not out]
        assert waited == [302] * SEAT_LOCK_THREADS
        for (browser, _page, fields), (status, headers, page) in compress(zip(forms, results, strict=True), rejected):
            assert (status, headers["Retry-After"]) == (503, "60")
            assert "Da Nang Peace House" in page
            assert browser.post("/register/", page, fields)[0] == 302


def test_register_lock_timeout_keeps_form(site):
    with run_site(site, DATABASE_LOCK_TIMEOUT="1") as server:
        number, session_key = site[2][PEOPLE]
        browser, page, fields = open_form(server, number, session_key)
        with lock_on_settings_row(site):
            status, headers, page = browser.post("/register/", page, fields)
        assert (status, headers["Retry-After"]) == (503, "60")
        assert "Da Nang Peace House" in page
        assert browser.post("/register/", page, fields)[0] == 302


@contextmanager
def run_site_with_proxy(site, connect_timeout=TIMEOUT):
    """Context with the server and the proxy between it and its database."""
    url = urlsplit(site[1]["DATABASE_URL"])
    with TCPProxy(url.hostname, url.port or 5432) as proxy:
        proxy_url = url._replace(netloc=f"{url.username}@127.0.0.1:{proxy.port}").geturl()
        with run_site(site, DATABASE_URL=proxy_url, DATABASE_CONNECT_TIMEOUT=str(connect_timeout)) as server:
            yield server, proxy


@pytest.mark.parametrize("fault", ["refuse", "hang"])
def test_readyz_unavailable_database_is_ready_and_reports_it(site, fault):
    with run_site_with_proxy(site, connect_timeout=2) as (server, proxy):
        visitor = Browser(server)
        assert wait_until(lambda: visitor.get("/readyz")[2].endswith("database up\n"))
        getattr(proxy, fault)()
        answers = [visitor.get("/readyz") for _time in range(3)]
        assert [status for status, _headers, _text in answers] == [200] * 3
        assert all(text.endswith("database down\n") for _status, _headers, text in answers)
        proxy.resume()
        assert wait_until(lambda: visitor.get("/readyz")[2].endswith("database up\n"))


def test_release_published_during_outage_is_shown_afterwards(site):
    with run_site_with_proxy(site) as (server, proxy):
        visitor = Browser(server)
        before = visitor.get("/readyz")[2]
        proxy.refuse()
        with psycopg.connect(site[1]["DATABASE_URL"]) as database:
            database.execute("UPDATE programme_room SET name_en = name_en || ' (new)'")
        run_command(site[1], "manage.py", "publish", "--note", "Another title.")
        assert visitor.get("/readyz")[2] == before.replace("database up", "database down")
        proxy.resume()
        assert wait_until(lambda: visitor.get("/readyz")[2] not in (before, before.replace("up", "down")))


def test_register_lost_connection_keeps_form(site):
    with run_site_with_proxy(site) as (server, proxy):
        number, session_key = site[2][-1]
        browser, page, fields = open_form(server, number, session_key)
        proxy.refuse()
        status, headers, page = browser.post("/register/", page, fields)
        assert (status, headers["Retry-After"]) == (503, "60")
        assert "Da Nang Peace House" in page
        proxy.resume()
        assert browser.post("/register/", page, fields)[0] == 302
