"""Cache of published pages, which are identical for everyone.

A view is marked with `published`. `PageCacheMiddleware` renders each page once, stores the response in memory and
serves it from there, before sessions, sign-in or the database are touched. Apps register what their pages depend on:
`register_version` for the content, `register_parameters` for the query string.
"""

from .decorators import is_published, published
from .keys import register_parameters, register_version
from .middleware import PageCacheMiddleware, clear

__all__ = ["PageCacheMiddleware", "clear", "is_published", "published", "register_parameters", "register_version"]
