"""Published pages are rendered without queries, for any number of sessions and while the database is down."""

import pytest
from django.db import OperationalError, connection
from django.urls import reverse

from conference.registration.form_options import refresh_options

from ..factories import make_room, make_session, make_speaker, make_theme, publish_release

PAGES = [
    "/programme/",
    "/vi/programme/",
    "/programme/?q=peace&theme=theme-0&kind=plenary&room=room-0&language=en&tz=Europe/Oslo",
    "/programme/2020-12-07/",
    "/programme/now/",
    "/programme/changes/",
    "/programme/changes/1/",
    "/programme.ics",
    "/programme.atom",
    "/vi/programme.ics",
    "/sitemap.xml",
    "/sessions/session-0/",
    "/sessions/session-0/?tz=Europe/Oslo",
    "/vi/sessions/session-0/",
    "/sessions/session-0.ics",
    "/sessions/no-such-session/",
    "/speakers/",
    "/speakers/?by=country&q=speaker",
    "/speakers/speaker-0/",
    "/vi/speakers/speaker-0/",
]


def publish_programme(sessions):
    for number in range(sessions):
        make_session(
            f"Session {number}",
            room=make_room(f"Room {number}"),
            themes=[make_theme(f"Theme {number}")],
            parts=[("chair", make_speaker(f"Speaker {number}", country="VN")), ("panellist", "To be announced")],
            links=[("stream", "https://stream.example/")],
            summary_en="Peace.",
            description_en="**Peace**, and [more](https://example.org/).",
        )
    # The sitemap depends on the options of the registration form, which are polled as well.
    refresh_options()
    return publish_release()


@pytest.mark.slow
@pytest.mark.parametrize("sessions", [1, 30])
@pytest.mark.parametrize("page", PAGES)
def test_page_makes_no_query(conference, client, django_assert_num_queries, page, sessions):
    publish_programme(sessions)
    with django_assert_num_queries(0):
        response = client.get(page)
    assert response.status_code == {"/programme/now/": 302, "/sessions/no-such-session/": 404}.get(page, 200)


def raise_operational_error(execute, sql, params, many, context):
    raise OperationalError("the server does not answer")


@pytest.mark.parametrize("page", [page for page in PAGES if "no-such" not in page])
def test_page_is_available_while_the_database_is_down(conference, client, page):
    publish_programme(2)
    with connection.execute_wrapper(raise_operational_error):
        assert client.get(page).status_code in (200, 302)


def test_every_session_and_speaker_page_makes_no_query(published, client, django_assert_num_queries):
    urls = [reverse("programme:session", args=[session.slug]) for session in published.sessions]
    urls += [reverse("speakers:detail", args=[speaker.slug]) for speaker in published.speakers]
    with django_assert_num_queries(0):
        assert {client.get(url).status_code for url in urls} == {200}


@pytest.mark.parametrize("page", [page for page in PAGES if "no-such" not in page and "now" not in page])
def test_page_sets_no_cookie_and_is_identical_for_organizers(conference, client, admin_client, page):
    publish_programme(1)
    anonymous, organizer = client.get(page), admin_client.get(page)
    assert anonymous.content == organizer.content
    assert not anonymous.cookies
    assert not organizer.cookies
    assert "Cookie" not in anonymous.headers["Vary"]


def test_accept_language_does_not_change_the_page(published, client):
    english = client.get("/programme/", headers={"Accept-Language": "en"})
    vietnamese = client.get("/programme/", headers={"Accept-Language": "vi"})
    assert english.content == vietnamese.content
