"""Timeouts of PostgreSQL: short ones for web requests, longer ones for bulk work.

A connection starts with the short timeouts of settings.DATABASES, so that a lock or a lost network connection cannot
block threads for minutes. SQLite has one timeout only, that of a waiting writer, and needs nothing from here.
"""

from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, InternalError, OperationalError, connections

# PostgreSQL ends a connection that was idle in a transaction, or in one transaction, for too long. Django reports both
# as InternalError, as it does programming errors.
TIMEOUT_SQLSTATES = {"25P03", "25P04"}


def is_transient_database_error(error: BaseException | None) -> bool:
    """Return whether the database was unavailable, locked or full, or ended the connection."""
    if isinstance(error, InternalError):
        return getattr(error.__cause__, "sqlstate", None) in TIMEOUT_SQLSTATES
    return isinstance(error, OperationalError | InterfaceError)


def extend_timeouts(using: str = DEFAULT_DB_ALIAS) -> None:
    """Apply settings.DATABASE_LONG_TIMEOUTS to the current transaction, or outside of one to the connection."""
    connection = connections[using]
    if connection.vendor != "postgresql":
        return
    is_local = connection.in_atomic_block
    with connection.cursor() as cursor:
        for name, value in settings.DATABASE_LONG_TIMEOUTS.items():
            cursor.execute("SELECT set_config(%s, %s, %s)", [name, value, is_local])


def restore_timeouts(using: str = DEFAULT_DB_ALIAS) -> None:
    """Restore the timeouts that a connection started with."""
    connection = connections[using]
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for name in settings.DATABASE_LONG_TIMEOUTS:
            cursor.execute(f"RESET {name}")


def extend_before_migrations(using: str, **kwargs: Any) -> None:
    """Extend the timeouts before migrations (signal pre_migrate)."""
    extend_timeouts(using)


def restore_after_migrations(using: str, **kwargs: Any) -> None:
    """Restore the timeouts after migrations (signal post_migrate)."""
    restore_timeouts(using)


def is_database_reachable(using: str = DEFAULT_DB_ALIAS) -> bool:
    """Return whether the database accepts a new connection within DATABASE_CONNECT_TIMEOUT.

    An open connection proves nothing: it looks the same after the server or the network has gone.
    """
    probe = connections[using].copy()
    try:
        probe.ensure_connection()
    except DatabaseError:
        return False
    else:
        return True
    finally:
        probe.close()
