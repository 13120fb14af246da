"""What every page reads, kept in memory per process and renewed within a second of a change.

A Live value has a cheap stamp (one small query) and a load (whatever it takes). A watcher thread, one per process,
compares the stamps every settings.LIVE_INTERVAL seconds, so a request costs no query, and while the database is down
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

Kept = TypeVar("Kept")
_missing = object()


class NotReady(Exception):
    """There is nothing to show yet: nothing was ever published, or the database has not answered since the start."""


class Live(Generic[Kept]):
    """A value that follows the database. Thread-safe; readers never wait for a renewal of a value they have.

    generation counts how often it has changed in this process.
    """

    everything: list["Live"] = []

    def __init__(self, stamp: Callable[[], Hashable], load: Callable[[], Kept]):
        self._stamp, self._load = stamp, load
        self.generation = 0
        self._kept: tuple[Hashable, object] = (None, _missing)
        self._lock = threading.Lock()
        self.everything.append(self)

    def get(self) -> Kept:
        """The value. Raises NotReady where there is none."""
        watch()
        _, value = self._kept
        if value is _missing:
            try:
                value = self.renew()
            except DatabaseError as error:
                raise NotReady("The database does not answer.") from error
        return value

    @property
    def is_known(self) -> bool:
        """Whether there is a value, of which get makes no query."""
        return self._kept[1] is not _missing

    def renew(self) -> Kept:
        """Load the value anew if its stamp has changed. Raises DatabaseError or NotReady, and keeps what it had."""
        with self._lock:
            stamp = self._stamp()
            kept, value = self._kept
            if value is _missing or kept != stamp:
                value = self._load()
                self._become(stamp, value)
            return value

    def forget(self):
        self._become(None, _missing)

    def _become(self, stamp, value):
        self._kept = (stamp, value)
        self.generation += 1

    def unlock(self):
        self._lock = threading.Lock()


def rows_stamp(moments):
    """A stamp for whole tables, small ones: every row and when it was last saved, in one query. moments are
    {model: the column that says when}."""
    rows = [
        model.objects.order_by()
        .annotate(table=Value(model._meta.model_name), row=Cast("pk", CharField()), moment=F(column))
        .values_list("table", "row", "moment")
        for model, column in moments.items()
    ]
    return tuple(sorted(rows[0].union(*rows[1:], all=True)))


_watcher_of: int | None = None
_watcher_lock = threading.Lock()


def watch():
    """Start this process's watcher, once; a worker forked from a process that had one starts its own."""
    global _watcher_of
    if _watcher_of == os.getpid() or not settings.LIVE_INTERVAL:
        return
    with _watcher_lock:
        if _watcher_of != os.getpid():
            threading.Thread(target=_follow, name="live", daemon=True).start()
            _watcher_of = os.getpid()


def _follow():
    """Until settings.LIVE_INTERVAL is 0."""
    global _watcher_of
    healthy = True
    while interval := settings.LIVE_INTERVAL:
        time.sleep(interval)
        # After a failover an old connection may go on answering with old data: let it end with CONN_MAX_AGE.
        close_old_connections()
        healthy = _renew_all(healthy)
    connection.close()
    with _watcher_lock:
        _watcher_of = None


def _renew_all(healthy):
    """Whether all went well; one value that cannot be renewed does not hold up the others."""
    errors = [error for error in map(_error, list(Live.everything)) if error]
    # Whatever it is, pages go on with what they have; said once, not every half second.
    if errors and healthy:
        logger.error("What is published cannot be renewed; pages show the last of it.", exc_info=errors[0])
    if errors:
        connection.close()
    elif not healthy:
        logger.warning("What is published can be renewed again.")
    return not errors


def _error(live):
    try:
        live.renew()
    except NotReady:
        pass
    except Exception as error:
        return error
    return None


def _unlock():
    """In a forked process: a lock that a thread of its parent held is never released, for that thread is not here."""
    global _watcher_lock
    _watcher_lock = threading.Lock()
    for live in Live.everything:
        live.unlock()


os.register_at_fork(after_in_child=_unlock)
