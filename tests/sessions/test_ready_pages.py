"""Published pages as ready bytes: who is answered before Django is asked, with what, and what is never kept."""

import datetime
import gzip
import threading
from concurrent.futures import ThreadPoolExecutor, wait

import brotli
import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from conference.models import Announcement
from conference.registration import terms
from sessions import published as ready
from sessions import shelf as shelves
from sessions.live import Live
from sessions.models import Session
from sessions.published import Door
from sessions.publishing import publish
from sessions.shelf import Shelf
from tests import cast
from tests.door import Answer, as_gunicorn_says, ask, what_django_is_asked
from tests.organizers import PASSWORD
from tests.registration.cast import a_category

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked_of_django(published):
    with what_django_is_asked() as addresses:
        yield addresses


def get(path, query="", **headers):
    return ask("GET", path, query, {name.replace("_", "-"): value for name, value in headers.items()})


PAGES = ["/programme/", "/vi/programme/", "/programme/2020-12-07/", "/sessions/opening/", "/speakers/", "/sitemap.xml"]
PAGES += ["/speakers/nguyen-thi-linh/", "/programme.ics", "/sessions/opening.ics", "/programme.atom", "/", "/vi/"]
PAGES += ["/programme/changes/", "/programme/changes/1/", "/robots.txt"]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_made_once_and_handed_out_ready(asked_of_django, path):
    first, second = get(path), get(path)
    assert asked_of_django == [path]
    assert (first.status_code, first.content, first.headers) == (200, second.content, second.headers)


@pytest.mark.parametrize("path", PAGES)
def test_every_coding_is_the_same_page_with_a_tag_of_its_own(published, path):
    plain = get(path)
    tags = {plain.headers["etag"]}
    for coding, unpack in (("br", brotli.decompress), ("gzip", gzip.decompress)):
        for _ in range(2):
            answer = get(path, accept_encoding=coding)
            if "content-encoding" in answer.headers:
                assert answer.headers["content-encoding"] == coding
                assert (unpack(answer.content), len(answer.content)) == (
                    plain.content,
                    int(answer.headers["content-length"]),
                )
            tags.add(answer.headers["etag"])
    assert len(tags) == (3 if len(plain.content) >= ready.SMALLEST_WORTH_COMPRESSING else 1)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("known", [False, True], ids=["new", "known"])
def test_what_is_said_at_once_is_what_the_door_says(published, path, method, known):
    tag = get(path, accept_encoding="br").headers["etag"]
    headers = {"Accept-Encoding": "br"} | ({"If-None-Match": tag} if known else {})
    answer, said = ask(method, path, headers=headers), at_once(method, path, headers)
    assert said == answer


def at_once(method, path, headers=None):
    """The Answer that the thread which listens gives by itself, or None."""
    said = Door.at_once(as_gunicorn_says(method, path, headers=headers))
    if said is None:
        return None
    status, lines, content = said
    pairs = [line.split(": ", 1) for line in lines.decode("latin-1").removesuffix("\r\n").split("\r\n")]
    return Answer(int(status[:3]), {name.lower(): value for name, value in pairs}, content)


def test_nothing_is_said_at_once_of_what_is_not_ready(published):
    get("/programme/")
    assert at_once("GET", "/programme/")
    others = [("POST", "/programme/"), ("GET", "/nowhere/"), ("GET", "/accounts/login/"), ("GET", "/vi/programme/")]
    assert [at_once(*other) for other in others] == [None] * 4


def test_nothing_is_said_at_once_while_what_is_published_would_have_to_be_asked_for(
    published, django_assert_num_queries
):
    get("/programme/", "room=hall")
    for live in Live.everything:
        live.forget()
    with django_assert_num_queries(0):
        said = Door.at_once(as_gunicorn_says("GET", "/programme/", "room=hall"))
    assert said is None


def test_pages_stay_ready_when_something_changes_that_none_of_them_shows(published):
    terms.terms()
    get("/programme/")
    a_category("Press")
    terms.renew()
    assert terms.terms().categories[0].name_en == "Press"
    assert at_once("GET", "/programme/")


def test_headers_of_the_house_are_on_what_is_handed_out_ready(published):
    get("/programme/")
    headers = get("/programme/").headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-language"] == "en"
    assert headers["cache-control"] == ready.CACHE_CONTROL
    assert headers["vary"] == "Accept-Encoding, Save-Data"


def test_a_head_request_has_the_headers_and_nothing_else(asked_of_django):
    page = get("/programme/", accept_encoding="br")
    head = ask("HEAD", "/programme/", headers={"Accept-Encoding": "br"})
    assert (head.status_code, head.content, head.headers) == (200, b"", page.headers)
    assert len(asked_of_django) == 1


