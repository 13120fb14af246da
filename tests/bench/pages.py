"""The kinds of page, where a site has one of each, and what a page weighs with all that it brings along."""

from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from .load import CODINGS, fetched

# Said by nobody, so a page that is asked for with it is made each time; and it means nothing to a page but the last.
COLD = "?by=none"
FETCHED_AT_ONCE = {"stylesheet", "icon", "preload", "manifest", "modulepreload"}


@dataclass(frozen=True)
class Kind:
    """A kind of page, and how it is asked for."""

    name: str
    path: str
    method: str = "GET"
    is_known: bool = False
    is_ever_cold: bool = True


def kinds(address):
    """One of each, at the site that answers there."""
    return [
        Kind("agenda", "/programme/"),
        Kind("one day", "/programme/2020-12-07/"),
        Kind("session", "/sessions/session-0/"),
        Kind("speaker", _first_speaker(address)),
        Kind("speakers", "/speakers/"),
        Kind("programme.ics", "/programme.ics"),
        Kind("programme.atom", "/programme.atom"),
        Kind("home", "/"),
        Kind("agenda, 304", "/programme/", is_known=True, is_ever_cold=False),
        Kind("agenda, HEAD", "/programme/", method="HEAD", is_ever_cold=False),
    ]


def _first_speaker(address):
    links = Links.of(fetched(f"{address}/sessions/session-0/")[2].decode())
    return next(link for link in links.places if link.startswith("/speakers/") and link != "/speakers/")


def headers(address, kind):
    """What a request for it says besides its codings."""
    if not kind.is_known:
        return {}
    return {"If-None-Match": fetched(address + kind.path, CODINGS)[1]["ETag"]}


def size(address, kind):
    """Bytes of the body as it is sent to a browser."""
    return len(fetched(address + kind.path, CODINGS)[2])


def weight(address, path):
    """What a first visit fetches in order to show this page: requests and bytes of their bodies."""
    page = fetched(address + path, {})[2].decode()
    parts = {part for part in Links.of(page).parts if not part.startswith("data:")}
    addresses = [address + path, *(urljoin(address + path, part) for part in sorted(parts))]
    assert {urlsplit(one).netloc for one in addresses} == {urlsplit(address).netloc}
    return len(addresses), sum(len(fetched(one, CODINGS)[2]) for one in addresses)


class Links(HTMLParser):
    """Of a page: places that it leads to, and parts that a browser fetches before anybody scrolls."""

    def __init__(self):
        super().__init__()
        self.places, self.parts = [], set()

    @classmethod
    def of(cls, page):
        links = cls()
        links.feed(page)
        return links

    def handle_starttag(self, tag, attributes):
        said = dict(attributes)
        if tag == "a" and said.get("href"):
            self.places.append(said["href"])
        elif tag == "link" and FETCHED_AT_ONCE & set((said.get("rel") or "").split()):
            self.parts.add(said["href"])
        elif (tag == "img" and said.get("loading") != "lazy") or tag == "script":
            self.parts |= {said["src"]} if said.get("src") else set()
