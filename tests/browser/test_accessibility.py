"""What assistive technology would stumble over, as far as axe-core can tell: WCAG 2.2 A and AA, and its good practice."""

from axe_playwright_python.sync_playwright import Axe

from .pages import each_language, each_page

# Off unless asked for: 2.5.8 of WCAG 2.2.
OPTIONS = {"rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"]}


@each_language
@each_page
def test_nothing_is_in_the_way_of_assistive_technology(name, language, open_page):
    page = open_page(name, language)
    found = {}
    for width in (1440, 320):
        for scheme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            found[width, scheme] = violations(page)
    assert not any(found.values()), found


def violations(page):
    result = Axe().run(page, options=OPTIONS).response
    return [f"{v['id']}: {node['html']} {node['failureSummary']}" for v in result["violations"] for node in v["nodes"]]


@each_language
@each_page
def test_no_page_draws_a_complaint_from_the_browser(name, language, open_page):
    assert open_page(name, language).complaints == []
