"""The suite runs where it says it runs: on the database and the cache it was given, not on what stands in for them."""

import os

import pytest
from django.core.cache import caches
from django.db import connection

VERSION_OF = {"postgresql": "show server_version", "sqlite": "select sqlite_version()"}


@pytest.mark.django_db
def test_suite_runs_on_the_database_it_was_given():
    expected = os.environ.get("EXPECT_DATABASE", "postgresql" if "DATABASE_URL" in os.environ else "sqlite")
    assert connection.vendor == expected
    with connection.cursor() as cursor:
        cursor.execute(VERSION_OF[expected])
        assert cursor.fetchone()[0]


def test_suite_runs_on_the_cache_it_was_given():
    expected = os.environ.get("EXPECT_CACHE", "redis" if "REDIS_URL" in os.environ else "locmem")
    cache = caches["default"]
    assert f"django.core.cache.backends.{expected}" in {kind.__module__ for kind in type(cache).__mro__}
    cache.set("suite", "is here")
    assert cache.get("suite") == "is here"
