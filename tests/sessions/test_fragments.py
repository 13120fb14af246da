"""Parts of pages that are made once of an edition: what they may not mix, and what they may take."""

import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.template import TemplateSyntaxError, engines
from django.test import Client
from django.urls import set_script_prefix
from django.utils import translation

from sessions import current
from sessions import published as ready
from sessions.addresses import address
from sessions.clock import CITIES, Clock
from sessions.fragments import Fragments, Made, Sheet
from sessions.models import Session
from sessions.publishing import publish_again
from tests import cast
from tests.organizers import an_organizer, at_the_desk

HOME = ZoneInfo("Asia/Ho_Chi_Minh")
OSLO = ZoneInfo("Europe/Oslo")


def written(source, sheet=None, **context):
    html = engines["django"].from_string("{% load programme %}" + source).render(context | {"sheet": sheet})
    return sheet.written(html).decode() if sheet else html


class Item(SimpleNamespace):
    """Counts how often it is told of."""

    told = 0

    @property
    def words(self):
        self.told += 1
        return self.text


# The tag


def test_what_is_the_same_is_made_once():
    item, twin = Item(kind="a", text="Mine"), Item(kind="a", text="Its twin's")
    source = "{% for item in items %}{% once item by kind %}{{ item.words }}{% endonce %} {% endfor %}"
    assert written(source, Sheet(Made()), items=[item, twin, item]) == "Mine Mine Mine "
    assert (item.told, twin.told) == (1, 0)


def test_on_a_page_without_fragments_it_is_made_each_time():
    item = Item(kind="a", text="Mine")
    assert (
        written("{% for n in 'xy' %}{% once item by kind %}{{ item.words }}{% endonce %}{% endfor %}", item=item)
        == "MineMine"
    )
    assert item.told == 2


def test_each_place_has_fragments_of_its_own():
    source = "{% once item by kind %}{{ item.text }}{% endonce %}{% once item by kind %}, {{ item.kind }}{% endonce %}"
    assert written(source, Sheet(Made()), item=Item(kind="a", text="Mine")) == "Mine, a"


@pytest.mark.parametrize("with_sheet", [True, False])
def test_lists_stand_where_they_were_left_out(with_sheet):
    items = "{% once item in items by text %}<li>{{ item.text }}{% endonce %}"
    source = f"<ul>{items}</ul>–" + "{% once item in none by text %}x{% endonce %}"
    them = [Item(text="Hòa bình"), Item(text="<b>"), Item(text="Hòa bình")]
    html = written(source * 2, Sheet(Made()) if with_sheet else None, items=them, none=[])
    assert html == "<ul><li>Hòa bình<li>&lt;b&gt;<li>Hòa bình</ul>–" * 2


@pytest.mark.parametrize("asked", ["", "item", "item by", "item in items", "item in items by", "item of items by id"])
def test_once_must_say_by_what(asked):
    with pytest.raises(TemplateSyntaxError):
        written("{% once " + asked + " %}{% endonce %}")


# What is kept


def test_languages_clocks_and_the_light_edition_have_fragments_of_their_own():
    fragments = Fragments()
    clocks = [Clock(HOME), Clock(HOME, away=OSLO), Clock(HOME, away=ZoneInfo("Asia/Tokyo"))]
    for language in ("en", "vi"):
        with translation.override(language):
            for number, clock in enumerate(clocks):
                for saves_data in (False, True):
                    made = fragments.on(clock, saves_data).made
                    assert made.get("key") is None
                    made.put("key", f"{language} {number} {saves_data}".encode())
    assert fragments.on(Clock(HOME)).made.get("key") == b"en 0 False"
    assert fragments.on(Clock(HOME, away=OSLO), True).made.get("key") == b"en 1 True"
    assert fragments.on(Clock(HOME, unknown="Mars")).made.get("key") == b"en 0 False"


def test_of_other_clocks_only_those_asked_for_last_stay():
    fragments = Fragments(most_bytes=20_000)
    fragments.on(Clock(HOME)).made.put("key", b"x" * 30_000)
    clocks = [Clock(HOME, away=ZoneInfo(city)) for city in CITIES if city != HOME.key]
    for clock in clocks:
        fragments.on(clock).made.put("key", b"x" * 7_000)
        fragments.on(clocks[0])
    found = [fragments.on(clock).made.get("key") is not None for clock in (clocks[-1], clocks[0], clocks[-2])]
    assert found == [True, True, False]
    assert fragments.on(Clock(HOME)).made.get("key")


