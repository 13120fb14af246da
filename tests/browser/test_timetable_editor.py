"""The board in a browser: sessions are moved by keyboard and by mouse, and nobody's edit is lost."""

import re

import pytest
from playwright.sync_api import expect

from .accessibility import find_violations

BOARD = "/admin/programme/session/board/2020-12-07/"
OPENING = "article[data-title='High-level opening']"
# Browsers complain of leaving a page that fades (the site) for one that does not (the desk).
PASSING = "Transition was"


@pytest.fixture
def organizer(visitor):
    """A page of somebody who is signed in."""

    def open_board(**more):
        page = visitor(**more)
        page.goto(BOARD)
        page.fill("input[name=login]", "organizer@conference.example")
        page.fill("input[name=password]", "correct-horse-battery-staple")
        with page.expect_navigation():
            page.press("input[name=password]", "Enter")
        page.wait_for_selector(OPENING)
        return page

    return open_board


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def hours(page):
    return page.locator(f"{OPENING} [data-time]").inner_text()


def room(page):
    return page.locator(f"section:has({OPENING}) h2").inner_text()


def told(page, words):
    page.locator("[data-said]", has_text=words).wait_for()


def saved(page):
    told(page, " is on ")


def complaints(page):
    return [words for words in page.complaints if PASSING not in words]


def test_a_session_is_moved_by_keyboard_and_stays_there(organizer):
    page = organizer()
    page.locator(f"{OPENING} .editor-resize-handle").focus()
    press(page, "Enter", "ArrowDown", "ArrowDown", "ArrowRight")
    expect(page.locator("[data-said]")).to_contain_text("18:10–19:40, Workshop room 1.")
    press(page, "Enter")
    saved(page)
    page.reload()
    assert (hours(page), room(page)) == ("18:10–19:40", "Workshop room 1")
    page.locator(f"{OPENING} .editor-resize-handle").focus()
    press(page, "Space", "ArrowUp", "ArrowUp", "ArrowLeft", "Space")
    saved(page)
    assert (hours(page), room(page)) == ("18:00–19:30", "Plenary hall")
    assert complaints(page) == []


def test_escape_leaves_a_session_where_it_was_and_the_focus_on_it(organizer):
    page = organizer()
    page.locator(f"{OPENING} .editor-resize-handle").focus()
    press(page, "Enter", "PageDown", "ArrowRight", "ArrowRight", "Escape")
    told(page, "stays where it was")
    assert (hours(page), room(page)) == ("18:00–19:30", "Plenary hall")
    assert page.evaluate("document.activeElement.closest('article').dataset.title") == "High-level opening"


def test_a_clash_shows_while_a_session_is_carried(organizer):
    page = organizer()
    page.locator(f"{OPENING} .editor-resize-handle").focus()
    press(page, "Enter", "PageDown", "PageDown")
    clash = page.locator(f"{OPENING} [data-clash]:visible")
    expect(clash).to_contain_text("Same room as: Twenty years of resolution 1325")
    told(page, "Same room as")
    press(page, "Escape")
    expect(clash).to_have_count(0)


def test_a_session_is_dragged_by_mouse_and_snaps_to_five_minutes(organizer):
    page = organizer()
    drag(page, 31)
    saved(page)
    start, _dash, _end = hours(page).partition("–")
    assert start != "18:00"
    assert int(start[-2:]) % 5 == 0
    drag(page, -31)
    told(page, re.compile(" is on .*18:00–19:30"))
    assert hours(page) == "18:00–19:30"
    assert complaints(page) == []


def drag(page, down):
    """Take the session at its state, where neither a link nor a button is, and move it by so many pixels."""
    box = page.locator(f"{OPENING} .board-state").bounding_box()
    page.mouse.move(box["x"] + box["width"] - 5, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 5, box["y"] + 5 + down / 2)
    page.mouse.move(box["x"] + box["width"] - 5, box["y"] + 5 + down)
    page.mouse.up()


def test_of_two_people_who_move_a_session_the_second_is_told_and_sees_where_it_is(organizer):
    one, two = organizer(), organizer(width=1500)
    one.locator(f"{OPENING} .editor-resize-handle").focus()
    press(one, "Enter", "PageUp", "Enter")
    saved(one)
    two.locator(f"{OPENING} .editor-resize-handle").focus()
    press(two, "Enter", "ArrowDown", "Enter")
    told(two, "meanwhile")
    assert hours(two) == "17:00–18:30"
    press(two, "Enter", "PageDown", "Enter")
    saved(two)
    assert hours(two) == "18:00–19:30"


def test_without_scripts_the_form_on_a_session_moves_it(organizer):
    page = organizer(java_script_enabled=False)
    for start, there in (("17:30", "17:30–19:00"), ("18:00", "18:00–19:30")):
        card = page.locator(OPENING)
        card.locator(".board-move summary").click()
        card.locator("input[name=start]").fill(start)
        with page.expect_navigation():
            card.locator("button[type=submit]").click()
        assert there in page.locator(".messagelist").inner_text()
        assert hours(page) == there


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_on_desk_and_board_is_in_the_way_of_assistive_technology(organizer, width, scheme):
    page = organizer(width=width, color_scheme=scheme)
    assert find_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.goto("/admin/")
    assert find_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
