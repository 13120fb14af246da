"""Every page of the organizers' desk, with much to do on it: in English on a wide screen by day, and in Vietnamese on a
telephone by night."""

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

# Browsers complain of leaving a page that fades (the site) for one that does not (the desk), or one half loaded.
# What is missing is told with its address besides.
PASSING = re.compile("Transition was|ERR_ABORTED|Failed to load resource")

# Where they are. A * is the first row of the list before it.
PAGES = {
    "desk": "/admin/",
    "sessions": f"{SESSIONS}/",
    "sessions, narrowed": f"{SESSIONS}/?day=2020-12-08&q=women",
    "session, new": f"{SESSIONS}/add/",
    "session": f"{TALK_1}/change/",
    "session, deleting": f"{TALK_1}/delete/",
    "session, duplicating": f"{TALK_1}/duplicate/",
    "speakers": "/admin/speakers/speaker/",
    "speaker": "/admin/speakers/speaker/*change/",
    "speaker, new": "/admin/speakers/speaker/add/",
    "room": "/admin/programme/room/*change/",
    "theme": "/admin/programme/theme/*change/",
    "board": f"{SESSIONS}/board/2020-12-07/",
    "board, a day with little": f"{SESSIONS}/board/2020-12-08/",
    "import": f"{SESSIONS}/import/",
    "export": f"{SESSIONS}/export/",
    "publish": f"{RELEASES}/publish/",
    "releases": f"{RELEASES}/",
    "release": f"{RELEASES}/2/change/",
    "release, publishing again": f"{RELEASES}/1/again/",
    "release, publishing again what is current": f"{RELEASES}/2/again/",
    "release, setting back": f"{RELEASES}/1/restore/",
    "history": f"{TALK_2}/history/",
    "deleted": f"{SESSIONS}/deleted/",
    "preview": "/preview/programme/",
    "preview of a session": "/preview/sessions/talk-2/",
    "conference": "/admin/conference/conference/1/change/",
    "page": "/admin/conference/page/*change/",
    "account": "/admin/auth/user/*change/",
    "group": "/admin/auth/group/*change/",
    "second factor": "/accounts/2fa/",
    "second factor, an app": "/accounts/2fa/app/",
    "second factor, a passkey": "/accounts/2fa/passkeys/add/",
}


class Desk:
    """A page of somebody who is signed in, with a look at the desk."""

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

    def show_the_app(self):
        # A code is good until the half minute is over, and this one is to last until it is read.
        while time.time() % 30 > 20:
            self.page.wait_for_timeout(50)
        self.page.fill("input[name=code]", shown_by_the_app())
        self.page.press("input[name=code]", "Enter")
        self.page.wait_for_url(lambda url: "/2fa/authenticate/" not in url)

    def open(self, path):
        table, _star, rest = path.partition("*")
        if rest:
            path = self.first_row(table) + rest
        self.page.complaints.clear()
        return self.page.goto(localized_path(path, self.language))

    def first_row(self, table):
        listed = self.page.request.get(table).text()
        return re.search(rf'href="({table}[^/"]+/)change/', listed)[1]


def shown_by_the_app():
    return f"{hotp_value(SECRET, int(time.time()) // 30):06}"


@pytest.fixture(scope="module", params=LOOKS)
def desk(browser, site, request):
    with BrowserVisits(browser, site) as visits:
        yield Desk(visits, request.param)


def assert_good(page):
    """Nothing a browser complains of, nothing in the way of assistive technology, nothing that scrolls sideways."""
    assert_heard(page)
    assert_fits(page)


def assert_heard(page):
    # What is looked for is looked for by a script, which browsers complain of as well.
    complaints = [words for words in page.complaints if not PASSING.search(words)]
    assert find_violations(page) == []
    assert complaints == []


