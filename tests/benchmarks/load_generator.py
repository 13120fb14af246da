"""What asks: wrk, or where there is none a few threads of ours, which are slower and say so."""

import http.client
import shutil
import subprocess
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

from .measurements import LoadRun, parse_wrk_output, percentile

CONNECTIONS = 16
PACING_SCRIPT = Path(__file__).with_name("paced.lua")
# What a browser says of codings.
ENCODING_HEADERS = {"Accept-Encoding": "gzip, deflate, br, zstd"}


def describe_generator():
    """Its name and version."""
    if not shutil.which("wrk"):
        return "threads of Python (wrk is missing: apt-get install wrk)"
    return subprocess.run(["wrk", "--version"], capture_output=True, text=True).stdout.split(" Copyright")[0].strip()


def run_load(address, length, method="GET", headers=None, connections=CONNECTIONS):
    """A Run of so many seconds against one address."""
    headers = ENCODING_HEADERS | (headers or {})
    # wrk waits for the body that an answer to HEAD announces.
    ask = run_wrk if shutil.which("wrk") and method != "HEAD" else run_threads
    return ask(address, length, method, headers, connections)


def run_paced_load(address, length):
    """A Run of so many seconds of people who read: 500 pages a second by 16 connections, which is far from all that a
    server can do. Only by wrk."""
    return run_wrk(address, length, "GET", ENCODING_HEADERS, CONNECTIONS, "--script", str(PACING_SCRIPT))


def run_wrk(address, length, _method, headers, connections, *more):
    command = ["wrk", "--latency", "--threads", "1", "--connections", str(connections), "--duration", f"{length}s"]
    command += ["--timeout", "30s", *more]
    for name, value in headers.items():
        command += ["--header", f"{name}: {value}"]
    result = subprocess.run(
        [*command, address],
        capture_output=True,
        text=True,
        timeout=length + 60,
    )
    return parse_wrk_output(result.stdout or result.stderr)


def run_threads(address, length, method, headers, connections):
    ends_at, taken, failed = time.monotonic() + length, [], []
    threads = [
        threading.Thread(target=request_until, args=(address, ends_at, method, headers, taken, failed))
        for _number in range(connections)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return LoadRun(len(taken) / length, percentile(taken, 0.5), percentile(taken, 0.99), failed=len(failed))


def request_until(address, ends_at, method, headers, taken, failed):
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    while (begun := time.monotonic()) < ends_at:
        connection.request(method, target, headers=headers)
        response = connection.getresponse()
        response.read()
        taken.append(time.monotonic() - begun)
        if response.status >= 400:
            failed.append(response.status)


def fetch(address, headers=None, method="GET"):
    """One answer: status, headers and body."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=120)
    try:
        connection.request(method, f"{parts.path}?{parts.query}" if parts.query else parts.path, headers=headers or {})
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()
