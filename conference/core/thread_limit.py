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

    Further threads wait up to MAX_WAIT seconds. Once one of them has timed out, others are rejected immediately until a
    thread inside succeeds: threads that wait for a stuck database could not serve other requests.
    """

    def __init__(self, threads: int):
        self._free = threading.BoundedSemaphore(threads)
        self._inside = threading.local()
        self._wait: float = MAX_WAIT

    @contextmanager
    def enter(self) -> Iterator[None]:
        """Enter the limit. Raises TooManyThreadsError if no place is free."""
        if getattr(self._inside, "is_inside", False):
            yield
            return
        if not self._free.acquire(timeout=self._wait):
            self._wait = 0
            raise TooManyThreadsError("Too many requests of this process wait for the database.")
        self._inside.is_inside = True
        try:
            yield
            self._wait = MAX_WAIT
        finally:
            self._inside.is_inside = False
            self._free.release()
