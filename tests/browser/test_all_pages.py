"""What holds on every page there is, in both languages. Each is loaded once, and all tests look at it in turn."""

import itertools
import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from .page_catalogue import PAGES, UNLISTED
from .visitors import FORCE_LAYOUT_SCRIPT, BrowserVisits

# All of WCAG 2.2 A and AA that can be told by rules, and good practice; 2.5.8 is off unless asked for.
AXE = {"rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"]}

# 1280 by 1024 at 400 %.
ZOOMED = {"width": 320, "height": 256}

# Elements that stick out to the right, or whose content does and has to be scrolled to. Tables may; what is meant for
# the ear alone (.sr) is cut off on purpose; a select cuts its longest choice off by itself.
STICKING_OUT = """() => [...document.querySelectorAll("body *")].filter((element) => {
  if (element.closest("table, .visually-hidden, datalist, select") || !element.checkVisibility()) return false;
  const scrolls = getComputedStyle(element).overflowX !== "visible" && element.tagName !== "INPUT";
  return scrolls && element.scrollWidth > element.clientWidth + 1
    || element.getBoundingClientRect().right > document.documentElement.clientWidth + 1;
}).map((element) => element.outerHTML.slice(0, 200))"""

LEVELS = "(headings) => headings.map((heading) => Number(heading.tagName[1]))"

# What <head> says, by name.
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


def test_nothing_is_in_the_way_of_assistive_technology(page):
    found = {}
    for width, scheme in itertools.product((1440, 320), ("light", "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        found[width, scheme] = violations(page)
    assert not any(found.values()), found


def violations(page):
    page.evaluate(FORCE_LAYOUT_SCRIPT)
    result = Axe().run(page, options=AXE).response
    return [f"{v['id']}: {node['html']} {node['failureSummary']}" for v in result["violations"] for node in v["nodes"]]


def test_nothing_scrolls_sideways_at_four_times_the_size(page):
    page.set_viewport_size(ZOOMED)
    assert page.evaluate("document.documentElement.scrollWidth") == ZOOMED["width"]
    assert page.evaluate(STICKING_OUT) == []


def test_headings_are_an_outline(page):
    levels = page.locator("h1, h2, h3, h4, h5, h6").evaluate_all(LEVELS)
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels)), levels


def test_page_says_which_language_it_is_in(page):
    assert page.locator("html").get_attribute("lang") == page.language


def test_page_can_be_found_and_shared_unless_it_is_nobodys_to_find(page):
    head = page.evaluate(HEAD)
    if page.name in UNLISTED:
        assert head["robots"] == "noindex"
        assert "canonical" not in head
        return
    here = page.url.partition("?")[0]
    origin, path = re.fullmatch(r"(https?://[^/]+)(?:/vi)?(/.*)", here).groups()
    assert head["canonical"] == head["og:url"] == here
    assert head["languages"] == {"en": origin + path, "vi": f"{origin}/vi{path}", "x-default": origin + path}
    assert head["og:locale"] == {"en": "en_US", "vi": "vi_VN"}[page.language]
    assert head["og:image"].startswith(origin)
    assert all(head[name] for name in ("description", "og:title", "og:description", "og:site_name", "og:image:alt"))


def test_browser_has_nothing_to_complain_of_and_asks_nobody_else(page):
    assert page.complaints == []
