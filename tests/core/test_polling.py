"""Polled values: what a process keeps in memory and refreshes when the database changes."""

import contextlib
import logging
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, OperationalError, connection, connections

from conference import site_data
from conference.core.polling import THREAD_NAME, NotLoadedError, PolledValue
from conference.models import Announcement
from conference.registration import form_options
from sessions.models import Release
from sessions.releases import current
from sessions.releases.exceptions import UnsupportedFormatError
from sessions.releases.publish import build_release

from ..factories import december, make_session, publish_release


class Source:
    """A store of one value that counts its reads, and can raise errors or wait."""

    def __init__(self):
        self.version, self.value = 1, "one"
        self.version_error = self.load_error = None
        self.before_version = self.while_loading = lambda: None
        self.version_reads = self.loads = 0

    def get_version(self):
        self.before_version()
        self.version_reads += 1
        if self.version_error:
            raise self.version_error
        return self.version

    def load(self):
        self.loads += 1
        self.while_loading()
        if self.load_error:
            raise self.load_error
        return self.value

    def change(self, value):
        self.version, self.value = self.version + 1, value


@pytest.fixture
def source():
    return Source()


@pytest.fixture
def polled(source, monkeypatch):
    """A value that follows the source, and is the only one during a test."""
    monkeypatch.setattr(PolledValue, "instances", [])
    return PolledValue(source.get_version, source.load)


@pytest.fixture
def polling(settings):
    """A polling thread with an interval of 0.01 s that ends with the test."""
    settings.REFRESH_INTERVAL = 0.01
    yield
    settings.REFRESH_INTERVAL = 0
    for thread in polling_threads():
        thread.join(timeout=60)
        assert not thread.is_alive()


def polling_threads():
    return [thread for thread in threading.enumerate() if thread.name == THREAD_NAME]


def eventually(condition):
    """Return whether a condition becomes true within a minute."""
    never = threading.Event()
    deadline = time.monotonic() + 60
    while not condition() and time.monotonic() < deadline:
        never.wait(0.005)
    return condition()


# One value


def test_get_loads_the_value_once(polled, source):
    assert [polled.get() for _ in range(3)] == ["one"] * 3
    assert (source.version_reads, source.loads) == (1, 1)


def test_get_after_a_change_returns_the_new_value_once_refreshed(polled, source):
    polled.get()
    source.change("two")
    assert polled.get() == "one"
    assert polled.refresh() == polled.get() == "two"


def test_refresh_without_a_change_loads_nothing(polled, source):
    polled.get()
    polled.refresh()
    assert (source.version_reads, source.loads) == (2, 1)


def test_get_keeps_a_value_that_is_none(polled, source):
    source.value = None
    assert polled.get() is None
    polled.get()
    assert source.loads == 1


def test_clear_all_makes_values_load_again(polled, source):
    polled.get()
    PolledValue.clear_all()
    assert not polled.is_loaded
    polled.get()
    assert source.loads == 2


def test_refresh_with_database_error_keeps_the_value(polled, source):
    polled.get()
    source.version_error = OperationalError("down")
    with pytest.raises(DatabaseError):
        polled.refresh()
    assert polled.get() == "one"


def test_get_with_database_error_and_no_value_raises_not_loaded(polled, source):
    source.version_error = OperationalError("down")
    with pytest.raises(NotLoadedError):
        polled.get()
    source.version_error = None
    assert polled.get() == "one"


def test_refresh_with_load_error_keeps_the_value_and_loads_again(polled, source):
    polled.get()
    source.change("two")
    source.load_error = ValueError("invalid data")
    with pytest.raises(ValueError, match="invalid data"):
        polled.refresh()
    assert polled.get() == "one"
    source.load_error = None
    assert polled.refresh() == "two"


def test_get_by_many_threads_loads_once(polled, source):
    started = []
    source.while_loading = lambda: eventually(lambda: len(started) == 8)

    def get(number):
        started.append(number)
        return polled.get()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(get, range(8))) == ["one"] * 8
    assert source.loads == 1


def test_get_during_a_refresh_returns_the_previous_value(polled, source):
    polled.get()
    source.change("two")
    loading, finish = threading.Event(), threading.Event()

    def wait():
        loading.set()
        finish.wait(timeout=60)

    source.while_loading = wait
    with ThreadPoolExecutor(1) as pool:
        refresh = pool.submit(polled.refresh)
        assert loading.wait(timeout=60)
        assert polled.get() == "one"
        finish.set()
        assert refresh.result(timeout=60) == "two"
    assert polled.get() == "two"


# The polling thread


def test_polling_with_interval_zero_starts_no_thread(polled):
    polled.get()
    assert polling_threads() == []


def test_polling_refreshes_changed_values(polled, source, polling):
    polled.get()
    source.change("two")
    assert eventually(lambda: polled.get() == "two")


def test_polling_by_many_threads_starts_one_thread(polled, polling):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: polled.get(), range(100)))
    assert len(polling_threads()) == 1


def test_polling_after_database_errors_recovers_and_logs_once(polled, source, polling, caplog):
    polled.get()
    source.version_error = OperationalError("down")
    reads = source.version_reads
    assert eventually(lambda: source.version_reads > reads + 5)
    assert polled.get() == "one"
    source.change("two")
    source.version_error = None
    assert eventually(lambda: polled.get() == "two")
    assert eventually(lambda: len(caplog.records) == 2)
    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.WARNING]


