"""Environment variables that the settings read."""

import os
import re

import pytest

from conference.environment import RenamedVariableWarning, apply_renamed_variables

from ..settings_subprocess import read_setting, settings_error

pytestmark = [pytest.mark.slow, pytest.mark.own_settings]

SITE = {"SITE_URL": "https://conference.example", "EMAIL_URL": "smtp://mail.example:25"}
FORMER_KEY, OLDEST_KEY = "a-former-key-" * 5, "the-oldest-key-" * 5


@pytest.mark.parametrize(
    ("environment", "keys"),
    [
        ({}, []),
        ({"SECRET_KEY_FALLBACKS": FORMER_KEY}, [FORMER_KEY]),
        ({"SECRET_KEY_FALLBACKS": f"{FORMER_KEY},{OLDEST_KEY}"}, [FORMER_KEY, OLDEST_KEY]),
        ({"SECRET_KEY_FALLBACKS": f" {FORMER_KEY}, {OLDEST_KEY}, "}, [FORMER_KEY, OLDEST_KEY]),
        ({"SECRET_KEY_FALLBACKS": ", "}, []),
    ],
)
def test_secret_key_fallbacks_are_split_and_stripped(environment, keys):
    assert read_setting("SECRET_KEY_FALLBACKS", environment) == str(keys)


@pytest.mark.parametrize(
    ("environment", "variable"),
    [
        ({"SECRET_KEY": "abc"}, "SECRET_KEY"),
        ({"SECRET_KEY": "x" * 60}, "SECRET_KEY"),
        ({"SECRET_KEY": "django-insecure-0123456789abcdefghijklmnopqrstuvwxyz0123456789"}, "SECRET_KEY"),
        ({"SECRET_KEY_FALLBACKS": f"{FORMER_KEY},abc"}, "SECRET_KEY_FALLBACKS"),
        (SITE | {"DEBUG": "true"}, "DEBUG"),
        (SITE | {"DEBUG": "true", "SITE_URL": "http://conference.example"}, "DEBUG"),
        ({"SITE_URL": "conference.example"}, "SITE_URL"),
        ({"SITE_URL": "https://"}, "SITE_URL"),
        ({"SITE_URL": "https://["}, "SITE_URL"),
        ({"SITE_URL": "https://conference.example:port"}, "SITE_URL"),
        ({"SITE_URL": "https://conference.example/path"}, "SITE_URL"),
        ({"SITE_URL": "https://user@conference.example"}, "SITE_URL"),
        ({"SITE_URL": "ftp://conference.example"}, "SITE_URL"),
        ({"DATABASE_URL": "postgres//host/name"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgres://"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgres://host:port/name"}, "DATABASE_URL"),
        ({"DATABASE_URL": "mysql://host/name"}, "DATABASE_URL"),
        ({"REDIS_URL": "redis//host"}, "REDIS_URL"),
        ({"REDIS_URL": "redis://"}, "REDIS_URL"),
        ({"REDIS_URL": "redis://host:port/0"}, "REDIS_URL"),
        ({"REDIS_URL": "redis://host/first"}, "REDIS_URL"),
        ({"REDIS_URL": "host:6379"}, "REDIS_URL"),
        ({"REDIS_URL": "redis://["}, "REDIS_URL"),
        ({"EMAIL_URL": "smtp//host"}, "EMAIL_URL"),
        ({"EMAIL_URL": "smtp+tls://host:587"}, "EMAIL_URL"),
        ({"EMAIL_URL": "smtp://"}, "EMAIL_URL"),
        ({"EMAIL_URL": "smtp://host:port"}, "EMAIL_URL"),
        ({"TRUSTED_PROXIES": "many"}, "TRUSTED_PROXIES"),
        ({"SITE_URL": "https://conference.example"}, "EMAIL_URL"),
        ({"SITE_URL": "http://conference.example"}, "EMAIL_URL"),
        (SITE | {"EMAIL_URL": ""}, "EMAIL_URL"),
        (SITE | {"EMAIL_URL": "console://"}, "EMAIL_URL"),
    ],
)
def test_settings_with_a_bad_value_refuse_to_start_and_name_the_variable(environment, variable):
    error = settings_error(environment)
    assert error.startswith("django.core.exceptions.ImproperlyConfigured: ")
    assert re.search(rf"\b{variable}\b", error)


@pytest.mark.parametrize(
    ("former_name", "name", "value"),
    [("SECOND_FACTOR_MAY_WAIT", "MFA_OPTIONAL_LOCALLY", "True"), ("LETTERS_IN_BROWSER", "DEV_OUTBOX", "True")],
)
def test_former_variable_name_is_accepted(former_name, name, value):
    assert read_setting(name, {former_name: "true"}) == value


def test_current_variable_name_wins_over_the_former_one():
    environment = {"SECOND_FACTOR_MAY_WAIT": "true", "MFA_OPTIONAL_LOCALLY": "false"}
    assert read_setting("MFA_OPTIONAL_LOCALLY", environment) == "False"


def test_apply_renamed_variables_former_name_warns(monkeypatch):
    monkeypatch.delenv("DATA_DIR")
    monkeypatch.setenv("VAR_DIR", "/srv/data")
    with pytest.warns(RenamedVariableWarning, match="VAR_DIR is now called DATA_DIR"):
        apply_renamed_variables()
    assert os.environ["DATA_DIR"] == "/srv/data"


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL", "EMAIL_URL"])
def test_settings_with_a_bad_url_do_not_print_its_password(name):
    assert "hunter2" not in settings_error({name: "odd://user:hunter2@host:port/name"})


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"EMAIL_URL": "", "REDIS_URL": ""},
        {"DEBUG": "true", "SITE_URL": "http://localhost:8000"},
        {"SITE_URL": "http://[::1]:8000/"},
        SITE,
        SITE | {"DATABASE_URL": "postgres://user:password@127.0.0.1:5432/name", "REDIS_URL": "redis://:pw@host:6379/0"},
        SITE | {"REDIS_URL": "rediss://host", "EMAIL_URL": "submission://user:password@host:587"},
        SITE | {"REDIS_URL": "unix:///run/redis.sock?db=1"},
    ],
)
def test_settings_with_good_values_start(environment):
    assert settings_error(environment) == ""
