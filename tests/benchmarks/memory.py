"""What one worker holds after everything was asked for: every page of the programme, in every language and coding."""

import re
from concurrent.futures import ThreadPoolExecutor

from .load_generator import fetch
from .page_kinds import LinkParser

ENCODINGS = ("br", "gzip", "identity")
LANGUAGE_PREFIXES = ("", "/vi")


def measure_memory(site):
    """Bytes of memory before and after, pages asked for, and bytes of all their codings."""
    with site.served(workers=1) as server:
        addresses = list(crawl(server.address))
        before = server.memory()[0]
        asked = [(address, coding) for address in addresses for coding in ENCODINGS]
        with ThreadPoolExecutor(4) as pool:
            served = sum(pool.map(lambda one: fetch_size(*one), asked))
        return before, server.memory()[0], len(addresses), served


def crawl(address):
    for language in LANGUAGE_PREFIXES:
        yield f"{address}{language}/"
        agenda = f"{address}{language}/programme/"
        days = set(re.findall(rf"{language}/programme/\d{{4}}-\d\d-\d\d/", fetch(agenda)[2].decode()))
        links = {link for page in (agenda, f"{address}{language}/speakers/") for link in find_links(page)}
        parts = {link for link in links if re.fullmatch(rf"{language}/(sessions|speakers)/[\w-]+/", link)}
        sessions = {link for link in parts if "/sessions/" in link}
        yield from (address + path for path in sorted(parts | days))
        yield from (f"{address}{path[:-1]}.ics" for path in sorted(sessions))
        yield from (
            f"{address}{language}/{name}" for name in ("programme/", "speakers/", "programme.ics", "programme.atom")
        )


def find_links(page):
    return [link.partition("#")[0].partition("?")[0] for link in LinkParser.of(fetch(page)[2].decode()).places]


def fetch_size(address, coding):
    status, _headers, body = fetch(address, {"Accept-Encoding": coding})
    assert status == 200, (address, status)
    return len(body)