def test_a_page_that_was_first_asked_for_by_a_head_request_is_ready(asked_of_django):
    head = ask("HEAD", "/programme/")
    assert get("/programme/").headers == head.headers
    assert head.content == b""
    assert len(asked_of_django) == 1


@pytest.mark.parametrize("path", ["/accounts/login/", "/programme/?q=peace", "/nowhere/"])
def test_a_head_request_for_what_django_makes_has_nothing_but_headers(published, path):
    path, _, query = path.partition("?")
    head = ask("HEAD", path, query)
    assert (head.content, head.headers["content-length"]) == (b"", str(len(get(path, query).content)))


def test_a_page_that_was_first_asked_for_by_who_has_it_is_ready(asked_of_django):
    tag = get("/programme/").headers["etag"]
    for shelf in ready.shelves:
        shelf.clear()
    assert [get("/programme/", if_none_match=tag).status_code for _asked in range(2)] == [304, 304]
    assert len(asked_of_django) == 2


@pytest.mark.parametrize("coding", ["br", "gzip", "identity"])
def test_what_is_searched_for_comes_in_the_coding_asked_for(published, coding):
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, "identity": bytes}[coding]
    answer = get("/programme/", "q=peace", accept_encoding=coding)
    assert answer.headers.get("content-encoding", "identity") == coding
    assert answer.headers["vary"] == "Accept-Encoding, Save-Data"
    assert unpack(answer.content) == get("/programme/", "q=peace").content


@pytest.mark.parametrize("written", ["{}", "W/{}", '"other", {}', "*", ' {} , "other"'])
def test_who_has_the_page_is_told_so_without_asking_django(asked_of_django, written):
    tag = get("/programme/").headers["etag"]
    answer = get("/programme/", if_none_match=written.format(tag))
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    assert set(answer.headers) == {"cache-control", "etag", "vary"}
    assert len(asked_of_django) == 1


def test_who_has_the_page_of_that_date_is_told_so(published):
    date = get("/programme/").headers["last-modified"]
    assert get("/programme/", if_modified_since=date).status_code == 304
    assert get("/programme/", if_modified_since="Mon, 07 Dec 2020 11:00:00 GMT").status_code == 200
    assert get("/programme/", if_modified_since="nonsense").status_code == 200
    assert get("/programme/", if_modified_since=date, if_none_match='"other"').status_code == 200


# When pages change


def test_a_release_throws_away_what_was_kept(asked_of_django):
    assert "Grand opening" not in get("/programme/").text
    Session.objects.filter(slug="opening").update(title_en="Grand opening")
    cast.a_release()
    assert "Grand opening" in get("/programme/").text


def test_an_announcement_shows_on_what_was_kept(published):
    get("/programme/")
    Announcement.objects.create(text_en="Doors open at five.", shown_from=cast.at(1, 9))
    cast.read_anew()
    assert "Doors open at five." in get("/programme/").text


def test_a_moment_that_pages_tell_of_throws_away_what_was_kept(published):
    Announcement.objects.create(text_en="Doors open at five.", shown_from=cast.at(7, 17))
    with time_machine.travel(cast.at(7, 16, 59), tick=False) as clock:
        cast.read_anew()
        assert "Doors open at five." not in get("/programme/").text
        clock.shift(datetime.timedelta(minutes=1))
        assert "Doors open at five." in get("/programme/").text


def test_the_first_page_tells_what_is_on_at_every_turn(asked_of_django):
    told = []
    with time_machine.travel(cast.at(7, 17, 59), tick=False) as clock:
        for minutes in (0, 1, 30, 61):
            clock.shift(datetime.timedelta(minutes=minutes))
            told.append(get("/").text)
    assert len(asked_of_django) == 3
    assert told[1] == told[2]
    assert len(set(told)) == 3


def test_what_was_begun_before_a_release_is_not_kept_after_it():
    shelf = Shelf(10_000)
    begun = shelf.begin("page")
    shelf.clear()
    shelf.put("page", Bytes(10), begun)
    assert (shelf.get("page"), shelf.bytes) == (None, 0)


def test_whoever_tells_of_the_next_turn_may_find_that_something_has_changed():
    shelf = Shelf(100)

    def turn(now):
        shelf.clear()

    shelf.turns.append(turn)
    shelf.put("page", Bytes(10), shelf.begin("page"))
    assert shelf.get("page") is None


# What is not kept


