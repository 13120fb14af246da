"""Public pages in a browser without scripts."""

import re

import pytest
from playwright.sync_api import expect

from .page_catalogue import each_language


@pytest.fixture
def open_without_scripts(open_page):
    def open_without_scripts(name, language="en", **more):
        return open_page(name, language, java_script_enabled=False, **more)

    return open_without_scripts


def submit_filters(page):
    with page.expect_navigation():
        page.locator(".filters button:visible").last.click()


@each_language
def test_agenda_has_all_sessions(language, open_without_scripts):
    page = open_without_scripts("agenda", language)
    titles = page.locator("main h4").all_inner_texts()
    assert len(titles) == 20
    assert titles[0] == {"en": "High-level opening", "vi": "Phiên khai mạc cấp cao"}[language]


def test_agenda_search_ignores_diacritics(open_without_scripts):
    page = open_without_scripts("agenda", "vi")
    page.locator("#id_q").fill("hoa binh lien hop quoc")
    submit_filters(page)
    expect(page).to_have_url("/vi/programme/?q=hoa+binh+lien+hop+quoc&theme=&kind=&room=&language=&tz=#list.results")
    assert 0 < page.locator("main h4").count() < 20


def test_agenda_filter_by_kind_shows_matching_sessions(open_without_scripts):
    page = open_without_scripts("agenda")
    page.locator("summary").click()
    page.locator("#id_kind").select_option("workshop")
    submit_filters(page)
    assert page.locator("main h4").count() == 4
    assert page.locator("#id_kind").input_value() == "workshop"
    assert page.locator(".count").inner_text().startswith("4 of 13 sessions")


def test_time_zone_field_adds_visitor_time(open_without_scripts):
    page = open_without_scripts("agenda")
    page.locator("summary").click()
    page.locator("#id_tz").fill("Europe/Oslo")
    submit_filters(page)
    assert page.locator(".slot h3").first.locator("time").all_inner_texts() == ["18:00", "12:00"]


def test_language_switch_keeps_time_zone(open_without_scripts):
    page = open_without_scripts("agenda, with visitor time zone")
    with page.expect_navigation():
        page.get_by_role("link", name="Tiếng Việt").click()
    expect(page).to_have_url("/vi/programme/?tz=Pacific/Auckland")
    assert page.locator(".slot h3").first.locator("time").all_inner_texts() == ["18:00", "00:00"]


def test_speakers_are_searched_and_grouped_by_country(open_without_scripts):
    page = open_without_scripts("speakers")
    page.locator("#id_q").fill("sorheim")
    page.locator("#id_by").select_option("country")
    submit_filters(page)
    assert page.locator(".speaker-card-name").all_inner_texts() == ["Ms. Marita Sørheim-Rensvik"]
    assert page.locator(".group h2").all_inner_texts() == ["Norway"]


def test_home_page_shows_current_session(open_without_scripts):
    page = open_without_scripts("home, during")
    assert "Women at the table" in page.get_by_role("region", name="On now").inner_text()


def test_now_link_leads_to_current_session(open_without_scripts):
    page = open_without_scripts("agenda, today")
    page.get_by_role("link", name="Now", exact=True).click()
    expect(page).to_have_url(re.compile("#women-at-the-table$"))
    expect(page.locator("#women-at-the-table")).to_be_visible()
