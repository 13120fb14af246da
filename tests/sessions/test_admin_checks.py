"""Tests of the page with all results of the checks."""

import pytest
from django.contrib.auth.models import Permission

from sessions.admin.checks import ISSUES_PER_PAGE
from sessions.checks import CHECKS, Severity
from sessions.checks.labels import CHECK_LABELS

from .. import factories
from ..users import admin_client_for, count_queries, make_organizer

CHECKS_PAGE = "/admin/programme/session/checks/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor_client(conference):
    return admin_client_for(make_organizer("Programme editors"))


def get_issues(response):
    return list(response.context["page"].object_list)


def test_check_labels_name_every_check():
    assert set(CHECK_LABELS) == {check.__name__ for check in CHECKS}


@pytest.mark.parametrize("group", ["Programme editors", "Publishers", "Viewers"])
@pytest.mark.parametrize("language", ["", "/vi"])
def test_checks_page_is_open_to_groups_that_see_drafts(conference, group, language):
    factories.make_session("Opening")
    response = admin_client_for(make_organizer(group)).get(language + CHECKS_PAGE)
    assert response.status_code == 200
    assert "Opening" in response.text


@pytest.mark.parametrize("group", ["Registrars", "Communications"])
def test_checks_page_is_closed_to_other_groups(conference, group):
    assert admin_client_for(make_organizer(group)).get(CHECKS_PAGE).status_code == 403


@pytest.mark.slow
def test_checks_page_shows_all_issues_in_pages(editor_client):
    for _ in range(80):
        factories.make_session()
    total = editor_client.get(CHECKS_PAGE).context["page"].paginator.count
    assert total > 200
    seen, number = [], 1
    while len(seen) < total:
        response = editor_client.get(f"{CHECKS_PAGE}?page={number}")
        assert len(get_issues(response)) <= ISSUES_PER_PAGE
        seen += get_issues(response)
        number += 1
    assert len({(issue.check, issue.text, issue.rows) for issue in seen}) == total


def test_checks_page_query_count_is_independent_of_sessions(editor_client):
    factories.make_session()
    small = count_queries(editor_client, CHECKS_PAGE)
    for _ in range(5):
        factories.make_session()
    assert count_queries(editor_client, CHECKS_PAGE) == small


def test_checks_page_filters_by_level_kind_and_session(editor_client):
    one = factories.make_session("One")
    factories.make_session("Other")
    response = editor_client.get(CHECKS_PAGE, {"level": "warning", "check": "no_room", "session": str(one.pk)})
    (issue,) = get_issues(response)
    assert (issue.severity, issue.check, issue.rows[0].id) == (Severity.WARNING, "no_room", str(one.pk))
    assert f"/admin/programme/session/{one.pk}/change/" in response.text


def test_checks_page_counts_levels_of_the_other_filters(editor_client):
    session = factories.make_session("One")
    factories.make_session("Other")
    query = {"level": "info", "session": str(session.pk)}
    counts = dict(editor_client.get(CHECKS_PAGE, query).context["counts"])
    found = get_issues(editor_client.get(CHECKS_PAGE, {"session": str(session.pk)}))
    assert counts == {severity: sum(issue.severity == severity for issue in found) for severity in Severity}


@pytest.mark.parametrize("query", ["level=x", "check=x", "session=x", "page=x", "page=99999", "x=1"])
def test_checks_page_ignores_invalid_values(editor_client, query):
    factories.make_session()
    response = editor_client.get(f"{CHECKS_PAGE}?{query}")
    assert response.status_code == 200
    assert get_issues(response)


def test_checks_page_links_only_to_pages_the_user_may_open(conference, editor_client):
    session = factories.make_session(starts_at=factories.december(1, 9), ends_at=factories.december(1, 10))
    url = f"/admin/conference/conference/{conference.pk}/change/"
    page = editor_client.get(f"{CHECKS_PAGE}?check=outside_conference_dates").text
    assert f"/admin/programme/session/{session.pk}/change/" in page
    assert url not in page
    user = make_organizer("Programme editors")
    user.user_permissions.add(Permission.objects.get(codename="change_conference"))
    assert url in admin_client_for(user).get(f"{CHECKS_PAGE}?check=outside_conference_dates").text


@pytest.mark.parametrize("page", ["/admin/", "/admin/programme/session/"])
def test_programme_editors_have_links_to_checks(editor_client, page):
    factories.make_session()
    assert f'href="{CHECKS_PAGE}"' in editor_client.get(page).text
