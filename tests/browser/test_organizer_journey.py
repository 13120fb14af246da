"""A new organizer's first day: a programme of sixty sessions comes in from a workbook, its clashes are mended on the
board, and it is published, changed, published again and taken back; with the keyboard, but for one drag."""

import io
import time

import openpyxl
import pytest
from playwright.sync_api import expect

from .test_admin_pages import PASSING

FIRST = "2020-12-07"
ROOMS = ["plenary-hall", "workshop-room-1", "workshop-room-2", "green-room", "red-room"]
SLOTS = ["08:00", "09:00", "10:00", "11:00"]

# What has the focus, as a person would call it.
FOCUSED = """() => {
  const element = document.activeElement;
  return element.ariaLabel ?? element.value ?? element.innerText;
}"""

IS_SKIPPED_TO = """(element) => document.activeElement === document.body && element.closest("main") !== null"""
IS_AT_THE_SKIP = """() => document.activeElement.classList.contains("skip-to-content-link")"""
IS_BEFORE_THE_CONTENT = """(element) => location.hash === "#content-start" && element.closest("main") === null"""


@pytest.fixture
def organizer(visitor):
    return Organizer(visitor(phase="untouched"))


@pytest.fixture
def reader(visitor):
    """Somebody who reads what is published."""
    page = visitor(phase="untouched", width=1000)

    def reads_soon(words, path):
        """A public page says these words within three seconds, however long it is on its way."""
        asked = time.monotonic()
        deadline = asked + 3
        while page.goto(path) and words not in page.locator("main").inner_text():
            assert asked < deadline, f"{path} does not say {words}"
            asked = time.monotonic()

    return reads_soon


class Organizer:
    """Somebody with a keyboard in front of a page."""

    def __init__(self, page):
        self.page = page
        # Listening from the beginning: a key may overtake the word to a busy browser that somebody listens.
        page.on("filechooser", lambda chooser: None)

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def reach(self, selector, words=""):
        """Press Tab until the first thing like this has the focus; what comes before the content is skipped."""
        wanted = self.page.locator(selector, has_text=words).first if words else self.page.locator(selector).first
        wanted.wait_for()
        # Where a page was skipped to its content, a form on it leads to the content as well.
        key = "Shift+Tab" if wanted.evaluate(IS_BEFORE_THE_CONTENT) else "Tab"
        if wanted.evaluate(IS_SKIPPED_TO):
            self.press("Tab")
            if self.page.evaluate(IS_AT_THE_SKIP):
                self.press("Enter")
                expect(self.page.locator("#content-start")).to_be_focused()
        for _ in range(400):
            if wanted.evaluate("(element) => element === document.activeElement"):
                return wanted
            self.press(key)
        raise AssertionError(f"{selector} {words} is not reached; {self.page.evaluate(FOCUSED)} is")

    def follow(self, words, selector="a"):
        self.reach(selector, words)
        self.leave()

    def send(self, selector):
        self.reach(selector)
        self.leave()

    def leave(self):
        """Press Enter on what leads to another page, which has a heading and a way on."""
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        assert self.page.locator("h1").count() == 1
        assert self.page.locator("main a:visible, main input[type=submit]:visible").count()

    def sees(self, words):
        assert words in self.page.locator("main").inner_text()

    # The steps

    def sign_in(self):
        self.page.goto("/admin/")
        self.reach("input[name=login]")
        self.page.keyboard.type("organizer@conference.example")
        self.reach("input[name=password]")
        self.page.keyboard.type("correct-horse-battery-staple")
        self.leave()

    def open_desk(self):
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
        """With the mouse, at the words of its state, where neither a link nor a button is."""
        state = self.card(title).locator(".editor-state")
        state.scroll_into_view_if_needed()
        box, height = state.bounding_box(), self.card(title).bounding_box()["height"]
        x, y = box["x"] + box["width"] - 5, box["y"] + 5
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        # A session of fifty minutes is this high.
        self.page.mouse.move(x, y + minutes * height / 50, steps=5)
        self.page.mouse.up()
        self.has_moved(title)

    def clashes(self):
        """The titles of the sessions on the board that say so."""
        cards = self.page.locator("article:has([data-conflict]:visible)")
        return {card.get_attribute("data-title") for card in cards.all()}

    def publish(self, note):
        self.follow("Publish", ".admin-toolbar a")
        self.reach("textarea[name=note_en], input[name=note_en]")
        self.page.keyboard.type(note)
        self.send(".submit-row input")


