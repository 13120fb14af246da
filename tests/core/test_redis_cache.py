"""The shared cache while Redis does not answer."""

import pytest
from django.core.cache import cache

from conference.core.redis_cache import RETRY_INTERVAL, FallbackRedisCache

UNREACHABLE = "redis://127.0.0.1:1/0"


@pytest.fixture(autouse=True)
def _redis_is_up(monkeypatch):
    monkeypatch.setattr(FallbackRedisCache, "down_until", 0.0)


@pytest.fixture
def fallback_cache():
    """An empty cache whose Redis is unreachable."""
    fallback = FallbackRedisCache(UNREACHABLE, {"OPTIONS": {"socket_connect_timeout": 0.5}})
    fallback.clear()
    return fallback


def test_cache_without_redis_uses_local_memory(fallback_cache):
    fallback_cache.set("a", [1, 2])
    assert fallback_cache.add("a", 3) is False
    assert fallback_cache.add("b", 3) is True
    assert fallback_cache.get("a") == [1, 2]
    assert fallback_cache.get_many(["a", "b"]) == {"a": [1, 2], "b": 3}
    assert fallback_cache.incr("b") == 4
    assert fallback_cache.delete("a")
    assert "a" not in fallback_cache


def test_cache_without_redis_tries_to_connect_once(fallback_cache, caplog):
    for number in range(200):
        fallback_cache.get(str(number))
    assert caplog.messages == []


def test_cache_after_the_retry_interval_tries_to_connect_again(fallback_cache, caplog, monkeypatch):
    assert FallbackRedisCache.down_until > 0
    monkeypatch.setattr(FallbackRedisCache, "down_until", FallbackRedisCache.down_until - RETRY_INTERVAL)
    fallback_cache.get("a")
    assert len(caplog.messages) == 1


@pytest.mark.django_db
def test_login_without_redis_works_and_is_rate_limited(client, conference, settings):
    settings.CACHES = {
        "default": {"BACKEND": "conference.core.redis_cache.FallbackRedisCache", "LOCATION": UNREACHABLE}
    }
    cache.clear()
    data = {"login": "unknown@people.example", "password": "wrong"}
    responses = [client.post("/accounts/login/", data) for _ in range(7)]
    assert {response.status_code for response in responses} == {200}
    assert "There were too many attempts." in responses[-1].content.decode()
