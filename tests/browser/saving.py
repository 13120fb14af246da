"""Every page as the server sends it, saved for programs that read files: `python -m tests.browser.saving FOLDER`."""

import re
import sys
import tempfile
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from . import serving
from .pages import PAGES, address


def save(folder):
    with tempfile.TemporaryDirectory() as sites:
        shipped = serving.prepared(Path(sites) / "shipped")
        for phase in sorted({phase for phase, _ in PAGES.values()}):
            var = shipped if phase == "shipped" else serving.rehearsed(Path(sites) / phase, shipped, phase)
            with serving.served(var) as site:
                save_pages(folder, site, phase)


def save_pages(folder, site, wanted):
    for name, (phase, path) in PAGES.items():
        for language in ("en", "vi"):
            if phase == wanted:
                file = folder / f"{re.sub(r'[^a-z]+', '-', name)}.{language}.html"
                file.write_bytes(fetched(site + address(path, language)))


def fetched(url):
    """What stands at the address, be it found or not. English is asked for, lest the first page leads elsewhere."""
    try:
        with urlopen(Request(url, headers={"Accept-Language": "en"}), timeout=60) as response:
            return response.read()
    except HTTPError as refusal:
        return refusal.read()


if __name__ == "__main__":
    save(Path(sys.argv[1]))
