"""Each visitor in their language, each word marked with the language it is in."""

import pytest
from playwright.sync_api import expect

from .page_catalogue import PAGES

# The language that stands on the nearest element around a text.
LANGUAGE_OF = "(element) => element.closest('[lang]').lang"


def path(page):
    return page.evaluate("location.pathname + location.search")


def test_vietnamese_browser_is_shown_vietnamese_on_its_first_visit(visitor):
    page = visitor(language="vi")
    page.goto("/")
    assert path(page) == "/vi/"


def test_second_visit_stays_where_it_is(visitor):
    page = visitor(language="vi")
    page.goto("/")
    page.goto("/")
    assert path(page) == "/"


def test_choosing_english_on_the_first_page_is_not_undone(visitor):
    page = visitor(language="vi")
    page.goto("/vi/")
    page.get_by_role("link", name="English").click()
    expect(page).to_have_url("/")


def test_english_browser_is_left_where_it_came(visitor):
    page = visitor(language="en")
    page.goto("/vi/")
    assert path(page) == "/vi/"


@pytest.mark.parametrize(
    "name", ["agenda", "agenda, narrowed", "day", "session", "speakers", "speaker", "about", "sign in"]
)
def test_no_deep_link_leads_to_another_language(name, visitor):
    page = visitor(language="vi")
    page.goto(PAGES[name][1])
    assert path(page) == PAGES[name][1]


@pytest.mark.parametrize("name", ["agenda, narrowed", "session, on two clocks", "speakers, by country", "about"])
def test_switching_the_language_keeps_the_page(name, open_page):
    page = open_page(name)
    before = path(page)
    page.get_by_role("link", name="Tiếng Việt").click()
    expect(page).to_have_url("/vi" + before)
    page.get_by_role("link", name="English").click()
    expect(page).to_have_url(before)


def test_texts_without_vietnamese_are_marked_as_english(open_page):
    page = open_page("session, in English only", "vi")
    for text in (
        "Participation: women in United Nations peacekeeping",
        "A workshop on the second pillar",
        "Workshop room 2",
    ):
        assert page.locator("main").get_by_text(text).last.evaluate(LANGUAGE_OF) == "en"
    assert page.locator(".prose p").first.evaluate(LANGUAGE_OF) == "en"


def test_texts_without_english_are_marked_as_vietnamese(open_page):
    page = open_page("session, in Vietnamese for the most part")
    assert page.locator(".lead").locator("[lang]").get_attribute("lang") == "vi"
    assert page.locator("h1").evaluate(LANGUAGE_OF) == "en"


def test_names_of_languages_are_in_their_languages(open_page):
    assert open_page("agenda").get_by_role("link", name="Tiếng Việt").get_attribute("lang") == "vi"
