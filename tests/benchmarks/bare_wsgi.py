"""The limit: a WSGI callable that returns as many bytes as the last part of the address says, and does nothing else.

With If-None-Match it says 304 and to HEAD no more than the headers, as what serves files does.
"""

from functools import cache


def application(environ, start_response):
    if "HTTP_IF_NONE_MATCH" in environ:
        start_response("304 Not Modified", [("ETag", '"as-it-was"')])
        return []
    body = requested_size(environ["PATH_INFO"])
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body] if environ["REQUEST_METHOD"] == "GET" else []


@cache
def requested_size(path):
    return b"." * int(path.rpartition("/")[2])
