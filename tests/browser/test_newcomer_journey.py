"""A newcomer tries a site that quickstart has just set up: the tour, a registration, a release and its undoing."""

import re

import pytest
from playwright.sync_api import expect

from . import live_site
from .live_site import ORGANIZER, PASSWORD
from .test_attendee_journey import AttendeeBrowser
from .visitors import BrowserVisits


@pytest.fixture(scope="module")
def new_site(tmp_path_factory):
    """The URL of a site that the first command set up, without an option."""
    folder = tmp_path_factory.mktemp("newcomer")
    with live_site.serve(folder) as url:
        yield url


@pytest.fixture
def newcomer(browser, new_site):
    with BrowserVisits(browser, lambda phase: new_site) as visits:
        yield visits


def sign_in(page):
    page.goto("/admin/")
    page.fill("input[name=login]", ORGANIZER)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/admin/")


def publish(page, note):
    page.goto("/admin/programme/release/publish/")
    page.fill("#id_note_en", note)
    page.get_by_role("button", name="Publish").click()
    expect(page.locator(".messagelist")).to_contain_text("was published")


def test_newcomer_follows_the_tour(newcomer):
    page = newcomer.visitor()
    sign_in(page)
    links = page.locator(".dashboard-tour a").evaluate_all("(links) => links.map((link) => link.getAttribute('href'))")
    assert len(links) == 11
    assert "/admin/check-in/" in links
    for link in links:
        assert page.goto(link).status == 200


def test_newcomer_registers_and_gets_a_decision(newcomer):
    attendee = AttendeeBrowser(newcomer.visitor(width=360), "en", "newcomer@people.example")
    page = attendee.page
    attendee.open("/register/")
    attendee.fill_in(email=attendee.email)
    attendee.choose_days("in_person", "online", "")
    attendee.click()
    page.fill("#id_code", attendee.code())
    page.press("#id_code", "Enter")
    page.wait_for_url("**/my/")
    organizer = newcomer.visitor(locale="en-US")
    sign_in(organizer)
    organizer.goto("/admin/registration/registration/")
    organizer.get_by_role("link", name="Linh").first.click()
    organizer.get_by_role("button", name=re.compile("Approve")).click()
    attendee.open("/my/ticket/")
    expect(page.locator("main svg").first).to_be_visible()


def test_newcomer_publishes_a_change_and_undoes_it(newcomer):
    page, reader = newcomer.visitor(), newcomer.visitor(width=1000)
    sign_in(page)
    page.goto("/admin/programme/session/?q=resolution+1325")
    page.locator("#result_list tbody th a").first.click()
    page.fill("#id_title_en", "A title of my own")
    page.get_by_role("button", name="Save", exact=True).first.click()
    publish(page, "Another title.")
    reader.goto("/programme/?q=title+of+my+own")
    expect(reader.locator("main")).to_contain_text("A title of my own")
    page.goto("/admin/programme/release/1/again/")
    page.fill("#id_note_en", "As before.")
    page.locator("form input[type=submit].default, form button.default").first.click()
    expect(page.locator(".messagelist")).to_contain_text("was published")
    reader.goto("/programme/")
    expect(reader.locator("main")).not_to_contain_text("A title of my own")


def test_newcomer_sees_the_conference_during_its_days(open_page):
    page = open_page("stage during: home", width=360)
    expect(page.locator("main")).to_contain_text("On now")
    stream = page.get_by_role("link", name=re.compile("Watch live")).first
    assert stream.get_attribute("href") == "https://stream.example/plenary-hall"
