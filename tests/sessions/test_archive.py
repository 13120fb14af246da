"""Public pages of past editions: the last release of each at the address of that release."""

import datetime

import pytest

from sessions.models import Edition
from sessions.releases import archive

from .. import factories

PAGES = [
    "/programme/changes/1/programme/",
    "/programme/changes/1/programme/2020-12-07/",
    "/programme/changes/1/sessions/opening/",
    "/programme/changes/1/speakers/",
    "/programme/changes/1/speakers/linh/",
]


@pytest.fixture(autouse=True)
def _clear_archive():
    archive.load_archived_programme.cache_clear()


@pytest.fixture
def opening(conference):
    """Publish one session, record the edition and return the session."""
    session = factories.make_session(
        "Opening", room=factories.make_room("Main Hall"), parts=[("chair", factories.make_speaker("Linh"))]
    )
    factories.make_session(
        "Break", kind="break", starts_at=factories.december(7, 20), ends_at=factories.december(7, 21)
    )
    factories.publish_release()
    Edition.objects.create(
        name_en=conference.name_en,
        name_vi=conference.name_vi,
        first_day=conference.starts_on,
        last_day=conference.ends_on,
        release_id=1,
    )
    factories.reload_site()
    return session


@pytest.fixture
def edition(opening, conference):
    """Publish the programme of a new edition, in which the session has another title and day."""
    factories.update(
        conference,
        name_en="Second conference",
        starts_on=datetime.date(2022, 1, 18),
        ends_on=datetime.date(2022, 1, 18),
    )
    start = datetime.datetime(2022, 1, 18, 9, tzinfo=factories.HA_NOI)
    factories.update(
        opening,
        title_en="New opening",
        slug="new-opening",
        starts_at=start,
        ends_at=start + datetime.timedelta(hours=1),
    )
    factories.publish_release()
    return Edition.objects.get()


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(("prefix", "notice"), [("", "Past edition"), ("/vi", "Kỳ hội nghị trước")])
def test_archived_page_shows_the_past_edition_and_links_to_the_current_programme(edition, client, prefix, notice, page):
    response = client.get(prefix + page)
    assert response.status_code == 200
    assert notice in response.text
    assert f'href="{prefix}/programme/"' in response.text
    assert "noindex" not in response.text


def test_archived_session_is_that_of_the_past_edition(edition, client):
    page = client.get("/programme/changes/1/sessions/opening/").text
    assert "<h1>Opening</h1>" in page
    assert "7 to 9 December 2020" in page
    assert "Women, Peace and Security" in page


@pytest.mark.parametrize("page", PAGES)
def test_archived_page_links_to_the_programme_within_the_archive(edition, client, page):
    text = client.get(page).text
    links = [part.split('"')[0] for part in text.split('href="')[1:]]
    others = {"/programme/", "/programme/changes/"}
    assert [link for link in links if link.startswith(("/sessions/", "/speakers/", "/programme/2"))] == []
    assert [link for link in links if link.startswith("/programme/") and not link.startswith("/programme/changes/1/")
            and link not in others] == []  # fmt: skip
    assert "programme.ics" not in text


def test_card_of_the_same_release_differs_between_the_agenda_and_the_archive(edition, client):
    assert 'href="/sessions/new-opening/"' in client.get("/programme/").text
    assert 'href="/programme/changes/1/sessions/opening/"' in client.get("/programme/changes/1/programme/").text


@pytest.mark.parametrize("page", PAGES)
def test_archived_page_makes_no_query_after_the_first(edition, client, django_assert_num_queries, page):
    client.get("/programme/changes/1/speakers/")
    with django_assert_num_queries(0):
        assert client.get(page).status_code == 200


def test_archived_page_is_cached(edition, client):
    first, second = (client.get(PAGES[0]) for _number in range(2))
    assert first["ETag"] == second["ETag"]
    assert first["Cache-Control"].startswith("public")


@pytest.mark.parametrize(
    "page",
    [
        "/programme/changes/2/programme/",
        "/programme/changes/9/speakers/",
        "/programme/changes/1/programme/2022-01-18/",
        "/programme/changes/1/sessions/new-opening/",
    ],
)
def test_page_that_is_not_archived_does_not_exist(edition, client, page):
    assert client.get(page).status_code == 404


def test_edition_whose_programme_is_still_public_has_no_archive(opening, client):
    assert client.get(PAGES[0]).status_code == 404
    assert "Past editions" not in client.get("/programme/").text


@pytest.mark.parametrize("page", ["/programme/", "/programme/changes/", "/programme/changes/1/"])
def test_public_page_links_to_the_archive(edition, client, page):
    text = client.get(page).text
    assert 'href="/programme/changes/1/programme/"' in text
    assert "7 to 9 December 2020" in text


def test_archived_break_redirects_to_the_archived_agenda(edition, client):
    response = client.get("/programme/changes/1/sessions/break/")
    assert response["Location"] == "/programme/changes/1/programme/2020-12-07/#break"


def test_edition_that_is_recorded_later_appears_without_a_release(opening, conference, client):
    Edition.objects.all().delete()
    factories.update(conference, name_en="Second conference")
    factories.publish_release()
    Edition.objects.create(name_en="First", first_day=conference.starts_on, last_day=conference.ends_on, release_id=1)
    factories.reload_site()
    assert client.get(PAGES[0]).status_code == 200