@pytest.mark.parametrize(
    "error", [NotLoadedError("nothing published"), OperationalError("down"), ValueError("invalid data")]
)
def test_polling_with_one_failing_value_refreshes_the_others(polled, source, polling, error):
    other_source = Source()
    other = PolledValue(other_source.get_version, other_source.load)
    assert (polled.get(), other.get()) == ("one", "one")
    source.version_error = error
    other_source.change("two")
    assert eventually(lambda: other.get() == "two")


def test_forked_process_can_refresh_although_the_parent_was_loading(polled, source):
    loading, finish = threading.Event(), threading.Event()

    def wait():
        loading.set()
        finish.wait(timeout=60)

    source.while_loading = wait
    with ThreadPoolExecutor(1) as pool:
        parent_load = pool.submit(polled.get)
        assert loading.wait(timeout=60)
        child = os.fork()
        if child == 0:
            source.while_loading = lambda: None
            thread = threading.Thread(target=polled.refresh, daemon=True)
            thread.start()
            thread.join(timeout=60)
            os._exit(int(thread.is_alive()))
        _, status = os.waitpid(child, 0)
        finish.set()
        assert parent_load.result(timeout=60) == "one"
    assert os.waitstatus_to_exitcode(status) == 0


@pytest.mark.django_db(transaction=True)
def test_polling_replaces_connections_older_than_conn_max_age(polled, source, polling, monkeypatch):
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    used = []

    def record_connection():
        connection.ensure_connection()
        if threading.current_thread().name == THREAD_NAME and connection.connection not in used:
            used.append(connection.connection)

    source.before_version = record_connection
    polled.get()
    assert eventually(lambda: len(used) >= 2)


# The published programme and the site data


def raise_operational_error(execute, sql, params, many, context):
    raise OperationalError("the server does not answer")


@contextlib.contextmanager
def database_down():
    """Make each query fail, as while the server is down."""
    with connection.execute_wrapper(raise_operational_error):
        yield


def test_programme_before_the_first_release_is_not_loaded(conference):
    with pytest.raises(NotLoadedError, match="Nothing has been published"):
        current.get_programme()


def test_site_data_without_a_conference_is_not_loaded(db):
    with pytest.raises(NotLoadedError):
        site_data.get_site_data()


def test_loaded_values_need_no_query(published, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert current.get_programme() is published
        assert len(current.get_releases()) == 1
        assert site_data.get_site_data().starts_on == published.starts_on


@pytest.mark.parametrize("refresh", [current.refresh, site_data.refresh_site_data, form_options.refresh_options])
def test_refresh_without_a_change_needs_one_query(published, django_assert_num_queries, refresh):
    form_options.get_options()
    with django_assert_num_queries(1):
        refresh()


def test_refresh_after_a_release_loads_it(published):
    make_session("Another one")
    assert publish_release().number == current.get_programme().number == 2
    assert [release.number for release in current.get_releases()] == [2, 1]


def test_programme_with_database_down_is_the_last_release(published):
    with database_down():
        with pytest.raises(DatabaseError):
            current.refresh()
        assert current.get_programme() is published
        assert site_data.get_site_data().short_name


def test_programme_with_database_down_since_the_start_is_not_loaded(conference):
    with database_down(), pytest.raises(NotLoadedError, match="does not answer"):
        current.get_programme()


def test_refresh_with_unsupported_release_keeps_the_last_one(published):
    Release.objects.create(number=2, published_at=december(2, 0), changes={}, document={"format": 3})
    with pytest.raises(UnsupportedFormatError):
        current.refresh()
    assert current.get_programme() is published


def test_refresh_after_an_edit_of_live_content_loads_it(published, conference):
    conference.notice_en = "The programme is illustrative."
    conference.save()
    site_data.refresh_site_data()
    assert str(site_data.get_site_data().notice) == "The programme is illustrative."


def test_refresh_after_a_deletion_of_an_announcement_removes_it(published):
    announcement = Announcement.objects.create(text_en="The hall has moved.", shown_from=december(1, 0))
    site_data.refresh_site_data()
    assert [str(shown.text) for shown in site_data.get_site_data().announcements] == ["The hall has moved."]
    announcement.delete()
    site_data.refresh_site_data()
    assert site_data.get_site_data().announcements == []


def publish_in_other_process():
    """Publish without refreshing, as another process does."""
    document, changes = build_release()
    Release.objects.create(number=2, published_at=december(2, 0), changes=changes, document=document)
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_polling_loads_a_release_of_another_process(published, polling):
    assert current.get_programme().number == 1
    make_session("Another one")
    with ThreadPoolExecutor(1) as pool:
        pool.submit(publish_in_other_process).result(timeout=60)
    assert eventually(lambda: current.get_programme().number == 2)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")
@pytest.mark.django_db(transaction=True)
def test_polling_after_the_server_closed_its_connection_loads_a_release(published, polling):
    assert current.get_programme().number == 1
    make_session("Another one")
    closed = []
    assert eventually(lambda: closed.extend(close_other_connections()) or closed)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(publish_in_other_process).result(timeout=60)
    assert eventually(lambda: current.get_programme().number == 2)


def close_other_connections():
    """Terminate the other connections to the test database, and return a row for each."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return cursor.fetchall()
