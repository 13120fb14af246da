"""An organizer imports sixty sessions, resolves conflicts in the timetable editor, publishes and restores a release.

By keyboard, except for one drag.
"""

import io
import time

import openpyxl
import pytest
from playwright.sync_api import expect

from .test_admin_pages import IGNORED_MESSAGES

FIRST = "2020-12-07"
ROOMS = ["plenary-hall", "workshop-room-1", "workshop-room-2", "green-room", "red-room"]
SLOTS = ["08:00", "09:00", "10:00", "11:00"]

# Label of the focused element.
FOCUSED_LABEL = """() => {
  const element = document.activeElement;
  return element.ariaLabel ?? element.value ?? element.innerText;
}"""

IS_SKIPPED_TO = """(element) => document.activeElement === document.body && element.closest("main") !== null"""
IS_AT_THE_SKIP = """() => document.activeElement.classList.contains("skip-to-content-link")"""
IS_BEFORE_THE_CONTENT = """(element) => location.hash === "#content-start" && element.closest("main") === null"""


@pytest.fixture
def organizer(visitor):
    return KeyboardOrganizer(visitor(phase="untouched"))


@pytest.fixture
def reader(visitor):
    """Return a function that waits until a public page shows a text."""
    page = visitor(phase="untouched", width=1000)

    def wait_for_text(text, path):
        """Reload a public page until it shows the text, for at most three seconds."""
        started = time.monotonic()
        deadline = started + 3
        while page.goto(path) and text not in page.locator("main").inner_text():
            assert started < deadline, f"{path} does not show {text}"
            started = time.monotonic()

    return wait_for_text


class KeyboardOrganizer:
    """Organizer who uses the keyboard."""

    def __init__(self, page):
        self.page = page
        # Registered early: a busy browser may otherwise miss the event.
        page.on("filechooser", lambda chooser: None)

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def reach(self, selector, text=""):
        """Press Tab until the first matching element has the focus, using the skip link where possible."""
        element = self.page.locator(selector, has_text=text).first if text else self.page.locator(selector).first
        element.wait_for()
        # After the skip link was used, the elements before the content are reached backwards.
        key = "Shift+Tab" if element.evaluate(IS_BEFORE_THE_CONTENT) else "Tab"
        if element.evaluate(IS_SKIPPED_TO):
            self.press("Tab")
            if self.page.evaluate(IS_AT_THE_SKIP):
                self.press("Enter")
                expect(self.page.locator("#content-start")).to_be_focused()
        for _ in range(400):
            if element.evaluate("(target) => target === document.activeElement"):
                return element
            self.press(key)
        raise AssertionError(f"{selector} {text} is not reached; the focus is on {self.page.evaluate(FOCUSED_LABEL)}")

    def follow(self, text, selector="a"):
        self.reach(selector, text)
        self.leave()

    def send(self, selector):
        self.reach(selector)
        self.leave()

    def leave(self):
        """Press Enter and check that the next page has a heading and a link or button."""
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        assert self.page.locator("h1").count() == 1
        assert self.page.locator("main a:visible, main input[type=submit]:visible").count()

    def assert_text(self, text):
        assert text in self.page.locator("main").inner_text()

    def sign_in(self):
        self.page.goto("/admin/")
        self.reach("input[name=login]")
        self.page.keyboard.type("organizer@conference.example")
        self.reach("input[name=password]")
        self.page.keyboard.type("correct-horse-battery-staple")
        self.leave()

    def open_dashboard(self):
        self.follow("Home", ".breadcrumbs a")

    def download_template(self):
        self.reach("main a", "Download the template")
        with self.page.expect_download() as download:
            self.press("Enter")
        return openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes()))

    def choose(self, workbook):
        file = io.BytesIO()
        workbook.save(file)
        self.reach("input[type=file]")
        with self.page.expect_file_chooser() as chooser:
            self.press("Space")
        chooser.value.set_files({"name": "programme.xlsx", "mimeType": "", "buffer": file.getvalue()})

    def card(self, title):
        return self.page.locator(f"article[data-title='{title}']")

    def move(self, title, *keys):
        self.reach(f"article[data-title='{title}'] .editor-move-handle")
        self.press("Enter", *keys, "Enter")
        self.has_moved(title)

    def has_moved(self, title):
        self.page.locator("[data-status-message]", has_text=f"“{title}” is now on ").wait_for()

    def drag(self, title, minutes):
        """Drag with the mouse at the status text, which is neither a link nor a button."""
        state = self.card(title).locator(".editor-state")
        state.scroll_into_view_if_needed()
        box, height = state.bounding_box(), self.card(title).bounding_box()["height"]
        x, y = box["x"] + box["width"] - 5, box["y"] + 5
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        # The card of a session of 50 minutes has this height.
        self.page.mouse.move(x, y + minutes * height / 50, steps=5)
        self.page.mouse.up()
        self.has_moved(title)

    def conflicts(self):
        """Return the titles of the sessions that show a conflict."""
        cards = self.page.locator("article.has-conflict")
        return {card.get_attribute("data-title") for card in cards.all()}

    def publish(self, note):
        self.follow("Publish", ".admin-toolbar a")
        self.reach("textarea[name=note_en], input[name=note_en]")
        self.page.keyboard.type(note)
        self.send(".submit-row input")


