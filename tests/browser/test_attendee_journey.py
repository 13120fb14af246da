"""One delegate's whole way: the form, the letter with the code, the ticket, another day, and out again. By mouse and
keyboard on a wide screen, and without scripts on a phone of 320 pixels."""

import re

import pytest
from playwright.sync_api import expect

from .accessibility import find_violations
from .page_catalogue import each_language

WAYS = {
    "wide": {"width": 1440},
    "phone without scripts": {"width": 320, "height": 640, "java_script_enabled": False},
}


class Delegate:
    """Somebody with a browser, who reads their letters in another window."""

    def __init__(self, page, language, address):
        self.page, self.address = page, address
        self.prefix = "" if language == "en" else f"/{language}"

    def open(self, path):
        self.page.goto(self.prefix + path)

    def is_at(self, path):
        return re.sub(r"^https?://[^/]+", "", self.page.url).partition("?")[0] == self.prefix + path

    def press(self, selector="form#form .button-strong"):
        """Follow a link or send a form, to a page that is there."""
        with self.page.expect_navigation():
            self.page.locator(f"main {selector}").first.click()

    def fill_in(self, **more):
        facts = {"passport_name": "Nguyễn Thị Linh", "badge_name": "Linh", "organization": "Da Nang Peace House"}
        for name, text in (facts | more).items():
            self.page.fill(f"#id_{name}", text)
        self.page.select_option("#id_country", "VN")
        self.page.check("input[name=category][value=observer]")
        self.page.check("#id_consent")

    def choose(self, *modes):
        """One for each day."""
        for question, mode in zip(self.page.locator(".day-question").all(), modes, strict=True):
            question.locator(f"input[value='{mode}']").check()

    def letters(self):
        """What was written to them, the newest first."""
        page = self.page.context.new_page()
        page.goto("/letters/")
        rows = page.locator("tbody tr", has_text=self.address)
        found = []
        for link in [row.get_by_role("link").get_attribute("href") for row in rows.all()]:
            page.goto(link)
            found.append(page.locator("main").inner_text())
        page.close()
        return found

    def code(self):
        return re.search(r"\b\d{4}-\d{4}\b", self.letters()[0])[0]

    def seats(self):
        return self.page.locator(".attendance-days .seat").evaluate_all(
            "(seats) => seats.map((seat) => seat.className)"
        )


@pytest.fixture(params=WAYS)
def delegate(request, visitor, language):
    name = f"{language}-{request.param.split()[0]}@people.example"
    return Delegate(visitor(phase="before", language=language, **WAYS[request.param]), language, name)


@each_language
def test_a_delegate_goes_all_the_way(delegate, language):
    page = delegate.page
    delegate.open("/register/")
    delegate.press()
    assert page.locator("#problems").is_visible()
    assert page.locator("#problems a").count() == 8
    delegate.fill_in(email=delegate.address)
    delegate.choose("in_person", "online", "")
    delegate.press()
    assert delegate.is_at("/accounts/login/code/confirm/")
    assert page.locator("main a[href$='/letters/']").is_visible()
    page.fill("#id_code", delegate.code())
    page.press("#id_code", "Enter")
    page.wait_for_url("**/my/")
    assert delegate.seats() == ["seat seat-confirmed"] * 2
    assert "Nguyễn Thị Linh" in page.locator("main").inner_text()
    assert len(delegate.letters()) == 2

    delegate.press("a[href$='/my/ticket/']")
    assert page.locator("main svg").is_visible()

    delegate.open("/my/days/")
    delegate.choose("online", "online", "online")
    delegate.press()
    assert delegate.is_at("/my/")
    assert delegate.seats() == ["seat seat-confirmed"] * 3

    delegate.open("/my/cancel/")
    delegate.press("form .button-strong")
    assert delegate.is_at("/my/")
    assert page.locator(".attendance-days").count() == 0
    assert len(delegate.letters()) == 4

    delegate.open("/my/erase/")
    page.check("#id_sure")
    delegate.press("form .button-strong")
    assert delegate.letters() == []
    delegate.open("/my/")
    assert delegate.is_at("/accounts/login/code/")
    # An icon that a page did not wait for is no complaint.
    assert [complaint for complaint in page.complaints if "ERR_ABORTED" not in complaint] == []


@pytest.fixture
def page(visitor):
    return visitor(phase="before")


def test_what_is_wrong_has_the_focus(page):
    page.goto("/register/")
    page.locator("form#form .button-strong").click()
    expect(page.locator("#problems")).to_be_focused()
    expect(page).to_have_title(re.compile("^Error: "))
    page.locator("#problems a").first.click()
    expect(page.locator("#id_email")).to_be_focused()


def test_enter_in_a_field_sends_the_form_in_its_own_language(page):
    page.goto("/vi/register/")
    page.fill("#id_badge_name", "Linh")
    page.press("#id_badge_name", "Enter")
    expect(page.locator("#problems")).to_be_visible()
    expect(page).to_have_url("/vi/register/")


@pytest.mark.parametrize("scripts", [True, False])
def test_another_language_keeps_what_was_typed(visitor, scripts):
    page = visitor(phase="before", java_script_enabled=scripts)
    page.goto("/register/")
    page.fill("#id_badge_name", "Linh")
    page.check("input[name=category][value=media]")
    page.locator(".languages button[lang=vi]").click()
    page.wait_for_url("**/vi/register/")
    assert page.input_value("#id_badge_name") == "Linh"
    assert page.is_checked("input[name=category][value=media]")
    assert page.locator("#problems").count() == 0


def test_a_second_click_sends_nothing(page):
    page.goto("/register/")
    # Of two clicks at once a browser forgets the first, and after the answer the second is at another page.
    held = []
    page.route("**/register/", lambda route: held.append(route))
    page.locator("form#form .button-strong").hover()
    with page.expect_request("**/register/"):
        click(page)
    click(page)
    for route in held:
        route.continue_()
    page.locator("#problems").wait_for()
    assert [request.method for request in page.asked if request.is_navigation_request()] == ["GET", "POST"]


def click(page):
    """Where the pointer is."""
    page.mouse.down()
    page.mouse.up()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 320])
def test_a_form_with_errors_is_in_nobodys_way(visitor, width, scheme):
    page = visitor(phase="before", width=width, color_scheme=scheme)
    page.goto("/register/")
    with page.expect_navigation():
        page.locator("form#form .button-strong").click()
    expect(page.locator("#problems")).to_be_focused()
    # While one page fades into the other, nothing of either can be pointed at.
    page.evaluate("document.activeViewTransition?.finished.then(() => true)")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert find_violations(page) == []
