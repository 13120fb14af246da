"""Accessibility of each admin page: in English on a wide light screen, in Vietnamese on a narrow dark one."""

import re
import time
from uuid import UUID

import pytest
from allauth.mfa.totp.internal.auth import hotp_value
from playwright.sync_api import expect

from .accessibility import find_violations
from .page_catalogue import localized_path
from .visitors import BrowserVisits

PASSWORD, SECRET = "correct-horse-battery-staple", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
ORGANIZER, VIEWER, DELEGATE = (f"{name}@conference.example" for name in ("organizer", "viewer", "delegate"))
LOOKS = {
    "English, wide, light": {"language": "en", "width": 1440, "color_scheme": "light"},
    "Vietnamese, narrow, dark": {"language": "vi", "width": 360, "color_scheme": "dark"},
}

SESSIONS, RELEASES = "/admin/programme/session", "/admin/programme/release"
TALK_1, TALK_2 = (f"{SESSIONS}/{UUID(int=number)}" for number in (1, 2))

# Browsers report interrupted page transitions and downloads, and requests that the checks try.
IGNORED_MESSAGES = re.compile("Transition was|ERR_ABORTED|Failed to load resource")

# Paths; * stands for the first object of the list before it.
PAGES = {
    "dashboard": "/admin/",
    "sessions": f"{SESSIONS}/",
    "sessions, filtered": f"{SESSIONS}/?day=2020-12-08&q=women",
    "session, new": f"{SESSIONS}/add/",
    "session": f"{TALK_1}/change/",
    "session, deleting": f"{TALK_1}/delete/",
    "session, duplicating": f"{TALK_1}/duplicate/",
    "speakers": "/admin/speakers/speaker/",
    "speaker": "/admin/speakers/speaker/*change/",
    "speaker, new": "/admin/speakers/speaker/add/",
    "room": "/admin/programme/room/*change/",
    "theme": "/admin/programme/theme/*change/",
    "timetable": f"{SESSIONS}/board/2020-12-07/",
    "timetable, day with few sessions": f"{SESSIONS}/board/2020-12-08/",
    "moving the sessions of a day": f"{SESSIONS}/move/?day=2020-12-07",
    "import": f"{SESSIONS}/import/",
    "export": f"{SESSIONS}/export/",
    "publish": f"{RELEASES}/publish/",
    "releases": f"{RELEASES}/",
    "release": f"{RELEASES}/2/change/",
    "release, publishing again": f"{RELEASES}/1/again/",
    "release, publishing the current one again": f"{RELEASES}/2/again/",
    "release, restoring": f"{RELEASES}/1/restore/",
    "history": f"{TALK_2}/history/",
    "deleted": f"{SESSIONS}/deleted/",
    "preview": "/preview/programme/",
    "preview of the home page": "/preview/",
    "registration period": "/admin/registration/period/",
    "preview of a session": "/preview/sessions/talk-2/",
    "conference": "/admin/conference/conference/1/change/",
    "page": "/admin/conference/page/*change/",
    "countries": "/admin/conference/country/?q=viet",
    "country": "/admin/conference/country/VN/change/",
    "account": "/admin/auth/user/*change/",
    "group": "/admin/auth/group/*change/",
    "second factor": "/accounts/2fa/",
    "second factor, an app": "/accounts/2fa/app/",
    "second factor, a passkey": "/accounts/2fa/passkeys/add/",
}


