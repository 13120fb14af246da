"""The shared cache: while Redis does not answer, pages work and limits hold."""

import time

import pytest
from django.core.cache import cache

from conference.core.redis_cache import RETRY_AFTER_SECONDS, FallbackRedisCache

SITE_OF_NOBODY = "redis://127.0.0.1:1/0"


@pytest.fixture(autouse=True)
def _redis_was_not_down_before(monkeypatch):
    monkeypatch.setattr(FallbackRedisCache, "down_until", 0.0)


@pytest.fixture
def stand_in():
    """A cache whose Redis nobody answers for, empty."""
    found = FallbackRedisCache(SITE_OF_NOBODY, {"OPTIONS": {"socket_connect_timeout": 0.5}})
    found.clear()
    return found


def test_memory_stands_in(stand_in):
    stand_in.set("a", [1, 2])
    assert stand_in.add("a", 3) is False
    assert stand_in.add("b", 3) is True
    assert stand_in.get("a") == [1, 2]
    assert stand_in.get_many(["a", "b"]) == {"a": [1, 2], "b": 3}
    assert stand_in.incr("b") == 4
    assert stand_in.delete("a")
    assert "a" not in stand_in


def test_redis_that_is_down_is_not_asked_each_time(stand_in):
    start = time.perf_counter()
    for number in range(200):
        stand_in.get(str(number))
    assert time.perf_counter() - start < 0.1


def test_redis_is_asked_again_after_a_pause(stand_in):
    assert 0 < FallbackRedisCache.down_until - time.monotonic() <= RETRY_AFTER_SECONDS


@pytest.mark.django_db
def test_signing_in_works_and_is_limited_while_redis_is_down(client, conference, settings):
    settings.CACHES = {
        "default": {"BACKEND": "conference.core.redis_cache.FallbackRedisCache", "LOCATION": SITE_OF_NOBODY}
    }
    cache.clear()
    facts = {"login": "nobody@people.example", "password": "wrong"}
    answers = [client.post("/accounts/login/", facts) for _ in range(7)]
    assert {answer.status_code for answer in answers} == {200}
    assert "There were too many attempts." in answers[-1].content.decode()
