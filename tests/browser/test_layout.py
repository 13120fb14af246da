"""Room for everybody: narrow screens, 400 % zoom, text set wider, letters that arrive late."""

import pytest

from .pages import each_language, each_layout, each_page

# 1280 by 1024 at 400 %.
ZOOMED = {"width": 320, "height": 256}

# What WCAG 2.2 asks to bear in 1.4.12.
WIDER_TEXT = """
* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
p { margin-bottom: 2em !important; }
"""

# Elements that stick out to the right, or whose content does and is cut off or must be scrolled to. Tables may scroll;
# what is meant for the ear alone (.sr) is cut off on purpose; a select cuts its longest choice off by itself.
STICKING_OUT = """() => [...document.querySelectorAll("body *")].filter((element) => {
  if (element.closest("table, .sr, datalist, select") || !element.getClientRects().length) return false;
  const { overflowX } = getComputedStyle(element);
  const cut = overflowX !== "visible" && element.tagName !== "INPUT" && element.scrollWidth > element.clientWidth + 1;
  return cut || element.getBoundingClientRect().right > document.documentElement.clientWidth + 1;
}).map((element) => element.outerHTML.slice(0, 200))"""

CUT_OFF = """() => [...document.querySelectorAll("body *")].filter((element) => {
  if (element.closest(".sr, svg, select, table") || !element.textContent.trim()) return false;
  const { overflowX, overflowY } = getComputedStyle(element);
  return (overflowX !== "visible" && element.scrollWidth > element.clientWidth + 1)
    || (overflowY !== "visible" && element.scrollHeight > element.clientHeight + 1);
}).map((element) => element.outerHTML.slice(0, 200))"""

# Like a telephone far from the mast; the fonts come long after the words.
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 50_000, "uploadThroughput": 50_000}

WATCH_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries())
    shifts.push([entry.value, entry.sources.map(({ node }) => node?.outerHTML?.slice(0, 120) ?? String(node?.data))]);
}).observe({ type: "layout-shift", buffered: true });
"""


@each_language
@each_page
def test_nothing_scrolls_sideways_at_four_times_the_size(name, language, open_page):
    page = open_page(name, language, **ZOOMED)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert page.evaluate(STICKING_OUT) == []


@each_language
@each_layout
@pytest.mark.parametrize("width", [320, 1440])
def test_text_set_wider_is_not_cut_off(name, language, width, open_page):
    page = open_page(name, language, width=width, bypass_csp=True)
    page.add_style_tag(content=WIDER_TEXT)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(CUT_OFF) == []


@each_layout
@pytest.mark.parametrize("width", [360, 1440])
def test_nothing_moves_while_a_page_arrives_slowly(name, width, visitor, open_page):
    page = open_page(name, "vi", width=width, zone="Europe/Oslo", before=arrive_slowly)
    page.evaluate("new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown)))")
    assert page.evaluate("shifts") == []


def arrive_slowly(page):
    page.add_init_script(WATCH_SHIFTS)
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", SLOW)


@pytest.mark.parametrize("width", [360, 1440])
def test_the_stand_in_for_the_typeface_takes_the_same_room(width, open_page):
    """Within one line in thirty: what moves when the fonts come late, on the longest page."""
    without = open_page("agenda", width=width, before=refuse_fonts)
    with_fonts = open_page("agenda", width=width)
    heights = [page.evaluate("document.documentElement.scrollHeight") for page in (without, with_fonts)]
    assert heights[0] == pytest.approx(heights[1], rel=1 / 30)


def refuse_fonts(page):
    page.route("**/*.woff2", lambda route: route.abort())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_scheme_has_its_own_ground(scheme, open_page):
    page = open_page("agenda", color_scheme=scheme)
    ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    brightness = sum(int(part) for part in ground.removeprefix("rgb(").removesuffix(")").split(","))
    assert (brightness > 384) == (scheme == "light")
