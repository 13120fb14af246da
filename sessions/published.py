"""Published pages: made once, then handed out as ready bytes.

A view that says @published gives the same bytes to everyone who asks for its address: no CSRF token, no name, no
cookie. It says nothing else; the rest is done here.

1. Whoever asks first has the page made by Django. Whoever asks for the same meanwhile waits for it, or, in the first
   moment after a change, has the page from before. It is compressed, once for each coding, and put on the shelf with
   all the headers that Django's middleware gave it.
2. Whoever asks later is answered by the Door, which stands in front of Django: before sessions, sign-in or the database
   are touched. It knows conditional requests (RFC 9110, 13), HEAD, and the codings that a client takes (12.5.3).
3. Everything on the shelf is thrown away when a Live value changes (a release is published, a page or an announcement
   edited: see live) and when a moment comes that pages tell of (a session begins, a day ends: see turns). Every process
   notices within a second, and makes what it is asked for anew.

An address is a path and those parts of the query that pages understand; others do not make a page of their own, and
what is searched for is made each time. What sets a cookie or varies with one is never kept.
"""

import datetime
import gzip
import hashlib
import time
from dataclasses import dataclass, field
from functools import lru_cache, partial, wraps
from sys import intern
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

import brotli
from django.conf import settings
from django.http import HttpResponse, QueryDict
from django.http.request import split_domain_port, validate_host
from django.utils import timezone
from django.utils.cache import cc_delim_re, get_conditional_response, patch_vary_headers
from django.utils.http import http_date, parse_http_date_safe
from django.views.decorators.http import require_safe

from . import current, live
from .clock import find_zone
from .languages import NAMES
from .models import Session
from .shelf import Shelf

# A browser asks each time (a 304 costs nothing); what stands between may keep it for a moment and, while the site does
# not answer, for a day.
CACHE_CONTROL = "public, max-age=0, s-maxage=1, stale-while-revalidate=30, stale-if-error=86400"
SMALLEST_WORTH_COMPRESSING = 500
MEGABYTE = 1_000_000

# Pages, and apart from them the same pages narrowed by a query, of which there are so many more.
pages, narrowed = shelves = Shelf(12 * MEGABYTE), Shelf(3 * MEGABYTE)
live.changed += [shelf.clear for shelf in shelves]

# What pages understand in a query, and of which answers a page is kept. What is searched for is anybody's.
UNDERSTOOD = {
    "theme": lambda slug: slug in {theme.slug for theme in current.programme().themes},
    "kind": lambda kind: kind in Session.Kind.values,
    "room": lambda slug: slug in {room.slug for room in current.programme().rooms},
    "language": lambda code: code in NAMES,
    "q": lambda words: False,
    "tz": lambda name: (zone := find_zone(name)) is not None and zone.key == name,
    "by": lambda by: by in ("name", "country"),
}
# As links and forms of ours put them.
ORDER = list(UNDERSTOOD)
LONGEST_QUERY = 300
# What is different for each coding, or for each answer.
OF_A_CODING = {"content-encoding", "content-length", "etag"}
# What a 304 repeats of the answer (RFC 9110, 15.4.5); with a tag, it does without the time.
OF_NOT_MODIFIED = {"cache-control", "content-location", "etag", "expires", "vary"}
# Ways to compress what is kept, and what is not.
CODINGS = {
    "br": partial(brotli.compress, quality=5),
    "gzip": partial(gzip.compress, compresslevel=6, mtime=0),
}
LIGHTLY = {
    "br": partial(brotli.compress, quality=1),
    "gzip": partial(gzip.compress, compresslevel=1, mtime=0),
}
# Where in the environ of a request the Door asks Django to leave what it has made.
MADE = "sessions.published.made"


def turns_at(moments):
    """Tell the shelves when pages change by themselves: moments gives aware datetimes, past ones too, in any order."""

    def next_turn(now):
        try:
            return min((at for at in (moment.timestamp() for moment in moments()) if at > now), default=None)
        except live.NotReady:
            return None

    for shelf in shelves:
        shelf.turns.append(next_turn)
    return moments


