import contextlib
import logging
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, OperationalError, connection, connections

from conference import site_data
from conference.core import polling
from conference.core.polling import NotLoadedError, PolledValue
from conference.models import Announcement
from conference.registration import form_options
from sessions.models import Release
from sessions.releases import current
from sessions.releases.exceptions import UnsupportedFormatError
from sessions.releases.publish import build_release

from ..factories import december, make_session, publish_release


class Source:
    """A database of one value, that counts how often it is asked, and can be down, broken or slow."""

    def __init__(self):
        self.stamp, self.value = 1, "one"
        self.down = self.broken = None
        self.before_stamp = self.while_loading = lambda: None
        self.stamped = self.loaded = 0

    def read_stamp(self):
        self.before_stamp()
        self.stamped += 1
        if self.down:
            raise self.down
        return self.stamp

    def read_value(self):
        self.loaded += 1
        self.while_loading()
        if self.broken:
            raise self.broken
        return self.value

    def change(self, value):
        self.stamp, self.value = self.stamp + 1, value


def following(source):
    return PolledValue(source.read_stamp, source.read_value)


@pytest.fixture
def source():
    return Source()


@pytest.fixture
def value(source, monkeypatch):
    """A Live value that follows the source; for the length of a test there is no other."""
    monkeypatch.setattr(PolledValue, "everything", [])
    return following(source)


@pytest.fixture
def watching(settings):
    """A watcher that looks every hundredth of a second; gone when the test is over."""
    settings.REFRESH_INTERVAL = 0.01
    yield
    settings.REFRESH_INTERVAL = 0
    for thread in threading.enumerate():
        if thread.name == "live":
            thread.join(timeout=10)
            assert not thread.is_alive()


def soon(condition):
    """Whether it becomes true within ten seconds."""
    finished = threading.Event()
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        finished.wait(0.005)
    return condition()


# A value


def test_a_value_is_loaded_when_it_is_first_asked_for_and_kept(value, source):
    assert [value.get() for _ in range(3)] == ["one"] * 3
    assert (source.stamped, source.loaded) == (1, 1)


def test_a_value_that_changed_is_read_after_renewal_and_not_before(value, source):
    value.get()
    source.change("two")
    assert value.get() == "one"
    assert value.refresh() == value.get() == "two"


def test_renewing_what_did_not_change_loads_nothing(value, source):
    value.get()
    value.refresh()
    assert (source.stamped, source.loaded) == (2, 1)


def test_a_value_that_is_none_is_a_value(value, source):
    source.value = None
    assert value.get() is None
    value.get()
    assert source.loaded == 1


def test_without_a_database_the_last_value_goes_on_being_read(value, source):
    value.get()
    source.down = OperationalError("down")
    with pytest.raises(DatabaseError):
        value.refresh()
    assert value.get() == "one"


def test_without_a_database_since_the_start_nothing_is_ready(value, source):
    source.down = OperationalError("down")
    with pytest.raises(NotLoadedError):
        value.get()
    source.down = None
    assert value.get() == "one"


def test_a_load_that_fails_leaves_the_last_value_and_is_tried_again(value, source):
    value.get()
    source.change("two")
    source.broken = ValueError("a fault of ours")
    with pytest.raises(ValueError, match="a fault of ours"):
        value.refresh()
    assert value.get() == "one"
    source.broken = None
    assert value.refresh() == "two"


def test_eight_threads_that_ask_at_once_load_once(value, source):
    arrived = []
    source.while_loading = lambda: soon(lambda: len(arrived) == 8)

    def ask(number):
        arrived.append(number)
        return value.get()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == ["one"] * 8
    assert source.loaded == 1


def test_readers_do_not_wait_while_a_value_is_renewed(value, source):
    value.get()
    source.change("two")
    loading, go_on = threading.Event(), threading.Event()

    def slowly():
        loading.set()
        go_on.wait(timeout=10)

    source.while_loading = slowly
    with ThreadPoolExecutor(1) as pool:
        renewed = pool.submit(value.refresh)
        assert loading.wait(timeout=10)
        assert value.get() == "one"
        go_on.set()
        assert renewed.result(timeout=10) == "two"
    assert value.get() == "two"


# The watcher


def test_nobody_watches_where_the_interval_is_nought(value):
    value.get()
    assert "live" not in [thread.name for thread in threading.enumerate()]


def test_the_watcher_brings_what_changed(value, source, watching):
    value.get()
    source.change("two")
    assert soon(lambda: value.get() == "two")


def test_there_is_one_watcher_however_many_ask(value, watching):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: value.get(), range(100)))
    assert [thread.name for thread in threading.enumerate()].count("live") == 1


def test_the_watcher_goes_on_after_the_database_was_down_and_says_so_once(value, source, watching, caplog):
    value.get()
    source.down = OperationalError("down")
    asked = source.stamped
    assert soon(lambda: source.stamped > asked + 5)
    assert value.get() == "one"
    source.change("two")
    source.down = None
    assert soon(lambda: value.get() == "two")
    assert soon(lambda: len(caplog.records) == 2)
    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.WARNING]


