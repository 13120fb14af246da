"""The registrars' desk in a browser: every page in nobody's way, and a walk from the list through decisions by
keyboard alone."""

import re

import pytest
from playwright.sync_api import expect

from . import live_site
from .accessibility import find_violations
from .page_catalogue import localized_path
from .visitors import BrowserVisits

EMAIL, PASSWORD = "organizer@conference.example", "correct-horse-battery-staple"
LOOKS = {
    "English, wide, light": {"language": "en", "width": 1440, "color_scheme": "light"},
    "Vietnamese, narrow, dark": {"language": "vi", "width": 360, "color_scheme": "dark"},
}
DESK = "/admin/registration"
REGISTRATIONS = f"{DESK}/registration/"
# What a browser says of leaving a page that fades, and of what the checks themselves try.
PASSING = re.compile("Transition was|ERR_ABORTED|Failed to load resource")

# Where they are. A * is the first registration that awaits a decision.
PAGES = {
    "desk": "/admin/",
    "list": REGISTRATIONS,
    "list, narrowed": f"{REGISTRATIONS}?state__exact=confirmed&mode=in_person&q=linh",
    "review": f"{REGISTRATIONS}*/review/",
    "days": f"{REGISTRATIONS}*/days/",
    "facts": f"{REGISTRATIONS}*/change/",
    "erasing": f"{REGISTRATIONS}*/erase/",
    "figures": f"{REGISTRATIONS}figures/",
    "export": f"{REGISTRATIONS}export/",
    "needs": f"{DESK}/needs/",
    "daily capacity": f"{DESK}/quota/",
    "categories": f"{DESK}/category/",
    "category": f"{DESK}/category/1/change/",
    "house": f"{DESK}/house/1/change/",
    "wordings": f"{DESK}/consent/",
    "wording, new": f"{DESK}/consent/add/",
    "wording": f"{DESK}/consent/1/change/",
    "access log (special needs)": f"{DESK}/opening/",
    "exports": f"{DESK}/export/",
}


@pytest.fixture(scope="module")
def admitting(tmp_path_factory):
    """The address of a site where people register."""
    folder = live_site.prepare_site(tmp_path_factory.mktemp("sites") / "admitting")
    live_site.run_server(folder, "-m", "tests.browser.sample_registrations")
    with live_site.serve(folder) as site:
        yield site


def signed_in(visits, **look):
    page = visits.visitor(**look)
    page.goto("/accounts/login/")
    page.fill("input[name=login]", EMAIL)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login/" not in url)
    return page


@pytest.fixture(scope="module", params=LOOKS)
def desk(browser, admitting, request):
    with BrowserVisits(browser, lambda phase: admitting) as visits:
        page = signed_in(visits, **LOOKS[request.param])
        page.language = LOOKS[request.param]["language"]
        yield page


@pytest.fixture
def registrar(browser, admitting):
    with BrowserVisits(browser, lambda phase: admitting) as visits:
        yield signed_in(visits)


def first_that_waits(page):
    listed = page.request.get(f"{REGISTRATIONS}?state__exact=submitted&o=7").text()
    return re.search(rf'href="{REGISTRATIONS}([0-9a-f-]+)/review/', listed)[1]


def assert_good(page):
    complaints = [words for words in page.complaints if not PASSING.search(words)]
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width == 360:
        page.set_viewport_size({"width": 320, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        page.set_viewport_size({"width": 360, "height": 900})
    assert find_violations(page) == []
    assert complaints == []


@pytest.mark.parametrize("name", PAGES)
def test_nothing_on_a_page_of_the_registrars_is_in_anybodys_way(desk, name):
    desk.complaints.clear()
    path = PAGES[name].replace("*", first_that_waits(desk)) if "*" in PAGES[name] else PAGES[name]
    assert desk.goto(localized_path(path, desk.language)).status == 200
    assert_good(desk)


def test_what_is_done_to_several_is_asked_in_nobodys_way(desk):
    desk.goto(localized_path(f"{REGISTRATIONS}?state__exact=submitted", desk.language))
    for box in desk.locator("input.action-select").all()[:2]:
        box.check()
    desk.locator("select[name=action]").select_option("decline_several")
    with desk.expect_navigation():
        desk.locator(".actions button").click()
    desk.locator("select[name=reason]").wait_for()
    desk.complaints.clear()
    assert_good(desk)


def test_a_decision_that_is_refused_is_told_in_nobodys_way(desk):
    desk.goto(localized_path(f"{REGISTRATIONS}{first_that_waits(desk)}/review/", desk.language))
    desk.locator("button[value=decline]").click()
    # What is required a browser says by itself; what is not sent, the site.
    desk.locator("select[name=reason]").evaluate("(select) => select.required = false")
    with desk.expect_navigation():
        desk.locator("button[value=decline]").click()
    desk.locator(".errornote").wait_for()
    desk.complaints.clear()
    assert_good(desk)


def test_the_numbers_behind_a_figure_open_by_keyboard(registrar):
    registrar.goto(f"{REGISTRATIONS}figures/")
    registrar.locator(".chart-table summary").first.focus()
    registrar.keyboard.press("Enter")
    registrar.locator(".chart-table table").first.wait_for()
    assert registrar.locator("svg[role=img]").count() == 5


def tab_to(page, selector):
    """Press Tab until the focus is there, as somebody without a mouse does."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"No way by keyboard to {selector}")


def press_enter(page):
    """On what leads to another page, which is there."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def left(page):
    return int(re.search(r"of (\d+) left", page.locator(".review-navigation").inner_text())[1])


def test_registrations_are_decided_one_after_the_other_by_keyboard(registrar):
    page = registrar
    page.goto("/admin/")
    tab_to(page, "#registering ~ p a[href*='/review/']")
    press_enter(page)
    page.locator(".review-decisions").wait_for()
    at_first, first = left(page), page.locator("h1").inner_text()
    tab_to(page, "button[value=approve]")
    press_enter(page)
    page.locator(".messagelist", has_text="is approved").wait_for()
    assert first in page.locator(".messagelist").inner_text()
    assert left(page) == at_first - 1
    tab_to(page, "select[name=reason]")
    page.keyboard.type("Another")
    expect(page.locator("select[name=reason]")).to_have_value("other")
    tab_to(page, "textarea[name=note]")
    page.keyboard.type("Please register as a delegate.")
    tab_to(page, "button[value=decline]")
    press_enter(page)
    page.locator(".messagelist", has_text="is declined").wait_for()
    assert left(page) == at_first - 2


def test_of_two_registrars_the_second_is_told_what_the_first_did(browser, admitting):
    with BrowserVisits(browser, lambda phase: admitting) as visits:
        one, two = signed_in(visits), signed_in(visits, height=800)
        page = f"{REGISTRATIONS}{first_that_waits(one)}/review/"
        one.goto(page)
        two.goto(page)
        one.locator("button[value=approve]").click()
        one.locator(".messagelist", has_text="is approved").wait_for()
        with two.expect_navigation():
            two.locator("button[value=approve]").click()
        refusal = two.locator(".errornote").inner_text()
        assert "Last: Approved, by organizer@conference.example" in refusal
        assert two.locator("button[value=approve]").count() == 0


def test_a_workbook_of_what_the_list_shows_is_downloaded(registrar):
    registrar.goto(f"{REGISTRATIONS}?state__exact=confirmed")
    with registrar.expect_navigation():
        registrar.locator(".object-tools a", has_text="Export").click()
    with registrar.expect_download() as download:
        registrar.locator(".submit-row input").click()
    assert download.value.suggested_filename == "registrations.xlsx"
