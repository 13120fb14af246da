"""Values that every page reads, kept in memory by each process and refreshed within a second of a change.

A PolledValue has a version, read with one small query, and a function that loads the value, which may be slow. A thread
in each process compares the versions every settings.REFRESH_INTERVAL seconds. So a request needs no query, and while
the database is down the last value is still served.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, Generic, TypeVar

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from django.db.models import CharField, F, Value
from django.db.models.functions import Cast

logger = logging.getLogger(__name__)

ValueT = TypeVar("ValueT")
MISSING: Any = object()
THREAD_NAME = "polling"


class NotLoadedError(Exception):
    """Missing value: nothing was ever published, or the database has not answered since the process started."""


class PolledValue(Generic[ValueT]):
    """A value that follows the database. Thread-safe. Readers do not wait while a newer value is loaded.

    generation counts how often the value has changed in this process.
    """

    instances: ClassVar[list["PolledValue"]] = []

    def __init__(self, get_version: Callable[[], Hashable], load: Callable[[], ValueT]):
        self.get_version, self.load = get_version, load
        self.generation = 0
        self._loaded: tuple[Hashable, ValueT] = (None, MISSING)
        self._lock = threading.Lock()
        self.instances.append(self)

    @classmethod
    def clear_all(cls) -> None:
        """Forget all values of this process, so that each is loaded again when it is next read."""
        for polled_value in cls.instances:
            polled_value.clear()

    def get(self) -> ValueT:
        """Return the value. Raises NotLoadedError if there is none."""
        start_polling()
        _, value = self._loaded
        if value is MISSING:
            try:
                value = self.refresh()
            except DatabaseError as error:
                raise NotLoadedError("The database does not answer.") from error
        return value

    @property
    def is_loaded(self) -> bool:
        """True if there is a value, so that get() makes no query."""
        return self._loaded[1] is not MISSING

    def refresh(self) -> ValueT:
        """Load the value again if its version has changed, and return it.

        Raises DatabaseError or NotLoadedError; the previous value is kept.
        """
        with self._lock:
            version = self.get_version()
            loaded_version, value = self._loaded
            if value is MISSING or loaded_version != version:
                value = self.load()
                self._store(version, value)
            return value

    def clear(self) -> None:
        self._store(None, MISSING)

    def _store(self, version: Hashable, value: ValueT) -> None:
        self._loaded = (version, value)
        self.generation += 1

    def reset_lock(self) -> None:
        self._lock = threading.Lock()


def get_tables_version(timestamp_fields: Mapping[Any, str]) -> tuple[tuple, ...]:
    """Return a version of whole, small tables in one query: the key and time of the last save of every row.

    timestamp_fields are {model: name of the field with the time of the last save}.
    """
    querysets = [
        model.objects.order_by()
        .annotate(table=Value(model._meta.model_name), row=Cast("pk", CharField()), saved_at=F(field))
        .values_list("table", "row", "saved_at")
        for model, field in timestamp_fields.items()
    ]
    return tuple(sorted(querysets[0].union(*querysets[1:], all=True)))


_polling_pid: int | None = None
_is_polling_allowed = True
_start_lock = threading.Lock()


@contextmanager
def polling_prevented() -> Iterator[None]:
    """Start no polling thread. A process that forks later must not have one, because the fork may copy held locks."""
    global _is_polling_allowed
    _is_polling_allowed = False
    try:
        yield
    finally:
        _is_polling_allowed = True


def start_polling() -> None:
    """Start this process's polling thread once. A forked process starts its own."""
    global _polling_pid
    if _polling_pid == os.getpid() or not settings.REFRESH_INTERVAL or not _is_polling_allowed:
        return
    with _start_lock:
        if _polling_pid != os.getpid():
            threading.Thread(target=poll, name=THREAD_NAME, daemon=True).start()
            _polling_pid = os.getpid()


def poll() -> None:
    """Refresh all values periodically, until settings.REFRESH_INTERVAL is 0."""
    global _polling_pid
    is_healthy = True
    while interval := settings.REFRESH_INTERVAL:
        time.sleep(interval)
        # After a failover an old connection may go on returning old data, so it ends after CONN_MAX_AGE.
        close_old_connections()
        is_healthy = refresh_all(is_healthy)
    connection.close()
    with _start_lock:
        _polling_pid = None


def refresh_all(was_healthy: bool) -> bool:
    """Refresh all values and return whether none failed. A failure does not keep the others from being refreshed."""
    errors = [error for error in map(try_refresh, list(PolledValue.instances)) if error]
    # Pages go on with the last values, so only the first of successive failures is logged.
    if errors and was_healthy:
        logger.error("The published programme cannot be refreshed; pages show the last version.", exc_info=errors[0])
    if errors:
        connection.close()
    elif not was_healthy:
        logger.warning("The published programme is refreshed again.")
    return not errors


def try_refresh(polled_value: PolledValue) -> Exception | None:
    """Refresh a value and return the error, if any."""
    try:
        polled_value.refresh()
    except NotLoadedError:
        pass
    except Exception as error:
        return error
    return None


def reset_locks_after_fork() -> None:
    """Replace the locks in a forked process, where a thread of the parent that holds one does not exist."""
    global _start_lock
    _start_lock = threading.Lock()
    for polled_value in PolledValue.instances:
        polled_value.reset_lock()


os.register_at_fork(after_in_child=reset_locks_after_fork)
