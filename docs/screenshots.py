"""Make the pictures of the README and docs from the running site: `python -m docs.screenshots`. Needs Chromium.

The public pages show the initial content. The admin pages show a conference in the future with open registration, and
one edited session that is not published yet.
"""

import os
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import live_site

IMAGES = Path(__file__).parent / "images"
CHROMIUM = os.environ.get("CHROME_PATH", "/usr/bin/chromium")
WIDE = {"width": 1280, "height": 960}
TALL = {"width": 1280, "height": 1000}
PHONE = {"width": 390, "height": 800}
HA_NOI = "Asia/Ho_Chi_Minh"
COLORS = 128
MAX_BYTES = 200_000

SESSIONS = "/admin/programme/session/"
EDITED_SESSION = "Women at the table"


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        folder = Path(temporary)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        shipped = live_site.prepare_site(folder / "shipped")
        before = live_site.copy_for_scenario(folder / "before", shipped, "before")
        live_site.run_server(before, "-m", "tests.browser.sample_registrations")
        with live_site.serve(before) as site:
            save_admin_pages(browser, site)
        with live_site.serve(shipped) as site:
            save_public_pages(browser, site)
        browser.close()


def save_public_pages(browser: Browser, site: str) -> None:
    for scheme in ("light", "dark"):
        page = new_page(browser, site, WIDE, scheme)
        save_page(page, "/programme/", f"agenda-{scheme}")
        save_page(page, "/", f"home-{scheme}")
    save_page(new_page(browser, site, PHONE), "/programme/", "agenda-phone")


def save_admin_pages(browser: Browser, site: str) -> None:
    page = new_page(browser, site, TALL)
    sign_in(page)
    edit_session(page)
    save_page(page, "/admin/", "admin-dashboard")
    save_page(page, f"{SESSIONS}board/", "admin-timetable")
    save_page(page, "/admin/programme/release/publish/", "admin-publish")
    page.goto("/admin/")
    review = page.locator("a[href*='/review/']", has_text="pending").get_attribute("href")
    save_page(page, review, "admin-review")


def new_page(browser: Browser, site: str, viewport: dict, scheme: str = "light") -> Page:
    context = browser.new_context(
        base_url=site, locale="en-GB", timezone_id=HA_NOI, viewport=viewport, color_scheme=scheme
    )
    return context.new_page()


def sign_in(page: Page) -> None:
    page.goto("/accounts/login/")
    page.fill("input[name=login]", live_site.ORGANIZER)
    page.fill("input[name=password]", live_site.PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login/" not in url)


def edit_session(page: Page) -> None:
    """Change a title in the draft, so that there is something to publish."""
    page.goto(f"{SESSIONS}?q={EDITED_SESSION}")
    page.click("#result_list tbody th a")
    page.fill("input[name=title_en]", f"{EDITED_SESSION}: lessons from three peace processes")
    page.click("input[name=_save]")
    page.wait_for_url(lambda url: "/change/" not in url)


def save_page(page: Page, path: str, name: str) -> None:
    """Save a screenshot of a page as docs/images/<name>.png with a palette, below MAX_BYTES."""
    page.goto(path, wait_until="networkidle")
    file = IMAGES / f"{name}.png"
    page.screenshot(path=file)
    Image.open(file).convert("RGB").quantize(COLORS, dither=Image.Dither.NONE).save(file, optimize=True)
    if file.stat().st_size > MAX_BYTES:
        sys.exit(f"{file} has {file.stat().st_size} bytes, more than {MAX_BYTES}.")


if __name__ == "__main__":
    main()