def test_what_no_page_understands_makes_no_page_of_its_own(asked_of_django):
    plain = get("/programme/")
    for query in ("utm_source=letter", "fbclid=1&gclid=2", "a", "=", "&&&", "%00=1", "q="):
        assert get("/programme/", query).content == plain.content
    assert len(asked_of_django) == 1
    assert (len(ready.pages), len(ready.narrowed)) == (1, 0)


def test_a_page_asked_for_with_what_it_does_not_understand_says_nothing_of_it(published):
    assert "utm_source" not in get("/programme/", "utm_source=letter").text


def test_a_narrowed_page_is_kept_by_what_was_understood(asked_of_django):
    first = get("/programme/", "theme=funding&tz=Europe/Oslo")
    again = get("/programme/", "tz=Europe/Oslo&x=1&theme=funding")
    assert (first.content, len(asked_of_django)) == (again.content, 1)


@pytest.mark.parametrize(
    "query", ["theme=invented", "room=invented", "kind=invented", "language=xx", "tz=Mars/Base", "by=height", "q=peace"]
)
def test_invented_words_do_not_fill_the_shelf(asked_of_django, query):
    for _ in range(2):
        assert get("/programme/", query).status_code == 200
    assert len(asked_of_django) == 2
    assert (len(ready.pages), len(ready.narrowed)) == (0, 0)


@pytest.mark.parametrize("query", ["theme=funding&theme=taking-part-in-peace", "q=" + "x" * 400])
def test_a_query_that_says_something_twice_or_at_length_is_answered_and_not_kept(asked_of_django, query):
    assert get("/programme/", query).status_code == 200
    assert len(ready.narrowed) == 0


@pytest.mark.parametrize("path", ["/nowhere/", "/sessions/nothing/", "/programme/now/", "/healthz", "/my/"])
def test_what_is_no_published_page_is_not_kept(asked_of_django, path):
    for _ in range(2):
        get(path)
    assert len(ready.pages) + len(ready.narrowed) == 0


def test_what_is_kept_is_bounded_in_bytes_and_the_least_wanted_goes_first():
    shelf = Shelf(100)
    for name in "abc":
        shelf.put(name, Bytes(40), shelf.begin(name))
        shelf.get("a")
    assert [name for name in "abc" if shelf.get(name)] == ["a", "c"]
    assert shelf.bytes == 80
    shelf.put("giant", Bytes(101), shelf.begin("giant"))
    assert shelf.get("giant") is None


class Bytes:
    def __init__(self, size):
        self.size = size


# What is personal


def test_a_page_made_for_somebody_signed_in_is_everybodys(published):
    plain = get("/programme/")
    ready.pages.clear()
    User.objects.create_user("linh", "linh@example.org", PASSWORD)
    client = Client()
    client.force_login(User.objects.get(), "django.contrib.auth.backends.ModelBackend")
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    mine = get("/programme/", cookie=cookie)
    assert (mine.content, "set-cookie" in mine.headers) == (plain.content, False)
    assert get("/programme/").content == plain.content


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-Proto": "https"},
        {"X-HTTP-Method-Override": "POST"},
        {"X-Original-URL": "/admin/"},
        {"Accept-Language": "vi"},
        {"Cookie": "sessionid=evil; csrftoken=evil; language_offered=evil"},
        {"Referer": "https://evil.example/"},
        {"Authorization": "Basic ZXZpbDpldmls"},
        {"Range": "bytes=0-1"},
        {"Accept": "application/json"},
    ],
)
def test_nothing_a_visitor_sends_stays_on_the_page_that_the_next_one_gets(published, headers):
    clean = get("/programme/")
    ready.pages.clear()
    poisoned = ask("GET", "/programme/", headers=headers)
    assert poisoned.content == clean.content
    assert get("/programme/").content == clean.content


def test_a_host_that_is_not_ours_is_refused_though_the_page_is_ready(published):
    get("/programme/")
    for host in ("evil.example", "127.0.0.1.evil.example", "", "127.0.0.1:80:80", "[::1", "127.0.0.1\\@evil.example"):
        assert ask("GET", "/programme/", headers={"Host": host}).status_code == 400


def test_where_the_site_is_secure_who_asks_in_the_clear_is_left_to_django(asked_of_django, settings):
    """Which leads them to https: see SECURE_SSL_REDIRECT."""
    get("/programme/")
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    get("/programme/")
    assert len(asked_of_django) == 2
    get("/programme/", x_forwarded_proto="https")
    assert len(asked_of_django) == 2


