"""The limit: a WSGI callable that returns as many bytes as the last part of the address says, and does nothing else.

With If-None-Match it says 304 and to HEAD no more than the headers, as what serves files does. Under gunicorn's own
worker a thread calls it; under ours it is asked what it says at once, so that both do the same for it as for the site.
"""

from functools import cache


def application(environ, start_response):
    if "HTTP_IF_NONE_MATCH" in environ:
        start_response("304 Not Modified", [("ETag", '"as-it-was"')])
        return []
    body = so_many(environ["PATH_INFO"])
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body] if environ["REQUEST_METHOD"] == "GET" else []


def at_once(environ):
    if "HTTP_IF_NONE_MATCH" in environ:
        return "304 Not Modified", b'ETag: "as-it-was"\r\n', b""
    body = so_many(environ["PATH_INFO"])
    lines = f"Content-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n".encode()
    return "200 OK", lines, body if environ["REQUEST_METHOD"] == "GET" else b""


application.at_once = at_once


@cache
def so_many(path):
    return b"." * int(path.rpartition("/")[2])