def assert_fits(page):
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width == 360:
        page.set_viewport_size({"width": 320, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        page.set_viewport_size({"width": 360, "height": 900})


@pytest.mark.parametrize("name", PAGES)
def test_nothing_on_a_page_of_the_desk_is_in_anybodys_way(desk, name):
    assert desk.open(PAGES[name]).status == 200
    assert_good(desk.page)


def test_a_form_with_new_rows_and_an_open_choice_is_in_nobodys_way(desk):
    desk.open(f"{TALK_1}/change/")
    page = desk.page
    for group in ("#participations-group", "#links-group"):
        page.locator(f"{group} .add-row a").click()
    choice = page.locator("#participations-1 .select2-selection")
    expect(choice).to_have_attribute("aria-label", re.compile("."))
    assert "select" not in choice.get_attribute("aria-label").lower()
    choice.press("Enter")
    page.locator(".select2-results__option[role=option]").nth(1).wait_for()
    expect(page.locator(".select2-search__field")).to_have_attribute("aria-label", re.compile("."))
    assert_heard(page)
    page.keyboard.press("Escape")
    expect(page.locator(".select2-results__option")).to_have_count(0)
    assert_fits(page)


def test_a_form_that_is_refused_is_in_nobodys_way(desk):
    desk.open(f"{SESSIONS}/add/")
    with desk.page.expect_navigation():
        desk.page.locator("input[name=_save]").first.click()
    desk.page.locator(".errornote").wait_for()
    assert_good(desk.page)


def test_a_form_says_nothing_of_the_clock_of_the_browser(browser, site):
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


def test_links_stand_out_by_night_without_scripts(browser, site):
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


def test_what_is_done_to_several_sessions_is_asked_in_nobodys_way(desk):
    desk.open(f"{SESSIONS}/?day=2020-12-08")
    page = desk.page
    for box in page.locator("input.action-select").all()[:2]:
        box.check()
    page.locator("select[name=action]").select_option("cancel")
    with page.expect_navigation():
        page.locator(".actions button").click()
    page.locator("input[name=notice_en]").wait_for()
    assert_good(page)


def test_what_a_file_would_change_is_shown_in_nobodys_way(desk):
    page = desk.page
    table = page.request.get(f"{SESSIONS}/export/edited.sessions").text()
    upload(desk, table.replace("Talk 5", "Talk five"))
    expect(page).to_have_url(re.compile("/import/review/$"))
    assert "Talk five" in page.locator("main").inner_text()
    assert_good(page)


def test_what_is_wrong_with_a_file_is_told_in_nobodys_way(desk):
    upload(desk, "Title (English),Kind,Start\nA talk,zebra,tomorrow\n")
    desk.page.locator(".errornote li").first.wait_for()
    assert_good(desk.page)


def upload(desk, table):
    desk.open(f"{SESSIONS}/import/")
    file = {"name": "Sessions.csv", "mimeType": "text/csv", "buffer": table.encode()}
    desk.page.set_input_files("input[name=file]", file)
    with desk.page.expect_navigation():
        desk.page.locator(".submit-row input").click()


def test_differences_of_history_and_what_was_deleted_are_in_nobodys_way(desk):
    desk.open(f"{TALK_2}/history/")
    with desk.page.expect_navigation():
        desk.page.locator(".timeline a.button").last.click()
    desk.page.locator("input[name=token]").wait_for(state="attached")
    assert_good(desk.page)
    desk.open(f"{SESSIONS}/deleted/")
    with desk.page.expect_navigation():
        desk.page.locator("tbody th a", has_text="Talk 3").click()
    desk.page.locator(".side-by-side").wait_for()
    assert_good(desk.page)


def test_who_may_not_is_told_why_and_led_on(desk, browser, site):
    with BrowserVisits(browser, site) as visits:
        look = next(name for name, look in LOOKS.items() if look["language"] == desk.language)
        delegate = Desk(visits, look, DELEGATE)
        assert delegate.open("/admin/").status == 403
        assert delegate.page.locator("main a.button").count() >= 2
        assert_good(delegate.page)


def test_a_viewer_reads_everything_and_is_told_in_words_what_is_for_others(browser, site):
    with BrowserVisits(browser, site) as visits:
        viewer = Desk(visits, "Vietnamese, narrow, dark", VIEWER)
        viewer.show_the_app()
        for path in (f"{SESSIONS}/", f"{TALK_1}/change/", f"{SESSIONS}/board/2020-12-07/", "/accounts/2fa/"):
            assert viewer.open(path).status == 200
            assert_good(viewer.page)
        for path in (f"{SESSIONS}/import/", f"{RELEASES}/publish/"):
            assert viewer.open(path).status == 403
            assert "Chỉ người" in viewer.page.locator("main").inner_text()
            assert viewer.page.locator("main a.button").count() >= 2
            assert_good(viewer.page)
