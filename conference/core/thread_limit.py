"""Limit on the number of threads of a process that do the same thing, or wait for it, at the same time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError

# Seconds. Threads wait much less as long as those inside make progress.
MAX_WAIT = 2


class TooManyThreadsError(OperationalError):
    """Too many threads wait for the database. An OperationalError, because views handle it like a lock timeout."""


class ThreadLimit:
    """Reentrant semaphore for a number of threads.

    As many further threads wait up to MAX_WAIT seconds; all others are rejected immediately. Once a waiting thread has
    timed out, no thread waits until a thread inside succeeds: threads that wait could not serve other requests.
    """

    def __init__(self, threads: int):
        self._free = threading.BoundedSemaphore(threads)
        self._may_wait = threading.BoundedSemaphore(threads)
        self._inside = threading.local()
        self._wait: float = MAX_WAIT

    @contextmanager
    def enter(self) -> Iterator[None]:
        """Enter the limit. Raises TooManyThreadsError if no place is free."""
        if getattr(self._inside, "is_inside", False):
            yield
            return
        if not (self._free.acquire(blocking=False) or self._acquire_while_waiting()):
            raise TooManyThreadsError("Too many requests of this process wait for the database.")
        self._inside.is_inside = True
        try:
            yield
            self._wait = MAX_WAIT
        finally:
            self._inside.is_inside = False
            self._free.release()

    def _acquire_while_waiting(self) -> bool:
        if not self._may_wait.acquire(blocking=False):
            return False
        try:
            is_acquired = self._free.acquire(timeout=self._wait)
        finally:
            self._may_wait.release()
        if not is_acquired:
            self._wait = 0
        return is_acquired
