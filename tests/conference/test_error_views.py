"""Error pages."""

import copy

import pytest
from django.conf.urls.i18n import i18n_patterns
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.test import Client
from django.urls import path
from django.utils import translation
from django.utils.translation import gettext

from conference import urls
from conference.core.polling import NotLoadedError
from conference.urls import handler400, handler403, handler404, handler500  # noqa: F401 - every URLconf has its own


def failing(error):
    def view(request):
        raise error

    return view


# All URLs of the site, and views that raise exceptions.
urlpatterns = [
    *i18n_patterns(
        path("strange/", failing(SuspiciousOperation("secret detail"))),
        path("forbidden/", failing(PermissionDenied("secret detail"))),
        path("broken/", failing(RuntimeError("secret detail"))),
        path("down/", failing(OperationalError("secret detail"))),
        path("unpublished/", failing(NotLoadedError("secret detail"))),
        prefix_default_language=False,
    ),
    *urls.urlpatterns,
]
pytestmark = pytest.mark.urls(__name__)

FAILURES = [
    ("/strange/", 400),
    ("/forbidden/", 403),
    ("/nowhere/", 404),
    ("/sessions/nowhere/", 404),
    ("/sessions/nowhere.ics", 404),
    ("/speakers/nowhere/", 404),
    ("/programme/1999-01-01/", 404),
    ("/broken/", 500),
    ("/down/", 503),
    ("/unpublished/", 503),
]


def raise_error(request):
    """Context processor that makes every page of the site fail."""
    raise RuntimeError("secret detail")


@pytest.fixture
def client():
    """A client that does not raise the exceptions of views."""
    return Client(raise_request_exception=False)


@pytest.fixture
def _broken_layout(settings):
    settings.TEMPLATES = copy.deepcopy(settings.TEMPLATES)
    settings.TEMPLATES[0]["OPTIONS"]["context_processors"].append(f"{__name__}.raise_error")


@pytest.fixture
def _no_templates(settings):
    settings.TEMPLATES = copy.deepcopy(settings.TEMPLATES)
    settings.TEMPLATES[0]["DIRS"] = []


@pytest.mark.parametrize(("url", "status"), FAILURES)
def test_error_page_is_in_the_language_of_the_url(client, published, url, status):
    for prefix, language in (("", "en"), ("/vi", "vi")):
        response = client.get(prefix + url)
        assert response.status_code == status
        assert f'<html lang="{language}">' in response.text


@pytest.mark.parametrize(("url", "status"), FAILURES)
def test_error_page_has_one_heading_and_no_details(client, published, url, status):
    text = client.get(url).text
    assert text.count("<h1>") == 1
    assert "secret" not in text
    assert "Error" not in text


@pytest.mark.parametrize(("url", "status"), FAILURES)
def test_error_status_is_the_same_for_head(client, published, url, status):
    response = client.head(url)
    assert response.status_code == status
    assert response.content == b""


@pytest.mark.parametrize(("url", "status"), [failure for failure in FAILURES if failure[1] < 500])
def test_client_error_page_links_to_programme_speakers_and_home(client, published, url, status):
    for prefix in ("", "/vi"):
        main = client.get(prefix + url).text.partition("<main")[2]
        for target in ("/programme/", "/speakers/", "/"):
            assert f'href="{prefix}{target}"' in main


@pytest.mark.parametrize(("url", "status"), [failure for failure in FAILURES if failure[1] == 503])
def test_transient_error_has_retry_after(client, published, url, status):
    response = client.get(url)
    assert response.headers["Retry-After"] == "60"
    assert "Please try again in a minute" in response.text


def test_page_not_found_heading_names_the_kind_of_page(client, published):
    def heading(url):
        return client.get(url).text.partition("<h1>")[2].partition("</h1>")[0]

    assert heading("/sessions/nowhere/") == "This session is not in the programme"
    assert heading("/speakers/nowhere/") == "This speaker is not in the programme"
    assert heading("/programme/1999-01-01/") == "There are no sessions on this day"
    assert heading("/nowhere/") == "Page not found"


def test_page_not_found_for_a_session_says_that_it_may_be_renamed(client, published):
    assert "renamed or removed" in client.get("/sessions/nowhere/").text