def fill(workbook):
    """Sixty talks of fifty minutes on three mornings in five rooms, two of them new. Talk 6 begins before Talk 1 is
    over and Talk 12 with Talk 7, in the same room; Talk 3 and Talk 4 have the same moderator."""
    add(workbook["Rooms"], {"Slug": "green-room", "Room name (English)": "Green room"})
    add(workbook["Rooms"], {"Slug": "red-room", "Room name (English)": "Red room"})
    for number in range(60):
        day, place = divmod(number, 20)
        slot, room = divmod(place, len(ROOMS))
        title, start = f"Talk {number + 1}", SLOTS[slot]
        start = {"Talk 6": "08:30", "Talk 12": "09:00"}.get(title, start)
        facts = {"Title (English)": title, "Kind": "workshop", "Status": "confirmed", "Room": ROOMS[room]}
        moment = {"Start": f"2020-12-0{7 + day} {start}", "Duration": "50"}
        add(workbook["Sessions"], facts | moment)
    for title in ("Talk 3", "Talk 4"):
        add(workbook["Participations"], {"Session": title, "Role": "moderator", "Speaker": "kristin-lund"})
    return workbook


def add(sheet, facts):
    headers = [cell.value for cell in sheet[1]]
    row = sheet.max_row + 1
    for header, value in facts.items():
        sheet.cell(row, headers.index(header) + 1, value)


def test_a_programme_comes_in_is_mended_published_changed_and_taken_back(organizer, reader):
    organizer.sign_in()
    organizer.follow("Sessions", ".dashboard-tables a")
    organizer.follow("Import", ".object-tools a")
    organizer.choose(fill(organizer.download_template()))
    organizer.send(".submit-row input")
    organizer.sees("Nothing has been changed yet")
    organizer.sees("Green room")
    organizer.send(".submit-row input")
    organizer.sees("The file was imported: 64 rows added, 0 changed, 0 deleted.")

    organizer.open_desk()
    for words in ("62 unpublished changes", "Blocks publishing", "Talk 6", "Talk 12"):
        organizer.sees(words)
    organizer.follow("Publish", ".admin-toolbar a")
    organizer.sees("The programme cannot be published yet.")

    organizer.open_desk()
    organizer.follow("Schedule board (by day, time and room)", "main a")
    assert organizer.page.url.endswith(f"/board/{FIRST}/")
    assert organizer.clashes() == {"Talk 1", "Talk 3", "Talk 4", "Talk 6", "Talk 7", "Talk 12"}
    organizer.move("Talk 6", *["ArrowDown"] * 6)
    organizer.drag("Talk 12", 60)
    organizer.move("Talk 4", *["PageDown"] * 4)
    assert organizer.clashes() == set()

    organizer.follow("Preview", ".admin-toolbar a")
    organizer.follow("Monday", "main a")
    organizer.sees("Talk 12")
    organizer.follow("Publish programme", ".preview a")
    organizer.reach("textarea[name=note_en], input[name=note_en]")
    organizer.page.keyboard.type("Sixty talks.")
    organizer.send(".submit-row input")
    reader("12:00–12:50", "/sessions/talk-4/")

    organizer.open_desk()
    organizer.sees("All changes are published")
    organizer.follow("Schedule board (by day, time and room)", "main a")
    organizer.move("Talk 4", "PageDown")
    expect(organizer.page.locator(".admin-toolbar")).to_contain_text("1 unpublished change")
    organizer.publish("Talk 4 is an hour later.")
    reader("13:00–13:50", "/sessions/talk-4/")

    organizer.open_desk()
    organizer.follow("Publish again Release 2", "main a")
    organizer.send(".submit-row input")
    reader("12:00–12:50", "/sessions/talk-4/")
    organizer.open_desk()
    organizer.sees("1 unpublished change")
    organizer.follow("Restore this version Release 2", "main a")
    organizer.send(".submit-row input")
    organizer.open_desk()
    organizer.sees("All changes are published")
    reader("12:00–12:50", "/sessions/talk-4/")
    assert [words for words in organizer.page.complaints if not PASSING.search(words)] == []
