"""A site for the worker to serve: what is ready, what takes a thread, and what holds one until it is let go."""

import hashlib
import os
import resource
import time
from pathlib import Path

from conference.listening import worker

# Visitors who stop in the midst of something are let go while a test can wait for it.
if os.environ.get("PATIENCE"):
    worker.PATIENCE = float(os.environ["PATIENCE"])

# As on a disk that is full: no file gets longer than this.
if os.environ.get("LONGEST_FILE"):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(os.environ["LONGEST_FILE"]),) * 2)

READY = b"ready\n"
LONG = b"." * 8_000_000
HELD_LONGEST = 30


class Site:
    def __call__(self, environ, start_response):
        answer = getattr(self, environ["PATH_INFO"].strip("/").replace("-", "_") or "slash", self.not_there)(environ)
        body = answer.encode()
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
        return [body] if environ["REQUEST_METHOD"] != "HEAD" else []

    def at_once(self, environ):
        if environ["PATH_INFO"] == "/broken":
            raise ValueError("It cannot say.")
        body = {"/ready": READY, "/long": LONG}.get(environ["PATH_INFO"])
        if body is None:
            return None
        lines = f"Content-Type: text/plain\r\nContent-Length: {len(body)}\r\n".encode()
        return "200 OK", lines, body if environ["REQUEST_METHOD"] == "GET" else b""

    def not_there(self, environ):
        return environ["PATH_INFO"]

    def held(self, environ):
        """Until there is a file of the name in the query."""
        until = time.monotonic() + HELD_LONGEST
        while not Path(environ["QUERY_STRING"]).exists() and time.monotonic() < until:
            os.sched_yield()
        return "let go"

    def sent(self, environ):
        """How many bytes, and their digest."""
        body = environ["wsgi.input"].read()
        return f"{len(body)} {hashlib.sha256(body).hexdigest()}"

    def unread(self, environ):
        return "not looked at"


application = Site()
