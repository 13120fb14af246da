import datetime
import os
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import sync_playwright

from . import serving
from .pages import PAGES, address
from .watching import watch

CHROMIUM = Path(os.environ.get("CHROME_PATH", "/usr/bin/chromium"))
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
HA_NOI = "Asia/Ho_Chi_Minh"
LOCALES = {"en": "en-GB", "vi": "vi-VN"}


def pytest_collection_modifyitems(items):
    """Whatever stands in this folder needs a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser():
    if not CHROMIUM.exists():
        pytest.fail(f"{CHROMIUM} is missing. On Debian: apt-get install chromium; elsewhere set CHROME_PATH.")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """site("during") is the address of that site; each is prepared and started when it is first asked for."""
    folder = tmp_path_factory.mktemp("sites")
    with ExitStack() as running:

        @cache
        def prepared(phase):
            if phase == "shipped":
                return serving.prepared(folder / phase)
            return serving.rehearsed(folder / phase, prepared("shipped"), phase)

        @cache
        def site(phase):
            return running.enter_context(serving.served(prepared(phase)))

        yield site


@pytest.fixture
def visitor(browser, site):
    """visitor(...) is a page of a browser that was never here before, watched: see tests.browser.watching."""
    with ExitStack() as contexts:

        def visitor(*, phase="shipped", language="en", width=1440, height=900, zone=HA_NOI, **more):
            context = browser.new_context(
                base_url=site(phase),
                locale=LOCALES[language],
                viewport={"width": width, "height": height},
                timezone_id=zone,
                **more,
            )
            contexts.callback(context.close)
            context.set_default_timeout(10_000)
            return watch(context.new_page(), site(phase))

        yield visitor


@pytest.fixture
def open_page(visitor):
    """open_page("agenda", "vi") is that page, loaded, with its fonts."""

    def open_page(name, language="en", **more):
        phase, path = PAGES[name]
        page = visitor(phase=phase, language=language, **more)
        today = datetime.datetime.now(ZoneInfo(HA_NOI)).date()
        response = page.goto(address(path.format(today=today), language))
        assert response.status == (404 if "not found" in name else 200)
        page.evaluate("document.fonts.ready.then(() => true)")
        return page

    return open_page
