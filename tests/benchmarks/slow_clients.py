"""Clients that send their requests slowly, and the latency of other requests at the same time."""

import contextlib
import socket
import threading
from urllib.parse import urlsplit

from .load_generator import time_fetch

SLOW_CLIENTS = 200
REQUESTS = 200


@contextlib.contextmanager
def slow_clients(url, number=SLOW_CLIENTS):
    """Keep connections open that each send one byte of a request header per second."""
    parts = urlsplit(url)
    with contextlib.ExitStack() as stack:
        sockets = [
            stack.enter_context(socket.create_connection((parts.hostname, parts.port), timeout=10))
            for _client in range(number)
        ]
        for connection in sockets:
            connection.sendall(f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nX-Slow: ".encode())
        stopped = threading.Event()
        thread = threading.Thread(target=send_slowly, args=(sockets, stopped))
        thread.start()
        try:
            yield
        finally:
            stopped.set()
            thread.join()


def send_slowly(sockets, stopped):
    while not stopped.wait(1):
        for connection in sockets:
            # The server may close a connection that is too slow.
            with contextlib.suppress(OSError):
                connection.sendall(b"x")


def measure_latencies(url, requests=REQUESTS):
    return [time_fetch(url) for _request in range(requests)]