def fill_workbook(workbook):
    """Add sixty talks of 50 minutes on three mornings in five rooms, two of them new.

    Talk 6 overlaps Talk 1 and Talk 12 overlaps Talk 7 in the same room; Talk 3 and Talk 4 share their moderator.
    """
    add_row(workbook["Rooms"], {"Slug": "green-room", "Room name (English)": "Green room"})
    add_row(workbook["Rooms"], {"Slug": "red-room", "Room name (English)": "Red room"})
    for number in range(60):
        day, place = divmod(number, 20)
        slot, room = divmod(place, len(ROOMS))
        title, start = f"Talk {number + 1}", SLOTS[slot]
        start = {"Talk 6": "08:30", "Talk 12": "09:00"}.get(title, start)
        values = {"Title (English)": title, "Kind": "workshop", "Status": "confirmed", "Room": ROOMS[room]}
        times = {"Start": f"2020-12-0{7 + day} {start}", "Duration": "50"}
        add_row(workbook["Sessions"], values | times)
    for title in ("Talk 3", "Talk 4"):
        add_row(workbook["Participations"], {"Session": title, "Role": "moderator", "Speaker": "kristin-lund"})
    return workbook


def add_row(sheet, values):
    headers = [cell.value for cell in sheet[1]]
    row = sheet.max_row + 1
    for header, value in values.items():
        sheet.cell(row, headers.index(header) + 1, value)


def test_import_edit_publish_and_restore_by_keyboard(organizer, reader):
    organizer.sign_in()
    organizer.follow("Sessions", ".dashboard-tables a")
    organizer.follow("Import", ".object-tools a")
    organizer.choose(fill_workbook(organizer.download_template()))
    organizer.send(".submit-row input")
    organizer.assert_text("Nothing is changed yet")
    organizer.assert_text("Green room")
    organizer.send(".submit-row input")
    organizer.assert_text("The file was imported. Rows added: 64, changed: 0, deleted: 0.")

    organizer.open_dashboard()
    for text in ("62 unpublished changes", "Blocks publishing", "Talk 6", "Talk 12"):
        organizer.assert_text(text)
    organizer.follow("Publish", ".admin-toolbar a")
    organizer.assert_text("Some problems block publishing.")

    organizer.open_dashboard()
    organizer.follow("Timetable (by day, time and room)", "main a")
    assert organizer.page.url.endswith(f"/board/{FIRST}/")
    assert organizer.conflicts() == {"Talk 1", "Talk 3", "Talk 4", "Talk 6", "Talk 7", "Talk 12"}
    organizer.move("Talk 6", *["ArrowDown"] * 6)
    organizer.drag("Talk 12", 60)
    organizer.move("Talk 4", *["PageDown"] * 4)
    assert organizer.conflicts() == set()

    organizer.follow("Preview", ".admin-toolbar a")
    organizer.follow("Monday", "main a")
    organizer.assert_text("Talk 12")
    organizer.follow("Publish programme", ".preview a")
    organizer.reach("textarea[name=note_en], input[name=note_en]")
    organizer.page.keyboard.type("Sixty talks.")
    organizer.send(".submit-row input")
    reader("12:00–12:50", "/sessions/talk-4/")

    organizer.open_dashboard()
    organizer.assert_text("All changes are published")
    organizer.follow("Timetable (by day, time and room)", "main a")
    organizer.move("Talk 4", "PageDown")
    expect(organizer.page.locator(".admin-toolbar")).to_contain_text("1 unpublished change")
    organizer.publish("Talk 4 is an hour later.")
    reader("13:00–13:50", "/sessions/talk-4/")

    organizer.open_dashboard()
    organizer.follow("Publish again Release 2", "main a")
    organizer.send(".submit-row input")
    reader("12:00–12:50", "/sessions/talk-4/")
    organizer.open_dashboard()
    organizer.assert_text("1 unpublished change")
    organizer.follow("Restore this version Release 2", "main a")
    organizer.send(".submit-row input")
    organizer.open_dashboard()
    organizer.assert_text("All changes are published")
    reader("12:00–12:50", "/sessions/talk-4/")
    assert [text for text in organizer.page.problems if not IGNORED_MESSAGES.search(text)] == []
