"""The page cache, with views of its own: what is stored, under which key, and what a client receives."""

import gzip
import threading
from concurrent.futures import ThreadPoolExecutor

import brotli
import pytest
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.urls import path
from hypothesis import given
from hypothesis import strategies as st

from conference.core.page_cache import is_published, keys, published
from conference.core.page_cache import middleware as page_cache
from conference.core.page_cache.compression import compress, preferred_encoding
from conference.core.page_cache.decorators import PagePolicy
from conference.core.page_cache.store import OVERHEAD, PageStore, StoredPage

from ..wsgi_client import wsgi_request

LONG = "A text that is long enough to be compressed. " * 50
SHORT = "A short text."

pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]
renders = []


def counting(view):
    def render(request):
        renders.append(request.path)
        return view(request)

    return render


@published
@counting
def long_page(request):
    return HttpResponse(LONG)


@published
@counting
def short_page(request):
    return HttpResponse(SHORT)


@published(bypass=lambda request: "visitor" in request.COOKIES, vary_on=["Cookie"])
@counting
def greeting(request):
    return HttpResponseRedirect("/long/") if "visitor" in request.COOKIES else HttpResponse(LONG)


@published
@counting
def page_with_token(request):
    return HttpResponse(get_token(request))


@published
@counting
def page_about_user(request):
    return HttpResponse(str(request.user))


@published
@counting
def missing_page(request):
    raise Http404


@published
@counting
def query_page(request):
    return HttpResponse(request.get_full_path())


@counting
def personal_page(request):
    return HttpResponse(LONG)


urlpatterns = [
    path("long/", long_page),
    path("short/", short_page),
    path("greeting/", greeting),
    path("token/", page_with_token),
    path("user/", page_about_user),
    path("missing/", missing_page),
    path("query/", query_page),
    path("personal/", personal_page),
]


@pytest.fixture(autouse=True)
def _reset_renders():
    renders.clear()


@pytest.fixture
def version(monkeypatch):
    """The version of the content, as a list with one element that a test may change."""
    version = [1]
    monkeypatch.setattr(keys, "registered_versions", [lambda: version[0]])
    return version


@pytest.fixture(autouse=True)
def _query_parameters(monkeypatch, version):
    parameters = {"colour": lambda value: value in ("red", "blue"), "q": lambda value: False}
    monkeypatch.setattr(keys, "registered_parameters", parameters)


def get(path="/long/", query="", method="GET", **headers):
    return wsgi_request(method, path, query, {name.replace("_", "-"): value for name, value in headers.items()})


def stored():
    return [len(store) for store in page_cache.stores]


# Rendering and storing


def test_page_is_rendered_once():
    first, second = get(), get()
    assert (first.status_code, first.content, first.headers) == (200, second.content, second.headers)
    assert renders == ["/long/"]


def test_new_version_of_content_is_rendered(version):
    get()
    version[0] = 2
    get()
    assert len(renders) == 2


def test_page_rendered_while_content_changes_is_rendered_again(monkeypatch):
    versions = iter([1, 2, 2, 2])
    monkeypatch.setattr(keys, "registered_versions", [lambda: next(versions)])
    get()
    get()
    assert len(renders) == 2


@pytest.mark.parametrize("url", ["/personal/", "/missing/"])
def test_response_of_unpublished_view_or_error_is_not_stored(url):
    get(url)
    get(url)
    assert len(renders) == 2
    assert stored() == [0, 0]


@pytest.mark.parametrize("url", ["/token/", "/user/"])
def test_response_that_depends_on_the_visitor_is_private_and_not_stored(url):
    assert "private" in get(url).headers["cache-control"]
    assert stored() == [0, 0]


def test_bypass_with_stored_page_calls_the_view():
    assert get("/greeting/").headers["vary"] == "Accept-Encoding, Cookie"
    assert get("/greeting/", cookie="visitor=1").status_code == 302
    assert get("/greeting/").status_code == 200
    assert len(renders) == 2


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_unsafe_method_with_stored_page_is_rejected(method):
    get()
    # A form of a browser that sent no cookie is repeated once.
    assert get(method=method).status_code in ((307,) if method == "POST" else (403, 405))


def test_invalid_host_with_stored_page_is_400():
    get()
    for host in ("evil.example", "127.0.0.1.evil.example", "", "127.0.0.1:80:80", "[::1", "127.0.0.1\\@evil.example"):
        assert get(host=host).status_code == 400


def test_is_published_is_true_for_decorated_views_only():
    assert is_published(long_page)
    assert not is_published(personal_page)


def test_concurrent_requests_render_a_page_once():
    count = 8
    start = threading.Barrier(count, timeout=60)

    def request(_number):
        start.wait()
        return get().content

    with ThreadPoolExecutor(count) as pool:
        assert set(pool.map(request, range(count))) == {LONG.encode()}
    assert renders == ["/long/"]


# Query parameters


def test_unknown_parameters_share_the_page_and_do_not_appear_in_it():
    plain = get("/query/")
    for query in ("utm_source=newsletter", "fbclid=1&gclid=2", "a", "=", "&&&", "colour="):
        assert get("/query/", query).content == plain.content
    assert len(renders) == 1
    assert stored() == [1, 0]


def test_known_parameters_make_a_page_in_canonical_order():
    first, second = get("/query/", "x=1&colour=red"), get("/query/", "colour=red&y=2")
    assert first.content == second.content == b"/query/?colour=red"
    assert stored() == [0, 1]


