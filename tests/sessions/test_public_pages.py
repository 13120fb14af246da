"""Public pages of the programme as visitors receive them: stored, identical for everyone, and up to date."""

import datetime

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import set_script_prefix
from django.utils import translation

from conference.core.page_cache import middleware as page_cache
from conference.models import Announcement
from sessions.links import PREVIEW, programme_url
from sessions.models import Session
from sessions.releases import current
from sessions.releases.publish import republish_release

from .. import factories
from ..users import PASSWORD, admin_client_for, make_organizer
from ..wsgi_client import wsgi_request

pytestmark = pytest.mark.django_db

PAGES = ["/programme/", "/vi/programme/", "/programme/2020-12-07/", "/sessions/opening/", "/speakers/", "/sitemap.xml"]
PAGES += ["/speakers/nguyen-thi-linh/", "/programme.ics", "/sessions/opening.ics", "/programme.atom", "/", "/vi/"]
PAGES += ["/programme/changes/", "/programme/changes/1/", "/robots.txt"]


def get(path, query="", **headers):
    return wsgi_request("GET", path, query, {name.replace("_", "-"): value for name, value in headers.items()})


def stored():
    return [len(store) for store in page_cache.stores]


@pytest.mark.parametrize("path", PAGES)
def test_public_page_is_stored_and_served_with_all_headers(published, path):
    first, second = get(path), get(path)
    assert (first.status_code, first.content, first.headers) == (200, second.content, second.headers)
    assert stored() == [1, 0]
    assert "default-src 'none'" in second.headers["content-security-policy"]
    assert second.headers["x-content-type-options"] == "nosniff"
    assert second.headers["x-frame-options"] == "DENY"
    assert second.headers["referrer-policy"] == "same-origin"
    assert second.headers["content-language"] == ("vi" if path.startswith("/vi/") else "en")
    assert second.headers["cache-control"] == page_cache.CACHE_CONTROL


@pytest.mark.parametrize("path", PAGES)
def test_stored_page_takes_no_query(published, path, django_assert_num_queries):
    get(path)
    with django_assert_num_queries(0):
        assert get(path).status_code == 200


@pytest.mark.parametrize("path", ["/nowhere/", "/sessions/nothing/", "/programme/now/", "/healthz", "/my/"])
def test_other_response_is_not_stored(published, path):
    get(path)
    assert stored() == [0, 0]


# Query parameters


@pytest.mark.parametrize("query", ["theme=funding&tz=Europe/Oslo", "tz=Europe/Oslo&x=1&theme=funding"])
def test_filtered_agenda_is_stored_under_its_known_parameters(published, query):
    page = get("/programme/", query)
    assert get("/programme/", "theme=funding&tz=Europe/Oslo").content == page.content
    assert stored() == [0, 1]


@pytest.mark.parametrize(
    "query", ["theme=invented", "room=invented", "kind=invented", "language=xx", "tz=Mars/Base", "by=height", "q=peace"]
)
def test_invented_values_and_searches_are_not_stored(published, query):
    assert get("/programme/", query).status_code == 200
    assert stored() == [0, 0]


def test_filtered_agenda_before_the_first_release_is_service_unavailable(conference):
    response = get("/programme/", "theme=funding&room=hall")
    assert response.status_code == 503
    assert "default-src 'none'" in response.headers["content-security-policy"]


def test_unknown_parameter_does_not_appear_in_the_page(published):
    assert "utm_source" not in get("/programme/", "utm_source=letter").text
    assert get("/programme/", "utm_source=letter").content == get("/programme/").content


# Changes


def test_new_release_replaces_stored_pages(published):
    assert "Grand opening" not in get("/programme/").text
    Session.objects.filter(slug="opening").update(title_en="Grand opening")
    factories.publish_release()
    assert "Grand opening" in get("/programme/").text


