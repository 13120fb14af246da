"""Personal links of signed-in users on public pages."""

import pytest

from .page_catalogue import localized_path
from .test_admin_pages import LOOKS, ORGANIZER, PASSWORD, assert_fits, assert_no_violations
from .test_passkey_login import register


def test_agenda_of_an_attendee_links_to_the_registration(visitor):
    page = visitor(phase="before")
    register(page, "reader@people.example")
    page.goto("/programme/")
    page.locator(".menu").get_by_role("link", name="Your registration").click()
    page.wait_for_url("**/my/")


def test_home_page_of_an_attendee_offers_no_registration(visitor):
    page = visitor(phase="before")
    register(page, "delegate@people.example")
    page.goto("/")
    page.locator(".hero").get_by_role("link", name="Your registration").wait_for()
    assert page.locator("main a[href='/register/']").count() == 0
    assert page.locator("main").get_by_role("link", name="Your registration").count() == 2


def test_agenda_of_an_anonymous_visitor_makes_no_request_for_links(visitor):
    page = visitor()
    page.goto("/programme/")
    page.wait_for_load_state("networkidle")
    assert [request.url for request in page.requests if "/user-links/" in request.url] == []
    assert page.locator(".menu").get_by_role("link", name="Registration", exact=True).count() == 1


@pytest.mark.parametrize("look", LOOKS)
def test_session_page_of_an_organizer_links_to_the_admin(look, visitor):
    language = LOOKS[look]["language"]
    page = visitor(**LOOKS[look])
    page.goto(localized_path("/accounts/login/", language))
    page.fill("input[name=login]", ORGANIZER)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login/" not in url)
    page.goto(localized_path("/sessions/opening/", language))
    links = page.locator(".staff-bar a")
    links.first.wait_for()
    assert_no_violations(page)
    assert_fits(page)
    links.first.click()
    page.wait_for_url("**/admin/programme/session/*/change/")
