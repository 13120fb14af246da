import gzip

import brotli
import pytest
from django.http import HttpResponse, HttpResponseNotFound, HttpResponseRedirect
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from sessions.published import published

pytestmark = pytest.mark.django_db

LONG = "The programme, in words enough to be worth compressing. " * 40
SHORT = "Hardly a word."


@published
def page(request):
    return HttpResponse(LONG)


@published
def scrap(request):
    return HttpResponse(SHORT)


def get(view=page, method="GET", **headers):
    names = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    return view(RequestFactory().generic(method, f"/{view.__name__}/", **names))


def decoded(response):
    coding = response.headers.get("Content-Encoding")
    return {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[coding](response.content).decode()


# Which coding


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        (None, None),
        ("", None),
        ("identity", None),
        ("gzip", "gzip"),
        ("br", "br"),
        ("gzip, deflate", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("br, gzip", "br"),
        ("GZIP, BR", "br"),
        ("gzip;q=1.0, br;q=0.5", "br"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0.0, gzip;q=0.000", None),
        ("br ; q=0 , gzip ; q = 0.001", "gzip"),
        ("gzip;Q=0", None),
        ("*", "br"),
        ("*;q=0", None),
        ("*;q=0, gzip", "gzip"),
        ("br;q=0, *", "gzip"),
        ("deflate", None),
        ("brotli, gzipped", None),
        ("gzip;q=", None),
        (",,, ;;; ,gzip", "gzip"),
        ("gzip;q=nonsense", "gzip"),
    ],
)
def test_the_coding_is_one_that_the_client_takes(accepted, coding):
    response = get() if accepted is None else get(accept_encoding=accepted)
    assert response.headers.get("Content-Encoding") == coding
    assert decoded(response) == LONG


@given(st.text(max_size=600))
def test_no_accept_encoding_breaks_the_page(accepted):
    assert decoded(get(accept_encoding=accepted)) == LONG


def test_a_very_long_accept_encoding_is_read_no_further_than_is_reasonable():
    assert decoded(get(accept_encoding="x, " * 100_000 + "br")) == LONG


def test_what_is_short_is_not_compressed():
    response = get(scrap, accept_encoding="br, gzip")
    assert "Content-Encoding" not in response.headers
    assert response.content == SHORT.encode()


def test_a_compressed_page_says_its_own_length():
    response = get(accept_encoding="br")
    assert int(response.headers["Content-Length"]) == len(response.content) < len(LONG)


def test_a_cache_is_told_that_codings_differ_whichever_was_sent():
    for accepted in ("br", "identity"):
        assert get(accept_encoding=accepted).headers["Vary"] == "Accept-Encoding, Save-Data"


def test_what_else_a_page_depends_on_stays_said():
    @published
    def view(request):
        return HttpResponse(LONG, headers={"Vary": "Cookie"})

    assert get(view).headers["Vary"] == "Cookie, Accept-Encoding, Save-Data"


# Asking again


def tag(**headers):
    return get(**headers).headers["ETag"]


def test_the_same_page_has_the_same_tag_and_the_same_bytes():
    for accepted in ("br", "gzip", "identity"):
        once, twice = get(accept_encoding=accepted), get(accept_encoding=accepted)
        assert (once.content, once.headers["ETag"]) == (twice.content, twice.headers["ETag"])


def test_another_page_or_another_coding_has_another_tag():
    tags = {tag(accept_encoding=accepted) for accepted in ("br", "gzip", "identity")} | {tag(view=scrap)}
    assert len(tags) == 4
    assert all(t.startswith('"') and t.endswith('"') for t in tags)


@pytest.mark.parametrize("written", ["{}", "W/{}", '"other", {}', '{}, "other"', "*"])
def test_who_has_the_page_already_is_told_so_without_it(written):
    response = get(if_none_match=written.format(tag()))
    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["ETag"] == tag()
    assert response.headers["Vary"] == "Accept-Encoding, Save-Data"
    assert "max-age=0" in response.headers["Cache-Control"]


@pytest.mark.parametrize("written", ['"other"', "", "nonsense", '"'])
def test_who_has_another_page_gets_this_one(written):
    assert decoded(get(if_none_match=written)) == LONG


def test_who_has_the_page_in_another_coding_gets_it_in_the_one_asked_for():
    response = get(if_none_match=tag(accept_encoding="gzip"), accept_encoding="br")
    assert (response.status_code, decoded(response)) == (200, LONG)


def test_who_has_only_a_date_is_told_whether_the_page_is_newer():
    assert get(if_modified_since=get().headers["Last-Modified"]).status_code == 304
    assert get(if_modified_since="Mon, 07 Dec 2020 11:00:00 GMT").status_code == 200


def test_a_tag_decides_where_there_is_a_date_as_well():
    date = get().headers["Last-Modified"]
    assert get(if_modified_since=date, if_none_match='"other"').status_code == 200


# How


def test_a_head_request_has_the_headers_of_the_page():
    page, head = get(accept_encoding="br"), get(method="HEAD", accept_encoding="br")
    assert head.status_code == 200
    assert head.headers == page.headers


def test_a_head_request_may_be_conditional():
    assert get(method="HEAD", if_none_match=tag()).status_code == 304


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
def test_other_methods_are_refused_and_told_which_there_are(method):
    response = get(method=method)
    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD")


def test_a_shared_cache_may_keep_a_page_for_a_moment_and_while_the_site_is_down():
    rules = get().headers["Cache-Control"].split(", ")
    assert {"public", "max-age=0", "stale-if-error=86400"} <= set(rules)


@pytest.mark.parametrize("response", [HttpResponseRedirect("/there/"), HttpResponseNotFound(LONG)])
def test_what_is_no_page_passes_as_it_is(response):
    @published
    def view(request):
        return response

    headers, content = dict(response.headers), response.content
    answer = get(view, accept_encoding="br")
    assert (dict(answer.headers), answer.content) == (headers, content)


def test_a_published_view_can_be_told_from_others():
    assert page.is_published
    assert page.__name__ == "page"
