"""Times in the visitor's time zone next to those of Ha Noi."""

import re

import pytest

# URLs of pages with times, which keep the time zone.
PAGE_WITH_TIMES = re.compile(r"(/vi)?/(programme/([0-9-]+/)?|sessions/[^/]+/|speakers/([^/]+/)?)?([?#].*)?")
LINKS = "links => links.map((link) => link.getAttribute('href'))"
PAGES_WITH_TIMES = ["home", "agenda", "day", "session", "speaker"]


@pytest.mark.parametrize("name", ["agenda", "day", "session", "speaker", "home, during"])
def test_visitor_elsewhere_is_offered_their_time_zone(name, open_page):
    page = open_page(name, zone="Europe/Oslo")
    page.get_by_role("link", name="Also show times in Oslo").click()
    page.wait_for_url("**tz=Europe%2FOslo*")
    assert ") and Oslo (" in page.locator(".time-zone-notice").inner_text()
    assert page.locator(".visitor-time time").count() > 0


def test_page_with_visitor_time_zone_shows_both_times(open_page):
    page = open_page("agenda", zone="Europe/Oslo")
    page.get_by_role("link", name="Also show times in Oslo").click()
    page.wait_for_url("**tz=Europe%2FOslo*")
    assert page.locator(".slot h3").first.locator("time").all_inner_texts() == ["18:00", "12:00"]


def test_visitor_time_on_another_day_is_marked(open_page):
    page = open_page("agenda, with visitor time zone")
    assert page.locator(".slot h3").first.inner_text().split() == ["18:00", "in", "Auckland", "00:00", "next", "day"]


@pytest.mark.parametrize("zone", ["Asia/Ho_Chi_Minh", "Asia/Bangkok"])
def test_visitor_with_the_same_time_is_offered_no_time_zone(zone, open_page):
    page = open_page("agenda", zone=zone)
    page.wait_for_selector("[type=speculationrules]", state="attached")
    assert not page.locator(".visitor-time-zone").is_visible()


def test_browser_without_temporal_is_offered_its_time_zone(open_page):
    page = open_page(
        "agenda", zone="Europe/Oslo", before=lambda page: page.add_init_script("delete globalThis.Temporal")
    )
    page.get_by_role("link", name="Also show times in Oslo").wait_for()


def test_time_zone_offer_keeps_the_search(open_page):
    page = open_page("agenda, searched", zone="Europe/Oslo")
    page.get_by_role("link", name="Also show times in Oslo").click()
    page.wait_for_url("**/programme/?q=hoa+binh&tz=Europe%2FOslo")


@pytest.mark.parametrize("name", PAGES_WITH_TIMES)
def test_links_to_pages_with_times_keep_the_time_zone(name, open_page):
    page = open_page(f"{name}, with visitor time zone")
    links = page.locator(".top a, main a:not(.time-zone-notice a)").evaluate_all(LINKS)
    assert [link for link in links if PAGE_WITH_TIMES.fullmatch(link) and "tz=" not in link] == []


def test_removing_the_time_zone_keeps_the_filters(open_page):
    page = open_page("agenda, filtered")
    page.goto(page.url + "&tz=Europe/Oslo")
    page.get_by_role("link", name="Show only Ha Noi time").click()
    page.wait_for_url("**/programme/" + "?theme=pillars&kind=plenary&room=plenary-hall&language=fr")


def test_unknown_time_zone_is_reported_and_ignored(open_page):
    page = open_page("agenda, unknown values")
    assert "Unknown time zone “Atlantis/Capital”" in page.locator(".time-zone-notice").inner_text()
    assert page.locator(".visitor-time").count() == 0


@pytest.mark.parametrize("name", ["agenda", "session"])
def test_time_zone_offer_causes_no_layout_shift(name, open_page):
    page = open_page(name, zone="Europe/Oslo")
    page.wait_for_selector(".visitor-time-zone:not([hidden])")
    with_offer = page.locator(".time-zone-notice").bounding_box()
    page.evaluate("document.querySelector('.visitor-time-zone').hidden = true")
    assert page.locator(".time-zone-notice").bounding_box() == with_offer


def test_session_card_shows_the_visitor_time(open_page):
    page = open_page("agenda, with visitor time zone")
    assert page.locator(".session .visitor-time").first.locator("time").all_inner_texts() == ["00:00", "01:30"]
