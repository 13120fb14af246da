"""Announcements, links to the registration, and the time zone in links, as every page of the site has them."""

import re

import pytest
from django.utils import timezone

from conference.models import Announcement, Conference, Page

from .. import factories

pytestmark = pytest.mark.django_db


def get_page(client, url):
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def make_announcement(text, level="info", **changes):
    Announcement.objects.create(text_en=text, level=level, shown_from=timezone.now(), **changes)
    factories.reload_site()


def open_registration():
    Conference.objects.update(registration_opens_at=timezone.now())
    Conference.objects.get().save()
    factories.reload_site()


# Announcements


def test_announcement_links_and_emphasis_are_html(client, published):
    make_announcement("Doors **open** at [the venue](/venue/), <https://maps.example/>.")
    page = get_page(client, "/programme/")
    assert "<strong>open</strong>" in page
    assert '<a href="/venue/" rel="noopener">the venue</a>' in page
    assert '<a href="https://maps.example/" rel="noopener">' in page


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "[x](javascript:alert(1))", "![x](https://e.example/x.png)", "# Big"]
)
def test_announcement_has_no_other_markup(client, published, text):
    make_announcement(text)
    page = get_page(client, "/programme/")
    announcement = page[page.index("<ul>", page.index('class="announcements"')) : page.index("</aside>")]
    assert not re.search(r"<(script|img|h1|h2)|href=.javascript", announcement)


def test_announcement_levels_differ_in_sign_and_words(client, published):
    for level in Announcement.Level.values:
        make_announcement("Text", level)
    page = get_page(client, "/programme/")
    announcements = re.findall(r'announcement-sign" aria-hidden="true">(.+?)<.*?<strong>(.+?)<', page, re.DOTALL)
    assert announcements == [("!!", "Urgent"), ("!", "Important"), ("i", "Please note")]


def test_announcement_in_another_language_has_its_language(client, published):
    make_announcement("Doors **open**.")
    assert '<span lang="en">Doors <strong>open</strong>.</span>' in get_page(client, "/vi/programme/")


# Registration


@pytest.mark.parametrize("page", ["/", "/programme/", "/sessions/opening/"])
def test_menu_link_to_the_registration_is_right_for_registered_people_too(client, published, page):
    open_registration()
    assert re.search(
        r'<a href="/register/"\s+data-user-links="/user-links/"\s+>Registration</a>', get_page(client, page)
    )


@pytest.mark.parametrize("is_open", [True, False])
def test_home_page_section_on_taking_part_links_to_the_registration(client, conference, is_open):
    factories.update(conference, starts_on=timezone.localdate(), ends_on=timezone.localdate())
    factories.make_session()
    factories.publish_release()
    if is_open:
        open_registration()
    page = get_page(client, "/")
    section = page[page.index('id="register"') :]
    section = section[: section.index("</section>")]
    assert re.search(r'href="/register/" data-registration-link', section)
    assert ("Register or view your registration" in section) == is_open


# Time zone


@pytest.mark.parametrize("page", ["/venue/", "/register/", "/programme/changes/", "/speakers/"])
def test_page_without_times_passes_the_time_zone_on(client, published, page):
    Page.objects.create(slug="venue", title_en="Venue", body_en="Hall.", status="live", in_menu=True)
    factories.reload_site()
    html = get_page(client, f"{page}?tz=Europe/Oslo")
    for path in ("/", "/programme/", "/speakers/", "/venue/", "/register/", "/programme/changes/"):
        assert f'href="{path}?tz=Europe%2FOslo"' in html


def test_page_with_an_unknown_or_the_same_time_zone_passes_none_on(client, published):
    for zone in ("Mars/Base", "Asia/Ho_Chi_Minh"):
        assert 'href="/programme/"' in get_page(client, f"/register/?tz={zone}")


def test_error_page_passes_the_time_zone_on(client, published):
    html = client.get("/nowhere/?tz=Europe/Oslo").content.decode()
    assert 'href="/programme/?tz=Europe%2FOslo"' in html