class AdminBrowser:
    """Browser page of a signed-in organizer."""

    def __init__(self, visits, look, email=ORGANIZER):
        self.language = LOOKS[look]["language"]
        self.page = visits.visitor(phase="busy", **LOOKS[look])
        self.sign_in(email)

    def sign_in(self, email):
        self.page.goto(localized_path("/accounts/login/", self.language))
        self.page.fill("input[name=login]", email)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.press("input[name=password]", "Enter")
        self.page.wait_for_url(lambda url: "/login/" not in url)

    def enter_totp_code(self):
        # Wait if the current code is about to expire.
        while time.time() % 30 > 20:
            self.page.wait_for_timeout(50)
        self.page.fill("input[name=code]", current_totp_code())
        self.page.press("input[name=code]", "Enter")
        self.page.wait_for_url(lambda url: "/2fa/authenticate/" not in url)

    def open(self, path):
        table, _star, rest = path.partition("*")
        if rest:
            path = self.first_object(table) + rest
        self.page.problems.clear()
        return self.page.goto(localized_path(path, self.language))

    def first_object(self, table):
        text = self.page.request.get(table).text()
        return re.search(rf'href="({table}[^/"]+/)change/', text)[1]


def current_totp_code():
    return f"{hotp_value(SECRET, int(time.time()) // 30):06}"


@pytest.fixture(scope="module", params=LOOKS)
def admin_browser(browser, site, request):
    with BrowserVisits(browser, site) as visits:
        yield AdminBrowser(visits, request.param)


def assert_accessible(page):
    """Assert that there are no browser messages, accessibility violations or horizontal scrolling."""
    assert_no_violations(page)
    assert_fits(page)


def assert_no_violations(page):
    # Read before the checks, whose script is reported as well.
    messages = [message for message in page.problems if not IGNORED_MESSAGES.search(message)]
    assert find_violations(page) == []
    assert messages == []


