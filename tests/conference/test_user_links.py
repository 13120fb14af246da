"""Links of their own for whoever is signed in, on pages that are the same for everybody."""

import pytest
from django.test import Client
from django.urls import reverse

from conference.middleware import SIGNED_IN_COOKIE
from sessions.releases import current
from tests.registration.factories import client_for, make_attendee, make_registration

from .. import factories
from ..users import PASSWORD, admin_client_for, make_organizer, make_page
from ..wsgi_client import wsgi_request

pytestmark = pytest.mark.django_db


@pytest.fixture
def attendee(published):
    return make_registration(make_attendee()).user


@pytest.fixture
def editor(published):
    return make_organizer("Programme editors")


def links(user, at="/programme/", language=""):
    return admin_client_for(user).get(f"{language}/user-links/", {"at": at}).content.decode()


def test_nobody_in_particular_has_links_of_their_own(published):
    answer = Client().get("/user-links/")
    assert (answer.status_code, answer.content, answer.cookies) == (204, b"", {})


def test_whoever_is_registered_is_led_to_their_registration(attendee):
    answer = client_for(attendee).get("/user-links/")
    assert (answer.status_code, answer.content.decode().strip()) == (
        200,
        '<a class="registration-link" href="/my/">Your registration</a>',
    )


def test_whoever_is_signed_in_and_not_registered_has_none(published):
    assert client_for(make_attendee()).get("/user-links/").status_code == 204


def test_links_are_in_the_language_of_the_page(attendee):
    page = client_for(attendee).get("/vi/user-links/").content.decode()
    assert 'href="/vi/my/"' in page
    assert "Your registration" not in page


@pytest.mark.parametrize("language", ["", "/vi"])
def test_an_editor_is_led_from_a_session_to_where_it_is_edited(editor, language):
    session = current.get_programme().session("opening")
    there = reverse("admin:programme_session_change", args=[session.id])
    assert f'href="{language}{there}"' in links(editor, f"{language}/sessions/opening/", language)


def test_an_editor_is_led_from_a_speaker_to_where_they_are_edited(editor):
    speaker = current.get_programme().speaker("nguyen-thi-linh")
    assert reverse("admin:speakers_speaker_change", args=[speaker.id]) in links(editor, "/speakers/nguyen-thi-linh/")


def test_whoever_writes_pages_is_led_from_one_to_where_it_is_edited(published):
    page = make_page("Directions")
    there = reverse("admin:conference_page_change", args=[page.pk])
    assert there in links(make_organizer("Communications"), f"/{page.slug}/")


def test_whoever_may_not_edit_a_session_is_led_to_the_desk_alone(published):
    page = links(make_organizer("Communications"), "/sessions/opening/")
    assert reverse("admin:index") in page
    assert "/session/" not in page


@pytest.mark.parametrize("at", ["", "/", "/sessions/none/", "/none-such/", "//", "../../etc/passwd", "http://x/"])
def test_whatever_page_is_named_the_desk_is_there(editor, at):
    page = links(editor, at)
    assert reverse("admin:index") in page
    assert "/change/" not in page


def test_nothing_of_it_is_kept_by_anybody(attendee):
    headers = client_for(attendee).get("/user-links/").headers
    assert {"private", "no-store"} <= set(headers["Cache-Control"].replace(" ", "").split(","))
    assert "Cookie" in headers["Vary"]


def test_it_is_read_only(attendee):
    assert client_for(attendee).post("/user-links/").status_code == 405


def test_a_cookie_says_that_somebody_is_signed_in_and_nothing_else(attendee):
    cookie = client_for(attendee).get("/my/").cookies[SIGNED_IN_COOKIE]
    assert (cookie.value, cookie["httponly"], cookie["samesite"], cookie["path"]) == ("1", "", "Lax", "/")


def test_the_cookie_goes_when_somebody_signs_out(attendee):
    client = client_for(attendee)
    client.get("/my/")
    client.post(reverse("account_logout"))
    assert client.cookies[SIGNED_IN_COOKIE].value == ""


def test_the_cookie_goes_when_the_session_has_ended(attendee):
    client = client_for(attendee)
    client.get("/my/")
    client.session.flush()
    client.get("/user-links/")
    assert client.cookies[SIGNED_IN_COOKIE].value == ""


def test_signing_in_at_the_desk_sets_the_cookie(editor):
    client = Client()
    client.post(reverse("account_login"), {"login": editor.email, "password": PASSWORD})
    assert client.cookies[SIGNED_IN_COOKIE].value == "1"


def test_a_published_page_sets_no_cookie_for_whoever_is_signed_in(attendee):
    factories.reload_site()
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client_for(attendee).cookies.items())
    for _asked in range(2):
        assert "set-cookie" not in wsgi_request("GET", "/programme/", "", {"Cookie": cookies}).headers
