"""The cache that processes share, and what stands in for it while it does not answer."""

import logging
import time

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

# Seconds after which Redis is asked again.
RETRY_AFTER_SECONDS = 5


def _with_fallback(name):
    """A method of this name, answered by Redis or, while it is down, by memory."""

    def method(self, *args, **kwargs):
        if time.monotonic() < FallbackRedisCache.down_until:
            return getattr(self.fallback, name)(*args, **kwargs)
        try:
            return getattr(RedisCache, name)(self, *args, **kwargs)
        except RedisError as error:
            logger.error("Redis is not available; using local memory instead: %s", error)
            FallbackRedisCache.down_until = time.monotonic() + RETRY_AFTER_SECONDS
            return getattr(self.fallback, name)(*args, **kwargs)

    return method


class FallbackRedisCache(RedisCache):
    """Redis; while it is down the memory of each process, so that pages work and limits hold, if for each process."""

    down_until = 0.0

    def __init__(self, server, params):
        super().__init__(server, params)
        self.fallback = LocMemCache("while Redis is down", {})

    add, get, set, touch, delete = map(_with_fallback, ("add", "get", "set", "touch", "delete"))
    get_many, set_many, delete_many = map(_with_fallback, ("get_many", "set_many", "delete_many"))
    has_key, incr, clear = map(_with_fallback, ("has_key", "incr", "clear"))
