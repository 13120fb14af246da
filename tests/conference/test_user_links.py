"""Links of the signed-in user, and the cookie that announces them."""

import pytest
from django.test import Client
from django.urls import reverse

from conference.middleware import SIGNED_IN_COOKIE
from sessions.releases import current
from tests.registration.factories import client_for, make_attendee, make_registration

from .. import factories
from ..users import PASSWORD, admin_client_for, make_organizer, make_page
from ..wsgi_client import wsgi_request

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("before_conference")]


@pytest.fixture
def attendee(published):
    return make_registration(make_attendee()).user


@pytest.fixture
def editor(published):
    return make_organizer("Programme editors")


def get_links(user, at="/programme/", language=""):
    return admin_client_for(user).get(f"{language}/user-links/", {"at": at}).content.decode()


def test_user_links_of_an_anonymous_visitor_are_empty(published):
    response = Client().get("/user-links/")
    assert (response.status_code, response.content, response.cookies) == (204, b"", {})


def test_user_links_of_an_attendee_lead_to_the_registration(attendee):
    response = client_for(attendee).get("/user-links/")
    assert (response.status_code, response.content.decode().strip()) == (
        200,
        '<a class="registration-link" href="/my/">Your registration</a>',
    )


def test_user_links_of_a_user_without_registration_are_empty(published):
    assert client_for(make_attendee()).get("/user-links/").status_code == 204


def test_user_links_are_in_the_language_of_the_page(attendee):
    page = client_for(attendee).get("/vi/user-links/").content.decode()
    assert 'href="/vi/my/"' in page
    assert "Your registration" not in page


@pytest.mark.parametrize("language", ["", "/vi"])
def test_user_links_of_an_editor_lead_to_the_session_form(editor, language):
    session = current.get_programme().session("opening")
    url = reverse("admin:programme_session_change", args=[session.id])
    assert f'href="{language}{url}"' in get_links(editor, f"{language}/sessions/opening/", language)


def test_user_links_of_an_editor_lead_to_the_speaker_form(editor):
    speaker = current.get_programme().speaker("nguyen-thi-linh")
    assert reverse("admin:speakers_speaker_change", args=[speaker.id]) in get_links(
        editor, "/speakers/nguyen-thi-linh/"
    )


def test_user_links_of_communications_lead_to_the_page_form(published):
    page = make_page("Directions")
    url = reverse("admin:conference_page_change", args=[page.pk])
    assert url in get_links(make_organizer("Communications"), f"/{page.slug}/")


def test_user_links_without_edit_permission_lead_to_the_dashboard_only(published):
    page = get_links(make_organizer("Communications"), "/sessions/opening/")
    assert reverse("admin:index") in page
    assert "/session/" not in page


@pytest.mark.parametrize("at", ["", "/", "/sessions/none/", "/none-such/", "//", "../../etc/passwd", "http://x/"])
def test_user_links_for_any_path_lead_to_the_dashboard(editor, at):
    page = get_links(editor, at)
    assert reverse("admin:index") in page
    assert "/change/" not in page


def test_user_links_are_not_cached(attendee):
    headers = client_for(attendee).get("/user-links/").headers
    assert {"private", "no-store"} <= set(headers["Cache-Control"].replace(" ", "").split(","))
    assert "Cookie" in headers["Vary"]


def test_user_links_reject_post(attendee):
    assert client_for(attendee).post("/user-links/").status_code == 405


def test_signed_in_cookie_contains_no_data(attendee):
    cookie = client_for(attendee).get("/my/").cookies[SIGNED_IN_COOKIE]
    assert (cookie.value, cookie["httponly"], cookie["samesite"], cookie["path"]) == ("1", "", "Lax", "/")


def test_signed_in_cookie_is_deleted_at_logout(attendee):
    client = client_for(attendee)
    client.get("/my/")
    client.post(reverse("account_logout"))
    assert client.cookies[SIGNED_IN_COOKIE].value == ""


def test_signed_in_cookie_is_deleted_after_the_session_ended(attendee):
    client = client_for(attendee)
    client.get("/my/")
    client.session.flush()
    client.get("/user-links/")
    assert client.cookies[SIGNED_IN_COOKIE].value == ""


def test_signed_in_cookie_is_set_at_login(editor):
    client = Client()
    client.post(reverse("account_login"), {"login": editor.email, "password": PASSWORD})
    assert client.cookies[SIGNED_IN_COOKIE].value == "1"


def test_signed_in_cookie_is_not_set_by_published_pages(attendee):
    factories.reload_site()
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client_for(attendee).cookies.items())
    for _ in range(2):
        assert "set-cookie" not in wsgi_request("GET", "/programme/", "", {"Cookie": cookies}).headers
