"""The agenda on a phone: filters whose results are in view, and one tap to the stream of what is on."""

import pytest
from playwright.sync_api import expect

from .page_catalogue import each_language

PHONE = {"width": 360, "height": 740}


def test_filters_on_a_phone_are_applied_below_them_and_show_the_results(open_page):
    page = open_page("agenda", **PHONE)
    page.get_by_text("Filters and time zone").click()
    page.get_by_label("Theme").select_option("pillars")
    show = page.get_by_role("button", name="Show sessions")
    assert show.bounding_box()["y"] > page.get_by_label("Also show times in").bounding_box()["y"]
    show.click()
    page.wait_for_url("**/programme/?**theme=pillars**#list.results")
    expect(page.locator(".count")).to_be_in_viewport()
    expect(page.locator(".session").first).to_be_in_viewport()
    expect(page.get_by_label("Theme")).not_to_be_visible()


def test_active_filter_is_removed_with_its_link(open_page):
    page = open_page("agenda, filtered", **PHONE)
    page.get_by_role("link", name="Kind: Plenary").click()
    page.wait_for_url("**/programme/?theme=pillars&room=plenary-hall&language=fr*")


@each_language
@pytest.mark.parametrize("name", ["home, during", "agenda, today", "session, with a portrait"])
def test_stream_is_one_tap_away_on_the_first_screen(name, language, open_page):
    page = open_page(name, language, **PHONE | {"height": 900})
    link = page.locator("a.button[href='https://stream.example/plenary']:visible").first
    expect(link).to_be_in_viewport()
    assert link.inner_text().split("\n")[0].strip() in ("Watch live", "Xem trực tiếp")


def test_agenda_left_open_marks_the_session_that_starts_and_hides_what_has_ended(visitor):
    page = visitor(phase="during")
    page.clock.install()
    page.goto("/programme/")
    expect(page.locator(".on-now")).to_be_visible()
    page.clock.fast_forward("24:00:00")
    expect(page.locator(".on-now")).not_to_be_visible()
    assert page.locator(".session.is-on#women-at-the-table").count() == 0
    expect(page.locator("#women-at-the-table .watch")).not_to_be_visible()
