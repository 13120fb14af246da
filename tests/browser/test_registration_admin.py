"""Registration admin in a browser: accessibility of each page, and decisions by keyboard."""

import re

import pytest
from playwright.sync_api import expect

from .accessibility import find_violations
from .page_catalogue import localized_path
from .visitors import BrowserVisits

EMAIL, PASSWORD = "organizer@conference.example", "correct-horse-battery-staple"
LOOKS = {
    "English, wide, light": {"language": "en", "width": 1440, "color_scheme": "light"},
    "Vietnamese, narrow, dark": {"language": "vi", "width": 360, "color_scheme": "dark"},
}
ADMIN_URL = "/admin/registration"
REGISTRATIONS_URL = f"{ADMIN_URL}/registration/"
# Browsers report interrupted page transitions, and requests that the checks try.
IGNORED_MESSAGES = re.compile("Transition was|ERR_ABORTED|Failed to load resource")

# Paths; * stands for the first pending registration.
PAGES = {
    "dashboard": "/admin/",
    "list": REGISTRATIONS_URL,
    "list, filtered": f"{REGISTRATIONS_URL}?status__exact=confirmed&mode=in_person&q=linh",
    "review": f"{REGISTRATIONS_URL}*/review/",
    "days": f"{REGISTRATIONS_URL}*/days/",
    "details": f"{REGISTRATIONS_URL}*/change/",
    "erase": f"{REGISTRATIONS_URL}*/erase/",
    "statistics": f"{REGISTRATIONS_URL}statistics/",
    "export": f"{REGISTRATIONS_URL}export/",
    "needs": f"{ADMIN_URL}/specialneeds/",
    "daily capacity": f"{ADMIN_URL}/quota/",
    "categories": f"{ADMIN_URL}/category/",
    "category": f"{ADMIN_URL}/category/1/change/",
    "settings": f"{ADMIN_URL}/registrationsettings/1/change/",
    "consent texts": f"{ADMIN_URL}/consenttext/",
    "consent text, new": f"{ADMIN_URL}/consenttext/add/",
    "consent text": f"{ADMIN_URL}/consenttext/1/change/",
    "access log (special needs)": f"{ADMIN_URL}/needsaccesslog/",
    "exports": f"{ADMIN_URL}/exportlog/",
    "e-mail templates": "/admin/mail/emailtemplate/",
    "e-mail template": "/admin/mail/emailtemplate/1/change/",
    "queued e-mails": "/admin/mail/queuedemail/",
    "check-in": "/admin/check-in/",
}


def sign_in(visits, **look):
    page = visits.visitor(phase="registration", **look)
    page.goto("/accounts/login/")
    page.fill("input[name=login]", EMAIL)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login/" not in url)
    return page


@pytest.fixture(scope="module", params=LOOKS)
def admin_page(browser, site, request):
    with BrowserVisits(browser, site) as visits:
        page = sign_in(visits, **LOOKS[request.param])
        page.language = LOOKS[request.param]["language"]
        yield page


@pytest.fixture
def registrar_page(browser, site):
    with BrowserVisits(browser, site) as visits:
        yield sign_in(visits)


def first_pending_id(page):
    text = page.request.get(f"{REGISTRATIONS_URL}?status__exact=submitted&o=7").text()
    return re.search(rf'href="{REGISTRATIONS_URL}([0-9a-f-]+)/review/', text)[1]


