"""A limit on how many threads of a process may do the same thing, or wait for it, at the same time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError

# Seconds. In a rush that makes progress a thread waits much less.
MAX_WAIT = 1


class TooManyThreadsError(OperationalError):
    """Too many threads wait for the database already. Handled like a lock that the database did not give in time."""


class ThreadLimit:
    """Admit at most so many threads. A thread that is inside already may enter again.

    Others wait up to MAX_WAIT seconds. After one has waited in vain they are rejected at once, until a thread inside
    has succeeded: threads that wait for something stuck would be missing for every other request.
    """

    def __init__(self, threads: int):
        self._free = threading.BoundedSemaphore(threads)
        self._inside = threading.local()
        self._wait: float = MAX_WAIT

    @contextmanager
    def enter(self) -> Iterator[None]:
        """Raise TooManyThreadsError where no thread may enter."""
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
