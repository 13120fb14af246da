"""Time limits of connections to PostgreSQL."""

import socket

import pytest
from django.core.management import call_command
from django.db import InternalError, connection, connections, transaction
from psycopg import errors

from conference.core.database import (
    extend_timeouts,
    is_database_reachable,
    is_transient_database_error,
    restore_timeouts,
)
from conference.error_views import is_transient

from ..factories import make_full_programme, publish_release
from ..settings_subprocess import read_setting

needs_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")
# As in the settings of the test run.
SHORT = {"statement_timeout": "100s", "lock_timeout": "50s", "idle_in_transaction_session_timeout": "100s"}
LONG = {"statement_timeout": "10min", "lock_timeout": "90s", "idle_in_transaction_session_timeout": "10min"}
POSTGRESQL = {"DATABASE_URL": "postgres://user@127.0.0.1/conference"}


def get_limits():
    """Return the timeouts of this connection by name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY(%s)", [list(SHORT)])
        return dict(cursor.fetchall())


@needs_postgresql
@pytest.mark.django_db
def test_connection_has_the_limits_of_a_web_request():
    assert get_limits() == SHORT


@needs_postgresql
@pytest.mark.django_db
def test_connection_ends_after_network_timeout():
    connection.ensure_connection()
    with socket.socket(fileno=socket.dup(connection.connection.fileno())) as end:
        assert end.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 5000
        assert end.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 5


@needs_postgresql
@pytest.mark.django_db(transaction=True)
def test_extend_timeouts_in_a_transaction_lasts_until_its_end():
    with transaction.atomic():
        extend_timeouts()
        assert get_limits() == LONG
    assert get_limits() == SHORT


@needs_postgresql
@pytest.mark.django_db(transaction=True)
def test_extend_timeouts_outside_of_a_transaction_lasts_until_restored():
    extend_timeouts()
    assert get_limits() == LONG
    restore_timeouts()
    assert get_limits() == SHORT


@needs_postgresql
@pytest.mark.django_db
def test_publishing_has_the_long_limits(conference):
    make_full_programme()
    publish_release()
    assert get_limits() == LONG


@needs_postgresql
@pytest.mark.django_db(transaction=True)
def test_migrate_restores_the_limits():
    call_command("migrate", verbosity=0)
    assert get_limits() == SHORT


@pytest.mark.django_db
def test_extend_timeouts_on_any_database_raises_nothing():
    extend_timeouts()
    restore_timeouts()


@pytest.mark.slow
def test_settings_have_short_timeouts_by_default():
    databases = read_setting("DATABASES", POSTGRESQL)
    assert "'connect_timeout': 3" in databases
    assert "-c statement_timeout=10s -c lock_timeout=3s -c idle_in_transaction_session_timeout=30s" in databases


@pytest.mark.slow
def test_settings_have_long_timeouts_for_bulk_work_by_default():
    timeouts = read_setting("DATABASE_LONG_TIMEOUTS", {})
    assert "'statement_timeout': '600s'" in timeouts
    assert "'lock_timeout': '10s'" in timeouts


@pytest.mark.slow
def test_settings_take_timeouts_from_the_environment():
    names = ("CONNECT", "NETWORK", "STATEMENT", "LOCK", "IDLE")
    environment = {f"DATABASE_{name}_TIMEOUT": str(seconds) for seconds, name in enumerate(names, start=5)}
    databases = read_setting("DATABASES", POSTGRESQL | environment)
    assert "'connect_timeout': 5" in databases
    assert "'tcp_user_timeout': 6000" in databases
    assert "-c statement_timeout=7s" in databases
    assert "-c lock_timeout=8s" in databases
    assert "-c idle_in_transaction_session_timeout=9s" in databases


@pytest.mark.slow
def test_settings_keep_options_of_the_database_url():
    url = POSTGRESQL["DATABASE_URL"] + "?connect_timeout=9&options=-c%20search_path%3Da"
    databases = read_setting("DATABASES", {"DATABASE_URL": url})
    assert "'connect_timeout': 9" in databases
    assert "=30s -c search_path=a" in databases


@pytest.mark.slow
def test_settings_take_long_timeouts_from_the_environment():
    environment = {"DATABASE_LONG_STATEMENT_TIMEOUT": "7", "DATABASE_LONG_LOCK_TIMEOUT": "8"}
    timeouts = read_setting("DATABASE_LONG_TIMEOUTS", environment)
    assert "'statement_timeout': '7s'" in timeouts
    assert "'lock_timeout': '8s'" in timeouts


@pytest.mark.django_db
def test_is_database_reachable_with_database_is_true():
    assert is_database_reachable()


@needs_postgresql
@pytest.mark.django_db
@pytest.mark.parametrize("is_listening", [False, True], ids=["refusing", "hanging"])
def test_is_database_reachable_with_open_connection_to_stopped_server_is_false(is_listening, monkeypatch):
    connection.ensure_connection()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if is_listening:
            # The kernel accepts the connection, but nothing answers.
            listener.listen()
        unreachable = {"HOST": "127.0.0.1", "PORT": listener.getsockname()[1]}
        unreachable["OPTIONS"] = connection.settings_dict["OPTIONS"] | {"connect_timeout": 2}
        monkeypatch.setattr(connections["default"], "settings_dict", connection.settings_dict | unreachable)
        assert not is_database_reachable()


@pytest.mark.parametrize(
    ("cause", "expected"),
    [(errors.IdleInTransactionSessionTimeout, True), (errors.InFailedSqlTransaction, False)],
)
def test_internal_error_is_transient_only_after_a_timeout(cause, expected):
    error = InternalError()
    error.__cause__ = cause()
    assert is_transient_database_error(error) is expected
    assert is_transient(error) is expected
