"""Requests as gunicorn passes them on, including some that Django's test client cannot send."""

from dataclasses import dataclass
from io import BytesIO
from urllib.parse import unquote_to_bytes
from wsgiref.util import setup_testing_defaults

from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from conference.wsgi import application


def wsgi_request(method, path, query="", headers=None, body=b"", content_type="", length=None):
    """Return the complete response. The arguments are those of build_environ."""
    return call_application(build_environ(method, path, query, headers, body, content_type, length))


def build_environ(method, path, query="", headers=None, body=b"", content_type="", length=None):
    """Return the environ of a request. path and query are percent-encoded; headers are Latin-1 (PEP 3333)."""
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)) if length is None else length,
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1",
        "wsgi.input": BytesIO(body),
    }
    environ |= {"HTTP_" + name.upper().replace("-", "_"): value for name, value in (headers or {}).items()}
    setup_testing_defaults(environ)
    return environ


@dataclass
class WSGIResponse:
    """The response that gunicorn would send, with lowercase header names."""

    status_code: int
    headers: dict
    content: bytes

    @property
    def text(self):
        return self.content.decode()


def call_application(environ):
    started = []
    # Closing the database connection would end the transaction of the test.
    signals = request_started, request_finished
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        response = application(environ, lambda status, headers: started.append((status, headers)))
        content = b"".join(response)
        getattr(response, "close", lambda: None)()
    finally:
        for signal in signals:
            signal.connect(close_old_connections)
    status, headers = started.pop()
    # gunicorn sends no content in response to HEAD.
    content = b"" if environ["REQUEST_METHOD"] == "HEAD" else content
    return WSGIResponse(int(status[:3]), {name.lower(): value for name, value in headers}, content)
