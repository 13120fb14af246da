"""Whoever is signed in finds links of their own on pages that are the same for everybody."""

import pytest

from .page_catalogue import localized_path
from .test_admin_pages import LOOKS, ORGANIZER, PASSWORD, assert_fits, assert_heard
from .test_passkey_login import register


def test_whoever_has_registered_finds_their_registration_from_the_agenda(visitor):
    page = visitor(phase="before")
    register(page, "reader@people.example")
    page.goto("/programme/")
    page.locator(".menu").get_by_role("link", name="Your registration").click()
    page.wait_for_url("**/my/")


def test_nobody_else_is_asked_about(visitor):
    page = visitor()
    page.goto("/programme/")
    page.wait_for_load_state("networkidle")
    assert [request.url for request in page.asked if "/yours/" in request.url] == []
    assert page.locator(".menu").get_by_role("link", name="Register").count() == 1


@pytest.mark.parametrize("look", LOOKS)
def test_an_organizer_goes_from_a_session_to_where_it_is_edited(look, visitor):
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
    assert_heard(page)
    assert_fits(page)
    links.first.click()
    page.wait_for_url("**/admin/programme/session/*/change/")
