"""Check-in: the times of scans, searches, the list for use without a network, and uploads, measured by a client."""

import datetime
import http.client
import json
import re
import time
import uuid
from dataclasses import dataclass
from statistics import median
from urllib.parse import urlencode, urlsplit

PAGE = "/admin/check-in/"
FORM_TYPE = "application/x-www-form-urlencoded"
SEARCHES = ("nguyen linh", "ostby", "person77@people.example", "ministry 42", "Zoe", "garcia 7")
UPLOAD_SIZE = 50


@dataclass(frozen=True)
class CheckInRun:
    """Medians in milliseconds; first_list also makes the tickets and the list, the others read what is in memory."""

    scan: float
    search: float
    first_list: float
    list: float
    unchanged_list: float
    sync: float
    upload: float
    list_bytes: int


class DeviceClient:
    """A device that has opened the page: a connection with its cookies and CSRF token."""

    def __init__(self, address, token):
        parts = urlsplit(address)
        self.address = address
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
        self.headers = {"Cookie": f"check-in-device={token}", "Accept": "application/json", "Origin": address}
        _status, headers, body = self.request("GET", "", headers={"Accept": "text/html"})
        self.headers["X-CSRFToken"] = re.search(r'name="csrf-token" content="(\w+)"', body.decode())[1]
        for cookie in headers.get_all("Set-Cookie", []):
            self.headers["Cookie"] += f"; {cookie.partition(';')[0]}"

    def request(self, method, path, body=None, headers=()):
        self.connection.request(method, PAGE + path, body, self.headers | dict(headers))
        response = self.connection.getresponse()
        return response.status, response.headers, response.read()

    def post_form(self, path, **data):
        return self.request("POST", path, urlencode(data), {"Content-Type": FORM_TYPE})

    def sync(self, events=(), since=""):
        data = json.dumps({"since": since, "check_ins": list(events)})
        return self.request("POST", "sync/", data, {"Content-Type": "application/json"})


def make_event(registration):
    now = datetime.datetime.now(datetime.UTC).isoformat()
    return {"id": str(uuid.uuid4()), "registration": registration, "direction": "in", "at": now}


def time_request(function, *args, expected=200, **kwargs):
    started = time.monotonic()
    status, _headers, body = function(*args, **kwargs)
    milliseconds = (time.monotonic() - started) * 1000
    if status != expected:
        raise SystemExit(f"{status}: {body[:300]!r}")
    return milliseconds


def measure_check_in(site, number, rounds=30):
    people = json.loads(site.run("-m", "tests.benchmarks.people", str(number)))
    with site.serve(workers=1) as server:
        client = DeviceClient(server.address, people["token"])
        keys = iter(people["registrations"])
        first_list = time_request(client.request, "GET", "list/")
        _status, headers, content = client.request("GET", "list/")
        etag = {"If-None-Match": headers["ETag"]}
        # The first search folds all names.
        client.post_form("people/", q="nobody")
        cursor = json.loads(client.sync()[2])["cursor"]
        return CheckInRun(
            scan=median(time_request(client.post_form, "scan/", registration=next(keys)) for _ in range(rounds)),
            search=median(time_request(client.post_form, "people/", q=term) for term in SEARCHES * 3),
            first_list=first_list,
            list=median(time_request(client.request, "GET", "list/") for _ in range(5)),
            unchanged_list=median(
                time_request(client.request, "GET", "list/", headers=etag, expected=304) for _ in range(5)
            ),
            sync=median(time_request(client.sync, since=cursor) for _ in range(rounds)),
            upload=median(
                time_request(client.sync, [make_event(next(keys)) for _ in range(UPLOAD_SIZE)], cursor)
                for _ in range(5)
            ),
            list_bytes=len(content),
        )
