"""Memory store of rendered pages."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response

from .decorators import PagePolicy

# Estimated size of a page's headers and key, in bytes.
OVERHEAD = 2000
RENDER_LOCKS = 64


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A finished response, with the version of its content. modified_at is in seconds since 1970."""

    version: Hashable
    content: bytes
    headers: dict[str, str]
    modified_at: int
    policy: PagePolicy

    @property
    def size(self) -> int:
        return len(self.content) + OVERHEAD

    def respond(self, request: HttpRequest) -> HttpResponse:
        """Return the page, or 304 if the client has it."""
        response = HttpResponse(self.content, headers=self.headers)
        return get_conditional_response(request, self.headers["ETag"], self.modified_at, response) or response


class PageStore:
    """Pages by key, limited in bytes; the least recently used page is removed first. Thread-safe."""

    def __init__(self, max_bytes: int):
        self.max_bytes = max_bytes
        self.bytes = 0
        self._pages: OrderedDict[Any, StoredPage] = OrderedDict()
        self._lock = threading.Lock()
        self._render_locks = [threading.Lock() for _ in range(RENDER_LOCKS)]

    def __len__(self) -> int:
        return len(self._pages)

    def get(self, key: Hashable) -> StoredPage | None:
        with self._lock:
            page = self._pages.get(key)
            if page is not None:
                self._pages.move_to_end(key)
            return page

    def put(self, key: Hashable, page: StoredPage) -> None:
        if page.size > self.max_bytes:
            return
        with self._lock:
            self._remove(key)
            self._pages[key] = page
            self.bytes += page.size
            while self.bytes > self.max_bytes:
                self._remove(next(iter(self._pages)))

    def clear(self) -> None:
        with self._lock:
            self._pages.clear()
            self.bytes = 0

    def get_render_lock(self, key: Hashable) -> threading.Lock:
        """Return the lock to hold while rendering a page. A few pages share one, which only makes them wait."""
        return self._render_locks[hash(key) % RENDER_LOCKS]

    def _remove(self, key: Hashable) -> None:
        page = self._pages.pop(key, None)
        self.bytes -= page.size if page else 0
