"""The journey of an attendee, from the form to erasure, on a wide screen and without scripts on a phone."""

import re

import pytest
from playwright.sync_api import expect

from .accessibility import find_violations_in_views
from .page_catalogue import each_language, localized_path

DEVICES = {
    "wide": {"width": 1440},
    "phone without scripts": {"width": 320, "height": 640, "java_script_enabled": False},
}


class AttendeeBrowser:
    """A page of an attendee, whose e-mails are read in another one."""

    def __init__(self, page, language, email):
        self.page, self.email = page, email
        self.prefix = "" if language == "en" else f"/{language}"

    def open(self, path):
        self.page.goto(self.prefix + path)

    def is_at(self, path):
        return re.sub(r"^https?://[^/]+", "", self.page.url).partition("?")[0] == self.prefix + path

    def click(self, selector="form#form .button-strong"):
        """Click a link or button and wait for the next page."""
        with self.page.expect_navigation():
            self.page.locator(f"main {selector}").first.click()

    def fill_in(self, **more):
        values = {"passport_name": "Nguyễn Thị Linh", "badge_name": "Linh", "organization": "Da Nang Peace House"}
        for name, text in (values | more).items():
            self.page.fill(f"#id_{name}", text)
        self.page.select_option("#id_country", "VN")
        self.page.check("input[name=category][value=observer]")
        self.page.check("#id_consent")

    def choose_days(self, *modes):
        """Choose a mode for each day."""
        for day, mode in zip(self.page.locator(".day-question").all(), modes, strict=True):
            day.locator(f"input[value='{mode}']").check()

    def emails(self):
        """Return the texts of the e-mails to the attendee, the newest first."""
        page = self.page.context.new_page()
        page.goto("/dev/outbox/")
        rows = page.locator("tbody tr", has_text=self.email)
        texts = []
        for link in [row.get_by_role("link").get_attribute("href") for row in rows.all()]:
            page.goto(link)
            texts.append(page.locator("main").inner_text())
        page.close()
        return texts

    def code(self):
        return re.search(r"\b\d{4}-\d{4}\b", self.emails()[0])[0]

    def seat_classes(self):
        return self.page.locator(".attendance-days .seat").evaluate_all(
            "(seats) => seats.map((seat) => seat.className)"
        )


@pytest.fixture(params=DEVICES)
def attendee(request, visitor, language):
    email = f"{language}-{request.param.split()[0]}@people.example"
    return AttendeeBrowser(visitor(phase="before", language=language, **DEVICES[request.param]), language, email)


@each_language
def test_attendee_registers_changes_days_cancels_and_erases(attendee, language):
    page = attendee.page
    attendee.open("/register/")
    attendee.click()
    assert page.locator("#problems").is_visible()
    assert page.locator("#problems a").count() == 8
    attendee.fill_in(email=attendee.email)
    attendee.choose_days("in_person", "online", "")
    attendee.click()
    assert attendee.is_at("/accounts/login/code/confirm/")
    assert page.locator("main a[href$='/dev/outbox/']").is_visible()
    page.fill("#id_code", attendee.code())
    page.press("#id_code", "Enter")
    page.wait_for_url("**/my/")
    assert attendee.seat_classes() == ["seat seat-confirmed"] * 2
    assert "Nguyễn Thị Linh" in page.locator("main").inner_text()
    assert len(attendee.emails()) == 2

    attendee.click("a[href$='/my/ticket/']")
    assert page.locator("main svg").is_visible()

    attendee.open("/my/days/")
    attendee.choose_days("online", "online", "online")
    attendee.click()
    assert attendee.is_at("/my/")
    assert attendee.seat_classes() == ["seat seat-confirmed"] * 3

    attendee.open("/my/cancel/")
    attendee.click("form .button-strong")
    assert attendee.is_at("/my/")
    assert page.locator(".attendance-days").count() == 0
    assert len(attendee.emails()) == 4

    attendee.open("/my/erase/")
    page.check("#id_confirm")
    attendee.click("form .button-strong")
    assert attendee.emails() == []
    attendee.open("/my/")
    assert attendee.is_at("/accounts/login/code/")
    # A page that is left early aborts the request for its icon.
    assert [problem for problem in page.problems if "ERR_ABORTED" not in problem] == []


@pytest.fixture
def page(visitor):
    return visitor(phase="before")


def test_form_with_errors_focuses_the_summary(page):
    page.goto("/register/")
    page.locator("form#form .button-strong").click()
    expect(page.locator("#problems")).to_be_focused()
    expect(page).to_have_title(re.compile("^Error: "))
    page.locator("#problems a").first.click()
    expect(page.locator("#id_email")).to_be_focused()


def test_enter_key_submits_the_form_in_its_language(page):
    page.goto("/vi/register/")
    page.fill("#id_badge_name", "Linh")
    page.press("#id_badge_name", "Enter")
    expect(page.locator("#problems")).to_be_visible()
    expect(page).to_have_url("/vi/register/")


@pytest.mark.parametrize("java_script_enabled", [True, False])
def test_change_of_language_keeps_the_entries(visitor, java_script_enabled):
    page = visitor(phase="before", java_script_enabled=java_script_enabled)
    page.goto("/register/")
    page.fill("#id_badge_name", "Linh")
    page.check("input[name=category][value=media]")
    page.locator(".languages button[lang=vi]").click()
    page.wait_for_url("**/vi/register/")
    assert page.input_value("#id_badge_name") == "Linh"
    assert page.is_checked("input[name=category][value=media]")
    assert page.locator("#problems").count() == 0


def test_second_click_does_not_submit_again(page):
    page.goto("/register/")
    # The response is held back until the second click.
    held_routes = []
    page.route("**/register/", lambda route: held_routes.append(route))
    page.locator("form#form .button-strong").hover()
    with page.expect_request("**/register/"):
        click_at_pointer(page)
    click_at_pointer(page)
    for route in held_routes:
        route.continue_()
    page.locator("#problems").wait_for()
    assert [request.method for request in page.requests if request.is_navigation_request()] == ["GET", "POST"]


def click_at_pointer(page):
    page.mouse.down()
    page.mouse.up()


@each_language
def test_form_with_errors_is_accessible(page, language):
    page.goto(localized_path("/register/", language))
    with page.expect_navigation():
        page.locator("form#form .button-strong").click()
    expect(page.locator("#problems")).to_be_focused()
    # Axe cannot inspect the page during the view transition.
    page.evaluate("document.activeViewTransition?.finished.then(() => true)")
    assert find_violations_in_views(page, language) == {}
    for width in (1440, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") == width