def assert_fits(page):
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width == 360:
        page.set_viewport_size({"width": 320, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        page.set_viewport_size({"width": 360, "height": 900})


@pytest.mark.parametrize("name", PAGES)
def test_admin_page_is_accessible(admin_browser, name):
    assert admin_browser.open(PAGES[name]).status == 200
    assert_accessible(admin_browser.page)


def test_session_form_with_new_rows_and_open_select_is_accessible(admin_browser):
    admin_browser.open(f"{TALK_1}/change/")
    page = admin_browser.page
    for group in ("#participations-group", "#links-group"):
        page.locator(f"{group} .add-row a").click()
    choice = page.locator("#participations-1 .select2-selection")
    expect(choice).to_have_attribute("aria-label", re.compile("."))
    assert "select" not in choice.get_attribute("aria-label").lower()
    choice.press("Enter")
    page.locator(".select2-results__option[role=option]").nth(1).wait_for()
    expect(page.locator(".select2-search__field")).to_have_attribute("aria-label", re.compile("."))
    assert_no_violations(page)
    page.keyboard.press("Escape")
    expect(page.locator(".select2-results__option")).to_have_count(0)
    assert_fits(page)


def test_session_form_with_errors_is_accessible(admin_browser):
    admin_browser.open(f"{SESSIONS}/add/")
    with admin_browser.page.expect_navigation():
        admin_browser.page.locator("input[name=_save]").first.click()
    admin_browser.page.locator(".errornote").wait_for()
    assert_accessible(admin_browser.page)


def test_session_form_hides_the_browser_time_zone_warning(browser, site):
    with BrowserVisits(browser, site) as visits:
        look = {"zone": "America/Los_Angeles"} | LOOKS["English, wide, light"]
        page = visits.visitor(phase="busy", **look)
        page.goto(f"{TALK_1}/change/")
        page.fill("input[name=login]", ORGANIZER)
        page.fill("input[name=password]", PASSWORD)
        with page.expect_navigation():
            page.press("input[name=password]", "Enter")
        page.locator(".timezonewarning").first.wait_for(state="attached")
        assert page.locator(".timezonewarning:visible").count() == 0


def test_dashboard_dark_links_without_javascript_have_contrast(browser, site):
    with BrowserVisits(browser, site) as visits:
        page = visits.visitor(phase="busy", color_scheme="dark", java_script_enabled=False)
        page.goto("/admin/")
        page.fill("input[name=login]", ORGANIZER)
        page.fill("input[name=password]", PASSWORD)
        with page.expect_navigation():
            page.press("input[name=password]", "Enter")
        page.locator(".dashboard-sections").wait_for()
        link = page.locator(".dashboard-sections a").first.evaluate("(link) => getComputedStyle(link).color")
        assert sum(map(int, re.findall(r"\d+", link))) > 384


def test_session_bulk_action_is_accessible(admin_browser):
    admin_browser.open(f"{SESSIONS}/?day=2020-12-08")
    page = admin_browser.page
    for box in page.locator("input.action-select").all()[:2]:
        box.check()
    page.locator("select[name=action]").select_option("cancel_selected")
    with page.expect_navigation():
        page.locator(".actions button").click()
    page.locator("input[name=notice_en]").wait_for()
    assert_accessible(page)


def test_preview_of_a_move_is_accessible(admin_browser):
    admin_browser.open(f"{SESSIONS}/move/?day=2020-12-08")
    page = admin_browser.page
    page.fill("input[name=day]", "2020-12-20")
    with page.expect_navigation():
        page.press("input[name=minutes]", "Enter")
    page.locator("input[name=confirm]").wait_for()
    assert_accessible(page)


def test_import_preview_is_accessible(admin_browser):
    page = admin_browser.page
    table = page.request.get(f"{SESSIONS}/export/edited.sessions").text()
    upload(admin_browser, table.replace("Talk 5", "Talk five"))
    expect(page).to_have_url(re.compile("/import/review/$"))
    assert "Talk five" in page.locator("main").inner_text()
    assert_accessible(page)


def test_import_errors_are_accessible(admin_browser):
    upload(admin_browser, "Title (English),Kind,Start\nA talk,zebra,tomorrow\n")
    admin_browser.page.locator(".errornote li").first.wait_for()
    assert_accessible(admin_browser.page)


def upload(admin_browser, table):
    admin_browser.open(f"{SESSIONS}/import/")
    file = {"name": "Sessions.csv", "mimeType": "text/csv", "buffer": table.encode()}
    admin_browser.page.set_input_files("input[name=file]", file)
    with admin_browser.page.expect_navigation():
        admin_browser.page.locator(".submit-row input").click()


def test_revert_and_deleted_object_pages_are_accessible(admin_browser):
    admin_browser.open(f"{TALK_2}/history/")
    with admin_browser.page.expect_navigation():
        admin_browser.page.locator(".timeline a.button").last.click()
    admin_browser.page.locator("input[name=token]").wait_for(state="attached")
    assert_accessible(admin_browser.page)
    admin_browser.open(f"{SESSIONS}/deleted/")
    with admin_browser.page.expect_navigation():
        admin_browser.page.locator("tbody th a", has_text="Talk 3").click()
    admin_browser.page.locator(".side-by-side").wait_for()
    assert_accessible(admin_browser.page)


def test_admin_without_permission_explains_why(admin_browser, browser, site):
    with BrowserVisits(browser, site) as visits:
        look = next(name for name, look in LOOKS.items() if look["language"] == admin_browser.language)
        delegate = AdminBrowser(visits, look, DELEGATE)
        assert delegate.open("/admin/").status == 403
        assert delegate.page.locator("main a.button").count() >= 2
        assert_accessible(delegate.page)


def test_viewer_sees_read_only_pages_and_messages_about_missing_permissions(browser, site):
    with BrowserVisits(browser, site) as visits:
        viewer = AdminBrowser(visits, "Vietnamese, narrow, dark", VIEWER)
        viewer.enter_totp_code()
        for path in (f"{SESSIONS}/", f"{TALK_1}/change/", f"{SESSIONS}/board/2020-12-07/", "/accounts/2fa/"):
            assert viewer.open(path).status == 200
            assert_accessible(viewer.page)
        refusals = {
            f"{SESSIONS}/import/": "Bạn không có quyền nhập chương trình.",
            f"{RELEASES}/publish/": "Bạn không có quyền công bố chương trình.",
        }
        for path, text in refusals.items():
            assert viewer.open(path).status == 403
            assert text in viewer.page.locator("main").inner_text()
            assert viewer.page.locator("main a.button").count() >= 2
            assert_accessible(viewer.page)
