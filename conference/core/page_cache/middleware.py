"""Middleware that serves published pages from memory."""

import time
from collections.abc import Callable, Hashable
from contextlib import ExitStack

from django.http import HttpRequest, HttpResponse
from django.utils.cache import has_vary_header, patch_cache_control, patch_vary_headers, set_response_etag
from django.utils.http import http_date

from .compression import COMPRESSED_TYPES, MIN_LENGTH, compress, preferred_encoding
from .decorators import is_published
from .keys import PageKey, current_version, page_key
from .store import PageStore, StoredPage

# Browsers revalidate each time, which costs a 304. Shared caches keep a page for a second and, while the site does not
# respond, for a day.
CACHE_CONTROL = "public, max-age=0, s-maxage=1, stale-while-revalidate=30, stale-if-error=86400"
MEGABYTE = 1_000_000

# Pages with a query have a store of their own: there are many of them, and they must not displace the others.
pages, filtered_pages = stores = PageStore(12 * MEGABYTE), PageStore(3 * MEGABYTE)


def clear() -> None:
    """Remove all stored pages."""
    for store in stores:
        store.clear()


class PageRequest(HttpRequest):
    """A request with the attributes that the middleware adds."""

    page_key: PageKey | None
    page_locks: ExitStack
    page_version: Hashable


class PageCacheMiddleware:
    """Serve stored pages; store the finished responses of published views.

    It is the first middleware: a stored page has all the headers that the others added, and no other middleware runs
    when it is served. What they refuse is never stored: the scheme is part of the key, the host is checked here.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: PageRequest) -> HttpResponse:
        request.page_key = page_key(request)
        page = self.find(request)
        if page:
            return page.respond(request)
        with ExitStack() as request.page_locks:
            return self.finish(request, self.get_response(request))

    def process_view(self, request: PageRequest, view: Callable, args: tuple, kwargs: dict) -> HttpResponse | None:
        """Render each published page once: concurrent requests wait, and find it stored."""
        if not is_published(view):
            return None
        if request.page_key:
            lock = self.store(request.page_key).get_render_lock(request.page_key)
            request.page_locks.enter_context(lock)
        # Content that changes while the page is being rendered makes the stored page outdated immediately.
        request.page_version = current_version()
        page = self.find(request)
        return page.respond(request) if page else None

    def find(self, request: PageRequest) -> StoredPage | None:
        """Return the stored page for a request if it is up to date."""
        page = self.store(request.page_key).get(request.page_key) if request.page_key else None
        if page is None or page.version != current_version():
            return None
        if page.policy.bypass and page.policy.bypass(request):
            return None
        return page

    def finish(self, request: PageRequest, response: HttpResponse) -> HttpResponse:
        """Add caching headers and compression to a published page, and store it."""
        policy = getattr(response, "page_policy", None)
        if policy is None:
            return response
        if response.cookies or has_vary_header(response, "Cookie"):
            # Something on the page depends on the visitor after all.
            patch_cache_control(response, private=True)
            return response
        version = getattr(request, "page_version", None)
        key = request.page_key if version is not None else None
        encode(response, request, thoroughly=key is not None)
        response.headers.setdefault("Cache-Control", CACHE_CONTROL)
        now = int(time.time())
        response.headers["Last-Modified"] = http_date(now)
        patch_vary_headers(response, ("Accept-Encoding", *policy.vary_on))
        set_response_etag(response)
        page = StoredPage(version, response.content, dict(response.headers), now, policy)
        if key is not None:
            self.store(key).put(key, page)
        return page.respond(request)

    @staticmethod
    def store(key: PageKey) -> PageStore:
        return filtered_pages if key.query else pages


def encode(response: HttpResponse, request: HttpRequest, *, thoroughly: bool) -> None:
    """Compress the content in the encoding that the client prefers, unless its type is compressed in itself."""
    encoding = preferred_encoding(request.META.get("HTTP_ACCEPT_ENCODING", ""))
    is_compressed = response.headers["Content-Type"] in COMPRESSED_TYPES
    if encoding and not is_compressed and len(response.content) >= MIN_LENGTH:
        response.content = compress(response.content, encoding, thoroughly=thoroughly)
        response.headers["Content-Encoding"] = encoding
    response.headers["Content-Length"] = str(len(response.content))
