"""Who computes first. Only root, or who was given real-time priority, may say so."""

import os
import threading

import pytest

from conference.listening import precedence
from conference.listening.precedence import Precedence


def is_allowed():
    """Whether the system lets a thread of ours go first, tried by one that ends at once."""
    found = []

    def ask():
        try:
            os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(1))
        except (AttributeError, OSError):
            return
        found.append(True)

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    return bool(found)


asked_of_the_system = pytest.mark.skipif(not is_allowed(), reason="this system lets no thread of ours go first")


def in_a_thread(do):
    """What it gives, in a thread that nothing else depends on."""
    given = []
    thread = threading.Thread(target=lambda: given.append(do()))
    thread.start()
    thread.join()
    return given[0]


def policy():
    return os.sched_getscheduler(0) & ~getattr(os, "SCHED_RESET_ON_FORK", 0)


@asked_of_the_system
def test_who_computes_little_goes_first():
    def listen():
        Precedence().weigh()
        return policy()

    assert in_a_thread(listen) == os.SCHED_RR


@asked_of_the_system
def test_who_computes_much_takes_turns_and_goes_first_again_when_that_is_over(monkeypatch):
    clock = {"now": 100.0, "computed": 0.0}
    monkeypatch.setattr(precedence, "monotonic", lambda: clock["now"])
    monkeypatch.setattr(precedence, "thread_time", lambda: clock["computed"])

    def listen():
        mine, seen = Precedence(), []
        for computed in (0.01, 0.06, 0.01):
            clock["now"] += 0.1
            clock["computed"] += computed
            mine.weigh()
            seen.append(policy())
        return seen

    assert in_a_thread(listen) == [os.SCHED_RR, os.SCHED_OTHER, os.SCHED_RR]


@asked_of_the_system
def test_threads_that_it_starts_take_turns():
    def listen():
        Precedence().weigh()
        return in_a_thread(policy)

    assert in_a_thread(listen) == os.SCHED_OTHER


@pytest.mark.skipif(not hasattr(os, "SCHED_RESET_ON_FORK"), reason="this system knows no such precedence")
def test_where_the_system_does_not_let_it_nothing_is_asked_twice(monkeypatch):
    asked = []

    def refuse(*policy):
        asked.append(policy)
        raise PermissionError

    monkeypatch.setattr(os, "sched_setscheduler", refuse, raising=False)
    mine = Precedence()
    mine.is_allowed, mine.since = True, -1
    mine.weigh()
    mine.since = -1
    mine.weigh()
    assert (len(asked), mine.is_first, mine.is_allowed) == (1, False, False)
