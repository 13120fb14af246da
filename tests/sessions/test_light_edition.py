"""The edition of a page for who saves data: what it leaves out, and that it is nobody else's."""

import re

import pytest
import time_machine

from sessions import published as ready
from speakers.keeping import keep
from speakers.models import Speaker
from speakers.pictures import PORTRAIT, render
from tests import cast
from tests.door import ask
from tests.registration.visitors import NOVEMBER, an_open_form
from tests.speakers.hostile import picture, saved

pytestmark = pytest.mark.django_db

PAGES = ["/", "/vi/", "/programme/", "/vi/programme/2020-12-07/", "/sessions/opening/", "/speakers/"]
PAGES += ["/speakers/nguyen-thi-linh/", "/programme/changes/1/"]
FILES = ["/programme.ics", "/sessions/opening.ics", "/programme.atom", "/robots.txt", "/sitemap.xml"]
NOT_ON = ["ON", "On", "off", "on, on", "on,on", "on;q=1", "1", "?1", "true", '"on"', "on\x00", "\xa0on", "x" * 8000, ""]
# What the light edition leaves out of its page, and what it says of itself.
FONT = re.compile(r'<link rel="preload"[^>]*as="font"[^>]*>\n')
CLASS = ' class="saves-data"'


def get(path, query="", save_data=None, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return ask("GET", path, query, headers | ({} if save_data is None else {"Save-Data": save_data}))


@pytest.fixture
def portrait(published, settings, tmp_path):
    """One of the speakers shows a face."""
    settings.MEDIA_ROOT = tmp_path
    Speaker.objects.filter(slug="nguyen-thi-linh").update(portrait=keep(render(saved(picture(800, 800)), PORTRAIT)))
    return cast.a_release()


@pytest.mark.parametrize("path", PAGES)
def test_a_light_page_asks_for_no_font_and_is_the_same_in_all_else(published, path):
    whole, light = get(path).text, get(path, save_data="on").text
    assert len(FONT.findall(whole)) == 2
    assert CLASS not in whole
    assert light.replace(CLASS, "", 1) == FONT.sub("", whole)
    assert CLASS in light


@pytest.mark.parametrize("path", ["/speakers/", "/speakers/nguyen-thi-linh/", "/sessions/opening/"])
def test_a_light_page_offers_portraits_in_one_size(portrait, path):
    whole, light = get(path).text, get(path, save_data="on").text
    assert " 2x" in whole
    assert "srcset" in light
    assert " 2x" not in light
    single = re.sub(r", /media/[^ ]+ 2x", "", FONT.sub("", whole))
    assert light.replace(CLASS, "", 1) == single


@pytest.mark.parametrize("path", PAGES)
def test_both_editions_are_kept_apart_and_say_what_they_vary_with(published, path):
    for _ in range(2):
        whole, light = get(path), get(path, save_data="on")
        assert whole.content != light.content
        assert whole.headers["etag"] != light.headers["etag"]
        assert whole.headers["vary"] == light.headers["vary"]
        assert {"Accept-Encoding", "Save-Data"} <= set(light.headers["vary"].split(", "))
    assert len(ready.pages) == 2


def test_a_narrowed_page_has_a_light_edition_too(published):
    for query in ("theme=funding", "q=peace", "theme=funding&theme=funding"):
        assert CLASS in get("/programme/", query, "on").text
        assert CLASS not in get("/programme/", query).text
    assert len(ready.narrowed) == 2


@pytest.mark.parametrize("path", FILES)
def test_what_is_no_page_has_one_edition(published, path):
    whole, light = get(path), get(path, save_data="on")
    assert (whole.content, whole.headers) == (light.content, light.headers)
    assert whole.headers["vary"] == "Accept-Encoding"
    assert len(ready.pages) == 1


@pytest.mark.parametrize("said", NOT_ON)
def test_nothing_but_on_counts(published, said):
    whole = get("/programme/")
    ready.pages.clear()
    assert get("/programme/", save_data=said).content == whole.content
    assert get("/programme/", save_data="on").content != whole.content
    assert get("/programme/", save_data=said).content == whole.content


def test_invented_wishes_do_not_fill_the_shelf(published):
    for number in range(20):
        get("/programme/", save_data=f"on{number}")
    assert len(ready.pages) == 1


@pytest.mark.parametrize("first", [None, "on"])
def test_whoever_comes_first_decides_nothing_for_the_other(published, first):
    get("/programme/", save_data=first)
    assert CLASS not in get("/programme/").text
    assert CLASS in get("/programme/", save_data="on").text


def test_who_has_one_edition_is_sent_the_other(published):
    tag = get("/programme/").headers["etag"]
    light = get("/programme/", save_data="on", if_none_match=tag)
    assert light.status_code == 200
    again = get("/programme/", save_data="on", if_none_match=light.headers["etag"])
    assert (again.status_code, again.headers["vary"]) == (304, "Accept-Encoding, Save-Data")


def test_a_release_throws_both_editions_away(published):
    before = [get("/programme/", save_data=said).text for said in (None, "on")]
    cast.a_session("Grand closing")
    cast.a_release()
    after = [get("/programme/", save_data=said).text for said in (None, "on")]
    assert [("Grand closing" in text) for text in before + after] == [False, False, True, True]


def test_pages_that_are_not_kept_are_light_as_well(published):
    assert CLASS in get("/accounts/login/", save_data="on").text
    assert CLASS not in get("/accounts/login/").text


@time_machine.travel(NOVEMBER)
def test_the_form_is_light_for_who_saves_data_and_for_nobody_else(published):
    an_open_form()
    for _ in range(2):
        assert CLASS not in get("/register/").text
        assert CLASS in get("/register/", save_data="on").text


def test_a_missing_page_says_that_it_varies(published):
    light = get("/sessions/nothing/", save_data="on")
    assert (light.status_code, CLASS in light.text) == (404, True)
    assert "Save-Data" in light.headers["vary"]
    assert "Save-Data" in get("/sessions/nothing/").headers["vary"]


def test_what_is_fetched_ahead_is_the_page_that_everybody_gets(published):
    ahead = get("/sessions/opening/", sec_purpose="prefetch", sec_fetch_site="same-origin")
    assert ahead.content == get("/sessions/opening/").content
    assert "set-cookie" not in ahead.headers
    assert len(ready.pages) == 1
