"""The test run uses the database and the cache that the environment selects."""

import os

import pytest
from django.core.cache import caches
from django.db import connection

VERSION_QUERIES = {"postgresql": "show server_version", "sqlite": "select sqlite_version()"}


@pytest.mark.django_db
def test_database_is_the_selected_one():
    expected = os.environ.get("EXPECT_DATABASE", "postgresql" if "DATABASE_URL" in os.environ else "sqlite")
    assert connection.vendor == expected
    with connection.cursor() as cursor:
        cursor.execute(VERSION_QUERIES[expected])
        assert cursor.fetchone()[0]


def test_cache_is_the_selected_one():
    expected = os.environ.get("EXPECT_CACHE", "redis" if "REDIS_URL" in os.environ else "locmem")
    cache = caches["default"]
    assert f"django.core.cache.backends.{expected}" in {base.__module__ for base in type(cache).__mro__}
    cache.set("key", "value")
    assert cache.get("key") == "value"
