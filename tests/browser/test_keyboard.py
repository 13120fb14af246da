"""Everything can be reached, seen and done with a keyboard alone."""

import pytest

from .pages import each_layout

# The element that has the focus: where it stands in the document, how it says that it has the focus, and whether any
# part of it can be seen (WCAG 2.4.7 and 2.4.11).
FOCUSED = """() => {
  const element = document.activeElement;
  if (element === document.body) return null;
  const style = getComputedStyle(element), box = element.getBoundingClientRect();
  const points = [[box.left + 2, box.top + 2], [box.right - 2, box.bottom - 2], [box.left + box.width / 2, box.top + box.height / 2]];
  return {
    place: [...document.querySelectorAll("*")].indexOf(element),
    html: element.outerHTML.slice(0, 160),
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    seen: points.some(([x, y]) => {
      const top = document.elementFromPoint(x, y);
      return top && (element.contains(top) || top.contains(element) && top !== document.documentElement);
    }),
  };
}"""

REACHABLE = """() => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
  .filter((element) => element.checkVisibility()).length"""


def walk(page, key="Tab"):
    """What has the focus after each press of the key, until it leaves the page."""
    steps = []
    while len(steps) < 400:
        page.keyboard.press(key)
        step = page.evaluate(FOCUSED)
        if step is None or (steps and step["place"] == steps[0]["place"]):
            return steps
        steps.append(step)
    raise AssertionError("There is no end to it.")


@each_layout
@pytest.mark.parametrize("width", [360, 1440])
def test_everything_is_reached_in_the_order_of_the_page(name, width, open_page):
    page = open_page(name, width=width, height=640)
    places = [step["place"] for step in walk(page)]
    assert places == sorted(places)
    assert len(places) == page.evaluate(REACHABLE)


@each_layout
@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("key", ["Tab", "Shift+Tab"])
def test_what_has_the_focus_is_seen_and_marked(name, width, key, open_page):
    page = open_page(name, width=width, height=640)
    assert [step["html"] for step in walk(page, key) if not (step["seen"] and step["outlined"])] == []


def test_the_first_thing_reached_skips_to_the_content(open_page):
    page = open_page("agenda")
    page.keyboard.press("Tab")
    skip = page.locator(":focus")
    assert skip.inner_text() == "Skip to the content"
    assert skip.bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_filters_open_and_answer_to_the_keyboard(open_page):
    page = open_page("agenda")
    page.locator("summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "id_theme"
    page.keyboard.type("COVID")
    page.keyboard.press("Enter")
    page.locator("#id_q").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/programme/?*theme=covid-19*")
    assert "of 20 sessions" in page.locator(".count").inner_text()
