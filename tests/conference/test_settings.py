"""What is set in the environment, where nothing else tries it."""

import re

import pytest

from ..settings_subprocess import read_setting, settings_error

SITE = {"SITE_URL": "https://conference.example", "EMAIL_URL": "smtp://mail.example:25"}
FORMER, OLDEST = "a-former-key-" * 5, "the-oldest-key-" * 5


@pytest.mark.parametrize(
    ("environment", "keys"),
    [
        ({}, []),
        ({"SECRET_KEY_FALLBACKS": FORMER}, [FORMER]),
        ({"SECRET_KEY_FALLBACKS": f"{FORMER},{OLDEST}"}, [FORMER, OLDEST]),
        ({"SECRET_KEY_FALLBACKS": f" {FORMER}, {OLDEST}, "}, [FORMER, OLDEST]),
        ({"SECRET_KEY_FALLBACKS": ", "}, []),
    ],
)
def test_keys_from_before_are_kept_beside_the_new_one(environment, keys):
    assert read_setting("SECRET_KEY_FALLBACKS", environment) == str(keys)


@pytest.mark.parametrize(
    ("environment", "variable"),
    [
        ({"SECRET_KEY": "abc"}, "SECRET_KEY"),
        ({"SECRET_KEY": "x" * 60}, "SECRET_KEY"),
        ({"SECRET_KEY": "django-insecure-0123456789abcdefghijklmnopqrstuvwxyz0123456789"}, "SECRET_KEY"),
        ({"SECRET_KEY_FALLBACKS": f"{FORMER},abc"}, "SECRET_KEY_FALLBACKS"),
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
