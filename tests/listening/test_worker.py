"""gunicorn with deploy/gunicorn.conf.py: one process of 8 threads, asked over real connections."""

import contextlib
import hashlib
import http.client
import re
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.bench.serving import gunicorn

THREADS = 8
# Linux' own list of connections.
TABLE = Path("/proc/net/tcp")
HOST = b"Host: 127.0.0.1\r\n"
READY_BODY = b"ready\n"
READY = b"GET /ready HTTP/1.1\r\n" + HOST + b"\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with gunicorn("tests.listening.site", tmp_path_factory.mktemp("site"), answers_at="/ready", workers=1) as server:
        yield server


@pytest.fixture(scope="module")
def impatient(tmp_path_factory):
    """The same, but nobody is waited for longer than half a second."""
    folder = tmp_path_factory.mktemp("impatient")
    with gunicorn("tests.listening.site", folder, {"PATIENCE": "0.5"}, answers_at="/ready", workers=1) as server:
        yield server


@contextlib.contextmanager
def visitor(server, first=b""):
    address = urlsplit(server.address)
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        connection.sendall(first)
        yield connection


@contextlib.contextmanager
def visitors(server, number, first):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(visitor(server, first)) for _one in range(number)]


def answer_to(connection, method="GET"):
    """Status, headers and body of the next answer."""
    response = http.client.HTTPResponse(connection, method=method)
    response.begin()
    return response.status, dict(response.getheaders()), response.read()


def asked(server, path):
    with visitor(server, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()) as connection:
        return answer_to(connection)


def statuses(connection):
    """Of all that comes until the server closes."""
    come = b"".join(iter(lambda: connection.recv(65536), b""))
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3})", come)]


def test_what_is_ready_is_answered_while_every_thread_is_busy(server, tmp_path):
    until = tmp_path / "now"
    held = f"GET /held?{until} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    with visitors(server, THREADS + 1, held) as busy:
        assert asked(server, "/ready")[2] == READY_BODY
        until.touch()
        assert {answer_to(one)[2] for one in busy} == {b"let go"}


def test_visitors_who_send_half_a_head_hold_nobody_up(server):
    with visitors(server, 200, b"GET /sent HTTP/1.1\r\nHo"):
        assert asked(server, "/not-ready")[2] == b"/not-ready"


def test_visitors_who_send_half_a_body_hold_nobody_up(server):
    with visitors(server, 200, b"POST /sent HTTP/1.1\r\n" + HOST + b"Content-Length: 10\r\n\r\n12345"):
        assert asked(server, "/not-ready")[2] == b"/not-ready"


def test_visitors_who_do_not_read_a_long_answer_hold_nobody_up(server):
    with visitors(server, 50, b"GET /long HTTP/1.1\r\n" + HOST + b"\r\n") as slow:
        assert asked(server, "/not-ready")[2] == b"/not-ready"
        assert len(answer_to(slow[-1])[2]) == 8_000_000


def test_visitors_who_stay_after_the_last_answer_hold_nobody_up(server):
    with visitors(server, 50, b"GET /thread HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n") as staying:
        assert [answer_to(one)[0] for one in staying] == [200] * 50
        assert asked(server, "/ready")[2] == READY_BODY


def test_who_waits_longest_for_the_rest_of_a_request_makes_room_for_others(tmp_path):
    few = {"GUNICORN_CMD_ARGS": "--worker-connections 20"}
    with (
        gunicorn("tests.listening.site", tmp_path, few, answers_at="/ready", workers=1) as server,
        visitors(server, 60, b"GET /half HTTP/1.1\r\nHo"),
    ):
        assert asked(server, "/not-ready")[2] == b"/not-ready"


