"""The kinds of page, where a site has one of each, and what a page weighs with all that it brings along."""

from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from .load_generator import ENCODING_HEADERS, fetch

# Said by nobody, so a page that is asked for with it is made each time; and it means nothing to a page but the last.
UNCACHED_QUERY = "?by=none"
INITIAL_LINK_TYPES = {"stylesheet", "icon", "preload", "manifest", "modulepreload"}


@dataclass(frozen=True)
class PageKind:
    """A kind of page, and how it is asked for."""

    name: str
    path: str
    method: str = "GET"
    is_known: bool = False
    is_ever_cold: bool = True


def list_page_kinds(address):
    """One of each, at the site that answers there."""
    return [
        PageKind("agenda", "/programme/"),
        PageKind("one day", "/programme/2020-12-07/"),
        PageKind("session", "/sessions/session-0/"),
        PageKind("speaker", find_first_speaker(address)),
        PageKind("speakers", "/speakers/"),
        PageKind("programme.ics", "/programme.ics"),
        PageKind("programme.atom", "/programme.atom"),
        PageKind("home", "/"),
        PageKind("agenda, 304", "/programme/", is_known=True, is_ever_cold=False),
        PageKind("agenda, HEAD", "/programme/", method="HEAD", is_ever_cold=False),
    ]


def find_first_speaker(address):
    links = LinkParser.of(fetch(f"{address}/sessions/session-0/")[2].decode())
    return next(link for link in links.places if link.startswith("/speakers/") and link != "/speakers/")


def request_headers(address, kind):
    """What a request for it says besides its codings."""
    if not kind.is_known:
        return {}
    return {"If-None-Match": fetch(address + kind.path, ENCODING_HEADERS)[1]["ETag"]}


def body_size(address, kind):
    """Bytes of the body as it is sent to a browser."""
    return len(fetch(address + kind.path, ENCODING_HEADERS)[2])


def first_visit_weight(address, path):
    """What a first visit fetches in order to show this page: requests and bytes of their bodies."""
    page = fetch(address + path, {})[2].decode()
    parts = {part for part in LinkParser.of(page).parts if not part.startswith("data:")}
    addresses = [address + path, *(urljoin(address + path, part) for part in sorted(parts))]
    assert {urlsplit(one).netloc for one in addresses} == {urlsplit(address).netloc}
    return len(addresses), sum(len(fetch(one, ENCODING_HEADERS)[2]) for one in addresses)


class LinkParser(HTMLParser):
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
        elif tag == "link" and INITIAL_LINK_TYPES & set((said.get("rel") or "").split()):
            self.parts.add(said["href"])
        elif (tag == "img" and said.get("loading") != "lazy") or tag == "script":
            self.parts |= {said["src"]} if said.get("src") else set()