def test_a_ready_page_gives_way_to_maintenance(published, settings):
    get("/programme/")
    settings.MAINTENANCE = True
    assert get("/programme/").status_code == 503


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_refused_though_the_page_is_ready(published, method):
    get("/programme/")
    assert ask(method, "/programme/").status_code in (403, 405)


def test_a_first_visit_to_the_first_page_is_still_led_to_its_language(published):
    get("/")
    first = get("/", accept_language="vi-VN,vi;q=0.9")
    assert (first.status_code, first.headers["location"]) == (302, "/vi/")
    later = get("/", accept_language="vi-VN,vi;q=0.9", cookie="language_offered=1")
    assert (later.status_code, later.content) == (200, get("/").content)


def test_a_view_that_sets_a_cookie_is_not_kept(published):
    page = ready.Page({"": b"mine"}, "tag", 0, {})
    assert not page.complete([("Set-Cookie", "a=b")])
    assert page.answers == {}


# Many at once


@pytest.mark.django_db(transaction=True)
def test_of_many_who_ask_at_once_one_has_the_page_made(published):
    begin, made = threading.Barrier(8, timeout=20), []

    @ready.published
    def page(request):
        made.append(1)
        return HttpResponse("made")

    def one(_number):
        begin.wait()
        return page(RequestFactory().get("/page/")).content

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(one, range(8))) == {b"made"}
    assert len(made) == 1


@pytest.fixture
def two_visitors(published):
    """two_visitors() is what the second of two gets who ask for a page that has just changed: after the first, whose
    answer is made while the second asks."""
    is_asked_for, may_be_made = threading.Event(), threading.Event()
    versions = iter(["as it was", "anew", "anew"])

    @ready.published
    def page(request):
        version = next(versions)
        if version == "anew":
            is_asked_for.set()
            may_be_made.wait(20)
        return HttpResponse(version)

    def site(environ, start_response):
        response = page(WSGIRequest(environ))
        start_response("200 OK", list(response.items()))
        return response

    def visit():
        environ = RequestFactory(HTTP_HOST="testserver").get("/page/").environ
        return b"".join(ready.Door(site)(environ, lambda *said: None))

    def two_visitors():
        visit()
        ready.pages.clear()
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(visit)
            is_asked_for.wait(20)
            second = pool.submit(visit)
            wait([second], timeout=0.2)
            may_be_made.set()
            assert first.result(20) == b"anew"
            return second.result(20)

    return two_visitors


def test_while_a_page_is_made_anew_others_have_it_as_it_was_a_moment_ago(two_visitors):
    assert two_visitors() == b"as it was"


def test_whoever_asks_later_than_that_waits_for_the_new_page(two_visitors, monkeypatch):
    monkeypatch.setattr(shelves, "MOMENT", 0)
    assert two_visitors() == b"anew"


def test_a_page_that_nobody_makes_anew_is_not_given_as_it_was():
    shelf = Shelf(100)
    shelf.put("page", Bytes(10), shelf.begin("page"))
    shelf.clear()
    assert shelf.former("page") is None


def test_a_page_begun_before_a_release_does_not_keep_the_one_from_before_it_alive():
    shelf = Shelf(100)
    shelf.put("page", Bytes(10), shelf.begin("page"))
    with shelf.alone("page"):
        shelf.begin("page")
        shelf.clear()
        assert shelf.former("page") is None


def test_pages_of_a_moment_ago_make_room_first():
    shelf = Shelf(100)
    for name in "ab":
        shelf.put(name, Bytes(40), shelf.begin(name))
    shelf.clear()
    with shelf.alone("b"):
        begun = shelf.begin("b")
        assert shelf.former("b")
        shelf.put("c", Bytes(40), begun)
        assert shelf.former("b")
        shelf.put("d", Bytes(40), begun)
        assert shelf.former("b") is None
    assert [name for name in "cd" if shelf.get(name)] == ["c", "d"]


def test_after_a_fork_nothing_is_on_the_shelf_until_somebody_follows_what_changes():
    shelf = Shelf(100)
    shelf.put("page", Bytes(10), shelf.begin("page"))
    shelf._begin_anew()
    assert shelf.get("page") is None


def test_a_release_while_a_page_is_made_shows_in_the_next_one(published):
    @ready.published
    def page(request):
        number = ready.current.programme().number
        if number == 1:
            Session.objects.filter(slug="opening").update(title_en="Grand opening")
            publish()
            cast.read_anew()
        return HttpResponse(f"Release {number}")

    assert [page(RequestFactory().get("/page/")).content for _ in range(2)] == [b"Release 1", b"Release 2"]
