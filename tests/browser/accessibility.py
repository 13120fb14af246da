"""Accessibility rules of axe-core for browser tests."""

from axe_playwright_python.sync_playwright import Axe

# All rules for WCAG 2.2 A and AA and best practice. 2.5.8 (target size) is off by default.
AXE_OPTIONS = {"rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"]}

# Width and colour scheme. Each page is checked in all four combinations, half of them in each language, so that each
# pair of language, width and scheme occurs. All eight combinations would take twice as long.
VIEWS = {
    "en": [(1440, "light"), (320, "dark")],
    "vi": [(1440, "dark"), (320, "light")],
}


def find_violations_in_views(page, language):
    """Return the violations of a page by width and colour scheme, in the views of its language that have any."""
    violations_by_view = {}
    for width, scheme in VIEWS[language]:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        violations_by_view[width, scheme] = find_violations(page)
    return {view: violations for view, violations in violations_by_view.items() if violations}


def find_violations(page):
    """Return the violations of a page, one text for each element."""
    result = Axe().run(page, options=AXE_OPTIONS).response
    return [f"{v['id']}: {node['html']} {node['failureSummary']}" for v in result["violations"] for node in v["nodes"]]
