"""A published page is made from memory: however long the programme, and whether or not the database answers."""

import pytest
from django.db import OperationalError, connection
from django.urls import reverse

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


def a_programme(sessions):
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
    return publish_release()


@pytest.mark.parametrize("sessions", [1, 30])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_takes_no_query(conference, client, django_assert_num_queries, page, sessions):
    a_programme(sessions)
    with django_assert_num_queries(0):
        response = client.get(page)
    assert response.status_code == {"/programme/now/": 302, "/sessions/no-such-session/": 404}.get(page, 200)


def refuse(execute, sql, params, many, context):
    raise OperationalError("the server does not answer")


@pytest.mark.parametrize("page", [page for page in PAGES if "no-such" not in page])
def test_a_page_is_there_while_the_database_is_down(conference, client, page):
    a_programme(2)
    with connection.execute_wrapper(refuse):
        assert client.get(page).status_code in (200, 302)


def test_every_session_and_speaker_of_the_whole_programme_has_a_page_without_a_query(
    published, client, django_assert_num_queries
):
    addresses = [reverse("programme:session", args=[session.slug]) for session in published.sessions]
    addresses += [reverse("speakers:detail", args=[speaker.slug]) for speaker in published.speakers]
    with django_assert_num_queries(0):
        assert {client.get(address).status_code for address in addresses} == {200}


@pytest.mark.parametrize("page", [page for page in PAGES if "no-such" not in page and "now" not in page])
def test_a_page_sets_no_cookie_and_is_the_same_for_everyone(conference, client, admin_client, page):
    a_programme(1)
    anyone, organizer = client.get(page), admin_client.get(page)
    assert anyone.content == organizer.content
    assert not anyone.cookies
    assert not organizer.cookies
    assert "Cookie" not in anyone.headers["Vary"]


def test_the_language_is_in_the_address_and_nowhere_else(published, client):
    english = client.get("/programme/", headers={"Accept-Language": "en"})
    vietnamese = client.get("/programme/", headers={"Accept-Language": "vi"})
    assert english.content == vietnamese.content
