"""Which links a browser follows ahead of its visitor, who then finds the page there already."""

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
# What stands for an argument in an address, by its converter.
SAMPLES = {"slug": "some-thing", "date": "2020-12-07", "int": "2", "str": "token", "path": "a/b"}
SAMPLES |= {"uuid": "00000000-0000-0000-0000-000000000001"}
# The first page may lead elsewhere, and tells what is on; the form is for those who come to it.
NEVER = {"home", "register"}
HOME = "http://127.0.0.1:8000"


@pytest.fixture
def followed(open_page):
    """Of these addresses, those that the rules allow to be followed, as the browser reads them."""
    page = open_page("about")

    def followed(addresses):
        (rule,) = json.loads(page.locator(RULES).text_content())["prefetch"]
        wanted, *unwanted = [part.get("not", part) for part in rule["where"]["and"]]
        unwanted = [part["href_matches"] for part in unwanted if "href_matches" in part]
        return page.evaluate(
            """([wanted, unwanted, addresses, home]) => {
                const any = (patterns, address) =>
                    patterns.some((pattern) => new URLPattern(pattern, home).test(address, home));
                return addresses.filter((address) => any(wanted, address) && !any(unwanted, address));
            }""",
            [wanted["href_matches"], unwanted, addresses, HOME],
        )

    return followed


def everywhere():
    """An address of every kind that the site has, in every language."""
    for code, _name in settings.LANGUAGES:
        for path in sorted(set(_paths(get_resolver().url_patterns))):
            prefix = "" if code == settings.LANGUAGE_CODE else f"/{code}"
            yield f"{prefix}/{path}"


def _paths(patterns, above=""):
    for pattern in patterns:
        route = str(pattern.pattern) if not hasattr(pattern.pattern, "language_prefix") else ""
        here = above + re.sub(r"<(\w+):\w+>", lambda found: SAMPLES[found[1]], route)
        if hasattr(pattern, "url_patterns"):
            yield from _paths(pattern.url_patterns, here)
        elif not re.search(r"[\^()\\]", here):
            yield here


def is_to_be_followed(address):
    with suppress(Http404), override(get_language_from_path(address) or settings.LANGUAGE_CODE):
        found = resolve(address)
        return is_published(found.func) and address.endswith("/") and found.url_name not in NEVER
    return False


def test_published_pages_are_followed_and_nothing_else_is(followed):
    addresses = list(everywhere())
    assert "/vi/sessions/some-thing/" in addresses
    assert len([address for address in addresses if "/admin/" in address]) > 50
    assert followed(addresses) == [address for address in addresses if is_to_be_followed(address)]


def test_a_clock_is_followed_and_what_narrows_or_searches_is_not(followed):
    assert followed(["/programme/?tz=Europe/Oslo", "/vi/speakers/some-thing/?tz=Asia/Tokyo"])
    queries = ["theme=a", "theme=a&tz=Europe/Oslo", "tz=Europe/Oslo&q=a", "q=a", "by=country", "utm_source=a"]
    assert followed([f"/programme/?{query}" for query in queries]) == []


def test_another_site_and_files_are_not_followed(followed):
    there = "https://elsewhere.example/programme/"
    files = ["/programme.ics", "/sessions/some-thing.ics", "/static/css/site.css", "/media/pictures/1/96.jpg"]
    assert followed([there, *files, "/programme/now/", "/vi/programme/now/"]) == []


@pytest.fixture
def fetched_ahead():
    """fetched_ahead(page) is a list to which each address is added that the page has fetched ahead. The browser knows
    by then which links it may follow."""

    def watch(page):
        addresses, known = [], []

        def on_links(event):
            known.extend(event["preloadingAttemptSources"])

        def on_status(event):
            if event["status"] in ("Ready", "Success"):
                addresses.append(event["prefetchUrl"])

        session = page.context.new_cdp_session(page)
        session.on("Preload.prefetchStatusUpdated", on_status)
        session.on("Preload.preloadingAttemptSourcesUpdated", on_links)
        session.send("Preload.enable")
        wait_until(page, lambda: known)
        return addresses

    return watch


def hover(page, path):
    page.locator(f"a[href='{path}']").first.hover()


def begin_to_press(page, path):
    """The button goes down on the link, and up where nothing is."""
    hover(page, path)
    page.mouse.down()
    page.mouse.move(0, 0)
    page.mouse.up()


def wait_until(page, come):
    deadline = time.monotonic() + 30
    while not come() and time.monotonic() < deadline:
        page.wait_for_timeout(20)
    assert come()


def how_it_came(page):
    return page.evaluate("performance.getEntriesByType('navigation')[0].deliveryType")


def test_whoever_points_at_a_link_finds_the_page_there_already(open_page, fetched_ahead):
    page = open_page("about")
    ahead = fetched_ahead(page)
    hover(page, "/speakers/")
    wait_until(page, lambda: ahead)
    page.locator("a[href='/speakers/']").first.click()
    page.wait_for_url("**/speakers/")
    assert how_it_came(page) == "navigational-prefetch"
    assert page.complaints == []


def test_whoever_points_at_the_form_is_given_nothing_ahead(open_page, fetched_ahead):
    page = open_page("about")
    ahead = fetched_ahead(page)
    # Nothing shows that a pointer has rested long enough; a press is followed at once.
    begin_to_press(page, "/register/")
    # By the time that this one has come, that one would have.
    hover(page, "/speakers/")
    wait_until(page, lambda: ahead)
    assert [address for address in ahead if address.endswith("/register/")] == []
