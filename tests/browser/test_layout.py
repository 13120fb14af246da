"""Room for everybody: text set wider, letters that arrive late, light and dark."""

import pytest

from .page_catalogue import each_layout
from .visitors import FORCE_LAYOUT_SCRIPT

# What WCAG 2.2 asks to bear in 1.4.12.
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

# Like a telephone far from the mast; the fonts come long after the words.
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 50_000, "uploadThroughput": 50_000}

WATCH_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const { value, sources } of list.getEntries())
    shifts.push([value, ...sources.map(({ node }) => node?.outerHTML?.slice(0, 120) ?? String(node?.data))]);
}).observe({ type: "layout-shift", buffered: true });
"""
TOP = "(id) => document.getElementById(id).getBoundingClientRect().top"
# Sessions whose mark for “on now” or for “here a link leads” would be cut off at the side.
BEYOND_THEIR_DAY = """() => [...document.querySelectorAll(".session")].filter((session) => {
  const day = session.closest(".day").getBoundingClientRect();
  const { left, right } = session.getBoundingClientRect();
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  return left - 0.8 * rem < day.left - 0.1 || right + 0.75 * rem > day.right + 0.1;
}).map(({ id }) => id)"""
TWO_FRAMES_LATER = "new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown)))"


@each_layout
def test_text_set_wider_is_not_cut_off(name, open_page):
    page = open_page(name, "vi", bypass_csp=True)
    page.add_style_tag(content=WIDER_TEXT)
    for width in (1440, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.evaluate(CUT_OFF) == []


@each_layout
@pytest.mark.parametrize("width", [360, 1440])
def test_nothing_moves_while_a_page_arrives_slowly(name, width, open_page):
    page = open_page(name, "vi", width=width, zone="Europe/Oslo", before=arrive_slowly)
    page.evaluate(TWO_FRAMES_LATER)
    assert page.evaluate("shifts") == []


def arrive_slowly(page):
    page.add_init_script(WATCH_SHIFTS)
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", SLOW)


@pytest.mark.parametrize("width", [360, 1440])
def test_typeface_and_its_stand_in_take_the_same_room(width, open_page):
    """On the longest page, to one part in thirty."""
    heights = [height_of_all_days(open_page("agenda", width=width, before=before)) for before in (refuse_fonts, None)]
    assert heights[0] == pytest.approx(heights[1], rel=1 / 30)


def height_of_all_days(page):
    page.evaluate(FORCE_LAYOUT_SCRIPT)
    return page.evaluate("document.documentElement.scrollHeight")


def refuse_fonts(page):
    page.route("**/*.woff2", lambda route: route.abort())


@pytest.mark.parametrize("width", [320, 768, 1440])
def test_session_of_the_last_day_is_where_a_link_leads_and_stays_while_days_before_it_come_into_view(width, open_page):
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


def test_what_stands_out_of_a_session_is_drawn_on_a_telephone_too(open_page):
    page = open_page("agenda, today", width=320)
    assert page.locator(".session.is-on").count()
    assert page.evaluate(BEYOND_THEIR_DAY) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_scheme_has_its_own_ground(scheme, open_page):
    page = open_page("about", color_scheme=scheme)
    ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    brightness = sum(int(part) for part in ground.removeprefix("rgb(").removesuffix(")").split(","))
    assert (brightness > 384) == (scheme == "light")
