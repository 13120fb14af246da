"""Redirects from former slugs."""

import pytest

from sessions.models import Session
from sessions.releases.publish import republish_release
from speakers.models import Speaker

from .. import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def renamed(published):
    """Publish a session and a speaker under new slugs as release 2."""
    Session.objects.filter(slug="opening").update(slug="grand-opening")
    Speaker.objects.filter(slug="ingrid-ostby").update(slug="ostby")
    factories.publish_release()


@pytest.mark.parametrize(
    ("former", "current"),
    [
        ("/sessions/opening/", "/sessions/grand-opening/"),
        ("/vi/sessions/opening/", "/vi/sessions/grand-opening/"),
        ("/sessions/opening.ics", "/sessions/grand-opening.ics"),
        ("/speakers/ingrid-ostby/", "/speakers/ostby/"),
    ],
)
def test_former_slug_redirect_is_temporary_and_turns_with_the_release(client, renamed, former, current):
    response = client.get(former)
    assert (response.status_code, response.headers["Location"]) == (302, current)
    republish_release(1)
    factories.reload_site()
    assert client.get(former).status_code == 200
    response = client.get(current)
    assert (response.status_code, response.headers["Location"]) == (302, former)


def test_former_slug_redirect_keeps_the_time_zone(client, renamed):
    response = client.get("/speakers/ingrid-ostby/?tz=Europe/Oslo")
    assert response.headers["Location"] == "/speakers/ostby/?tz=Europe%2FOslo"
