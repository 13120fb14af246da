"""Cache backend for Redis that falls back to local memory while Redis does not answer."""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

# Seconds without an attempt to connect after a failure.
RETRY_INTERVAL = 5


def with_fallback(name: str) -> Callable:
    """Return the cache method of this name, using local memory while Redis is down."""

    def method(self: "FallbackRedisCache", *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() < FallbackRedisCache.down_until:
            return getattr(self.fallback, name)(*args, **kwargs)
        try:
            return getattr(RedisCache, name)(self, *args, **kwargs)
        except RedisError as error:
            logger.error("Redis is not available; using local memory instead: %s", error)
            FallbackRedisCache.down_until = time.monotonic() + RETRY_INTERVAL
            return getattr(self.fallback, name)(*args, **kwargs)

    return method


class FallbackRedisCache(RedisCache):
    """Redis cache; while Redis is down each process uses its own memory, so pages work and rate limits still hold.

    down_until is on the clock of time.monotonic(), in seconds.
    """

    down_until = 0.0

    def __init__(self, server: str, params: dict[str, Any]):
        super().__init__(server, params)
        self.fallback = LocMemCache("while Redis is down", {})

    add, get, set, touch, delete = map(with_fallback, ("add", "get", "set", "touch", "delete"))
    get_many, set_many, delete_many = map(with_fallback, ("get_many", "set_many", "delete_many"))
    has_key, incr, clear = map(with_fallback, ("has_key", "incr", "clear"))
