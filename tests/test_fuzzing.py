"""Fuzzing: no path, query, header, cookie or body at any URL leads to a 5xx response.

FUZZING_EXAMPLES=5000 runs so many random examples; without it, the few examples are always the same.
"""

import os
import re
from functools import cache
from urllib.parse import quote

import pytest
from django.urls import URLPattern, get_resolver
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from . import factories
from .wsgi_client import wsgi_request

EXAMPLES = os.environ.get("FUZZING_EXAMPLES")
fuzzing = settings(
    max_examples=int(EXAMPLES or 150),
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    # All examples share one programme; none of them may change it.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

# Valid and nearly valid parts of URLs.
EXISTING_ID = "5e55105e-0000-4000-8000-000000000001"
PLAUSIBLE = [
    "opening",
    "budgets",
    "nguyen-thi-linh",
    "2020-12-07",
    "2020-12-08",
    "1",
    "funding",
    "main-hall",
    "vi",
    "en",
]
# Malformed parts of URLs.
ADVERSARIAL = [
    "",
    ".",
    "..",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "%00",
    "opening%00",
    "%FF",
    "%C0%80",
    "%ED%A0%80",
    "%F4%90%80%80",
    "%0d%0aSet-Cookie:%20a=b",
    "%E2%80%AE",
    "%D9%A1%D9%A2",
    "%EF%BC%91",
    "%",
    "%zz",
    "%25FF",
    "%25s",
    "{{7*7}}",
    "%3Cscript%3E",
    "'%22--",
    "0000-00-00",
    "2020-02-30",
    "9999-12-31",
    "10000-01-01",
    "%D9%A2%D9%A0%D9%A2%D9%A0-12-07",
    "-1",
    "99999999999999999999",
    "9" * 5000,
    "1e999",
    "NaN",
    "a" * 600,
    "a-" * 300,
    "%C3%A9",
    "Asia/Ho_Chi_Minh",
    "../../etc/localtime",
    "posixrules",
    "Factory",
    "//evil.example",
    "/\\evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "00000000-0000-0000-0000-000000000000",
    "[]",
    "a" * 10_000,
]
NAMES = [
    *["q", "theme", "kind", "room", "language", "tz", "by", "next", "lang", "csrfmiddlewaretoken", "login", "password"],
    *["o", "p", "all", "e", "_popup", "_to_field", "_changelist_filters", "status__exact", "starts_at__gte", "pk"],
    *["id__in", "room__slug", "room__id__exact", "starts_at__isnull", "app_label", "model_name", "field_name", "term"],
    *["action", "_selected_action", "index", "select_across", "post", "_save", "_saveasnew", "id", "title_en", "slug"],
    *["participations-TOTAL_FORMS", "participations-INITIAL_FORMS", "participations-0-speaker", "links-0-id", "order"],
    *["form-TOTAL_FORMS", "form-INITIAL_FORMS", "form-0-id", "starts_at_0", "starts_at_1", "languages", "themes"],
]
METHODS = ["GET", "GET", "GET", "HEAD", "POST", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW"]
HEADERS = {
    "Accept": ["*/*", "x" * 6000, ";q=", "text/html;q=é"],
    "Accept-Language": ["vi", "x" * 6000, "en-" * 2000, "vi;q=1.1.1,*;q=,;;", "é", "*-*", "vi;q=" + "9" * 5000],
    "Accept-Encoding": ["br", "gzip;q=0", "br;q=é", ",;,;=", "*;q=0.000", "br;q=" + "9" * 5000, "gzip" * 1000],
    "If-None-Match": ["*", '"', 'W/"', '"a", W/"b", c', "é", '"' * 3000],
    "If-Match": ["*", '"a"', "é"],
    "If-Modified-Since": [
        *["Thu, 01 Jan 1970 00:00:00 GMT", "x", "0", "Mon, 99 Foo 99999 99:99:99 GMT", "Mon, 31 Feb 2020 00:00:00 GMT"],
        *["Fri, 31 Dec 9999 23:59:59 GMT", "Sun Nov  6 08:49:37 0000", "Sunday, 06-Nov-94 08:49:37 GMT", "1 1 1 1 1"],
    ],
    "If-Unmodified-Since": ["Thu, 01 Jan 1970 00:00:00 GMT", "x", "Mon, 31 Feb 2020 00:00:00 GMT"],
    "Range": [
        "bytes=0-0",
        "bytes=-1",
        "bytes=9-1",
        "bytes=" + "9" * 5000 + "-",
        "bytes=٣-",
        "lines=1",
        "bytes=--",
        "é",
    ],
    "Host": ["127.0.0.1", "evil.example", "127.0.0.1:x", "[::1", "a b", "", "é", "x" * 3000, "127.0.0.1, evil"],
    "X-Forwarded-Host": ["evil.example", "é"],
    "X-Forwarded-For": ["x", "1.2.3.4, ::1", "é", "999.999.999.999", "," * 1000, ""],
    "X-Forwarded-Proto": ["https", "gopher", "é"],
    "X-Http-Method-Override": ["DELETE"],
    "X-Requested-With": ["XMLHttpRequest"],
    "X-CSRFToken": ["é", "a" * 64, ""],
    "Origin": ["null", "https://evil.example", "http://[", "é", "http://127.0.0.1:x"],
    "Referer": ["http://127.0.0.1/", "http://[", "é", "//", "https://evil.example/", "x" * 5000],
    "Sec-Fetch-Site": ["same-origin", "cross-site", "é"],
    "User-Agent": ["", "é", "x" * 6000],
    "Authorization": ["Basic =", "é", "Bearer " + "x" * 3000],
    "Transfer-Encoding": ["chunked", "é"],
    "Expect": ["100-continue"],
}
COOKIES = ["sessionid", "csrftoken", "messages", "django_language", "language_offered", "é", "", "a b", "$Version"]
COOKIE_VALUES = [
    *[
        '"\\000"',
        '"abcdefgh\\000ij"',
        '"\\377\\355\\240\\200"',
        '"\\012Set-Cookie: a=b"',
        '"',
        '"\\',
        "é",
        "=",
        "a" * 5000,
    ],
    *[
        "a" * 32,
        "a" * 64,
        "abcdefgh",
        "..",
        "vi",
        "xx-yy",
        "W1td:x:y",
        '[["__json_message",0,20,"a",""]]',
        "{}",
        "1:2:3",
    ],
]
CONTENT_TYPES = [
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=rot13",
    "application/x-www-form-urlencoded; charset=utf-16",
    "application/x-www-form-urlencoded; charset=idna",
    "application/x-www-form-urlencoded; charset=undefined",
    "application/x-www-form-urlencoded; charset=\x01",
    "application/x-www-form-urlencoded; charset*=idna''a..b",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "multipart/form-data; boundary=x",
    "multipart/form-data; boundary=x; charset=utf-32",
    "multipart/form-data; boundary=" + "x" * 300,
    "multipart/form-data; boundary=é",
    "multipart/mixed; boundary=x",
    "application/json",
    "text/plain; charset=utf-8",
    "é",
    ";" * 1000,
    "",
]
LENGTHS = ["", "0", "5", "-1", "x", "٣", "1.0", "+1", "9" * 20, "9" * 5000]
OPEN_FORMS = ["/accounts/login/", "/vi/accounts/password/reset/", "/admin/login/", "/accounts/reauthenticate/"]
PART = b'--x\r\nContent-Disposition: form-data; name="'


@cache
def routes():
    """Return all URL routes of the site as tuples of text, with None for each parameter."""
    found_routes = {(route,) for route in ("static/", "static/css/site.css", "media/", "media/a.jpg", "favicon.ico")}
    for route in walk_routes(get_resolver().url_patterns):
        # A route is text with <converter:name>, or a regular expression with (?P<name>...).
        pieces = re.split(r"<[^>]*>|\(\?P<\w+>[^)]*\)+", re.sub(r"[\^$\\]|\\Z", "", route))
        found_routes.add(tuple(part for text in pieces for part in (text, None))[:-1])
    return sorted(found_routes, key=repr)


def walk_routes(patterns, prefix=""):
    for pattern in patterns:
        # The language prefix depends on the active language; English has none.
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from walk_routes(pattern.url_patterns, route)


anything = st.text(max_size=20).map(lambda text: quote(text.encode("utf-8", "surrogatepass")))
any_bytes = st.binary(max_size=12).map(quote)
plausible = st.sampled_from(PLAUSIBLE)
piece = st.one_of(plausible, plausible, st.sampled_from(ADVERSARIAL), anything, any_bytes)
# Header values in WSGI: bytes decoded as Latin-1, without NUL and line breaks.
header_text = st.text(st.characters(max_codepoint=255, exclude_characters="\0\r\n"), max_size=40)


@st.composite
def paths(draw, under=""):
    matching = [route for route in routes() if route[0].startswith(under)]
    # Most routes belong to the admin; public ones are drawn as often.
    public = [route for route in matching if not route[0].startswith(("admin/", "accounts/"))] or matching
    route = draw(st.one_of(st.sampled_from(public), st.sampled_from(matching)))
    path = "/" + draw(st.sampled_from(["", "", "vi/", "xx/"])) + "".join(draw(piece) if p is None else p for p in route)
    if draw(st.integers(0, 4)):
        return path
    index = draw(st.integers(0, len(path)))
    return path[:index] + draw(piece) + path[index + draw(st.integers(0, 2)) :]


@st.composite
def queries(draw):
    fields = draw(st.lists(st.tuples(st.one_of(st.sampled_from(NAMES), piece), piece), max_size=4))
    return "&".join(f"{name}={value}" for name, value in fields)


@st.composite
def headers(draw):
    names = draw(st.lists(st.sampled_from(sorted(HEADERS)), max_size=4, unique=True))
    values = {name: draw(st.one_of(st.sampled_from(HEADERS[name]), header_text)) for name in names}
    if draw(st.booleans()):
        value = st.one_of(st.sampled_from(COOKIE_VALUES), header_text)
        cookies = draw(st.lists(st.tuples(st.sampled_from(COOKIES), value), min_size=1, max_size=3))
        values["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies)
    return {name: as_latin_1(value) for name, value in values.items()}


def as_latin_1(text):
    """Return text as WSGI passes it: bytes decoded as Latin-1 (PEP 3333)."""
    return text.encode().decode("latin-1")


content_types = st.sampled_from(CONTENT_TYPES).map(as_latin_1)
parts = st.lists(st.tuples(piece, st.binary(max_size=20)), max_size=4).map(
    lambda pairs: (
        b"".join(PART + name.encode() + b'"\r\n\r\n' + value + b"\r\n" for name, value in pairs) + b"--x--\r\n"
    )
)
bodies = st.one_of(
    st.just(b""),
    queries().map(str.encode),
    parts,
    st.binary(max_size=60),
    st.sampled_from(
        [b"&" * 3000, b"a=" + b"b" * 3_000_000, PART, PART + b'a"; filename="\0.jpg"\r\n\r\n\0\r\n--x--\r\n']
    ),
)


@pytest.fixture
def superuser_client(conference, admin_client):
    """Return a superuser client; the programme has objects with the key EXISTING_ID."""
    hall = factories.make_room(id=EXISTING_ID)
    factories.make_session(
        id=EXISTING_ID,
        room=hall,
        themes=[factories.make_theme(id=EXISTING_ID)],
        parts=[("chair", factories.make_speaker(id=EXISTING_ID))],
    )
    factories.publish_release()
    admin_client.raise_request_exception = False
    return admin_client


@pytest.mark.slow
@fuzzing
@given(paths(), queries())
@example("/", "q=" + "a" * 10_000)
def test_public_url_any_path_and_query_is_no_server_error(published, path, query):
    assert wsgi_request("GET", path, query).status_code < 500


@pytest.mark.slow
@fuzzing
@given(st.sampled_from(METHODS), paths(), headers())
def test_public_url_any_header_and_cookie_is_no_server_error(published, method, path, headers):
    assert wsgi_request(method, path, headers=headers).status_code < 500


@pytest.mark.slow
@fuzzing
@given(st.sampled_from(METHODS), paths(), bodies, content_types, st.none() | st.sampled_from(LENGTHS).map(as_latin_1))
def test_public_url_any_body_is_no_server_error(published, method, path, body, content_type, length):
    assert wsgi_request(method, path, body=body, content_type=content_type, length=length).status_code < 500


@pytest.mark.slow
@fuzzing
@given(st.sampled_from(OPEN_FORMS), queries(), bodies, content_types)
def test_public_form_any_data_is_no_server_error(published, path, query, body, content_type):
    # A valid CSRF token, so that the form is processed.
    csrf_headers = {"Cookie": "csrftoken=" + "a" * 32, "X-CSRFToken": "a" * 32}
    assert wsgi_request("POST", path, query, csrf_headers, body, content_type).status_code < 500


@pytest.mark.slow
@fuzzing
@given(paths(under="admin/"), queries())
def test_admin_url_any_path_and_query_is_no_server_error(superuser_client, path, query):
    assert superuser_client.get(f"{path}?{query}").status_code < 500


@pytest.mark.slow
@fuzzing
@given(paths(under="admin/"), queries())
def test_admin_form_any_data_is_no_server_error(superuser_client, path, body):
    response = superuser_client.generic("POST", path, body, content_type="application/x-www-form-urlencoded")
    assert response.status_code < 500
