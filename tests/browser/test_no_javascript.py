"""Everything works in a browser that runs no scripts."""

import re

import pytest
from playwright.sync_api import expect

from .page_catalogue import each_language


@pytest.fixture
def open_plain(open_page):
    def open_plain(name, language="en", **more):
        return open_page(name, language, java_script_enabled=False, **more)

    return open_plain


def narrow(page):
    with page.expect_navigation():
        page.locator(".filters button").click()


@each_language
def test_agenda_is_whole(language, open_plain):
    page = open_plain("agenda", language)
    titles = page.locator("main h4").all_inner_texts()
    assert len(titles) == 20
    assert titles[0] == {"en": "High-level opening", "vi": "Phiên khai mạc cấp cao"}[language]


def test_agenda_is_searched_without_marks(open_plain):
    page = open_plain("agenda", "vi")
    page.locator("#id_q").fill("hoa binh lien hop quoc")
    narrow(page)
    expect(page).to_have_url("/vi/programme/?q=hoa+binh+lien+hop+quoc&theme=&kind=&room=&language=&tz=")
    assert 0 < page.locator("main h4").count() < 20


def test_agenda_is_narrowed_by_choices(open_plain):
    page = open_plain("agenda")
    page.locator("summary").click()
    page.locator("#id_kind").select_option("workshop")
    narrow(page)
    assert page.locator("main h4").count() == 4
    assert page.locator("#id_kind").input_value() == "workshop"
    assert page.locator(".count").inner_text().startswith("4 of 20 sessions")


def test_another_clock_is_asked_for(open_plain):
    page = open_plain("agenda")
    page.locator("summary").click()
    page.locator("#id_tz").fill("Europe/Oslo")
    narrow(page)
    assert page.locator(".slot h3").first.locator("time").all_inner_texts() == ["18:00", "12:00"]


def test_language_is_switched_where_one_is(open_plain):
    page = open_plain("agenda, on two clocks")
    with page.expect_navigation():
        page.get_by_role("link", name="Tiếng Việt").click()
    expect(page).to_have_url("/vi/programme/?tz=Pacific/Auckland")
    assert page.locator(".slot h3").first.locator("time").all_inner_texts() == ["18:00", "00:00"]


def test_speakers_are_searched_and_grouped(open_plain):
    page = open_plain("speakers")
    page.locator("#id_q").fill("sorheim")
    page.locator("#id_by").select_option("country")
    narrow(page)
    assert page.locator(".speaker-card-name").all_inner_texts() == ["Ms. Marita Sørheim-Rensvik"]
    assert page.locator(".group h2").all_inner_texts() == ["Norway"]


def test_what_is_on_is_shown_on_the_first_page(open_plain):
    page = open_plain("home, on")
    assert "Women at the table" in page.get_by_role("region", name="On now").inner_text()


def test_now_leads_to_the_session_that_is_on(open_plain):
    page = open_plain("agenda, today")
    page.get_by_role("link", name="Now", exact=True).click()
    expect(page).to_have_url(re.compile("#women-at-the-table$"))
    expect(page.locator("#women-at-the-table")).to_be_visible()
