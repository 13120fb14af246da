"""Requests and bytes of a first and a second visit."""

import pytest

LIMITS = {"font": 60_000, "stylesheet": 15_000, "script": 6_000}


@pytest.fixture
def first_visit(open_page):
    def first_visit(name, language="en"):
        return [request for request in open_page(name, language).requests if not request.url.startswith("data:")]

    return first_visit


@pytest.mark.parametrize("language", ["en", "vi"])
def test_first_visit_to_the_agenda_makes_at_most_eight_requests(language, first_visit):
    assert len(first_visit("agenda", language)) <= 8


@pytest.mark.parametrize("name", ["agenda", "day, cancelled and on now", "session", "speakers", "home, during"])
def test_subresources_of_a_page_are_within_limits(name, first_visit):
    requests = first_visit(name, "vi")
    for resource_type, limit in LIMITS.items():
        sizes = {r.url: r.sizes()["responseBodySize"] for r in requests if r.resource_type == resource_type}
        assert sizes or resource_type == "script", resource_type
        assert sum(sizes.values()) <= limit, (resource_type, sizes)


def test_agenda_is_at_most_15_kb_compressed(first_visit):
    document = first_visit("agenda")[0]
    assert document.sizes()["responseBodySize"] <= 15_000


def test_second_page_loads_styles_scripts_and_fonts_from_cache(open_page):
    page = open_page("agenda")
    page.goto("/programme/2020-12-08/")
    names = page.evaluate(
        "performance.getEntriesByType('resource').filter((entry) => entry.transferSize).map((entry) => entry.name)"
    )
    # Browsers load the icon when they are idle: often not before the second page.
    assert [name for name in names if "/icon.svg" not in name] == []