@turns_at
def _of_the_programme():
    """When sessions begin and end, and when days do."""
    programme = current.programme()
    for session in programme.sessions:
        yield session.starts_at
        yield session.ends_at
    today = timezone.now().astimezone(programme.time_zone).date()
    yield datetime.datetime.combine(today + datetime.timedelta(days=1), datetime.time(), programme.time_zone)


def published(view=None, *, unless=None):
    """Make a view's answer cacheable, conditional, compressed and kept; it answers GET and HEAD.

    unless is a function of a request's environ: where it is true, Django is asked though there is a ready page.
    """
    if view is None:
        return lambda view: published(view, unless=unless)

    @require_safe
    @wraps(view)
    def serve(request, *args, **kwargs):
        address = Address.of(request.META)
        if address:
            _forget_what_no_page_understands(request, address)
        if not address or not address.is_kept:
            response = view(request, *args, **kwargs)
            return _response(request, Page.for_once(request, response)) if response.status_code == 200 else response
        with address.shelf.alone(address):
            page = address.shelf.get(address)
            if page is None:
                begun = address.shelf.begin(address)
                response = view(request, *args, **kwargs)
                if response.status_code != 200:
                    return response
                page = Page.of(response, unless)
                address.shelf.put(address, page, begun)
        if MADE in request.META:
            request.META[MADE] = address, page
        return _response(request, page)

    serve.is_published = True
    return serve


def of_current(view):
    """Hand a view the edition that everybody reads."""

    @wraps(view)
    def serve(request, *args, **kwargs):
        return view(request, current.edition(), *args, **kwargs)

    return serve


def published_edition(view):
    """A published page of what everybody reads."""
    return published(of_current(view))


class Address(NamedTuple):
    """A path as WSGI spells it, and the parts of the query that a page understands, in order; is_kept unless somebody
    searches, or says what no page understands. Who saves data has an edition of the page to themselves."""

    path: str
    query: tuple = ()
    is_kept: bool = True
    saves_data: bool = False

    @classmethod
    def of(cls, environ):
        """None for a query that is too long or says something twice: pages are made for it, and for it alone."""
        path, text = environ["PATH_INFO"], environ.get("QUERY_STRING")
        if not text:
            return cls(path, saves_data=saves_data(environ))
        if len(text) > LONGEST_QUERY or environ.get("SCRIPT_NAME"):
            return None
        said = [(name, value) for name, value in parse_qsl(text) if name in UNDERSTOOD]
        query = sorted(said, key=lambda part: ORDER.index(part[0]))
        if len(dict(query)) != len(query):
            return None
        is_kept = all(UNDERSTOOD[name](value) for name, value in query)
        return cls(path, tuple(query), is_kept, saves_data(environ))

    @property
    def shelf(self):
        return narrowed if self.query else pages


def saves_data(environ):
    """Whether the light edition is wanted, of what has one: pages, all of whose paths end in a slash, and no file."""
    return environ.get("HTTP_SAVE_DATA") == "on" and environ["PATH_INFO"].endswith("/")


def _forget_what_no_page_understands(request, address):
    """So that the page says nothing of it, in its links for example, and is good for whoever asks without it."""
    request.META["QUERY_STRING"] = urlencode(address.query, safe="/")
    request.GET = QueryDict(request.META["QUERY_STRING"])


