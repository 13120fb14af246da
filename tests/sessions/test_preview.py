"""The preview: the public pages over the draft, for those who may see it."""

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
def desk(conference):
    return admin_client_for(make_organizer("Programme editors"))


@pytest.fixture
def opening(conference):
    """Published, and edited since."""
    linh = factories.make_speaker("Nguyen Thi Linh", biography_en="Mediates.")
    session = factories.make_session("Opening", room=factories.make_room("Main Hall"), parts=[("chair", linh)])
    factories.make_session("Closing", starts_at=factories.december(9, 18), ends_at=factories.december(9, 19))
    factories.publish_release()
    session.title_en, session.status = "Grand opening", "cancelled"
    session.save()
    return session


def shown(response):
    return response.content.decode()


@pytest.mark.parametrize("prefix", ["", "/vi"])
@pytest.mark.parametrize("page", PAGES)
def test_each_page_is_there_and_says_that_it_is_a_preview(desk, opening, prefix, page):
    response = desk.get(prefix + page)
    assert response.status_code == 200
    assert 'class="preview"' in shown(response)


@pytest.mark.parametrize("page", PAGES)
def test_no_preview_is_kept_or_indexed(desk, opening, page):
    response = desk.get(page)
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert '<meta name="robots" content="noindex, nofollow">' in shown(response)
    assert "canonical" not in shown(response)
    assert "ETag" not in response.headers


@pytest.mark.parametrize("page", PAGES)
def test_links_in_the_preview_stay_in_it(desk, opening, page):
    html = shown(desk.get(page))
    for public in ('href="/sessions/', 'href="/speakers/', 'href="/programme/2', 'href="/programme/"', ".ics", ".atom"):
        assert public not in html, public
    assert 'href="/preview/programme/' in html


def test_a_preview_shows_what_is_not_published_yet(desk, client, opening):
    assert "Grand opening" in shown(desk.get("/preview/sessions/opening/"))
    assert "Grand opening" not in shown(client.get("/sessions/opening/"))


def test_a_preview_can_be_narrowed(desk, opening):
    html = shown(desk.get("/preview/programme/?q=closing"))
    assert "Closing" in html
    assert "Grand opening" not in html


def test_what_is_a_draft_itself_is_not_shown(desk, opening):
    factories.make_session("Secret talks", status="draft")
    assert "Secret talks" not in shown(desk.get("/preview/programme/"))
    assert desk.get("/preview/sessions/secret-talks/").status_code == 404


def test_a_preview_marks_what_is_not_published_yet(desk, opening):
    assert "Cancelled, not published yet" in shown(desk.get("/preview/programme/"))


def test_before_the_first_release_there_is_a_preview(desk):
    factories.make_session("Opening")
    assert desk.get("/preview/sessions/opening/").status_code == 200


def test_without_a_conference_there_is_none():
    desk = admin_client_for(make_organizer("Programme editors"))
    assert desk.get("/preview/programme/").status_code == 503


def test_what_moved_leads_on_within_the_preview_and_not_for_ever(desk, opening):
    opening.slug = "grand-opening"
    opening.save()
    response = desk.get("/preview/sessions/opening/")
    assert (response.status_code, response.headers["Location"]) == (302, "/preview/sessions/grand-opening/")


def test_now_stays_in_the_preview(desk, opening):
    assert desk.get("/preview/programme/now/").headers["Location"].startswith("/preview/programme/")


@pytest.mark.parametrize("page", PAGES)
def test_a_visitor_is_asked_to_sign_in(client, opening, page):
    assert client.get(page).status_code == 302


@pytest.mark.parametrize("groups", [[], ["Communications"], ["Registrars"]])
@pytest.mark.parametrize("page", PAGES)
def test_who_may_not_see_drafts_is_refused(opening, groups, page):
    assert admin_client_for(make_organizer(*groups)).get(page).status_code == 403


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_a_preview_is_only_looked_at(desk, opening, method):
    assert getattr(desk, method)("/preview/programme/").status_code == 405


def test_only_who_may_publish_is_led_to_publishing(opening):
    publish = "/admin/programme/release/publish/"
    assert publish in shown(admin_client_for(make_organizer("Publishers")).get("/preview/programme/"))
    assert publish not in shown(admin_client_for(make_organizer("Viewers")).get("/preview/programme/"))


def test_a_preview_of_thirty_sessions_takes_as_many_queries_as_of_two(desk, opening):
    for_two = count_queries(desk, "/preview/programme/")
    for number in range(28):
        factories.make_session(
            f"Session {number}", parts=[("chair", factories.make_speaker())], themes=[factories.make_theme()]
        )
    assert count_queries(desk, "/preview/programme/") == for_two


@pytest.mark.parametrize("page", ["/programme/", "/sessions/opening/", "/speakers/"])
def test_public_pages_know_nothing_of_a_preview(client, opening, page):
    assert "preview" not in shown(client.get(page))
