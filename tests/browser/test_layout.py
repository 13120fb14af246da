"""Layout: text spacing, late fonts, anchors, full-page captures, light and dark."""

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from .page_catalogue import each_layout

# The text spacing that pages have to support by WCAG 2.2, 1.4.12.
WIDER_TEXT = """
* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
p { margin-bottom: 2em !important; }
"""

CUT_OFF = """() => [...document.querySelectorAll("body *")].filter((element) => {
  if (element.closest(".visually-hidden, svg, select, table") || !element.textContent.trim()) return false;
  const { overflowX, overflowY } = getComputedStyle(element);
  return (overflowX !== "visible" && element.scrollWidth > element.clientWidth + 1)
    || (overflowY !== "visible" && element.scrollHeight > element.clientHeight + 1);
}).map((element) => element.outerHTML.slice(0, 200))"""

# A slow mobile network, on which the fonts arrive long after the text.
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 50_000, "uploadThroughput": 50_000}

WATCH_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const { value, sources } of list.getEntries())
    shifts.push([value, ...sources.map(({ node }) => node?.outerHTML?.slice(0, 120) ?? String(node?.data))]);
}).observe({ type: "layout-shift", buffered: true });
"""
TOP = "(id) => document.getElementById(id).getBoundingClientRect().top"
TWO_FRAMES_LATER = "new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown)))"


@each_layout
def test_text_spacing_of_wcag_cuts_off_no_text(name, open_page):
    page = open_page(name, "vi", bypass_csp=True)
    page.add_style_tag(content=WIDER_TEXT)
    for width in (1440, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.evaluate(CUT_OFF) == []


@each_layout
@pytest.mark.parametrize("width", [360, 1440])
def test_slow_page_load_has_no_layout_shift(name, width, open_page):
    page = open_page(name, "vi", width=width, zone="Europe/Oslo", before=arrive_slowly)
    page.evaluate(TWO_FRAMES_LATER)
    assert page.evaluate("shifts") == []


def arrive_slowly(page):
    page.add_init_script(WATCH_SHIFTS)
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", SLOW)


@pytest.mark.parametrize("width", [360, 1440])
def test_fallback_font_gives_nearly_the_same_height(width, open_page):
    heights = [get_page_height(open_page("agenda", width=width, before=before)) for before in (refuse_fonts, None)]
    assert heights[0] == pytest.approx(heights[1], rel=1 / 30)


def get_page_height(page):
    return page.evaluate("document.documentElement.scrollHeight")


def refuse_fonts(page):
    page.route("**/*.woff2", lambda route: route.abort())


@pytest.mark.parametrize("width", [320, 768, 1440])
def test_anchor_of_a_late_session_is_on_screen_and_scrolling_does_not_jump(width, open_page):
    page = open_page("agenda", width=width)
    session = page.locator(".day:last-of-type .session").nth(5)
    page.evaluate("(id) => (location.hash = id)", session.get_attribute("id"))
    page.evaluate(TWO_FRAMES_LATER)
    top = page.evaluate(TOP, session.get_attribute("id"))
    assert 0 <= top < 150
    for step in range(1, 9):
        page.evaluate("scrollBy({ top: -400, behavior: 'instant' })")
        page.evaluate(TWO_FRAMES_LATER)
        assert page.evaluate(TOP, session.get_attribute("id")) == pytest.approx(top + 400 * step, abs=2)


@pytest.mark.parametrize("width", [360, 1440])
def test_full_page_capture_shows_the_last_day(width, open_page):
    page = open_page("agenda", width=width)
    box = page.locator(".day:last-of-type .session").last.bounding_box()
    capture = Image.open(io.BytesIO(page.screenshot(full_page=True)))
    left, top, bottom = int(box["x"]), int(box["y"]), int(box["y"] + box["height"])
    session = capture.crop((left, top, left + int(box["width"]), bottom)).convert("L")
    darkest, lightest = session.getextrema()
    assert lightest - darkest > 150


def test_end_key_scrolls_to_the_end_of_the_agenda_at_once(open_page):
    page = open_page("agenda")
    height = get_page_height(page)
    page.keyboard.press("End")
    expect(page.locator(".site-footer-links")).to_be_in_viewport()
    assert get_page_height(page) == height


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colour_scheme_sets_the_background(scheme, open_page):
    page = open_page("about", color_scheme=scheme)
    background = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    brightness = sum(int(part) for part in background.removeprefix("rgb(").removesuffix(")").split(","))
    assert (brightness > 384) == (scheme == "light")


# The visitor scrolls within the third day, then reloads or comes back.


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("how", ["reload", "back"])
def test_reload_and_back_keep_the_scroll_position(width, how, open_page):
    page = open_page("agenda", width=width)
    session = page.locator(".day:last-of-type .session").nth(2)
    session.evaluate("(session) => session.scrollIntoView({ block: 'center', behavior: 'instant' })")
    page.evaluate(TWO_FRAMES_LATER)
    before = session.bounding_box()["y"]
    if how == "reload":
        page.reload()
    else:
        page.goto("/speakers/")
        page.go_back()
    page.evaluate(TWO_FRAMES_LATER)
    assert page.evaluate("scrollY") > 1000
    assert session.bounding_box()["y"] == pytest.approx(before, abs=2)


@pytest.mark.parametrize("width", [360, 1440])
def test_highlight_of_a_linked_session_covers_no_other(width, open_page):
    page = open_page("day, cancelled and on now", width=width)
    page.evaluate("location.hash = 'women-in-peacekeeping'")
    page.evaluate(TWO_FRAMES_LATER)
    overlaps = page.evaluate("""() => {
      const target = document.querySelector(".session:target");
      const spread = getComputedStyle(target).boxShadow.match(/-?[\\d.]+px/g).map(parseFloat);
      const reach = Math.max(...spread.filter((_, index) => index % 4 === 0).map(Math.abs));
      const box = target.getBoundingClientRect();
      return [...document.querySelectorAll(".session:not(:target), .slot > h3")].filter((other) => {
        const { left, right, top, bottom } = other.getBoundingClientRect();
        return left < box.right + reach && right > box.left - reach && top < box.bottom - 1 && bottom > box.top + 1;
      }).map((other) => other.textContent);
    }""")
    assert overlaps == []


FIND_UNDERLINED = """(links) => {
  const paper = getComputedStyle(document.documentElement).backgroundColor;
  const underlined = links.filter((link) => getComputedStyle(link).borderBottomColor !== paper);
  return underlined.map((link) => link.textContent.trim());
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forced_colours_underline_the_current_tab_only(scheme, open_page):
    page = open_page("agenda", forced_colors="active", color_scheme=scheme)
    for menu, current in ((".menu a", "Programme"), (".days a", "All days"), (".languages a", None)):
        assert page.locator(menu).evaluate_all(FIND_UNDERLINED) == ([current] if current else [])
