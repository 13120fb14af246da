"""Use of public pages with the keyboard alone."""

import pytest
from playwright.sync_api import expect

from .page_catalogue import each_layout

# The focused element: its position in the document, whether it has an outline, and whether any part of it is visible
# (WCAG 2.4.7 and 2.4.11).
FOCUSED = """() => {
  const element = document.activeElement;
  if (element === document.body) return null;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  // A link on two lines has two boxes.
  const points = [...element.getClientRects()].flatMap(({ left, right, top, bottom }) =>
    [[left + 2, top + 2], [right - 2, bottom - 2], [(left + right) / 2, (top + bottom) / 2]]);
  return {
    place: [...document.querySelectorAll("*")].indexOf(element),
    html: element.outerHTML.slice(0, 160),
    outlined: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2,
    visible: points.some(([x, y]) => element.contains(document.elementFromPoint(x, y))),
  };
}"""

# The Tab key reaches one radio button of each group.
REACHABLE = """() => new Set([...document.querySelectorAll(
  "a[href], button, input:not([type=hidden]), select, textarea, summary"
)].filter((element) => element.checkVisibility() && element.tabIndex >= 0)
  .map((element) => (element.type === "radio" ? element.name : element))).size"""


@each_layout
@pytest.mark.parametrize("width", [360, 1440])
def test_tab_reaches_all_controls_in_order_and_visibly(name, width, open_page):
    page = open_page(name, width=width, height=640)
    steps = press_through_page(page, "Tab")
    assert [step["place"] for step in steps] == sorted(step["place"] for step in steps)
    assert len(steps) == page.evaluate(REACHABLE)
    assert find_invisible(steps) == []


@each_layout
def test_shift_tab_focus_is_always_visible(name, open_page):
    page = open_page(name, width=360, height=640)
    assert find_invisible(press_through_page(page, "Shift+Tab")) == []


def press_through_page(page, key):
    """Return the focused element after each press of a key, until the focus leaves the page or starts again."""
    steps = []
    for _ in range(400):
        page.keyboard.press(key)
        step = page.evaluate(FOCUSED)
        if step is None or (steps and step["place"] == steps[0]["place"]):
            return steps
        steps.append(step)
    raise AssertionError("The focus does not return to the start.")


def find_invisible(steps):
    return [step["html"] for step in steps if not (step["visible"] and step["outlined"])]


def test_first_tab_stop_skips_to_content(open_page):
    page = open_page("agenda")
    page.keyboard.press("Tab")
    skip = page.locator(":focus")
    assert skip.inner_text() == "Skip to main content"
    assert skip.bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("main :focus")).to_have_count(1)


def test_filters_work_with_the_keyboard(open_page):
    page = open_page("agenda")
    page.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#id_theme")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.locator("#id_theme")).to_be_focused()
    page.keyboard.type("COVID")
    expect(page.locator("#id_theme")).to_have_value("covid-19")
    page.locator("#id_q").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/programme/?*theme=covid-19*")
    assert "of 13 sessions" in page.locator(".count").inner_text()
