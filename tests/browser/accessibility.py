"""Accessibility rules of axe-core for browser tests."""

from axe_playwright_python.sync_playwright import Axe

# All rules for WCAG 2.2 A and AA and best practice. 2.5.8 (target size) is off by default.
AXE_OPTIONS = {"rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"]}


def find_violations(page):
    """Return the violations of a page, one text for each element."""
    result = Axe().run(page, options=AXE_OPTIONS).response
    return [f"{v['id']}: {node['html']} {node['failureSummary']}" for v in result["violations"] for node in v["nodes"]]
