"""Tests of the preview: the public pages made of the draft."""

import pytest

from .. import factories
from ..users import admin_client_for, count_queries, make_organizer

PAGES = [
    "/preview/programme/",
    "/preview/programme/2020-12-07/",
    "/preview/sessions/opening/",
    "/preview/speakers/",
    "/preview/speakers/nguyen-thi-linh/",
]

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor_client(conference):
    return admin_client_for(make_organizer("Programme editors"))


@pytest.fixture
def opening(conference):
    """Publish two sessions, change the first and return it."""
    linh = factories.make_speaker("Nguyen Thi Linh", biography_en="Mediates.")
    session = factories.make_session("Opening", room=factories.make_room("Main Hall"), parts=[("chair", linh)])
    factories.make_session("Closing", starts_at=factories.december(9, 18), ends_at=factories.december(9, 19))
    factories.publish_release()
    session.title_en, session.status = "Grand opening", "cancelled"
    session.save()
    return session


def get_html(response):
    return response.content.decode()


@pytest.mark.parametrize("prefix", ["", "/vi"])
@pytest.mark.parametrize("page", PAGES)
def test_preview_page_is_marked_as_preview(editor_client, opening, prefix, page):
    response = editor_client.get(prefix + page)
    assert response.status_code == 200
    assert 'class="preview"' in get_html(response)


@pytest.mark.parametrize("page", PAGES)
def test_preview_page_is_not_cached_or_indexed(editor_client, opening, page):
    response = editor_client.get(page)
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert '<meta name="robots" content="noindex, nofollow">' in get_html(response)
    assert "canonical" not in get_html(response)
    assert "ETag" not in response.headers


@pytest.mark.parametrize("page", PAGES)
def test_preview_page_links_stay_in_preview(editor_client, opening, page):
    html = get_html(editor_client.get(page))
    for url in ('href="/sessions/', 'href="/speakers/', 'href="/programme/2', 'href="/programme/"', ".ics", ".atom"):
        assert url not in html, url
    assert 'href="/preview/programme/' in html


def test_preview_shows_unpublished_changes(editor_client, client, opening):
    assert "Grand opening" in get_html(editor_client.get("/preview/sessions/opening/"))
    assert "Grand opening" not in get_html(client.get("/sessions/opening/"))


def test_preview_agenda_can_be_filtered(editor_client, opening):
    html = get_html(editor_client.get("/preview/programme/?q=closing"))
    assert "Closing" in html
    assert "Grand opening" not in html


def test_preview_excludes_draft_sessions(editor_client, opening):
    factories.make_session("Secret talks", status="draft")
    assert "Secret talks" not in get_html(editor_client.get("/preview/programme/"))
    assert editor_client.get("/preview/sessions/secret-talks/").status_code == 404


def test_preview_marks_unpublished_changes(editor_client, opening):
    assert "Cancelled, not published yet" in get_html(editor_client.get("/preview/programme/"))


def test_preview_before_first_release_works(editor_client):
    factories.make_session("Opening")
    assert editor_client.get("/preview/sessions/opening/").status_code == 200


def test_preview_without_conference_is_unavailable():
    editor_client = admin_client_for(make_organizer("Programme editors"))
    assert editor_client.get("/preview/programme/").status_code == 503


def test_preview_former_slug_redirects_temporarily_in_preview(editor_client, opening):
    opening.slug = "grand-opening"
    opening.save()
    response = editor_client.get("/preview/sessions/opening/")
    assert (response.status_code, response.headers["Location"]) == (302, "/preview/sessions/grand-opening/")


def test_preview_now_redirects_in_preview(editor_client, opening):
    assert editor_client.get("/preview/programme/now/").headers["Location"].startswith("/preview/programme/")


@pytest.mark.parametrize("page", PAGES)
def test_preview_anonymous_redirects_to_login(client, opening, page):
    assert client.get(page).status_code == 302


@pytest.mark.parametrize("groups", [[], ["Communications"], ["Registrars"]])
@pytest.mark.parametrize("page", PAGES[:1])
def test_preview_without_permission_is_forbidden(opening, groups, page):
    assert admin_client_for(make_organizer(*groups)).get(page).status_code == 403


@pytest.mark.parametrize("method", ["post", "put"])
def test_preview_other_method_is_not_allowed(editor_client, opening, method):
    assert getattr(editor_client, method)("/preview/programme/").status_code == 405


def test_preview_links_to_publishing_with_permission_only(opening):
    publish = "/admin/programme/release/publish/"
    assert publish in get_html(admin_client_for(make_organizer("Publishers")).get("/preview/programme/"))
    assert publish not in get_html(admin_client_for(make_organizer("Viewers")).get("/preview/programme/"))


@pytest.mark.slow
def test_preview_query_count_is_constant(editor_client, opening):
    expected = count_queries(editor_client, "/preview/programme/")
    for number in range(28):
        factories.make_session(
            f"Session {number}", parts=[("chair", factories.make_speaker())], themes=[factories.make_theme()]
        )
    assert count_queries(editor_client, "/preview/programme/") == expected


@pytest.mark.parametrize("page", ["/programme/", "/sessions/opening/", "/speakers/"])
def test_public_pages_do_not_link_to_preview(client, opening, page):
    assert "/preview/" not in get_html(client.get(page))