def test_many_at_once_make_the_same():
    begin, fragments = threading.Barrier(8, timeout=20), Fragments()
    items = [Item(text=f"Item {number}") for number in range(50)]

    def one(_number):
        begin.wait()
        with translation.override("en"):
            sheet = fragments.on(Clock(HOME, away=OSLO))
            return written("{% once item in items by text %}{{ item.text }}, {% endonce %}", sheet, items=items)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(one, range(8))) == {"".join(f"Item {number}, " for number in range(50))}


# Pages

QUERIES = [
    "",
    "?tz=Europe/Oslo",
    "?tz=America/Los_Angeles",
    "?q=peace",
    "?kind=workshop&tz=Europe/Oslo",
    "?tz=Mars/Base",
]
PATHS = ["/programme/", "/vi/programme/", "/programme/2020-12-08/", "/speakers/", "/vi/speakers/"]
PAGES = [path + query for path in PATHS for query in QUERIES]


@pytest.fixture
def two_releases(published):
    """The second one changed a session and cancelled another."""
    Session.objects.filter(slug="opening").update(title_en="Grand opening")
    Session.objects.filter(slug="women-at-the-table").update(status="cancelled")
    return cast.a_release()


def shown(client, page, **headers):
    for shelf in ready.shelves:
        shelf.clear()
    response = client.get(page, **headers)
    assert response.status_code == 200
    return response.content.decode()


def test_a_page_says_the_same_whatever_was_asked_for_before_it(client, two_releases):
    before = {}
    for page in PAGES:
        current.published.forget()
        before[page] = shown(client, page)
    current.published.forget()
    for _ in range(2):
        assert {page: shown(client, page) for page in reversed(PAGES)} == before


def test_the_agenda_and_one_day_of_it_show_a_session_alike(client, published):
    assert entry(shown(client, "/programme/"), "women-at-the-table") == entry(
        shown(client, "/programme/2020-12-08/"), "women-at-the-table"
    )


def entry(html, slug):
    begin = html.index(f'id="{slug}"')
    return html[begin : html.index("</article>", begin)]


def test_nothing_of_a_preview_is_on_the_public_page_nor_the_other_way_round(client, two_releases):
    Session.objects.filter(slug="opening").update(title_en="Secret opening")
    desk = at_the_desk(an_organizer("Programme editors"))
    public, preview = shown(client, "/programme/"), desk.get("/preview/programme/").content.decode()
    for _ in range(2):
        assert shown(client, "/programme/") == public
        assert entry(desk.get("/preview/programme/").content.decode(), "opening") == entry(preview, "opening")
    assert "Secret opening" in preview
    assert "Secret opening" not in public
    assert 'href="/preview/sessions/' in preview
    assert 'href="/preview/sessions/' not in public


def test_a_new_release_and_an_older_one_again_show_their_own_sessions_and_marks(client, two_releases):
    second = shown(client, "/programme/")
    assert "Grand opening" in second
    assert "Cancelled in release 2" in entry(second, "women-at-the-table")
    publish_again(1)
    cast.read_anew()
    third = shown(client, "/programme/")
    assert "Grand opening" not in third
    assert "Changed in release 3" in entry(third, "women-at-the-table")
    assert "is-cancelled" not in entry(third, "women-at-the-table")[:60]


def test_nobody_can_write_where_a_list_is_left_out(client, published):
    Session.objects.filter(slug="opening").update(title_en="<!--gap 0-->", summary_en="<!--gap 99-->")
    cast.a_release()
    html = shown(client, "/programme/?q=%3C!--gap+0--%3E")
    assert "<!--gap" not in html
    assert html.count("&lt;!--gap 0--&gt;") == 2


def test_nothing_of_who_asks_is_in_a_fragment(client, published):
    plain = shown(client, "/programme/")
    current.published.forget()
    mine = at_the_desk(an_organizer("Publishers"))
    assert shown(mine, "/programme/?utm_source=x", headers={"Referer": "https://example.org/"}) == plain
    assert shown(Client(), "/programme/") == plain


# Addresses


@pytest.fixture
def _under_a_prefix():
    set_script_prefix("/site/")
    yield
    set_script_prefix("/")


def test_an_address_is_in_the_language_that_is_active():
    found = [address("session", "opening")]
    with translation.override("vi"):
        found += [address("session", "opening"), address("speaker", "linh", within="preview")]
    assert found == ["/sessions/opening/", "/vi/sessions/opening/", "/vi/preview/speakers/linh/"]
    assert address("session", "opening", query={"tz": "Europe/Oslo"}) == "/sessions/opening/?tz=Europe%2FOslo"


@pytest.mark.usefixtures("_under_a_prefix")
def test_an_address_is_under_the_prefix_of_the_site():
    assert address("session", "opening") == "/site/sessions/opening/"
    assert address("programme") == "/site/programme/"
