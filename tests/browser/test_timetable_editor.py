"""The timetable editor in a browser: moves by keyboard and mouse, and concurrent moves."""

import re

import pytest
from playwright.sync_api import expect

from .accessibility import find_violations
from .live_site import ORGANIZER, PASSWORD
from .visitors import BrowserVisits

TIMETABLE = "/admin/programme/session/board/2020-12-07/"
OPENING = "article[data-title='High-level opening']"
# Browsers warn when a page with a view transition leads to one without.
IGNORED_WARNING = "Transition was"


@pytest.fixture(scope="module")
def organizer_cookies(browser, site):
    """Return the browser state of an organizer who has signed in, for new browser contexts."""
    with BrowserVisits(browser, site) as visits:
        page = visits.visitor()
        page.goto(TIMETABLE)
        page.fill("input[name=login]", ORGANIZER)
        page.fill("input[name=password]", PASSWORD)
        with page.expect_navigation():
            page.press("input[name=password]", "Enter")
        page.wait_for_selector(OPENING)
        return page.context.storage_state()


@pytest.fixture
def open_editor(visitor, organizer_cookies):
    """Open the timetable in a new browser context, signed in as an organizer."""

    def open_page(**options):
        page = visitor(storage_state=organizer_cookies, **options)
        page.goto(TIMETABLE)
        page.wait_for_selector(OPENING)
        return page

    return open_page


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def focus_handle(page):
    page.locator(f"{OPENING} .editor-move-handle").focus()


def get_time_range(page):
    return page.locator(f"{OPENING} [data-time]").inner_text()


def get_room(page):
    return page.locator(f"section:has({OPENING}) h2").inner_text()


def wait_for_status(page, text):
    page.locator("[data-status-message]", has_text=text).wait_for()


def wait_until_saved(page):
    wait_for_status(page, " is now on ")


def get_console_errors(page):
    return [text for text in page.problems if IGNORED_WARNING not in text]


def drag(page, pixels, part=".editor-state", *, drop=True):
    """Drag the session down at a part of its card."""
    box = page.locator(f"{OPENING} {part}").bounding_box()
    x, y = box["x"] + box["width"] - 5, box["y"] + 5
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + pixels / 2)
    page.mouse.move(x, y + pixels)
    if drop:
        page.mouse.up()


def test_keyboard_move_is_saved(open_editor):
    page = open_editor()
    focus_handle(page)
    press(page, "Enter", "ArrowDown", "ArrowDown", "ArrowRight")
    expect(page.locator("[data-status-message]")).to_contain_text("18:10–19:40, Workshop room 1.")
    press(page, "Enter")
    wait_until_saved(page)
    page.reload()
    assert (get_time_range(page), get_room(page)) == ("18:10–19:40", "Workshop room 1")
    focus_handle(page)
    press(page, "Space", "ArrowUp", "ArrowUp", "ArrowLeft", "Space")
    wait_until_saved(page)
    assert (get_time_range(page), get_room(page)) == ("18:00–19:30", "Plenary hall")
    assert get_console_errors(page) == []


def test_escape_restores_placement_and_keeps_focus(open_editor):
    page = open_editor()
    focus_handle(page)
    press(page, "Enter", "PageDown", "ArrowRight", "ArrowRight", "Escape")
    wait_for_status(page, "was not moved")
    assert (get_time_range(page), get_room(page)) == ("18:00–19:30", "Plenary hall")
    assert page.evaluate("document.activeElement.closest('article').dataset.title") == "High-level opening"


def test_conflict_is_shown_during_move(open_editor):
    page = open_editor()
    focus_handle(page)
    press(page, "Enter", "PageDown", "PageDown")
    conflict = page.locator(f"{OPENING} [data-conflict]:visible")
    expect(conflict).to_contain_text("Same room as: The first twenty years of resolution 1325")
    wait_for_status(page, "Same room as")
    press(page, "Escape")
    expect(conflict).to_have_count(0)


def test_mouse_move_snaps_to_five_minutes(open_editor):
    page = open_editor()
    drag(page, 31)
    wait_until_saved(page)
    start, _dash, _end = get_time_range(page).partition("–")
    assert start != "18:00"
    assert int(start[-2:]) % 5 == 0
    drag(page, -31)
    wait_for_status(page, re.compile(" is now on .*18:00–19:30"))
    assert get_time_range(page) == "18:00–19:30"
    assert get_console_errors(page) == []


def test_drag_by_title_moves_session_and_does_not_open_it(open_editor):
    page = open_editor()
    drag(page, 60, ".editor-title a")
    wait_until_saved(page)
    assert get_time_range(page) != "18:00–19:30"
    drag(page, -60, ".editor-title a")
    wait_for_status(page, re.compile(" is now on .*18:00–19:30"))
    assert page.url.endswith(TIMETABLE)


def test_drag_by_title_cancelled_with_escape_does_not_open_session(open_editor):
    page = open_editor()
    drag(page, 60, ".editor-title a", drop=False)
    press(page, "Escape")
    page.mouse.up()
    wait_for_status(page, "was not moved")
    assert page.url.endswith(TIMETABLE)


def test_click_on_title_opens_session(open_editor):
    page = open_editor()
    with page.expect_navigation():
        page.locator(f"{OPENING} .editor-title a").click()
    assert page.url.endswith("/change/")


def test_editor_opens_at_first_session_of_day(open_editor):
    page = open_editor()
    top = page.locator(".editor-scroll").bounding_box()["y"]
    assert 0 < page.locator(OPENING).bounding_box()["y"] - top < 120


def test_clash_is_listed_above_grid(open_editor):
    page = open_editor()
    clashes = page.locator("[data-clashes]")
    expect(clashes).to_be_hidden()
    focus_handle(page)
    press(page, "Enter", "PageDown", "PageDown")
    expect(clashes).to_contain_text("Same room as: The first twenty years of resolution 1325")
    press(page, "Escape")
    expect(clashes).to_be_hidden()


def test_concurrent_moves_second_is_refused_and_shows_current_placement(open_editor):
    first, second = open_editor(), open_editor(width=1500)
    focus_handle(first)
    press(first, "Enter", "PageUp", "Enter")
    wait_until_saved(first)
    focus_handle(second)
    press(second, "Enter", "ArrowDown", "Enter")
    wait_for_status(second, "in the meantime")
    assert get_time_range(second) == "17:00–18:30"
    press(second, "Enter", "PageDown", "Enter")
    wait_until_saved(second)
    assert get_time_range(second) == "18:00–19:30"


def test_form_without_javascript_moves_session(open_editor):
    page = open_editor(java_script_enabled=False)
    for start, time_range in (("17:30", "17:30–19:00"), ("18:00", "18:00–19:30")):
        card = page.locator(OPENING)
        card.locator(".editor-move summary").click()
        card.locator("input[name=start]").fill(start)
        with page.expect_navigation():
            card.locator("button[type=submit]").click()
        assert time_range in page.locator(".messagelist").inner_text()
        assert get_time_range(page) == time_range


# The other two combinations are those of test_admin_pages.
@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1440, "dark")])
def test_timetable_and_dashboard_are_accessible_and_fit_the_screen(open_editor, width, scheme):
    page = open_editor(width=width, color_scheme=scheme)
    assert find_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.goto("/admin/")
    assert find_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
