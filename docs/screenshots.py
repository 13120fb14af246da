"""Make the pictures of the README and docs from the running site: `python -m docs.screenshots`. Needs Chromium.

The conference is shown as on its second day, so that the agenda has a session that is on now.
"""

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser import live_site

IMAGES = Path(__file__).parent / "images"
CHROMIUM = "/usr/bin/chromium"
WIDE = {"width": 1280, "height": 800}
NARROW = {"width": 390, "height": 800}


def save_page(
    browser: Browser, url: str, name: str, *, viewport: dict, dark: bool = False, sign_in: bool = False
) -> None:
    """Save a screenshot of a page as docs/images/<name>.png."""
    context = browser.new_context(viewport=viewport, color_scheme="dark" if dark else "light")
    page = context.new_page()
    page.goto(url, wait_until="networkidle")
    page.screenshot(path=IMAGES / f"{name}.png")
    context.close()


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        shipped = live_site.prepared_site(Path(folder) / "shipped")
        prepared = live_site.copy_for_scenario(Path(folder) / "during", shipped, "during")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        with live_site.serve(prepared) as site:
            for scheme in ("light", "dark"):
                save_page(browser, f"{site}/programme/", f"agenda-{scheme}", viewport=WIDE, dark=scheme == "dark")
                save_page(browser, f"{site}/", f"home-{scheme}", viewport=WIDE, dark=scheme == "dark")
            save_page(browser, f"{site}/programme/", "agenda-phone", viewport=NARROW)
        browser.close()


if __name__ == "__main__":
    main()