@dataclass
class Page:
    """A page in every coding that is worth its while. modified is in seconds since 1970, headers are the view's own.

    answers, {coding: Answer}, are known once the page has come back through Django's middleware.
    """

    bodies: dict
    tag: str
    modified: int
    headers: dict
    unless: object = None
    answers: dict = field(default_factory=dict)

    @classmethod
    def of(cls, response, unless=None, codings=CODINGS):
        """codings are functions that compress, by name."""
        content = b"".join(response)
        headers = {"Cache-Control": CACHE_CONTROL} | dict(response.headers)
        worthwhile = codings if _is_worth_compressing(response, content) else {}
        bodies = {"": content} | {name: compress(content) for name, compress in worthwhile.items()}
        # The shortest tells them apart as well as the whole would, and is hashed sooner.
        tag = hashlib.sha256(min(bodies.values(), key=len)).hexdigest()[:32]
        return cls(bodies, tag, int(time.time()), headers, unless)

    @classmethod
    def for_once(cls, request, response):
        """What nobody keeps: compressed lightly, in the coding that is asked for."""
        coding = _best_coding(request.META.get("HTTP_ACCEPT_ENCODING", ""))
        return cls.of(response, codings={coding: LIGHTLY[coding]} if coding else {})

    @property
    def size(self):
        return sum(map(len, self.bodies.values())) + 8000

    def coding(self, accepted):
        """What both sides understand: "br", "gzip" or "" for as it is."""
        coding = _best_coding(accepted)
        return coding if coding in self.bodies else ""

    def etag(self, coding):
        return f'"{self.tag}-{coding}"' if coding else f'"{self.tag}"'

    def answer(self, environ):
        return self.answers.get(_best_coding(environ.get("HTTP_ACCEPT_ENCODING", ""))) or self.answers[""]

    def complete(self, headers):
        """Learn from an answer, as pairs, what all answers say. False where it says something to one person alone."""
        if any(name.lower() == "set-cookie" for name, _value in headers):
            return False
        common = [(intern(name), intern(value)) for name, value in headers if name.lower() not in OF_A_CODING]
        answers = {}
        for coding, body in self.bodies.items():
            own = [("Content-Length", str(len(body))), ("ETag", self.etag(coding))]
            own += [("Content-Encoding", coding)] if coding else []
            whole = common + own
            brief = [pair for pair in whole if pair[0].lower() in OF_NOT_MODIFIED]
            answers[coding] = Answer(whole, brief, _lines(whole), _lines(brief), body, self.etag(coding), self.modified)
        self.answers = answers
        return True


class Answer(NamedTuple):
    """A page in one coding: headers and those of a 304, as WSGI wants them and as they are sent, and the body."""

    headers: list
    headers_of_not_modified: list
    lines: bytes
    lines_of_not_modified: bytes
    body: bytes
    etag: str
    modified: int


def _lines(headers):
    """As HTTP/1 sends them. Django lets no line break into a header."""
    return "".join(f"{name}: {value}\r\n" for name, value in headers).encode("latin-1")


def _is_worth_compressing(response, content):
    return len(content) >= SMALLEST_WORTH_COMPRESSING and not response.headers["Content-Type"].startswith("image/")


@lru_cache(maxsize=200)
def _best_coding(accepted):
    """What a client takes, "br", "gzip" or "" (RFC 9110 12.5.3); a weight of 0 is a refusal."""
    weights = {}
    for entry in cc_delim_re.split(accepted[:500].lower()):
        coding, _, parameter = entry.partition(";")
        weights[coding.strip()] = parameter.replace(" ", "").removeprefix("q=").strip("0.") != "" or not parameter
    for coding in ("br", "gzip"):
        if weights.get(coding, weights.get("*", False)):
            return coding
    return ""


def _response(request, page):
    """A page as Django's middleware knows answers."""
    coding = page.coding(request.headers.get("Accept-Encoding", ""))
    response = HttpResponse(page.bodies[coding], headers=page.headers)
    if coding:
        response.headers["Content-Encoding"] = coding
    response.headers["Content-Length"] = str(len(response.content))
    response.headers["ETag"] = page.etag(coding)
    response.headers["Last-Modified"] = http_date(page.modified)
    if len(page.bodies) > 1 or not page.headers["Content-Type"].startswith("image/"):
        patch_vary_headers(response, ["Accept-Encoding"])
    if response.headers["Content-Type"].startswith("text/html"):
        patch_vary_headers(response, ["Save-Data"])
    if MADE in request.META and not page.answers:
        # The Door learns from a whole answer what all of them say, and sees itself who has it.
        return response
    return get_conditional_response(
        request, etag=response.headers["ETag"], last_modified=page.modified, response=response
    )


