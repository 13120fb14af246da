"""Tests of URLs as people type them: other letter case, diacritics and Unicode forms lead to the right page."""

import unicodedata
from urllib.parse import quote

import pytest

from .. import factories
from ..users import make_page

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("/sessions/OPENING/", "/sessions/opening/"),
        ("/sessions/Women-At-The%20Table/", "/sessions/women-at-the-table/"),
        ("/sessions/Opening.ics", "/sessions/opening.ics"),
        ("/speakers/Nguyễn-Thị-Linh/", "/speakers/nguyen-thi-linh/"),
        ("/vi/speakers/Nguyễn-Thị-Linh/", "/vi/speakers/nguyen-thi-linh/"),
    ],
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_public_url_in_other_spelling_redirects(published, client, typed, url, form):
    response = client.get(quote(unicodedata.normalize(form, typed), safe="/%"))
    assert response.headers["Location"] == url


def test_page_url_in_other_spelling_redirects_temporarily(published, client):
    make_page("Venue", slug="dia-diem")
    factories.reload_site()
    response = client.get(quote("/Địa-điểm/"))
    assert (response.status_code, response.headers["Location"]) == (302, "/dia-diem/")


@pytest.mark.parametrize("path", ["/speakers/nobody/", "/speakers/名/", "/名/", "/speakers/%F0%9F%99%82/"])
def test_public_url_of_nothing_is_not_found(published, client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("page", ["/programme/", "/programme/2020-12-07/"])
@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("room=Main-Hall&tz=UTC", "room=main-hall&tz=UTC"),
        ("room=MAIN%20HALL", "room=main-hall"),
        ("kind=Plenary&q=peace", "kind=plenary&q=peace"),
        ("language=EN", "language=en"),
    ],
)
def test_agenda_filter_in_other_spelling_redirects(published, client, page, typed, query):
    response = client.get(f"{page}?{typed}")
    assert (response.status_code, response.headers["Location"]) == (302, f"{page}?{query}")


def test_agenda_filter_with_unknown_value_does_not_redirect(published, client):
    assert client.get("/programme/?room=cellar").status_code == 200
