"""A visitor elsewhere sees their own clock beside Ha Noi's."""

import re

import pytest

# Addresses of pages with hours on them, and every link that ought to keep the clock: all but the one that puts it away.
TIMED = re.compile(r"(/vi)?/(programme/([0-9-]+/)?|sessions/[^/]+/|speakers/([^/]+/)?)?([?#].*)?")
LINKS = "links => links.map((link) => link.getAttribute('href'))"
ON_TWO_CLOCKS = ["home", "agenda", "day", "session", "speaker"]


@pytest.mark.parametrize("name", ["agenda", "day", "session", "speaker", "home, on"])
def test_visitor_in_oslo_is_offered_the_clock_of_oslo(name, open_page):
    page = open_page(name, zone="Europe/Oslo")
    page.get_by_role("link", name="Show times also in Oslo").click()
    page.wait_for_url("**tz=Europe%2FOslo*")
    assert "and beside it Oslo" in page.locator(".time-zone-notice").inner_text()
    assert page.locator(".visitor-time time").count() > 0


def test_visitor_in_oslo_reads_both_clocks(open_page):
    page = open_page("agenda", zone="Europe/Oslo")
    page.get_by_role("link", name="Show times also in Oslo").click()
    page.wait_for_url("**tz=Europe%2FOslo*")
    assert page.locator(".slot h3").first.locator("time").all_inner_texts() == ["18:00", "12:00"]


def test_visitor_far_to_the_east_reads_that_it_is_another_day_there(open_page):
    page = open_page("agenda, on two clocks")
    assert page.locator(".slot h3").first.inner_text().split() == ["18:00", "in", "Auckland", "00:00", "next", "day"]


@pytest.mark.parametrize("zone", ["Asia/Ho_Chi_Minh", "Asia/Bangkok"])
def test_visitor_whose_clock_shows_the_same_is_offered_none(zone, open_page):
    page = open_page("agenda", zone=zone)
    page.wait_for_selector("[type=speculationrules]", state="attached")
    assert not page.locator(".visitor-time-zone").is_visible()


def test_a_browser_that_tells_its_zone_another_way_is_offered_the_clock_as_well(open_page):
    page = open_page(
        "agenda", zone="Europe/Oslo", before=lambda page: page.add_init_script("delete globalThis.Temporal")
    )
    page.get_by_role("link", name="Show times also in Oslo").wait_for()


def test_offer_keeps_what_was_asked_for(open_page):
    page = open_page("agenda, searched", zone="Europe/Oslo")
    page.get_by_role("link", name="Show times also in Oslo").click()
    page.wait_for_url("**/programme/?q=hoa+binh&tz=Europe%2FOslo")


@pytest.mark.parametrize("name", ON_TWO_CLOCKS)
def test_links_to_pages_with_hours_keep_the_clock(name, open_page):
    page = open_page(f"{name}, on two clocks")
    links = page.locator(".top a, main a:not(.time-zone-notice a)").evaluate_all(LINKS)
    assert [link for link in links if TIMED.fullmatch(link) and "tz=" not in link] == []


def test_other_clock_is_put_away_without_losing_what_was_asked_for(open_page):
    page = open_page("agenda, narrowed")
    page.goto(page.url + "&tz=Europe/Oslo")
    page.get_by_role("link", name="Show only Ha Noi time").click()
    page.wait_for_url("**/programme/" + "?theme=pillars&kind=plenary&room=plenary-hall&language=fr")


def test_unknown_zone_is_said_and_left_aside(open_page):
    page = open_page("agenda, not understood")
    assert "We do not know the time zone “Atlantis/Capital”" in page.locator(".time-zone-notice").inner_text()
    assert page.locator(".visitor-time").count() == 0


@pytest.mark.parametrize("name", ["agenda", "session"])
def test_offer_of_another_clock_moves_nothing(name, open_page):
    page = open_page(name, zone="Europe/Oslo")
    page.wait_for_selector(".visitor-time-zone:not([hidden])")
    with_offer = page.locator(".time-zone-notice").bounding_box()
    page.evaluate("document.querySelector('.visitor-time-zone').hidden = true")
    assert page.locator(".time-zone-notice").bounding_box() == with_offer
