import fcntl
import os
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from . import live_site
from .visitors import BrowserVisits

CHROMIUM = Path(os.environ.get("CHROME_PATH", "/usr/bin/chromium"))
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# Pages load slowly on a busy machine.
expect.set_options(timeout=30_000)


def pytest_collection_modifyitems(items):
    """Mark all tests of this folder as browser tests."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser():
    if not CHROMIUM.exists():
        pytest.fail(f"{CHROMIUM} is missing. On Debian: apt-get install chromium; elsewhere set CHROME_PATH.")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def prepared_folder(tmp_path_factory, worker_id):
    """The folder of a prepared site, which the first of the test processes makes for all."""
    own = tmp_path_factory.getbasetemp()
    shared = own if worker_id == "master" else own.parent
    with open(shared / "preparing.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "prepared").exists():
            live_site.prepare_site(shared / "preparing").rename(shared / "prepared")
    return shared / "prepared"


@pytest.fixture(scope="session")
def site(tmp_path_factory, prepared_folder):
    """Return a function that returns the URL of a scenario's site, which it starts at the first call."""
    folder = tmp_path_factory.mktemp("sites")
    with ExitStack() as running:

        @cache
        def site(phase):
            copy = live_site.copy_for_scenario(folder / phase, prepared_folder, phase)
            return running.enter_context(live_site.serve(copy))

        yield site


@pytest.fixture
def visits(browser, site):
    with BrowserVisits(browser, site) as visits:
        yield visits


@pytest.fixture
def visitor(visits):
    return visits.visitor


@pytest.fixture
def open_page(visits):
    return visits.open_page
