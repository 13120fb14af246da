"""Prefetching: the speculation rules of public pages, and the browser that follows them."""

import json
import re
import time
from contextlib import suppress

import pytest
from django.conf import settings
from django.http import Http404
from django.urls import get_resolver, resolve
from django.utils.translation import get_language_from_path, override

from conference.core.page_cache import is_published

RULES = "script[type=speculationrules]"
# Sample values of URL arguments, by path converter.
SAMPLES = {
    "slug": "some-thing",
    "typed_slug": "some-thing",
    "date": "2020-12-07",
    "int": "2",
    "str": "token",
    "path": "a/b",
}
SAMPLES |= {"uuid": "00000000-0000-0000-0000-000000000001"}
# Published pages that are not prefetched, by URL name.
EXCLUDED_NAMES = {"home", "register"}
HOME = "http://127.0.0.1:8000"


@pytest.fixture
def filter_prefetched(open_page):
    """Return a function that returns the URLs that the browser may prefetch by the rules of a page."""
    page = open_page("about")

    def filter_prefetched(urls):
        (rule,) = json.loads(page.locator(RULES).text_content())["prefetch"]
        included, *excluded = [part.get("not", part) for part in rule["where"]["and"]]
        excluded = [part["href_matches"] for part in excluded if "href_matches" in part]
        return page.evaluate(
            """([wanted, unwanted, addresses, home]) => {
                const any = (patterns, address) =>
                    patterns.some((pattern) => new URLPattern(pattern, home).test(address, home));
                return addresses.filter((address) => any(wanted, address) && !any(unwanted, address));
            }""",
            [included["href_matches"], excluded, urls, HOME],
        )

    return filter_prefetched


def list_sample_urls():
    """Yield one URL of each pattern of the site in each language."""
    for code, _name in settings.LANGUAGES:
        for path in sorted(set(list_sample_paths(get_resolver().url_patterns))):
            prefix = "" if code == settings.LANGUAGE_CODE else f"/{code}"
            yield f"{prefix}/{path}"


def list_sample_paths(patterns, prefix=""):
    for pattern in patterns:
        route = str(pattern.pattern) if not hasattr(pattern.pattern, "language_prefix") else ""
        path = prefix + re.sub(r"<(\w+):\w+>", lambda match: SAMPLES[match[1]], route)
        if hasattr(pattern, "url_patterns"):
            yield from list_sample_paths(pattern.url_patterns, path)
        elif not re.search(r"[\^()\\]", path):
            yield path


def is_prefetchable(url):
    with suppress(Http404), override(get_language_from_path(url) or settings.LANGUAGE_CODE):
        match = resolve(url)
        return is_published(match.func) and url.endswith("/") and match.url_name not in EXCLUDED_NAMES
    return False


def test_rules_match_published_pages_only(filter_prefetched):
    urls = list(list_sample_urls())
    assert "/vi/sessions/some-thing/" in urls
    assert len([url for url in urls if "/admin/" in url]) > 50
    assert filter_prefetched(urls) == [url for url in urls if is_prefetchable(url)]


def test_rules_match_time_zone_but_no_filter_or_search(filter_prefetched):
    assert filter_prefetched(["/programme/?tz=Europe/Oslo", "/vi/speakers/some-thing/?tz=Asia/Tokyo"])
    queries = ["theme=a", "theme=a&tz=Europe/Oslo", "tz=Europe/Oslo&q=a", "q=a", "by=country", "utm_source=a"]
    assert filter_prefetched([f"/programme/?{query}" for query in queries]) == []


def test_rules_match_no_other_site_and_no_file(filter_prefetched):
    other_site = "https://elsewhere.example/programme/"
    files = ["/programme.ics", "/sessions/some-thing.ics", "/static/css/site.css", "/media/pictures/1/96.jpg"]
    assert filter_prefetched([other_site, *files, "/programme/now/", "/vi/programme/now/"]) == []


@pytest.fixture
def watch_prefetches():
    """Return a function that waits for the rules of a page and returns a growing list of its prefetched URLs."""

    def watch(page):
        urls, sources = [], []

        def on_links(event):
            sources.extend(event["preloadingAttemptSources"])

        def on_status(event):
            if event["status"] in ("Ready", "Success"):
                urls.append(event["prefetchUrl"])

        session = page.context.new_cdp_session(page)
        session.on("Preload.prefetchStatusUpdated", on_status)
        session.on("Preload.preloadingAttemptSourcesUpdated", on_links)
        session.send("Preload.enable")
        wait_until(page, lambda: sources)
        return urls

    return watch


def hover(page, path):
    page.locator(f"a[href='{path}']").first.hover()


def press_and_release_elsewhere(page, path):
    """Press the mouse button on a link and release it elsewhere."""
    hover(page, path)
    page.mouse.down()
    page.mouse.move(0, 0)
    page.mouse.up()


def wait_until(page, condition):
    deadline = time.monotonic() + 30
    while not condition() and time.monotonic() < deadline:
        page.wait_for_timeout(20)
    assert condition()


def get_delivery_type(page):
    return page.evaluate("performance.getEntriesByType('navigation')[0].deliveryType")


def test_hovered_link_is_prefetched(open_page, watch_prefetches):
    page = open_page("about")
    prefetched = watch_prefetches(page)
    hover(page, "/speakers/")
    wait_until(page, lambda: prefetched)
    page.locator("a[href='/speakers/']").first.click()
    page.wait_for_url("**/speakers/")
    assert get_delivery_type(page) == "navigational-prefetch"
    assert page.problems == []


def test_registration_form_is_not_prefetched(open_page, watch_prefetches):
    page = open_page("about")
    prefetched = watch_prefetches(page)
    # A press is prefetched at once, whereas a hover needs an unknown time.
    press_and_release_elsewhere(page, "/register/")
    # The other prefetch would have finished before this one.
    hover(page, "/speakers/")
    wait_until(page, lambda: prefetched)
    assert [url for url in prefetched if url.endswith("/register/")] == []
