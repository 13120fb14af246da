"""Running two database jobs so that the second starts in the middle of the first."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

from django.db import OperationalError, connection, connections, transaction

SQLITE = connection.vendor == "sqlite"
# Seconds after which a test fails instead of waiting forever.
TIMEOUT = 60
# The statement that locks out others: rows on PostgreSQL, the whole database on SQLite.
LOCK = re.compile(r"^BEGIN IMMEDIATE$" if SQLITE else r" FOR UPDATE( OF \S+)?$")


@dataclass
class Outcome:
    """What each job returned or raised, and whether the second had to wait for a lock of the first."""

    first: object = None
    second: object = None
    waited: bool = False


def interleave(first, pattern, second, *, locks=True):
    """Run first; before its first statement that matches pattern, run second until it ends or waits for a lock."""
    outcome, can_continue, started = Outcome(), threading.Event(), []

    def start_second(execute, sql, *args):
        if re.search(pattern, sql) and not started:
            started.append(pool.submit(run, second, watch_locks))
            started[0].add_done_callback(lambda _future: can_continue.set())
            assert can_continue.wait(TIMEOUT), "The second job waits for something other than a lock."
        return execute(sql, *args)

    def watch_locks(execute, sql, *args):
        if LOCK.search(sql) and not is_lock_free(execute, sql, *args):
            outcome.waited = True
            can_continue.set()
        return execute(sql, *args)

    def run(job, wrapper):
        with ExitStack() as stack:
            stack.callback(connections.close_all)
            for each in [wrapper] if locks else [remove_locks, wrapper]:
                stack.enter_context(connection.execute_wrapper(each))
            try:
                return job()
            except Exception as error:
                return error

    with ThreadPoolExecutor(2) as pool:
        outcome.first = pool.submit(run, first, start_second).result()
        assert started, f"No statement of the first job matches {pattern}: {outcome.first!r}"
        outcome.second = started[0].result()
    return outcome


def is_lock_free(execute, lock, *args):
    """Return whether a lock can be taken without waiting. The first job is paused, so the result stays valid."""
    try:
        if SQLITE:
            execute("PRAGMA busy_timeout = 0", *args)
            execute(lock, *args)
            execute("ROLLBACK", *args)
        else:
            with transaction.atomic():
                execute(f"{lock} NOWAIT", *args)
    except OperationalError:
        return False
    finally:
        if SQLITE:
            execute("PRAGMA busy_timeout = 10000", *args)
    return True


def remove_locks(execute, sql, *args):
    """Execute without locks, for control tests; on SQLite as a transaction that locks at its first write."""
    return execute(LOCK.sub("BEGIN" if SQLITE else "", sql), *args)
