"""What a first visit costs."""

import pytest

LIMITS = {"font": 60_000, "stylesheet": 15_000, "script": 6_000}


@pytest.fixture
def first_visit(open_page):
    def first_visit(name, language="en"):
        return [request for request in open_page(name, language).asked if not request.url.startswith("data:")]

    return first_visit


@pytest.mark.parametrize("language", ["en", "vi"])
def test_first_visit_to_the_agenda_takes_at_most_eight_requests(language, first_visit):
    assert len(first_visit("agenda", language)) <= 8


@pytest.mark.parametrize("kind", LIMITS)
@pytest.mark.parametrize("name", ["agenda", "day, cancelled and on now", "session", "speakers", "home, on"])
def test_what_a_page_brings_along_is_light(name, kind, first_visit):
    sizes = {r.url: r.sizes()["responseBodySize"] for r in first_visit(name, "vi") if r.resource_type == kind}
    assert sizes or kind == "script"
    assert sum(sizes.values()) <= LIMITS[kind], sizes


def test_agenda_is_compressed(first_visit):
    document = first_visit("agenda")[0]
    assert document.sizes()["responseBodySize"] <= 15_000


def test_second_page_takes_styles_scripts_and_fonts_from_the_browsers_memory(open_page):
    page = open_page("agenda")
    page.goto("/programme/2020-12-08/")
    names = page.evaluate(
        "performance.getEntriesByType('resource').filter((entry) => entry.transferSize).map((entry) => entry.name)"
    )
    assert names == []


def test_script_that_was_tampered_with_is_not_run(visitor):
    page = visitor(zone="Europe/Oslo")
    page.route(
        "**/site*.js", lambda route: route.fulfill(body="document.title = 'tampered'", content_type="text/javascript")
    )
    page.goto("/programme/")
    assert page.title().startswith("Programme")