def test_page_not_found_is_cached_for_a_second(client, published):
    for url in ("/nowhere/at/all/", "/nowhere/", "/sessions/nowhere/"):
        assert client.get(url).headers["Cache-Control"] == "public, max-age=0, s-maxage=1"


@pytest.mark.parametrize("url", ["/strange/", "/forbidden/", "/broken/", "/down/", "/unpublished/"])
def test_other_error_page_is_not_cached(client, published, url):
    assert client.get(url).headers["Cache-Control"] == "no-store"


def test_page_not_found_in_the_admin_is_not_cached(admin_client):
    response = admin_client.get("/admin/nowhere/")
    assert response.status_code == 404
    assert response.headers["Cache-Control"] == "no-store"


def test_page_not_found_makes_no_query(client, published, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/sessions/nowhere/").status_code == 404


def test_page_not_found_contains_nothing_personal(admin_client, published):
    response = admin_client.get("/nowhere/")
    assert "Cookie" not in response.headers.get("Vary", "")
    assert not response.cookies
    assert "admin" not in response.text


def test_error_page_escapes_the_url(client, published):
    for url in ("/<script>alert(1)</script>/", "/sessions/<script>alert(1)</script>/", "/?q=<script>%00"):
        assert "<script>alert" not in client.get(url).text


def test_csrf_failure_shows_a_page_in_the_language_of_the_url(published):
    client = Client(enforce_csrf_checks=True)
    with translation.override("vi"):
        headings = {"en": "The form was not accepted", "vi": gettext("The form was not accepted")}
    for url, language in (("/accounts/login/", "en"), ("/vi/accounts/login/", "vi")):
        response = client.post(url, {"password": "b"}, follow=True)
        assert response.status_code == 403
        assert response.headers["Cache-Control"] == "no-store"
        assert f'<html lang="{language}">' in response.text
        assert f"<h1>{headings[language]}</h1>" in response.text


def test_error_page_without_a_conference_is_shown(client, db):
    for url, status in (("/strange/", 400), ("/forbidden/", 403), ("/nowhere/at/all/", 404), ("/", 503)):
        response = client.get(url)
        assert response.status_code == status
        assert response.text.count("<h1>") == 1


@pytest.mark.slow
def test_page_without_a_release_answers_503(client, conference):
    for url in ("/", "/programme/", "/speakers/", "/sessions/opening/", "/programme.ics", "/vi/programme/"):
        response = client.get(url)
        assert response.status_code == 503
        assert response.headers["Retry-After"] == "60"


# Without the fixture db, pytest-django raises an exception for every query.


def test_server_error_needs_no_database(client):
    response = client.get("/broken/")
    assert response.status_code == 500
    assert "<h1>Server error</h1>" in response.text


def test_server_error_is_in_both_languages(client):
    english, vietnamese = client.get("/broken/").text, client.get("/vi/broken/").text
    assert "<h1>Server error</h1>" in english
    assert '<p lang="vi">Lỗi máy chủ' in english
    assert "<h1>Lỗi máy chủ</h1>" in vietnamese
    assert '<p lang="en">Server error' in vietnamese


@pytest.mark.usefixtures("_broken_layout")
def test_server_error_needs_no_context_processor(client, published):
    assert "<h1>Server error</h1>" in client.get("/broken/").text
    assert "<h1>Lỗi máy chủ</h1>" in client.get("/vi/broken/").text


@pytest.mark.usefixtures("_broken_layout")
@pytest.mark.parametrize(("url", "status"), [failure for failure in FAILURES if failure[1] != 500])
def test_error_status_with_a_broken_layout_is_the_same(client, published, url, status):
    response = client.get(url)
    assert response.status_code == status
    assert "<h1>Server error</h1>" in response.text
    assert "secret" not in response.text


@pytest.mark.usefixtures("_no_templates")
@pytest.mark.parametrize(("url", "status"), FAILURES)
def test_error_page_without_templates_is_a_constant(client, published, url, status):
    response = client.get(url)
    # The programme's pages have no template either.
    assert response.status_code == status
    assert "We are sorry" in response.text
    assert "Chúng tôi xin lỗi" in response.text
