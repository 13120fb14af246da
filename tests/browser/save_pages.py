"""Save every page as the server sends it for HTML validators: `python -m tests.browser.save_pages FOLDER`."""

import re
import sys
import tempfile
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from . import live_site
from .page_catalogue import PAGES, localized_path


def save_site(folder):
    with tempfile.TemporaryDirectory() as sites:
        shipped = live_site.prepare_site(Path(sites) / "shipped")
        for phase in sorted({phase for phase, _ in PAGES.values()}):
            var = shipped if phase == "shipped" else live_site.copy_for_scenario(Path(sites) / phase, shipped, phase)
            with live_site.serve(var) as site:
                save_pages(folder, site, phase)


def save_pages(folder, site, wanted):
    for name, (phase, path) in PAGES.items():
        for language in ("en", "vi"):
            if phase == wanted:
                file = folder / f"{re.sub(r'[^a-z]+', '-', name)}.{language}.html"
                file.write_bytes(fetch(site + localized_path(path, language)))


def fetch(url):
    """Return the body of any response. Accept-Language prevents the redirect of the home page."""
    try:
        with urlopen(Request(url, headers={"Accept-Language": "en"}), timeout=60) as response:
            return response.read()
    except HTTPError as refusal:
        return refusal.read()


if __name__ == "__main__":
    save_site(Path(sys.argv[1]))
