"""deploy/gunicorn.conf.py beside the settings that depend on it."""

import runpy

from gunicorn.workers import SUPPORTED_WORKERS

from conference.settings import BASE_DIR

from .settings_subprocess import read_setting


def gunicorn_settings():
    return runpy.run_path(str(BASE_DIR / "deploy" / "gunicorn.conf.py"))


def test_worker_is_one_that_gunicorn_ships():
    assert gunicorn_settings()["worker_class"] in SUPPORTED_WORKERS


def test_seat_lock_leaves_half_of_the_threads_to_other_requests():
    assert int(read_setting("SEAT_LOCK_THREADS", {})) <= gunicorn_settings()["threads"] / 2
