"""HTTP clients of the benchmarks: wrk for throughput, http.client for single requests."""

import http.client
import subprocess
import time
from urllib.parse import urlsplit

from .measurements import parse_wrk_output

CONNECTIONS = 16
# As browsers send it.
ENCODING_HEADERS = {"Accept-Encoding": "gzip, deflate, br, zstd"}


def run_load(url, seconds):
    """Request one URL with wrk for some seconds and return the LoadRun."""
    command = ["wrk", "--latency", "--threads", "1", "--connections", str(CONNECTIONS), "--timeout", "30s"]
    for name, value in ENCODING_HEADERS.items():
        command += ["--header", f"{name}: {value}"]
    command += ["--duration", f"{seconds}s", url]
    result = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60)
    return parse_wrk_output(result.stdout or result.stderr)


def fetch(url, headers=None, method="GET"):
    """Return status, headers and body of one response."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=120)
    try:
        connection.request(method, f"{parts.path}?{parts.query}" if parts.query else parts.path, headers=headers or {})
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def time_fetch(url):
    """Return the seconds that a successful request takes."""
    started = time.monotonic()
    status, _headers, _body = fetch(url, ENCODING_HEADERS)
    if status != 200:
        raise SystemExit(f"{url} returned {status}.")
    return time.monotonic() - started