class Door:
    """The site, a WSGI application, behind the shelf. What it does for each request is counted in microseconds."""

    def __init__(self, site):
        self.site = site

    def __call__(self, environ, start_response):
        method = environ["REQUEST_METHOD"]
        answer = _ready(environ) if method == "GET" or method == "HEAD" else None
        if answer is None:
            return self._made(environ, start_response)
        if has_it(environ, answer.etag, answer.modified):
            start_response("304 Not Modified", answer.headers_of_not_modified.copy())
            return ()
        start_response("200 OK", answer.headers.copy())
        return (answer.body,) if method == "GET" else ()

    @staticmethod
    def at_once(environ):
        """Status, lines of headers and body in bytes, of what is ready; None where the site has to be asked. For the
        thread that listens (conference.listening): it waits for nothing, neither for the database nor for others."""
        method = environ["REQUEST_METHOD"]
        answer = _ready(environ) if current.is_known() and method in ("GET", "HEAD") else None
        if answer is None:
            return None
        if has_it(environ, answer.etag, answer.modified):
            return "304 Not Modified", answer.lines_of_not_modified, b""
        return "200 OK", answer.lines, answer.body if method == "GET" else b""

    def _made(self, environ, start_response):
        """What Django says, and where that is a page, what all answers of it will say is noted."""
        environ[MADE], said = None, []
        body = self.site(environ, lambda *status_and_headers: said.append(status_and_headers))
        answer = _learned(environ, *said[-1])
        if answer and has_it(environ, answer.etag, answer.modified):
            said.append(("304 Not Modified", answer.headers_of_not_modified.copy()))
        start_response(*said[-1])
        if environ["REQUEST_METHOD"] != "HEAD" and not said[-1][0].startswith("304 "):
            return body
        if hasattr(body, "close"):
            body.close()
        return ()


def _ready(environ):
    """What answers a request, or None: Django knows."""
    address = Address.of(environ)
    page = address and (address.shelf.get(address) or address.shelf.former(address))
    if not page or not page.answers or not is_for_us(environ):
        return None
    if page.unless and page.unless(environ):
        return None
    return page.answer(environ)


def is_for_us(environ):
    """Whether a request may be answered before Django is asked: it is at one of our names, secure where that is wanted,
    and the site is open."""
    if settings.MAINTENANCE or environ.get("SCRIPT_NAME"):
        return False
    if settings.SECURE_SSL_REDIRECT and not _is_secure(environ):
        return False
    return _is_ours(environ.get("HTTP_HOST", ""), tuple(settings.ALLOWED_HOSTS))


def _is_secure(environ):
    header, value = settings.SECURE_PROXY_SSL_HEADER or ("wsgi.url_scheme", "https")
    return environ.get(header, "").partition(",")[0].strip() == value


@lru_cache(maxsize=200)
def _is_ours(host, allowed):
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed)


def has_it(environ, own, modified=None):
    """Whether the client says it has the answer of this tag, or of this time in seconds since 1970, where one is known
    (RFC 9110, 13.2.2: the tag decides, where there is one)."""
    tags = environ.get("HTTP_IF_NONE_MATCH")
    if tags is not None:
        return tags == own or tags.strip() == "*" or own in [tag.strip().removeprefix("W/") for tag in tags.split(",")]
    since = environ.get("HTTP_IF_MODIFIED_SINCE")
    moment = parse_http_date_safe(since) if since and modified is not None else None
    return moment is not None and modified <= moment


def _learned(environ, status, headers, *_error):
    """The answer of a page that was made now; None of anything else, and of a page that is for one person alone."""
    if not environ[MADE] or not status.startswith("200 "):
        return None
    address, page = environ[MADE]
    if page.answers or page.complete(headers):
        return page.answer(environ)
    address.shelf.drop(address)
    return None
