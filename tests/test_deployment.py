"""The production server, as deploy/gunicorn.conf.py has it."""

import os
import signal
import time

import pytest

from tests.bench.serving import gunicorn

pytestmark = pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2,
    reason="this system has one processor, or does not say which one a process may use",
)


@pytest.fixture
def server(tmp_path):
    with gunicorn("tests.bench.bare", tmp_path) as server:
        until(lambda: are_apart(server))
        yield server


def processors(server):
    """Those of each worker, by its number; none of one that was about to end."""
    found = {}
    for number in server.workers:
        try:
            found[number] = os.sched_getaffinity(number)
        except ProcessLookupError:
            continue
    return found


def until(holds):
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        os.sched_yield()


def are_apart(server):
    found = list(processors(server).values())
    return len(found) == 2 and all(len(own) == 1 for own in found) and found[0] != found[1]


def test_each_worker_has_a_processor_of_its_own(server):
    assert are_apart(server)


def test_a_worker_that_takes_the_place_of_another_takes_its_processor(server):
    ended, other = server.workers
    os.kill(ended, signal.SIGKILL)
    until(lambda: ended not in processors(server) and are_apart(server))
    assert other in processors(server)
