"""Checks of every public page in each language. Each page is loaded once for all tests."""

import itertools
import re

import pytest

from .accessibility import find_violations_in_views
from .page_catalogue import PAGES, UNLISTED
from .visitors import BrowserVisits

# 1280 by 1024 pixels at 400 % zoom.
ZOOMED = {"width": 320, "height": 256}

# Elements that overflow to the right or scroll horizontally. Tables may scroll, visually hidden text is clipped on
# purpose, and browsers clip long options of a select.
OVERFLOWING = """() => [...document.querySelectorAll("body *")].filter((element) => {
  if (element.closest("table, .visually-hidden, datalist, select") || !element.checkVisibility()) return false;
  const scrolls = getComputedStyle(element).overflowX !== "visible" && element.tagName !== "INPUT";
  return scrolls && element.scrollWidth > element.clientWidth + 1
    || element.getBoundingClientRect().right > document.documentElement.clientWidth + 1;
}).map((element) => element.outerHTML.slice(0, 200))"""

LEVELS = "(headings) => headings.map((heading) => Number(heading.tagName[1]))"

# Metadata of <head> by name.
HEAD = """() => {
  const all = (selector) => [...document.head.querySelectorAll(selector)];
  return {
    ...Object.fromEntries(all("meta[content]").map((e) => [e.getAttribute("property") ?? e.name, e.content])),
    ...Object.fromEntries(all("link[rel=canonical]").map((e) => ["canonical", e.getAttribute("href")])),
    languages: Object.fromEntries(all("link[hreflang]").map((e) => [e.hreflang, e.getAttribute("href")])),
  };
}"""


@pytest.fixture(scope="module")
def all_visits(browser, site):
    with BrowserVisits(browser, site) as visits:
        yield visits


@pytest.fixture(
    scope="module",
    params=[pytest.param((name, language), id=f"{name}-{language}") for name in PAGES for language in ("en", "vi")],
)
def page(request, all_visits):
    page = all_visits.open_page(*request.param)
    page.name, page.language = request.param
    yield page
    page.close()


def test_page_has_no_axe_violations(page):
    assert find_violations_in_views(page, page.language) == {}


def test_page_at_400_percent_zoom_has_no_horizontal_scrolling(page):
    page.set_viewport_size(ZOOMED)
    assert page.evaluate("document.documentElement.scrollWidth") == ZOOMED["width"]
    assert page.evaluate(OVERFLOWING) == []


def test_headings_form_an_outline(page):
    levels = page.locator("h1, h2, h3, h4, h5, h6").evaluate_all(LEVELS)
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels)), levels


def test_html_has_the_page_language(page):
    assert page.locator("html").get_attribute("lang") == page.language


def test_listed_page_has_canonical_and_social_metadata(page):
    head = page.evaluate(HEAD)
    if page.name in UNLISTED:
        assert head["robots"] == "noindex"
        assert "canonical" not in head
        return
    url = page.url.partition("?")[0]
    origin, path = re.fullmatch(r"(https?://[^/]+)(?:/vi)?(/.*)", url).groups()
    assert head["canonical"] == head["og:url"] == url
    assert head["languages"] == {"en": origin + path, "vi": f"{origin}/vi{path}", "x-default": origin + path}
    assert head["og:locale"] == {"en": "en_US", "vi": "vi_VN"}[page.language]
    assert head["og:image"].startswith(origin)
    assert all(head[name] for name in ("description", "og:title", "og:description", "og:site_name", "og:image:alt"))


def test_page_causes_no_error_and_no_foreign_request(page):
    assert page.problems == []
