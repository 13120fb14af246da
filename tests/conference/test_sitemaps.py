"""The sitemap: its pages, their translations and dates."""

import datetime
from xml.etree import ElementTree

import pytest
import time_machine
from django.utils import timezone

from conference import site_data
from conference.models import Announcement, Conference, Page, Partner
from conference.registration.form_options import refresh_options
from conference.registration.models import Category

from .. import factories

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"

pytestmark = pytest.mark.django_db


@pytest.fixture
def urls(published, client, settings):
    """Return a function that reads the sitemap as a dict of path and element."""
    settings.SITE_URL = "https://wps.example"

    def read():
        root = ElementTree.fromstring(client.get("/sitemap.xml").content)  # noqa: S314 - trusted
        return {url.findtext(f"{SITEMAP}loc").removeprefix("https://wps.example"): url for url in root}

    return read


def test_sitemap_lists_every_public_page_in_each_language(urls, published):
    paths = ["/", "/programme/", "/speakers/", "/programme/changes/", "/register/"]
    paths += [f"/programme/{day}/" for day in published.days]
    paths += [f"/sessions/{session.slug}/" for session in published.sessions]
    paths += [f"/speakers/{speaker.slug}/" for speaker in published.speakers]
    assert set(urls()) == {f"{prefix}{path}" for path in paths for prefix in ("", "/vi")}


def test_sitemap_lists_only_live_pages(urls):
    Page.objects.create(slug="visas", title_en="Visas", status=Page.Status.LIVE)
    Page.objects.create(slug="hotels", title_en="Hotels", status=Page.Status.DRAFT)
    site_data.refresh_site_data()
    assert "/vi/visas/" in urls()
    assert "/hotels/" not in urls()


def test_sitemap_page_names_its_translations_and_the_default(urls):
    links = urls()["/vi/programme/"].findall(f"{XHTML}link")
    assert {link.get("hreflang"): link.get("href") for link in links} == {
        "en": "https://wps.example/programme/",
        "vi": "https://wps.example/vi/programme/",
        "x-default": "https://wps.example/programme/",
    }


def test_sitemap_page_has_the_day_of_its_last_change(urls, published):
    day = timezone.localdate(published.published_at)
    assert urls()["/programme/"].findtext(f"{SITEMAP}lastmod") == day.isoformat()


def test_sitemap_is_xml(published, client):
    assert client.get("/sitemap.xml").headers["Content-Type"] == "application/xml; charset=utf-8"


def test_sitemap_before_the_first_session_lists_the_sections(client, conference):
    factories.publish_release()
    assert client.get("/sitemap.xml").status_code == 200


# Dates of change


@pytest.fixture
def lastmod(urls, conference):
    """Return a function that changes something on 1 January 2030 and returns the date of change of a page after it."""

    def change_and_read(path, change):
        with time_machine.travel(datetime.datetime(2030, 1, 1, 3, tzinfo=datetime.UTC)):
            change()
            site_data.refresh_site_data()
        with time_machine.travel(datetime.datetime(2030, 1, 5, 3, tzinfo=datetime.UTC)):
            return urls()[path].findtext(f"{SITEMAP}lastmod")

    return change_and_read


def make_announcement():
    return Announcement.objects.create(text_en="A change of room.", shown_from=timezone.now())


def make_partner():
    return Partner.objects.create(name_en="Peace Institute")


@pytest.mark.parametrize("change", [make_partner, make_announcement], ids=["partner", "announcement"])
def test_lastmod_of_the_home_page_follows_partners_and_announcements(lastmod, change):
    assert lastmod("/", change) == "2030-01-01"


def test_lastmod_of_the_home_page_follows_a_deletion(lastmod):
    partner = make_partner()
    site_data.refresh_site_data()
    assert lastmod("/", partner.delete) == "2030-01-01"


def test_lastmod_of_the_registration_page_follows_its_categories(lastmod):
    def change():
        Category.objects.create(slug="media", name_en="Media")
        refresh_options()

    assert lastmod("/register/", change) == "2030-01-01"


def test_lastmod_of_the_registration_page_follows_the_opening_of_registration(lastmod, conference):
    def change():
        opening = datetime.datetime(2030, 1, 3, tzinfo=datetime.UTC)
        Conference.objects.update(ends_on=datetime.date(2030, 2, 1), registration_opens_at=opening)
        site_data.site_data_value.clear()

    assert lastmod("/register/", change) == "2030-01-03"
