"""deploy/gunicorn.conf.py and the settings that depend on it."""

import runpy

import pytest
from gunicorn.workers import SUPPORTED_WORKERS

from conference.settings import BASE_DIR

from .settings_subprocess import read_setting


def read_gunicorn_settings():
    return runpy.run_path(str(BASE_DIR / "deploy" / "gunicorn.conf.py"))


def test_gunicorn_worker_class_is_a_stock_worker():
    assert read_gunicorn_settings()["worker_class"] in SUPPORTED_WORKERS


@pytest.mark.slow
def test_seat_lock_threads_are_at_most_half_of_the_threads():
    assert int(read_setting("SEAT_LOCK_THREADS", {})) <= read_gunicorn_settings()["threads"] / 2