def test_new_announcement_replaces_stored_pages(published):
    get("/programme/")
    Announcement.objects.create(text_en="Doors open at five.", shown_from=factories.december(1, 9))
    factories.reload_site()
    assert "Doors open at five." in get("/programme/").text


def test_scheduled_announcement_appears_and_disappears_on_time(published):
    Announcement.objects.create(
        text_en="Doors open at five.", shown_from=factories.december(7, 17), shown_until=factories.december(7, 17, 30)
    )
    shown = []
    with time_machine.travel(factories.december(7, 16, 59), tick=False) as clock:
        factories.reload_site()
        for minutes in (0, 1, 29, 1):
            clock.shift(datetime.timedelta(minutes=minutes))
            shown.append("Doors open at five." in get("/programme/").text)
    assert shown == [False, True, True, False]


def test_home_page_changes_when_a_session_starts_and_ends(published):
    pages = []
    with time_machine.travel(factories.december(7, 17, 59), tick=False) as clock:
        for minutes in (0, 1, 30, 61):
            clock.shift(datetime.timedelta(minutes=minutes))
            pages.append(get("/").text)
    assert pages[1] == pages[2]
    assert len(set(pages)) == 3


def test_home_page_changes_at_midnight_in_the_conference_time_zone(published):
    with time_machine.travel(factories.december(1, 23, 59), tick=False) as clock:
        before = get("/").text
        clock.shift(datetime.timedelta(minutes=1))
        assert get("/").text != before


# Identical for everyone


def test_page_rendered_for_a_signed_in_user_is_the_page_of_everyone(published):
    plain = get("/programme/")
    page_cache.clear()
    client = Client()
    client.force_login(
        User.objects.create_user("linh", "linh@example.org", PASSWORD), "django.contrib.auth.backends.ModelBackend"
    )
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    mine = get("/programme/", cookie=cookie)
    assert (mine.content, "set-cookie" in mine.headers) == (plain.content, False)
    assert get("/programme/").content == plain.content


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-Proto": "https"},
        {"X-HTTP-Method-Override": "POST"},
        {"X-Original-URL": "/admin/"},
        {"Accept-Language": "vi"},
        {"Cookie": "sessionid=evil; csrftoken=evil; language_offered=evil"},
        {"Referer": "https://evil.example/"},
        {"Authorization": "Basic ZXZpbDpldmls"},
        {"Range": "bytes=0-1"},
        {"Accept": "application/json"},
        {"Save-Data": "on"},
    ],
)
def test_request_headers_do_not_change_the_page_of_the_next_visitor(published, headers):
    clean = get("/programme/")
    page_cache.clear()
    assert wsgi_request("GET", "/programme/", headers=headers).content == clean.content
    assert get("/programme/").content == clean.content