@pytest.mark.parametrize("query", ["q=peace", "colour=green", "colour=red&colour=red", f"colour=red&x={'x' * 300}"])
def test_unlimited_parameter_values_are_not_stored(query):
    for _ in range(2):
        assert get("/long/", query).status_code == 200
    assert len(renders) == 2
    assert stored() == [0, 0]


# Encodings


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        ("", ""),
        ("identity", ""),
        ("gzip", "gzip"),
        ("br", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("GZIP, BR", "br"),
        ("gzip;q=1.0, br;q=0.5", "br"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0.0, gzip;q=0.000", ""),
        ("br ; q=0 , gzip ; q = 0.001", "gzip"),
        ("gzip;Q=0", ""),
        ("*", "br"),
        ("*;q=0", ""),
        ("*;q=0, gzip", "gzip"),
        ("br;q=0, *", "gzip"),
        ("brotli, gzipped", ""),
        ("gzip;q=", ""),
        (",,, ;;; ,gzip", "gzip"),
        ("x, " * 100_000 + "br", ""),
    ],
)
def test_preferred_encoding_respects_weights(header, encoding):
    assert preferred_encoding(header) == encoding


@given(st.text(max_size=600))
def test_preferred_encoding_accepts_any_header(header):
    assert preferred_encoding(header) in ("br", "gzip", "")


@pytest.mark.parametrize("thoroughly", [True, False])
def test_compression_is_deterministic(thoroughly):
    for encoding, decompress in (("br", brotli.decompress), ("gzip", gzip.decompress)):
        content = compress(LONG.encode(), encoding, thoroughly=thoroughly)
        assert content == compress(LONG.encode(), encoding, thoroughly=thoroughly)
        assert decompress(content) == LONG.encode()


@pytest.mark.parametrize("query", ["", "q=peace"])
@pytest.mark.parametrize(("encoding", "decompress"), [("br", brotli.decompress), ("gzip", gzip.decompress)])
def test_page_is_compressed_in_the_encoding_asked_for(encoding, decompress, query):
    plain = get(query=query)
    for _ in range(2):
        response = get(query=query, accept_encoding=encoding)
        assert response.headers["content-encoding"] == encoding
        assert response.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
        assert int(response.headers["content-length"]) == len(response.content) < len(LONG)
        assert response.headers["etag"] != plain.headers["etag"]
        assert decompress(response.content) == plain.content == LONG.encode()


def test_short_page_is_not_compressed():
    response = get("/short/", accept_encoding="br, gzip")
    assert "content-encoding" not in response.headers
    assert response.content == SHORT.encode()


# Conditional requests and HEAD


def test_page_has_cache_control_for_shared_caches():
    rules = get().headers["cache-control"].split(", ")
    assert rules == ["public", "max-age=0", "s-maxage=1", "stale-while-revalidate=30", "stale-if-error=86400"]


@pytest.mark.parametrize("header", ["{}", "W/{}", '"other", {}', '{}, "other"', "*"])
def test_matching_etag_gives_304(header):
    etag = get().headers["etag"]
    response = get(if_none_match=header.format(etag))
    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["etag"] == etag
    assert response.headers["vary"] == "Accept-Encoding"
    assert "max-age=0" in response.headers["cache-control"]
    assert len(renders) == 1


@pytest.mark.parametrize("header", ['"other"', "", "nonsense", '"'])
def test_other_etag_gives_the_page(header):
    get()
    assert get(if_none_match=header).content == LONG.encode()


def test_etag_of_another_encoding_gives_the_page():
    etag = get(accept_encoding="gzip").headers["etag"]
    assert get(if_none_match=etag, accept_encoding="br").status_code == 200


def test_conditional_request_without_stored_page_gives_304():
    etag = get().headers["etag"]
    page_cache.clear()
    assert [get(if_none_match=etag).status_code for _ in range(2)] == [304, 304]
    assert len(renders) == 2


def test_if_modified_since_without_etag_decides():
    date = get().headers["last-modified"]
    assert get(if_modified_since=date).status_code == 304
    assert get(if_modified_since="Mon, 07 Dec 2020 11:00:00 GMT").status_code == 200
    assert get(if_modified_since="nonsense").status_code == 200
    assert get(if_modified_since=date, if_none_match='"other"').status_code == 200


def test_head_has_the_headers_of_the_page_and_shares_it():
    head = get(method="HEAD", accept_encoding="br")
    page = get(accept_encoding="br")
    assert (head.status_code, head.content, head.headers) == (200, b"", page.headers)
    assert get(method="HEAD", if_none_match=page.headers["etag"], accept_encoding="br").status_code == 304
    assert len(renders) == 1


# The store


def make_stored_page(size):
    return StoredPage(1, b"." * (size - OVERHEAD), {}, 0, PagePolicy())


def test_store_removes_the_least_recently_used_page():
    store = PageStore(10_000)
    for name in "abc":
        store.put(name, make_stored_page(4000))
        store.get("a")
    assert [name for name in "abc" if store.get(name)] == ["a", "c"]
    assert store.bytes == 8000


def test_store_ignores_a_page_larger_than_itself():
    store = PageStore(10_000)
    store.put("small", make_stored_page(4000))
    store.put("large", make_stored_page(10_001))
    assert store.get("large") is None
    assert store.get("small")


def test_store_replaces_a_page_under_the_same_key():
    store = PageStore(10_000)
    for size in (9000, 4000):
        store.put("page", make_stored_page(size))
    assert (len(store), store.bytes) == (1, 4000)
