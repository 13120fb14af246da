"""WSGI callable that returns as many bytes as the last part of the path says: the upper limit of the server."""

from functools import cache


def application(environ, start_response):
    body = body_of_size(environ["PATH_INFO"])
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]


@cache
def body_of_size(path):
    return b"." * int(path.rpartition("/")[2])
