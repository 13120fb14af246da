"""The files in deploy/ agree with the settings and with each other. `.ci/deploy` lints them and runs their commands."""

import re
import runpy

import pytest
from gunicorn.workers import SUPPORTED_WORKERS

from conference.settings import BASE_DIR
from conference.setup.steps import collect_static_files

from .environment_variables import settings_variables
from .settings_subprocess import read_setting

DEPLOY = BASE_DIR / "deploy"
COMPOSE = (DEPLOY / "compose.yaml").read_text()
# For a local site only, or fixed by the image.
NOT_IN_COMPOSE = {"DEBUG", "MFA_OPTIONAL_LOCALLY", "DEV_OUTBOX", "DATA_DIR", "STATIC_ROOT"}


def read_gunicorn_settings():
    return runpy.run_path(str(DEPLOY / "gunicorn.conf.py"))


def listed_variables(name):
    """Return the variables of an example file, with those that are commented out."""
    return set(re.findall(r"^#?([A-Z_]+)=", (DEPLOY / name).read_text(), re.MULTILINE))


def test_gunicorn_worker_class_is_a_stock_worker():
    assert read_gunicorn_settings()["worker_class"] in SUPPORTED_WORKERS


def test_gunicorn_restarts_of_workers_are_spread():
    gunicorn = read_gunicorn_settings()
    assert 0 < gunicorn["max_requests_jitter"] < gunicorn["max_requests"]


@pytest.mark.slow
def test_seat_lock_threads_are_at_most_half_of_the_threads():
    assert int(read_setting("SEAT_LOCK_THREADS", {})) <= read_gunicorn_settings()["threads"] / 2


def test_site_has_more_time_to_stop_than_gunicorn_gives_requests():
    graceful = read_gunicorn_settings()["graceful_timeout"]
    unit = (DEPLOY / "systemd" / "conference-site.service").read_text()
    compose_site = COMPOSE.split("\n  site:\n")[1].split("\n  worker:\n")[0]
    assert int(re.search(r"TimeoutStopSec=(\d+)", unit)[1]) > graceful
    assert int(re.search(r"stop_grace_period: (\d+)s", compose_site)[1]) > graceful


def test_gunicorn_answers_or_gives_up_before_nginx_does():
    gunicorn, nginx = read_gunicorn_settings(), (DEPLOY / "nginx.conf").read_text()
    assert int(re.search(r"proxy_read_timeout (\d+)s;", nginx)[1]) > gunicorn["timeout"]
    assert int(re.search(r"keepalive_timeout (\d+)s;\n    }", nginx)[1]) < gunicorn["keepalive"]


def test_compose_gives_the_site_every_variable_of_the_settings():
    passed = set(re.findall(r"^ +([A-Z_]+):", COMPOSE, re.MULTILINE))
    assert settings_variables() - passed == NOT_IN_COMPOSE


def test_compose_example_lists_exactly_the_variables_of_the_compose_file():
    needed = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", COMPOSE)) | set(
        re.findall(r"^ +([A-Z_]+):$", COMPOSE, re.MULTILINE)
    )
    assert listed_variables(".env.example") == needed


def test_other_examples_list_only_variables_that_are_read():
    read = settings_variables() | {"GUNICORN_BIND", "WEB_CONCURRENCY"}
    for name in ("systemd/site.env.example", "kubernetes/overlays/example/secret.env.example"):
        assert listed_variables(name) - read == set(), name


@pytest.mark.parametrize("name", ["systemd/site.env.example", ".env.example"])
def test_example_contains_no_secret_that_could_stay(name):
    """Secrets are empty or the word password, so that a site with unchanged values does not start or send."""
    secrets = re.findall(r"^[A-Z_]*(?:SECRET_KEY|PASSWORD)=(.*)$", (DEPLOY / name).read_text(), re.MULTILINE)
    assert secrets
    assert set(secrets) == {""}


def test_static_files_outside_the_data_directory_are_not_collected_again(settings, tmp_path):
    settings.DATA_DIR, settings.STATIC_ROOT = tmp_path / "data", tmp_path / "installed"
    assert "outside DATA_DIR" in collect_static_files()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize(("value", "expected"), [("", "/srv/data/static"), ("/srv/static", "/srv/static")])
def test_static_root_is_in_the_data_directory_unless_it_is_set(value, expected):
    assert read_setting("STATIC_ROOT", {"DATA_DIR": "/srv/data", "STATIC_ROOT": value}) == expected
