"""Check-in in a browser with a camera: answers, work without a network, keyboard, and what stays on the device."""

import json
from contextlib import ExitStack

import pytest
from playwright.sync_api import expect

from . import live_site
from .accessibility import find_violations
from .conftest import CHROMIUM, FLAGS
from .fake_camera import FakeCamera
from .visitors import BrowserVisits

PAGE = "/admin/check-in/"
NO_SCROLL = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
STORED = """
Promise.all([indexedDB.databases(), caches.keys(), navigator.serviceWorker.getRegistrations()])
    .then((kinds) => kinds.map((kind) => kind.length))
"""


class CheckInSite:
    """A site with people, on the second day of the event. Each ticket is taken by one test only."""

    def __init__(self, folder, url):
        self.folder, self.url = folder, url
        self.tickets = json.loads(self.run("tickets"))

    def run(self, command):
        return live_site.run_server(self.folder, "-m", "tests.browser.check_in_site", command)

    def take(self, verdict="admit"):
        """Return the URL and the name of a ticket that no test has used."""
        return self.tickets[verdict].pop()

    def list_check_ins(self, *names):
        return [row for row in json.loads(self.run("check-ins")) if row[0] in names]


@pytest.fixture(scope="module")
def check_in_site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sites") / "check-in"
    live_site.run_server(folder, "manage.py", "quickstart", "--no-serve", "--stage", "during", "--with-people", "60")
    with live_site.serve(folder) as url:
        yield CheckInSite(folder, url)


@pytest.fixture(scope="module")
def camera(tmp_path_factory):
    return FakeCamera(tmp_path_factory.mktemp("camera") / "picture.y4m")


@pytest.fixture(scope="module")
def browser_with_camera(browser, camera):
    with browser.browser_type.launch(executable_path=CHROMIUM, args=[*FLAGS, *camera.flags]) as chromium:
        yield chromium


@pytest.fixture
def open_check_in(browser_with_camera, camera, check_in_site):
    """Return a function that opens the page on a device of its own, as an organizer."""
    camera.show_nothing()
    with ExitStack() as devices:

        def open_page(before=None, **more):
            visits = devices.enter_context(BrowserVisits(browser_with_camera, lambda phase: check_in_site.url))
            page = visits.visitor(**{"width": 360, "height": 740, "permissions": ["camera"]} | more)
            if before:
                before(page)
            page.goto(PAGE)
            page.fill("input[name=login]", live_site.ORGANIZER)
            page.fill("input[name=password]", live_site.PASSWORD)
            page.press("input[name=password]", "Enter")
            wait_until_ready(page)
            return page

        yield open_page


def wait_until_ready(page):
    page.locator("[data-ready]").wait_for()
    # The list is stored, and the page can be loaded without a network.
    expect(page.locator("[data-part=network], [data-part=offline]").filter(visible=True)).to_contain_text("List of")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")


def start_camera(page):
    page.get_by_role("button", name="Scan with the camera").click()
    page.locator("[data-part=camera]").wait_for()


def expect_answer(page, heading, name=""):
    expect(page.locator("[data-part=announcement] [data-slot=heading]")).to_contain_text(heading)
    expect(page.locator("[data-part=announcement] [data-slot=name]")).to_have_text(name)


def scan(page, camera, ticket, heading):
    url, name = ticket
    camera.show(url)
    expect_answer(page, heading, name)


def type_code(page, code):
    """Type as a hardware scanner does."""
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def test_camera_scans_and_page_answers(open_check_in, camera, check_in_site):
    page = open_check_in()
    assert find_violations(page) == []
    start_camera(page)
    first, second = check_in_site.take(), check_in_site.take()
    scan(page, camera, first, "Welcome")
    assert find_violations(page) == []
    scan(page, camera, second, "Welcome")
    scan(page, camera, first, "Already in since")
    scan(page, camera, check_in_site.take("waitlisted"), "Wait list")
    scan(page, camera, check_in_site.take("not_today"), "Not today:")
    assert find_violations(page) == []
    camera.show("https://other.example/ticket/" + "a" * 22 + "." + "b" * 43)
    expect_answer(page, "Other event")
    expect(page.locator("[data-part=counter-inside]")).to_have_text("2")
    assert len(check_in_site.list_check_ins(first[1], second[1])) == 2
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate(NO_SCROLL)


def test_ten_scans_without_network_are_sent_once(open_check_in, camera, check_in_site):
    page = open_check_in()
    start_camera(page)
    tickets = [check_in_site.take() for _number in range(10)]
    page.context.set_offline(True)
    for ticket in tickets[:5]:
        scan(page, camera, ticket, "Welcome")
    expect(page.locator("[data-part=offline]")).to_contain_text("Offline since")
    camera.show_nothing()
    page.reload()
    wait_until_ready(page)
    expect(page.locator("[data-part=queue]")).to_have_text("Not sent yet: 5")
    for ticket in tickets[5:]:
        scan(page, camera, ticket, "Welcome")
    scan(page, camera, tickets[0], "Already in since")
    scan(page, camera, check_in_site.take("waitlisted"), "Wait list")
    assert find_violations(page) == []
    page.context.set_offline(False)
    expect(page.locator("[data-part=queue]")).to_be_hidden()
    expect(page.locator("[data-part=alerts]")).to_be_hidden()
    names = [name for _url, name in tickets]
    rows = check_in_site.list_check_ins(*names)
    assert sorted(rows) == sorted([name, "in", "Gate A", False, False] for name in names)


def test_both_devices_learn_of_a_ticket_that_entered_twice(open_check_in, check_in_site):
    url, name = check_in_site.take()
    offline, online = open_check_in(), open_check_in(locale="en-US")
    offline.context.set_offline(True)
    type_code(offline, url)
    expect_answer(offline, "Welcome", name)
    type_code(online, url)
    expect_answer(online, "Welcome", name)
    offline.context.set_offline(False)
    for page in (offline, online):
        alert = page.locator("[data-part=alert-list] li")
        expect(alert).to_contain_text(name)
        alert.get_by_role("button").click()
        expect(page.locator("[data-part=alerts]")).to_be_hidden()
    assert [row[3] for row in check_in_site.list_check_ins(name)] in ([False, True], [True, False])


def test_keyboard_alone_finds_checks_in_and_undoes(open_check_in, check_in_site):
    url, name = check_in_site.take()
    page = open_check_in(width=1024)
    page.get_by_role("button", name="Mute").focus()
    type_code(page, url)
    expect_answer(page, "Welcome", name)
    page.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Enter")
    expect_answer(page, "Undone", name)
    page.locator("#check-in-code").focus()
    page.keyboard.type(name.lower())
    person = page.locator("[data-part=people] button").first
    person.wait_for()
    assert find_violations(page) == []
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(person).to_be_focused()
    page.keyboard.press("Enter")
    expect_answer(page, "Welcome", name)
    assert [row[-1] for row in check_in_site.list_check_ins(name)] == [True, False]


def test_sign_out_erases_what_the_browser_has_stored(open_check_in):
    page = open_check_in()
    assert page.evaluate(STORED) == [1, 1, 1]
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="Signed out").wait_for()
    assert page.evaluate(STORED) == [0, 0, 0]


def test_list_is_erased_when_the_day_is_over(open_check_in):
    page = open_check_in(before=lambda page: page.clock.install())
    page.context.set_offline(True)
    page.clock.fast_forward("30:00:00")
    expect(page.locator("[data-part=offline]")).to_contain_text("There is no list on this device")
    page.reload()
    expect(page.locator("[data-part=offline]")).to_contain_text("There is no list on this device")