def assert_accessible(page):
    messages = [message for message in page.problems if not IGNORED_MESSAGES.search(message)]
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width == 360:
        page.set_viewport_size({"width": 320, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        page.set_viewport_size({"width": 360, "height": 900})
    assert find_violations(page) == []
    assert messages == []


@pytest.mark.parametrize("name", PAGES)
def test_registration_admin_page_is_accessible(admin_page, name):
    admin_page.problems.clear()
    path = PAGES[name].replace("*", first_pending_id(admin_page)) if "*" in PAGES[name] else PAGES[name]
    assert admin_page.goto(localized_path(path, admin_page.language)).status == 200
    assert_accessible(admin_page)


def test_email_preview_is_accessible(admin_page):
    admin_page.goto(localized_path("/admin/mail/emailtemplate/", admin_page.language))
    admin_page.goto(localized_path("/admin/mail/emailtemplate/1/change/", admin_page.language))
    with admin_page.context.expect_page() as preview:
        admin_page.locator("input[formtarget=_blank]").click()
    preview.value.locator("#preview-vi").wait_for()
    preview.value.problems = []
    assert_accessible(preview.value)


def test_bulk_action_confirmation_is_accessible(admin_page):
    admin_page.goto(localized_path(f"{REGISTRATIONS_URL}?status__exact=submitted", admin_page.language))
    for box in admin_page.locator("input.action-select").all()[:2]:
        box.check()
    admin_page.locator("select[name=action]").select_option("decline_selected")
    with admin_page.expect_navigation():
        admin_page.locator(".actions button").click()
    admin_page.locator("select[name=reason]").wait_for()
    admin_page.problems.clear()
    assert_accessible(admin_page)


def test_rejected_decision_is_accessible(admin_page):
    admin_page.goto(localized_path(f"{REGISTRATIONS_URL}{first_pending_id(admin_page)}/review/", admin_page.language))
    admin_page.locator("button[value=decline]").click()
    # Without this, the browser would not send the form.
    admin_page.locator("select[name=reason]").evaluate("(select) => select.required = false")
    with admin_page.expect_navigation():
        admin_page.locator("button[value=decline]").click()
    admin_page.locator(".errornote").wait_for()
    admin_page.problems.clear()
    assert_accessible(admin_page)


def test_chart_data_table_opens_by_keyboard(registrar_page):
    registrar_page.goto(f"{REGISTRATIONS_URL}statistics/")
    registrar_page.locator(".chart-table summary").first.focus()
    registrar_page.keyboard.press("Enter")
    registrar_page.locator(".chart-table table").first.wait_for()
    assert registrar_page.locator("svg[role=img]").count() == 5


def tab_to(page, selector):
    """Press Tab until the element has the focus."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} cannot be reached by keyboard")


def press_enter(page):
    """Press Enter on a link or button and wait for the next page."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def remaining(page):
    return int(re.search(r"of (\d+) remaining", page.locator(".review-navigation").inner_text())[1])


def test_review_decisions_by_keyboard(registrar_page):
    page = registrar_page
    page.goto("/admin/")
    tab_to(page, "#registrations ~ p a[href*='/review/']")
    press_enter(page)
    page.locator(".review-decisions").wait_for()
    before, first = remaining(page), page.locator("h1").inner_text()
    tab_to(page, "button[value=approve]")
    press_enter(page)
    page.locator(".messagelist", has_text="was approved").wait_for()
    assert first in page.locator(".messagelist").inner_text()
    assert remaining(page) == before - 1
    tab_to(page, "select[name=reason]")
    page.keyboard.type("Another")
    expect(page.locator("select[name=reason]")).to_have_value("other")
    tab_to(page, "textarea[name=note]")
    page.keyboard.type("Please register as a delegate.")
    tab_to(page, "button[value=decline]")
    press_enter(page)
    page.locator(".messagelist", has_text="was declined").wait_for()
    assert remaining(page) == before - 2


def test_review_second_of_two_decisions_shows_a_conflict(browser, site):
    with BrowserVisits(browser, site) as visits:
        one, two = sign_in(visits), sign_in(visits, height=800)
        page = f"{REGISTRATIONS_URL}{first_pending_id(one)}/review/"
        one.goto(page)
        two.goto(page)
        one.locator("button[value=approve]").click()
        one.locator(".messagelist", has_text="was approved").wait_for()
        with two.expect_navigation():
            two.locator("button[value=approve]").click()
        error = two.locator(".errornote").inner_text()
        assert "Last change: Approved, by organizer@conference.example" in error
        assert two.locator("button[value=approve]").count() == 0


def test_export_downloads_a_workbook(registrar_page):
    registrar_page.goto(f"{REGISTRATIONS_URL}?status__exact=confirmed")
    with registrar_page.expect_navigation():
        registrar_page.locator(".object-tools a", has_text="Export").click()
    with registrar_page.expect_download() as download:
        registrar_page.locator(".submit-row input").click()
    assert download.value.suggested_filename == "registrations.xlsx"