@pytest.mark.parametrize(
    "error", [NotLoadedError("nothing yet"), OperationalError("down"), ValueError("a fault of ours")]
)
def test_a_value_that_cannot_be_renewed_does_not_hold_up_the_others(value, source, watching, error):
    other = Source()
    another = following(other)
    assert (value.get(), another.get()) == ("one", "one")
    source.down = error
    other.change("two")
    assert soon(lambda: another.get() == "two")


def test_a_forked_process_is_not_held_up_by_what_its_parent_was_doing(value):
    value.get()
    with value._lock, polling._watcher_lock:
        child = os.fork()
        if child == 0:
            free = value._lock.acquire(timeout=5) and polling._watcher_lock.acquire(timeout=5)
            os._exit(0 if free else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0


@pytest.mark.django_db(transaction=True)
def test_the_watcher_replaces_its_connection_once_it_is_too_old(value, source, watching, monkeypatch):
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    used = []

    def note_connection():
        connection.ensure_connection()
        if threading.current_thread().name == "live" and connection.connection not in used:
            used.append(connection.connection)

    source.before_stamp = note_connection
    value.get()
    assert soon(lambda: len(used) >= 2)


# What is published, and the conference


def refuse(execute, sql, params, many, context):
    raise OperationalError("the server does not answer")


@contextlib.contextmanager
def no_database():
    """Each query fails as it does while the server is down."""
    with connection.execute_wrapper(refuse):
        yield


def test_before_anything_is_published_nothing_is_ready(conference):
    with pytest.raises(NotLoadedError, match="Nothing has been published"):
        current.get_programme()


def test_without_a_conference_nothing_is_ready(db):
    with pytest.raises(NotLoadedError):
        site_data.get_site_data()


def test_what_is_in_memory_costs_no_query(published, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert current.get_programme() is published
        assert len(current.get_releases()) == 1
        assert site_data.get_site_data().starts_on == published.starts_on


def test_asking_whether_something_is_new_costs_one_query_each(published, django_assert_num_queries):
    with django_assert_num_queries(1):
        current.refresh()
    with django_assert_num_queries(1):
        site_data.refresh()
    form_options.get_options()
    with django_assert_num_queries(1):
        form_options.refresh()


def test_a_newer_release_is_read_after_renewal(published):
    make_session("Another one")
    assert publish_release().number == current.get_programme().number == 2
    assert [note.number for note in current.get_releases()] == [2, 1]


def test_the_last_release_is_shown_while_the_database_is_down(published):
    with no_database():
        with pytest.raises(DatabaseError):
            current.refresh()
        assert current.get_programme() is published
        assert site_data.get_site_data().short_name


def test_nothing_is_ready_where_the_database_never_answered(conference):
    with no_database(), pytest.raises(NotLoadedError, match="does not answer"):
        current.get_programme()


def test_a_release_that_cannot_be_read_leaves_the_last_one_on_show(published):
    Release.objects.create(number=2, published_at=december(2, 0), changes={}, document={"format": 2})
    with pytest.raises(UnsupportedFormatError):
        current.refresh()
    assert current.get_programme() is published


def test_an_edit_of_the_conference_shows_after_renewal(published, conference):
    conference.short_name_en = "Peace"
    conference.save()
    site_data.refresh()
    assert str(site_data.get_site_data().short_name) == "Peace"


def test_an_announcement_that_is_taken_away_is_gone_after_renewal(published):
    notice = Announcement.objects.create(text_en="The hall has moved.", shown_from=december(1, 0))
    site_data.refresh()
    assert [str(n.text) for n in site_data.get_site_data().notices] == ["The hall has moved."]
    notice.delete()
    site_data.refresh()
    assert site_data.get_site_data().notices == ()


def publish_elsewhere():
    """As another process does, which cannot tell this one."""
    document, changes = build_release()
    Release.objects.create(number=2, published_at=december(2, 0), changes=changes, document=document)
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_release_made_by_another_process_is_on_show_within_moments(published, watching):
    assert current.get_programme().number == 1
    make_session("Another one")
    with ThreadPoolExecutor(1) as pool:
        pool.submit(publish_elsewhere).result(timeout=10)
    assert soon(lambda: current.get_programme().number == 2)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")
@pytest.mark.django_db(transaction=True)
def test_a_release_shows_after_the_server_has_closed_the_watchers_connection(published, watching):
    assert current.get_programme().number == 1
    make_session("Another one")
    closed = []
    assert soon(lambda: closed.extend(close_other_connections()) or closed)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(publish_elsewhere).result(timeout=10)
    assert soon(lambda: current.get_programme().number == 2)


def close_other_connections():
    """Return one row for each."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return cursor.fetchall()