@pytest.mark.parametrize("pieces", [1, 7, 400])
def test_a_head_in_pieces_is_read(server, pieces):
    request = b"GET /in-pieces HTTP/1.1\r\n" + HOST + b"X-Long: " + b"x" * 2000 + b"\r\n\r\n"
    size = -(-len(request) // pieces)
    with visitor(server) as connection:
        for start in range(0, len(request), size):
            connection.sendall(request[start : start + size])
        assert answer_to(connection)[2] == b"/in-pieces"


@pytest.mark.parametrize("length", [0, 1, 60_000, 100_000, 5_000_000])
def test_a_body_reaches_the_application_whole(server, length):
    body = bytes(number % 251 for number in range(length))
    with visitor(server, b"POST /sent HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n" % (HOST, length)) as connection:
        connection.sendall(body)
        assert answer_to(connection)[2].decode() == f"{length} {hashlib.sha256(body).hexdigest()}"
        connection.sendall(READY)
        assert answer_to(connection)[2] == READY_BODY


def test_a_long_body_for_which_the_disk_has_no_room_is_refused_and_others_are_answered(tmp_path):
    full = {"LONGEST_FILE": "100000"}
    head = b"POST /sent HTTP/1.1\r\n" + HOST + b"Content-Length: 1000000\r\n\r\n"
    with gunicorn("tests.listening.site", tmp_path, full, answers_at="/ready", workers=1) as server:
        workers = server.workers
        with visitor(server, READY) as other, visitor(server, head) as connection:
            answer_to(other)
            with contextlib.suppress(ConnectionError):
                connection.sendall(b"x" * 900_000)
            assert answer_to(connection)[0] == 507
            other.sendall(READY)
            assert answer_to(other)[2] == READY_BODY
        assert server.workers == workers


def test_a_body_that_was_waited_for_is_asked_for(server):
    head = b"POST /sent HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n"
    with visitor(server, head) as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
        connection.sendall(b"abc")
        assert answer_to(connection)[2].startswith(b"3 ")


def test_requests_sent_together_are_answered_in_turn(server):
    post = b"POST /sent HTTP/1.1\r\n" + HOST + b"Content-Length: 2\r\n\r\nok"
    last = b"GET /last HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
    with visitor(server, READY + post + READY + READY + last) as connection:
        come = b"".join(iter(lambda: connection.recv(65536), b""))
    ready, posted = READY_BODY, f"2 {hashlib.sha256(b'ok').hexdigest()}".encode()
    assert re.findall(rb"\r\n\r\n(.*?)(?=HTTP/1|$)", come, re.DOTALL) == [ready, posted, ready, ready, b"/last"]


def test_the_body_of_a_request_is_never_another_request(server):
    hidden = READY * 2
    for path in (b"ready", b"unread"):
        head = b"GET /%s HTTP/1.1\r\n%sConnection: close\r\nContent-Length: %d\r\n\r\n" % (path, HOST, len(hidden))
        with visitor(server, head + hidden) as connection:
            assert statuses(connection) == [200]


def test_a_body_that_nobody_looked_at_is_not_the_next_request(server):
    hidden = READY * 2
    first = b"POST /unread HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n" % (HOST, len(hidden)) + hidden
    with visitor(server, first + b"GET /last HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n") as connection:
        assert statuses(connection) == [200, 200]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 40_000, 431),
        (b"POST /sent HTTP/1.1\r\n" + HOST + b"Content-Length: 999999999\r\n\r\n", 413),
        (b"POST /sent HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n", 411),
        (b"POST /sent HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"POST /sent HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n", 400),
        (b"POST /sent HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"POST /sent HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: xchunked\r\n\r\n", 501),
        (b"GET /ready HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET /ready HTTP/1.1\r\nNo colon\r\n\r\n", 400),
        (b"\x00\xff\r\n\r\n", 400),
        (b"\r\n\r\n", 400),
        (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
    ],
)
def test_what_cannot_be_read_is_refused_once_and_the_connection_ends(server, request_, status):
    with visitor(server, request_) as connection:
        connection.shutdown(socket.SHUT_WR)
        assert statuses(connection) == [status]


def test_an_answer_to_head_has_no_body(server):
    with visitor(server, READY.replace(b"GET", b"HEAD", 1)) as connection:
        status, headers, body = answer_to(connection, "HEAD")
        assert (status, headers["Content-Length"], body) == (200, "6", b"")
        connection.sendall(READY)
        assert answer_to(connection)[2] == READY_BODY


def test_what_is_ready_says_how_the_connection_goes_on(server):
    with visitor(server, READY) as connection:
        assert answer_to(connection)[1]["Connection"] == "keep-alive"
        connection.sendall(READY.replace(HOST, HOST + b"Connection: close\r\n"))
        assert answer_to(connection)[1]["Connection"] == "close"
        assert connection.recv(1) == b""


def test_http_1_0_is_answered_by_a_thread(server):
    with visitor(server, b"GET /ready HTTP/1.0\r\n\r\n") as connection:
        assert answer_to(connection)[2] == b"/ready"


def test_where_the_application_cannot_say_what_is_ready_a_thread_asks_it(server):
    assert asked(server, "/broken")[2] == b"/broken"


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"GET /half HTTP/1.1\r\n",
        b"POST /sent HTTP/1.1\r\n" + HOST + b"Content-Length: 10\r\n\r\n12345",
    ],
    ids=["nothing", "half a head", "half a body"],
)
def test_who_stops_halfway_is_let_go(impatient, beginning):
    with visitor(impatient, beginning) as connection:
        assert connection.recv(1) == b""


@pytest.mark.skipif(not TABLE.exists(), reason="this system does not say which connections there are")
def test_who_stops_reading_is_let_go(impatient):
    with visitor(impatient, b"GET /long HTTP/1.1\r\n" + HOST + b"\r\n") as connection:
        wait_until_alone(impatient)
        come = 0
        with contextlib.suppress(ConnectionResetError):
            while data := connection.recv(65536):
                come += len(data)
        assert come < 8_000_000


def test_a_worker_that_stops_ends_what_it_has_begun(tmp_path):
    until = tmp_path / "now"
    held = f"GET /held?{until} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    with gunicorn("tests.listening.site", tmp_path, answers_at="/ready", workers=1) as server:
        with visitor(server, held) as busy, visitor(server, READY) as idle, visitor(server, b"GET /ha") as halfway:
            answer_to(idle)
            server.process.terminate()
            # Who is waited for no longer than this is let go first.
            assert halfway.recv(1) == idle.recv(1) == b""
            until.touch()
            assert answer_to(busy)[2] == b"let go"
        assert server.process.wait(timeout=20) == 0


def wait_until_alone(server):
    """Until the server has no connection left. It is asked something each time, so it has something to do."""
    port = f":{urlsplit(server.address).port:04X}"
    established = True
    while established:
        asked(server, "/ready")
        rows = [line.split() for line in TABLE.read_text().splitlines()]
        established = [row for row in rows if row[1].endswith(port) and row[3] == "01"]