def test_insecure_request_is_redirected_although_the_page_is_stored(published, settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    client = Client()
    assert client.get("/programme/", headers={"X-Forwarded-Proto": "https"}).status_code == 200
    assert stored() == [1, 0]
    assert client.get("/programme/").status_code == 301


def test_first_visit_to_the_home_page_is_redirected_to_its_language(published):
    get("/")
    first = get("/", accept_language="vi-VN,vi;q=0.9")
    assert (first.status_code, first.headers["location"]) == (302, "/vi/")
    later = get("/", accept_language="vi-VN,vi;q=0.9", cookie="language_offered=1")
    assert (later.status_code, later.content) == (200, get("/").content)
    assert {"Accept-Language", "Cookie", "Accept-Encoding"} == set(later.headers["vary"].split(", "))


# Session cards, which pages of one release share

QUERIES = ["", "?tz=Europe/Oslo", "?tz=America/Los_Angeles", "?q=peace", "?kind=workshop&tz=Europe/Oslo"]
PATHS = ["/programme/", "/vi/programme/", "/programme/2020-12-08/", "/speakers/", "/vi/speakers/"]
AGENDAS = [path + query for path in PATHS for query in [*QUERIES, "?tz=Mars/Base"]]


@pytest.fixture
def two_releases(published):
    """The second one changed a session and cancelled another."""
    Session.objects.filter(slug="opening").update(title_en="Grand opening")
    Session.objects.filter(slug="women-at-the-table").update(status="cancelled")
    return factories.publish_release()


def rendered(client, page, **headers):
    """A page that is not taken from the page cache."""
    page_cache.clear()
    response = client.get(page, **headers)
    assert response.status_code == 200
    return response.content.decode()


def card(html, slug):
    start = html.index(f'id="{slug}"')
    return html[start : html.index("</article>", start)]


@pytest.mark.slow
def test_page_is_the_same_whatever_was_rendered_before_it(client, two_releases, settings):
    settings.CACHES = settings.CACHES | {
        "template_fragments": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
    }
    uncached = {page: rendered(client, page) for page in AGENDAS}
    del settings.CACHES
    for _ in range(2):
        assert {page: rendered(client, page) for page in reversed(AGENDAS)} == uncached


def test_agenda_and_day_show_a_session_alike(client, published):
    slug = "women-at-the-table"
    assert card(rendered(client, "/programme/"), slug) == card(rendered(client, "/programme/2020-12-08/"), slug)


def test_preview_and_public_page_do_not_mix(client, two_releases):
    Session.objects.filter(slug="opening").update(title_en="Secret opening")
    editor = admin_client_for(make_organizer("Programme editors"))
    public, preview = rendered(client, "/programme/"), rendered(editor, "/preview/programme/")
    assert rendered(client, "/programme/") == public
    assert card(rendered(editor, "/preview/programme/"), "opening") == card(preview, "opening")
    assert "Secret opening" in preview
    assert "Secret opening" not in public
    assert 'href="/preview/sessions/' in preview
    assert 'href="/preview/sessions/' not in public


def test_preview_follows_the_draft(two_releases):
    editor = admin_client_for(make_organizer("Programme editors"))
    rendered(editor, "/preview/programme/")
    Session.objects.filter(slug="opening").update(title_en="Another opening")
    assert "Another opening" in rendered(editor, "/preview/programme/")


def test_each_release_shows_its_own_sessions_and_change_markers(client, two_releases):
    second = rendered(client, "/programme/")
    assert "Grand opening" in second
    assert "Cancelled on " in card(second, "women-at-the-table")
    assert "/programme/changes/2/#" in card(second, "women-at-the-table")
    republish_release(1)
    factories.reload_site()
    third = rendered(client, "/programme/")
    assert "Grand opening" not in third
    assert "No longer cancelled since " in card(third, "women-at-the-table")
    assert "is-cancelled" not in third[: third.index('id="women-at-the-table"')][-80:]


def test_cards_do_not_depend_on_the_visitor(client, published):
    plain = rendered(client, "/programme/")
    current.polled_programme.clear()
    organizer = admin_client_for(make_organizer("Publishers"))
    assert rendered(organizer, "/programme/?utm_source=x", headers={"Referer": "https://example.org/"}) == plain


# URLs


@pytest.fixture
def _script_prefix():
    set_script_prefix("/site/")
    yield
    set_script_prefix("/")


def test_programme_url_is_in_the_active_language():
    urls = [programme_url("programme:session", "opening")]
    with translation.override("vi"):
        urls += [
            programme_url("programme:session", "opening"),
            programme_url("speakers:detail", "linh", namespace=PREVIEW),
        ]
    assert urls == ["/sessions/opening/", "/vi/sessions/opening/", "/vi/preview/speakers/linh/"]
    assert (
        programme_url("programme:session", "opening", query={"tz": "Europe/Oslo"})
        == "/sessions/opening/?tz=Europe%2FOslo"
    )


@pytest.mark.usefixtures("_script_prefix")
def test_programme_url_is_under_the_script_prefix():
    assert programme_url("programme:session", "opening") == "/site/sessions/opening/"
    assert programme_url("programme:agenda") == "/site/programme/"
