"""Languages: redirects, language switch and lang attributes."""

import pytest
from playwright.sync_api import expect

from .page_catalogue import PAGES

# The lang attribute of the closest element that has one.
LANGUAGE_OF = "(element) => element.closest('[lang]').lang"


def get_path(page):
    return page.evaluate("location.pathname + location.search")


def test_first_visit_of_vietnamese_browser_is_redirected(visitor):
    page = visitor(language="vi")
    page.goto("/")
    assert get_path(page) == "/vi/"


def test_second_visit_is_not_redirected(visitor):
    page = visitor(language="vi")
    page.goto("/")
    page.goto("/")
    assert get_path(page) == "/"


def test_choosing_english_is_not_redirected_back(visitor):
    page = visitor(language="vi")
    page.goto("/vi/")
    page.get_by_role("link", name="English").click()
    expect(page).to_have_url("/")


def test_english_browser_stays_on_vietnamese_page(visitor):
    page = visitor(language="en")
    page.goto("/vi/")
    assert get_path(page) == "/vi/"


@pytest.mark.parametrize(
    "name", ["agenda", "agenda, filtered", "day", "session", "speakers", "speaker", "about", "sign in"]
)
def test_deep_link_is_not_redirected(name, visitor):
    page = visitor(language="vi")
    page.goto(PAGES[name][1])
    assert get_path(page) == PAGES[name][1]


@pytest.mark.parametrize(
    "name", ["agenda, filtered", "session, with visitor time zone", "speakers, by country", "about"]
)
def test_language_switch_keeps_page_and_query(name, open_page):
    page = open_page(name)
    before = get_path(page)
    page.get_by_role("link", name="Tiếng Việt").click()
    expect(page).to_have_url("/vi" + before)
    page.get_by_role("link", name="English").click()
    expect(page).to_have_url(before)


def test_untranslated_texts_are_marked_as_english(open_page):
    page = open_page("session, in English only", "vi")
    for text in (
        "Participation: women in United Nations peacekeeping",
        "A workshop on the second pillar",
        "Workshop room 2",
    ):
        assert page.locator("main").get_by_text(text).last.evaluate(LANGUAGE_OF) == "en"
    assert page.locator(".prose p").first.evaluate(LANGUAGE_OF) == "en"


def test_texts_without_source_are_marked_as_vietnamese(open_page):
    page = open_page("session, mostly in Vietnamese")
    assert page.locator(".lead").locator("[lang]").get_attribute("lang") == "vi"
    assert page.locator("h1").evaluate(LANGUAGE_OF) == "en"


def test_language_name_has_its_own_lang(open_page):
    assert open_page("agenda").get_by_role("link", name="Tiếng Việt").get_attribute("lang") == "vi"
