"""Printed pages."""

import re

import pytest

from .page_catalogue import each_language

PDF_PAGE = re.compile(rb"/Type\s*/Page\b")


@pytest.fixture
def open_printed(open_page):
    """Return a function that opens a page in print media at the width of A4."""

    def open_printed(name, language="en", **more):
        page = open_page(name, language, width=794, height=1123, **more)
        page.emulate_media(media="print")
        return page

    return open_printed


@each_language
def test_printed_agenda_has_three_to_eight_pages(language, open_printed):
    pages = PDF_PAGE.findall(open_printed("agenda", language).pdf(format="A4", prefer_css_page_size=True))
    assert 3 <= len(pages) <= 8


def test_printed_agenda_has_every_session_and_speaker(open_printed):
    page = open_printed("agenda")
    assert len([title for title in page.locator("main h4").all() if title.is_visible()]) == 20
    assert page.get_by_text("Pham Binh Minh").is_visible()


def test_printed_agenda_has_conference_name_and_release(open_printed):
    page = open_printed("agenda")
    assert page.get_by_text("Women, Peace and Security, Ha Noi").first.is_visible()
    assert page.get_by_text("Release 1").is_visible()


@pytest.mark.parametrize("name", ["agenda", "session", "speakers", "home, after"])
def test_controls_are_not_printed(name, open_printed):
    page = open_printed(name, zone="Europe/Oslo")
    controls = page.locator("nav, form, button, summary, .skip, .visitor-time-zone, .button")
    assert [element.inner_text() for element in controls.all() if element.is_visible()] == []


def test_cancelled_session_is_printed_with_its_notice(open_printed):
    session = open_printed("day, cancelled and on now").locator("#acting-early")
    assert session.get_by_text("Cancelled", exact=True).is_visible()
    assert session.get_by_text("Cancelled: the panel could not travel.").is_visible()


def test_on_now_badge_is_not_printed(open_printed):
    page = open_printed("day, cancelled and on now")
    assert page.get_by_text("On now", exact=True).count() > 0
    assert not page.get_by_text("On now", exact=True).first.is_visible()


def test_print_in_dark_scheme_is_black_on_white(open_printed):
    page = open_printed("agenda", color_scheme="dark")
    colours = page.evaluate(
        "[getComputedStyle(document.documentElement), getComputedStyle(document.querySelector('h1'))]"
        ".map((style) => [style.backgroundColor, style.color])"
    )
    assert colours[0][0] == "rgb(255, 255, 255)"
    assert colours[1][1] == "rgb(0, 0, 0)"


def test_visitor_time_is_printed(open_printed):
    page = open_printed("agenda, with visitor time zone")
    assert page.locator(".slot h3").first.inner_text().split()[:1] == ["18:00"]
    assert page.locator(".slot h3 .visitor-time").first.is_visible()
