"""What visitors see when something goes wrong."""

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


# The whole site, and a few addresses where everything goes wrong.
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


def breaks(request):
    """A context processor for settings in which every page's frame is broken."""
    raise RuntimeError("secret detail")


@pytest.fixture
def client():
    """A visitor, who is not told of exceptions."""
    return Client(raise_request_exception=False)


@pytest.fixture
def broken_frame(settings):
    settings.TEMPLATES = copy.deepcopy(settings.TEMPLATES)
    settings.TEMPLATES[0]["OPTIONS"]["context_processors"].append(f"{__name__}.breaks")


@pytest.fixture
def no_templates(settings):
    settings.TEMPLATES = copy.deepcopy(settings.TEMPLATES)
    settings.TEMPLATES[0]["DIRS"] = []


@pytest.mark.parametrize(("address", "status"), FAILURES)
def test_page_of_each_failure_is_in_the_language_of_the_address(client, published, address, status):
    for prefix, language in (("", "en"), ("/vi", "vi")):
        response = client.get(prefix + address)
        assert response.status_code == status
        assert f'<html lang="{language}">' in response.text


@pytest.mark.parametrize(("address", "status"), FAILURES)
def test_page_of_each_failure_has_one_heading_and_keeps_the_details_to_itself(client, published, address, status):
    text = client.get(address).text
    assert text.count("<h1>") == 1
    assert "secret" not in text
    assert "Error" not in text


@pytest.mark.parametrize(("address", "status"), FAILURES)
def test_failure_is_the_same_for_head(client, published, address, status):
    response = client.head(address)
    assert response.status_code == status
    assert response.content == b""


@pytest.mark.parametrize(("address", "status"), [failure for failure in FAILURES if failure[1] < 500])
def test_page_of_each_mistake_leads_on_to_programme_speakers_and_first_page(client, published, address, status):
    for prefix in ("", "/vi"):
        main = client.get(prefix + address).text.partition("<main")[2]
        for way in ("/programme/", "/speakers/", "/"):
            assert f'href="{prefix}{way}"' in main


@pytest.mark.parametrize(("address", "status"), [failure for failure in FAILURES if failure[1] == 503])
def test_what_passes_says_when_to_try_again(client, published, address, status):
    response = client.get(address)
    assert response.headers["Retry-After"] == "60"
    assert "Please try again in a minute" in response.text


def test_missing_session_is_told_from_a_missing_speaker_day_and_page(client, published):
    def heading(address):
        return client.get(address).text.partition("<h1>")[2].partition("</h1>")[0]

    assert heading("/sessions/nowhere/") == "This session is not in the programme"
    assert heading("/speakers/nowhere/") == "This speaker is not in the programme"
    assert heading("/programme/1999-01-01/") == "There are no sessions on this day"
    assert heading("/nowhere/") == "Page not found"


def test_missing_session_may_have_been_renamed_or_withdrawn(client, published):
    assert "renamed or removed" in client.get("/sessions/nowhere/").text


def test_page_not_found_may_be_kept_for_a_moment(client, published):
    for address in ("/nowhere/at/all/", "/nowhere/", "/sessions/nowhere/"):
        assert client.get(address).headers["Cache-Control"] == "public, max-age=0, s-maxage=1"


@pytest.mark.parametrize("address", ["/strange/", "/forbidden/", "/broken/", "/down/", "/unpublished/"])
def test_other_failures_are_not_kept(client, published, address):
    assert client.get(address).headers["Cache-Control"] == "no-store"


def test_missing_row_of_the_desk_is_not_kept(admin_client):
    response = admin_client.get("/admin/nowhere/")
    assert response.status_code == 404
    assert response.headers["Cache-Control"] == "no-store"


def test_page_not_found_costs_no_query(client, published, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/sessions/nowhere/").status_code == 404


def test_nothing_personal_stands_on_a_page_not_found(admin_client, published):
    response = admin_client.get("/nowhere/")
    assert "Cookie" not in response.headers.get("Vary", "")
    assert not response.cookies
    assert "admin" not in response.text


def test_address_is_shown_nowhere_unescaped(client, published):
    for address in ("/<script>alert(1)</script>/", "/sessions/<script>alert(1)</script>/", "/?q=<script>%00"):
        assert "<script>alert" not in client.get(address).text


def test_form_without_its_mark_is_refused_in_words(published):
    client = Client(enforce_csrf_checks=True)
    with translation.override("vi"):
        headings = {"en": "The form was not accepted", "vi": gettext("The form was not accepted")}
    for address, language in (("/accounts/login/", "en"), ("/vi/accounts/login/", "vi")):
        response = client.post(address, {"login": "a@example.org", "password": "b"})
        assert response.status_code == 403
        assert response.headers["Cache-Control"] == "no-store"
        assert f'<html lang="{language}">' in response.text
        assert f"<h1>{headings[language]}</h1>" in response.text


def test_every_page_is_shown_before_there_is_a_conference(client, db):
    for address, status in (("/strange/", 400), ("/forbidden/", 403), ("/nowhere/at/all/", 404), ("/", 503)):
        response = client.get(address)
        assert response.status_code == status
        assert response.text.count("<h1>") == 1


def test_nothing_published_yet_means_try_again(client, conference):
    for address in ("/", "/programme/", "/speakers/", "/sessions/opening/", "/programme.ics", "/vi/programme/"):
        response = client.get(address)
        assert response.status_code == 503
        assert response.headers["Retry-After"] == "60"


# Without the fixture db, pytest-django answers every query with an exception.


def test_failure_on_our_side_needs_no_database(client):
    response = client.get("/broken/")
    assert response.status_code == 500
    assert "<h1>Server error</h1>" in response.text


def test_failure_on_our_side_is_told_in_both_languages(client):
    english, vietnamese = client.get("/broken/").text, client.get("/vi/broken/").text
    assert "<h1>Server error</h1>" in english
    assert '<p lang="vi">Lỗi máy chủ' in english
    assert "<h1>Lỗi máy chủ</h1>" in vietnamese
    assert '<p lang="en">Server error' in vietnamese


@pytest.mark.usefixtures("broken_frame")
def test_failure_on_our_side_needs_no_context(client, published):
    assert "<h1>Server error</h1>" in client.get("/broken/").text
    assert "<h1>Lỗi máy chủ</h1>" in client.get("/vi/broken/").text


@pytest.mark.usefixtures("broken_frame")
@pytest.mark.parametrize(("address", "status"), [failure for failure in FAILURES if failure[1] != 500])
def test_status_stays_the_same_where_the_frame_is_broken(client, published, address, status):
    response = client.get(address)
    assert response.status_code == status
    assert "<h1>Server error</h1>" in response.text
    assert "secret" not in response.text


@pytest.mark.usefixtures("no_templates")
@pytest.mark.parametrize(("address", "status"), FAILURES)
def test_a_few_words_are_left_where_there_are_no_templates(client, published, address, status):
    response = client.get(address)
    # The programme's pages have no template either.
    assert response.status_code == status
    assert "We are sorry" in response.text
    assert "Chúng tôi xin lỗi" in response.text
