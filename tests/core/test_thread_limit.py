"""Limits on the number of threads in a section of code."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed

import pytest
from django.db import OperationalError

from conference.core import thread_limit
from conference.core.thread_limit import ThreadLimit, TooManyThreadsError

# Seconds after which a test fails instead of waiting forever.
TIMEOUT = 60


@pytest.fixture(autouse=True)
def _no_wait(monkeypatch):
    monkeypatch.setattr(thread_limit, "MAX_WAIT", 0.01)


@pytest.fixture
def full_limit():
    """A limit of one thread, with a thread inside that leaves at the end of the test."""
    limit, inside, leave = ThreadLimit(1), threading.Event(), threading.Event()

    def wait_inside():
        with limit.enter():
            inside.set()
            leave.wait(TIMEOUT)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(wait_inside)
        assert inside.wait(TIMEOUT)
        yield limit
        leave.set()


def test_enter_beyond_the_limit_raises_an_operational_error(full_limit):
    with pytest.raises(TooManyThreadsError), full_limit.enter():
        pass
    assert issubclass(TooManyThreadsError, OperationalError)


def test_enter_after_the_thread_inside_has_left_succeeds():
    limit = ThreadLimit(1)
    for _turn in range(2):
        with limit.enter():
            pass


def test_enter_within_the_same_thread_again_succeeds():
    limit = ThreadLimit(1)
    with limit.enter(), limit.enter():
        pass


def test_enter_waits_for_a_thread_that_is_about_to_leave(monkeypatch):
    monkeypatch.setattr(thread_limit, "MAX_WAIT", TIMEOUT)
    limit, inside = ThreadLimit(1), threading.Barrier(2, timeout=TIMEOUT)

    def enter():
        with limit.enter():
            return True

    with ThreadPoolExecutor(1) as pool, limit.enter():
        waiting = pool.submit(lambda: inside.wait() is not None and enter())
        inside.wait()
    assert waiting.result(TIMEOUT)


def test_enter_while_as_many_threads_wait_raises_immediately(monkeypatch):
    monkeypatch.setattr(thread_limit, "MAX_WAIT", TIMEOUT)
    limit = ThreadLimit(1)

    def enter():
        with limit.enter():
            return True

    with ThreadPoolExecutor(3) as pool:
        with limit.enter():
            attempts = [pool.submit(enter) for _ in range(3)]
            rejected = list(itertools.islice(as_completed(attempts, timeout=TIMEOUT), 2))
            assert [type(attempt.exception()) for attempt in rejected] == [TooManyThreadsError] * 2
        (waiting,) = set(attempts) - set(rejected)
        assert waiting.result(TIMEOUT)


def test_enter_after_an_exception_inside_succeeds():
    limit = ThreadLimit(1)
    with pytest.raises(ZeroDivisionError), limit.enter():
        raise ZeroDivisionError
    with limit.enter():
        pass
