"""What every page reads, kept in memory per process and renewed within a second of a change.

A Live value has a cheap stamp (one small query) and a load (whatever it takes). A watcher thread, one per process,
compares the stamps every settings.REFRESH_INTERVAL seconds, so a request costs no query, and while the database is down
the last value goes on being served.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from django.db.models import CharField, F, Value
from django.db.models.functions import Cast

logger = logging.getLogger(__name__)

ValueT = TypeVar("Kept")
MISSING = object()


class NotLoadedError(Exception):
    """There is nothing to show yet: nothing was ever published, or the database has not answered since the start."""


class PolledValue(Generic[ValueT]):
    """A value that follows the database. Thread-safe; readers never wait for a renewal of a value they have.

    generation counts how often it has changed in this process.
    """

    instances: list["PolledValue"] = []

    def __init__(self, stamp: Callable[[], Hashable], load: Callable[[], ValueT]):
        self._get_version, self._load = stamp, load
        self.generation = 0
        self._loaded: tuple[Hashable, object] = (None, MISSING)
        self._lock = threading.Lock()
        self.instances.append(self)

    def get(self) -> ValueT:
        """The value. Raises NotReady where there is none."""
        start_watcher()
        _, value = self._loaded
        if value is MISSING:
            try:
                value = self.refresh()
            except DatabaseError as error:
                raise NotLoadedError("The database does not answer.") from error
        return value

    @property
    def is_loaded(self) -> bool:
        """Whether there is a value, of which get makes no query."""
        return self._loaded[1] is not MISSING

    def refresh(self) -> ValueT:
        """Load the value anew if its stamp has changed. Raises DatabaseError or NotReady, and keeps what it had."""
        with self._lock:
            stamp = self._get_version()
            kept, value = self._loaded
            if value is MISSING or kept != stamp:
                value = self._load()
                self._store(stamp, value)
            return value

    def clear(self):
        self._store(None, MISSING)

    def _store(self, stamp, value):
        self._loaded = (stamp, value)
        self.generation += 1

    def reset_lock(self):
        self._lock = threading.Lock()


def get_tables_version(moments):
    """A stamp for whole tables, small ones: every row and when it was last saved, in one query. moments are
    {model: the column that says when}."""
    rows = [
        model.objects.order_by()
        .annotate(table=Value(model._meta.model_name), row=Cast("pk", CharField()), moment=F(column))
        .values_list("table", "row", "moment")
        for model, column in moments.items()
    ]
    return tuple(sorted(rows[0].union(*rows[1:], all=True)))


_watcher_pid: int | None = None
_watcher_lock = threading.Lock()


def start_watcher():
    """Start this process's watcher, once; a worker forked from a process that had one starts its own."""
    global _watcher_pid
    if _watcher_pid == os.getpid() or not settings.REFRESH_INTERVAL:
        return
    with _watcher_lock:
        if _watcher_pid != os.getpid():
            threading.Thread(target=run_watcher, name="live", daemon=True).start()
            _watcher_pid = os.getpid()


def run_watcher():
    """Until settings.REFRESH_INTERVAL is 0."""
    global _watcher_pid
    healthy = True
    while interval := settings.REFRESH_INTERVAL:
        time.sleep(interval)
        # After a failover an old connection may go on answering with old data: let it end with CONN_MAX_AGE.
        close_old_connections()
        healthy = refresh_all(healthy)
    connection.close()
    with _watcher_lock:
        _watcher_pid = None


def refresh_all(healthy):
    """Whether all went well; one value that cannot be renewed does not hold up the others."""
    errors = [error for error in map(try_refresh, list(PolledValue.instances)) if error]
    # Whatever it is, pages go on with what they have; said once, not every half second.
    if errors and healthy:
        logger.error("The published programme cannot be refreshed; pages show the last version.", exc_info=errors[0])
    if errors:
        connection.close()
    elif not healthy:
        logger.warning("The published programme is refreshed again.")
    return not errors


def try_refresh(live):
    try:
        live.refresh()
    except NotLoadedError:
        pass
    except Exception as error:
        return error
    return None


def reset_locks_after_fork():
    """In a forked process: a lock that a thread of its parent held is never released, for that thread is not here."""
    global _watcher_lock
    _watcher_lock = threading.Lock()
    for live in PolledValue.instances:
        live.reset_lock()


os.register_at_fork(after_in_child=reset_locks_after_fork)
